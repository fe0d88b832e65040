//go:build onclose_slow

package protocol

const shortWay = false
