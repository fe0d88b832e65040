package handshake

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// goodRequest is a request that every rule allows, changed by set: header lines
// by name, nil to leave a field out.
func goodRequest(set Header) *Request {
	h := Header{
		"Upgrade":               {"websocket"},
		"Connection":            {"Upgrade"},
		"Sec-Websocket-Key":     {sampleKey},
		"Sec-Websocket-Version": {"13"},
	}
	for name, values := range set {
		if values == nil {
			delete(h, name)
		} else {
			h[name] = values
		}
	}
	return &Request{Method: "GET", ProtoMajor: 1, ProtoMinor: 1, Host: "server.example.com", Header: h}
}

func TestServerAccepts(t *testing.T) {
	rules := ServerRules{Subprotocols: []string{"superchat", "chat"}}
	tests := []struct {
		name string
		set  Header
		want Reply
	}{
		{"the least that section 4.2.1 asks for", nil, Reply{Accept: sampleAccept}},
		{"Upgrade in any case", Header{"Upgrade": {"WebSocket"}}, Reply{Accept: sampleAccept}},
		{"Upgrade in a list over two lines", Header{"Upgrade": {"h2c", "foo, websocket"}}, Reply{Accept: sampleAccept}},
		{"Connection in a list, as Firefox sends it", Header{"Connection": {"keep-alive, Upgrade"}}, Reply{Accept: sampleAccept}},
		{"Connection over two lines", Header{"Connection": {"keep-alive", "upgrade"}}, Reply{Accept: sampleAccept}},
		{"whitespace around key and version", Header{"Sec-Websocket-Key": {" " + sampleKey + "\t"}, "Sec-Websocket-Version": {" 13 "}}, Reply{Accept: sampleAccept}},
		{"a body of no bytes", Header{"Content-Length": {"0"}}, Reply{Accept: sampleAccept}},
		{"the server's own origin", Header{"Origin": {"http://server.example.com"}}, Reply{Accept: sampleAccept}},
		{"a subprotocol by the server's preference, section 4.2.2", Header{"Sec-Websocket-Protocol": {"chat, superchat"}}, Reply{Accept: sampleAccept, Subprotocol: "superchat"}},
		{"a subprotocol from the second line", Header{"Sec-Websocket-Protocol": {"x", "chat"}}, Reply{Accept: sampleAccept, Subprotocol: "chat"}},
		{"no subprotocol in common: none is chosen", Header{"Sec-Websocket-Protocol": {"Chat"}}, Reply{Accept: sampleAccept}},
		{
			"extensions are offers", Header{"Sec-Websocket-Extensions": {"a; b=1", "c"}},
			Reply{Accept: sampleAccept, Offers: []Extension{{"a", []Param{{"b", "1", true}}}, {Name: "c"}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refusal := rules.Check(goodRequest(test.set))
			if refusal != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, refusal, test.want)
			}
		})
	}
}

// refusals are single faults in a good request. Each row is also tried together
// with every other: two faults must not make a 101.
var refusals = []struct {
	name    string
	change  func(*Request)
	status  int
	section string
	says    string
}{
	{"a header over the limits", set("A", strings.Repeat("x", 9000)), 431, "", `"A"`},
	{"another method, section 4.1", func(r *Request) { r.Method = "POST" }, 405, "RFC 6455, section 4.1", `"POST"`},
	{"methods have a case", func(r *Request) { r.Method = "get" }, 405, "RFC 6455, section 4.1", `"get"`},
	{"HTTP/1.0, section 4.2.1", func(r *Request) { r.ProtoMinor = 0 }, 505, "RFC 6455, section 4.2.1", "HTTP/1.1"},
	{"HTTP/0.9", func(r *Request) { r.ProtoMajor, r.ProtoMinor = 0, 9 }, 505, "RFC 6455, section 4.2.1", "HTTP/1.1"},
	{"HTTP/2 has no 101, RFC 9113, section 8.6", func(r *Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }, 426, "RFC 9113, section 8.6", "HTTP/2"},
	{"no Host, section 4.2.1", func(r *Request) { r.Host = "" }, 400, "RFC 6455, section 4.2.1", "Host"},
	{"a Host that is none, RFC 9112, section 3.2", func(r *Request) { r.Host = "a b" }, 400, "RFC 9112, section 3.2", `"a b"`},
	{"a Host with a user", func(r *Request) { r.Host = "a@b" }, 400, "RFC 9112, section 3.2", `"a@b"`},
	{"a body", set("Content-Length", "5"), 400, "RFC 9112, section 6", `Content-Length is "5"`},
	{"a length that is none", set("Content-Length", "0", "+0"), 400, "RFC 9112, section 6", `Content-Length is "+0"`},
	{"a body in chunks", set("Transfer-Encoding", "chunked"), 400, "RFC 9112, section 6", "Transfer-Encoding"},
	{"no Upgrade, section 4.2.1", set("Upgrade"), 426, "RFC 6455, section 4.2.1", "Upgrade"},
	{"Upgrade to something else", set("Upgrade", "h2c, websocket2"), 426, "RFC 6455, section 4.2.1", "Upgrade"},
	{"Upgrade with a letter beyond ASCII", set("Upgrade", "webso\u212aet"), 426, "RFC 6455, section 4.2.1", "Upgrade"},
	{"no Connection, section 4.2.1", set("Connection"), 426, "RFC 6455, section 4.2.1", "Connection"},
	{"Connection without Upgrade", set("Connection", "keep-alive"), 426, "RFC 6455, section 4.2.1", "Connection"},
	{"no version", set("Sec-Websocket-Version"), 426, "RFC 6455, section 4.2.1", "Sec-WebSocket-Version is missing"},
	{"another version, section 4.4", set("Sec-Websocket-Version", "8"), 426, "RFC 6455, section 4.2.2", `Sec-WebSocket-Version is "8"`},
	{"a list of versions", set("Sec-Websocket-Version", "13, 8"), 426, "RFC 6455, section 4.2.2", "Sec-WebSocket-Version"},
	{"the version in another form", set("Sec-Websocket-Version", "013"), 426, "RFC 6455, section 4.2.2", "Sec-WebSocket-Version"},
	{"two versions, section 11.3.5", set("Sec-Websocket-Version", "13", "13"), 426, "RFC 6455, section 11.3.5", "more than once"},
	{"no key", set("Sec-Websocket-Key"), 400, "RFC 6455, section 4.2.1", "Sec-WebSocket-Key is missing"},
	{"two keys, section 11.3.1", set("Sec-Websocket-Key", sampleKey, sampleKey), 400, "RFC 6455, section 11.3.1", "more than once"},
	{"a key of 15 bytes", set("Sec-Websocket-Key", "AAAAAAAAAAAAAAAAAAAA"), 400, "RFC 6455, section 4.2.1", "16 bytes"},
	{"an empty key", set("Sec-Websocket-Key", ""), 400, "RFC 6455, section 4.2.1", "16 bytes"},
	{"a page of another origin, section 10.2", set("Origin", "http://evil.example"), 403, "RFC 6455, section 10.2", "AcceptOptions.Origins"},
	{"a subprotocol that is not a token", set("Sec-Websocket-Protocol", "a b"), 400, "RFC 6455, section 4.1", "Sec-WebSocket-Protocol"},
	{"a subprotocol twice", set("Sec-Websocket-Protocol", "a", "a"), 400, "RFC 6455, section 4.1", "twice"},
	{"extensions against the grammar, section 9.1", set("Sec-Websocket-Extensions", "a;;"), 400, "RFC 6455, section 9.1", "at byte 2"},
}

// set is a change of header lines; without values it takes the field out.
func set(name string, values ...string) func(*Request) {
	return func(r *Request) {
		if len(values) == 0 {
			delete(r.Header, name)
		} else {
			r.Header[name] = values
		}
	}
}

func TestServerRefuses(t *testing.T) {
	rules := ServerRules{Subprotocols: []string{"a"}}
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			req := goodRequest(nil)
			test.change(req)
			reply, refusal := rules.Check(req)
			if refusal == nil || !reflect.DeepEqual(reply, Reply{}) {
				t.Fatalf("got %+v, %v; want a refusal", reply, refusal)
			}
			if refusal.Status != test.status || refusal.Section != test.section || !strings.Contains(refusal.Message, test.says) {
				t.Errorf("got %+v\nwant status %d, section %q, a message with %s", refusal, test.status, test.section, test.says)
			}
			if got := refusal.Header["Sec-Websocket-Version"] != nil; got != (test.status == 426) {
				t.Errorf("got a version in %v", refusal.Header)
			}
			if req.ProtoMajor == 1 && refusal.Header["Connection"][0] != "close" {
				t.Errorf("got Connection %q, want close", refusal.Header["Connection"])
			}
			if req.ProtoMajor > 1 && (refusal.Header["Connection"] != nil || refusal.Header["Upgrade"] != nil) {
				t.Errorf("got %v in HTTP/2, RFC 9113, section 8.2.2", refusal.Header)
			}
		})
	}
}

func TestNo101UnlessEveryRuleHolds(t *testing.T) {
	for _, a := range refusals {
		for _, b := range refusals {
			req := goodRequest(nil)
			a.change(req)
			b.change(req)
			if reply, refusal := (&ServerRules{}).Check(req); refusal == nil {
				t.Errorf("%s, and %s: got %+v", a.name, b.name, reply)
			}
		}
	}
	if reply, refusal := (&ServerRules{}).Check(&Request{}); refusal == nil {
		t.Errorf("an empty request: got %+v", reply)
	}
}

func TestServerRulesValidate(t *testing.T) {
	tests := []struct {
		name  string
		rules ServerRules
		field string
	}{
		{"the zero value", ServerRules{}, ""},
		{"every kind of entry", ServerRules{
			Subprotocols: []string{"chat"},
			Origins:      []string{"https://a.example", "http://b.example:*", "https://*.c.example", "d.example", "null", "*"},
		}, ""},
		{"a subprotocol that is not a token", ServerRules{Subprotocols: []string{"a b"}}, "Sec-WebSocket-Protocol"},
		{"an entry that is no pattern", ServerRules{Origins: []string{"https://a.example", "https://b.example/"}}, "Origins"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if misuse, ok := errors.AsType[*MisuseError](test.rules.Validate()); ok {
				got = misuse.Field
			}
			if got != test.field {
				t.Errorf("got an error about %q, want %q", got, test.field)
			}
		})
	}
}

func TestAppendResponse(t *testing.T) {
	reply := Reply{Accept: sampleAccept, Subprotocol: "chat", Offers: []Extension{{Name: "foo"}, {Name: "bar"}}}
	got, err := reply.AppendResponse([]byte("|"), "bar; x=1", Header{"Set-Cookie": {"a=b"}})
	want := "|HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + sampleAccept + "\r\nSec-WebSocket-Protocol: chat\r\n" +
		"Sec-WebSocket-Extensions: bar; x=1\r\nSet-Cookie: a=b\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	got, err = Reply{Accept: sampleAccept}.AppendResponse(nil, "", nil)
	want = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + sampleAccept + "\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestAppendResponseRefuses(t *testing.T) {
	offers := []Extension{{Name: "foo"}}
	type row struct {
		name        string
		subprotocol string
		extensions  string
		extra       Header
		field       string
	}
	tests := []row{
		{"a subprotocol that is not a token", "a b", "", nil, "Sec-WebSocket-Protocol"},
		{"a subprotocol with a line end", "a\r\nX: y", "", nil, "Sec-WebSocket-Protocol"},
		{"extensions against the grammar", "", "foo;", nil, "Sec-WebSocket-Extensions"},
		{"extensions with a line end", "", "foo\r\nX: y", nil, "Sec-WebSocket-Extensions"},
		{"an extension that was not offered, section 9.1", "", "foo, bar", nil, "Sec-WebSocket-Extensions"},
	}
	for _, bad := range badExtra {
		tests = append(tests, row{"extra: " + bad.name, "", "", bad.extra, bad.field})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reply := Reply{Accept: sampleAccept, Subprotocol: test.subprotocol, Offers: offers}
			got, err := reply.AppendResponse([]byte("|"), test.extensions, test.extra)
			misuse, ok := errors.AsType[*MisuseError](err)
			if !ok || misuse.Field != test.field || string(got) != "|" {
				t.Errorf("got %q, %v; want nothing and a MisuseError about %s", got, err, test.field)
			}
		})
	}
}
