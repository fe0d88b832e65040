//go:build !amd64 || onclose_slow

package wire

// The vectors of mask_amd64.s and validutf8_amd64.s, which this build does without.
const masksVectors, validatesVectors = false, false

func maskVectors(_, _ *byte, _ int, _ uint32) {}

func validVectors(*byte, int) bool { return false }
