package deflate

import (
	"encoding/binary"
	"math/bits"
)

const (
	hashBits = 14
	// minFound is the shortest match that is looked for.
	minFound = 4
	// forgetAt is the position at which the positions begin anew.
	forgetAt = 1 << 30
)

// encoder compresses one message at a time, in blocks:
//
//	text:    [ history | block | free ]
//	         0         start   end
//
// Every byte has a position: its index in text, plus base. Positions only grow,
// from message to message too, so that the tables need not be cleared: what they
// hold of other texts lies too far back.
type encoder struct {
	base       int32
	start, end int
	window     int
	tries      int // candidates looked at for each match

	text  [maxWindow + maxBlock + 8]byte
	head  [1 << hashBits]int32 // the last position with each hash
	prev  [maxWindow]uint16    // how far before each position the last one with its hash is
	block block
}

// begin starts a message behind the history that it may refer to.
func (e *encoder) begin(window, level int, history []byte) {
	e.base += int32(e.end) + maxWindow + 1
	if e.base >= forgetAt {
		clear(e.head[:])
		e.base = maxWindow + 1
	}
	e.window, e.tries = window, tries(level)
	e.end = copy(e.text[:], history)
	e.start = e.end
	if e.tries == 1 {
		for i := 0; i+8 <= e.end; i += 1 {
			e.head[hash(e.load(i))] = e.base + int32(i)
		}
	} else {
		for i := 0; i+8 <= e.end; i++ {
			e.insert(i)
		}
	}
}

func tries(level int) int { return 1 << (max(level, 1) - 1) }

// recent is the text that the next message may refer to, at most most bytes.
func (e *encoder) recent(most int) []byte {
	return e.text[max(0, e.end-most):e.end]
}

// encode appends p's blocks.
func (e *encoder) encode(w *bitWriter, p []byte) {
	for len(p) > 0 {
		if e.end+min(len(p), maxBlock) > maxWindow+maxBlock {
			e.slide()
		}
		n := copy(e.text[e.end:min(e.end+maxBlock, maxWindow+maxBlock)], p)
		p = p[n:]
		e.end += n
		e.block.reset()
		if e.tries == 1 {
			e.findFast()
		} else {
			e.findBest()
		}
		e.block.write(w, e.text[e.start:e.end])
		e.start = e.end
	}
}

// slide moves the window to the front.
func (e *encoder) slide() {
	from := e.end - min(e.end, e.window)
	e.base += int32(from)
	e.end = copy(e.text[:], e.text[from:e.end])
	e.start = e.end
}

func (e *encoder) load(i int) uint64 { return binary.LittleEndian.Uint64(e.text[i : i+8]) }

func hash(word uint64) uint32 { return uint32(word) * 0x9E3779B1 >> (32 - hashBits) }

// insert enters the position of i, and returns the last one with its hash.
func (e *encoder) insert(i int) int {
	h := hash(e.load(i))
	candidate := int(e.head[h] - e.base)
	e.head[h] = e.base + int32(i)
	e.prev[(int(e.base)+i)%maxWindow] = uint16(min(i-candidate, 1<<16-1))
	return candidate
}

// common is how many bytes from i and from candidate on are the same, at most
// maxMatch.
func (e *encoder) common(candidate, i int) int {
	most := min(e.end-i, maxMatch)
	n := 0
	for n+8 <= most {
		if diff := e.load(candidate+n) ^ e.load(i+n); diff != 0 {
			return n + bits.TrailingZeros64(diff)/8
		}
		n += 8
	}
	for n < most && e.text[candidate+n] == e.text[i+n] {
		n++
	}
	return n
}

// findFast takes the first match it sees, and looks less the longer it has found
// none.
func (e *encoder) findFast() {
	i, literals := e.start, e.start
	for i+8 <= e.end {
		word := e.load(i)
		h := hash(word)
		candidate := int(e.head[h] - e.base)
		e.head[h] = e.base + int32(i)
		if candidate < 0 || i-candidate > e.window || uint32(e.load(candidate)) != uint32(word) {
			i += 1 + (i-literals)>>5
			continue
		}
		length := e.common(candidate, i)
		for i > literals && candidate > 0 && length < maxMatch && e.text[i-1] == e.text[candidate-1] {
			i--
			candidate--
			length++
		}
		e.block.addLiterals(e.text[literals:i])
		e.block.addMatch(length, i-candidate)
		i += length
		literals = i
		if i+8 <= e.end {
			e.head[hash(e.load(i-2))] = e.base + int32(i-2)
		}
	}
	e.block.addLiterals(e.text[literals:e.end])
}

// findBest looks at several candidates, and lets a match wait when a longer one
// begins a byte later.
func (e *encoder) findBest() {
	i, literals := e.start, e.start
	length, distance := 0, 0 // of the match at i-1 that waits
	for i+8 <= e.end {
		n, d := e.longest(e.insert(i), i, length)
		if length == 0 || n > length {
			length, distance = n, d
			i++
			continue
		}
		e.block.addLiterals(e.text[literals : i-1])
		e.block.addMatch(length, distance)
		next := i - 1 + length
		for i++; i < next; i++ {
			if i+8 <= e.end {
				e.insert(i)
			}
		}
		literals, length = i, 0
	}
	if length > 0 {
		e.block.addLiterals(e.text[literals : i-1])
		e.block.addMatch(length, distance)
		literals = i - 1 + length
	}
	e.block.addLiterals(e.text[literals:e.end])
}

// longest is the longest match of i, longer than least, among the candidates.
func (e *encoder) longest(candidate, i, least int) (length, distance int) {
	most := min(e.end-i, maxMatch)
	for range e.tries {
		if candidate < 0 || i-candidate > e.window {
			break
		}
		if uint32(e.load(candidate)) == uint32(e.load(i)) {
			if n := e.common(candidate, i); n > max(length, least) {
				length, distance = n, i-candidate
				if n == most {
					break
				}
			}
		}
		candidate -= int(e.prev[(int(e.base)+candidate)%maxWindow])
	}
	return length, distance
}
