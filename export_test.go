package websocket

import (
	"errors"
	"net"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// What the closing scenarios need of a Conn and no program may have: a Conn
// without HTTP, and what the library's own hands tell the machine.

// NewConn is an open connection over a stream that carried no opening handshake.
func NewConn(conn net.Conn, role protocol.Role, limits Limits, trace Trace, answer func(CloseFrame) CloseFrame) *Conn {
	return NewConnOver(transport.OverConn(conn), role, limits, trace, answer)
}

// NewConnOver is NewConn over what transport made of a connection, or somebody else.
func NewConnOver(stream transport.Stream, role protocol.Role, limits Limits, trace Trace, answer func(CloseFrame) CloseFrame) *Conn {
	s := limits.settings(role)
	s.queue = SendQueue{}.withDefaults()
	s.trace, s.answerClose = trace, answer
	return newConn(stream, protocol.Opening{Role: role, OpenedAt: time.Now()}, nil, &s).begin()
}

// StartFor closes for a cause, as Handler, NetConn and the contexts do.
func (c *Conn) StartFor(cause protocol.Cause, reason string) {
	c.startFor(cause, reason, errors.New(string(cause)))
}

// MissExtension fails the connection, as Dial does.
func (c *Conn) MissExtension(names string) {
	c.tell(func(m *protocol.Closing, now time.Time) { m.MissExtension(names, now) })
}

// CutFor cuts the connection for a cause.
func (c *Conn) CutFor(cause protocol.Cause) {
	c.tell(func(m *protocol.Closing, _ time.Time) {
		m.Cut(protocol.Blame{Cause: cause, Err: &protocol.AbortError{}})
	})
}

// NoLongerOpen is closed when a Close frame is due, sent or received.
func (c *Conn) NoLongerOpen() <-chan struct{} { return c.noMoreWrites.wait() }

// LookAfter is a visit of the keepalive after a time, which comes so late.
func (c *Conn) LookAfter(after, late time.Duration) {
	c.visit(c.settings.rounds.since(time.Now())+after, late)
}

// Forget makes the connection one that was not heard since it opened.
func (c *Conn) Forget() { c.keepalive.heard.Store(-int64(time.Hour)) }

// LookedAfter is how many connections the keepalive looks after with this one's
// options, and whether there is a timer for that.
func (c *Conn) LookedAfter() (members int, timer bool) {
	r := c.settings.rounds
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members, r.timer != nil
}

// NextTry is what Reconnect does after an end.
var NextTry = nextTry

// DrainSchedule calls f for each of n connections with the time of its close and
// the Close frame.
func DrainSchedule(opts *DrainOptions, n int, f func(closed time.Duration, frame CloseFrame)) {
	depart := opts.schedule(n)
	for i := range n {
		d := depart(i)
		f(d.after, d.frame)
	}
}

// FastPaths says that this is not the slow build.

const FastPaths = fastPaths

// Run is what Handler does with a connection.
func (e Events) Run(c *Conn) { e.run(c, nil) }
