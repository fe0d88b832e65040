package websocket_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/transport"
)

// A server sends 1 MiB and a Close frame while data of the client lies unread,
// or keeps coming: no reset of ours may overtake the Close frame.
func TestTheCloseFrameArrivesOverRealSockets(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	before := runtime.NumGoroutine()
	for _, secure := range []bool{false, true} {
		for _, unread := range []int{1, 1 << 10, 256 << 10, flood} {
			for range rounds {
				arrive(t, secure, unread)
			}
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buffer := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buffer[:runtime.Stack(buffer, true)])
		}
	}
}

const flood = -1

func arrive(t *testing.T, secure bool, unread int) {
	t.Helper()
	events := make(chan websocket.CloseEvent, 1)
	server := httptest.NewUnstartedServer(websocket.Handler(func(c *websocket.Conn) {
		c.Write(background, websocket.Binary, make([]byte, 1<<20))
		c.Close(4000, "x")
		events <- eventOf(c)
	}, nil))
	opts := &websocket.DialOptions{}
	server.Listener = transport.ObserveEOF(server.Listener)
	if secure {
		server.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		opts.TLS = &tls.Config{RootCAs: roots}
	} else {
		server.Start()
	}
	defer server.Close()
	c, err := websocket.Dial(background, server.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		if unread != flood {
			c.Write(ctx, websocket.Binary, make([]byte, unread))
			return
		}
		for c.Write(ctx, websocket.Binary, make([]byte, 64<<10)) == nil {
		}
	}()
	if unread != flood {
		<-flooded
	}
	_, p, err := c.Read(background)
	if err != nil || len(p) != 1<<20 {
		t.Fatalf("Read = %d bytes, %v", len(p), err)
	}
	c.Read(background)
	<-flooded
	if ev := eventOf(c); ev.Code != 4000 || ev.Reason != "x" || !ev.WasClean || ev.Initiator != "remote" {
		t.Errorf("secure %v, unread %d: client %v", secure, unread, ev)
	}
	if ev := <-events; ev.Code != 4000 || !ev.WasClean || ev.Initiator != "local" {
		t.Errorf("secure %v, unread %d: server %v", secure, unread, ev)
	}
}
