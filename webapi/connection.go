package webapi

import (
	"context"
	"errors"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// connection is the part of a WebSocket or WebSocketStream that is not on the
// queue: one goroutine that opens, reads and waits for the end, and one that
// writes. They never touch what listeners can see. What happens they post as
// tasks, which call owner.
type connection struct {
	env    *Environment
	owner  owner
	cancel context.CancelFunc // of the opening
	out    *outbox
	room   chan struct{} // one token for each message that was posted and not yet seen
	came   arrivals
	conn   *websocket.Conn
}

// owner is told what happens to a connection, by tasks: opened once or never,
// message, closing when the peer's Close frame has come behind the messages, and
// closed once and last.
type owner interface {
	opened(*websocket.Conn)
	// message gives a message. The owner calls seen to let another one come.
	message(typ websocket.MessageType, data []byte, seen func())
	closing()
	closed(websocket.CloseEvent)
}

// readAhead is how many messages of a WebSocket wait to be seen before reading
// stops, so that a program that does not keep up holds its peer back.
const readAhead = 16

// connect opens a connection, on which so many messages wait to be seen before
// reading stops. It waits for nothing: the owner is told by tasks.
func (e *Environment) connect(o owner, u *URL, subprotocols []string, ahead int) *connection {
	ctx, cancel := context.WithCancel(context.Background())
	c := &connection{
		env: e, owner: o, cancel: cancel, out: newOutbox(),
		room: make(chan struct{}, ahead),
	}
	c.came.post = func() { e.Tasks.Post(o.closing) }
	opts := e.dialOptions(subprotocols)
	c.came.watch(&opts.Trace)
	release := e.Tasks.Hold()
	go func() {
		defer release()
		final := c.live(ctx, u, opts)
		e.Tasks.Post(func() { o.closed(final) })
	}()
	return c
}

// live is a connection's life, and gives its CloseEvent.
func (c *connection) live(ctx context.Context, u *URL, opts *websocket.DialOptions) websocket.CloseEvent {
	defer c.cancel()
	if isBadPort(u.Port()) {
		return neverOpened(u, protocol.Blame{Cause: protocol.CauseBadURL, Err: errBadPort})
	}
	release, err := c.env.takeTurn(ctx, serverOf(u))
	if err != nil {
		return neverOpened(u, protocol.Blame{Cause: protocol.CauseContextCanceled, Err: err})
	}
	address, target := dialable(u)
	opts.Target = target
	conn, err := websocket.Dial(ctx, address, opts)
	if jar, ok := opts.Jar.(*lateJar); ok {
		c.env.Tasks.Post(jar.keep)
	}
	release()
	var failed *websocket.CloseError
	if errors.As(err, &failed) {
		return failed.Event
	}
	c.conn = conn
	c.env.Tasks.Post(func() { c.owner.opened(conn) })
	c.came.onePosted()
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	c.read()
	<-conn.Done()
	c.out.stop()
	<-written
	final, _ := conn.CloseEvent()
	return final
}

// read posts the messages, until the connection has ended.
func (c *connection) read() {
	for {
		typ, data, err := c.conn.Read(context.Background())
		if err != nil {
			return
		}
		select {
		case c.room <- struct{}{}:
		case <-c.conn.Done(): // the messages before the end are still told
		}
		c.env.Tasks.Post(func() { c.owner.message(typ, data, c.seen) })
		c.came.onePosted()
	}
}

// seen lets one more message come.
func (c *connection) seen() {
	select {
	case <-c.room:
	default:
	}
}

// write sends what the outbox has, in order; a Close is the last.
func (c *connection) write() {
	for {
		item, ok := c.out.next()
		if !ok {
			return
		}
		if item.close != nil {
			sendClose(c.conn, *item.close)
			continue
		}
		if item.begun != nil {
			c.env.Tasks.Post(item.begun)
		}
		err := c.conn.Write(context.Background(), item.typ, item.data)
		if item.done != nil {
			c.env.Tasks.Post(func() { item.done(err) })
		}
	}
}

// abort ends the connection without a closing handshake, in whatever state it is.
// conn is nil as long as the owner has not been told that it has opened.
func (c *connection) abort(conn *websocket.Conn) {
	c.cancel()
	if conn != nil {
		conn.Abort()
	}
}

var errBadPort = errors.New("webapi: the port is blocked (Fetch Standard, section 2.9)")

// neverOpened is the CloseEvent of a connection that was not even tried.
func neverOpened(u *URL, blame protocol.Blame) websocket.CloseEvent {
	blame.Phase = protocol.PhaseDialing
	opening := protocol.Opening{Role: protocol.Client, URL: u.Protocol() + "//" + u.Host() + u.Pathname() + u.Search()}
	return protocol.NeverOpened(opening, blame, protocol.EndNone, time.Now())
}
