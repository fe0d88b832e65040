package wstest

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/onclose/websocket"
)

// Serve runs an http.Server with h over pipes in memory until the test ends, and
// returns its listener. Every pipe has the faults.
func Serve(t testing.TB, h http.Handler, faults ...Fault) *Listener {
	t.Helper()
	l := NewListener(faults...)
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l
}

// Dial opens a WebSocket to h in memory. It returns the connection and the
// client's end of the pipe below it, with which the network, the client
// (pipe.Reset) and the server (pipe.Peer().Reset) can be made to fail. When the
// test ends the connection is aborted. Nil options are the defaults; their Dial
// is not used. An opening that fails ends the test.
func Dial(t testing.TB, h http.Handler, opts *websocket.DialOptions) (*websocket.Conn, *Conn) {
	t.Helper()
	return dial(t, Serve(t, h), opts)
}

// Pair opens a WebSocket in memory and returns both endpoints and the client's
// end of the pipe between them: see Dial. Nil options are the defaults.
func Pair(t testing.TB, dialOpts *websocket.DialOptions, acceptOpts *websocket.AcceptOptions) (client, server *websocket.Conn, pipe *Conn) {
	t.Helper()
	accepted := make(chan *websocket.Conn, 1)
	l := Serve(t, websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		<-c.Done()
	}, acceptOpts))
	client, pipe = dial(t, l, dialOpts)
	server = <-accepted
	t.Cleanup(server.Abort)
	return client, server, pipe
}

func dial(t testing.TB, l *Listener, opts *websocket.DialOptions) (*websocket.Conn, *Conn) {
	t.Helper()
	var pipe *Conn
	own := websocket.DialOptions{}
	if opts != nil {
		own = *opts
	}
	own.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := l.DialContext(ctx, network, address)
		if err == nil {
			pipe = conn.(*Conn)
		}
		return conn, err
	}
	c, err := websocket.Dial(context.Background(), "ws://test/", &own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return c, pipe
}
