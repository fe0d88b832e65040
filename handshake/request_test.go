package handshake

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func formatted(v any) string { return fmt.Sprintf("%#v", v) }

func TestParseRequest(t *testing.T) {
	tests := []struct {
		name, text string
		want       Request
	}{
		{
			"the request of RFC 6455, section 1.2",
			"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
			Request{Method: "GET", Target: "/chat", ProtoMajor: 1, ProtoMinor: 1, Host: "server.example.com",
				Header: Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}},
		},
		{"no Host: for the rules to refuse", "GET / HTTP/1.0\r\n\r\n", Request{Method: "GET", Target: "/", ProtoMajor: 1, Header: Header{}}},
		{
			"the target's host comes before Host, RFC 9112, section 3.2.2",
			"GET HTTP://a.example:8080/x?y HTTP/1.1\r\nHost: b.example\r\n\r\n",
			Request{Method: "GET", Target: "HTTP://a.example:8080/x?y", ProtoMajor: 1, ProtoMinor: 1, Host: "a.example:8080", Header: Header{}},
		},
		{
			"a target that is a host alone", "GET https://a.example HTTP/1.1\r\n\r\n",
			Request{Method: "GET", Target: "https://a.example", ProtoMajor: 1, ProtoMinor: 1, Host: "a.example", Header: Header{}},
		},
		{
			"an address inside a path is no host", "GET /?http://a.example HTTP/1.1\r\nHost: b.example\r\n\r\n",
			Request{Method: "GET", Target: "/?http://a.example", ProtoMajor: 1, ProtoMinor: 1, Host: "b.example", Header: Header{}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, n, err := ParseRequest([]byte(test.text+"behind"), Limits{})
			if err != nil || n != len(test.text) || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %d, %v; want %+v, %d", got, n, err, test.want, len(test.text))
			}
			sameVerdict(t, []byte(test.text+"behind"), parseRequestAny)
		})
	}
}

func TestParseRequestRefuses(t *testing.T) {
	tests := []struct {
		name, text, section string
		at                  int
	}{
		{"an empty start line", "\r\n\r\n", "RFC 9112, section 3.1", 0},
		{"a method that is not a token, RFC 9112, section 3.1", "G(T / HTTP/1.1\r\n", "RFC 9112, section 3.1", 0},
		{"whitespace before the method", " GET / HTTP/1.1\r\n", "RFC 9112, section 3.1", 0},
		{"no target", "GET\r\n", "RFC 9112, section 3.2", 4},
		{"two spaces before the target", "GET  / HTTP/1.1\r\n", "RFC 9112, section 3.2", 4},
		{"a control character in the target", "GET /\x00 HTTP/1.1\r\n", "RFC 9112, section 3.2", 4},
		{"DEL in the target", "GET /\x7f HTTP/1.1\r\n", "RFC 9112, section 3.2", 4},
		{"a CR in the target", "GET /\rX HTTP/1.1\r\n", "RFC 9112, section 3.2", 4},
		{"a byte beyond ASCII in the target", "GET /\xe9 HTTP/1.1\r\n", "RFC 9112, section 3.2", 4},
		{"no version (HTTP/0.9)", "GET /\r\n", "RFC 9112, section 2.3", 5},
		{"a version that is none", "GET / HTTP/1.1x\r\n", "RFC 9112, section 2.3", 6},
		{"a space in the target", "GET /a b HTTP/1.1\r\n", "RFC 9112, section 2.3", 7},
		{"two Hosts, RFC 9112, section 3.2", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "RFC 9112, section 3.2", 0},
		{"a malformed header line", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "RFC 9112, section 5", 16},
		{"a TLS record for a server without TLS", "\x16\x03\x01\x02\x00\n", "RFC 9112, section 3.1", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, n, err := ParseRequest([]byte(test.text), Limits{})
			e, ok := err.(*SyntaxError)
			if !ok || n != 0 || !reflect.DeepEqual(got, Request{}) {
				t.Fatalf("got %+v, %d, %v; want a SyntaxError", got, n, err)
			}
			if e.In != "request" || e.Offset != test.at || e.Section != test.section || e.Status != 400 {
				t.Errorf("got %+v, want offset %d, section %q", e, test.at, test.section)
			}
			sameVerdict(t, []byte(test.text), parseRequestAny)
		})
	}
}

func parseRequestAny(p []byte) (any, int, error) {
	req, n, err := ParseRequest(p, fuzzLimits)
	return req, n, err
}

// fuzzLimits are small enough for a fuzzer to reach.
var fuzzLimits = Limits{MaxHeaderBytes: 400, MaxHeaderLineBytes: 100, MaxHeaderLines: 8}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte("GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\r\n\x81\x80"))
	f.Fuzz(func(t *testing.T, p []byte) {
		sameVerdict(t, p, parseRequestAny)
		req, n, err := ParseRequest(p, fuzzLimits)
		if n == 0 {
			if err == nil && len(p) > fuzzLimits.MaxHeaderBytes {
				t.Fatal("asks for more than the limit")
			}
			return
		}
		checkHeadLimits(t, p[:n], req.Header)
		text := req.Method + " " + req.Target + " " + versionText(req.ProtoMajor, req.ProtoMinor) + "\r\n"
		if req.Host != "" {
			text += "Host: " + req.Host + "\r\n"
		}
		again, _, err := ParseRequest(appendHeader(text, req.Header), Limits{})
		if err != nil || !reflect.DeepEqual(again, req) {
			t.Fatalf("got %+v, %v\nwant %+v", again, err, req)
		}
		(&ServerRules{}).Check(&req) // must not panic
	})
}

// checkHeadLimits fails when a head that was accepted is over fuzzLimits.
func checkHeadLimits(t *testing.T, head []byte, h Header) {
	t.Helper()
	if len(head) > fuzzLimits.MaxHeaderBytes {
		t.Fatalf("accepted a head of %d bytes", len(head))
	}
	lines := -2 // the start line and the empty line
	for line := range strings.Lines(string(head)) {
		lines++
		if len(line) > fuzzLimits.MaxHeaderLineBytes {
			t.Fatalf("accepted a line of %d bytes", len(line))
		}
	}
	if lines > fuzzLimits.MaxHeaderLines {
		t.Fatalf("accepted %d header lines", lines)
	}
	for name, values := range h {
		if !isToken(name) || canonicalName(name) != name {
			t.Fatalf("accepted the name %q", name)
		}
		for _, value := range values {
			if indexControl(value) >= 0 || trim(value) != value {
				t.Fatalf("accepted the value %q", value)
			}
		}
	}
}

// appendHeader makes a head of a start line and any header fields.
func appendHeader(start string, h Header) []byte {
	p := []byte(start)
	for name, values := range h {
		for _, value := range values {
			p = appendField(p, name, value)
		}
	}
	return append(p, "\r\n"...)
}

func versionText(major, minor int) string { return fmt.Sprintf("HTTP/%d.%d", major, minor) }
