//go:build linux

package faults

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// unhurried are limits for a machine that is busy with 200 floods: what is tried
// is that every Close frame arrives, not how soon.
var unhurried = websocket.Limits{WriteTimeout: eventually, CloseTimeout: eventually, TransportTimeout: eventually, PingInterval: websocket.NoLimit}

// floodClients is a child: a server that floods every client with messages, and
// reads theirs. On SIGTERM it closes all connections with 1001, waits for their
// CloseEvents, prints how many were clean, and exits.
func floodClients([]string) error {
	go leash()
	terminated, stop := signal.NotifyContext(background, syscall.SIGTERM)
	defer stop()
	leaving, leave := context.WithCancelCause(background)
	defer leave(nil)
	var present sync.WaitGroup
	var mu sync.Mutex
	clean, all := 0, 0
	message := make([]byte, floodBytes)
	handler := websocket.Handler(func(c *websocket.Conn) {
		if _, _, err := c.Read(background); err != nil {
			return
		}
		go receive(c)
		for c.Write(background, websocket.Binary, message) == nil {
		}
		<-c.Done()
	}, &websocket.AcceptOptions{Context: leaving, Limits: unhurried, Trace: websocket.Trace{
		Opened: func(*websocket.Conn) { present.Add(1) },
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			mu.Lock()
			defer mu.Unlock()
			all++
			if ev.WasClean {
				clean++
			}
			present.Done()
		},
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	say(l.Addr())
	<-terminated.Done()
	server.Close()
	leave(websocket.CloseFrame{Code: websocket.GoingAway, Reason: "server shutting down"})
	present.Wait()
	say(clean, "of", all)
	return nil
}

// floodBytes is the length of the messages of a flood. Shorter ones only cost
// more time: what fills the kernel's buffers is bytes.
const floodBytes = 16 << 10

func TestAServerThatIsTerminatedUnderFloodTellsEveryClientWhy(t *testing.T) {
	const clients = 100
	server := start(t, "flood")
	url := "ws://" + server.line()
	var events ledger
	var conns []*websocket.Conn
	var flooded, running sync.WaitGroup
	for range clients {
		conns = append(conns, dial(t, url, &websocket.DialOptions{Trace: events.trace(), Limits: unhurried}))
	}
	for _, c := range conns {
		flooded.Add(1)
		running.Go(func() {
			for message := make([]byte, floodBytes); c.Write(background, websocket.Binary, message) == nil; {
			}
		})
		running.Go(func() {
			once := sync.OnceFunc(flooded.Done)
			for _, err := range c.Messages(background) {
				if once(); err != nil {
					return
				}
			}
		})
	}
	flooded.Wait()
	server.signal(syscall.SIGTERM)
	running.Wait()
	if got, want := server.line(), fmt.Sprintf("%d of %d", clients, clients); got != want {
		t.Errorf("clean at the server: %s, want %s", got, want)
	}
	if status := server.wait(); status != 0 {
		t.Errorf("the server's exit status is %d", status)
	}
	for _, c := range conns {
		ended(t, c)
		ev := events.one(t, c)
		if ev.Code != websocket.GoingAway || ev.Reason != "server shutting down" || !ev.WasClean || ev.Initiator != "remote" {
			t.Errorf("a client saw %v", ev)
		}
	}
}

// state is what a process does on a connection when it is killed, and what its
// peer must say then.
type state struct {
	name      string
	tls       bool
	cause     protocol.Cause
	phase     protocol.Phase
	transport protocol.TransportEnd
}

var states = []state{
	{"idle", false, "eof", "open", "fin"},
	{"inside a frame", false, "eof-in-frame", "open", "fin"},
	{"between two fragments", false, "eof-in-message", "open", "fin"},
	// The kernel of a dead process that had not read everything sends a RST.
	{"deaf", false, "reset", "open", "reset"},
	{"asked to close and busy", false, "eof", "closing", "fin"},
	{"idle", true, "tls-truncated", "open", "tls-truncated"},
}

// url is the state as an address that serves it.
func (s state) url(plain, secure string) string {
	path := "/" + strings.ReplaceAll(s.name, " ", "-")
	if s.tls {
		return "wss://" + secure + path
	}
	return "ws://" + plain + path
}

// big is longer than what the kernel's buffers hold.
var big = make([]byte, 32<<20)

// enter brings a process into a state on a connection, says so, and stays there
// until the process is killed.
func enter(path string, c *websocket.Conn) error {
	switch path {
	case "/idle", "/asked-to-close-and-busy":
	case "/inside-a-frame":
		go c.Write(background, websocket.Binary, big)
		// It is inside when the peer has got some of it.
	case "/between-two-fragments":
		w, err := c.NextWriter(background, websocket.Text)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, "half a message"); err != nil {
			return err
		}
	case "/deaf":
	default:
		return fmt.Errorf("no state has the name %q", path)
	}
	return nil
}

// serveStates is a child: a server that is in the state that a client's path
// names. "asked to close and busy" is a raw connection that answers nothing.
func serveStates([]string) error {
	go leash()
	mux := http.NewServeMux()
	mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err == nil {
			err = enter(r.URL.Path, c)
		}
		if err != nil {
			say(err)
			return
		}
		if r.URL.Path == "/idle" {
			receive(c)
		}
		<-c.Done()
	}))
	mux.HandleFunc("/asked-to-close-and-busy", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			err = answerRequest(conn, r)
		}
		if err != nil {
			say(err)
			return
		}
		io.Copy(io.Discard, conn)
	})
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config, _ := certificate()
	go http.Serve(plain, mux)
	go http.Serve(tls.NewListener(secure, config), mux)
	say(plain.Addr(), secure.Addr())
	select {}
}

// dialStates is a child: a client in every state, with a connection for each to
// the two servers at the addresses.
func dialStates(args []string) error {
	go leash()
	for _, s := range states {
		url := s.url(args[0], args[1])
		opts := &websocket.DialOptions{TLS: &tls.Config{InsecureSkipVerify: true}}
		if s.phase == "closing" {
			conn, err := rawDialPath(args[0], "/asked-to-close-and-busy")
			if err != nil {
				return err
			}
			go io.Copy(io.Discard, conn)
			continue
		}
		c, err := websocket.Dial(background, url, opts)
		if err != nil {
			return err
		}
		if err := enter(url[strings.LastIndexByte(url, '/'):], c); err != nil {
			return err
		}
		if s.name == "idle" {
			go receive(c)
		}
	}
	say("ready")
	select {}
}

// arrange brings our end of a connection into the state's other half, before the
// process at the other end is killed.
func (s state) arrange(t *testing.T, c *websocket.Conn) {
	switch s.name {
	case "inside a frame", "between two fragments":
		_, r, err := c.NextReader(background)
		if err == nil {
			_, err = io.ReadFull(r, make([]byte, 10))
		}
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	case "deaf":
		blockWriter(background, t, c, make([]byte, 32<<10))
	case "asked to close and busy":
		go c.Close(4000, "bye")
		until(t, "our Close frame has left", func() bool {
			return c.Write(background, websocket.Text, nil) == websocket.ErrClosing && sendQueue(t, c) == 0
		})
	}
}

// verify judges the CloseEvent after the kill.
func (s state) verify(t *testing.T, c *websocket.Conn, events *ledger) {
	t.Helper()
	go receive(c)
	err := ended(t, c)
	ev := events.one(t, c)
	if ev.Code != websocket.AbnormalClosure || ev.WasClean || ev.Cause != s.cause || ev.Phase != s.phase || ev.Transport != s.transport {
		t.Errorf("%s: 1006, %s, %s, %s is due: %v", s.name, s.cause, s.phase, s.transport, err)
	}
	if got := byType(err); got != s.cause {
		t.Errorf("%s: by type it is %s, want %s: %#v", s.name, got, s.cause, err.Err)
	}
}

func TestAServerThatIsKilledIsA1006WithTheRightCause(t *testing.T) {
	server := start(t, "serve")
	plain, secure, _ := strings.Cut(server.line(), " ")
	var events ledger
	conns := make([]*websocket.Conn, len(states))
	for i, s := range states {
		conns[i] = dial(t, s.url(plain, secure), &websocket.DialOptions{
			Trace: events.trace(), TLS: &tls.Config{InsecureSkipVerify: true},
			Limits: websocket.Limits{MessageBytes: websocket.NoLimit, CloseTimeout: eventually, WriteTimeout: eventually},
		})
		s.arrange(t, conns[i])
	}
	server.kill()
	for i, s := range states {
		s.verify(t, conns[i], &events)
	}
}

func TestAClientThatIsKilledIsA1006WithTheRightCause(t *testing.T) {
	var events ledger
	type arrival struct {
		path string
		conn *websocket.Conn
	}
	arrivals := make(chan arrival, len(states))
	opts := &websocket.AcceptOptions{
		Trace:  events.trace(),
		Limits: websocket.Limits{MessageBytes: websocket.NoLimit, CloseTimeout: eventually, WriteTimeout: eventually},
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, opts)
		if err != nil {
			t.Error(err)
			return
		}
		path := r.URL.Path
		if r.TLS != nil {
			path = "tls"
		}
		arrivals <- arrival{path, c}
		<-c.Done()
	})
	plain := serve(t, handler)
	secure, _ := serveTLS(t, handler)
	client := start(t, "dial", plain, secure)
	if got := client.line(); got != "ready" {
		t.Fatal(got)
	}
	conns := map[string]*websocket.Conn{}
	for range states {
		a := <-arrivals
		conns[a.path] = a.conn
	}
	at := func(s state) *websocket.Conn {
		if s.tls {
			return conns["tls"]
		}
		return conns["/"+strings.ReplaceAll(s.name, " ", "-")]
	}
	for _, s := range states {
		s.arrange(t, at(s))
	}
	client.kill()
	for _, s := range states {
		s.verify(t, at(s), &events)
	}
}
