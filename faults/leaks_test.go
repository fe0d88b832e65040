//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// way is one way to end a connection. A raw function replaces our endpoint of
// that role; without one, an endpoint reads until the end.
type way struct {
	name      string
	client    func(*websocket.Conn)
	server    func(*websocket.Conn)
	rawClient func(*net.TCPConn)
	rawServer func(*net.TCPConn)
	code      websocket.StatusCode // that our client reports, or else our server
}

var ways = []way{
	{name: "the client closes", client: func(c *websocket.Conn) { c.Close(websocket.NormalClosure, "") }, code: 1000},
	{name: "the server closes", server: func(c *websocket.Conn) { c.Close(4000, "bye") }, code: 4000},
	{name: "an empty Close", client: func(c *websocket.Conn) { c.CloseEmpty() }, code: 1005},
	{name: "the handler returns", server: func(*websocket.Conn) {}, code: 1000},
	{name: "the handler panics", server: func(*websocket.Conn) { panic("on purpose") }, code: 1011},
	{name: "the client aborts", client: (*websocket.Conn).Abort, code: 1006},
	{name: "the server aborts", server: (*websocket.Conn).Abort, code: 1006},
	{name: "the client drops", rawClient: func(*net.TCPConn) {}, code: 1006},
	{name: "the client resets", rawClient: func(conn *net.TCPConn) { conn.SetLinger(0) }, code: 1006},
	{name: "the stream ends inside a frame", rawClient: func(conn *net.TCPConn) { io.WriteString(conn, "\x81\x85key") }, code: 1006},
	{name: "the stream ends inside a message", rawClient: func(conn *net.TCPConn) { io.WriteString(conn, "\x01\x81key!a") }, code: 1006},
	{name: "a reserved opcode", rawServer: func(conn *net.TCPConn) { io.WriteString(conn, "\x83\x00") }, code: 1006},
	{name: "bad UTF-8", rawServer: func(conn *net.TCPConn) { io.WriteString(conn, "\x81\x02\xc3\x28") }, code: 1006},
	{name: "a message too big", client: func(c *websocket.Conn) {
		c.Write(background, websocket.Binary, make([]byte, 5000))
		receive(c)
	}, code: 1009},
	{name: "a Close without an answer", client: func(c *websocket.Conn) { c.Close(4000, "") }, rawServer: hear, code: 1006},
	{name: "an answer without a FIN", client: func(c *websocket.Conn) { c.Close(4000, "") }, rawServer: func(conn *net.TCPConn) {
		io.WriteString(conn, "\x88\x02\x0f\xa1")
		hear(conn)
	}, code: 4001},
	{name: "a peer that takes nothing", client: func(c *websocket.Conn) { c.Write(background, websocket.Binary, huge) }, rawServer: deafUntilReset, code: 1006},
	{name: "a write cut off", client: func(c *websocket.Conn) {
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		defer cancel()
		if err := c.Write(ctx, websocket.Binary, huge); errors.Is(err, context.DeadlineExceeded) {
			c.Abort() // the time was over before a byte had left
		}
	}, rawServer: deafUntilReset, code: 1006},
	{name: "a Ping that waits", client: func(c *websocket.Conn) {
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		defer cancel()
		c.Ping(ctx)
		c.Abort()
	}, rawServer: hear, code: 1006},
	{name: "a message of the wrong type", client: func(c *websocket.Conn) {
		c.Write(background, websocket.Text, []byte("no bytes"))
		receive(c)
	}, server: func(c *websocket.Conn) { c.NetConn(websocket.Binary).Read(make([]byte, 1)) }, code: 1003},
}

// huge is more than the small buffers of these sockets hold.
var huge = make([]byte, 4<<20)

// hear reads until the other end has gone.
func hear(conn *net.TCPConn) { io.Copy(io.Discard, conn) }

// deafUntilReset reads nothing, and comes back when the other end has gone: a
// write tells.
func deafUntilReset(conn *net.TCPConn) {
	conn.SetReadBuffer(4 << 10)
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if _, err := io.WriteString(conn, "\x8a\x00"); err != nil { // a Pong asks for nothing
			tick.Stop()
			return
		}
	}
}

// census counts our endpoints: how many have lived, have reported their end, and
// are garbage. An armed timer holds what it would call, and what that holds, so
// a connection that is garbage has no timer left, nor a context that would close
// it.
type census struct {
	opened, closed, collected atomic.Int64
	wrong                     atomic.Int64 // codes
}

func (n *census) trace(want websocket.StatusCode, judges bool) websocket.Trace {
	return websocket.Trace{
		Panicked: func(*websocket.Conn, any, []byte) {},
		Opened: func(c *websocket.Conn) {
			n.opened.Add(1)
			runtime.AddCleanup(c, func(collected *atomic.Int64) { collected.Add(1) }, &n.collected)
		},
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			n.closed.Add(1)
			if judges && ev.Code != want {
				n.wrong.Add(1)
			}
		},
	}
}

// run ends many connections in one way, some at a time.
func (w way) run(t *testing.T, n *census, life context.Context, count int) {
	limits := websocket.Limits{
		MessageBytes: 1000, WriteTimeout: 20 * time.Millisecond, CloseTimeout: 20 * time.Millisecond, TransportTimeout: 20 * time.Millisecond,
	}
	if w.code != websocket.AbnormalClosure {
		limits.CloseTimeout = time.Hour // an answer comes, on a crowded machine late
	}
	endpoints := int64(count)
	if w.rawServer == nil {
		// Nobody is slow on purpose. A timer that is not stopped would be armed for
		// longer than the test waits.
		limits = websocket.Limits{MessageBytes: 1000, WriteTimeout: time.Hour, CloseTimeout: time.Hour, TransportTimeout: time.Hour}
		if w.rawClient == nil {
			endpoints *= 2
		}
	}
	endpoints += n.opened.Load()
	var address string
	var stop func()
	if w.rawServer != nil {
		address, stop = w.listenRaw(t)
	} else {
		server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
			if w.server == nil {
				receive(c)
				return
			}
			w.server(c)
		}, &websocket.AcceptOptions{Trace: n.trace(w.code, w.rawClient != nil), Context: life, Limits: limits}))
		address, stop = server.Listener.Addr().String(), server.Close
	}
	opts := &websocket.DialOptions{Trace: n.trace(w.code, true), Context: life, Limits: limits, Dial: dialSmall}
	var todo atomic.Int64
	todo.Store(int64(count))
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for todo.Add(-1) >= 0 {
				if err := w.one(address, opts); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	until(t, w.name+": every end has reported", func() bool { return n.closed.Load() == endpoints })
	stop()
	if wrong := n.wrong.Swap(0); wrong != 0 {
		t.Errorf("%s: %d of %d CloseEvents have not the code %v", w.name, wrong, count, w.code)
	}
}

// one opens and ends one connection.
func (w way) one(address string, opts *websocket.DialOptions) error {
	if w.rawClient != nil {
		conn, err := rawDial(address)
		if err != nil {
			return err
		}
		w.rawClient(conn)
		return conn.Close()
	}
	c, err := websocket.Dial(background, "ws://"+address, opts)
	if err != nil {
		return err
	}
	if w.client == nil {
		receive(c)
	} else {
		w.client(c)
	}
	<-c.Done()
	return nil
}

// listenRaw serves w.rawServer, and then waits for the other end to go.
func (w way) listenRaw(t *testing.T) (address string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				if answer(conn) == nil {
					w.rawServer(conn.(*net.TCPConn))
					hear(conn.(*net.TCPConn))
				}
			})
		}
	})
	return l.Addr().String(), func() {
		l.Close()
		running.Wait()
	}
}

// dialSmall connects with a small send buffer, which is soon full.
func dialSmall(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return conn, err
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestTenThousandConnectionsLeaveNothingBehind(t *testing.T) {
	total := 10_000
	if testing.Short() {
		total = 1000
	}
	if len(ways) != 20 {
		t.Fatalf("%d ways", len(ways))
	}
	holdsWhatItCalls(t)
	// A context that outlives all connections must not hold them either.
	life, end := context.WithCancel(background)
	defer end()
	ways[0].run(t, &census{}, life, 16) // what the runtime and net/http keep for good
	runtime.GC()
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)

	var n census
	for _, w := range ways {
		began := time.Now()
		w.run(t, &n, life, total/len(ways))
		t.Logf("%-35s %4d connections in %v", w.name, total/len(ways), time.Since(began).Round(time.Millisecond))
	}
	if n.opened.Load() != n.closed.Load() {
		t.Errorf("%d endpoints opened, and there were %d CloseEvents", n.opened.Load(), n.closed.Load())
	}
	until(t, "goroutines and descriptors are back", func() bool {
		return runtime.NumGoroutine() <= goroutines && openDescriptors(t) <= descriptors
	})
	until(t, "all connections are garbage, and so no timer is left", func() bool {
		runtime.GC()
		return n.collected.Load() == n.opened.Load()
	})
	t.Logf("%d endpoints opened, %d events, %d collected; goroutines %d, before %d; descriptors %d, before %d",
		n.opened.Load(), n.closed.Load(), n.collected.Load(), runtime.NumGoroutine(), goroutines, openDescriptors(t), descriptors)
	if t.Failed() {
		pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
	}
}

// holdsWhatItCalls shows that the proof by garbage is one: what an armed timer
// would call is no garbage, and what a stopped one would have called is.
func holdsWhatItCalls(t *testing.T) {
	t.Helper()
	var collected atomic.Int64
	held := new([64]byte)
	runtime.AddCleanup(held, func(n *atomic.Int64) { n.Add(1) }, &collected)
	timer := time.AfterFunc(time.Hour, func() { fmt.Fprintln(io.Discard, held) })
	for range 5 {
		runtime.GC()
	}
	if collected.Load() != 0 {
		t.Error("the garbage collector takes what an armed timer holds")
	}
	timer.Stop()
	until(t, "what a stopped timer held is garbage", func() bool {
		runtime.GC()
		return collected.Load() == 1
	})
}
