package reconnect

import (
	"io"
	"net/http/httptest"
	"testing"
)

// reconnect.js weighs less than this as it is served: 3 KiB.
const sizeLimitBytes = 3 << 10

func TestTheScriptIsSmall(t *testing.T) {
	if len(script) >= sizeLimitBytes {
		t.Errorf("reconnect.js has %d bytes, and must have less than %d", len(script), sizeLimitBytes)
	}
}

func TestHandler(t *testing.T) {
	ask := func(etag string) (status int, body string) {
		r := httptest.NewRequest("GET", "/reconnect.js", nil)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		text, _ := io.ReadAll(w.Result().Body)
		return w.Code, string(text)
	}
	if status, body := ask(`"another"`); status != 200 || body != script {
		t.Errorf("status %d, %d bytes", status, len(body))
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", "/reconnect.js", nil))
	h := w.Result().Header
	if h.Get("Content-Type") != "text/javascript; charset=utf-8" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-cache" {
		t.Errorf("headers %v", h)
	}
	if status, body := ask(h.Get("ETag")); status != 304 || body != "" {
		t.Errorf("the same again: status %d, %q", status, body)
	}
}
