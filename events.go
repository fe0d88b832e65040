package websocket

import (
	"context"
	"net/http"
	"runtime"

	"github.com/onclose/websocket/transport"
)

// Events is the event style: callbacks for one connection or for all of a
// handler, as the web's listeners are. The library owns the read loop, and calls
// the callbacks of one connection one after the other, in this order: OnOpen,
// OnMessage any number of times, OnError if the connection did not end cleanly,
// OnClose. Any of them may be nil.
//
// After this side's own Close no OnMessage is called, and after OnClose nothing.
// Callbacks may call every method of the Conn except those that read; Close
// inside a callback waits for the peer, and OnClose comes when it returns. Pings
// and the peer's Close are answered while a callback runs, at the latest a
// second later.
//
// A callback may block. On Linux a connection that was silent for 200 ms has no
// goroutine, and costs about 4 KB, or 12 KB with TLS. After its third read from the
// system the callbacks of many are called one after another on one goroutine, until one
// of them waits in a method of this package, or lasts for 10 ms, or they take longer
// than 0.1 ms each: then others get goroutines of their own. With TLS each has one from
// its first byte until it was silent for 200 ms. Elsewhere every connection has one all
// the time.
type Events struct {
	OnOpen func(*Conn)
	// OnMessage gets a message. The bytes are valid until it returns.
	OnMessage func(*Conn, MessageType, []byte)
	// OnError gets the *CloseError of a connection that did not end cleanly.
	OnError func(*Conn, error)
	// OnClose gets the CloseEvent: exactly once for every connection that
	// opened, and last.
	OnClose func(*Conn, CloseEvent)
}

// Handler is an http.Handler that opens a WebSocket for every request: see the
// function Handler.
func (e Events) Handler(opts *AcceptOptions) http.Handler {
	return newHandler(e.run, opts)
}

// Dial opens a WebSocket as the function Dial does; the callbacks are called on
// a goroutine of their own. When it fails no callback is called: the error holds
// the CloseEvent.
func (e Events) Dial(ctx context.Context, url string, opts *DialOptions) (*Conn, error) {
	c, err := Dial(ctx, url, opts)
	if err != nil {
		return nil, err
	}
	go e.run(c, nil)
	return c, nil
}

// run calls OnOpen, and sees to the rest.
func (e *Events) run(c *Conn, server *http.Server) {
	for l := e.open(c, server); l.Ready(); {
		runtime.Gosched()
	}
}

// open calls OnOpen. Whoever has to wait on this goroutine waits behind it: the less
// there is on the stack, the better. With TLS, 200 bytes more make it 8 KiB instead
// of 4.
func (e *Events) open(c *Conn, server *http.Server) *listener {
	l := &listener{events: e, conn: c, server: server}
	if watched, ok := c.stream.(transport.Watched); ok {
		l.stream = watched
	}
	if e.OnOpen != nil {
		c.guard(server, func() { e.OnOpen(c) })
	}
	return l
}
