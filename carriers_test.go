package websocket_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wstest"
)

// carrier is a way to drive an endpoint: what lies below its Conn.
type carrier struct {
	name string
	// open opens a connection between an endpoint of ours and a peer that is
	// the script's.
	open func(t *testing.T, want *wanted) *carried
	// bubble: it lives in memory. Inside a bubble time passes at once there, and
	// it is known when everybody has come to rest.
	bubble bool
	// secure: it is TLS, which can end without close_notify and hides what is
	// being written.
	secure bool
	// api: the endpoint is opened through the front door, which lets only a
	// server choose its answer.
	api bool
	// direct: a server's connections do not go through net/http.
	direct bool
	// unread: the application does not read. events: it has callbacks.
	unread, events bool
}

// carriers are all there are. A new one is a line here.
var carriers = []carrier{
	{name: "Conn over a pipe", open: openBare, bubble: true},
	{name: "Conn over a pipe, unread", open: openBare, bubble: true, unread: true},
	{name: "HTTP/1.1", open: openHTTP(pipes, false), bubble: true, api: true},
	{name: "HTTP/1.1, events", open: openHTTP(pipes, false), bubble: true, api: true, events: true},
	{name: "direct", open: openDirect(pipes), bubble: true, api: true, direct: true},
	{name: "direct, events", open: openDirect(pipes), bubble: true, api: true, events: true, direct: true},
	{name: "direct over TCP", open: openDirect(loopback), api: true, direct: true},
	{name: "HTTP/1.1 over TLS", open: openHTTP(pipes, true), bubble: true, api: true, secure: true},
	{name: "HTTP/1.1 over TCP", open: openHTTP(loopback, false), api: true},
	{name: "HTTP/1.1 over TLS over TCP", open: openHTTP(loopback, true), api: true, secure: true},
}

// lacks says why a scenario cannot be played on a carrier; "" means that it can.
func (c *carrier) lacks(s closingtest.Scenario, role string) string {
	switch {
	case c.direct && role == closingtest.Client:
		return "a client has no listener"
	case s.Has("stream ends stream-reset:0x8 stream-reset"):
		return "it has no streams that could be reset"
	case s.Has("stream ends tls-truncated") && !c.secure:
		return "it is not TLS"
	case s.Has("local answers") && c.api && role == closingtest.Client:
		return "a client does not choose its answer"
	case s.Has("local close") && s.Has("expect message") && c.events:
		return "callbacks get nothing behind this side's own Close (A14)"
	case s.Held() && (c.secure || !c.bubble):
		return "what it holds back cannot be seen"
	case s.Has("after") && !c.bubble:
		return "time would really pass"
	case s.Hurried() && !c.bubble:
		return "nobody knows when the endpoint has come to rest"
	}
	return ""
}

// wanted is what a scenario needs of an endpoint from the beginning on.
type wanted struct {
	role   protocol.Role
	limits websocket.Limits
	trace  websocket.Trace
	answer func(websocket.CloseFrame) websocket.CloseFrame
	events *websocket.Events // nil for the blocking style
}

// carried is a connection that has opened.
type carried struct {
	conn *websocket.Conn
	gate *gate // below conn, nil with TLS
	peer peerEnd
}

// peerEnd is the script's end of a connection: bytes, and how the stream ends.
type peerEnd struct {
	net.Conn           // raw, or TLS over it
	in       io.Reader // from Conn
	raw      rawConn
}

type rawConn interface {
	net.Conn
	CloseWrite() error
}

// end ends the peer's half of the stream, or all of it.
func (p *peerEnd) end(how protocol.TransportEnd) {
	switch how {
	case protocol.EndFIN:
		if secure, ok := p.Conn.(*tls.Conn); ok {
			secure.CloseWrite()
		}
		p.raw.CloseWrite()
	case protocol.EndTLSTruncated:
		p.raw.CloseWrite()
	case protocol.EndReset:
		if pipe, ok := p.raw.(*wstest.Conn); ok {
			pipe.Reset()
			return
		}
		p.raw.(*net.TCPConn).SetLinger(0)
		p.raw.Close()
	default:
		panic("a stream that ends with " + string(how))
	}
}

// openBare makes a Conn over a pipe, without any HTTP.
func openBare(_ *testing.T, want *wanted) *carried {
	here, there := wstest.Pipe()
	g := newGate(here)
	return &carried{
		conn: websocket.NewConn(g, want.role, want.limits, want.trace, want.answer),
		gate: g, peer: peerEnd{there, there, there},
	}
}

// network is where connections are made.
type network func(t *testing.T) (net.Listener, func(context.Context, string, string) (net.Conn, error))

func pipes(*testing.T) (net.Listener, func(context.Context, string, string) (net.Conn, error)) {
	l := wstest.NewListener()
	return l, l.DialContext
}

func loopback(t *testing.T) (net.Listener, func(context.Context, string, string) (net.Conn, error)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

// openHTTP opens a connection with Dial or Handler.
func openHTTP(on network, secure bool) func(*testing.T, *wanted) *carried {
	return func(t *testing.T, want *wanted) *carried {
		l, dial := on(t)
		t.Cleanup(func() { l.Close() })
		if want.role == protocol.Client {
			return openClient(t, l, dial, secure, want)
		}
		return openServer(t, l, dial, secure, want, func(l net.Listener, _ http.Handler) net.Listener { return l })
	}
}

// openDirect opens a server's connection with Direct.
func openDirect(on network) func(*testing.T, *wanted) *carried {
	return func(t *testing.T, want *wanted) *carried {
		l, dial := on(t)
		t.Cleanup(func() { l.Close() })
		return openServer(t, l, dial, false, want, direct)
	}
}

// direct is l with Direct around it, for one handler.
func direct(l net.Listener, h http.Handler) net.Listener {
	return websocket.Direct(l, map[string]http.Handler{"/": h})
}

// openClient dials; the peer plays the server.
func openClient(t *testing.T, l net.Listener, dial func(context.Context, string, string) (net.Conn, error), secure bool, want *wanted) *carried {
	peer := make(chan peerEnd, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		p := peerEnd{Conn: conn, raw: conn.(rawConn)}
		if secure {
			p.Conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{truthtest.TLS().Servers["good"]}})
		}
		in := bufio.NewReader(p.Conn)
		request, err := http.ReadRequest(in)
		if err != nil {
			t.Error(err)
			return
		}
		p.in = in
		io.WriteString(p, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Accept: "+acceptOf(request.Header.Get("Sec-WebSocket-Key"))+"\r\n\r\n")
		peer <- p
	}()
	var c carried
	opts := &websocket.DialOptions{Limits: want.limits, Trace: want.trace, TLS: carrierTLS()}
	opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if secure || err != nil {
			return conn, err
		}
		c.gate = newGate(conn)
		return c.gate, nil
	}
	url := "ws://127.0.0.1/"
	if secure {
		url = "wss://127.0.0.1/"
	}
	open := websocket.Dial
	if want.events != nil {
		open = want.events.Dial
	}
	var err error
	if c.conn, err = open(background, url, opts); err != nil {
		t.Fatal(err)
	}
	c.peer = <-peer
	return &c
}

// openServer serves; the peer plays the client.
func openServer(t *testing.T, l net.Listener, dial func(context.Context, string, string) (net.Conn, error), secure bool, want *wanted, around func(net.Listener, http.Handler) net.Listener) *carried {
	gates := &gates{Listener: l, made: make(chan *gate, 1)}
	listener := net.Listener(gates)
	if secure {
		listener = tls.NewListener(transport.ObserveEOF(l), &tls.Config{Certificates: []tls.Certificate{truthtest.TLS().Servers["good"]}})
	}
	accepted := make(chan *websocket.Conn, 1)
	opts := &websocket.AcceptOptions{Limits: want.limits, Trace: want.trace, AnswerClose: want.answer}
	opts.Trace.Opened = func(c *websocket.Conn) { accepted <- c }
	handler := websocket.Handler(func(c *websocket.Conn) { <-c.Done() }, opts)
	if want.events != nil {
		handler = want.events.Handler(opts)
	}
	server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: handler}
	go server.Serve(around(listener, handler))
	t.Cleanup(func() { server.Close() })

	conn, err := dial(background, "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	c := &carried{peer: peerEnd{Conn: conn, raw: conn.(rawConn)}}
	if secure {
		c.peer.Conn = tls.Client(conn, carrierTLS())
	}
	in := bufio.NewReader(c.peer.Conn)
	c.peer.in = in
	io.WriteString(c.peer, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response, err)
	}
	c.conn = <-accepted
	if !secure {
		c.gate = <-gates.made
	}
	return c
}

// gates puts a gate on every connection of a listener.
type gates struct {
	net.Listener
	made chan *gate
}

func (g *gates) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	gated := newGate(conn)
	g.made <- gated
	return gated, nil
}

// carrierTLS is a client's. The clock of a bubble begins in another century, so
// the certificate is judged by one of its own.
func carrierTLS() *tls.Config {
	valid := truthtest.TLS().Servers["good"].Leaf.NotAfter.Add(-time.Minute)
	return &tls.Config{RootCAs: truthtest.TLS().Roots, ServerName: "127.0.0.1", Time: func() time.Time { return valid }}
}
