package deflate

import (
	"encoding/binary"
	"math/bits"
)

// The alphabets of a block. RFC 1951, section 3.2.5.
const (
	endOfBlock      = 256
	firstLength     = 257
	literalSymbols  = 286 // literals, the end of the block, and lengths
	distanceSymbols = 30
	codedLiterals   = 288 // the two last ones have a fixed code, and no meaning
	codedDistances  = 32  // likewise
	lengthSymbols   = 19  // of the code in which the other two codes' lengths are written
	maxCodeBits     = 15

	minMatch = 3
	maxMatch = 258
)

// A length is a base and extra bits, and so is a distance.
var (
	lengthBase = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}

	distanceBase = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distanceBits = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// codeLengthOrder is the order in which the lengths of the code length code are
// written. RFC 1951, section 3.2.7.
var codeLengthOrder = [lengthSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// fixedLengths are the code lengths of a block with fixed codes; the two last
// literal symbols and the two last distance symbols take part in the code and
// mean nothing. RFC 1951, section 3.2.6.
func fixedLengths() (literal [codedLiterals]uint8, distance [codedDistances]uint8) {
	for symbol := range literal {
		switch {
		case symbol < 144:
			literal[symbol] = 8
		case symbol < 256:
			literal[symbol] = 9
		case symbol < 280:
			literal[symbol] = 7
		default:
			literal[symbol] = 8
		}
	}
	for symbol := range distance {
		distance[symbol] = 5
	}
	return literal, distance
}

// nextCoded is the first symbol from i on that has a length, or how many symbols
// there are. It looks at eight at a time: most symbols of a short text have none.
func nextCoded(lengths []uint8, i int) int {
	for ; i+8 <= len(lengths); i += 8 {
		if w := binary.LittleEndian.Uint64(lengths[i:]); w != 0 {
			return i + bits.TrailingZeros64(w)/8
		}
	}
	for i < len(lengths) && lengths[i] == 0 {
		i++
	}
	return i
}
