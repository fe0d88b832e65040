//go:build !onclose_slow

package wire

import "github.com/segmentio/asm/utf8"

// ValidUTF8 is utf8.Valid with vectors on amd64, of 64 bytes where the processor has
// them and else of 32. Of 16 KiB, ASCII takes 0.06 us or 0.32, other text 0.29 us or 1,
// instead of 17.
func ValidUTF8(p []byte) bool {
	if validatesVectors && len(p) >= manyBytes {
		return validVectors(&p[0], len(p))
	}
	return utf8.Valid(p)
}

// manyBytes are worth setting up the longer vectors.
const manyBytes = 64
