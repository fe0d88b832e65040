package deflate

import (
	"math/bits"
	"slices"
	"testing"
)

// kraft is the part of the code space that the lengths take, in 1/2^15.
func kraft(lengths []uint8) (sum int) {
	for _, n := range lengths {
		if n > 0 {
			sum += 1 << (15 - n)
		}
	}
	return sum
}

func TestCodesOfAnyFrequenciesAreCompleteAndWithinTheLimit(t *testing.T) {
	fibonacci := func(n int) (counts []uint32) { // the deepest tree there is
		a, b := uint32(1), uint32(1)
		for range n {
			counts = append(counts, a)
			a, b = b, min(a+b, 1<<15)
		}
		return counts
	}
	r := seeded(t, 11)
	many := make([]uint32, literalSymbols)
	for symbol := range many {
		many[symbol] = uint32(r.IntN(1 << r.IntN(16)))
	}
	for _, counts := range [][]uint32{
		{}, {0, 0, 5}, {7}, {1, 1}, {1, 0, 1000}, {1, 1, 1}, fibonacci(19), fibonacci(30), slices.Repeat([]uint32{1}, literalSymbols), many,
	} {
		for _, longest := range []int{maxLengthIndexBits, maxCodeBits} {
			if len(counts) > 1<<longest {
				continue
			}
			var e encodeCode
			copy(e.count[:], counts)
			e.make(new(tree), literalSymbols, longest)
			if sum := kraft(e.lengths[:]); sum != 1<<15 {
				t.Errorf("%v within %d bits: the code takes %d of %d", counts, longest, sum, 1<<15)
			}
			for symbol, count := range e.count {
				c := e.codes[symbol]
				if count > 0 && c.len() == 0 || c.len() > uint(longest) || c.len() != uint(e.lengths[symbol]) || uint(bits.Len64(c.bits())) > c.len() {
					t.Errorf("%v within %d bits: symbol %d has the code %b of %d bits", counts, longest, symbol, c.bits(), c.len())
				}
			}
		}
	}
}

func TestCodesAreTheShortestPossible(t *testing.T) {
	// Huffman's own example: 45, 13, 12, 16, 9, 5 take 224 bits.
	var e encodeCode
	copy(e.count[:], []uint32{45, 13, 12, 16, 9, 5})
	if got := e.make(new(tree), literalSymbols, maxCodeBits); got != 224 {
		t.Errorf("got %d bits, %v", got, e.lengths[:6])
	}
}

// Every length and every distance: the symbol, the base and the extra bits that
// are written are those that are read.
func TestLengthsAndDistancesComeBack(t *testing.T) {
	for length := minMatch; length <= maxMatch; length++ {
		symbol := lengthSymbol[length-minMatch]
		if extra := length - int(lengthBase[symbol]); extra < 0 || extra >= 1<<lengthBits[symbol] && extra > 0 {
			t.Errorf("length %d: symbol %d, extra %d", length, symbol, extra)
		}
		if got := matchToken(length, 1).length(); got != length {
			t.Errorf("length %d: the token says %d", length, got)
		}
	}
	for distance := 1; distance <= maxWindow; distance++ {
		symbol := distanceSymbol(distance)
		if extra := distance - int(distanceBase[symbol]); extra < 0 || extra >= 1<<distanceBits[symbol] {
			t.Errorf("distance %d: symbol %d, extra %d", distance, symbol, extra)
		}
		if got := matchToken(3, distance).distance(); got != distance {
			t.Errorf("distance %d: the token says %d", distance, got)
		}
	}
}

func TestTheHeadersRepetitionsComeBack(t *testing.T) {
	r := seeded(t, 12)
	for range 2000 {
		var lengths []uint8
		for len(lengths) < 300 {
			lengths = append(lengths, slices.Repeat([]uint8{uint8(r.IntN(4))}, 1+r.IntN(1<<r.IntN(9)))...)
		}
		var b block
		b.repeat(lengths)
		var got []uint8
		for _, l := range b.header {
			switch l.symbol {
			case 16:
				got = append(got, slices.Repeat(got[len(got)-1:], int(l.extra)+3)...)
			case 17:
				got = append(got, make([]uint8, int(l.extra)+3)...)
			case 18:
				got = append(got, make([]uint8, int(l.extra)+11)...)
			default:
				got = append(got, l.symbol)
			}
		}
		if !slices.Equal(got, lengths) {
			t.Fatalf("got  %v\nwant %v", got, lengths)
		}
	}
}
