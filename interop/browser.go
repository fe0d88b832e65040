package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Browser is a headless browser with a fresh profile.
type Browser interface {
	// Name is "chromium" or "firefox".
	Name() string
	// Open opens a page of its own at url and returns when it has loaded.
	Open(ctx context.Context, url string) (*Page, error)
	// Close ends the browser with all its processes and removes its profile.
	// It may be called again.
	Close() error
}

// Page is one page of a Browser.
type Page struct {
	// evaluate evaluates an expression, awaits its promise and returns the
	// string that it yields.
	evaluate func(ctx context.Context, expression string) (string, error)
	close    func(ctx context.Context) error

	mu         sync.Mutex
	complaints []string
}

// Call calls function, the text of a JavaScript function, in the page with
// args, awaits its promise and decodes what it yields into result, unless that
// is nil. Arguments and yield travel as JSON. It blocks until the promise
// settles or ctx ends; a rejection or an exception is an error.
func (p *Page) Call(ctx context.Context, function string, result any, args ...any) error {
	if args == nil {
		args = []any{}
	}
	list, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("interop: arguments: %w", err)
	}
	text, err := p.evaluate(ctx, fmt.Sprintf(callInPage, function, list))
	if err != nil {
		return err
	}
	var yield struct {
		Value  json.RawMessage
		Thrown string
	}
	if err := json.Unmarshal([]byte(text), &yield); err != nil {
		return fmt.Errorf("interop: yield of a page: %w", err)
	}
	if yield.Thrown != "" {
		return fmt.Errorf("interop: page: %s", yield.Thrown)
	}
	if result == nil || yield.Value == nil {
		return nil
	}
	return json.Unmarshal(yield.Value, result)
}

// callInPage carries a value or an exception out as text: each browser has its
// own way with both, and Firefox fails to describe some rejections at all.
const callInPage = `(async () => {
	try { return JSON.stringify({ value: await (%s)(...%s) }); }
	catch (e) { return JSON.stringify({ thrown: String(e) + " " + (e?.stack ?? "") }); }
})()`

// Complaints returns what the page's console holds against it so far: errors,
// uncaught exceptions and violations of its Content-Security-Policy.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

// Close closes the page.
func (p *Page) Close(ctx context.Context) error { return p.close(ctx) }

func (p *Page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
}

// reportViolations is run before any script of a page. Firefox keeps violations
// of the Content-Security-Policy out of what WebDriver BiDi sees; as an error
// in the console both browsers report them.
const reportViolations = `document.addEventListener("securitypolicyviolation",
	(e) => console.error("securitypolicyviolation: " + e.violatedDirective + " " + e.blockedURI));`

// removeProfile removes the profile of a browser that has been stopped. Where
// one of its processes was just creating a file, the directory is not empty at
// first.
func removeProfile(dir string) error {
	var err error
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("interop: remove profile: %w", err)
}
