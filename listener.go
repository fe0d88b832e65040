package websocket

import (
	"context"
	"errors"
	"net/http"

	"github.com/onclose/websocket/transport"
)

// listener reads one connection for its callbacks. While the connection waits
// the listener is all there is of it, where the stream can be watched, and it keeps
// the read turn; else a goroutine waits in Ready, until the end.
type listener struct {
	events *Events
	conn   *Conn
	server *http.Server
	stream transport.Watched // nil: it cannot be watched
	lent   loan
	turn   bool // it has the read turn
}

// wakeMessages is how many messages of a connection are dealt with before the
// others get their turn.
const wakeMessages = 64

// errIdle says that there is nothing to read now.
var errIdle = errors.New("websocket: nothing has come")

// listenerContext marks the reads of a listener whose stream is watched: they do
// not wait. It never ends.
var listenerContext = context.WithValue(context.Background(), listenerKey{}, true)

type listenerKey struct{}

// Ready calls OnMessage for what has come, and OnError and OnClose when the
// connection has ended.
func (l *listener) Ready() (again bool) {
	after := l.read()
	if after == ended || after == broken {
		l.conn.wait()
		l.end()
	}
	return after == haste
}

// end calls the callbacks of the end. It is apart from Ready to keep that one's
// frame small.
func (l *listener) end() {
	e, c, final := l.events, l.conn, l.conn.final.Load()
	if e.OnError != nil && !final.Event.WasClean {
		c.guard(l.server, func() { e.OnError(c, final) })
	}
	if e.OnClose != nil {
		c.guard(l.server, func() { e.OnClose(c, final.Event) })
	}
}

// afterRead says how it goes on.
type afterRead uint8

const (
	broken afterRead = iota // it did not return
	ended
	waits // Ready is called when something has come, or is called already
	haste // Ready is to be called when others had their turn
)

// read calls OnMessage until nothing more is there, others should have their turn,
// or the connection has ended. The result is no field of l: while the connection
// waits, Ready may be running again.
func (l *listener) read() (after afterRead) {
	defer l.survive(&after)
	c, ctx := l.conn, context.Background()
	if l.stream != nil {
		ctx = listenerContext
	}
	for n := 0; ; n++ {
		if !l.turn {
			c.reclaim(&l.lent)
			l.turn = true
		}
		if n == wakeMessages && l.stream != nil {
			return haste
		}
		typ, message, err := c.borrow(ctx, &l.lent)
		l.turn = err == errIdle
		switch {
		case l.turn:
			if l.stream.Await(l) {
				return waits
			}
		case err != nil:
			return ended
		case l.events.OnMessage != nil && !c.localClose.Load():
			l.events.OnMessage(c, typ, message)
		}
	}
}

// survive is guard, for read.
func (l *listener) survive(after *afterRead) {
	if *after == broken {
		l.conn.broken(l.server, recover())
	}
}

// stepAside is called before this goroutine may have to wait. If it is one that calls
// the callbacks of many connections, another goes on with the others.
func (c *Conn) stepAside() {
	if watched, ok := c.stream.(transport.Watched); ok {
		watched.StepAside()
	}
}

// readNow is readOnce that does not wait.
func (c *Conn) readNow(p []byte) (n int, err error) {
	stream := c.stream.(transport.Watched)
	if p == nil {
		n, err = stream.ReadIntoNow(&c.window)
	} else {
		n, err = stream.ReadNow(p)
	}
	if n == 0 && err == nil {
		err = errIdle
	}
	return n, err
}
