package handshake

import (
	"strings"
	"testing"
)

func TestParseOrigin(t *testing.T) {
	tests := []struct {
		text string
		want origin
		back string
	}{
		{"https://example.com", origin{"https", "example.com", "443"}, "https://example.com"},
		{"http://example.com", origin{"http", "example.com", "80"}, "http://example.com"},
		{"HTTP://Example.COM:0080", origin{"http", "example.com", "80"}, "http://example.com"},
		{"http://example.com:", origin{"http", "example.com", "80"}, "http://example.com"},
		{"https://example.com:80", origin{"https", "example.com", "80"}, "https://example.com:80"},
		{"http://[2001:DB8::1]:8080", origin{"http", "[2001:db8::1]", "8080"}, "http://[2001:db8::1]:8080"},
		{"http://example.com:00", origin{"http", "example.com", "0"}, "http://example.com:0"},
		{"https://127.0.0.1", origin{"https", "127.0.0.1", "443"}, "https://127.0.0.1"},
		{"moz-extension://a-b_c", origin{"moz-extension", "a-b_c", ""}, "moz-extension://a-b_c"},
	}
	for _, test := range tests {
		got, ok := parseOrigin(test.text)
		if !ok || got != test.want {
			t.Errorf("parseOrigin(%q): got %+v, %v; want %+v", test.text, got, ok, test.want)
		}
		if back := got.String(); back != test.back {
			t.Errorf("%q: got back %q, want %q", test.text, back, test.back)
		}
	}
}

func TestParseOriginRefuses(t *testing.T) {
	for _, text := range []string{
		"", "null", "*", "example.com", "//example.com", "https:", "https://", "https:///", "https://example.com/", "https://example.com?x",
		"https://example.com#", "https://a.example https://b.example", "https://a.example,https://b.example/",
		"https://example.com@evil.example", "https://user:password@example.com", `https://example.com\.evil.example`,
		"https://example.com:x", "https://example.com:-1", "https://example.com:65536", "https://a:1:2", "https://::1", "https://[::1",
		"https://[::1]x", "https://[]", "https://[example.com]", "https://[fe80::1%25eth0]", "ht tp://a", "1http://a", "+http://a", "://a",
		"https://ex ample.com", "https://example.com ", "https://ex\u00e4mple.com", "https://example.com\x00", "https://example.com\n",
	} {
		if got, ok := parseOrigin(text); ok {
			t.Errorf("parseOrigin(%q): got %+v, want none", text, got)
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	listed := ServerRules{Origins: []string{"https://a.example", "not a pattern"}}
	anyone := ServerRules{Origins: []string{"*"}}
	nobody := ServerRules{Origins: []string{"null"}}
	proxied := ServerRules{TrustForwardedScheme: true}
	https := Header{"X-Forwarded-Proto": {"https"}}
	const another = "https://a.example"
	tests := []struct {
		name    string
		rules   ServerRules
		origins []string
		tls     bool
		extra   Header
		allowed bool
	}{
		{"no Origin: not a browser", ServerRules{}, nil, false, nil, true},
		{"the same scheme, host and port", ServerRules{}, []string{"http://b.example"}, false, nil, true},
		{"the default port named", ServerRules{}, []string{"http://b.example:80"}, false, nil, true},
		{"the host in another case", ServerRules{}, []string{"http://B.Example"}, false, nil, true},
		{"https on a secured connection", ServerRules{}, []string{"https://b.example"}, true, nil, true},
		{"http on a secured connection", ServerRules{}, []string{"http://b.example"}, true, nil, false},
		{"https on a connection that is not secured", ServerRules{}, []string{"https://b.example"}, false, nil, false},
		{"https behind a proxy that is trusted", proxied, []string{"https://b.example"}, false, https, true},
		{"https behind a proxy that is not", ServerRules{}, []string{"https://b.example"}, false, https, false},
		{"http behind a proxy that ended TLS", proxied, []string{"http://b.example"}, false, https, false},
		{"a trusted proxy that says nothing", proxied, []string{"http://b.example"}, false, nil, true},
		{"another port", ServerRules{}, []string{"http://b.example:8080"}, false, nil, false},
		{"the other scheme's port", ServerRules{}, []string{"http://b.example:443"}, false, nil, false},
		{"another scheme on the same port", ServerRules{}, []string{"https://b.example:80"}, false, nil, false},
		{"another host", ServerRules{}, []string{another}, false, nil, false},
		{"a host that begins with ours", ServerRules{}, []string{"http://b.example.evil"}, false, nil, false},
		{"a host that ends with ours", ServerRules{}, []string{"http://evilb.example"}, false, nil, false},
		{"a subdomain of ours", ServerRules{}, []string{"http://a.b.example"}, false, nil, false},
		{"our host as a user", ServerRules{}, []string{"http://b.example@evil"}, false, nil, false},
		{"our host as a port", ServerRules{}, []string{"http://evil:b.example"}, false, nil, false},
		{"our host with a trailing dot", ServerRules{}, []string{"http://b.example."}, false, nil, false},
		{"our host without a scheme", ServerRules{}, []string{"b.example"}, false, nil, false},
		{"our origin with a path", ServerRules{}, []string{"http://b.example/"}, false, nil, false},
		{"null", ServerRules{}, []string{"null"}, false, nil, false},
		{"an empty Origin", ServerRules{}, []string{""}, false, nil, false},
		{"two Origins, the first ours", ServerRules{}, []string{"http://b.example", another}, false, nil, false},
		{"two Origins, both listed", anyone, []string{another, another}, false, nil, false},
		{"a listed origin", listed, []string{another}, false, nil, true},
		{"our own besides the listed", listed, []string{"http://b.example"}, false, nil, true},
		{"an origin that is not listed", listed, []string{"https://c.example"}, false, nil, false},
		{"null is not listed by another entry", listed, []string{"null"}, false, nil, false},
		{"null listed", nobody, []string{"null"}, false, nil, true},
		{"only null listed", nobody, []string{another}, false, nil, false},
		{"a host called null is not null", nobody, []string{"http://null"}, false, nil, false},
		{"everybody listed", anyone, []string{another}, false, nil, true},
		{"everybody includes null", anyone, []string{"null"}, false, nil, true},
		{"everybody includes what is no origin", anyone, []string{"file://"}, false, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := Header{"Origin": test.origins}
			for name, values := range test.extra {
				h[name] = values
			}
			refusal := test.rules.checkOrigin(&Request{Host: "b.example", TLS: test.tls, Header: h})
			if got := refusal == nil; got != test.allowed {
				t.Errorf("got %v, want allowed=%v", refusal, test.allowed)
			}
			if refusal != nil && (refusal.Status != 403 || refusal.Section == "") {
				t.Errorf("got %+v, want status 403 and a section", refusal)
			}
		})
	}
}

func TestOriginRefusalNamesTheWayOut(t *testing.T) {
	tests := []struct {
		name, origin, want string
	}{
		{
			"another host", "https://a.example",
			`origin "https://a.example" is not this server's "http://b.example"; to allow it, add it to AcceptOptions.Origins`,
		},
		{
			"another scheme", "https://b.example",
			`origin "https://b.example" is not this server's "http://b.example"; to allow it, add it to AcceptOptions.Origins or, behind a proxy that ends TLS, set AcceptOptions.TrustForwardedScheme`,
		},
		{"no origin", "null", `origin "null" is not this server's "http://b.example"; to allow it, add it to AcceptOptions.Origins`},
		{"garbage", "<b>\x1b[0m", `the header field Origin is "<b>\x1b[0m", which is not an origin`},
		{"very much garbage", strings.Repeat("x", 5000), `the header field Origin is "` + strings.Repeat("x", 100) + `"..., which is not an origin`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := &Request{Host: "b.example", Header: Header{"Origin": {test.origin}}}
			refusal := (&ServerRules{}).checkOrigin(req)
			if refusal == nil || refusal.Message != test.want {
				t.Errorf("got  %v\nwant %s", refusal, test.want)
			}
		})
	}
	t.Run("the proxy is trusted already", func(t *testing.T) {
		req := &Request{Host: "b.example", Header: Header{"Origin": {"https://b.example"}}}
		refusal := (&ServerRules{TrustForwardedScheme: true}).checkOrigin(req)
		if refusal == nil || strings.Contains(refusal.Message, "TrustForwardedScheme") {
			t.Errorf("got %v, want no advice that was taken", refusal)
		}
	})
}

func FuzzOrigin(f *testing.F) {
	f.Add("https://example.com", "example.com:443", "https://*.example.com", true)
	f.Fuzz(func(t *testing.T, value, host, entry string, tls bool) {
		req := &Request{Host: host, TLS: tls, Header: Header{"Origin": {value}}}
		from, wellFormed := parseOrigin(value)
		if wellFormed {
			if again, ok := parseOrigin(from.String()); !ok || again != from {
				t.Fatalf("%q: got back %+v, want %+v", from.String(), again, from)
			}
		}
		if refusal := (&ServerRules{}).checkOrigin(req); refusal != nil {
			if len(refusal.Message) > 4000 || indexControl(refusal.Message) >= 0 {
				t.Fatalf("a message that may not be shown: %q", refusal.Message)
			}
		} else if name, _, ok := parseAuthority(host); ok && (from.host != name || !wellFormed) {
			t.Fatalf("host %q let in a page of %q", host, value)
		}

		rules := ServerRules{Origins: []string{entry}}
		p, ok := parsePattern(entry)
		if ok != (rules.Validate() == nil) {
			t.Fatal("Validate and parsePattern differ")
		}
		if !rules.listed(value, from, wellFormed) || entry == "*" || entry == "null" {
			return
		}
		if !wellFormed || !strings.HasSuffix(from.host, p.host) || !p.anySubdomain && from.host != p.host {
			t.Fatalf("entry %q let in %q", entry, value)
		}
	})
}
