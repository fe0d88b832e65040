package webapi_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/wstest"
)

// page is a program of the web in a test: an environment whose connections go to a
// handler in memory, and a log of what happened.
type page struct {
	t        *testing.T
	env      *webapi.Environment
	listener *wstest.Listener
	log      []string
}

// browse runs a test in a bubble with a server in memory.
func browse(t *testing.T, serve func(*websocket.Conn), test func(*page)) {
	var serving sync.WaitGroup
	counted := func(c *websocket.Conn) {
		serving.Add(1)
		defer serving.Done()
		serve(c)
	}
	opts := &websocket.AcceptOptions{Subprotocols: []string{"chat", "super"}, Origins: []string{"*"}}
	browseHandler(t, websocket.Handler(counted, opts), func(p *page) {
		test(p)
		synctest.Wait() // every connection has come to its handler
		serving.Wait()
	})
}

func browseHandler(t *testing.T, h http.Handler, test func(*page)) {
	synctest.Test(t, func(t *testing.T) {
		listener := wstest.NewListener()
		server := &http.Server{Handler: h}
		served := make(chan struct{})
		go func() {
			defer close(served)
			server.Serve(listener)
		}()
		p := &page{t: t, listener: listener}
		p.env = &webapi.Environment{
			Tasks:  webapi.NewTasks(),
			Report: func(err error) { p.note("report: %v", err) },
			Dial:   &websocket.DialOptions{Dial: listener.DialContext},
		}
		test(p)
		server.Close()
		<-served
	})
}

func (p *page) note(format string, args ...any) { p.log = append(p.log, fmt.Sprintf(format, args...)) }

// open makes a WebSocket that notes its events with their readyState.
func (p *page) open(url string, subprotocols ...string) *webapi.WebSocket {
	p.t.Helper()
	w, err := webapi.NewWebSocket(p.env, url, subprotocols...)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range []string{"open", "message", "error", "close"} {
		w.AddEventListener(name, webapi.Func(func(e webapi.Event) { p.noteEvent(w, e) }), nil)
	}
	return w
}

func (p *page) noteEvent(w *webapi.WebSocket, e webapi.Event) {
	switch e := e.(type) {
	case *webapi.MessageEvent:
		switch data := e.Data().(type) {
		case *webapi.Blob:
			p.note("message %d: blob %q", w.ReadyState(), data.Bytes())
		case []byte:
			p.note("message %d: bytes %q", w.ReadyState(), data)
		default:
			p.note("message %d: %q", w.ReadyState(), data)
		}
	case *webapi.CloseEvent:
		p.note("close %d: %d %q %v", w.ReadyState(), e.Code(), e.Reason(), e.WasClean())
	default:
		p.note("%s %d", e.Type(), w.ReadyState())
	}
}

// run runs the tasks until none is left.
func (p *page) run() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if err := p.env.Tasks.Run(ctx); err != nil {
		p.t.Fatal(err)
	}
}

// wants compares the log with what should have happened.
func (p *page) wants(want ...string) {
	p.t.Helper()
	for i := range max(len(p.log), len(want)) {
		var a, b string
		if i < len(p.log) {
			a = p.log[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			p.t.Errorf("event %d: %q, want %q", i, a, b)
		}
	}
}

// echo sends every message back, until the client closes.
func echo(c *websocket.Conn) {
	for m, err := range c.Messages(context.Background()) {
		if err != nil {
			return
		}
		c.Write(context.Background(), m.Type, m.Data)
	}
}
