//go:build linux

package faults

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/transport"
)

var background = context.Background()

// eventually bounds what must happen, on however busy a machine.
const eventually = 30 * time.Second

// ledger keeps every CloseEvent that it is told of, by the connection; those of
// failed Dials are the nil Conn's.
type ledger struct {
	mu     sync.Mutex
	events map[*websocket.Conn][]websocket.CloseEvent
}

// trace writes into the ledger.
func (l *ledger) trace() websocket.Trace {
	return websocket.Trace{Closed: func(c *websocket.Conn, ev websocket.CloseEvent) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.events == nil {
			l.events = make(map[*websocket.Conn][]websocket.CloseEvent)
		}
		l.events[c] = append(l.events[c], ev)
	}}
}

// one is the only event of a connection; there must not be another.
func (l *ledger) one(t *testing.T, c *websocket.Conn) websocket.CloseEvent {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.events[c]); n != 1 {
		t.Errorf("%d CloseEvents: %v", n, l.events[c])
		return websocket.CloseEvent{}
	}
	return l.events[c][0]
}

// ended waits for the end of a connection and returns its *CloseError.
func ended(t *testing.T, c *websocket.Conn) *websocket.CloseError {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(eventually):
		t.Fatalf("the connection has not ended within %v", eventually)
	}
	_, err := c.Ping(background)
	return err.(*websocket.CloseError)
}

// receive reads messages until the connection ends.
func receive(c *websocket.Conn) {
	for range c.Messages(background) {
	}
}

// dial opens a connection that belongs to the test.
func dial(t *testing.T, url string, opts *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	c, err := websocket.Dial(background, url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return c
}

// serve serves on loopback until the test ends.
func serve(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// accept serves connections that are handed to the test, and end with it.
func accept(t *testing.T, opts *websocket.AcceptOptions) (address string, accepted <-chan *websocket.Conn) {
	t.Helper()
	conns := make(chan *websocket.Conn, 128)
	return serve(t, websocket.Handler(func(c *websocket.Conn) {
		conns <- c
		<-c.Done()
	}, opts)), conns
}

// listen serves raw connections on loopback until the test ends.
func listen(t *testing.T, serve func(*net.TCPConn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { l.Close() })
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			running.Go(func() { serve(conn.(*net.TCPConn)) })
		}
	})
	return l.Addr().String()
}

// opened is a raw server that opens a WebSocket and then does as it likes.
func opened(t *testing.T, then func(*net.TCPConn)) (address string) {
	return listen(t, func(conn *net.TCPConn) {
		if answer(conn) == nil {
			then(conn)
		}
	})
}

// openedTLS is opened over TLS: then gets both layers. The configuration is for
// the client.
func openedTLS(t *testing.T, then func(secure *tls.Conn, below *net.TCPConn)) (address string, config *tls.Config) {
	server, client := certificate()
	return listen(t, func(conn *net.TCPConn) {
		secure := tls.Server(conn, server)
		if answer(secure) == nil {
			then(secure, conn)
		}
	}), client
}

// answer reads an opening request and writes the response.
func answer(conn io.ReadWriter) error {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return err
	}
	return answerRequest(conn, request)
}

func answerRequest(conn io.Writer, request *http.Request) error {
	_, err := fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		handshake.Accept(request.Header.Get("Sec-WebSocket-Key")))
	return err
}

// rawDial opens a WebSocket as a raw client.
func rawDial(address string) (*net.TCPConn, error) { return rawDialPath(address, "/") }

func rawDialPath(address, path string) (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if err := ask(conn, path); err != nil {
		conn.Close()
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// ask writes an opening request, and reads the response a byte at a time: what
// stands behind it stays.
func ask(conn net.Conn, path string) error {
	const key = "dGhlIHNhbXBsZSBub25jZQ=="
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path, conn.RemoteAddr(), key)
	for line := 0; line < 4; {
		var b [1]byte
		if _, err := conn.Read(b[:]); err != nil {
			return err
		}
		if b[0] == "\r\n\r\n"[line] {
			line++
		} else {
			line = 0
		}
	}
	return nil
}

// certificate is a throw-away certificate for 127.0.0.1, for both ends of TLS.
var certificate = sync.OnceValues(func() (server, client *tls.Config) {
	authority := httptest.NewUnstartedServer(nil)
	authority.StartTLS()
	defer authority.Close()
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	return &tls.Config{Certificates: authority.TLS.Certificates}, &tls.Config{RootCAs: roots}
})

// serveTLS is serve over TLS, on a listener that observes EOF as onclose serve
// does.
func serveTLS(t *testing.T, handler http.Handler) (address string, config *tls.Config) {
	t.Helper()
	server, client := certificate()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // TLS that fails is what is tried
	s.Listener = tls.NewListener(transport.ObserveEOF(s.Listener), server)
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), client
}

// missing ends a test for which the machine lacks something.
func missing(t *testing.T, what string, args ...any) {
	t.Helper()
	if os.Getenv("ONCLOSE_PEERS") == "required" {
		t.Fatalf("required: "+what, args...)
	}
	t.Skipf("this machine has no "+what, args...)
}

// blockWriter lets a goroutine write a message over and over again to a peer that
// does not take it, and returns when that is blocked: nothing more can be
// written then. The test ends only when the goroutine has.
func blockWriter(ctx context.Context, t *testing.T, c *websocket.Conn, p []byte) {
	t.Helper()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for c.Write(ctx, websocket.Binary, p) == nil {
		}
	}()
	t.Cleanup(func() {
		c.Abort()
		<-finished
	})
	queued, same := 0, 0
	until(t, "our send queue is full", func() bool {
		now := sendQueue(t, c)
		if now == 0 || now != queued {
			same = 0
		}
		queued, same = now, same+1
		return same == 5
	})
}

// until waits for a state of the kernel or of the Go runtime, which nobody
// announces: it looks every few milliseconds.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(eventually); !reached(); <-look.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", eventually, what)
		}
	}
}

// sendQueue is how many bytes of c the peer has not acknowledged, from the
// kernel's table of IPv4 sockets.
func sendQueue(t *testing.T, c *websocket.Conn) int {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	hex := func(a net.Addr) string {
		tcp := a.(*net.TCPAddr)
		return fmt.Sprintf("%08X:%04X", binary.LittleEndian.Uint32(tcp.IP.To4()), tcp.Port)
	}
	// After 10,000 connections the table is long.
	_, after, found := strings.Cut(string(table), hex(c.LocalAddr())+" "+hex(c.RemoteAddr())+" ")
	if !found {
		return 0
	}
	var state, queued, unread int
	if _, err := fmt.Sscanf(after, "%x %x:%x", &state, &queued, &unread); err != nil {
		t.Fatal(err)
	}
	return queued
}
