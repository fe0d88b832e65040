package websocket

import (
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/transport"
)

// Direct is l for an http.Server, without the connections that open a WebSocket at once:
// those are opened here and never reach the server, which saves a seventh to a
// fifth of what a connection costs from its request to its end, and 9 KiB of garbage. It is for servers
// with very many short connections, or whose clients all come back at once.
//
//	echo := websocket.Handler(serve, nil)
//	mux.Handle("/echo", echo)
//	server.Serve(websocket.Direct(l, map[string]http.Handler{"/echo": echo}))
//
// The handlers are those of Handler and Events.Handler, by the path of their requests as
// it is written in the start line, in front of any "?"; others make Direct panic. A
// request is opened here when it is in order in every way, its handler would accept it,
// and it has come whole with the connection's first bytes, at most 4 KiB. Everything else
// goes on to the server unchanged, as do connections of TLS, and those on which nothing
// has come for a second; so it is the server that answers bad requests, and its timeouts
// and limits that they meet. Only who is refused by AcceptOptions.Refuse or
// AcceptOptions.Connections is answered here.
//
// What stands around the handler in the server does not see such a request: middleware,
// ConnState, ConnContext, ErrorLog. The hooks of AcceptOptions do; the context of what
// they get is the background.
//
// TCP's own keepalive, which package net switches on for every connection, takes four
// system calls, 5 to 10 % of what a short connection costs. A WebSocket has
// Limits.PingInterval instead; if the server has an IdleTimeout and a ReadTimeout, l may
// come from a net.ListenConfig whose KeepAlive is -1.
//
// The listener that is returned belongs to one server. Closing it closes l.
func Direct(l net.Listener, handlers map[string]http.Handler) net.Listener {
	d := &directListener{
		Listener: l,
		handlers: make(map[string]*handler, len(handlers)),
		others:   make(chan accepted),
		closed:   make(chan struct{}),
	}
	for path, h := range handlers {
		ours, ok := h.(*handler)
		if !ok {
			panic(fmt.Sprintf("websocket: Direct is for what Handler and Events.Handler return, not for a %T", h))
		}
		d.handlers[path] = ours
	}
	return d
}

// directWait is how long a connection may be silent before it goes to the server.
const directWait = time.Second

// directListener greets every connection on a goroutine of its own, on which it lives
// then if it is a WebSocket.
type directListener struct {
	net.Listener
	handlers map[string]*handler

	accepting sync.Once
	others    chan accepted // for the server
	closing   sync.Once
	closed    chan struct{}
	closeErr  error
}

// accepted is what Accept returns.
type accepted struct {
	conn net.Conn
	err  error
}

// Accept waits for a connection that is not opened here.
func (d *directListener) Accept() (net.Conn, error) {
	d.accepting.Do(func() { go d.acceptAll() })
	select {
	case a := <-d.others:
		return a.conn, a.err
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *directListener) acceptAll() {
	for {
		conn, err := d.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			d.Close()
			return
		case err != nil || transport.Encrypted(conn):
			d.pass(conn, err)
		default:
			go d.greet(conn)
		}
	}
}

// pass gives a connection, or the error of accepting one, to the server.
func (d *directListener) pass(conn net.Conn, err error) {
	select {
	case d.others <- accepted{conn, err}:
	case <-d.closed:
		if conn != nil {
			conn.Close()
		}
	}
}

func (d *directListener) Close() error {
	d.closing.Do(func() {
		close(d.closed)
		d.closeErr = d.Listener.Close()
	})
	return d.closeErr
}

// greet reads what comes first, and does what is due then. Under what it runs at last
// there is little on the stack.
func (d *directListener) greet(conn net.Conn) {
	if h, c := d.meet(conn); c != nil {
		h.run(c, nil)
	}
}

// meet opens a WebSocket, or gives the connection away.
func (d *directListener) meet(conn net.Conn) (*handler, *Conn) {
	memory := newWindow(false)
	defer recycle(memory)
	conn.SetReadDeadline(time.Now().Add(directWait))
	n, err := conn.Read(memory)
	if n == 0 && err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		conn.Close()
		return nil, nil
	}
	conn.SetReadDeadline(time.Time{})
	if h, req, head := d.find(memory[:n]); h != nil {
		if c, done := h.open(conn, &req, memory[head:n]); done {
			return h, c
		}
	}
	d.pass(transport.Replay(conn, append([]byte(nil), memory[:n]...)), nil)
	return nil, nil
}

// find parses a request, and finds the handler that is meant. It finds none for a request
// that has not come whole, or that net/http might see in another way. The length of the
// head is head.
func (d *directListener) find(p []byte) (h *handler, req handshake.Request, head int) {
	req, head, err := handshake.ParseRequest(p, handshake.Limits{})
	if err != nil || head == 0 || req.Header["Expect"] != nil {
		return nil, req, 0
	}
	path, _, _ := strings.Cut(req.Target, "?")
	return d.handlers[path], req, head
}

// open opens a connection if the request is in order. done is false if the server is to
// have it, as nothing has happened. If it is refused, or fails, there is no Conn.
func (h *handler) open(conn net.Conn, req *handshake.Request, early []byte) (c *Conn, done bool) {
	a := h.acceptor
	reply, refusal := a.rules.Check(req)
	target, err := url.ParseRequestURI(req.Target)
	if refusal != nil || err != nil {
		return nil, false
	}
	var r *http.Request
	if a.asksForRequest() {
		r = transport.HTTPRequest(conn, req, target)
	}
	memory := newWindow(false)
	defer recycle(memory)
	yes, err := a.agree(memory[:0], reply)
	if err != nil {
		return nil, false
	}
	defer func() {
		if value := recover(); value != nil { // a hook's: net/http would have seen to it
			if value != http.ErrAbortHandler {
				log.Printf("websocket: panic serving %v: %v\n%s", conn.RemoteAddr(), value, debug.Stack())
			}
			conn.Close()
			c, done = nil, true
		}
	}()
	if refusal := a.refusal(r); refusal != nil {
		transport.Dismiss(conn, refusal)
		a.traceRefused(r, refusal)
		return nil, true
	}
	c, _ = a.open(transport.OverConn(conn), early, yes, transport.URL(false, req.Host, target), r)
	return c, true
}
