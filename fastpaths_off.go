//go:build onclose_slow

package websocket

// fastPaths is off: see fastpaths.go.
const fastPaths = false
