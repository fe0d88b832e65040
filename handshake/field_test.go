package handshake

import (
	"errors"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// An http.Header needs no conversion.
var _ Header = http.Header{}

func TestCanonicalNameIsThatOfNetHTTP(t *testing.T) {
	for _, name := range []string{
		"Host", "host", "HOST", "sec-websocket-key", "SEC-WEBSOCKET-KEY", "Sec-WebSocket-Key",
		"x", "-", "--a--B", "x-1a-A1", "a_b-C_D", "!#$%&'*+-.^_`|~", "etag", "WWW-authenticate",
	} {
		if got, want := canonicalName(name), textproto.CanonicalMIMEHeaderKey(name); got != want {
			t.Errorf("canonicalName(%q): got %q, want %q", name, got, want)
		}
	}
}

func TestDisplayNameIsThatOfTheStandards(t *testing.T) {
	for canonical, want := range map[string]string{
		fieldKey: "Sec-WebSocket-Key", fieldHost: "Host", "": "",
	} {
		if got := displayName(canonical); got != want {
			t.Errorf("displayName(%q): got %q, want %q", canonical, got, want)
		}
	}
}

func TestTokenBytesAreThoseOfRFC9110Section5_6_2(t *testing.T) {
	const separators = `"(),/:;<=>?@[\]{}`
	for i := range 256 {
		c := byte(i)
		want := c > ' ' && c < 0x7f && strings.IndexByte(separators, c) < 0
		if got := isToken(string([]byte{c})); got != want {
			t.Errorf("isToken(%q): got %v, want %v", c, got, want)
		}
	}
	for s, want := range map[string]bool{"": false, "chat": true, "a b": false, "chat ": false, "ch\u00e4t": false} {
		if got := isToken(s); got != want {
			t.Errorf("isToken(%q): got %v, want %v", s, got, want)
		}
	}
}

func TestIndexControl(t *testing.T) {
	for s, want := range map[string]int{
		"": -1, "a\tb": -1, "caf\u00e9": -1, "\xff": -1,
		"\r": 0, "a\n": 1, "a\x00b": 1, "ab\x7f": 2, "abc\x1b[0m": 3,
	} {
		if got := indexControl(s); got != want {
			t.Errorf("indexControl(%q): got %d, want %d", s, got, want)
		}
	}
}

func TestListHas(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  bool
	}{
		{"alone", []string{"Upgrade"}, true},
		{"in another case", []string{"uPGRADE"}, true},
		{"in a list, with whitespace", []string{"keep-alive ,\tUpgrade "}, true},
		{"in the second line", []string{"keep-alive", "upgrade"}, true},
		{"behind empty elements", []string{",, ,upgrade,"}, true},
		{"as a part of another word", []string{"upgrades", "xupgrade", "up grade"}, false},
		{"with a letter that only Unicode folds to one of its own", []string{"upgra\u217ee"}, false},
		{"not at all", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := listHas(test.lines, "upgrade"); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestEqualFoldKnowsASCIIOnly(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"WebSocket", "websocket", true},
		{"", "", true},
		{"websocket", "websockets", false},
		{"webso\u212aet", "websocket", false}, // the Kelvin sign
		{"web\u017focket", "websocket", false},
		{"[", "{", false}, // apart by the bit that makes letters small
	}
	for _, test := range tests {
		if got := equalFold(test.a, test.b); got != test.want {
			t.Errorf("equalFold(%q, %q): got %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

func TestQuoteEscapesAndBounds(t *testing.T) {
	if got, want := quote("a\x1b[0m\n\u202e"), `"a\x1b[0m\n\u202e"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := quote(strings.Repeat("x", 1000)), `"`+strings.Repeat("x", 100)+`"...`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendExtra(t *testing.T) {
	extra := Header{"X-B": {"1", "2"}, "Cookie": {"a=b"}, "x-a": {"caf\u00e9\t"}}
	got, err := appendExtra([]byte("|"), extra)
	if want := "|Cookie: a=b\r\nX-B: 1\r\nX-B: 2\r\nx-a: caf\u00e9\t\r\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// badExtra are header fields that neither side may add.
var badExtra = []struct {
	name  string
	extra Header
	field string // the one that the error names
}{
	{"a name with a colon", Header{"A:b": {"c"}}, `"A:b"`},
	{"a name with a line end", Header{"A\r\nB": {"c"}}, `"A\r\nB"`},
	{"an empty name", Header{"": {"c"}}, `""`},
	{"a value with CR", Header{"A": {"b", "c\rd"}}, "A"},
	{"a value with LF", Header{"A": {"b\nX: y"}}, "A"},
	{"a value with NUL", Header{"A": {"\x00"}}, "A"},
	{"the handshake's Host", Header{"Host": {"b"}}, "Host"},
	{"the handshake's Upgrade", Header{"upgrade": {"b"}}, "Upgrade"},
	{"the handshake's Connection", Header{"CONNECTION": {"b"}}, "Connection"},
	{"the handshake's Sec-WebSocket-Key", Header{"Sec-Websocket-Key": {"b"}}, "Sec-WebSocket-Key"},
	{"the handshake's Sec-WebSocket-Version", Header{"sec-websocket-version": {"b"}}, "Sec-WebSocket-Version"},
	{"the handshake's Sec-WebSocket-Accept", Header{"Sec-WebSocket-Accept": {"b"}}, "Sec-WebSocket-Accept"},
	{"the handshake's Sec-WebSocket-Protocol", Header{"Sec-WebSocket-Protocol": {"b"}}, "Sec-WebSocket-Protocol"},
	{"the handshake's Sec-WebSocket-Extensions", Header{"Sec-WebSocket-Extensions": {}}, "Sec-WebSocket-Extensions"},
	{"a body's Content-Length", Header{"content-length": {"5"}}, "Content-Length"},
	{"a body's Transfer-Encoding", Header{"Transfer-Encoding": {"chunked"}}, "Transfer-Encoding"},
}

func TestAppendExtraRefuses(t *testing.T) {
	for _, test := range badExtra {
		t.Run(test.name, func(t *testing.T) {
			got, err := appendExtra([]byte("|"), test.extra)
			misuse, ok := errors.AsType[*MisuseError](err)
			if !ok || misuse.Field != test.field {
				t.Errorf("got error %v, want a MisuseError about %s", err, test.field)
			}
			if string(got) != "|" {
				t.Errorf("got %q written, want nothing", got[1:])
			}
		})
	}
}
