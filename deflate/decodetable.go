package deflate

import "math/bits"

// entry is what a code stands for.
//
//	bits  0-3   the length of the code, at least 1
//	bits  4-7   extra bits behind it; of a link: the index bits of its second table
//	bits  8-11  what it is; none of them: a base of a length or a distance
//	bits 16-31  a literal, a base, or where the second table begins
type entry uint32

const (
	isLiteral entry = 1 << (8 + iota)
	isLink          // the code is longer than the first table's index
	isEnd           // of the block
	isInvalid       // no code, or one without a meaning
)

func (e entry) bits() uint        { return uint(e & 15) }
func (e entry) extraBits() uint   { return uint(e >> 4 & 15) }
func (e entry) value() int        { return int(e >> 16) }
func (e entry) is(k entry) bool   { return e&k != 0 }
func (e entry) extraMask() uint64 { return 1<<e.extraBits() - 1 }

// The sizes of the tables: the first part is indexed with that many bits, the
// second tables for longer codes lie behind it. The most that 288 symbols, 10
// bits and codes of 15 need in all is 1334 entries, 32 symbols and 8 bits 402;
// the next powers of two let an index be masked instead of checked.
const (
	literalIndexBits  = 10
	distanceIndexBits = 8
	literalEntries    = 2048
	distanceEntries   = 512
)

// decodeTable turns bits into entries. Codes of up to index bits are found with
// one look, longer ones with two.
type decodeTable struct {
	entries []entry
	index   uint                  // bits
	sorted  [codedLiterals]uint16 // while it is built
}

// find looks up the code that b begins with. When b holds fewer bits than the
// entry's code is long, the entry is not to be trusted.
func (t *decodeTable) find(b uint64) entry {
	e := t.entries[b&(1<<t.index-1)]
	if e.is(isLink) {
		e = t.entries[e.value()+int(b>>t.index&e.extraMask())]
	}
	return e
}

// build makes the table of the canonical code with these lengths (RFC 1951,
// section 3.2.2), 0 for a symbol without a code; meanings are the symbols'
// entries without the code's length.
//
// It reports false for lengths that make no code: more codes than fit, or fewer,
// with zlib's exception: where lone, a single code of one bit may stand alone,
// and there may be no code at all. What would be the other codes is invalid.
func (t *decodeTable) build(lengths []uint8, meanings []entry, index uint, lone bool) bool {
	var count, next [maxCodeBits + 1]int
	for symbol := nextCoded(lengths, 0); symbol < len(lengths); symbol = nextCoded(lengths, symbol+1) {
		count[lengths[symbol]]++
	}
	longest := uint(maxCodeBits)
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	left := 1
	for n := 1; n <= maxCodeBits; n++ {
		if left = left<<1 - count[n]; left < 0 {
			return false
		}
	}
	if left > 0 && (!lone || longest > 1) {
		return false
	}
	t.index = max(1, min(index, longest))
	first := t.entries[:1<<t.index]
	if left > 0 {
		for i := range first {
			first[i] = isInvalid | 1
		}
	}
	// The symbols in the order of their codes: by length, then by number.
	sorted := &t.sorted
	codes := 0
	for n := 1; n <= maxCodeBits; n++ {
		next[n] = codes
		codes += count[n]
	}
	for symbol := nextCoded(lengths, 0); symbol < len(lengths); symbol = nextCoded(lengths, symbol+1) {
		n := lengths[symbol]
		sorted[next[n]] = uint16(symbol)
		next[n]++
	}
	t.fill(sorted[:codes], lengths, meanings, &count, longest)
	return true
}

// fill writes the entries of the symbols, which come in the order of their codes.
func (t *decodeTable) fill(sorted []uint16, lengths []uint8, meanings []entry, count *[maxCodeBits + 1]int, longest uint) {
	code, length := uint32(0), uint(0)
	free := 1 << t.index // where the next second table begins
	var second []entry
	prefix := uint32(1 << maxCodeBits) // of the codes in second; none yet
	for _, symbol := range sorted {
		n := uint(lengths[symbol])
		code <<= n - length
		length = n
		// DEFLATE packs codes from their most significant bit on.
		low := bits.Reverse32(code) >> (32 - n)
		e := meanings[symbol] | entry(n)
		if n <= t.index {
			for i := low; i < 1<<t.index; i += 1 << n {
				t.entries[i] = e
			}
		} else {
			if p := low & (1<<t.index - 1); p != prefix {
				prefix = p
				size := t.secondBits(n, count, longest)
				t.entries[p] = isLink | entry(free)<<16 | entry(size)<<4 | entry(t.index)
				second = t.entries[free : free+1<<size]
				free += 1 << size
			}
			for i := low >> t.index; int(i) < len(second); i += 1 << (n - t.index) {
				second[i] = e
			}
		}
		code++
		count[n]--
	}
}

// secondBits is the index bits of the second table whose shortest code has n
// bits: as many as it takes until the codes that are left fill it.
func (t *decodeTable) secondBits(n uint, count *[maxCodeBits + 1]int, longest uint) uint {
	size := n - t.index
	for left := 1 << size; size+t.index < longest; size++ {
		if left -= count[size+t.index]; left <= 0 {
			break
		}
		left <<= 1
	}
	return size
}

// The symbols' meanings, and the tables of a block with fixed codes.
var (
	literalMeanings, distanceMeanings = meanings()
	lengthMeanings                    = plainMeanings()
	fixedLiteral, fixedDistance       = fixedTables()
)

func meanings() (literal [codedLiterals]entry, distance [codedDistances]entry) {
	for symbol := range literal {
		switch n := symbol - firstLength; {
		case n < -1:
			literal[symbol] = isLiteral | entry(symbol)<<16
		case n == -1:
			literal[symbol] = isEnd
		case n < len(lengthBase):
			literal[symbol] = entry(lengthBase[n])<<16 | entry(lengthBits[n])<<4
		default:
			literal[symbol] = isInvalid
		}
	}
	for symbol := range distance {
		distance[symbol] = isInvalid
		if symbol < distanceSymbols {
			distance[symbol] = entry(distanceBase[symbol])<<16 | entry(distanceBits[symbol])<<4
		}
	}
	return literal, distance
}

// plainMeanings are the symbols of the code length code, which are numbers.
func plainMeanings() (plain [lengthSymbols]entry) {
	for symbol := range plain {
		plain[symbol] = entry(symbol) << 16
	}
	return plain
}

func fixedTables() (literal, distance decodeTable) {
	literalLengths, distanceLengths := fixedLengths()
	literal.entries = make([]entry, literalEntries)
	literal.build(literalLengths[:], literalMeanings[:], literalIndexBits, false)
	distance.entries = make([]entry, distanceEntries)
	distance.build(distanceLengths[:], distanceMeanings[:], distanceIndexBits, false)
	return literal, distance
}
