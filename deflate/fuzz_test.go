package deflate

import (
	"bytes"
	stdflate "compress/flate"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/onclose/websocket/handshake"
)

// FuzzNegotiation: whatever the header says, nobody panics; what the server
// accepts is what a client that made those offers agrees to; and the answer is
// written as it is read.
func FuzzNegotiation(f *testing.F) {
	for _, n := range negotiations(f) {
		f.Add(n.in, uint8(len(n.in)), uint8(n.line))
	}
	f.Fuzz(func(t *testing.T, header string, takeover, bits uint8) {
		list, err := handshake.ParseExtensions([]string{header})
		if err != nil {
			return
		}
		o := Options{takeover&1 == 1, takeover&2 == 2, 8 + int(bits%8), 8 + int(bits/8%8)}
		if params, answer, ok := o.Accept(list); ok {
			again, err := handshake.ParseExtensions([]string{written(answer)})
			if err != nil || len(again) != 1 || written(again...) != written(answer) {
				t.Fatalf("answer %q: %v", written(answer), err)
			}
			agreed, err := Options{ServerTakeover: true, ClientTakeover: true}.Agree(list, answer)
			if err != nil || agreed != params {
				t.Fatalf("%q answered with %q: agreed on %+v (%v) and %+v", header, written(answer), agreed, err, params)
			}
		}
		for _, answer := range list {
			params, err := o.Agree(o.Offers(), answer)
			if err == nil && (params.ServerWindowBits < 8 || params.ClientWindowBits > orDefault(o.ClientWindowBits) || params.ClientTakeover && !o.ClientTakeover || params.ServerTakeover && !o.ServerTakeover) {
				t.Fatalf("%+v and %q: agreed on %+v", o, written(answer), params)
			}
		}
	})
}

// FuzzInflate: arbitrary bytes give the same text and the same error however
// they are cut. The standard library agrees where it can judge.
func FuzzInflate(f *testing.F) {
	var c Compressor
	c.Init(15, false, 1)
	for _, data := range [][]byte{
		nil, {0}, []byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), []byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
		pack(dynamic(longCodes(), map[int]int{0: 1}), strings.Repeat("1", 15), flushed),
		c.Append(nil, jsonText(700, 1), true), c.Append(nil, bytes.Repeat([]byte("ab"), 20000), true),
	} {
		f.Add(data, uint16(3), uint8(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, step uint16, windowBits uint8) {
		var d Decompressor
		d.Init(8+int(windowBits%8), false)
		text, err := inflateAtMost(&d, data, len(data)+1, 1<<20)
		d.Init(8+int(windowBits%8), false)
		again, errAgain := inflateAtMost(&d, data, 1+int(step), 1<<20)
		if !bytes.Equal(text, again) || !sameFault(err, errAgain) {
			t.Fatalf("whole: %d bytes, %v; in steps of %d: %d bytes, %v", len(text), err, 1+step, len(again), errAgain)
		}
		if len(text) >= 1<<20 {
			return
		}
		in := bytes.NewReader(append(bytes.Clone(data), "\x00\x00\xff\xff\x01\x00\x00\xff\xff"...))
		wanted, judged := io.ReadAll(stdflate.NewReader(in))
		early := judged == nil && in.Len() > 0 // it stops at the first BFINAL
		fault, _ := errors.AsType[*Error](err)
		switch {
		case early && fault != nil && excused(fault):
		case early && !bytes.HasPrefix(text, wanted), err == nil && !early && !bytes.Equal(text, wanted):
			t.Fatalf("got %q, the standard library %q, %v", text, wanted, judged)
		case err == nil && judged != nil:
			t.Fatalf("the standard library says %v", judged)
		case err != nil && judged == nil && !early && !excused(fault):
			t.Fatalf("got %v, the standard library %d bytes", err, len(wanted))
		}
	})
}

// excused are the errors that the standard library does not share: it knows no
// window of less than 32 KiB, no end of a message, and takes incomplete codes
// that zlib refuses.
func excused(fault *Error) bool {
	switch fault.Problem {
	case "a distance beyond the window", "they end inside a block", "a block that cannot end",
		"code lengths that make no code, of the code lengths":
		return true
	}
	return false
}

func sameFault(a, b error) bool {
	x, _ := errors.AsType[*Error](a)
	y, _ := errors.AsType[*Error](b)
	return x == y || x != nil && y != nil && *x == *y
}

// inflateAtMost is inflateAll that stops when there is enough text, as whoever has
// a limit does, and cuts it there.
func inflateAtMost(d *Decompressor, data []byte, step, most int) (text []byte, err error) {
	for {
		piece := data[:min(step, len(data))]
		data = data[len(piece):]
		fin := len(data) == 0
		for {
			out, n, done, err := d.Inflate(piece, fin)
			if len(out) > 8<<10 {
				panic("a piece of more than 8 KiB")
			}
			if text = append(text, out...); len(text) >= most {
				return text[:most], nil
			}
			piece = piece[n:]
			if done || err != nil {
				return text, err
			}
			if len(piece) == 0 && len(out) == 0 && !fin {
				break
			}
		}
	}
}

// FuzzRoundTrip: any messages, in any parts, compressed at any level for any
// window, come back through pieces of any size; the walker and the standard
// library read them too.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("Hello"), uint16(2), uint16(1), uint8(15), uint8(1))
	f.Add(jsonText(3000, 1), uint16(700), uint16(100), uint8(0), uint8(9))
	f.Add(bytes.Repeat([]byte("a"), 2000), uint16(0), uint16(300), uint8(130), uint8(3))
	f.Add(patchworkSeed(), uint16(50), uint16(13), uint8(129), uint8(6))
	f.Fuzz(func(t *testing.T, text []byte, part, step uint16, settings, level uint8) {
		windowBits, takeover := 8+int(settings%8), settings&128 != 0
		var c Compressor
		var d Decompressor
		c.Init(windowBits, takeover, int(level%10))
		d.Init(windowBits, takeover)
		var sent []byte
		for range 3 {
			var data []byte
			for rest := text; ; {
				n := min(len(rest), 1+int(part))
				data = c.Append(data, rest[:n], n == len(rest))
				if rest = rest[n:]; len(rest) == 0 {
					break
				}
			}
			c.Commit()
			if got, err := inflateAll(&d, data, 1+int(step)); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("got %d bytes, %v", len(got), err)
			}
			w := walk(t, data, sent)
			if !bytes.Equal(w.text, text) || w.farthest > 1<<windowBits {
				t.Fatalf("the walker reads %d bytes, from up to %d bytes back", len(w.text), w.farthest)
			}
			judge := stdflate.NewReaderDict(bytes.NewReader(append(data, "\x00\x00\xff\xff\x01\x00\x00\xff\xff"...)), sent)
			if got, err := io.ReadAll(judge); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("the standard library reads %d bytes, %v", len(got), err)
			}
			if takeover {
				sent = append(sent, text...)
			}
		}
	})
}

func patchworkSeed() []byte {
	var d []byte
	for i := range 200 {
		d = append(d, jsonText(20+i, uint64(i%5))...)
	}
	return d[:9000]
}
