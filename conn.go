package websocket

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
)

// MessageType says what a message is: Text or Binary.
type MessageType = wire.Opcode

// The types of messages. A text is UTF-8: both ends check it.
const (
	Text   = wire.Text
	Binary = wire.Binary
)

// Conn is a WebSocket connection, of either role. Every method may be called
// from any number of goroutines: messages are written whole and one after the
// other, and each message is read by one caller.
//
// A Conn holds a descriptor until it has ended, and it ends: by Close, by
// Abort, by the peer, or by a failure. From then on every method returns the
// same *CloseError.
//
// What every message asks for stands together, in eight lines of the processor's caches:
// of a thousand busy connections, or of a broadcast to more, little is there when its turn
// comes. TestLinesOfAConn has the lines.
type Conn struct {
	stream      transport.Stream
	settings    *settings
	compression *compression // nil: none was agreed

	// Reading belongs to whoever holds readTurn; see read.go and turn.go.
	readTurn     baton
	readerWanted atomic.Bool  // somebody has to read when the application does not
	readers      atomic.Int32 // application goroutines that wait for readTurn
	away         away
	discarding   bool           // the attendant went over the read-ahead bound
	asking       bool           // a listener waits, and the receiver is timed
	localClose   atomic.Bool    // this side's application ended it
	partial      atomic.Int64   // bytes of an unfinished message not yet handed out
	streamed     *messageReader // has the message at the front of the inbox
	inbox        inbox
	lost         atomic.Int64 // bytes discarded
	drained      int64        // bytes dropped since nothing is processed any more
	outgoing     outgoing     // belongs to whoever writes; see tracing.go
	receiver     protocol.Receiver

	deadline     time.Time // that timer is armed for
	noMoreWrites signal    // the connection is no longer open
	done         signal    // given after final
	window       window

	// mu is the one door to the machine, closing; see door.go.
	closing     protocol.Closing
	timer       *time.Timer                // for closing.Deadline, and before there is one for away
	final       atomic.Pointer[CloseError] // set once, when the CloseEvent is known
	unsent      protocol.Lost
	mu          sync.Mutex
	sender      protocol.Sender
	writeWaiter chan struct{} // closed when writing ends, if somebody waits
	writing     bool          // a goroutine is writing to the stream
	halfClosed  bool
	ending      bool // the stream is being closed, for good
	streamEnded bool // it has been
	published   bool
	closingTold told
	nudged      bool // the stream's read deadline lies in the past
	attending   bool // the attendant runs
	queue       queue
	held        held
	pings       pings
	place       int         // in settings.connections, notThere before
	leave       func() bool // stops watching settings.context

	// Data messages are written by whoever holds messageTurn; see write.go.
	messageTurn baton
	keepalive   keepalive
	writeFresh  time.Time // until when the stream's write deadline is far enough away

	opening protocol.Opening
}

// newConn starts a connection whose opening handshake is done. early holds the
// bytes that came behind it.
func newConn(stream transport.Stream, opening protocol.Opening, early []byte, s *settings) *Conn {
	c := &Conn{
		stream:   stream,
		opening:  opening,
		settings: s,
		place:    notThere,
	}
	c.window.keep(early)
	if c.receiver.Init(opening.Role, s.limits); c.receiver.Timed() {
		c.receiver.Waited(opening.OpenedAt, opening.OpenedAt)
	}
	c.tellReceivedFrames()
	c.sender.Init(opening.Role, maskingKey)
	c.closing.Init(opening.Role, s.timeouts)
	return c
}

// begin lets the connection live. It is told to the trace, before anything else
// can be; somebody sees to it that it is read; and it is closed when the context
// of its options ends, or at once when the server is leaving.
func (c *Conn) begin() *Conn {
	if opened := c.settings.trace.Opened; opened != nil {
		opened(c)
	}
	if leaving := c.join(); leaving != nil {
		c.start(func(m *protocol.Closing, now time.Time) error { return m.Start(*leaving, now) })
	}
	return c
}

// join makes the connection known to those who may close it, unless Opened has
// ended it. It returns the Close frame of a server that is leaving.
func (c *Conn) join() (leaving *CloseFrame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.published {
		return nil
	}
	if all := c.settings.connections; all != nil {
		leaving = all.add(c)
	}
	if !c.closing.Started() {
		c.watchReader()
		if r := c.settings.rounds; r != nil {
			r.join(c)
		}
	}
	if ctx := c.settings.context; ctx != nil && ctx.Done() != nil {
		c.leave = context.AfterFunc(ctx, func() { c.closeForContext(ctx) })
	}
	return leaving
}

// Subprotocol is the subprotocol agreed upon, or "".
func (c *Conn) Subprotocol() string { return c.opening.Subprotocol }

// Extensions is the agreed value of Sec-WebSocket-Extensions, or "".
func (c *Conn) Extensions() string { return c.opening.Extensions }

// LocalAddr is the address of this end of the connection.
func (c *Conn) LocalAddr() net.Addr { return c.stream.LocalAddr() }

// RemoteAddr is the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.stream.RemoteAddr() }

// Done is closed when the connection has ended and its CloseEvent is known.
func (c *Conn) Done() <-chan struct{} { return c.done.wait() }

// CloseEvent is the connection's CloseEvent; the bool is false while it has not
// ended.
func (c *Conn) CloseEvent() (CloseEvent, bool) {
	if err := c.final.Load(); err != nil {
		return err.Event, true
	}
	return CloseEvent{}, false
}
