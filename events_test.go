package websocket_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
)

// recorder is a listener that writes down what it is told, in order.
type recorder struct {
	story []string
	done  chan struct{}
}

func (r *recorder) events(onMessage func(*websocket.Conn, string)) websocket.Events {
	r.done = make(chan struct{})
	return websocket.Events{
		OnOpen: func(*websocket.Conn) { r.story = append(r.story, "open") },
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			r.story = append(r.story, fmt.Sprintf("message %s %s", typ, p))
			if onMessage != nil {
				onMessage(c, string(p))
			}
		},
		OnError: func(c *websocket.Conn, err error) { r.story = append(r.story, "error") },
		OnClose: func(c *websocket.Conn, ev websocket.CloseEvent) {
			r.story = append(r.story, fmt.Sprintf("close %d %q %v", ev.Code, ev.Reason, ev.WasClean))
			close(r.done)
		},
	}
}

func (r *recorder) check(t *testing.T, who string, want ...string) {
	t.Helper()
	<-r.done
	if !slices.Equal(r.story, want) {
		t.Errorf("%s: %s\nwant %s", who, strings.Join(r.story, ", "), strings.Join(want, ", "))
	}
}

func TestEventsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server, client recorder
		l := serve(t, server.events(func(c *websocket.Conn, text string) {
			c.Write(background, websocket.Text, []byte("echo "+text))
		}).Handler(nil))
		opts := &websocket.DialOptions{Dial: l.DialContext}
		c, err := client.events(nil).Dial(background, "ws://test/", opts)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(background, websocket.Text, []byte("1"))
		c.Write(background, websocket.Text, []byte("2"))
		synctest.Wait()
		c.Close(4000, "bye")
		server.check(t, "server", "open", "message text 1", "message text 2", `close 4000 "bye" true`)
		client.check(t, "client", "open", "message text echo 1", "message text echo 2", `close 4000 "bye" true`)
	})
}

func TestNoMessageEventAfterOurOwnClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client recorder
		c, peer := rawServer(t, nil)
		c.Abort()
		peer.Close()
		l := serve(t, websocket.Handler(func(c *websocket.Conn) {
			for range 100 {
				c.Write(background, websocket.Text, []byte("m"))
			}
			c.Read(background)
		}, nil))
		_, err := client.events(func(c *websocket.Conn, _ string) {
			if err := c.Close(4000, ""); err != nil {
				t.Errorf("Close in a callback = %v", err)
			}
		}).Dial(background, "ws://test/", &websocket.DialOptions{Dial: l.DialContext})
		if err != nil {
			t.Fatal(err)
		}
		client.check(t, "client", "open", "message text m", `close 4000 "" true`)
	})
}

func TestAnErrorEventComesBeforeAnUncleanClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client recorder
		l := serve(t, websocket.Handler(func(c *websocket.Conn) { c.Abort() }, nil))
		_, err := client.events(nil).Dial(background, "ws://test/", &websocket.DialOptions{Dial: l.DialContext})
		if err != nil {
			t.Fatal(err)
		}
		client.check(t, "client", "open", "error", `close 1006 "" false`)
	})
}

func TestControlFramesAreAnsweredWhileACallbackRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server recorder
		l := serve(t, server.events(func(*websocket.Conn, string) { pass(time.Minute) }).Handler(nil))
		c := dial(t, l, nil)
		c.Write(background, websocket.Text, []byte("slow"))
		c.Write(background, websocket.Text, []byte("next"))
		if rtt, err := c.Ping(background); err != nil || rtt > time.Second {
			t.Errorf("Ping = %v, %v", rtt, err)
		}
		start := time.Now()
		if err := c.Close(1000, ""); err != nil || time.Since(start) > time.Second {
			t.Errorf("Close = %v after %v", err, time.Since(start))
		}
		server.check(t, "server", "open", "message text slow", "message text next", `close 1000 "" true`)
	})
}

func TestACallbackThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server recorder
		reported := make(chan any, 1)
		events := server.events(func(*websocket.Conn, string) { panic("oops") })
		l := serve(t, events.Handler(&websocket.AcceptOptions{Trace: websocket.Trace{
			Panicked: func(_ *websocket.Conn, value any, _ []byte) { reported <- value },
		}}))
		c := dial(t, l, nil)
		c.Write(background, websocket.Text, []byte("1"))
		check(t, "client", eventOf(c), "1011||clean|remote|closing||fin")
		server.check(t, "server", "open", "message text 1", `close 1011 "" true`)
		if value := <-reported; value != "oops" {
			t.Errorf("reported %v", value)
		}
	})
}

// A callback may wait for what another connection's does: however many share a
// goroutine while none waits.
func TestCallbacksMayWaitForOneAnother(t *testing.T) {
	overBoth(t, callbacksMayWaitForOneAnother)
}

func callbacksMayWaitForOneAnother(t *testing.T, serve serveFunc) {
	const many = 100
	var called atomic.Int32
	all := make(chan struct{})
	dial := serve(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
		if called.Add(1) == many {
			close(all)
		}
		<-all
		c.Write(background, typ, p)
	}}.Handler(nil))
	var clients []*websocket.Conn
	for range many {
		c := dial()
		clients = append(clients, c)
		c.Write(background, websocket.Text, []byte("x"))
	}
	for _, c := range clients {
		if _, p, err := c.Read(background); string(p) != "x" || err != nil {
			t.Fatalf("%q, %v", p, err)
		}
	}
}

// What callbacks are lent at the same time lies apart, whatever was lent before: to
// the first connection alone, and then to three at once.
func TestWhatCallbacksAreLentLiesApart(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a pool has a part for each processor
	synctest.Test(t, func(t *testing.T) {
		var called atomic.Int32
		l := serve(t, websocket.Events{OnMessage: func(_ *websocket.Conn, _ websocket.MessageType, p []byte) {
			called.Add(1)
			sent := p[0]
			pass(time.Millisecond) // the others are called
			if n := bytes.Count(p, []byte{sent}); n < len(p) {
				t.Errorf("of %d bytes %q %d are left", len(p), sent, n)
			}
		}}.Handler(nil))
		var clients []*websocket.Conn
		sizes := []int{100, 100_000, 100} // in a window, and in a buffer
		for _, many := range []int{1, 3} {
			for len(clients) < many {
				clients = append(clients, dial(t, l, nil))
			}
			var writers sync.WaitGroup
			for i, c := range clients {
				writers.Go(func() {
					for _, size := range sizes {
						c.Write(background, websocket.Binary, bytes.Repeat([]byte{byte('a' + i)}, size))
					}
				})
			}
			writers.Wait()
			pass(10 * time.Millisecond)
		}
		for _, c := range clients {
			c.Close(1000, "")
		}
		if n := called.Load(); n != int32(4*len(sizes)) {
			t.Errorf("%d messages", n)
		}
	})
}

// A peer that sends without a pause gets all its messages dealt with, in order, and
// holds up no other.
func TestAFloodIsDealtWithInTurns(t *testing.T) { overBoth(t, aFloodIsDealtWithInTurns) }

func aFloodIsDealtWithInTurns(t *testing.T, serve serveFunc) {
	const flood = 5000
	c := serve(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
		c.Write(background, typ, p)
	}}.Handler(nil))()
	go func() {
		for i := range flood {
			c.Write(background, websocket.Text, strconv.AppendInt(nil, int64(i), 10))
		}
	}()
	for i := range flood {
		if _, p, err := c.Read(background); string(p) != strconv.Itoa(i) || err != nil {
			t.Fatalf("message %d: %q, %v", i, p, err)
		}
	}
}

// serveFunc serves a handler and returns how it is dialled.
type serveFunc func(t *testing.T, h http.Handler) (dial func() *websocket.Conn)

// overBoth runs a test over TCP and over TLS.
func overBoth(t *testing.T, test func(t *testing.T, serve serveFunc)) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{"TCP": httptest.NewServer, "TLS": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			test(t, func(t *testing.T, h http.Handler) func() *websocket.Conn {
				server := start(h)
				t.Cleanup(server.Close)
				trusting := &websocket.DialOptions{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}
				return func() *websocket.Conn {
					c, err := websocket.Dial(background, server.URL, trusting)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(c.Abort)
					return c
				}
			})
		})
	}
}

// Who closes a connection before its callbacks are called reads from it at the same
// time as they begin to.
func TestAConnectionThatIsClosedBeforeItsCallbacks(t *testing.T) {
	ends := make(chan websocket.CloseEvent)
	server := httptest.NewServer(websocket.Events{
		OnClose: func(_ *websocket.Conn, e websocket.CloseEvent) { ends <- e },
	}.Handler(&websocket.AcceptOptions{Trace: websocket.Trace{
		Opened: func(c *websocket.Conn) { go c.Close(1001, "") },
	}}))
	defer server.Close()
	for range 50 {
		c, err := websocket.Dial(background, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Read(background)
		if e := <-ends; e.Code != 1001 || !e.WasClean {
			t.Error(e)
		}
	}
}
