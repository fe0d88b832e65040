package websocket_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

var background = context.Background()

// serve starts an HTTP server over pipes; it ends with the test.
func serve(t *testing.T, h http.Handler) *wstest.Listener {
	t.Helper()
	l := wstest.NewListener()
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l
}

// dial connects to a server made by serve.
func dial(t *testing.T, l *wstest.Listener, opts *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	if opts == nil {
		opts = &websocket.DialOptions{}
	}
	opts.Dial = l.DialContext
	c, err := websocket.Dial(background, "ws://test/", opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func echo(c *websocket.Conn) {
	for m, err := range c.Messages(background) {
		if err != nil {
			return
		}
		if c.Write(background, m.Type, m.Data) != nil {
			return
		}
	}
}

func TestTwoEndpointsOpenTalkAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan websocket.CloseEvent, 1)
		l := serve(t, websocket.Handler(func(c *websocket.Conn) {
			echo(c)
			ev, _ := c.CloseEvent()
			ended <- ev
		}, nil))
		c := dial(t, l, nil)
		if err := c.Write(background, websocket.Text, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		typ, p, err := c.Read(background)
		if err != nil || typ != websocket.Text || string(p) != "hello" {
			t.Fatalf("Read = %v, %q, %v", typ, p, err)
		}
		if err := c.Close(4001, "bye"); err != nil {
			t.Fatal(err)
		}
		ev, _ := c.CloseEvent()
		t.Log(ev)
		other := <-ended
		t.Log(other)
		if ev.Code != 4001 || ev.Reason != "bye" || !ev.WasClean || ev.Initiator != "local" {
			t.Errorf("client: %v", ev)
		}
		if other.Code != 4001 || other.Reason != "bye" || !other.WasClean || other.Initiator != "remote" {
			t.Errorf("server: %v", other)
		}
	})
}

// Neither a timer nor the keepalive, which has another connection to look after,
// holds one that has ended: it is collected long before their time.
func TestAnEndedConnectionIsHeldByNothing(t *testing.T) {
	limits := websocket.Limits{CloseTimeout: time.Hour, TransportTimeout: time.Hour, PingInterval: time.Hour}
	collected := make(chan string, 2)
	watch := func(c *websocket.Conn, who string) {
		runtime.AddCleanup(c, func(who string) { collected <- who }, who)
	}
	accepted := make(chan *websocket.Conn)
	l := serve(t, websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		echo(c)
	}, &websocket.AcceptOptions{Limits: limits}))
	defer dial(t, l, nil).Abort()
	<-accepted
	func() {
		c := dial(t, l, &websocket.DialOptions{Limits: limits})
		watch(c, "client")
		watch(<-accepted, "server")
		if err := c.Close(1000, ""); err != nil {
			t.Fatal(err)
		}
	}()
	held := map[string]bool{"client": true, "server": true}
	for bound := time.Now().Add(30 * time.Second); len(held) > 0 && time.Now().Before(bound); {
		runtime.GC()
		select {
		case who := <-collected:
			delete(held, who)
		default:
		}
	}
	if len(held) > 0 {
		t.Errorf("something still holds %v", held)
	}
}
