package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// chromium speaks the DevTools Protocol over two pipes: commands to the
// child's file descriptor 3, answers from 4, each message ended by a zero byte.
type chromium struct {
	process  *process
	profile  string
	remote   *remote
	commands *os.File
	answers  *os.File

	mu    sync.Mutex
	pages map[string]*Page // by session
}

// chromiumArguments let it run as root without a display, alone (no service of
// its own calls home), without slowing pages that nobody looks at, and with the
// certificates of servers on this machine, which nobody signed.
var chromiumArguments = []string{
	"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
	"--no-default-browser-check", "--disable-quic", "--no-proxy-server", "--ignore-certificate-errors",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
	"--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
	"--remote-debugging-pipe",
}

// StartChromium starts Debian's Chromium. It blocks until the browser answers;
// the error wraps exec.ErrNotFound when it is not installed.
func StartChromium(ctx context.Context) (Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	profile, err := os.MkdirTemp("", "onclose-chromium-")
	if err != nil {
		return nil, err
	}
	c := &chromium{profile: profile, pages: make(map[string]*Page)}
	if err := c.start(path); err != nil {
		_ = c.Close()
		return nil, err
	}
	if err := c.remote.call(ctx, "", "Browser.getVersion", struct{}{}, nil); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (c *chromium) start(path string) error {
	childReads, commands, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childReads.Close()
	c.commands = commands
	answers, childWrites, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childWrites.Close()
	c.answers = answers

	cmd := exec.Command(path, append(chromiumArguments, "--user-data-dir="+c.profile, "about:blank")...)
	// Debian's wrapper script keeps its own state under HOME.
	cmd.Env = append(os.Environ(), "HOME="+c.profile)
	cmd.ExtraFiles = []*os.File{childReads, childWrites} // 3 and 4
	if c.process, err = startProcess(cmd); err != nil {
		return err
	}
	var writing sync.Mutex
	c.remote = newRemote(func(data []byte) error {
		writing.Lock()
		defer writing.Unlock()
		_, err := commands.Write(append(data, 0))
		return err
	}, c.event)
	go c.readAnswers()
	return nil
}

func (c *chromium) readAnswers() {
	messages := bufio.NewReaderSize(c.answers, 1<<16)
	for {
		data, err := messages.ReadBytes(0)
		if err != nil {
			c.remote.end(err)
			return
		}
		c.remote.deliver(data[:len(data)-1])
	}
}

// Name is "chromium".
func (c *chromium) Name() string { return "chromium" }

// Open creates a target in a window of its own and attaches a flattened
// session to it, so that its commands carry a session id.
func (c *chromium) Open(ctx context.Context, url string) (*Page, error) {
	var target struct{ TargetID string }
	create := map[string]any{"url": "about:blank", "newWindow": true}
	if err := c.remote.call(ctx, "", "Target.createTarget", create, &target); err != nil {
		return nil, err
	}
	var attached struct{ SessionID string }
	attach := map[string]any{"targetId": target.TargetID, "flatten": true}
	if err := c.remote.call(ctx, "", "Target.attachToTarget", attach, &attached); err != nil {
		return nil, err
	}
	page := &Page{
		evaluate: func(ctx context.Context, expression string) (string, error) {
			return c.evaluate(ctx, attached.SessionID, expression)
		},
		close: func(ctx context.Context) error {
			return c.remote.call(ctx, "", "Target.closeTarget", map[string]any{"targetId": target.TargetID}, nil)
		},
	}
	c.mu.Lock()
	c.pages[attached.SessionID] = page
	c.mu.Unlock()
	return page, c.navigate(ctx, attached.SessionID, page, url)
}

func (c *chromium) navigate(ctx context.Context, session string, page *Page, url string) error {
	for _, step := range []struct {
		method string
		params any
	}{
		{"Page.enable", struct{}{}},
		{"Runtime.enable", struct{}{}},
		{"Log.enable", struct{}{}},
		{"Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": reportViolations}},
	} {
		if err := c.remote.call(ctx, session, step.method, step.params, nil); err != nil {
			return err
		}
	}
	var committed struct{ ErrorText string }
	if err := c.remote.call(ctx, session, "Page.navigate", map[string]any{"url": url}, &committed); err != nil {
		return err
	}
	if committed.ErrorText != "" {
		return fmt.Errorf("interop: open %s: %s", url, committed.ErrorText)
	}
	// The answer comes when the navigation is committed; loading goes on.
	return page.Call(ctx, `() => new Promise((done) => {
		if (document.readyState === "complete") done();
		else addEventListener("load", () => done());
	})`, nil)
}

func (c *chromium) evaluate(ctx context.Context, session, expression string) (string, error) {
	var yield struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	params := map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}
	if err := c.remote.call(ctx, session, "Runtime.evaluate", params, &yield); err != nil {
		return "", err
	}
	// Only an expression that does not even compile gets here.
	if e := yield.ExceptionDetails; e != nil {
		return "", fmt.Errorf("interop: page: %s %s", e.Text, e.Exception.Description)
	}
	text, _ := yield.Result.Value.(string)
	return text, nil
}

// event keeps what the console holds against a page.
func (c *chromium) event(e event) {
	c.mu.Lock()
	page := c.pages[e.Session]
	c.mu.Unlock()
	if page == nil {
		return
	}
	var p struct {
		Type  string                            // consoleAPICalled
		Args  []struct{ Value any }             // consoleAPICalled
		Entry struct{ Level, Text, URL string } // entryAdded
	}
	if json.Unmarshal(e.Params, &p) != nil {
		return
	}
	switch {
	case e.Method == "Runtime.exceptionThrown":
		page.complain("exception: " + string(e.Params))
	case e.Method == "Runtime.consoleAPICalled" && (p.Type == "error" || p.Type == "assert"):
		page.complain(strings.Trim(fmt.Sprint(p.Args), "[]"))
	case e.Method == "Log.entryAdded" && p.Entry.Level == "error":
		page.complain(p.Entry.Text + " " + p.Entry.URL)
	}
}

// Close ends Chromium and removes its profile.
func (c *chromium) Close() error {
	if c.process != nil {
		c.process.stop()
	}
	if c.commands != nil {
		_ = c.commands.Close()
	}
	if c.answers != nil {
		_ = c.answers.Close()
	}
	return removeProfile(c.profile)
}
