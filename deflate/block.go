package deflate

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// token is a literal, or a match: isMatch, the length less 3 above bit 16, the
// distance less 1 below.
type token uint32

const isMatch token = 1 << 31

func matchToken(length, distance int) token {
	return isMatch | token(length-minMatch)<<16 | token(distance-1)
}

func (t token) length() int   { return int(t>>16&0xFF) + minMatch }
func (t token) distance() int { return int(t&0x7FFF) + 1 }

// lengthSymbol is the symbol of a length less 3, less firstLength.
var lengthSymbol = func() (symbols [256]uint8) {
	for symbol, base := range lengthBase {
		for i := int(base) - minMatch; i < len(symbols); i++ {
			symbols[i] = uint8(symbol)
		}
	}
	return symbols
}()

// distanceSymbol is the symbol of a distance: two for each power of two.
func distanceSymbol(distance int) int {
	d := uint(distance - 1)
	if d < 4 {
		return int(d)
	}
	n := bits.Len(d)
	return 2*(n-1) + int(d>>(n-2)&1)
}

// block is one DEFLATE block that is being made.
type block struct {
	tokens   [maxBlock]token
	used     int
	literal  encodeCode // its counts are kept as tokens are added
	distance encodeCode

	// The header of dynamic codes: how many lengths there are of each code, the
	// code that they are written in, and they themselves in its symbols.
	literals, distances, codeLengths int
	length                           encodeCode
	tree                             tree
	header                           []codeLength
}

// maxBlock bounds a block's text and its tokens.
const maxBlock = 32 << 10

// codeLength is a symbol of the code length code, and the value of its extra
// bits.
type codeLength struct{ symbol, extra uint8 }

func (b *block) reset() {
	b.used = 0
	clear(b.literal.count[:])
	clear(b.distance.count[:distanceSymbols])
}

func (b *block) addLiterals(text []byte) {
	tokens := b.tokens[b.used : b.used+len(text)]
	for i, c := range text {
		tokens[i] = token(c)
		b.literal.count[c]++
	}
	b.used += len(text)
}

func (b *block) addMatch(length, distance int) {
	b.tokens[b.used] = matchToken(length, distance)
	b.used++
	b.literal.count[firstLength+int(lengthSymbol[length-minMatch])]++
	b.distance.count[distanceSymbol(distance)]++
}

// The codes of a block with fixed codes.
var fixedCodes = func() (fixed struct{ literal, distance encodeCode }) {
	literal, distance := fixedLengths()
	fixed.literal.lengths = literal
	copy(fixed.distance.lengths[:], distance[:])
	for _, e := range []*encodeCode{&fixed.literal, &fixed.distance} {
		var perLength [32]int
		for _, length := range e.lengths {
			perLength[length]++
		}
		e.assign(&perLength)
	}
	return fixed
}()

// smallBlock is in bits: with so few the header of dynamic codes would not pay.
const smallBlock = 8 * 64

// write appends the block in the form that is shortest. text is what its tokens
// stand for, at least a byte.
func (b *block) write(w *bitWriter, text []byte) {
	b.literal.count[endOfBlock] = 1
	extra := b.extraBits()
	fixed := 3 + extra + b.fixedBits()
	// Three bits, at most seven up to the next byte, and two lengths.
	stored := 3 + 7 + 32 + 8*len(text)
	if fixed > smallBlock {
		dynamic := extra + b.literal.make(&b.tree, literalSymbols, maxCodeBits) + b.distance.make(&b.tree, distanceSymbols, maxCodeBits)
		dynamic += b.makeHeader()
		if dynamic < min(fixed, stored) {
			w.grow(dynamic)
			b.writeHeader(w)
			b.writeTokens(w, &b.literal, &b.distance)
			return
		}
	}
	w.grow(min(fixed, stored))
	if stored <= fixed {
		w.stored(text)
		return
	}
	w.put(1<<1, 3)
	b.writeTokens(w, &fixedCodes.literal, &fixedCodes.distance)
}

// extraBits is how many bits the tokens take beside their codes.
func (b *block) extraBits() (extra int) {
	for symbol, n := range lengthBits {
		extra += int(b.literal.count[firstLength+symbol]) * int(n)
	}
	for symbol, n := range distanceBits {
		extra += int(b.distance.count[symbol]) * int(n)
	}
	return extra
}

// fixedBits is how many bits the tokens and the end of the block take in the fixed
// codes, beside the extra bits. RFC 1951, section 3.2.6.
func (b *block) fixedBits() int {
	literal, matches := &b.literal.count, 0
	bits := 8 * (b.used + 1)
	for _, n := range literal[144:256] {
		bits += int(n)
	}
	for _, n := range literal[256:280] {
		bits -= int(n)
	}
	for _, n := range b.distance.count[:distanceSymbols] {
		matches += int(n)
	}
	return bits + 5*matches
}

// makeHeader makes the header of dynamic codes, and returns how many bits it
// takes. RFC 1951, section 3.2.7.
func (b *block) makeHeader() (size int) {
	b.literals = trim(b.literal.lengths[:literalSymbols], 257)
	b.distances = trim(b.distance.lengths[:distanceSymbols], 1)
	var lengths [literalSymbols + distanceSymbols]uint8
	copy(lengths[:], b.literal.lengths[:b.literals])
	copy(lengths[b.literals:], b.distance.lengths[:b.distances])
	clear(b.length.count[:lengthSymbols])
	b.header = b.header[:0]
	b.repeat(lengths[:b.literals+b.distances])
	size = 3 + 5 + 5 + 4 + b.length.make(&b.tree, lengthSymbols, maxLengthIndexBits)
	b.codeLengths = lengthSymbols
	for b.codeLengths > 4 && b.length.lengths[codeLengthOrder[b.codeLengths-1]] == 0 {
		b.codeLengths--
	}
	count := &b.length.count
	return size + 3*b.codeLengths + 2*int(count[16]) + 3*int(count[17]) + 7*int(count[18])
}

// trim is how many lengths there are without the zeros at the end, at least least.
func trim(lengths []uint8, least int) int {
	n := len(lengths)
	for n > least && lengths[n-1] == 0 {
		n--
	}
	return n
}

// repeat writes lengths as symbols of the code length code, three or more equal
// ones as repetitions.
func (b *block) repeat(lengths []uint8) {
	add := func(symbol, extra uint8) {
		b.header = append(b.header, codeLength{symbol, extra})
		b.length.count[symbol]++
	}
	for len(lengths) > 0 {
		length, run := lengths[0], 1
		for run < len(lengths) && lengths[run] == length {
			run++
		}
		lengths = lengths[run:]
		if length > 0 {
			add(length, 0)
			run--
		}
		for run >= 3 {
			n := min(run, 138)
			switch {
			case length > 0:
				n = min(n, 6)
				add(16, uint8(n-3))
			case n < 11:
				add(17, uint8(n-3))
			default:
				add(18, uint8(n-11))
			}
			run -= n
		}
		for ; run > 0; run-- {
			add(length, 0)
		}
	}
}

func (b *block) writeHeader(w *bitWriter) {
	w.put(2<<1, 3)
	w.put(uint64(b.literals-257)|uint64(b.distances-1)<<5|uint64(b.codeLengths-4)<<10, 14)
	for _, symbol := range codeLengthOrder[:b.codeLengths] {
		w.put(uint64(b.length.lengths[symbol]), 3)
	}
	for _, l := range b.header {
		c := b.length.codes[l.symbol]
		w.put(c.bits(), c.len())
		switch l.symbol {
		case 16:
			w.put(uint64(l.extra), 2)
		case 17:
			w.put(uint64(l.extra), 3)
		case 18:
			w.put(uint64(l.extra), 7)
		}
	}
}

// writeTokens writes the tokens and the end of the block. A match takes at most
// 48 bits, so that one look at the writer suffices for each token.
func (b *block) writeTokens(w *bitWriter, literal, distance *encodeCode) {
	p, n, acc, nbits := w.p, w.n, w.acc, w.nbits
	for _, t := range b.tokens[:b.used] {
		if t < isMatch {
			c := literal.codes[t&0xFF]
			acc |= c.bits() << (nbits & 63)
			nbits += c.len()
		} else {
			length, dist := t.length(), t.distance()
			symbol := lengthSymbol[uint8(length-minMatch)]
			c := literal.codes[firstLength+int(symbol)]
			acc |= c.bits() << (nbits & 63)
			nbits += c.len()
			acc |= uint64(length-int(lengthBase[symbol])) << (nbits & 63)
			nbits += uint(lengthBits[symbol])
			code := distanceSymbol(dist)
			c = distance.codes[code]
			acc |= c.bits() << (nbits & 63)
			nbits += c.len()
			acc |= uint64(dist-int(distanceBase[code])) << (nbits & 63)
			nbits += uint(distanceBits[code])
		}
		binary.LittleEndian.PutUint64(p[n:], acc)
		n += int(nbits >> 3)
		acc >>= nbits &^ 7
		nbits &= 7
	}
	w.n, w.acc, w.nbits = n, acc, nbits
	c := literal.codes[endOfBlock]
	w.put(c.bits(), c.len())
}

// bitWriter appends bits to bytes. p is as long as it may be without growing,
// n bytes of it are written.
type bitWriter struct {
	p     []byte
	n     int
	acc   uint64 // fewer than 8 bits between calls, the next one lowest
	nbits uint
}

// grow makes room for that many bits more.
func (w *bitWriter) grow(bits int) {
	need := bits/8 + 16
	w.p = slices.Grow(w.p[:w.n], need)
	w.p = w.p[:cap(w.p)]
}

// put writes n bits, at most 56, for which there is room.
func (w *bitWriter) put(value uint64, n uint) {
	w.acc |= value << w.nbits
	w.nbits += n
	binary.LittleEndian.PutUint64(w.p[w.n:], w.acc)
	w.n += int(w.nbits >> 3)
	w.acc >>= w.nbits &^ 7
	w.nbits &= 7
}

// stored writes a stored block of at most 65,535 bytes. RFC 1951, section 3.2.4.
func (w *bitWriter) stored(text []byte) {
	w.put(0, 3)
	w.align()
	w.put(uint64(len(text))|uint64(^uint16(len(text)))<<16, 32)
	w.n += copy(w.p[w.n:], text)
}

// align goes to the next byte.
func (w *bitWriter) align() {
	if w.nbits > 0 {
		w.put(0, 8-w.nbits)
	}
}
