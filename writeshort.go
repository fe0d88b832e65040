package websocket

import (
	"context"

	"github.com/onclose/websocket/transport"
)

// This file is the short way for most messages that are written: short ones, on a socket
// that nothing is to leave from before them. All else goes the way of writeTaken.

// shortBytes is the longest message that goes the short way.
const shortBytes = 4 << 10

// writeShort writes a message whose frame lets lets go, and gives mu back. As long as the
// socket takes all at once, which it does unless the peer is slow, mu is held meanwhile:
// that saves the taking of the stream, and half of the stack: 3 % of an echo of 125 bytes.
func (c *Conn) writeShort(ctx context.Context, socket transport.Socket, typ MessageType, p []byte) error {
	b := newBatch()
	frames, key := c.sender.AppendWhole(b.frames, typ, false, int64(len(p)))
	b.append(frames, key, p, 0)
	n, err := socket.WriteNow(b.frames, nil)
	switch b.sent = n; {
	case n == len(b.frames):
		c.mu.Unlock()
		b.recycle()
		return nil
	case n == 0 && err == nil:
		b.recycle()
		c.writing = true
		return c.writeTaken(ctx, typ, true, p, len(p), false)
	}
	c.writing = true
	return c.writeRest(ctx, b, err)
}

// writeRest writes what is left of a frame that writeShort has begun, unless that failed.
// It gives mu and the stream back.
func (c *Conn) writeRest(ctx context.Context, b *batch, err error) error {
	if err == nil {
		var n int
		c.mu.Unlock()
		n, err = c.writeStream(ctx, b.left(), nil)
		c.mu.Lock()
		b.sent += n
	}
	if err != nil {
		b.countUnsent(&c.unsent)
		c.writeFailed(writeBlame(ctx, err))
	}
	b.recycle()
	c.writeDone()
	if err == nil {
		return nil
	}
	return c.closingError()
}
