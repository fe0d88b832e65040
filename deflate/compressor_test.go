package deflate

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"unsafe"
)

// Every window, with and without context takeover, every level: what another
// reader of DEFLATE makes of the data is the text, and no distance is greater
// than the window, nor than the text before it.
func TestCompressedTextIsTheTextAndStaysInTheWindow(t *testing.T) {
	for windowBits := 8; windowBits <= 15; windowBits++ {
		for _, takeover := range []bool{false, true} {
			for _, level := range []int{0, 1, 2, 5, 9} {
				t.Run(fmt.Sprintf("%d bits/takeover %v/level %d", windowBits, takeover, level), func(t *testing.T) {
					t.Parallel()
					stays(t, windowBits, takeover, level)
				})
			}
		}
	}
}

func stays(t *testing.T, windowBits int, takeover bool, level int) {
	r := seeded(t, uint64(windowBits*100+level))
	var c Compressor
	c.Init(windowBits, takeover, level)
	var sent []byte // with context takeover, the text that may be referred to
	farthest := 0
	for _, text := range [][]byte{
		jsonText(2000, 1), {}, jsonText(300, 2), []byte("a"), jsonText(300, 2), patchwork(90000, r), bytes.Repeat([]byte{0}, 70000),
		noise(5000, 3), patchwork(5000, r), jsonText(40000, 4), patchwork(1+r.IntN(100), r),
	} {
		var data []byte
		for rest := text; ; {
			n := min(len(rest), r.IntN(30000))
			fin := n == len(rest)
			data = c.Append(data, rest[:n], fin)
			if rest = rest[n:]; fin {
				break
			}
		}
		if r.IntN(4) == 0 {
			c.Discard() // it was not sent, so the next one must not refer to it
			continue
		}
		c.Commit()
		w := walk(t, data, sent)
		if !bytes.Equal(w.text, text) {
			t.Fatalf("%d bytes came back as %d others", len(text), len(w.text))
		}
		farthest = max(farthest, w.farthest)
		if takeover {
			sent = slices.Concat(sent, text)
		}
	}
	// The window is used up to its last byte, too.
	var repeated []byte
	for i := uint64(0); len(repeated) < 1<<windowBits; i++ {
		repeated = slices.Concat(repeated, noise(24, i), []byte("the same"))
	}
	w := walk(t, c.Append(nil, slices.Concat(repeated, repeated), true), sent)
	if farthest = max(farthest, w.farthest); farthest != 1<<windowBits {
		t.Errorf("the greatest distance is %d", farthest)
	}
	c.Discard()
}

func TestCompressedEmptyMessageIsOneByte(t *testing.T) {
	// RFC 7692, section 7.2.3.6.
	var c Compressor
	for _, takeover := range []bool{false, true} {
		c.Init(15, takeover, 1)
		for range 2 {
			if got := c.Append([]byte("frame:"), nil, true); string(got) != "frame:\x00" {
				t.Errorf("got %q", got)
			}
			c.Commit()
		}
	}
}

func TestCompressedPartsCanBeInflatedAsTheyCome(t *testing.T) {
	var c Compressor
	var d Decompressor
	c.Init(15, true, 1)
	d.Init(15, true)
	for message := range 3 {
		text := jsonText(3000, uint64(message))
		for at := 0; at < len(text); at += 500 {
			data := c.Append(nil, text[at:at+500], false)
			if first := at == 0; first == bytes.HasPrefix(data, tail[:]) {
				t.Fatalf("first %v, but the part begins with %x", first, data[:4])
			}
			var got []byte
			for {
				out, n, _, err := d.Inflate(data, false)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, out...)
				if data = data[n:]; len(data)+len(out) == 0 {
					break
				}
			}
			if !bytes.Equal(got, text[at:at+500]) {
				t.Fatalf("the part of bytes %d to %d came as %q", at, at+500, got)
			}
		}
		// A part without text, and a message's end without one, take no bytes.
		if got := c.Append(nil, nil, false); len(got) > 0 {
			t.Errorf("no text: got %x", got)
		}
		if got := c.Append(nil, nil, true); len(got) > 0 {
			t.Errorf("the end: got %x", got)
		}
		c.Commit()
		if _, _, done, err := d.Inflate(nil, true); !done || err != nil {
			t.Errorf("done %v, error %v", done, err)
		}
	}
}

func TestCompressedNoiseGrowsByLittle(t *testing.T) {
	for _, n := range []int{1, 5, 100, 1000, 32 << 10, 32<<10 + 1, 1 << 20} {
		for _, level := range []int{1, 9} {
			var c Compressor
			c.Init(15, false, level)
			text := noise(n, uint64(n))
			data := c.Append(c.Append(nil, text, false), text, true)
			blocks := (n + maxBlock - 1) / maxBlock
			if most := 2 * (n + 6*blocks + 6); len(data) > most {
				t.Errorf("two parts of %d bytes grew to %d, more than %d", n, len(data), most)
			}
		}
	}
}

func TestCompressedJSONIsSmall(t *testing.T) {
	// klauspost/compress 1.20.4 makes 340, 3606 and 244 bytes of such texts at its
	// level 1, the last one with 8 KiB of dictionary; compress/flate 348 and 3806.
	for _, test := range []struct{ size, history, most int }{{1024, 0, 340}, {16384, 0, 3606}, {1024, 8192, 250}} {
		var c Compressor
		c.Init(15, true, 1)
		c.Append(nil, jsonText(test.history, 2), true)
		c.Commit()
		if got := len(c.Append(nil, jsonText(test.size, 1), true)); got > test.most {
			t.Errorf("%d bytes behind %d become %d, more than %d", test.size, test.history, got, test.most)
		}
		c.Discard()
	}
}

func TestCompressedBetterAtHigherLevels(t *testing.T) {
	text := jsonText(100000, 1)
	last := len(text)
	for _, level := range []int{1, 2, 4, 6, 9} {
		var c Compressor
		c.Init(15, false, level)
		got := len(c.Append(nil, text, true))
		if got >= last {
			t.Errorf("level %d: %d bytes, the level below %d", level, got, last)
		}
		last = got
	}
}

func TestCompressorHoldsLittleBetweenMessages(t *testing.T) {
	for windowBits := 8; windowBits <= 15; windowBits++ {
		for _, takeover := range []bool{false, true} {
			var c Compressor
			c.Init(windowBits, takeover, 1)
			for range 3 {
				c.Append(nil, jsonText(50000, 1), true)
				c.Commit()
			}
			most := 0
			if takeover {
				most = min(1<<windowBits, 8<<10)
			}
			if c.e != nil || cap(c.history.text) != most {
				t.Errorf("%d bits, takeover %v: an encoder %v, %d bytes", windowBits, takeover, c.e != nil, cap(c.history.text))
			}
		}
	}
	// Little text, little memory.
	var c Compressor
	c.Init(15, true, 1)
	c.Append(nil, jsonText(100, 1), true)
	c.Commit()
	if cap(c.history.text) > 1024 {
		t.Errorf("%d bytes for a text of 100", cap(c.history.text))
	}
	for _, test := range []struct{ size, most int }{{shortMessage, shortHistory}, {shortMessage + 1, maxHistory}, {10, maxHistory}} {
		for range 20 {
			c.Append(nil, jsonText(test.size, 1), true)
			c.Commit()
		}
		if len(c.history.text) != test.most || cap(c.history.text) != test.most {
			t.Errorf("messages of %d bytes: %d bytes, %d taken", test.size, len(c.history.text), cap(c.history.text))
		}
	}
}

func TestCompressorStartsAnewWithInitAndDiscard(t *testing.T) {
	text := jsonText(1000, 1)
	for _, takeover := range []bool{false, true} {
		var c Compressor
		c.Init(15, takeover, 1)
		want := c.Append(nil, text, true)
		c.Discard()
		c.Append(nil, text, false) // left unended
		c.Discard()
		if got := c.Append(nil, text, true); !bytes.Equal(got, want) {
			t.Error("after Discard the same text compresses to something else")
		}
		c.Commit()
		c.Append(nil, text, false)
		c.Init(15, takeover, 1)
		if got := c.Append(nil, text, true); !bytes.Equal(got, want) {
			t.Error("after Init the same text compresses to something else")
		}
	}
}

// A frame may wait long for a peer that does not read. Without context takeover
// the text is of no use then.
func TestCompressorWithoutTakeoverHoldsNothingBehindTheEnd(t *testing.T) {
	var c Compressor
	c.Init(15, false, 1)
	c.Append(nil, jsonText(1000, 1), true)
	if c.e != nil {
		t.Error("it holds an encoder")
	}
	c.Append(nil, jsonText(1000, 1), false)
	c.Commit()
	if c.e != nil || c.history.text != nil {
		t.Error("it keeps text")
	}
}

// The positions of text begin anew after a gigabyte, between and within messages.
func TestCompressorForgetsItsPositions(t *testing.T) {
	text := jsonText(200000, 1)
	for _, base := range []int32{forgetAt - 300000, forgetAt - 100000, forgetAt - 1, forgetAt} {
		for _, level := range []int{1, 3} {
			for _, before := range []int{0, 5000} {
				e := &encoder{base: base}
				e.begin(maxWindow, level, &history{text: text[:before]})
				if e.base >= forgetAt {
					t.Errorf("base %d became %d", base, e.base)
				}
				var w bitWriter
				e.encode(&w, text)
				w.grow(8)
				w.put(0, 3)
				w.align()
				if got := walk(t, w.p[:w.n], text[:before]); !bytes.Equal(got.text, text) {
					t.Errorf("base %d, level %d: another text", base, level)
				}
				if e.base >= forgetAt {
					t.Errorf("base %d became %d", base, e.base)
				}
			}
		}
	}
}

// The documentation of Compressor and Decompressor names these sizes.
func TestPooledMemoryIsWhatTheDocumentationSays(t *testing.T) {
	for _, test := range []struct {
		name       string
		bytes, doc uintptr
	}{
		{"encoder", unsafe.Sizeof(encoder{}), 335 << 10},
		{"inflater", unsafe.Sizeof(inflater{}), 80 << 10},
	} {
		if test.bytes > test.doc || test.bytes < test.doc*9/10 {
			t.Errorf("%s: %d bytes, the documentation says %d", test.name, test.bytes, test.doc)
		}
	}
}
