package websocket

import (
	"errors"
	"iter"
	"runtime"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// Broadcast sends a message on many connections and waits for none of them. What
// a connection does not take at once is queued there, as Send does, and goes out as
// soon as the peer takes more. A connection whose queue has no room does not get
// the message, and nothing else of SendQueue is applied to it: missed is called
// with ErrBehind, or with ErrClosing or the *CloseError for one that is no longer
// open. It may be nil, and close the connection on another goroutine.
//
// A message that was queued and then could not be sent is counted by the CloseEvent.
func Broadcast(conns iter.Seq[*Conn], m *PreparedMessage, missed func(*Conn, error)) {
	n := 0
	for c := range conns {
		if n++; n%sentInARow == 0 {
			runtime.Gosched()
		}
		if err := c.offerPrepared(m); err != nil && missed != nil {
			missed(c, err)
		}
	}
}

// sentInARow is after how many connections others get their turn, some 2 ms. Otherwise the
// scheduler would have to find out that they wait.
const sentInARow = 256

// ErrBehind is what Send returns and Broadcast reports when the queue of a
// connection has no room, because its peer takes too little or a message of
// NextWriter has been open for long: nothing of the message was sent there.
var ErrBehind = errors.New("websocket: the connection is behind: the message was not sent")

// offerPrepared is offer of a message that may be compressed already.
func (c *Conn) offerPrepared(m *PreparedMessage) error {
	frame, size := m.plain, len(m.plain.payload)
	compress := c.compresses(&m.opts, size)
	switch {
	case compress && c.compression.takeover:
		return c.offer(m.typ, frame.payload, true)
	case compress:
		frame = m.compress(c.compression.deflation)
	}
	c.mu.Lock()
	if socket, ok := c.stream.(transport.Socket); ok && c.opening.Role == protocol.Server && c.lets() {
		return c.pass(socket, m.typ, frame, size, compress)
	}
	return c.enqueue(m.typ, frame.payload, size, compress)
}

// lets reports whether a frame may go to the socket as it is: no message is to leave
// before it, and nobody is told. A control frame that is owed may come behind
// it: whoever owes it is about to write. mu is held.
func (c *Conn) lets() bool {
	return fastPaths && c.free() && c.queue.empty() && !c.held.more.Load() &&
		!c.closing.Started() && !c.settings.trace.tellsFrames()
}

// pass gives a socket a frame that lets lets go. What is not taken at once is queued.
// A recipient of a broadcast takes 0.5 us less so. mu is held, also while the system
// is asked, which does not wait, and unlocked.
func (c *Conn) pass(socket transport.Socket, typ MessageType, frame preparedFrame, size int, compressed bool) error {
	n, err := socket.WriteNow(frame.bytes, nil)
	if n == len(frame.bytes) {
		c.mu.Unlock()
		return nil
	}
	c.keep(typ, frame.payload, size, compressed)
	b := c.queue.take()
	c.queue.wrote(b, n)
	if err != nil {
		c.batchFailed(b, err)
	} else {
		c.queue.putBack(b)
	}
	c.act()
	return nil
}
