package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/reconnect"
)

// TestReconnectInPages: the page of docs/reconnect.md loses its connection in every
// way that a server has, and comes back. What was sent meanwhile arrives once.
func TestReconnectInPages(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chromium", "firefox"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openReconnecting(t, browser(t, name))
			p.followsTheTable(t)
			c := p.arrives(t)
			for i, loss := range losses {
				c = p.loses(t, c, fmt.Sprintf("message %d", i), loss)
			}
			if got := p.refreshed.Load(); got != 1 {
				t.Errorf("refreshed %d times, want once", got)
			}
			_ = c.Close(websocket.NormalClosure, "done")
			p.until(t, `document.querySelector("#state").textContent === "over with 1000 done"`)
			if extra := len(p.accepted) + len(p.heard); extra > 0 {
				t.Errorf("%d connections or messages too many", extra)
			}
		})
	}
}

// loss is how the server ends a connection, and what the page then sees.
type loss struct {
	name string
	end  func(p *reconnecting, c *websocket.Conn)
	code int
}

var losses = []loss{
	{"a restart with a slot", closes(websocket.ServiceRestart, "drain; retry=1.5"), 1012},
	{"a farewell with a slot", closes(websocket.GoingAway, "drain; retry=1"), 1001},
	{"a fault", closes(websocket.InternalError, "oops"), 1011},
	{"a Close frame without a code", func(_ *reconnecting, c *websocket.Conn) { _ = c.CloseEmpty() }, 1005},
	{"a cut", func(_ *reconnecting, c *websocket.Conn) { c.Abort() }, 1006},
	{"a cut, then 503", func(p *reconnecting, c *websocket.Conn) {
		p.unavailable.Store(2)
		c.Abort()
	}, 1006},
	{"a session that is over", closes(websocket.PolicyViolation, "log in"), 1008},
}

func closes(code websocket.StatusCode, reason string) func(*reconnecting, *websocket.Conn) {
	return func(_ *reconnecting, c *websocket.Conn) { _ = c.Close(code, reason) }
}

// reconnecting is the page with its server.
type reconnecting struct {
	console
	accepted    chan *websocket.Conn
	heard       chan string  // what connections receive
	unavailable atomic.Int64 // how many requests get 503
	refreshed   atomic.Int64
}

func openReconnecting(t *testing.T, b Browser) *reconnecting {
	p := &reconnecting{
		console:  console{name: b.Name(), ctx: within(t, 2*time.Minute)},
		accepted: make(chan *websocket.Conn, 100),
		heard:    make(chan string, 100),
	}
	page := reconnectPage(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	mux.HandleFunc("POST /session", func(http.ResponseWriter, *http.Request) { p.refreshed.Add(1) })
	mux.Handle("GET /reconnect.js", reconnect.Handler())
	mux.HandleFunc("GET /chat", p.chat)
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	var err error
	if p.page, err = b.Open(p.ctx, server.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.page.Close(context.WithoutCancel(p.ctx)) })
	return p
}

// reconnectPage is the page as docs/reconnect.md shows it.
func reconnectPage(t *testing.T) string {
	text, err := os.ReadFile("../docs/reconnect.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(text), "```html\n")
	page, _, found := strings.Cut(page, "```\n")
	if !found {
		t.Fatal("docs/reconnect.md has no page")
	}
	return page
}

// chat sends every message back, and notes it.
func (p *reconnecting) chat(w http.ResponseWriter, r *http.Request) {
	if p.unavailable.Add(-1) >= 0 {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	websocket.Events{
		OnOpen: func(c *websocket.Conn) { p.accepted <- c },
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, message []byte) {
			p.heard <- string(message)
			_ = c.Write(context.Background(), typ, message)
		},
	}.Handler(nil).ServeHTTP(w, r)
}

// arrives is the page's next connection.
func (p *reconnecting) arrives(t *testing.T) *websocket.Conn {
	t.Helper()
	select {
	case c := <-p.accepted:
		p.until(t, `document.querySelector("#state").textContent === "connected"`)
		return c
	case <-p.ctx.Done():
		t.Fatal("the page does not come back")
		return nil
	}
}

// loses ends a connection, lets the page send a message before and one after that,
// and returns the next connection.
func (p *reconnecting) loses(t *testing.T, c *websocket.Conn, message string, l loss) *websocket.Conn {
	t.Helper()
	p.sends(t, message)
	p.hears(t, message)
	p.sendsWhenLost(t, "queued "+message)
	l.end(p, c)
	c = p.arrives(t)
	p.hears(t, "queued "+message)
	var code int
	if err := p.page.Call(p.ctx, "() => window.lostWith", &code); err != nil || code != l.code {
		t.Errorf("%s: the page saw %d (%v), want %d", l.name, code, err, l.code)
	}
	return c
}

func (p *reconnecting) sends(t *testing.T, message string) {
	t.Helper()
	p.fill(t, "[name=text]", message)
	p.click(t, "#send")
}

// sendsWhenLost lets the page send a message as soon as it says that it has lost
// its connection.
func (p *reconnecting) sendsWhenLost(t *testing.T, message string) {
	t.Helper()
	const wait = `(message) => {
		const state = document.querySelector("#state");
		const watch = new MutationObserver(() => {
			const lost = /lost with (\d+)/.exec(state.textContent);
			if (!lost) return;
			watch.disconnect();
			window.lostWith = Number(lost[1]);
			document.querySelector("[name=text]").value = message;
			document.querySelector("form").requestSubmit();
		});
		watch.observe(state, { childList: true });
	}`
	if err := p.page.Call(p.ctx, wait, nil, message); err != nil {
		t.Fatal(err)
	}
}

// hears waits until the server has the message, and the page its echo, each once.
func (p *reconnecting) hears(t *testing.T, message string) {
	t.Helper()
	select {
	case got := <-p.heard:
		if got != message {
			t.Errorf("the server heard %q, want %q", got, message)
		}
	case <-p.ctx.Done():
		t.Fatalf("%q never came", message)
	}
	p.until(t, `[...document.querySelectorAll("#log li")].filter((line) => line.textContent === "`+message+`").length === 1`)
}

// followsTheTable compares reconnect.js in the page with the table that the Go
// client is tested with.
func (p *reconnecting) followsTheTable(t *testing.T) {
	t.Helper()
	table, err := os.ReadFile("../reconnect/testdata/retries.json")
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	const compare = `async (rows) => {
		const { nextTry } = await import("/reconnect.js");
		const wrong = [];
		for (const row of rows) {
			for (const [failures, [from, to]] of [[0, row.first], [9, row.later]]) {
				const { stop, refresh, seconds } = nextTry(new CloseEvent("close", row), failures);
				const does = stop ? "stop" : refresh ? "refresh" : "dial";
				const within = from <= seconds && seconds <= to;
				if (does !== row.does || !stop && !within) wrong.push(JSON.stringify({ row, failures, does, seconds }));
			}
		}
		return wrong;
	}`
	if err := p.page.Call(p.ctx, compare, &wrong, json.RawMessage(table)); err != nil {
		t.Fatal(err)
	}
	if len(wrong) > 0 {
		t.Errorf("not as the table says:\n%s", strings.Join(wrong, "\n"))
	}
}
