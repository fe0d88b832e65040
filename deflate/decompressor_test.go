package deflate

import (
	"bytes"
	stdflate "compress/flate"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// number is a value of n bits as it travels, the lowest bit first.
func number(value, n int) string {
	bits := make([]byte, n)
	for i := range bits {
		bits[i] = '0' + byte(value>>i&1)
	}
	return string(bits)
}

// pack makes bytes of bits in their order on the wire; spaces are for the eye,
// and '|' goes on with the next byte.
func pack(bits ...string) (data []byte) {
	at := 0
	for _, bit := range strings.Join(bits, "") {
		switch bit {
		case '|':
			at = (at + 7) / 8 * 8
			continue
		case ' ':
			continue
		}
		if at/8 == len(data) {
			data = append(data, 0)
		}
		data[at/8] |= byte(bit-'0') << (at % 8)
		at++
	}
	return data
}

const (
	fixedBlock   = "0 10 "
	lastBlock    = "1 10 "
	storedBlock  = "0 00 |"
	dynamicBlock = "0 01 "
	endFixed     = "0000000 "
	flushed      = "0 00 |" // the empty block whose two lengths do not travel
)

// literal is a literal's fixed code.
func literal(text string) (bits string) {
	for _, c := range []byte(text) {
		bits += fmt.Sprintf("%08b ", c+0x30)
	}
	return bits
}

// stored is a stored block.
func stored(text string) string {
	var bits strings.Builder
	bits.WriteString(storedBlock + number(len(text), 16) + number(^len(text), 16))
	for _, c := range []byte(text) {
		bits.WriteString(number(int(c), 8))
	}
	return bits.String()
}

// dynamic is the header of a block with these code lengths, by symbol. Their own
// code has four bits for each of 0 to 15.
func dynamic(literals, distances map[int]int, most ...int) (bits string) {
	lists := [][]int{make([]int, 257), make([]int, 1)}
	for i, lengths := range []map[int]int{literals, distances} {
		for symbol, length := range lengths {
			for symbol >= len(lists[i]) {
				lists[i] = append(lists[i], 0)
			}
			lists[i][symbol] = length
		}
	}
	bits = dynamicBlock + number(len(lists[0])-257, 5) + number(len(lists[1])-1, 5) + number(15, 4) +
		strings.Repeat(number(0, 3), 3) + strings.Repeat(number(4, 3), 16) + " "
	for _, length := range slices.Concat(lists...) {
		bits += fmt.Sprintf("%04b", length)
	}
	return bits + " "
}

func TestInflatesWhatIsLegal(t *testing.T) {
	a300 := strings.Repeat("a", 300)
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"one block: RFC 7692, section 7.2.3.1", []byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello"},
		{"a stored block: section 7.2.3.3", []byte("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello"},
		{"BFINAL: section 7.2.3.4", []byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello"},
		{"two blocks: section 7.2.3.5", []byte("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello"},
		{"an empty message: section 7.2.3.6", []byte("\x00"), ""},
		{"BFINAL without the octet behind it", []byte("\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello"},
		{"BFINAL in the block whose end does not travel", pack(fixedBlock, literal("Hello"), endFixed, "1 00"), "Hello"},
		{"more behind BFINAL", pack(lastBlock, literal("Hel"), endFixed, "|", lastBlock, literal("lo"), endFixed, "|", flushed), "Hello"},
		{"a stream that refers to the one before it", pack(lastBlock, literal("abc"), endFixed, "|", fixedBlock, "0000001 00010", endFixed, flushed), "abcabc"},
		{"a stored block behind BFINAL", pack("1 00 |", number(0, 16), number(0xFFFF, 16), stored("Hello"), flushed), "Hello"},
		{"a stored block close behind another", pack(fixedBlock, literal("a"), endFixed, stored("Hello"), flushed), "aHello"},
		{"an empty block of each type", pack(stored(""), fixedBlock, endFixed, dynamic(map[int]int{0: 1, 256: 1}, nil), "1", flushed), ""},
		{"the longest match, which overlaps itself", pack(fixedBlock, literal("a"), "11000101 00000", strings.Repeat("0000010 00000", 10), literal(""), "0000001 00000 ", endFixed, flushed), strings.Repeat("a", 1+258+40+3)},
		{"a code of one symbol alone", pack(dynamic(map[int]int{256: 1}, nil), "0", flushed), ""},
		{"a distance code of one symbol alone", pack(dynamic(map[int]int{'a': 2, 257: 2, 256: 1}, map[int]int{0: 1}), "10 11 0", "0", flushed), "aaaa"},
		{"no distance code", pack(dynamic(map[int]int{'a': 1, 256: 1}, map[int]int{0: 0}), "00 1", flushed), "aa"},
		{"codes of 15 bits", pack(dynamic(longCodes(), map[int]int{0: 1}), strings.Repeat("1", 14), "0", strings.Repeat("1", 15), flushed), "\x0e"},
		{"text up to 300 bytes back", pack(stored(a300), fixedBlock, "0000001", "10000", number(300-257, 7), endFixed, flushed), a300 + "aaa"},
	} {
		for step := range len(test.data) + 1 {
			var d Decompressor
			d.Init(15, false)
			for range 2 {
				got, err := inflateAll(&d, test.data, step+1)
				if err != nil || string(got) != test.want {
					t.Fatalf("%s, in steps of %d: got %q, %v", test.name, step+1, got, err)
				}
			}
		}
	}
}

// longCodes is a code with one symbol for each length from 1 to 14, and two of
// 15 bits, the second of which is the end of the block.
func longCodes() map[int]int {
	lengths := map[int]int{256: 15}
	for symbol := range 15 {
		lengths[symbol] = symbol + 1
	}
	return lengths
}

func TestInflateRefusesWhatIsNotDEFLATE(t *testing.T) {
	const (
		blocks   = "RFC 1951, section 3.2.3"
		lengths  = "RFC 1951, section 3.2.4"
		symbols  = "RFC 1951, section 3.2.5"
		header   = "RFC 1951, section 3.2.7"
		appended = "RFC 7692, section 7.2.2"
	)
	n := func(values ...int) (bits string) { // of three bits each
		for _, value := range values {
			bits += number(value, 3)
		}
		return bits + " "
	}
	for _, test := range []struct {
		name   string
		data   []byte
		before string
		want   Error
	}{
		{"nothing at all", nil, "", Error{0, "they end inside a block", appended}},
		{"the reserved type", pack("0 11"), "", Error{0, "a block of the reserved type 3", blocks}},
		{"the reserved type, second", pack(fixedBlock, literal("abc"), endFixed, "1 11"), "abc", Error{4, "a block of the reserved type 3", blocks}},
		{"a stored block's length", pack(storedBlock, number(1, 16), number(1, 16)), "", Error{1, "a stored block whose length is not confirmed", lengths}},
		{"literal symbol 286", pack(fixedBlock, literal("a"), "11000110"), "a", Error{1, "a code without a symbol", symbols}},
		{"literal symbol 287", pack(fixedBlock, "11000111"), "", Error{0, "a code without a symbol", symbols}},
		{"distance symbol 30", pack(fixedBlock, literal("a"), "0000001 11110"), "a", Error{1, "a code without a distance", symbols}},
		{"distance symbol 31", pack(fixedBlock, literal("a"), "0000001 11111"), "a", Error{1, "a code without a distance", symbols}},
		{"a distance before any text", pack(fixedBlock, "0000001 00000"), "", Error{0, "a distance beyond the beginning of the text", symbols}},
		{"a distance of 2 behind one byte", pack(fixedBlock, literal("a"), "0000001 00001"), "a", Error{1, "a distance beyond the beginning of the text", symbols}},
		{"287 literal codes", pack(dynamicBlock, number(30, 5), number(0, 5), number(0, 4)), "", Error{0, "codes for more symbols than there are", header}},
		{"31 distance codes", pack(dynamicBlock, number(0, 5), number(30, 5), number(0, 4)), "", Error{0, "codes for more symbols than there are", header}},
		{"too many lengths of code lengths", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(1, 1, 1, 0)), "", Error{3, "code lengths that make no code, of the code lengths", header}},
		{"too few lengths of code lengths", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(1, 0, 0, 2)), "", Error{3, "code lengths that make no code, of the code lengths", header}},
		{"a single code length", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(1, 0, 0, 0)), "", Error{3, "code lengths that make no code, of the code lengths", header}},
		{"no code length", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(0, 0, 0, 0)), "", Error{3, "code lengths that make no code, of the code lengths", header}},
		{"a repetition of nothing", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(1, 0, 1, 0), "0 00"), "", Error{3, "a repetition of no code length", header}},
		{"a repetition beyond the end", pack(dynamicBlock, number(0, 5), number(0, 5), number(0, 4), n(0, 0, 1, 1), strings.Repeat("1 1111111", 2)), "", Error{4, "more code lengths than announced", header}},
		{"no code for the end", pack(dynamic(map[int]int{'a': 1, 'b': 1}, nil)), "", Error{138, "a block that cannot end", header}},
		{"too many literal codes", pack(dynamic(map[int]int{'a': 1, 'b': 1, 256: 1}, nil)), "", Error{138, "code lengths that make no code, of the literals", header}},
		{"too few literal codes", pack(dynamic(map[int]int{'a': 1, 256: 2}, nil)), "", Error{138, "code lengths that make no code, of the literals", header}},
		{"a literal code of two bits alone", pack(dynamic(map[int]int{256: 2}, nil)), "", Error{138, "code lengths that make no code, of the literals", header}},
		{"too many distance codes", pack(dynamic(map[int]int{'a': 1, 256: 1}, map[int]int{0: 1, 1: 1, 2: 15})), "", Error{139, "code lengths that make no code, of the distances", header}},
		{"too few distance codes", pack(dynamic(map[int]int{'a': 1, 256: 1}, map[int]int{0: 1, 1: 2})), "", Error{138, "code lengths that make no code, of the distances", header}},
		{"the code that a lone end leaves over", pack(dynamic(map[int]int{256: 1}, nil), "1"), "", Error{138, "a code without a symbol", symbols}},
		{"the code that a lone distance leaves over", pack(dynamic(map[int]int{'a': 2, 257: 2, 256: 1}, map[int]int{0: 1}), "10 11 1"), "a", Error{139, "a code without a distance", symbols}},
		{"a distance where there is no code", pack(dynamic(map[int]int{'a': 2, 257: 2, 256: 1}, nil), "10 11 0"), "a", Error{139, "a code without a distance", symbols}},
		{"the end of the data in a block", pack(fixedBlock, literal("Hello")), "Hello", Error{6, "they end inside a block", appended}},
		{"the end of the data behind a block", pack(stored("Hello")), "Hello", Error{10, "they end inside a block", appended}},
		{"the four bytes as a stored block's", pack(stored("1234"))[:5], "", Error{5, "they end inside a block", appended}},
		{"four bytes that should not have travelled", []byte("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), "Hello", Error{11, "they end inside a block", appended}},
	} {
		for step := range len(test.data) + 1 {
			checkRefusal(t, test.name, test.data, step+1, test.before, test.want)
		}
		if test.want.Section != appended {
			// The same where there is much input.
			checkRefusal(t, test.name, append(test.data, make([]byte, 100)...), 1000, test.before, test.want)
		}
	}
}

func checkRefusal(t *testing.T, name string, data []byte, step int, before string, want Error) {
	t.Helper()
	var d Decompressor
	d.Init(15, false)
	got, err := inflateAll(&d, data, step)
	fault, ok := errors.AsType[*Error](err)
	if !ok || string(got) != before || *fault != want {
		t.Fatalf("%s, in steps of %d: got %q, %v", name, step, got, err)
	}
	if out, n, done, again := d.Inflate([]byte("\x00"), true); len(out) > 0 || n > 0 || done || again != err {
		t.Errorf("%s: after the error: %q, %d, %v, %v", name, out, n, done, again)
	}
	d.Init(15, false)
	if got, err := inflateAll(&d, []byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), 100); err != nil || string(got) != "Hello" {
		t.Errorf("%s: after Init: %q, %v", name, got, err)
	}
}

// For each window: a match at its far end is good, and one a byte further is not,
// though the text is there.
func TestInflateRefusesDistancesBeyondTheWindow(t *testing.T) {
	for windowBits := 8; windowBits <= 15; windowBits++ {
		window := 1 << windowBits
		text := noise(window+1000, 1)
		for _, beyond := range []int{0, 1, 500} {
			distance := window + beyond
			if distance > maxWindow {
				continue // DEFLATE cannot say so
			}
			symbol := distanceSymbol(distance)
			extra := number(distance-int(distanceBase[symbol]), int(distanceBits[symbol]))
			match := pack(fixedBlock, "0000001", fmt.Sprintf("%05b", symbol), extra, literal("0123456789abcdefghijklmnopqrstuvwxyz"), endFixed, flushed)
			for _, takeover := range []bool{false, true} {
				// The text that the match refers to is the same message's or the one's
				// before it.
				var d Decompressor
				d.Init(windowBits, takeover)
				data := pack(stored(string(text[:1000])), stored(string(text[1000:])))
				if takeover {
					if _, err := inflateAll(&d, append(data, 0), 999); err != nil {
						t.Fatal(err)
					}
					data = nil
				}
				got, err := inflateAll(&d, append(data, match...), 1<<20)
				fault, bad := errors.AsType[*Error](err)
				switch {
				case beyond == 0 && (err != nil || !bytes.Contains(got, slices.Concat(text[1000:1003], []byte("0123")))):
					t.Errorf("%d bits, takeover %v, %d: %v", windowBits, takeover, distance, err)
				case beyond > 0 && (!bad || !strings.HasPrefix(fault.Problem, "a distance beyond")):
					t.Errorf("%d bits, takeover %v, %d: %v", windowBits, takeover, distance, err)
				}
			}
		}
	}
}

func TestInflateWithoutTakeoverForgetsTheMessageBefore(t *testing.T) {
	hello := []byte("\xf2\x48\xcd\xc9\xc9\x07\x00")
	again := []byte("\xf2\x00\x11\x00\x00") // RFC 7692, section 7.2.3.2
	for _, takeover := range []bool{false, true} {
		var d Decompressor
		d.Init(15, takeover)
		if got, err := inflateAll(&d, hello, 100); err != nil || string(got) != "Hello" {
			t.Fatalf("got %q, %v", got, err)
		}
		got, err := inflateAll(&d, again, 100)
		if takeover && (err != nil || string(got) != "Hello") || !takeover && (err == nil || string(got) != "H") {
			t.Errorf("takeover %v: got %q, %v", takeover, got, err)
		}
	}
}

// Every prefix of a message is either an error at its end or, where a block
// ended, a message itself; never is more or other text returned.
func TestInflateNoticesEveryTruncation(t *testing.T) {
	text := patchwork(3000, seeded(t, 7))
	var c Compressor
	c.Init(15, false, 1)
	data := c.Append(nil, text[:1000], false)
	first := len(data)
	data = c.Append(data, text[1000:], true)
	for n := range data {
		var d Decompressor
		d.Init(15, false)
		got, err := inflateAll(&d, data[:n], 1<<20)
		if whole := n == first; (err == nil) != whole {
			t.Errorf("%d of %d bytes: %v", n, len(data), err)
		}
		if !bytes.HasPrefix(text, got) {
			t.Errorf("%d of %d bytes: another text", n, len(data))
		}
	}
}

// What others compress, at all their levels, flushed anywhere, in any pieces.
func TestInflatesWhatTheStandardLibraryCompresses(t *testing.T) {
	r := seeded(t, 8)
	for level := -2; level <= 9; level++ {
		var b bytes.Buffer
		w, err := stdflate.NewWriter(&b, level)
		if err != nil {
			t.Fatal(err)
		}
		var d Decompressor
		d.Init(15, true)
		for _, text := range [][]byte{
			jsonText(100000, 1), jsonText(1000, 1), {}, noise(70000, 1), patchwork(100000, r), bytes.Repeat([]byte("a"), 200000), patchwork(100, r),
		} {
			b.Reset()
			for rest := text; len(rest) > 0; {
				n := 1 + r.IntN(len(rest))
				_, _ = w.Write(rest[:n])
				_ = w.Flush()
				rest = rest[n:]
			}
			_ = w.Flush()
			got, err := inflateAll(&d, bytes.TrimSuffix(b.Bytes(), tail[:]), 1+r.IntN(2*b.Len()))
			if err != nil || !bytes.Equal(got, text) {
				t.Fatalf("level %d, %d bytes: got %d, %v", level, len(text), len(got), err)
			}
		}
	}
}

func TestInflateReturnsPiecesOfAtMost8KiB(t *testing.T) {
	var c Compressor
	c.Init(15, false, 1)
	data := c.Append(nil, make([]byte, 60<<20), true)
	if len(data) > 1<<20 {
		t.Fatalf("60 MiB of zeros take %d bytes", len(data))
	}
	var d Decompressor
	d.Init(15, false)
	total := 0
	for {
		out, n, done, err := d.Inflate(data, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > 8<<10 || cap(out) > len(out) {
			t.Fatalf("a piece of %d bytes, capacity %d", len(out), cap(out))
		}
		if done && len(out) > 0 {
			t.Fatal("done, with a piece")
		}
		total += len(out)
		if data = data[n:]; done {
			break
		}
	}
	if total != 60<<20 {
		t.Errorf("got %d bytes", total)
	}
}

func TestDecompressorHoldsLittleBetweenMessages(t *testing.T) {
	for windowBits := 8; windowBits <= 15; windowBits++ {
		for _, takeover := range []bool{false, true} {
			var c Compressor
			var d Decompressor
			c.Init(windowBits, takeover, 1)
			d.Init(windowBits, takeover)
			for range 5 {
				if _, err := inflateAll(&d, c.Append(nil, jsonText(20000, 1), true), 1<<20); err != nil {
					t.Fatal(err)
				}
				c.Commit()
			}
			most := 0
			if takeover {
				most = 1 << windowBits
			}
			if d.z != nil || cap(d.history.text) > most || len(d.history.text) != min(most, 20000*5) && windowBits < 15 {
				t.Errorf("%d bits, takeover %v: an inflater %v, %d of %d bytes", windowBits, takeover, d.z != nil, len(d.history.text), cap(d.history.text))
			}
			d.Reset()
			if d.history.text != nil {
				t.Error("Reset keeps the window")
			}
		}
	}
}

// A pooled inflater holds other connections' text; none of it can be reached.
func TestInflateReachesNoOtherConnectionsText(t *testing.T) {
	var other Decompressor
	other.Init(15, false)
	secret := strings.Repeat("secret", 6000)
	if _, err := inflateAll(&other, pack(stored(secret), flushed), 1<<20); err != nil {
		t.Fatal(err)
	}
	for distance := 1; distance < 40; distance++ {
		symbol := distanceSymbol(distance)
		data := pack(fixedBlock, literal("a"), "0000001", fmt.Sprintf("%05b", symbol),
			number(distance-int(distanceBase[symbol]), int(distanceBits[symbol])), strings.Repeat(literal("b"), 20), endFixed, flushed)
		var d Decompressor
		d.Init(15, false)
		got, err := inflateAll(&d, data, 1<<20)
		if good := distance == 1; (err == nil) != good || bytes.Contains(got, []byte("s")) {
			t.Errorf("distance %d: got %q, %v", distance, got, err)
		}
	}
}
