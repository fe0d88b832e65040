package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
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

// What a socket takes only by halves is queued from where it broke off: nothing is lost,
// doubled or overtaken, whatever else is sent.
func TestABroadcastThatASocketTakesByHalves(t *testing.T) {
	for _, compression := range []*websocket.Compression{nil, {}} {
		server, clients := broadcastWith(t, 1, compression)
		c := server[0]
		r := rand.New(rand.NewPCG(1, 2))
		var sent [][]byte
		for behind := 0; behind < 3; {
			p := make([]byte, r.IntN(100_000))
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			var err error
			if r.IntN(4) == 0 {
				err = c.Send(background, websocket.Binary, p)
			} else {
				m := must(websocket.Prepare(websocket.Binary, p, nil))
				websocket.Broadcast(slices.Values(server), m, func(_ *websocket.Conn, missed error) { err = missed })
			}
			switch {
			case err == nil:
				sent = append(sent, p)
				continue
			case err != websocket.ErrBehind:
				t.Fatal(err)
			}
			for range min(len(sent), 1+r.IntN(10)) {
				if _, got, err := clients[0].Read(background); !bytes.Equal(got, sent[0]) || err != nil {
					t.Fatalf("%d bytes instead of %d, %v", len(got), len(sent[0]), err)
				}
				sent = sent[1:]
			}
			behind++
		}
		for _, want := range sent {
			if _, got, err := clients[0].Read(background); !bytes.Equal(got, want) || err != nil {
				t.Fatalf("%d bytes instead of %d, %v", len(got), len(want), err)
			}
		}
	}
}

// What a socket did not take leaves without anybody's help.
func TestABroadcastThatIsLargerThanASocket(t *testing.T) {
	server, clients := broadcastTo(t, 1)
	m := must(websocket.Prepare(websocket.Binary, make([]byte, 12<<20), nil))
	websocket.Broadcast(slices.Values(server), m, func(_ *websocket.Conn, err error) { t.Error(err) })
	ctx, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	if _, p, err := clients[0].Read(ctx); len(p) != 12<<20 || err != nil {
		t.Errorf("%d bytes, %v", len(p), err)
	}
}

// A reply that is held leaves before a broadcast, and the trace is told of both.
func TestABroadcastBehindAReplyThatIsHeld(t *testing.T) {
	m := must(websocket.Prepare(websocket.Text, []byte("all"), nil))
	var told atomic.Int32
	server := httptest.NewServer(websocket.Events{
		OnMessage: func(c *websocket.Conn, _ websocket.MessageType, p []byte) {
			if string(p) == "one" {
				c.Write(background, websocket.Text, []byte("reply"))
				return
			}
			websocket.Broadcast(slices.Values([]*websocket.Conn{c}), m, nil)
		},
	}.Handler(&websocket.AcceptOptions{}))
	defer server.Close()
	traced := httptest.NewServer(websocket.Events{
		OnOpen: func(c *websocket.Conn) { websocket.Broadcast(slices.Values([]*websocket.Conn{c}), m, nil) },
	}.Handler(&websocket.AcceptOptions{Trace: websocket.Trace{
		Message: func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64) { told.Add(1) },
	}}))
	defer traced.Close()
	request := "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	ends := func(s *httptest.Server, more, want string) {
		t.Helper()
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, request+more)
		got := ""
		for p := make([]byte, 1000); !strings.HasSuffix(got, "all"); {
			n, err := conn.Read(p)
			if got += string(p[:n]); err != nil {
				break
			}
		}
		if !strings.HasSuffix(got, want) {
			t.Errorf("got %q, which does not end with %q", got, want)
		}
	}
	ends(server, "\x81\x83\x00\x00\x00\x00one\x81\x83\x00\x00\x00\x00two", "\x81\x05reply\x81\x03all")
	ends(traced, "", "\x81\x03all")
	for begun := time.Now(); told.Load() == 0 && time.Since(begun) < 5*time.Second; {
		runtime.Gosched() // the peer may have it before the trace does
	}
	if told.Load() != 1 {
		t.Errorf("the trace was told of %d messages", told.Load())
	}
}

// A broadcast to a peer that is gone ends that connection, and counts what it lost.
func TestABroadcastToAPeerThatIsGone(t *testing.T) {
	server, clients := broadcastTo(t, 1)
	payload := make([]byte, 1000)
	m := must(websocket.Prepare(websocket.Binary, payload, nil))
	clients[0].Abort()
	var missed error
	for sent := 0; missed == nil; sent++ {
		websocket.Broadcast(slices.Values(server), m, func(_ *websocket.Conn, err error) { missed = err })
		if sent == 1_000_000 {
			t.Fatal("nobody noticed")
		}
	}
	<-server[0].Done()
	if ev, _ := server[0].CloseEvent(); ev.Code != 1006 || ev.WasClean || ev.UnsentBytes%1000 > 0 && ev.UnsentMessages == 0 {
		t.Error(ev)
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
	return broadcastWith(t, n, nil)
}

func broadcastWith(t *testing.T, n int, compression *websocket.Compression) (server, clients []*websocket.Conn) {
	accepted := make(chan *websocket.Conn)
	s := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) { accepted <- c; <-c.Done() },
		&websocket.AcceptOptions{Compression: compression, SendQueue: websocket.SendQueue{Skip: true}}))
	t.Cleanup(s.Close)
	for range n {
		c, err := websocket.Dial(background, s.URL, &websocket.DialOptions{Compression: compression, Limits: websocket.Limits{MessageBytes: 16 << 20}})
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
