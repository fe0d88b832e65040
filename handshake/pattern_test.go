package handshake

import "testing"

func TestPatternMatch(t *testing.T) {
	tests := []struct {
		pattern string
		allows  []string
		refuses []string
	}{
		{
			"https://example.com",
			[]string{"https://example.com", "https://example.com:443", "HTTPS://EXAMPLE.com"},
			[]string{
				"http://example.com", "https://example.com:8443", "wss://example.com", "https://www.example.com",
				"https://example.com.evil", "https://evilexample.com", "https://example.com.", "https://example.co",
			},
		},
		{
			"https://example.com:8443",
			[]string{"https://example.com:8443", "https://example.com:08443"},
			[]string{"https://example.com", "http://example.com:8443"},
		},
		{
			"HTTP://LocalHost:*",
			[]string{"http://localhost", "http://localhost:3000", "http://localhost:80"},
			[]string{"https://localhost:3000", "http://localhost.evil:3000", "http://a.localhost:3000"},
		},
		{
			"https://*.example.com",
			[]string{"https://www.example.com", "https://a.b.c.example.com", "https://WWW.EXAMPLE.COM:443"},
			[]string{
				"https://example.com", "https://evilexample.com", "https://.example.com", "https://www.example.com.evil",
				"https://www.example.com.", "http://www.example.com", "https://www.example.com:444",
			},
		},
		{
			"example.com",
			[]string{"http://example.com", "https://example.com", "http://example.com:80", "https://example.com:443"},
			[]string{"http://example.com:443", "https://example.com:80", "http://example.com:8080", "ws://example.com", "app://example.com", "http://a.example.com"},
		},
		{"example.com:8080", []string{"http://example.com:8080", "https://example.com:8080"}, []string{"http://example.com", "app://example.com:8080"}},
		{"*.example.com:*", []string{"http://a.example.com:1", "https://b.a.example.com"}, []string{"http://example.com:1", "ftp://a.example.com"}},
		{"http://[::1]:*", []string{"http://[::1]", "http://[::1]:8080"}, []string{"http://[0:0:0:0:0:0:0:1]", "http://[::2]"}},
		{"chrome-extension://abcdefghijklmnop", []string{"chrome-extension://abcdefghijklmnop"}, []string{"chrome-extension://ponm", "https://abcdefghijklmnop"}},
		{"*", nil, []string{"https://example.com"}},    // ServerRules.listed knows these two;
		{"null", nil, []string{"https://example.com"}}, // as patterns they match nothing
	}
	for _, test := range tests {
		p, ok := parsePattern(test.pattern)
		if !ok {
			t.Errorf("%q: got no pattern", test.pattern)
		}
		for want, texts := range map[bool][]string{true: test.allows, false: test.refuses} {
			for _, text := range texts {
				o, ok := parseOrigin(text)
				if !ok {
					t.Errorf("%q: got no origin", text)
				}
				if got := p.match(o); got != want {
					t.Errorf("%q and %q: got %v, want %v", test.pattern, text, got, want)
				}
			}
		}
	}
}

func TestParsePatternRefuses(t *testing.T) {
	for _, text := range []string{
		"", "https://", "https://*", "*example.com", "https://*example.com", "https://a.*.com", "*.*.com", "https://*.", "*.",
		"https://example.com/", "https://example.com/path", "https://user@example.com", "https://a.example b.example",
		"https://example.com:x", "https://example.com:65536", "https://example.com:80:*", "https://[::1", "https://*.[::1]",
		"://example.com", "1http://example.com", "ht tp://example.com", "https:example.com", "ex\u00e4mple.com", "http://:*", "**",
		"*:*",
	} {
		if p, ok := parsePattern(text); ok {
			t.Errorf("parsePattern(%q): got %+v, want none", text, p)
		}
	}
}
