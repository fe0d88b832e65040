package wire

import (
	"encoding/binary"
	"math/bits"
)

// Mask masks or unmasks p in place with the masking key, of which the first
// byte is the lowest, as in Header.Key. offset is how many bytes of the same
// payload came before p: only its remainder by 4 matters, so a payload may be
// masked piece by piece. Masking twice gives the original bytes.
//
// RFC 6455, section 5.3.
func Mask(p []byte, key uint32, offset int64) { MaskTo(p, p, key, offset) }

// MaskTo is Mask of p that puts the result into dst, which is at least as long and
// either p itself or other memory. Vectors take 128 bytes a turn, since they halve what
// it costs to take a message of 16 KiB; what is left goes by 64 and by 8 bytes.
func MaskTo(dst, p []byte, key uint32, offset int64) {
	dst = dst[:len(p)]
	if key == 0 {
		if len(p) > 0 && &dst[0] != &p[0] {
			copy(dst, p)
		}
		return
	}
	key = bits.RotateLeft32(key, -8*int(offset&3))
	if n := len(p) &^ 127; masksVectors && n > 0 {
		maskVectors(&dst[0], &p[0], n, key)
		p, dst = p[n:], dst[n:]
	}
	wide := uint64(key)<<32 | uint64(key)
	for len(p) >= 64 && len(dst) >= 64 {
		from, to := p[:64:64], dst[:64:64]
		for i := 0; i < 64; i += 8 {
			binary.LittleEndian.PutUint64(to[i:i+8:i+8], binary.LittleEndian.Uint64(from[i:i+8:i+8])^wide)
		}
		p, dst = p[64:], dst[64:]
	}
	for len(p) >= 8 && len(dst) >= 8 {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(p)^wide)
		p, dst = p[8:], dst[8:]
	}
	for i := range p {
		dst[i] = p[i] ^ byte(key)
		key = bits.RotateLeft32(key, -8)
	}
}
