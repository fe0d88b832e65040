//go:build !onclose_slow

package protocol

// shortWay is off in the slow build.
const shortWay = true
