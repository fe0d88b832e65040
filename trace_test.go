package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// beginning is what Trace.Closing was told, and how often Trace.Closed had been
// called by then.
type beginning struct {
	by     protocol.Initiator
	frame  websocket.CloseFrame
	closed int
}

// checkBeginnings says what is wrong with what Trace.Closing was told of a
// connection that ended with ev, or "".
func checkBeginnings(told []beginning, ev websocket.CloseEvent) string {
	if len(told) != 1 {
		return fmt.Sprintf("the trace was told of %d closings: %v", len(told), told)
	}
	b, right := told[0], false
	switch b.by {
	case protocol.Nobody:
		right = b.frame == websocket.CloseFrame{} && (ev.Initiator == protocol.Nobody || ev.Initiator == protocol.Remote)
	case protocol.Local:
		right = (ev.Sent == nil || *ev.Sent == b.frame) && (ev.Initiator == protocol.Local || ev.Initiator == protocol.Both)
	case protocol.Remote:
		right = same(&b.frame, ev.Received) && ev.Initiator == protocol.Remote
	}
	if !right || b.closed > 0 {
		return fmt.Sprintf("the trace was told of %v, after %d ends, and the event is %v", b, b.closed, ev)
	}
	return ""
}

// A hook that panics takes nothing from the connection, and is reported.
func TestHooksThatPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var panics atomic.Int32
		trace := websocket.Trace{
			Frame:    func(*websocket.Conn, protocol.Direction, wire.Header, []byte) { panic("in Frame") },
			Message:  func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64) { panic("in Message") },
			Closing:  func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame) { panic("in Closing") },
			Panicked: func(*websocket.Conn, any, []byte) { panics.Add(1) },
		}
		client, server := pair(t, &websocket.DialOptions{Trace: trace}, nil)
		go client.Write(background, websocket.Text, []byte("hello"))
		if _, p, err := server.Read(background); string(p) != "hello" || err != nil {
			t.Error(p, err)
		}
		go server.Write(background, websocket.Text, []byte("hello"))
		if _, p, err := client.Read(background); string(p) != "hello" || err != nil {
			t.Error(p, err)
		}
		client.Close(4000, "bye")
		check(t, "client", eventOf(client), "4000|bye|clean|local|closing||fin")
		check(t, "server", eventOf(server), "4000|bye|clean|remote|closing||fin")
		// One message, its frame and a Close frame each way, and the closing; Message
		// is not told of the message that was sent since Frame panicked before.
		if n := panics.Load(); n != 6 {
			t.Errorf("%d panics were reported", n)
		}
	})
}

// twoEnds are both ends of a connection, each with its ledger.
type twoEnds struct {
	client, server   *websocket.Conn
	clients, servers ledger
}

func (e *twoEnds) options(compression *websocket.Compression) (*websocket.DialOptions, *websocket.AcceptOptions) {
	return &websocket.DialOptions{Compression: compression, Trace: websocket.Trace{Frame: e.clients.frame, Message: e.clients.message}},
		&websocket.AcceptOptions{Compression: compression, Trace: websocket.Trace{Frame: e.servers.frame, Message: e.servers.message}}
}

// echoed opens a connection to a server that echoes what it gets, in the event
// style, and reports the server's end.
func (e *twoEnds) echoed(opts *websocket.AcceptOptions) http.Handler {
	return websocket.Events{OnOpen: func(c *websocket.Conn) { e.server = c }, OnMessage: reply}.Handler(opts)
}

// live sends messages of every kind both ways, and closes.
func (e *twoEnds) live(t *testing.T) {
	c := e.client
	said, heard := 0, 0
	hear := func() {
		for ; heard < said; heard++ {
			if _, _, err := c.Read(background); err != nil {
				t.Fatal(err)
			}
		}
	}
	say := func(err error) {
		t.Helper()
		if said++; err != nil {
			t.Fatal(err)
		}
	}
	random := mrand.New(mrand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 125, 126, 600, 5000, 70_000, 300_000} {
		say(c.Write(background, websocket.Text, text(random, size)))
		hear()
	}
	w := must(c.NextWriter(background, websocket.Text))
	for range 3 {
		w.Write(text(random, 900))
	}
	w.Close()
	said++
	hear()
	m := must(websocket.Prepare(websocket.Text, text(random, 2000), nil))
	say(c.WritePrepared(background, m))
	hear()
	for _, end := range []*websocket.Conn{c, e.server} {
		for behind := true; behind; { // the server may still be busy with its last reply
			behind = false
			websocket.Broadcast(slices.Values([]*websocket.Conn{end}), m, func(*websocket.Conn, error) { behind = true })
		}
		said++
	}
	hear()
	say(c.Send(background, websocket.Text, text(random, 1000)))
	hear()
	for range 50 { // they are read together, and answered together
		say(c.Write(background, websocket.Binary, []byte("a short one")))
	}
	hear()
	must(c.Ping(background))
	if err := c.Close(4000, "bye"); err != nil {
		t.Fatal(err)
	}
	<-e.server.Done()
}

// check compares the ledgers with one another: what one end was told of as sent is
// what the other was told of as received.
func (e *twoEnds) check(t *testing.T) {
	t.Helper()
	for _, way := range []struct {
		name string
		a, b entries
	}{{"client to server", e.clients.sent, e.servers.received}, {"server to client", e.servers.sent, e.clients.received}} {
		if !slices.Equal(way.a.frames, way.b.frames) || !slices.Equal(way.a.messages, way.b.messages) {
			t.Errorf("%s: %d frames and %d messages sent, %d and %d received", way.name, len(way.a.frames), len(way.a.messages), len(way.b.frames), len(way.b.messages))
		}
		if len(way.a.messages) < 62 || len(way.a.frames) < len(way.a.messages)+2 {
			t.Errorf("%s: only %d frames, %d messages", way.name, len(way.a.frames), len(way.a.messages))
		}
	}
}

var compressions = map[string]*websocket.Compression{
	"plain": nil, "compressed": {}, "with takeover": {ServerTakeover: true, ClientTakeover: true},
}

func TestEveryFrameIsToldOnce(t *testing.T) {
	for name, compression := range compressions {
		t.Run(name+", over a pipe", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var e twoEnds
				dialing, accepting := e.options(compression)
				l := serve(t, e.echoed(accepting))
				var trace *wstest.Trace
				dialing.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := l.DialContext(ctx, network, address)
					trace = conn.(*wstest.Conn).Record()
					return conn, err
				}
				e.client = must(websocket.Dial(background, "ws://test/", dialing))
				synctest.Wait()
				e.live(t)
				e.check(t)
				for _, wrong := range []string{e.clients.checkSent(trace.Frames(wstest.Client)), e.servers.checkSent(trace.Frames(wstest.Server))} {
					if wrong != "" {
						t.Error(wrong)
					}
				}
			})
		})
		for scheme, start := range map[string]func(http.Handler) *httptest.Server{"TCP": httptest.NewServer, "TLS": httptest.NewTLSServer} {
			t.Run(name+", over "+scheme, func(t *testing.T) {
				var e twoEnds
				dialing, accepting := e.options(compression)
				s := start(e.echoed(accepting))
				defer s.Close()
				dialing.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig
				e.client = must(websocket.Dial(background, strings.Replace(s.URL, "http", "ws", 1), dialing))
				e.live(t)
				e.check(t)
			})
		}
	}
}

// What is written and cannot leave is not told.
func TestAFrameThatCannotLeaveIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		c, peer := rawPeer(t, false, websocket.Trace{Frame: l.frame, Message: l.message})
		m := must(websocket.Prepare(websocket.Binary, make([]byte, 10_000), nil))
		var missed error
		for missed == nil {
			websocket.Broadcast(slices.Values([]*websocket.Conn{c}), m, func(_ *websocket.Conn, err error) { missed = err })
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := c.Write(ctx, websocket.Text, []byte("never")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Write: %v", err)
		}
		trace := peer.Record()
		c.Abort()
		ev := eventOf(c)
		left := int64(len(l.sent.messages))
		if n := int64(len(l.sent.frames)); n != left || left == 0 || ev.UnsentMessages < 6 || len(trace.Wrote(wstest.Server)) > 0 {
			t.Errorf("%d frames and %d messages told, %v", n, left, ev.Lost)
		}
		peer.CloseWrite()
		all, _ := io.ReadAll(peer)
		if arrived := int64(len(all)) / (10_000 + 4); arrived != left {
			t.Errorf("%d told, %d arrived", left, arrived)
		}
		peer.Close()
	})
}

// Opened is told before anything else can be, also when it ends the connection.
func TestOpenedIsToldFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var story []string
		var all websocket.Connections
		opts := &websocket.AcceptOptions{Connections: &all, Trace: websocket.Trace{
			Accepted: func(_ *websocket.Conn, r *http.Request) { story = append(story, "accepted "+r.URL.Path) },
			Opened: func(c *websocket.Conn) {
				story = append(story, fmt.Sprint("opened, ", all.Len(), " in the set"))
				c.Abort()
			},
			Closing: func(_ *websocket.Conn, by protocol.Initiator, _ websocket.CloseFrame) {
				story = append(story, "closing, by "+string(by))
			},
			Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { story = append(story, "closed "+string(ev.Cause)) },
		}}
		l := serve(t, websocket.Handler(func(*websocket.Conn) {}, opts))
		client := dial(t, l, nil)
		<-client.Done()
		synctest.Wait()
		if want := []string{"accepted /", "opened, 0 in the set", "closing, by none", "closed aborted"}; !slices.Equal(story, want) || all.Len() != 0 {
			t.Errorf("%q, %d in the set", story, all.Len())
		}
	})
}

// While the hook of the closing runs no Close frame leaves, though others write what
// would take it along.
func TestNoCloseFrameLeavesBeforeTheClosingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told, returns := make(chan struct{}), make(chan struct{})
		var left atomic.Bool // a Close frame has, and was heard
		client, server, _ := wstest.Pair(t, &websocket.DialOptions{Trace: websocket.Trace{
			Closing: func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame) {
				close(told)
				<-returns
			},
		}}, &websocket.AcceptOptions{Trace: websocket.Trace{
			Frame: func(_ *websocket.Conn, _ protocol.Direction, h wire.Header, _ []byte) {
				left.Store(left.Load() || h.Opcode == wire.Close)
			},
		}})
		go func() {
			for {
				if _, _, err := server.Read(background); err != nil {
					return
				}
			}
		}()
		go client.Close(4000, "bye")
		<-told
		go client.Ping(background)
		synctest.Wait()
		if left.Load() {
			t.Error("a Close frame has left")
		}
		close(returns)
		<-server.Done()
		if ev, _ := server.CloseEvent(); ev.Code != 4000 || !ev.WasClean {
			t.Errorf("in the end: %v", ev)
		}
	})
}

// Telling of data frames and messages allocates nothing.
func TestTracedMessagesAllocateNothing(t *testing.T) {
	if raceEnabled || !websocket.FastPaths {
		t.Skip("with the race detector pools forget, and the slow build writes on goroutines")
	}
	var told atomic.Int64
	trace := websocket.Trace{
		Frame:   func(*websocket.Conn, protocol.Direction, wire.Header, []byte) { told.Add(1) },
		Message: func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64) { told.Add(1) },
	}
	s := httptest.NewServer(websocket.Events{OnMessage: reply}.Handler(&websocket.AcceptOptions{Trace: trace}))
	defer s.Close()
	c := must(websocket.Dial(background, s.URL, &websocket.DialOptions{Trace: trace}))
	defer c.Abort()
	p, buffer := make([]byte, 125), make([]byte, 0, 200)
	echo := func() {
		if err := c.Write(background, websocket.Binary, p); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.ReadAppend(background, buffer); err != nil {
			t.Fatal(err)
		}
	}
	const runs = 1000
	if allocs := testing.AllocsPerRun(runs, echo); allocs >= 1 {
		t.Errorf("%v allocations an echo", allocs)
	}
	if n := told.Load(); n < 8*runs {
		t.Errorf("told %d times", n)
	}
}
