package deflate

const (
	maxWindow = 1 << maxWindowBits
	// maxPiece bounds what one call of Inflate returns, in bytes.
	maxPiece = 8 << 10
	// copySlack is how far behind its end a match may be copied.
	copySlack = 8
)

// inflater decompresses one message at a time. It is fed bytes in any pieces,
// and keeps all that a pause needs:
//
//	text:    [ window | returned | new | free ]
//	         0               start   end
//
// What is between 0 and end can be referred to. When the free part gets short,
// the window moves to the front. The window of a message begins with the history,
// which is copied as far back as the message refers to it: from fetched on.
type inflater struct {
	bits  uint64 // taken and not used yet, the next one lowest
	nbits uint
	in    []byte // the rest of what was given, during a call
	taken int64  // bytes of the message

	state state
	final bool // the block is the last one of its stream

	// A stored block, or a match that did not fit: what is still to be copied.
	left     int
	distance int

	// The codes of a block; in its header, how many lengths there are of each,
	// and how many have been read.
	literal, distances        *decodeTable
	literals, distanceLengths int
	codeLengths, read         int
	lengths                   [literalSymbols + distanceSymbols]uint8

	window     int
	history    *history
	fetched    int // the text from there on is there; below it is the history's
	first      int // where the message's own text begins
	start, end int
	own        struct{ literal, distance, length decodeTable }
	text       slidingText
	entries    struct {
		literal  [literalEntries]entry
		distance [distanceEntries]entry
		length   [1 << maxLengthIndexBits]entry
	}
}

// maxLengthIndexBits: a code of the code length code has at most 7 bits.
const maxLengthIndexBits = 7

type state uint8

const (
	atBlock       state = iota // before a block's header
	afterFinal                 // the same, behind the last block of a stream
	atStored                   // before a stored block's length
	inStored                   // in its bytes
	atCounts                   // before the header of dynamic codes
	inCodeLengths              // in the lengths of the code length code
	inLengths                  // in the lengths of the two codes
	inCodes                    // in the compressed data
	inMatch                    // a match did not fit
)

// slidingText is the window, and room for some pieces behind it: the more of
// them, the more seldom the window has to move.
type slidingText [maxWindow + 4*maxPiece + maxMatch + copySlack]byte

// newInflater makes an inflater for the pool.
func newInflater() *inflater {
	z := &inflater{}
	z.own.literal.entries = z.entries.literal[:]
	z.own.distance.entries = z.entries.distance[:]
	z.own.length.entries = z.entries.length[:]
	return z
}

// begin starts a message behind the text that it may refer to.
func (z *inflater) begin(window int, h *history) {
	z.bits, z.nbits, z.taken, z.state = 0, 0, 0, atBlock
	z.window, z.history = window, h
	z.end = len(h.text)
	z.fetched, z.first, z.start = z.end, z.end, z.end
}

// remember enters the message's text into the history.
func (z *inflater) remember() {
	z.history.add(z.text[max(z.first, z.end-z.window):z.end], z.window)
}

// fetch copies the history from that index of text on, and some of what is before
// it: who refers there will refer to its neighbours.
func (z *inflater) fetch(from int) {
	from = max(0, from-1024)
	z.history.read(z.text[from:z.fetched], from)
	z.fetched = from
}

// inflate takes n bytes from the front of p and returns a piece of text, valid
// until the next call. It stops when there is a piece of maxPiece, when p is
// used up, or at a fault, which is reported with the text before it.
func (z *inflater) inflate(p []byte) (n int, fault *Error) {
	z.in = p
	for fault == nil && z.end-z.start < maxPiece {
		if z.state == inCodes {
			z.inflateFast()
		}
		var more bool
		if more, fault = z.step(); !more {
			break
		}
	}
	n = len(p) - len(z.in)
	z.in = nil
	z.taken += int64(n)
	if fault != nil {
		fault.Offset = (z.taken*8 - int64(z.nbits)) / 8
	}
	return n, fault
}

// endMessage says whether the data may end here: behind the header of an empty
// stored block, whose two lengths do not travel. (They are "0x00 0x00 0xff 0xff",
// RFC 7692, section 7.2.2; read anywhere else, they would become text.)
//
// A message may also end directly with the last block of a stream. The octet
// that section 7.2.3.4 wants behind it is for decompressors that need one; other
// endpoints do not miss it either.
func (z *inflater) endMessage() *Error {
	if (z.state == atStored || z.state == afterFinal) && z.nbits == 0 {
		return nil
	}
	return &Error{Offset: z.taken, Problem: "they end inside a block", Section: "RFC 7692, section 7.2.2"}
}

// piece returns the new text.
func (z *inflater) piece() []byte {
	out := z.text[z.start:z.end:z.end]
	z.start = z.end
	return out
}

// makeRoom moves the window to the front when less than a piece is free.
func (z *inflater) makeRoom() {
	if z.end <= len(z.text)-maxPiece-maxMatch-copySlack {
		return
	}
	from := max(0, z.end-z.window)
	if from < z.fetched {
		z.fetch(from)
	}
	z.end = copy(z.text[:], z.text[from:z.end])
	z.fetched, z.first, z.start = 0, max(0, z.first-from), z.end
}

// step does the next thing there is to do. It reports false when that takes more
// input or more room.
func (z *inflater) step() (more bool, fault *Error) {
	switch z.state {
	case atBlock, afterFinal:
		return z.blockHeader()
	case atStored:
		return z.storedHeader()
	case inStored:
		return z.stored(), nil
	case atCounts:
		return z.counts()
	case inCodeLengths:
		return z.codeLengthCode()
	case inLengths:
		return z.codes()
	case inCodes:
		return z.symbol()
	case inMatch:
		return z.match(), nil
	}
	panic("deflate: no such state")
}

// need takes input until there are n bits, at most 57.
func (z *inflater) need(n uint) bool {
	for z.nbits < n {
		if len(z.in) == 0 {
			return false
		}
		z.bits |= uint64(z.in[0]) << z.nbits
		z.in = z.in[1:]
		z.nbits += 8
	}
	return true
}

// drop uses n bits up, and returns them.
func (z *inflater) drop(n uint) int {
	value := int(z.bits & (1<<n - 1))
	z.bits >>= n
	z.nbits -= n
	return value
}

// blockHeader: BFINAL and BTYPE. RFC 1951, section 3.2.3.
func (z *inflater) blockHeader() (bool, *Error) {
	if !z.need(3) {
		return false, nil
	}
	kind := int(z.bits >> 1 & 3)
	if kind == 3 {
		return false, &Error{Problem: "a block of the reserved type 3", Section: "RFC 1951, section 3.2.3"}
	}
	z.final = z.drop(3)&1 == 1
	switch kind {
	case 0:
		// "Any bits of input up to the next byte boundary are ignored." (3.2.4)
		z.drop(z.nbits % 8)
		z.state = atStored
	case 1:
		z.literal, z.distances, z.state = &fixedLiteral, &fixedDistance, inCodes
	case 2:
		z.state = atCounts
	}
	return true, nil
}

// storedHeader: LEN, and NLEN, its complement. RFC 1951, section 3.2.4.
func (z *inflater) storedHeader() (bool, *Error) {
	if !z.need(32) {
		return false, nil
	}
	length, complement := int(z.bits&0xFFFF), int(z.bits>>16&0xFFFF)
	if length != complement^0xFFFF {
		return false, &Error{Problem: "a stored block whose length is not confirmed", Section: "RFC 1951, section 3.2.4"}
	}
	z.drop(32)
	z.left, z.state = length, inStored
	return true, nil
}

// stored copies the bytes of a stored block.
func (z *inflater) stored() bool {
	for z.left > 0 && z.nbits > 0 && z.room() > 0 {
		z.text[z.end] = byte(z.drop(8))
		z.end++
		z.left--
	}
	if z.nbits == 0 {
		n := min(z.left, len(z.in), z.room())
		copy(z.text[z.end:], z.in[:n])
		z.in = z.in[n:]
		z.end += n
		z.left -= n
	}
	if z.left > 0 {
		return false
	}
	z.endBlock()
	return true
}

// room is how much of a piece is still to be made.
func (z *inflater) room() int { return z.start + maxPiece - z.end }

// endBlock goes to the next block, which begins with the next bit, or with the
// next byte when the one that ended was the last one of its stream: the stream
// ends there, and the message goes on with another (RFC 7692, section 7.2.3.4).
// The window stays: a stream that does not refer to the one before it is
// decompressed the same.
func (z *inflater) endBlock() {
	z.state = atBlock
	if z.final {
		z.drop(z.nbits % 8)
		z.state = afterFinal
	}
}

// symbol takes one literal, one match or the end of the block: all its bits, or
// none.
func (z *inflater) symbol() (bool, *Error) {
	enough := z.need(maxCodeBits + 5 + maxCodeBits + 13)
	e := z.literal.find(z.bits)
	used := e.bits()
	switch {
	case used > z.nbits:
		return false, nil
	case e.is(isLiteral):
		z.drop(used)
		z.text[z.end] = byte(e.value())
		z.end++
		return true, nil
	case e.is(isEnd):
		z.drop(used)
		z.endBlock()
		return true, nil
	case e.is(isInvalid):
		return false, &Error{Problem: "a code without a symbol", Section: "RFC 1951, section 3.2.5"}
	}
	length := e.value() + int(z.bits>>used&e.extraMask())
	used += e.extraBits()
	e = z.distances.find(z.bits >> used)
	if used+e.bits() > z.nbits {
		return false, nil
	}
	used += e.bits()
	if e.is(isInvalid) {
		return false, &Error{Problem: "a code without a distance", Section: "RFC 1951, section 3.2.5"}
	}
	distance := e.value() + int(z.bits>>used&e.extraMask())
	used += e.extraBits()
	switch {
	case !enough && used > z.nbits:
		return false, nil
	case distance > z.window:
		return false, &Error{Problem: "a distance beyond the window", Section: "RFC 7692, section 7.1.2"}
	case distance > z.end:
		return false, &Error{Problem: "a distance beyond the beginning of the text", Section: "RFC 1951, section 3.2.5"}
	}
	z.drop(used)
	if distance > z.end-z.fetched {
		z.fetch(z.end - distance)
	}
	z.left, z.distance, z.state = length, distance, inMatch
	return true, nil
}

// match copies what a match refers to, which may overlap what it makes.
func (z *inflater) match() bool {
	n := min(z.left, z.room())
	for range n {
		z.text[z.end] = z.text[z.end-z.distance]
		z.end++
	}
	if z.left -= n; z.left > 0 {
		return false
	}
	z.state = inCodes
	return true
}
