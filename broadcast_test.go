package websocket_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
)

// Every kind of connection gets a broadcast message: with and without
// compression, with context takeover, and from a client, which masks it.
func TestBroadcastReachesEveryKindOfConnection(t *testing.T) {
	text := strings.Repeat("the same text again and again. ", 100)
	m, err := websocket.Prepare(websocket.Text, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan *websocket.Conn)
	serve := func(c *websocket.Conn) { accepted <- c; <-c.Done() }
	var senders, receivers []*websocket.Conn
	for _, compression := range []*websocket.Compression{nil, {}, {ServerTakeover: true, ClientTakeover: true}} {
		server := httptest.NewServer(websocket.Handler(serve, &websocket.AcceptOptions{Compression: compression}))
		defer server.Close()
		for range 2 {
			c, err := websocket.Dial(background, server.URL, &websocket.DialOptions{Compression: compression})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Abort()
			senders, receivers = append(senders, <-accepted), append(receivers, c)
		}
	}
	senders, receivers = append(senders, receivers...), append(receivers, senders...)
	for range 3 {
		websocket.Broadcast(slices.Values(senders), m, func(c *websocket.Conn, err error) { t.Errorf("missed: %v", err) })
		for _, c := range senders {
			if err := c.WritePrepared(background, m); err != nil {
				t.Error(err)
			}
		}
		for i, c := range receivers {
			for range 2 {
				if typ, p, err := c.Read(background); typ != websocket.Text || string(p) != text || err != nil {
					t.Errorf("connection %d: %v, %d bytes, %v", i, typ, len(p), err)
				}
			}
		}
	}
}

// A peer that does not read holds nobody up. What is kept for it has a bound, and
// what could not be sent is in the CloseEvent.
func TestBroadcastDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{Bytes: 64 << 10})
		m, _ := websocket.Prepare(websocket.Binary, make([]byte, 10_000), nil)
		sent, missed := 0, error(nil)
		for missed == nil && sent < 10_000 {
			websocket.Broadcast(slices.Values([]*websocket.Conn{c}), m, func(_ *websocket.Conn, err error) { missed = err })
			if missed == nil {
				sent++
			}
			synctest.Wait()
		}
		if !errors.Is(missed, websocket.ErrBehind) {
			t.Fatalf("after %d messages: %v", sent, missed)
		}
		c.Abort()
		ev, _ := c.CloseEvent()
		if ev.UnsentMessages < 6 || ev.UnsentMessages > 7 || ev.UnsentBytes > 64<<10 || ev.UnsentBytes < 50_000 {
			t.Errorf("%d messages unsent, %d bytes", ev.UnsentMessages, ev.UnsentBytes)
		}
		websocket.Broadcast(slices.Values([]*websocket.Conn{c}), m, func(_ *websocket.Conn, err error) { missed = err })
		var closed *websocket.CloseError
		if !errors.As(missed, &closed) {
			t.Errorf("behind the end: %v", missed)
		}
		peer.Close()
	})
}

// A broadcast does not stand between the fragments of another message, but behind
// it.
func TestBroadcastStaysOutOfAMessageBeingWritten(t *testing.T) {
	server, clients := broadcastTo(t, 1)
	c, m := server[0], must(websocket.Prepare(websocket.Text, []byte("all"), nil))
	w, err := c.NextWriter(background, websocket.Text)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("one "))
	websocket.Broadcast(slices.Values(server), m, func(_ *websocket.Conn, err error) { t.Error(err) })
	w.Write([]byte("message"))
	w.Close()
	websocket.Broadcast(slices.Values(server), m, nil)
	for _, want := range []string{"one message", "all", "all"} {
		if _, p, err := clients[0].Read(background); string(p) != want || err != nil {
			t.Errorf("got %q, %v, want %q", p, err, want)
		}
	}
}

// A recipient costs no allocation.
func TestBroadcastAllocatesNothing(t *testing.T) {
	if raceEnabled || !websocket.FastPaths {
		t.Skip("with the race detector pools forget, and the slow build writes on goroutines")
	}
	server, clients := broadcastTo(t, 10)
	payload := bytes.Repeat([]byte("x"), 128)
	m := must(websocket.Prepare(websocket.Binary, payload, nil))
	buffer := make([]byte, 0, 1000)
	all := slices.Values(server)
	once := func() {
		websocket.Broadcast(all, m, nil)
		for _, c := range clients {
			if _, p, err := c.ReadAppend(background, buffer); !bytes.Equal(p, payload) || err != nil {
				t.Fatalf("%d bytes, %v", len(p), err)
			}
		}
	}
	once()
	if allocs := testing.AllocsPerRun(100, once); allocs >= 1 {
		t.Errorf("%v allocations for 10 recipients", allocs)
	}
}

// broadcastTo is n connections, the server's ends and the clients'.
func broadcastTo(t *testing.T, n int) (server, clients []*websocket.Conn) {
	accepted := make(chan *websocket.Conn)
	s := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) { accepted <- c; <-c.Done() }, nil))
	t.Cleanup(s.Close)
	for range n {
		c, err := websocket.Dial(background, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Abort)
		server, clients = append(server, <-accepted), append(clients, c)
	}
	return server, clients
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestPrepareTakesNoTextThatIsNotUTF8(t *testing.T) {
	if _, err := websocket.Prepare(websocket.Text, []byte("\xff"), nil); err == nil {
		t.Error("taken")
	}
}
