package deflate

import (
	"slices"
	"testing"
)

// walker reads DEFLATE bit by bit, as slowly and plainly as RFC 1951 describes
// it, and shares nothing with the inflater. It judges the compressor: every
// distance is seen.
type walker struct {
	t        *testing.T
	data     []byte
	at       int // bit
	text     []byte
	farthest int    // the greatest distance seen
	kinds    [3]int // blocks of each type
}

// walk decodes a message's data, the four bytes at its end supplied, behind the
// text of messages before it.
func walk(t *testing.T, data, history []byte) *walker {
	t.Helper()
	w := &walker{t: t, data: slices.Concat(data, []byte{0x00, 0x00, 0xFF, 0xFF}), text: slices.Clone(history)}
	for w.at < 8*len(w.data) {
		w.block()
	}
	w.text = w.text[len(history):]
	return w
}

func (w *walker) bits(n int) (value int) {
	for i := range n {
		if w.at >= 8*len(w.data) {
			w.t.Fatal("walker: the data end inside a block")
		}
		value |= int(w.data[w.at/8]>>(w.at%8)&1) << i
		w.at++
	}
	return value
}

func (w *walker) block() {
	if w.bits(1) == 1 {
		w.t.Fatal("walker: a last block")
	}
	kind := w.bits(2)
	if kind == 3 {
		w.t.Fatal("walker: a reserved block")
	}
	w.kinds[kind]++
	switch kind {
	case 0:
		w.at = (w.at + 7) / 8 * 8
		length := w.bits(16)
		if w.bits(16) != length^0xFFFF {
			w.t.Fatal("walker: LEN and NLEN")
		}
		for range length {
			w.text = append(w.text, byte(w.bits(8)))
		}
	case 1:
		literal, distance := make([]int, 288), make([]int, 30)
		for i := range literal {
			literal[i] = []int{8, 9, 7, 8}[btoi(i > 143)+btoi(i > 255)+btoi(i > 279)]
		}
		for i := range distance {
			distance[i] = 5
		}
		w.symbols(newWalkerCode(literal), newWalkerCode(distance))
	case 2:
		w.symbols(w.codes())
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (w *walker) codes() (literal, distance walkerCode) {
	literals, distances, n := w.bits(5)+257, w.bits(5)+1, w.bits(4)+4
	lengths := make([]int, 19)
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:n] {
		lengths[i] = w.bits(3)
	}
	code := newWalkerCode(lengths)
	if !code.complete {
		w.t.Fatal("walker: the code length code is not complete")
	}
	var all []int
	for len(all) < literals+distances {
		switch s := w.symbol(code); s {
		case 16:
			all = append(all, slices.Repeat(all[len(all)-1:], 3+w.bits(2))...)
		case 17:
			all = append(all, make([]int, 3+w.bits(3))...)
		case 18:
			all = append(all, make([]int, 11+w.bits(7))...)
		default:
			all = append(all, s)
		}
	}
	if len(all) > literals+distances {
		w.t.Fatal("walker: too many lengths")
	}
	literal, distance = newWalkerCode(all[:literals]), newWalkerCode(all[literals:])
	if !literal.complete || !distance.complete {
		w.t.Fatal("walker: a code is not complete: not every decompressor takes that")
	}
	return literal, distance
}

// walkerCode finds a symbol by the length and the value of its code.
type walkerCode struct {
	symbols  map[[2]int]int
	complete bool
}

func newWalkerCode(lengths []int) walkerCode {
	c := walkerCode{symbols: map[[2]int]int{}}
	code := 0
	for length := 1; length <= 15; length++ {
		code <<= 1
		for symbol, n := range lengths {
			if n == length {
				c.symbols[[2]int{length, code}] = symbol
				code++
			}
		}
	}
	c.complete = code == 1<<15
	return c
}

func (w *walker) symbol(c walkerCode) int {
	code := 0
	for length := 1; length <= 15; length++ {
		code = code<<1 | w.bits(1)
		if symbol, ok := c.symbols[[2]int{length, code}]; ok {
			return symbol
		}
	}
	w.t.Fatal("walker: no such code")
	return 0
}

func (w *walker) symbols(literal, distance walkerCode) {
	for {
		s := w.symbol(literal)
		switch {
		case s < 256:
			w.text = append(w.text, byte(s))
			continue
		case s == 256:
			return
		case s > 285:
			w.t.Fatal("walker: no such length")
		}
		// "3-10", then four symbols for each further number of extra bits.
		length, step := 3, 1
		for i := 257; i < s; i++ {
			if i >= 265 && (i-261)%4 == 0 {
				step *= 2
			}
			length += step
		}
		if s == 285 {
			length = 258
		} else if s >= 265 {
			length += w.bits((s - 261) / 4)
		}
		d := w.symbol(distance)
		far := d + 1
		if d >= 4 {
			extra := d/2 - 1
			far = 1 + (2+d%2)<<extra + w.bits(extra)
		}
		if far > len(w.text) {
			w.t.Fatalf("walker: a distance of %d with %d bytes before it", far, len(w.text))
		}
		w.farthest = max(w.farthest, far)
		for range length {
			w.text = append(w.text, w.text[len(w.text)-far])
		}
	}
}

// The walker itself: the examples of RFC 7692.
func TestWalkerReadsTheExamplesOfRFC7692(t *testing.T) {
	for _, data := range []string{
		"\xf2\x48\xcd\xc9\xc9\x07\x00",                         // 7.2.3.1
		"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",         // 7.2.3.3
		"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", // 7.2.3.5
	} {
		if w := walk(t, []byte(data), nil); string(w.text) != "Hello" {
			t.Errorf("%x: got %q", data, w.text)
		}
	}
	w := walk(t, []byte("\xf2\x00\x11\x00\x00"), []byte("Hello")) // 7.2.3.2
	if string(w.text) != "Hello" || w.farthest != 5 {
		t.Errorf("got %q from %d bytes back", w.text, w.farthest)
	}
}
