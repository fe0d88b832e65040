package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestLoopbackHosts(t *testing.T) {
	tests := []struct {
		host string
		also []string
		want int
	}{
		{"localhost", nil, 200},
		{"LocalHost:8080", nil, 200},
		{"localhost:", nil, 200},
		{"127.0.0.1", nil, 200},
		{"127.0.0.1:1", nil, 200},
		{"127.255.3.9:65535", nil, 200},
		{"[::1]", nil, 200},
		{"[::1]:8080", nil, 200},
		{"[0:0:0:0:0:0:0:1]:8080", nil, 200},

		{"", nil, 403},
		{":8080", nil, 403},
		{"example.com", nil, 403},
		{"example.com:8080", nil, 403},
		{"localhost.example.com", nil, 403},
		{"127.0.0.1.example.com", nil, 403},
		{"127.0.0.1example.com", nil, 403},
		{"127.1", nil, 403},
		{"0127.0.0.1", nil, 403},
		{"2130706433", nil, 403},
		{"0.0.0.0", nil, 403},
		{"128.0.0.1", nil, 403},
		{"192.168.0.1:8080", nil, 403},
		{"::1", nil, 403},
		{"[::1", nil, 403},
		{"::1]", nil, 403},
		{"[::]", nil, 403},
		{"[::1%25lo]", nil, 403},
		{"[::2]:80", nil, 403},
		{"[localhost]", nil, 403},
		{"[127.0.0.1]", nil, 403},
		{"localhost:port", nil, 403},
		{"localhost:80:80", nil, 403},
		{"localhost:65536", nil, 403},
		{"localhost@example.com", nil, 403},
		{"localhost\x00.example.com", nil, 403},

		{"console.example", []string{"console.example"}, 200},
		{"Console.Example:443", []string{"other.example", "console.example"}, 200},
		{"127.0.0.1", []string{"console.example"}, 200},
		{"[fd00::5]:443", []string{"fd00::5"}, 200},
		{"example", []string{"console.example"}, 403},
		{"console.example.org", []string{"console.example"}, 403},
		{"", []string{""}, 403},
		{"anything.example", []string{AnyHost}, 200},
		{"*", []string{"x"}, 403},
	}
	for _, tt := range tests {
		reached := false
		h := LoopbackHosts(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }), tt.also...)
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want || reached != (tt.want == 200) {
			t.Errorf("Host %q, also %q: status %d, handler reached %v; want status %d",
				tt.host, tt.also, w.Code, reached, tt.want)
		}
	}
}

func TestARefusedHostIsQuotedInTheAnswer(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "evil\x1b[31m\u202e.example"
	w := httptest.NewRecorder()
	LoopbackHosts(http.NotFoundHandler()).ServeHTTP(w, r)
	body := w.Body.String()
	if !strings.Contains(body, `"evil\x1b[31m\u202e.example"`) || !strings.Contains(body, "DNS rebinding") {
		t.Errorf("answer %q", body)
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}
