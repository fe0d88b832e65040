package deflate

import (
	"encoding/binary"
	"math/bits"
)

const (
	// hashBits: 16,384 positions, 64 KiB, which stay in a processor's cache.
	hashBits = 14
	// shortest is the shortest match that is worth its bits; shorter ones do.
	shortest = 4
	// word is what one look at the text takes: no match begins behind the last.
	word = 8
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
// hold of other texts lies before index 0.
type encoder struct {
	base       int32
	first      int // where the message's own text begins
	start, end int
	window     int
	tries      int // how many candidates are looked at for a match

	text  [maxWindow + maxBlock]byte
	head  [1 << hashBits]int32 // the last position with each hash
	prev  [maxWindow]uint16    // from each position, how far back the last one with its hash is
	block block
}

// begin starts a message behind the history that it may refer to. Level is 1 to
// 9, and each looks at twice as many candidates as the one before.
func (e *encoder) begin(window, level int, h *history) {
	e.base += int32(e.end) + 1
	e.forget()
	e.window, e.tries = window, 1<<(level-1)
	e.end = h.read(e.text[:], 0)
	e.first, e.start = e.end, e.end
	e.enterHistory(level)
}

// enterHistory enters the positions of the history into the tables. Both ways to
// find matches reach back from one that begins late, so a third of the positions
// finds nearly as much: at level 2, with 1 KiB behind 8 KiB, 222 bytes, not 219, in
// half the time.
func (e *encoder) enterHistory(level int) {
	switch {
	case level == 1:
		for i := 0; i+word <= e.end; i += 3 {
			e.head[hash(e.load(i))] = e.base + int32(i)
		}
	case level < 4:
		for i := 0; i+word <= e.end; i += 3 {
			e.insert(i)
		}
	default:
		for i := 0; i+word <= e.end; i++ {
			e.insert(i)
		}
	}
}

// forget begins anew with positions before they run out.
func (e *encoder) forget() {
	if e.base >= forgetAt {
		clear(e.head[:])
		e.base = 1 // a position of 0 is none
	}
}

// message is the last text of the message, at most that many bytes.
func (e *encoder) message(most int) []byte {
	return e.text[max(e.first, e.end-most):e.end]
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
	from := max(0, e.end-e.window)
	e.base += int32(from)
	e.forget()
	e.end = copy(e.text[:], e.text[from:e.end])
	e.first, e.start = max(0, e.first-from), e.end
}

func (e *encoder) load(i int) uint64 { return binary.LittleEndian.Uint64(e.text[i : i+word]) }

// hash is of five bytes: four match too often only four, which saves little.
func hash(w uint64) uint64 { return w << 24 * 0x9E3779B185EBCA87 >> (64 - hashBits) }

// insert enters the position of i, and returns the last one with its hash.
func (e *encoder) insert(i int) int {
	h := hash(e.load(i))
	candidate := int(e.head[h]) - int(e.base)
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

// findFast takes the first match it sees, and looks the less often the longer it
// has found none.
func (e *encoder) findFast() {
	i, literals := e.start, e.start
	for i+word <= e.end {
		w := e.load(i)
		h := hash(w)
		candidate := int(e.head[h]) - int(e.base)
		e.head[h] = e.base + int32(i)
		if candidate < 0 || i-candidate > e.window || uint32(e.load(candidate)) != uint32(w) {
			i += 1 + (i-literals)>>5
			continue
		}
		length := e.common(candidate, i)
		back := e.before(candidate, i, min(i-literals, maxMatch-length))
		i, candidate, length = i-back, candidate-back, length+back
		e.block.addLiterals(e.text[literals:i])
		e.block.addMatch(length, i-candidate)
		i += length
		literals = i
		if i+word <= e.end {
			e.head[hash(e.load(i-2))] = e.base + int32(i-2)
		}
	}
	e.block.addLiterals(e.text[literals:e.end])
}

// findBest looks at several candidates, and lets a match wait in case a longer
// one begins a byte later.
func (e *encoder) findBest() {
	i, literals := e.start, e.start
	at, length, distance := 0, 0, 0 // of the match that waits
	for i+word <= e.end {
		n, d := e.longest(e.insert(i), i, length)
		if n > length || length == 0 {
			if n > 0 {
				back := e.before(i-d, i, min(i-literals, maxMatch-n))
				at, length, distance = i-back, n+back, d
			}
			i++
			continue
		}
		e.block.addLiterals(e.text[literals:at])
		e.block.addMatch(length, distance)
		literals = at + length
		for i++; i < literals; i++ {
			if i+word <= e.end {
				e.insert(i)
			}
		}
		length = 0
	}
	if length > 0 {
		e.block.addLiterals(e.text[literals:at])
		e.block.addMatch(length, distance)
		literals = at + length
	}
	e.block.addLiterals(e.text[literals:e.end])
}

// before is how many bytes before i and before candidate are the same, at most
// most.
func (e *encoder) before(candidate, i, most int) (n int) {
	most = min(most, candidate)
	for n < most && e.text[i-n-1] == e.text[candidate-n-1] {
		n++
	}
	return n
}

// longest is the longest match at i among the candidates, if it is longer than
// least and than shortest-1; a length of 0 is none.
func (e *encoder) longest(candidate, i, least int) (length, distance int) {
	most := min(e.end-i, maxMatch)
	least = max(least, shortest-1)
	for range e.tries {
		if candidate < 0 || i-candidate > e.window || least >= most {
			break
		}
		// A longer match has the byte behind the best one in common too.
		if e.text[candidate+least] == e.text[i+least] {
			if n := e.common(candidate, i); n > least {
				length, distance, least = n, i-candidate, n
			}
		}
		candidate -= int(e.prev[(int(e.base)+candidate)%maxWindow])
	}
	return length, distance
}
