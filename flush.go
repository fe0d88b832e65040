package websocket

import (
	"context"
	"time"

	"github.com/onclose/websocket/transport"
)

// This file writes what is owed to the peer while nobody writes a message: what is
// queued, the control frames, and the end of our side of the stream. Whoever gives
// the stream back comes here.

// flushBytes is the length of the pieces in which what is queued leaves. One takes
// a full batch and the control frames behind it.
const flushBytes = heldBytes + 4<<10

// mustFlush reports whether flush has something to do. Until the trace has been told
// of the closing, our Close frame does not leave. mu is held.
func (c *Conn) mustFlush() bool {
	if c.closing.Over() || c.mustTellClosing() {
		return false
	}
	return c.closing.Owed() || c.queueDue() || c.pings.due() || c.closing.HalfClose() && !c.halfClosed
}

// flush gives the stream back, after it has written what is queued and the control
// frames that are owed, our Close frame last, and ended our side of the stream if
// it is time. A socket gets what it takes without waiting. What it does not, and
// all that goes out on another stream, is left to a goroutine of its own, so that
// the goroutine that reads never waits for a peer that does not read. mu is held,
// and released while something is written.
func (c *Conn) flush() {
	c.writing = true
	_, ok := c.stream.(transport.Socket)
	if c.mustFlush() && (!ok || !c.writeOwed(c.writeNow)) {
		go c.flushPatiently()
		return
	}
	c.freeStream()
}

func (c *Conn) flushPatiently() {
	c.mu.Lock()
	c.writeOwed(c.writeAll)
	c.freeStream()
	c.act()
}

// writeOwed is flush with a way to write. It reports false when that did not take
// all. A long batch leaves in pieces, so that the queue is known to become
// shorter. mu and c.writing are held.
func (c *Conn) writeOwed(write func(p []byte, last bool) (int, error)) (all bool) {
	for c.mustFlush() {
		b := c.takeQueued()
		if c.queueDue() {
			b.frames = c.closing.AppendPong(b.frames, &c.sender)
		} else {
			b.frames = c.closing.AppendOwed(b.frames, &c.sender)
		}
		b.frames = c.pings.appendDue(b.frames, &c.closing, &c.sender)
		if len(b.frames) == 0 {
			b.recycle()
			if !c.closing.HalfClose() || c.halfClosed {
				continue // it was a Ping, and too late for it
			}
			c.halfClosed = true
			c.mu.Unlock()
			c.stream.CloseWrite()
			c.mu.Lock()
			continue
		}
		piece := b.left()
		piece = piece[:min(len(piece), flushBytes)]
		last := c.closing.LastFrame()
		c.mu.Unlock()
		n, err := write(piece, last)
		c.tellBatch(b, b.sent+n)
		c.mu.Lock()
		c.queue.wrote(b, n)
		switch {
		case err != nil:
			c.batchFailed(b, err)
		case len(b.left()) > 0:
			if c.queue.putBack(b); n < len(piece) {
				return false
			}
		default:
			b.recycle()
			c.closing.Written(time.Now())
			c.pingLeft()
		}
	}
	return true
}

// batchFailed tells the machine that the rest of a batch cannot leave. mu is held.
func (c *Conn) batchFailed(b *batch, err error) {
	b.countUnsent(&c.unsent)
	b.recycle()
	c.pings.end()
	c.writeFailed(transport.WriteBlame(err))
}

// writeNow writes what the stream takes without waiting. The last of all leaves in
// one segment with the FIN: 2 % of a connection from its request to its end.
func (c *Conn) writeNow(p []byte, last bool) (int, error) {
	socket := c.stream.(transport.Socket)
	if last {
		return socket.WriteLast(p)
	}
	return socket.WriteNow(p, nil)
}

// writeAll waits until the stream has taken all of p.
func (c *Conn) writeAll(p []byte, _ bool) (int, error) {
	return c.writeStream(context.Background(), p, nil)
}
