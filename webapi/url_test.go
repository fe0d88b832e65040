package webapi

import (
	"errors"
	neturl "net/url"
	"strings"
	"testing"
)

// Each row is an address as a program gives it and what WebSocket.url is then;
// empty is a SyntaxError. Rows with a base are in TestURLsWithBase.
var urlTable = []struct{ what, raw, want string }{
	{"a path of / is added (URL, path state)", "ws://a", "ws://a/"},
	{"schemes have no case (URL, scheme state)", "WS://a/", "ws://a/"},
	{"wss", "wss://a/b?c", "wss://a/b?c"},
	{"http means ws (WebSockets 3.1)", "http://a/b", "ws://a/b"},
	{"https means wss (WebSockets 3.1)", "https://a/b", "wss://a/b"},
	{"HTTPS in capitals", "HTTPS://a/b", "wss://a/b"},
	{"ftp is no WebSocket", "ftp://a/", ""},
	{"file is no WebSocket", "file:///a", ""},
	{"mailto is no WebSocket", "mailto:a@b", ""},
	{"data is no WebSocket", "data:text/plain,a", ""},
	{"about is no WebSocket", "about:blank", ""},
	{"a scheme of its own is no WebSocket", "wsx://a/", ""},
	{"wws is no WebSocket", "wws://a/", ""},
	{"javascript is no WebSocket", "javascript:1", ""},
	{"blob is no WebSocket", "blob:ws://a/", ""},
	{"empty, without a base", "", ""},
	{"relative, without a base", "/a", ""},
	{"scheme-relative, without a base", "//a/b", ""},
	{"a query alone, without a base", "?a", ""},
	{"words, without a base", "hello world", ""},
	{"a host alone, without a base", "example.com", ""},
	{"a port behind a host is a scheme", "example.com:80/", ""},
	{"a scheme begins with a letter", "1ws://a/", ""},
	{"a fragment (WebSockets 3.1)", "ws://a/#b", ""},
	{"an empty fragment", "ws://a/#", ""},
	{"a fragment without a path", "ws://a#b", ""},
	{"a fragment behind a query", "ws://a/?b#c", ""},
	{"an escaped # is no fragment", "ws://a/%23b", "ws://a/%23b"},
	{"a fragment with http", "http://a/#b", ""},

	{"spaces around", "  ws://a/  ", "ws://a/"},
	{"control characters around", "\x00\x1fws://a/\x01", "ws://a/"},
	{"tabs and newlines inside", "w\ts:/\n/a\r/b", "ws://a/b"},
	{"a newline in the host", "ws://a\nb/", "ws://ab/"},
	{"a space inside the path", "ws://a/b c", "ws://a/b%20c"},
	{"a space inside the query", "ws://a/?b c", "ws://a/?b%20c"},

	{"no slashes", "ws:a/b", "ws://a/b"},
	{"one slash", "ws:/a/b", "ws://a/b"},
	{"three slashes", "ws:///a/b", "ws://a/b"},
	{"many slashes", "ws://////a/b", "ws://a/b"},
	{"backslashes", `ws:\\a\b`, "ws://a/b"},
	{"slashes of both kinds", `ws:/\a/b\c`, "ws://a/b/c"},
	{"no host", "ws://", ""},
	{"no host, with slashes", "ws:///", ""},
	{"no host, with a query", "ws://?a", ""},
	{"no host, with a port", "ws://:80/", ""},
	{"no host, with a user", "ws://u@/", ""},
	{"no host, with a user and a path", "ws://u:p@/a", ""},

	{"the default port of ws", "ws://a:80/", "ws://a/"},
	{"the default port of wss", "wss://a:443/", "wss://a/"},
	{"the default port of http", "http://a:80/", "ws://a/"},
	{"the default port of https", "https://a:443/", "wss://a/"},
	{"the other's default port", "ws://a:443/", "ws://a:443/"},
	{"the other's default port, secure", "wss://a:80/", "wss://a:80/"},
	{"an empty port", "ws://a:/", "ws://a/"},
	{"zeros before a port", "ws://a:000080/", "ws://a/"},
	{"port 0", "ws://a:0/", "ws://a:0/"},
	{"port 65535", "ws://a:65535/", "ws://a:65535/"},
	{"port 65536", "ws://a:65536/", ""},
	{"a port of six digits", "ws://a:100000/", ""},
	{"a port with a letter", "ws://a:8o/", ""},
	{"a negative port", "ws://a:-1/", ""},
	{"two ports", "ws://a:1:2/", ""},
	{"a space in the port", "ws://a:8 0/", ""},
	{"a port in other digits", "ws://a:\uff18\uff10/", ""},
	{"a blocked port still is an address (Fetch 2.9)", "ws://a:25/", "ws://a:25/"},

	{"capitals in the host", "ws://EXAMPLE.com/", "ws://example.com/"},
	{"an escaped host", "ws://%65xample.com/", "ws://example.com/"},
	{"a broken escape in the host", "ws://a%zz/", ""},
	{"a percent sign in the host", "ws://%/", ""},
	{"an escaped NUL in the host", "ws://a%00b/", ""},
	{"an escaped space in the host", "ws://a%20b/", ""},
	{"an escaped slash in the host", "ws://a%2fb/", ""},
	{"an escaped @ in the host", "ws://a%40b/", ""},
	{"an escaped colon in the host", "ws://a%3a80/", ""},
	{"bytes that are not UTF-8, escaped in the host", "ws://%ff/", ""},
	{"a space in the host", "ws://a b/", ""},
	{"< in the host", "ws://a<b/", ""},
	{"> in the host", "ws://a>b/", ""},
	{"^ in the host", "ws://a^b/", ""},
	{"| in the host", "ws://a|b/", ""},
	{"[ in the host", "ws://a[b/", ""},
	{"] in the host", "ws://a]b/", ""},
	{"DEL in the host", "ws://a\x7fb/", ""},
	{"an underscore in the host", "ws://a_b/", "ws://a_b/"},
	{"hyphens around a label", "ws://-a-/", "ws://-a-/"},
	{"hyphens in the third and fourth place", "ws://ab--c/", "ws://ab--c/"},
	{"! $ & ' ( ) * + , ; = in the host", "ws://a!$&'()*+,;=/", "ws://a!$&'()*+,;=/"},
	{"a dot at the end", "ws://a./", "ws://a./"},
	{"two dots", "ws://a..b/", "ws://a..b/"},
	{"a label of 64 letters", "ws://" + strings.Repeat("a", 64) + "/", "ws://" + strings.Repeat("a", 64) + "/"},

	{"IDNA: a heart", "ws://I\u2764.ws/", "ws://xn--i-7iq.ws/"},
	{"IDNA: an umlaut", "ws://B\u00fccher.example/", "ws://xn--bcher-kva.example/"},
	{"IDNA: an umlaut in two characters", "ws://Bu\u0308cher.example/", "ws://xn--bcher-kva.example/"},
	{"IDNA: sharp s stays", "ws://fa\u00df.example/", "ws://xn--fa-hia.example/"},
	{"IDNA: final sigma stays", "ws://\u03b2\u03cc\u03bb\u03bf\u03c2.com/", "ws://xn--nxasmm1c.com/"},
	{"IDNA: full width letters", "ws://\uff27\uff4f.com/", "ws://go.com/"},
	{"IDNA: full width dot", "ws://a\u3002b/", "ws://a.b/"},
	{"IDNA: Chinese", "ws://\u4f60\u597d\u4f60\u597d/", "ws://xn--6qqa088eba/"},
	{"IDNA: escaped UTF-8", "ws://%E4%BD%A0%E5%A5%BD%E4%BD%A0%E5%A5%BD/", "ws://xn--6qqa088eba/"},
	{"IDNA: Punycode stays", "ws://xn--bcher-kva.example/", "ws://xn--bcher-kva.example/"},
	{"IDNA: broken Punycode", "ws://xn--a/", ""},
	{"IDNA: empty Punycode", "ws://xn--/", ""},
	{"IDNA: a soft hyphen is dropped", "ws://a\u00adb/", "ws://ab/"},
	{"IDNA: nothing but a soft hyphen", "ws://\u00ad/", ""},
	{"IDNA: a joiner out of place", "ws://a\u200db/", ""},
	{"IDNA: U+FFFD", "ws://\ufffd/", ""},
	{"IDNA: a byte that is not UTF-8", "ws://a\xff/", ""},
	{"IDNA: full width slash", "ws://a\uff0fb/", ""},
	{"IDNA: full width percent", "ws://\uff0541.com/", ""},

	{"IDNA: Punycode of ASCII", "ws://xn--a-/", ""},
	{"IDNA: Punycode of ASCII in a label", "ws://b.xn--abc-.c/", ""},
	{"IDNA: Punycode of ASCII behind full width letters", "ws://\uff41.xn--a-/", ""},
	{"IDNA: Punycode of what ASCII has a mapping for", "ws://xn--zn7c.com/", ""},
	{"IDNA: Punycode of a character that is mapped", "ws://xn--a-ecp.ru/", ""},
	{"IDNA: Punycode that is cut off", "ws://xn--0/", ""},
	{"IDNA: Punycode with a digit that is none", "ws://xn--ls8h=/", ""},
	{"IDNA: Punycode in capitals", "ws://XN--LS8H.la/", "ws://xn--ls8h.la/"},
	{"IDNA: Punycode with a letter beyond ASCII", "ws://xn--i\u00f1valid.com/", ""},
	{"IDNA: Punycode with a letter beyond ASCII before a hyphen", "ws://xn--1ch\u00e9xn--/", ""},
	{"IDNA: empty Punycode behind a full width dot", "ws://a\uff0exn--/", ""},
	{"IDNA: Punycode of sharp s", "ws://xn--zca.example/", "ws://xn--zca.example/"},
	{"IDNA: xn-- inside a label", "ws://axn--.example/", "ws://axn--.example/"},
	{"IDNA: an accent without a letter", "ws://\u0301a/", ""},
	{"IDNA: right to left with a Latin letter", "ws://\u05d0a/", ""},
	{"IDNA: an emoji", "ws://\U0001f4a9.la/", "ws://xn--ls8h.la/"},
	{"IDNA: full width dot beside a snowman", "ws://\u2603\uff0ea/", "ws://xn--n3h.a/"},
	{"IDNA: characters that DNS has not, beside an umlaut", "ws://\u00fc!~*'=_/", "ws://xn--!~*'=_-2ya/"},
	{"IDNA: Punycode of characters that DNS has not", "ws://xn--&80=-xna/", "ws://xn--&80=-xna/"},
	{"IDNA: full width letters beside an underscore", "ws://a_\uff41/", "ws://a_a/"},
	{"a hyphen alone", "ws://-/", "ws://-/"},
	{"a hyphen before a hexadecimal digit", "ws://-a/", "ws://-a/"},

	{"IPv4", "ws://127.0.0.1/", "ws://127.0.0.1/"},
	{"IPv4, hexadecimal", "ws://0x7f.0x0.0x0.0x1/", "ws://127.0.0.1/"},
	{"IPv4, octal", "ws://0177.0.0.01/", "ws://127.0.0.1/"},
	{"IPv4, one number", "ws://2130706433/", "ws://127.0.0.1/"},
	{"IPv4, two numbers", "ws://127.1/", "ws://127.0.0.1/"},
	{"IPv4, three numbers", "ws://127.0.1/", "ws://127.0.0.1/"},
	{"IPv4, a dot at the end", "ws://127.0.0.1./", "ws://127.0.0.1/"},
	{"IPv4, 0x alone is 0", "ws://0x/", "ws://0.0.0.0/"},
	{"IPv4, the largest", "ws://4294967295/", "ws://255.255.255.255/"},
	{"IPv4, too large", "ws://4294967296/", ""},
	{"IPv4, far too large", "ws://99999999999999999999/", ""},
	{"IPv4, 256", "ws://1.2.3.256/", ""},
	{"IPv4, 256 in front", "ws://256.1.1.1/", ""},
	{"IPv4, five numbers", "ws://1.2.3.4.5/", ""},
	{"IPv4, an empty part", "ws://1..2.3/", ""},
	{"IPv4, octal with a 9", "ws://09/", ""},
	{"IPv4, a name before a number", "ws://a.1/", ""},
	{"IPv4, a number before a name", "ws://1.a/", "ws://1.a/"},
	{"IPv4, full width digits", "ws://\uff11\uff12\uff17.0.0.1/", "ws://127.0.0.1/"},
	{"IPv4, a signed number alone is a domain", "ws://-1/", "ws://-1/"},
	{"IPv4, a signed hexadecimal number is a domain", "ws://0x+1f/", "ws://0x+1f/"},
	{"IPv4, a signed number before a dot at the end is a domain", "ws://+1./", "ws://+1./"},
	{"IPv4, a signed number before a number", "ws://1.-2.3/", ""},
	{"IPv4, a full width sign", "ws://\uff0d1/", "ws://-1/"},
	{"IPv4, an escaped digit", "ws://%31.2/", "ws://1.0.0.2/"},
	{"IPv4, two dots at the end", "ws://1../", "ws://1../"},
	{"IPv4, hexadecimal with a letter too far", "ws://0x1g/", "ws://0x1g/"},
	{"IPv4, the last part fills up", "ws://1.65536/", "ws://1.1.0.0/"},
	{"IPv4, the last part is too large", "ws://1.2.65536/", ""},
	{"IPv4, a negative number, which is none: a domain", "ws://1.2.-3/", "ws://1.2.-3/"},

	{"IPv6", "ws://[::1]/", "ws://[::1]/"},
	{"IPv6 with a port", "ws://[::1]:8080/", "ws://[::1]:8080/"},
	{"IPv6 with the default port", "ws://[::1]:80/", "ws://[::1]/"},
	{"IPv6 is compressed", "ws://[2001:DB8:0:0:0:0:0:1]/", "ws://[2001:db8::1]/"},
	{"IPv6, the longest run of zeros", "ws://[1:0:0:2:0:0:0:3]/", "ws://[1:0:0:2::3]/"},
	{"IPv6, one zero is not compressed", "ws://[1:2:3:0:5:6:7:8]/", "ws://[1:2:3:0:5:6:7:8]/"},
	{"IPv6 with an IPv4 end", "ws://[::ffff:127.0.0.1]/", "ws://[::ffff:7f00:1]/"},
	{"IPv6 with a zone", "ws://[fe80::1%25eth0]/", ""},
	{"IPv6 without an end", "ws://[::1/", ""},
	{"IPv6 without a beginning", "ws://::1]/", ""},
	{"IPv6, nothing", "ws://[]/", ""},
	{"IPv6, two compressions", "ws://[1::2::3]/", ""},
	{"IPv6, nine pieces", "ws://[1:2:3:4:5:6:7:8:9]/", ""},
	{"IPv6, seven pieces", "ws://[1:2:3:4:5:6:7]/", ""},
	{"IPv6, five digits", "ws://[12345::]/", ""},
	{"IPv6, a letter", "ws://[::g]/", ""},
	{"IPv6, too large an IPv4 end", "ws://[::1.2.3.256]/", ""},
	{"IPv6 in brackets twice", "ws://[[::1]]/", ""},
	{"IPv6, one bracket too many", "ws://[::1]]/", ""},

	{"a user and a password", "ws://u:p@a/", "ws://u:p@a/"},
	{"a user", "ws://u@a/", "ws://u@a/"},
	{"a password alone", "ws://:p@a/", "ws://:p@a/"},
	{"an empty user and password", "ws://:@a/", "ws://a/"},
	{"@ in a password", "ws://u:p@q@a/", "ws://u:p%40q@a/"},
	{"a space in a user", "ws://u v@a/", "ws://u%20v@a/"},

	{"dots in the path", "ws://a/b/../c/./d", "ws://a/c/d"},
	{"dots above the root", "ws://a/../../b", "ws://a/b"},
	{"escaped dots", "ws://a/b/%2e%2E/c", "ws://a/c"},
	{"dots at the end", "ws://a/b/..", "ws://a/"},
	{"empty segments", "ws://a//b///c", "ws://a//b///c"},
	{"backslashes in the path", `ws://a/b\..\c`, "ws://a/c"},
	{"escapes stay as they are", "ws://a/%41%e4%zz%", "ws://a/%41%e4%zz%"},
	{"letters beyond ASCII in the path", "ws://a/\u00fc", "ws://a/%C3%BC"},
	{"letters beyond ASCII in the query", "ws://a/?\u00fc", "ws://a/?%C3%BC"},
	{"a byte that is not UTF-8 in the path", "ws://a/\xff", "ws://a/%EF%BF%BD"},
	{"the path percent-encode set", "ws://a/\"<>`{}^|'[]", "ws://a/%22%3C%3E%60%7B%7D%5E|'[]"},
	{"the special-query percent-encode set", "ws://a/?\"<>'`{}^|[]", "ws://a/?%22%3C%3E%27`{}^|[]"},
	{"an empty query stays", "ws://a/?", "ws://a/?"},
	{"? in the query", "ws://a/?b?c", "ws://a/?b?c"},
	{"a query without a path", "ws://a?b", "ws://a/?b"},
	{"a semicolon and a comma", "ws://a/b;c,d", "ws://a/b;c,d"},
}

func TestURLs(t *testing.T) {
	for _, row := range urlTable {
		t.Run(row.what, func(t *testing.T) { checkURL(t, row.raw, "", row.want) })
	}
}

func TestURLsWithBase(t *testing.T) {
	const page = "https://example.com:8443/app/page.html?x=1#top"
	for _, row := range []struct{ what, raw, base, want string }{
		{"the path is resolved", "chat", page, "wss://example.com:8443/app/chat"},
		{"an absolute path", "/chat", page, "wss://example.com:8443/chat"},
		{"a path above", "../chat?y", page, "wss://example.com:8443/chat?y"},
		{"a query", "?y", page, "wss://example.com:8443/app/page.html?y"},
		{"scheme-relative", "//other/chat", page, "wss://other/chat"},
		{"absolute", "wss://other/chat", page, "wss://other/chat"},
		{"absolute, without TLS, to this machine", "ws://127.1.2.3/chat", page, "ws://127.1.2.3/chat"},
		{"the same by name", "ws://a.localhost/", page, "ws://a.localhost/"},
		{"the same in IPv6", "http://[::1]:81/", page, "ws://[::1]:81/"},
		{"absolute, from a page without TLS", "ws://other/chat", "http://example.com/", "ws://other/chat"},
		{"empty: the base without its fragment", "", page, "wss://example.com:8443/app/page.html?x=1"},
		{"a fragment", "#a", page, ""},
		{"an empty fragment", "#", page, ""},
		{"the base's own scheme without slashes", "https:chat", page, "wss://example.com:8443/app/chat"},
		{"another scheme without slashes", "ws:localhost", page, "ws://localhost/"},
		{"an http base", "/chat", "http://example.com/", "ws://example.com/chat"},
		{"a ws base", "/chat", "ws://example.com/", "ws://example.com/chat"},
		{"a file base", "/chat", "file:///home/page.html", ""},
		{"an about base, relative", "/chat", "about:blank", ""},
		{"an about base, absolute", "ws://a/chat", "about:blank", "ws://a/chat"},
		{"a data base, relative", "chat", "data:text/html,a", ""},
		{"backslashes", `\\other\chat`, page, "wss://other/chat"},
		{"a backquote and braces in the host, which no network has", "//a`{}/", page, "wss://a`{}/"},
	} {
		t.Run(row.what, func(t *testing.T) { checkURL(t, row.raw, row.base, row.want) })
	}
}

// Mixed content: a page that came over TLS.
func TestURLsThatNeedTLS(t *testing.T) {
	for _, raw := range []string{"ws://other/", "http://other/", "ws:chat", "ws://example.com:8443/", "ws://10.0.0.1/", "ws://localhost.example/"} {
		_, err := parseURL(raw, "https://example.com:8443/")
		if e, ok := err.(*DOMException); !ok || e.Name != SecurityError || e.Code() != 18 {
			t.Errorf("%q: %v", raw, err)
		}
		if _, err := parseURL(raw, ""); err != nil {
			t.Errorf("%q without a base: %v", raw, err)
		}
	}
}

func checkURL(t *testing.T, raw, base, want string) {
	u, err := parseURL(raw, base)
	if want != "" {
		if err != nil {
			t.Fatalf("%q: %v, want %q", raw, err, want)
		}
		if got := u.Href(false); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
		return
	}
	var exception *DOMException
	if !errors.As(err, &exception) || exception.Name != SyntaxError {
		t.Errorf("%q: %v, %v, want a SyntaxError", raw, u, err)
	}
}

// Whatever is an address here is one below, with the same host, and its path and
// query are the request target as they stand.
func TestEveryURLIsDialable(t *testing.T) {
	for _, row := range urlTable {
		if row.want == "" {
			continue
		}
		u, err := parseURL(row.raw, "")
		if err != nil {
			t.Fatal(err)
		}
		address, target := dialable(u)
		below, err := neturl.Parse(address)
		if err != nil || below.Hostname() != strings.Trim(u.Hostname(), "[]") || below.Port() != u.Port() || below.Path != "/" {
			t.Errorf("%q: %v, %v", row.raw, below, err)
		}
		if !strings.HasSuffix(row.want, target) || !strings.HasPrefix(target, u.Pathname()) {
			t.Errorf("%q: target %q", row.raw, target)
		}
	}
	for raw, want := range map[string][2]string{
		"ws://a/%zz%41%?%zz":   {"ws://a/", "/%zz%41%?%zz"},
		"ws://u%:p@a/?b?%":     {"ws://u%25:p@a/", "/?b?%"},
		"ws://a":               {"ws://a/", "/"},
		"ws://a?":              {"ws://a/", "/?"},
		"ws://a/b|c%2fd//e":    {"ws://a/", "/b|c%2fd//e"},
		"ws://a/\u00fc?\u00fc": {"ws://a/", "/%C3%BC?%C3%BC"},
	} {
		u, err := parseURL(raw, "")
		if err != nil {
			t.Fatal(err)
		}
		if address, target := dialable(u); address != want[0] || target != want[1] {
			t.Errorf("%q: %q, %q, want %q", raw, address, target, want)
		}
	}
}

// A URL that was parsed stays as it is when it is parsed again, and is always one
// of a WebSocket.
func FuzzURL(f *testing.F) {
	for _, row := range urlTable {
		f.Add(row.raw, "")
		f.Add(row.raw, "https://example.com/a/b?c")
	}
	f.Fuzz(func(t *testing.T, raw, base string) {
		u, err := parseURL(raw, base)
		if err != nil {
			return
		}
		href := u.Href(false)
		if !strings.HasPrefix(href, "ws://") && !strings.HasPrefix(href, "wss://") || strings.Contains(href, "#") {
			t.Fatalf("%q against %q: %q", raw, base, href)
		}
		again, err := parseURL(href, "")
		if err != nil || again.Href(false) != href {
			t.Fatalf("%q: again %v, %v", href, again, err)
		}
	})
}

func TestOrigin(t *testing.T) {
	for raw, want := range map[string]string{
		"https://example.com:443/a?b": "https://example.com",
		"http://u:p@example.com:81/":  "http://example.com:81",
		"file:///a":                   "null",
		"blob:https://example.com/1":  "https://example.com",
		"blob:ws://example.com/1":     "null",
		"blob:1":                      "null",
		"about:blank":                 "null",
		"not a URL":                   "null",
	} {
		if got := origin(raw); got != want {
			t.Errorf("origin(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestBadPorts(t *testing.T) {
	for port, want := range map[string]bool{"": false, "0": true, "1": true, "22": true, "25": true, "80": false, "443": false, "6000": true, "6665": true, "8080": false, "10080": true, "10081": false} {
		if got := isBadPort(port); got != want {
			t.Errorf("isBadPort(%q) = %v, want %v", port, got, want)
		}
	}
	for i, port := range badPorts[1:] {
		if port <= badPorts[i] {
			t.Errorf("%d follows %d", port, badPorts[i])
		}
	}
}

func TestSubprotocolsAreTokensAndDiffer(t *testing.T) {
	for _, row := range []struct {
		names []string
		ok    bool
	}{
		{nil, true},
		{[]string{"chat"}, true},
		{[]string{"chat", "superchat"}, true},
		{[]string{"!#$%&'*+-.^_`|~09azAZ"}, true},
		{[]string{"chat", "chat"}, false},
		{[]string{"chat", "CHAT"}, false},
		{[]string{""}, false},
		{[]string{"a b"}, false},
		{[]string{" a"}, false},
		{[]string{"a\x00"}, false},
		{[]string{"a\x7f"}, false},
		{[]string{"\u00fc"}, false},
		{[]string{"a,b"}, false},
		{[]string{"("}, false}, {[]string{")"}, false}, {[]string{"<"}, false}, {[]string{">"}, false}, {[]string{"@"}, false},
		{[]string{";"}, false}, {[]string{":"}, false}, {[]string{`\`}, false}, {[]string{`"`}, false}, {[]string{"/"}, false},
		{[]string{"["}, false}, {[]string{"]"}, false}, {[]string{"?"}, false}, {[]string{"="}, false}, {[]string{"{"}, false}, {[]string{"}"}, false},
	} {
		if err := checkSubprotocols(row.names); (err == nil) != row.ok {
			t.Errorf("%q: %v", row.names, err)
		}
	}
}
