package handshake

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAppendRequest(t *testing.T) {
	rules := ClientRules{
		Key: sampleKey, Subprotocols: []string{"chat", "superchat"},
		Extensions: []Extension{{"foo", []Param{{"x", "1", true}}}, {Name: "bar"}},
	}
	got, err := rules.AppendRequest([]byte("|"), "/chat?room=1", "server.example.com:8080", Header{"Origin": {"http://example.com"}, "Cookie": {"a=b"}})
	want := "|GET /chat?room=1 HTTP/1.1\r\nHost: server.example.com:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + sampleKey + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, superchat\r\n" +
		"Sec-WebSocket-Extensions: foo; x=1, bar\r\nCookie: a=b\r\nOrigin: http://example.com\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	got, err = (&ClientRules{Key: sampleKey}).AppendRequest(nil, "/", "[::1]", nil)
	want = "GET / HTTP/1.1\r\nHost: [::1]\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + sampleKey + "\r\nSec-WebSocket-Version: 13\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestAppendRequestRefuses(t *testing.T) {
	type row struct {
		name, target, host string
		rules              ClientRules
		extra              Header
		field              string
	}
	good := ClientRules{Key: sampleKey}
	tests := []row{
		{"no target", "", "a", good, nil, "request target"},
		{"a target that is no path, RFC 9112, section 3.2.1", "http://a/", "a", good, nil, "request target"},
		{"a space in the target", "/a b", "a", good, nil, "request target"},
		{"a line end in the target", "/a\r\nX: y", "a", good, nil, "request target"},
		{"NUL in the target", "/\x00", "a", good, nil, "request target"},
		{"a fragment, RFC 6455, section 3", "/a#b", "a", good, nil, "request target"},
		{"no host", "/", "", good, nil, "Host"},
		{"a line end in the host", "/", "a\r\nX: y", good, nil, "Host"},
		{"a user before the host", "/", "user:password@a", good, nil, "Host"},
		{"no key", "/", "a", ClientRules{}, nil, "Sec-WebSocket-Key"},
		{"a key with a line end", "/", "a", ClientRules{Key: sampleKey + "\r\n"}, nil, "Sec-WebSocket-Key"},
		{"a subprotocol that is not a token", "/", "a", ClientRules{Key: sampleKey, Subprotocols: []string{"a\r\nX: y"}}, nil, "Sec-WebSocket-Protocol"},
		{"a subprotocol twice", "/", "a", ClientRules{Key: sampleKey, Subprotocols: []string{"a", "A"}}, nil, "Sec-WebSocket-Protocol"},
		{"an offer that is not a token", "/", "a", ClientRules{Key: sampleKey, Extensions: []Extension{{Name: "a\n"}}}, nil, "Sec-WebSocket-Extensions"},
	}
	for _, bad := range badExtra {
		tests = append(tests, row{"extra: " + bad.name, "/", "a", good, bad.extra, bad.field})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.rules.AppendRequest([]byte("|"), test.target, test.host, test.extra)
			misuse, ok := errors.AsType[*MisuseError](err)
			if !ok || misuse.Field != test.field || string(got) != "|" {
				t.Errorf("got %q, %v; want nothing and a MisuseError about %s", got, err, test.field)
			}
		})
	}
}

// answer is the text of a 101 for sampleKey. Lines holds header lines; one that
// begins with the name of a line of the plain answer takes its place, and a name
// alone takes it out.
func answer(start string, lines ...string) string {
	plain := []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: " + sampleAccept}
	text := start + "\r\n"
	for _, line := range plain {
		name, _, _ := strings.Cut(line, ":")
		replaced := false
		for _, other := range lines {
			replaced = replaced || strings.HasPrefix(other, name)
		}
		if !replaced {
			text += line + "\r\n"
		}
	}
	for _, line := range lines {
		if strings.Contains(line, ":") {
			text += line + "\r\n"
		}
	}
	return text + "\r\n"
}

const switching = "HTTP/1.1 101 Switching Protocols"

func TestClientAccepts(t *testing.T) {
	chat := []string{"chat", "superchat"}
	deflate := []Extension{{Name: "permessage-deflate"}, {Name: "foo"}}
	tests := []struct {
		name, text string
		protocols  []string
		offers     []Extension
		want       Agreed
	}{
		{"the least that section 4.1 asks for", answer(switching), nil, nil, Agreed{}},
		{"names in any case (hs-upgrade-case)", answer(switching, "Upgrade: WebSocket", "Connection: upgrade"), nil, nil, Agreed{}},
		{"Connection as a list (hs-connection-list)", answer(switching, "Connection: keep-alive, Upgrade"), nil, nil, Agreed{}},
		{"whitespace around Accept (hs-padded-accept)", answer(switching, "Sec-WebSocket-Accept: \t "+sampleAccept+"  "), nil, nil, Agreed{}},
		{"lines that end in LF (hs-lf-only)", strings.ReplaceAll(answer(switching), "\r\n", "\n"), nil, nil, Agreed{}},
		{"a Content-Length (hs-101-content-length)", answer(switching, "Content-Length: 5"), nil, nil, Agreed{}},
		{"a later HTTP/1", answer("HTTP/1.2 101 x"), nil, nil, Agreed{}},
		{"another reason", answer("HTTP/1.1 101 Web Socket Protocol Handshake"), nil, nil, Agreed{}},
		{"a requested subprotocol", answer(switching, "Sec-WebSocket-Protocol: superchat"), chat, nil, Agreed{Subprotocol: "superchat"}},
		{"no extension out of those offered", answer(switching), nil, deflate, Agreed{}},
		{
			"an offered extension", answer(switching, "Sec-WebSocket-Extensions: permessage-deflate; x=1"), nil, deflate,
			Agreed{Extensions: []Extension{{"permessage-deflate", []Param{{"x", "1", true}}}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := ClientRules{Key: sampleKey, Subprotocols: test.protocols, Extensions: test.offers}
			got, err := checkText(&rules, test.text)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestClientRefuses(t *testing.T) {
	a, ab := []string{"a"}, []string{"a", "b"}
	foo := []Extension{{Name: "foo"}}
	tests := []struct {
		name, text string
		protocols  []string
		offers     []Extension
		header     string
		says       string
	}{
		{"200 (hs-200)", answer("HTTP/1.1 200 OK"), nil, nil, "", `200 "OK"`},
		{"301 (hs-301): redirects are not followed", answer("HTTP/1.1 301 Moved Permanently", "Location: /x"), nil, nil, "", `301 "Moved Permanently"`},
		{"307 (hs-307)", answer("HTTP/1.1 307 Temporary Redirect", "Location: /x"), nil, nil, "", "307"},
		{"401 (hs-401)", answer("HTTP/1.1 401 Unauthorized"), nil, nil, "", "401"},
		{"403 (hs-403)", answer("HTTP/1.1 403 Forbidden"), nil, nil, "", "403"},
		{"407 (hs-407)", answer("HTTP/1.1 407 Proxy Authentication Required"), nil, nil, "", "407"},
		{"426 (hs-426)", answer("HTTP/1.1 426 Upgrade Required", "Sec-WebSocket-Version: 8"), nil, nil, "", "426"},
		{"429 (hs-429)", answer("HTTP/1.1 429 Too Many Requests"), nil, nil, "", "429"},
		{"503 (hs-503)", answer("HTTP/1.1 503 Service Unavailable"), nil, nil, "", "503"},
		{"102: an interim response is no answer", answer("HTTP/1.1 102 Processing"), nil, nil, "", "102"},
		{"HTTP/1.0 (hs-http10)", answer("HTTP/1.0 101 Switching Protocols"), nil, nil, "", "HTTP/1.1"},
		{"HTTP/2 in text", answer("HTTP/2.1 101 Switching Protocols"), nil, nil, "", "HTTP/1.1"},
		{"no Upgrade", answer(switching, "Upgrade"), nil, nil, "Upgrade", `is not "websocket"`},
		{"another Upgrade (hs-wrong-upgrade)", answer(switching, "Upgrade: h2c"), nil, nil, "Upgrade", `is not "websocket"`},
		{"Upgrade as a list (hs-upgrade-list)", answer(switching, "Upgrade: websocket, h2c"), nil, nil, "Upgrade", `is not "websocket"`},
		{"Upgrade twice", answer(switching, "Upgrade: websocket", "Upgrade: websocket"), nil, nil, "Upgrade", `is not "websocket"`},
		{"no Connection (hs-missing-connection)", answer(switching, "Connection"), nil, nil, "Connection", "Upgrade"},
		{"another Connection (hs-connection-keepalive)", answer(switching, "Connection: keep-alive"), nil, nil, "Connection", "Upgrade"},
		{"no Accept", answer(switching, "Sec-WebSocket-Accept"), nil, nil, "Sec-WebSocket-Accept", "missing"},
		{"a wrong Accept (hs-wrong-accept)", answer(switching, "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="), nil, nil, "Sec-WebSocket-Accept", "key"},
		{"Accept in small letters (hs-lowercase-accept)", answer(switching, "Sec-WebSocket-Accept: "+strings.ToLower(sampleAccept)), nil, nil, "Sec-WebSocket-Accept", "key"},
		{"Accept twice (hs-accept-twice)", answer(switching, "Sec-WebSocket-Accept: "+sampleAccept, "Sec-WebSocket-Accept: "+sampleAccept), nil, nil, "Sec-WebSocket-Accept", "more than once"},
		{"a subprotocol nobody asked for (hs-proto-unrequested)", answer(switching, "Sec-WebSocket-Protocol: chat"), nil, nil, "Sec-WebSocket-Protocol", `"chat", which was not requested`},
		{"an empty subprotocol nobody asked for", answer(switching, "Sec-WebSocket-Protocol: "), nil, nil, "Sec-WebSocket-Protocol", "not requested"},
		{"another subprotocol (hs-proto-wrong)", answer(switching, "Sec-WebSocket-Protocol: b"), a, nil, "Sec-WebSocket-Protocol", `"b", which was not requested`},
		{"no subprotocol, WHATWG (hs-proto-missing)", answer(switching), a, nil, "Sec-WebSocket-Protocol", "missing"},
		{"two subprotocols (hs-proto-two-headers)", answer(switching, "Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"), ab, nil, "Sec-WebSocket-Protocol", "more than once"},
		{"a list of subprotocols", answer(switching, "Sec-WebSocket-Protocol: a, b"), ab, nil, "Sec-WebSocket-Protocol", `"a, b"`},
		{"a subprotocol in another case (hs-proto-case)", answer(switching, "Sec-WebSocket-Protocol: Chat"), []string{"chat"}, nil, "Sec-WebSocket-Protocol", `"Chat"`},
		{"an empty subprotocol, WHATWG (hs-proto-empty)", answer(switching, "Sec-WebSocket-Protocol: "), a, nil, "Sec-WebSocket-Protocol", `""`},
		{"an extension that was not offered (hs-ext-unknown)", answer(switching, "Sec-WebSocket-Extensions: x-unknown"), nil, foo, "Sec-WebSocket-Extensions", `"x-unknown", which was not offered`},
		{"extensions against the grammar (hs-ext-garbage)", answer(switching, "Sec-WebSocket-Extensions: foo; =;;"), nil, foo, "Sec-WebSocket-Extensions", "at byte 5"},
		{"empty extensions, section 9.1", answer(switching, "Sec-WebSocket-Extensions: "), nil, foo, "Sec-WebSocket-Extensions", "no extension"},
		{"an extension twice (pmd-params-twice)", answer(switching, "Sec-WebSocket-Extensions: foo, foo"), nil, foo, "Sec-WebSocket-Extensions", `"foo" twice`},
		{"extensions in two lines, section 11.3.2", answer(switching, "Sec-WebSocket-Extensions: foo", "Sec-WebSocket-Extensions: foo"), nil, foo, "Sec-WebSocket-Extensions", "more than once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := ClientRules{Key: sampleKey, Subprotocols: test.protocols, Extensions: test.offers}
			got, err := checkText(&rules, test.text)
			e, ok := errors.AsType[*ResponseError](err)
			if !ok || !reflect.DeepEqual(got, Agreed{}) {
				t.Fatalf("got %+v, %v; want a ResponseError", got, err)
			}
			if e.Header != test.header || !strings.Contains(e.Message, test.says) || !strings.Contains(e.Message, test.header) || e.Section == "" {
				t.Errorf("got %+v, want header %q and a message with %s", e, test.header, test.says)
			}
		})
	}
}

func TestResponseErrorText(t *testing.T) {
	_, err := checkText(&ClientRules{Key: sampleKey}, answer("HTTP/1.1 403 no\tyou \u202e may not"))
	want := `websocket: bad opening handshake: the server answered 403 "no\tyou \u202e may not" instead of 101 (RFC 6455, section 4.1)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if e := err.(*ResponseError); e.Status != 403 {
		t.Errorf("got status %d, want 403", e.Status)
	}
}

// checkText parses a response, byte by byte as hs-slow sends it, and checks it.
func checkText(rules *ClientRules, text string) (Agreed, error) {
	for end := range len(text) + 1 {
		resp, n, err := ParseResponse([]byte(text[:end]), Limits{})
		if err != nil || n > 0 && n != len(text) {
			panic("not a whole response: " + text)
		}
		if n > 0 {
			return rules.Check(&resp)
		}
	}
	panic("an unfinished response: " + text)
}
