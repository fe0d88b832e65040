package websocket

import (
	"errors"
	"iter"

	"github.com/onclose/websocket/transport"
)

// Broadcast sends a message on many connections and waits for none of them. What
// a connection does not take at once is kept for it, up to 64 KiB together with
// what was kept before, or one message of any length, and goes out as soon as the
// peer takes more. A connection that is further behind does not get the message:
// missed is called with ErrBehind, or with ErrClosing or the *CloseError for one
// that is no longer open. It may be nil, and close the connection on another
// goroutine.
//
// A message that was kept and then could not be sent is counted by the CloseEvent.
// Broadcasts of one goroutine arrive in their order.
func Broadcast(conns iter.Seq[*Conn], m *PreparedMessage, missed func(*Conn, error)) {
	for c := range conns {
		if err := c.offer(m); err != nil && missed != nil {
			missed(c, err)
		}
	}
}

// ErrBehind is what Broadcast reports of a connection whose peer takes too
// little, or on which a message of NextWriter is open: nothing of the broadcast
// message was sent there.
var ErrBehind = errors.New("websocket: the connection is behind: the message was not sent")

// offer sends a message without waiting.
func (c *Conn) offer(m *PreparedMessage) error {
	p, compressed := m.payload, c.compresses(&m.opts, len(m.payload))
	switch {
	case !compressed:
	case c.compression.takeover:
		return c.offerCompressed(m)
	default:
		p = m.compress(c.compression.deflation)
	}
	c.mu.Lock()
	if err := c.mayKeep(len(p)); err != nil {
		c.mu.Unlock()
		return err
	}
	c.keep(m.typ, p, len(m.payload), compressed)
	c.sendHeld()
	return nil
}

// offerCompressed is offer on a connection whose messages refer to the ones
// before: its turn comes with the history.
func (c *Conn) offerCompressed(m *PreparedMessage) error {
	select {
	case c.messageTurn <- struct{}{}:
	default:
		return ErrBehind
	}
	defer c.releaseMessage()
	buffer := takeBuffer(&messageBuffers)
	defer giveBuffer(&messageBuffers, buffer)
	*buffer = c.compression.out.Append(*buffer, m.payload, true)
	c.mu.Lock()
	if err := c.mayKeep(len(*buffer)); err != nil {
		c.mu.Unlock()
		c.compression.out.Discard()
		return err
	}
	c.compression.out.Commit()
	c.keep(m.typ, *buffer, len(m.payload), true)
	c.sendHeld()
	return nil
}

// mayKeep says why so many bytes may not be kept, or nil. mu is held.
func (c *Conn) mayKeep(n int) error {
	final := c.final.Load()
	switch {
	case final != nil:
		return final
	case c.closing.Started():
		return ErrClosing
	case c.sender.InMessage(), c.held.batch.full(n):
		return ErrBehind
	}
	return nil
}

// sendHeld lets go out at once what the stream takes, and the rest later. It is
// called with mu held, and unlocks it.
func (c *Conn) sendHeld() {
	socket, ok := c.stream.(transport.Socket)
	if c.writing || !ok {
		c.act() // whoever writes sees to it, or flush
		return
	}
	b := c.takeHeld()
	b.frames = c.pings.appendDue(b.frames, &c.closing, &c.sender)
	c.writing = true
	c.mu.Unlock()
	n, err := socket.WriteNow(b.left())
	c.mu.Lock()
	b.sent += n
	if err != nil {
		b.countUnsent(&c.unsent)
		b.recycle()
		c.pings.end()
		c.writeFailed(transport.WriteBlame(err))
	} else {
		if len(b.left()) == 0 {
			c.pingLeft()
		}
		c.holdAgain(b)
	}
	c.writeDone()
}
