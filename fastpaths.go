//go:build !onclose_slow

package websocket

// fastPaths says that messages may be held to leave together and handed out in
// place. Build with -tags onclose_slow to switch that off, here and in package
// transport: nothing but the speed and the number of writes may change.
const fastPaths = true
