package websocket

import (
	"errors"
	"iter"
	"runtime"
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
	compress := c.compresses(&m.opts, len(m.payload))
	if !compress || c.compression.takeover {
		return c.offer(m.typ, m.payload, compress)
	}
	p := m.compress(c.compression.deflation)
	c.mu.Lock()
	return c.enqueue(m.typ, p, len(m.payload), true)
}
