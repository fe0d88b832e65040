//go:build race

package deflate

// raceEnabled says that the race detector is on, with which pools forget.
const raceEnabled = true
