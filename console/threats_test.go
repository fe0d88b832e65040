package console

import (
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/onclose/websocket/protocol"
)

// The rows of docs/threats.md that the console has to withstand.

// What a peer chose becomes text nodes, and nothing else: no script of the page
// makes markup of text, nothing stands inline, and the policy lets the browser
// refuse both.
func TestThreatMarkupInPages(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|\beval\b|new Function|DOMParser|createContextualFragment|\.style\b|javascript:`)
	for name, text := range readAssets(t, ".js") {
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
	inline := regexp.MustCompile(`(?i)\son\w+\s*=|\sstyle\s*=|<style|<script(>|[^>]*[^>]>[^<])|javascript:|https?://|src="//`)
	if found := inline.FindString(readAssets(t, ".html")["page.html"]); found != "" {
		t.Errorf("page.html has %q", found)
	}
	for name, text := range readAssets(t, ".css") {
		if found := regexp.MustCompile(`url\(|@import`).FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}
	c := New(nil)
	c.Close() // so that /events answers at once
	for _, path := range []string{"/", "/console/page.js", "/codes.json", "/events"} {
		h := get(t, c, path).Header
		directives := map[string]string{}
		for directive := range strings.SplitSeq(h.Get("Content-Security-Policy"), "; ") {
			name, value, _ := strings.Cut(directive, " ")
			directives[name] = value
		}
		if directives["default-src"] != "'none'" || directives["script-src"] != "'self'" || directives["style-src"] != "'self'" ||
			directives["base-uri"] != "'none'" || directives["require-trusted-types-for"] != "'script'" || directives["trusted-types"] != "'none'" {
			t.Errorf("%s: the policy is %v", path, directives)
		}
		if typ := h.Get("Content-Type"); h.Get("X-Content-Type-Options") != "nosniff" || path != "/" && strings.Contains(typ, "html") {
			t.Errorf("%s is served as %q", path, typ)
		}
	}
}

// Whatever codes and reasons peers choose, what is kept of them is bounded, and
// no counter has them for a label: there are no metrics yet.
func TestThreatCodesAsLabels(t *testing.T) {
	c := New(nil)
	slow, ok := c.feed.subscribe("")
	if !ok {
		t.Fatal("refused")
	}
	before := heap()
	for code := range 1 << 16 {
		c.Report(protocol.CloseEvent{Code: protocol.StatusCode(code), Reason: strings.Repeat("r", 123)})
	}
	if more := heap() - before; more > 256<<10 {
		t.Errorf("65536 codes take %d bytes", more)
	}
	queue, missed := c.feed.take(slow)
	if len(c.feed.recent) != recentEvents || len(queue) != queuedEvents || missed != 1<<16-queuedEvents {
		t.Errorf("%d kept, %d queued, %d missed", len(c.feed.recent), len(queue), missed)
	}
	if status := get(t, c, "/metrics").StatusCode; status != http.StatusNotFound {
		t.Errorf("/metrics: %d", status)
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
