package wstest

import (
	"bytes"
	"strconv"

	"github.com/onclose/websocket/wire"
)

// Frame is a frame of a Trace, unmasked.
type Frame struct {
	wire.Header
	Offset  int64  // of its first byte
	Size    int64  // its bytes, header and payload
	Payload []byte // less than Header.Length when the frame was not finished
}

// End is the offset behind the frame's last byte.
func (f Frame) End() int64 { return f.Offset + f.Size }

// Whole reports whether all of the frame was written.
func (f Frame) Whole() bool { return f.Length == int64(len(f.Payload)) }

// shown is how many bytes of a payload String shows.
const shown = 32

// String is the frame in a few words: `text "hello"`, `binary, not fin, 70000
// bytes "..."`, `close 4001 "bye"`.
func (f Frame) String() string {
	text := f.Opcode.String()
	if f.RSV != 0 {
		text += " rsv " + strconv.Itoa(int(f.RSV))
	}
	if !f.Fin {
		text += " not fin"
	}
	if !f.Whole() {
		text += " cut"
	}
	if f.Opcode == wire.Close && f.Whole() {
		code, reason, rule := wire.ParseClose(f.Payload)
		if rule == 0 {
			return text + " " + strconv.Itoa(int(code)) + " " + strconv.Quote(string(reason))
		}
	}
	if f.Length > shown {
		return text + " " + strconv.FormatInt(f.Length, 10) + " bytes " + strconv.Quote(string(f.Payload[:min(shown, len(f.Payload))]))
	}
	return text + " " + strconv.Quote(string(f.Payload))
}

// Frames are the frames that an end has written since the Trace began, the last
// of them perhaps unfinished. The head of an HTTP message before them is skipped.
// Behind bytes that are no frame there are no more frames.
func (t *Trace) Frames(side Side) []Frame {
	wrote := t.Wrote(side)
	offset := int64(headBytes(wrote))
	var frames []Frame
	for offset < int64(len(wrote)) {
		h, n, rule := wire.ParseHeader(wrote[offset:])
		if n == 0 || rule != 0 {
			break
		}
		rest := wrote[offset+int64(n):]
		f := Frame{Header: h, Offset: offset, Payload: rest[:min(h.Length, int64(len(rest)))]}
		f.Size = int64(n) + h.Length
		if h.Masked {
			wire.Mask(f.Payload, h.Key, 0)
		}
		frames = append(frames, f)
		offset += f.Size
	}
	return frames
}

// headBytes is the length of the HTTP head that p begins with. No frame begins
// with its first letter: both have a reserved bit.
func headBytes(p []byte) int {
	if !bytes.HasPrefix(p, []byte("GET ")) && !bytes.HasPrefix(p, []byte("HTTP/")) {
		return 0
	}
	end := bytes.Index(p, []byte("\r\n\r\n"))
	if end < 0 {
		return len(p)
	}
	return end + 4
}
