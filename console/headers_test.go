package console

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// get asks the console for a path, as a client on localhost:8080.
func get(t *testing.T, c *Console, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", "http://localhost:8080"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	c := New(nil)
	c.Close() // so that /events answers at once
	for _, path := range []string{"/", "/console/page.js", "/codes.json", "/events", "/nowhere"} {
		h := get(t, c, path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		directives := strings.Split(h.Get("Content-Security-Policy"), "; ")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
			"connect-src 'self' ws://localhost:8080 wss://localhost:8080",
			"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		} {
			if !slices.Contains(directives, want) {
				t.Errorf("%s: no directive %q in %q", path, want, directives)
			}
		}
	}
}

func TestARefusedHostGetsThePolicyToo(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "evil.example"
	w := httptest.NewRecorder()
	New(nil).Handler().ServeHTTP(w, r)
	if w.Code != 403 || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("status %d, header %v", w.Code, w.Header())
	}
}

func TestOptionsHostsWidensTheHandler(t *testing.T) {
	for _, hosts := range [][]string{{"evil.example"}, {AnyHost}} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "evil.example"
		w := httptest.NewRecorder()
		New(&Options{Hosts: hosts}).Handler().ServeHTTP(w, r)
		if w.Code != 200 {
			t.Errorf("Hosts %q: status %d", hosts, w.Code)
		}
	}
}

func TestOnlyAPlainHostEntersThePolicy(t *testing.T) {
	for host, plain := range map[string]bool{
		"localhost": true, "localhost:8080": true, "127.0.0.1:80": true, "a-b.example": true,
		"": false, "localhost:": false, "[::1]:8080": false, "a;script-src *": false,
		"a b": false, "a,b": false, "a'b": false, "*": false, "a:b": false, "ä": false,
	} {
		got := policyFor(host)
		if strings.Contains(got, "ws://"+host+" wss://"+host+";") != plain {
			t.Errorf("policyFor(%q) = %q", host, got)
		}
		if !plain && !strings.Contains(got, "connect-src 'self';") {
			t.Errorf("policyFor(%q) = %q", host, got)
		}
	}
}
