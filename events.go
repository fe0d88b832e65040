package websocket

import (
	"context"
	"net/http"
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

// run calls the callbacks of one connection, from OnOpen to OnClose.
func (e *Events) run(c *Conn, server *http.Server) {
	c.guard(server, func() { e.read(c) })
	c.wait()
	e.end(c, server)
}

// end calls the callbacks of the end. It is apart from run, and those have pointers,
// since their frames stand on the stack of every connection that waits: with TLS,
// 200 bytes more make it 8 KiB instead of 4.
func (e *Events) end(c *Conn, server *http.Server) {
	final := c.final.Load()
	if e.OnError != nil && !final.Event.WasClean {
		c.guard(server, func() { e.OnError(c, final) })
	}
	if e.OnClose != nil {
		c.guard(server, func() { e.OnClose(c, final.Event) })
	}
}

// read calls OnOpen, and OnMessage until the connection has ended.
func (e *Events) read(c *Conn) {
	if e.OnOpen != nil {
		e.OnOpen(c)
	}
	var l loan
	for {
		typ, message, err := c.borrow(&l)
		if err != nil {
			return
		}
		if e.OnMessage != nil && !c.localClose.Load() {
			e.OnMessage(c, typ, message)
		}
	}
}
