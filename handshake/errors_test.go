package handshake

import (
	"reflect"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{
			&SyntaxError{In: "request", Offset: 7, Problem: "a header line has no colon", Section: "RFC 9112, section 5", Status: 400},
			"websocket: malformed request: a header line has no colon, at byte 7 (RFC 9112, section 5)",
		},
		{
			&SyntaxError{In: "response", Offset: 0, Problem: "the head is longer than 9 bytes", Status: 431},
			"websocket: malformed response: the head is longer than 9 bytes, at byte 0",
		},
		{
			&MisuseError{"Sec-WebSocket-Key", "the opening handshake sets this header field itself", "RFC 6455, section 4"},
			"websocket: Sec-WebSocket-Key: the opening handshake sets this header field itself (RFC 6455, section 4)",
		},
		{&MisuseError{"Origins", "no", ""}, "websocket: Origins: no"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestSyntaxErrorRefusal(t *testing.T) {
	err := &SyntaxError{In: "request", Offset: 7, Problem: "a header line has no colon", Section: "RFC 9112, section 5", Status: 400}
	want := &Refusal{
		Status:  400,
		Header:  Header{"Connection": {"close"}},
		Message: "malformed request: a header line has no colon, at byte 7",
		Section: "RFC 9112, section 5",
	}
	if got := err.Refusal(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
