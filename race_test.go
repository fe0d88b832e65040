//go:build race

package websocket_test

// raceEnabled says that the race detector is on, with which pools forget.
const raceEnabled = true
