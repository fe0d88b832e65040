package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/onclose/websocket"
)

// firefox speaks WebDriver BiDi over our own client: to drive the browser is
// already a test of Dial.
type firefox struct {
	process *process
	profile string
	conn    *websocket.Conn
	remote  *remote

	mu    sync.Mutex
	pages map[string]*Page // by browsing context
}

// firefoxPreferences add to those that Firefox sets itself when it is remotely
// controlled. By default it waits ever longer before it connects to a server
// where a connection failed; a test of failures would wait for minutes.
const firefoxPreferences = `
user_pref("network.websocket.delay-failed-reconnects", false);
user_pref("network.proxy.type", 0);
user_pref("dom.min_background_timeout_value", 4);
user_pref("dom.timeout.enable_budget_timer_throttling", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("services.settings.server", "data:,");
`

// StartFirefox starts Debian's Firefox ESR. It blocks until the browser has a
// session; the error wraps exec.ErrNotFound when it is not installed.
func StartFirefox(ctx context.Context) (Browser, error) {
	path, err := exec.LookPath("firefox-esr")
	if err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	profile, err := os.MkdirTemp("", "onclose-firefox-")
	if err != nil {
		return nil, err
	}
	f := &firefox{profile: profile, pages: make(map[string]*Page)}
	if err := f.start(ctx, path); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// longestYield bounds what a page yields at once, in bytes: 64 MiB.
const longestYield = 64 << 20

func (f *firefox) start(ctx context.Context, path string) error {
	if err := os.WriteFile(filepath.Join(f.profile, "user.js"), []byte(firefoxPreferences), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(path, "--headless", "--no-remote", "--profile", f.profile, "--remote-debugging-port=0", "about:blank")
	// HOME too: Firefox will not run as root in the home of somebody else.
	cmd.Env = append(os.Environ(), "HOME="+f.profile, "MOZ_CRASHREPORTER_DISABLE=1")
	var err error
	if f.process, err = startProcess(cmd); err != nil {
		return err
	}
	address, err := f.process.waitLine(ctx, "WebDriver BiDi listening on ")
	if err != nil {
		return err
	}
	options := &websocket.DialOptions{Limits: websocket.Limits{MessageBytes: longestYield}}
	f.conn, err = websocket.Dial(ctx, strings.TrimSpace(address)+"/session", options)
	if err != nil {
		return fmt.Errorf("interop: firefox: %w", err)
	}
	f.remote = newRemote(func(data []byte) error {
		return f.conn.Write(context.Background(), websocket.Text, data)
	}, f.event)
	go f.readMessages()
	// The servers on this machine have certificates that nobody signed.
	capabilities := map[string]any{"alwaysMatch": map[string]any{"acceptInsecureCerts": true}}
	if err := f.remote.call(ctx, "", "session.new", map[string]any{"capabilities": capabilities}, nil); err != nil {
		return err
	}
	subscribe := map[string]any{"events": []string{"log.entryAdded"}}
	if err := f.remote.call(ctx, "", "session.subscribe", subscribe, nil); err != nil {
		return err
	}
	preload := map[string]any{"functionDeclaration": "() => {" + reportViolations + "}"}
	return f.remote.call(ctx, "", "script.addPreloadScript", preload, nil)
}

func (f *firefox) readMessages() {
	for {
		_, data, err := f.conn.Read(context.Background())
		if err != nil {
			f.remote.end(err)
			return
		}
		f.remote.deliver(data)
	}
}

// Name is "firefox".
func (f *firefox) Name() string { return "firefox" }

// Open opens a window: a tab in the background would be slowed down.
func (f *firefox) Open(ctx context.Context, url string) (*Page, error) {
	var created struct{ Context string }
	if err := f.remote.call(ctx, "", "browsingContext.create", map[string]any{"type": "window"}, &created); err != nil {
		return nil, err
	}
	page := &Page{
		evaluate: func(ctx context.Context, expression string) (string, error) {
			return f.evaluate(ctx, created.Context, expression)
		},
		close: func(ctx context.Context) error {
			return f.remote.call(ctx, "", "browsingContext.close", map[string]any{"context": created.Context}, nil)
		},
	}
	f.mu.Lock()
	f.pages[created.Context] = page
	f.mu.Unlock()
	navigate := map[string]any{"context": created.Context, "url": url, "wait": "complete"}
	return page, f.remote.call(ctx, "", "browsingContext.navigate", navigate, nil)
}

func (f *firefox) evaluate(ctx context.Context, browsingContext, expression string) (string, error) {
	var yield struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	params := map[string]any{
		"expression": expression, "awaitPromise": true, "userActivation": true,
		"target": map[string]any{"context": browsingContext},
	}
	if err := f.remote.call(ctx, "", "script.evaluate", params, &yield); err != nil {
		return "", err
	}
	if yield.Type != "success" {
		return "", fmt.Errorf("interop: page: %s", yield.ExceptionDetails.Text)
	}
	return yield.Result.Value, nil
}

// event keeps what the console holds against a page.
func (f *firefox) event(e event) {
	var p struct {
		Level, Text string
		Source      struct{ Context string }
	}
	if e.Method != "log.entryAdded" || json.Unmarshal(e.Params, &p) != nil || p.Level != "error" {
		return
	}
	f.mu.Lock()
	page := f.pages[p.Source.Context]
	f.mu.Unlock()
	if page != nil {
		page.complain(p.Text)
	}
}

// Close ends Firefox and removes its profile.
func (f *firefox) Close() error {
	if f.process != nil {
		f.process.stop()
	}
	if f.conn != nil {
		f.conn.Abort()
	}
	return removeProfile(f.profile)
}
