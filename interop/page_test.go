package interop

import (
	"context"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// TestPage clicks through the console, the page at /, in both browsers.
func TestPage(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, c console) {
		c.connects(t)
		c.echoes(t, "à bientôt ✓")
		c.closes(t, "4001", "bye")
		c.asks(t, "close", "4404", "not here")
		c.speaksFrench(t)
		if complaints := c.page.Complaints(); len(complaints) > 0 {
			t.Errorf("the page's console holds against it: %q", complaints)
		}
		// Browsers write a lost connection into the console as an error, so
		// this comes behind the question above.
		c.asks(t, "drop", "", "")
	})
}

// TestPageInAFlood: hundreds of other connections come and go while the page's
// own is open. The page must not lose sight of its own.
func TestPageInAFlood(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, c console) {
		c.connects(t)
		for n := range 300 {
			other, err := websocket.Dial(c.ctx, c.server.WebSocket("/echo", id(t, "other/%d", n)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Close(4000, "other"); err != nil {
				t.Fatal(err)
			}
		}
		c.closes(t, "4001", "bye")
	})
}

// TestPageShowsCompression: both views show what was agreed upon.
func TestPageShowsCompression(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, c console) {
		c.connects(t)
		c.echoes(t, "à bientôt ✓")
		c.closes(t, "4001", "bye")
		// Either browser allows takeover, and serve does not want it by default.
		agreed := Deflate{ServerNoContextTakeover: true, ClientNoContextTakeover: true}.String()
		shown := agreed
		if c.name == "firefox" { // whose attribute has no parameters
			shown = "permessage-deflate"
		}
		v := verdicts{t: t}
		v.compare("the browser's extensions", c.member(t, "#browser-event", "extensions"), shown)
		v.compare("the server's extensions", c.member(t, "#server-event", "extensions"), agreed)
	}, "--compress")
}

// console is the page at / in one browser.
type console struct {
	name   string // the browser's
	ctx    context.Context
	server *Server
	page   *Page
}

// eachPage runs a subtest with the page in each browser. It has a server of its
// own, with these flags: the page lists the closes of all clients, and the other
// tests' clients make thousands.
func eachPage(t *testing.T, test func(t *testing.T, c console), flags ...string) {
	for _, name := range []string{"chromium", "firefox"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser(t, name)
			c := console{name: name, ctx: within(t, 2*time.Minute)}
			var err error
			if c.server, err = StartServer(c.ctx, *program, flags...); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.server.Close)
			if c.page, err = b.Open(c.ctx, c.server.HTTP("/?lang=en")); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.page.Close(context.WithoutCancel(c.ctx)) })
			c.until(t, `document.querySelector("#feed").dataset.state === "live"`)
			test(t, c)
		})
	}
}

// connects to the address that the page starts with, /echo.
func (c console) connects(t *testing.T) {
	t.Helper()
	c.click(t, "#connect")
	c.until(t, `document.querySelector("#state").dataset.readyState === "1"`)
}

// echoes sends a message and finds it in the log, sent and received.
func (c console) echoes(t *testing.T, text string) {
	t.Helper()
	c.fill(t, "#message", text)
	c.click(t, "#send")
	c.until(t, `["sent", "received"].every((kind) =>
		document.querySelector("#log [data-kind=" + kind + "] q")?.textContent === "`+text+`")`)
}

// closes the connection from the page; both views tell it.
func (c console) closes(t *testing.T, code, reason string) {
	t.Helper()
	c.fill(t, "#code", code)
	c.fill(t, "#reason", reason)
	c.click(t, "#close")
	c.shows(t, code, reason, "true")
}

// asks the server to end a connection; both views tell it.
func (c console) asks(t *testing.T, how, code, reason string) {
	t.Helper()
	c.fill(t, "#how", how)
	c.fill(t, "#after", "200ms")
	c.fill(t, "#code", code)
	c.fill(t, "#reason", reason)
	c.click(t, "#ask")
	if how == "drop" {
		c.shows(t, "1006", "", "false")
		return
	}
	c.shows(t, code, reason, "true")
}

// shows waits until both views have the same code, reason and wasClean.
func (c console) shows(t *testing.T, code, reason, wasClean string) {
	t.Helper()
	c.until(t, `document.querySelector("#verdict").dataset.agree === "true" &&
		document.querySelector("#browser-event [data-member=code]").dataset.value === "`+code+`"`)
	var views map[string][3]string
	const read = `() => Object.fromEntries(["#browser-event", "#server-event"].map((view) => [view,
		["code", "reason", "wasClean"].map((m) => document.querySelector(view + " [data-member=" + m + "]").dataset.value)]))`
	if err := c.page.Call(c.ctx, read, &views); err != nil {
		t.Fatal(err)
	}
	v := verdicts{t: t}
	for _, view := range []string{"#browser-event", "#server-event"} {
		v.compare(view, views[view], [3]string{code, reason, wasClean})
	}
}

// member is what a view shows of one member, with the text that a reader sees.
func (c console) member(t *testing.T, view, name string) string {
	t.Helper()
	const read = `(selector) => document.querySelector(selector)?.textContent ?? "nothing"`
	var text string
	if err := c.page.Call(c.ctx, read, &text, view+" [data-member="+name+"] dd"); err != nil {
		t.Fatal(err)
	}
	return text
}

// speaksFrench switches the language and back.
func (c console) speaksFrench(t *testing.T) {
	t.Helper()
	const french = `document.documentElement.lang === "fr" && document.querySelector("#connect").textContent === "Connecter"`
	const english = `document.documentElement.lang === "en" && document.querySelector("#connect").textContent === "Connect"`
	c.until(t, english)
	c.click(t, "#lang")
	c.until(t, french)
	c.click(t, "#lang")
	c.until(t, english)
}

func (c console) fill(t *testing.T, selector, value string) {
	t.Helper()
	const fill = `(selector, value) => {
		const field = document.querySelector(selector);
		field.value = value;
		field.dispatchEvent(new Event("input", { bubbles: true }));
		field.dispatchEvent(new Event("change", { bubbles: true }));
	}`
	if err := c.page.Call(c.ctx, fill, nil, selector, value); err != nil {
		t.Fatal(err)
	}
}

// click clicks what can be clicked: a disabled button would swallow it.
func (c console) click(t *testing.T, selector string) {
	t.Helper()
	c.until(t, `document.querySelector("`+selector+`")?.disabled === false`)
	if err := c.page.Call(c.ctx, "(selector) => document.querySelector(selector).click()", nil, selector); err != nil {
		t.Fatal(err)
	}
}

// until waits, 30 seconds at most, until a JavaScript condition holds.
func (c console) until(t *testing.T, condition string) {
	t.Helper()
	wait := `async () => {
		for (const end = performance.now() + 30000; !(` + condition + `); ) {
			if (performance.now() > end) return document.body.innerText.slice(0, 2000);
			await new Promise((again) => setTimeout(again, 20));
		}
		return null;
	}`
	var stuck *string
	if err := c.page.Call(c.ctx, wait, &stuck); err != nil {
		t.Fatal(err)
	}
	if stuck != nil {
		t.Fatalf("never came true: %s\non the page:\n%s\nin its console: %q", condition, *stuck, c.page.Complaints())
	}
}
