package websocket

import (
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// This file tells the trace of frames and messages. What is sent is told when the
// transport has taken the whole of it, by the goroutine that writes, before it
// gives the stream back; what is received, by the goroutine that has the read
// turn. A connection whose trace has neither hook pays for a comparison a write,
// a frame and a message.

// outgoing is the message of which frames are being sent, as far as it has been
// told. It belongs to whoever writes.
type outgoing struct {
	typ          MessageType
	size, framed int64
}

// tellsFrames reports whether somebody wants to know of what is sent.
func (t *Trace) tellsFrames() bool { return t.Frame != nil || t.Message != nil }

// tellBatch tells of the frames of a batch that end within its first sent bytes,
// and of each once. c.writing is ours, and mu is not held.
func (c *Conn) tellBatch(b *batch, sent int) {
	if !c.settings.trace.tellsFrames() {
		return
	}
	for b.told < sent {
		h, n, _ := wire.ParseHeader(b.frames[b.told:])
		begin := b.told + n
		end := begin + int(h.Length)
		if end > sent {
			return
		}
		b.told = end
		size := int(h.Length)
		if h.RSV != 0 {
			size, b.sizesTold = b.sizes[b.sizesTold], b.sizesTold+1
		}
		c.tellSent(h, size, b.frames[begin:end])
	}
}

// tellFrame tells of the frames of a batch that have left, and of the one behind
// them, of which the batch has the header, if it has left whole too. size is what
// its payload was made from, in bytes.
func (c *Conn) tellFrame(b *batch, ahead, sent int, whole bool, size int) {
	if !c.settings.trace.tellsFrames() {
		return
	}
	c.tellBatch(b, min(sent, ahead))
	if whole {
		h, _, _ := wire.ParseHeader(b.frames[ahead:])
		c.tellSent(h, size, nil)
	}
}

// tellSent tells of one frame. payload is the payload of a control frame, masked.
func (c *Conn) tellSent(h wire.Header, size int, payload []byte) {
	defer c.surviveHook()
	t, m := &c.settings.trace, &c.outgoing
	if t.Frame != nil {
		var control []byte
		if h.Opcode.Control() {
			control = append(make([]byte, 0, len(payload)), payload...)
			wire.Mask(control, h.Key, 0)
		}
		t.Frame(c, protocol.Sent, h, control)
	}
	if t.Message == nil || h.Opcode.Control() {
		return
	}
	if h.Opcode != wire.Continuation {
		*m = outgoing{typ: h.Opcode}
	}
	m.size += int64(size)
	m.framed += h.Length
	if h.Fin {
		t.Message(c, protocol.Sent, m.typ, m.size, m.framed)
	}
}

// tellReceivedFrames has the receiver tell of frames.
func (c *Conn) tellReceivedFrames() {
	if hook := c.settings.trace.Frame; hook != nil {
		c.receiver.TellFrames(func(h wire.Header, control []byte) {
			defer c.surviveHook()
			hook(c, protocol.Received, h, control)
		})
	}
}

// tellReceived tells of the message that has just come whole. The read turn is
// ours, and somebody wants to know.
func (c *Conn) tellReceived(typ MessageType) {
	defer c.surviveHook()
	size, framed := c.receiver.Sizes()
	c.settings.trace.Message(c, protocol.Received, typ, size, framed)
}
