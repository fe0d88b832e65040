//go:build linux

package faults

import (
	"bytes"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/why"
)

// record writes the incidents that package why is tested with, the slow ones too:
//
//	go test ./faults -run Incidents -record
var record = flag.Bool("record", false, "write why/testdata/*.jsonl, in 40 seconds")

// incident is a fault on real sockets, what package why must suspect first, and
// how to provoke it: one connection after the other, or all by itself.
type incident struct {
	name, suspect string
	confidence    why.Confidence
	provoke       func(t *testing.T) []websocket.CloseEvent
}

func TestIncidentsAreExplained(t *testing.T) {
	incidents := quickIncidents(t)
	if *record {
		incidents = append(incidents, slowIncidents()...)
	}
	for _, i := range incidents {
		t.Run(i.name, func(t *testing.T) {
			t.Parallel()
			events := i.provoke(t)
			suspects := why.Survey(events, "en").Suspects
			if len(suspects) == 0 || suspects[0].Rule != i.suspect || suspects[0].Confidence != i.confidence {
				t.Errorf("suspects: %+v\nof %v\nwant %s, %s", suspects, events, i.suspect, i.confidence)
			}
			if *record {
				writeIncident(t, i.name, events)
			}
		})
	}
}

func writeIncident(t *testing.T, name string, events []websocket.CloseEvent) {
	var lines bytes.Buffer
	for _, ev := range events {
		line, err := json.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	if err := os.WriteFile(filepath.Join("..", "why", "testdata", name+".jsonl"), lines.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// quickIncidents are ways to lose a connection that the other tests know, each
// of them three times, and closes of a server.
func quickIncidents(t *testing.T) []incident {
	ways := map[string]provoked{}
	for _, list := range [][]provoked{neverOpened(), lost(), violated(), timedOut()} {
		for _, p := range list {
			ways[string(p.cause)+"/"+p.name] = p
		}
	}
	thrice := func(way string) func(t *testing.T) []websocket.CloseEvent {
		p, known := ways[way]
		if !known {
			t.Fatalf("nobody knows how to provoke %s", way)
		}
		return func(t *testing.T) (events []websocket.CloseEvent) {
			for range 3 {
				var l ledger
				c, _ := p.provoke(t, l.trace())
				if c != nil {
					ended(t, c)
				}
				events = append(events, l.one(t, c))
			}
			return events
		}
	}
	return []incident{
		{"no-such-host", "dns", why.Certain, thrice("dns/no such host")},
		{"nobody-listens", "refused", why.Certain, thrice("refused/nobody listens")},
		{"unknown-certificate", "tls", why.Certain, thrice("tls/a certificate that nobody signed")},
		{"wrong-path", "not-found", why.Certain, thrice("bad-handshake/404")},
		{"no-response", "open-timeout", why.Likely, thrice("open-timeout/no response")},
		{"reset-while-opening", "lost-while-opening", why.Likely, thrice("reset/a reset in place of a response")},
		{"reset-after-opening", "cut-after-opening", why.Likely, thrice("reset/of both ends")},
		{"frame-without-mask", "masking", why.Likely, thrice("protocol-error/a frame without a mask, at the server")},
		{"forbidden-code", "forbidden-code", why.Certain, thrice("protocol-error/1006 on the wire")},
		{"text-not-utf8", "invalid-utf8", why.Certain, thrice("invalid-utf8/a text")},
		{"message-too-big", "message-too-big", why.Certain, thrice("message-too-big/announced")},
		{"slow-consumer", "slow-consumer", why.Likely, thrice("write-timeout/a message")},
		{"close-unanswered", "close-timeout", why.Likely, thrice("close-timeout/our Close frame is not answered")},
		{"token-expired", "not-allowed", why.Certain, refusedWith(http.StatusUnauthorized)},
		{"overload", "overloaded", why.Certain, refusedWith(http.StatusServiceUnavailable)},
		{"upgrade-dropped", "not-a-websocket", why.Likely, refusedWith(http.StatusOK)},
		{"handler-panics", "panic", why.Certain, panics},
		{"not-sure-no-status", "no-status", why.NotSure, closedBy((*websocket.Conn).CloseEmpty)},
		{"try-again-later", "try-later", why.Certain, closedBy(func(c *websocket.Conn) error { return c.Close(websocket.TryAgainLater, "") })},
	}
}

// refusedWith are three Dials that a server answers with an HTTP status.
func refusedWith(status int) func(t *testing.T) []websocket.CloseEvent {
	return func(t *testing.T) (events []websocket.CloseEvent) {
		address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		for range 3 {
			var l ledger
			if _, err := websocket.Dial(background, "ws://"+address, &websocket.DialOptions{Trace: l.trace()}); err == nil {
				t.Fatal("it opened")
			}
			events = append(events, l.one(t, nil))
		}
		return events
	}
}

// closedBy are three clients that a server closes.
func closedBy(how func(*websocket.Conn) error) func(t *testing.T) []websocket.CloseEvent {
	return func(t *testing.T) []websocket.CloseEvent {
		address := serve(t, websocket.Handler(func(c *websocket.Conn) { how(c) }, nil))
		return finally(t, several(t, address, 3))
	}
}

// panics are the server's events of three connections whose handler panics.
func panics(t *testing.T) (events []websocket.CloseEvent) {
	ends := make(chan websocket.CloseEvent, 3)
	handler := websocket.Handler(func(c *websocket.Conn) { panic(http.ErrAbortHandler) }, &websocket.AcceptOptions{
		Trace: websocket.Trace{Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { ends <- ev }},
	})
	finally(t, several(t, serve(t, handler), 3))
	for range 3 {
		events = append(events, <-ends)
	}
	return events
}

// several opens connections.
func several(t *testing.T, address string, n int) (conns []*websocket.Conn) {
	for range n {
		conns = append(conns, dial(t, "ws://"+address, nil))
	}
	return conns
}

// finally reads from all connections and returns their CloseEvents.
func finally(t *testing.T, conns []*websocket.Conn) (events []websocket.CloseEvent) {
	for _, c := range conns {
		go receive(c)
	}
	for _, c := range conns {
		events = append(events, ended(t, c).Event)
	}
	return events
}

// slowIncidents need connections that are not all of the same age, or old.
func slowIncidents() []incident {
	return []incident{
		{"sigkill", "killed-process", why.Likely, signalled(syscall.SIGKILL)},
		{"sigterm", "shutdown", why.Certain, signalled(syscall.SIGTERM)},
		{"page-left", "page-change", why.Likely, pageLeft},
		{"peer-stopped", "pong-timeout", why.Likely, stoppedOneByOne},
		{"proxy-idle-30s", "idle-timeout", why.Likely, idle},
		{"not-sure-eof", "eof", why.NotSure, endsAlone(func(conn *net.TCPConn) { conn.Close() })},
		{"not-sure-reset", "reset", why.NotSure, endsAlone(func(conn *net.TCPConn) {
			conn.SetLinger(0)
			conn.Close()
		})},
	}
}

// pass waits until a connection may be told from a younger one.
func pass(t *testing.T, d time.Duration) {
	began := time.Now()
	until(t, "time passes", func() bool { return time.Since(began) >= d })
}

// aged opens eight connections over two seconds.
func aged(t *testing.T, address string) (conns []*websocket.Conn) {
	for range 8 {
		conns = append(conns, dial(t, "ws://"+address, &websocket.DialOptions{Limits: unhurried}))
		pass(t, 250*time.Millisecond)
	}
	return conns
}

// signalled are the clients of a server process that gets a signal.
func signalled(s syscall.Signal) func(t *testing.T) []websocket.CloseEvent {
	return func(t *testing.T) []websocket.CloseEvent {
		server := start(t, "flood")
		conns := aged(t, server.line())
		var flooded sync.WaitGroup
		for _, c := range conns {
			c.Write(background, websocket.Text, []byte("flood me"))
			flooded.Go(func() { c.Read(background) })
		}
		flooded.Wait()
		server.signal(s)
		return finally(t, conns)
	}
}

// pageLeft are a server's events of clients that all leave.
func pageLeft(t *testing.T) (events []websocket.CloseEvent) {
	address, accepted := accept(t, nil)
	conns := aged(t, address)
	for _, c := range conns {
		go c.Close(websocket.GoingAway, "")
	}
	for range conns {
		events = append(events, ended(t, <-accepted).Event)
	}
	return events
}

// stoppedOneByOne are clients of three servers, each of which is stopped when it
// has echoed a message: its kernel goes on, and only a Ping can tell.
func stoppedOneByOne(t *testing.T) (events []websocket.CloseEvent) {
	for range 3 {
		server := start(t, "echo")
		c := dial(t, "ws://"+server.line(), &websocket.DialOptions{Limits: websocket.Limits{PingInterval: time.Second, PongTimeout: time.Second}})
		c.Write(background, websocket.Text, []byte("hello"))
		c.Read(background)
		stopped(t, server)
		events = append(events, finally(t, []*websocket.Conn{c})...)
		server.signal(syscall.SIGCONT)
	}
	return events
}

// idle are clients behind a proxy that ends what was silent for 30 s.
func idle(t *testing.T) []websocket.CloseEvent {
	address, _ := accept(t, &websocket.AcceptOptions{Limits: unhurried}) // which sends no Pings
	proxy := listen(t, func(client *net.TCPConn) {
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		pump := func(to, from net.Conn) {
			defer to.Close()
			for p := make([]byte, 4096); ; {
				from.SetReadDeadline(time.Now().Add(30 * time.Second))
				n, err := from.Read(p)
				if err != nil {
					return
				}
				to.Write(p[:n])
			}
		}
		go pump(server, client)
		pump(client, server)
	})
	var conns []*websocket.Conn
	for range 3 {
		conns = append(conns, aged(t, proxy)...)
	}
	return finally(t, conns)
}

// endsAlone is one connection that a raw server ends without a word, after more
// than a second.
func endsAlone(end func(*net.TCPConn)) func(t *testing.T) []websocket.CloseEvent {
	return func(t *testing.T) []websocket.CloseEvent {
		proceed := make(chan struct{})
		address := opened(t, func(conn *net.TCPConn) {
			<-proceed
			end(conn)
		})
		conns := several(t, address, 1)
		pass(t, 1500*time.Millisecond)
		close(proceed)
		return finally(t, conns)
	}
}
