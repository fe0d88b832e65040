package handshake

import (
	"reflect"
	"testing"
)

func TestRefusalHeader(t *testing.T) {
	tests := []struct {
		name   string
		status int
		want   Header
	}{
		{"every refusal ends the connection", 400, Header{"Connection": {"close"}}},
		{"405 says which method is allowed, RFC 9110, section 15.5.6", 405, Header{"Connection": {"close"}, "Allow": {"GET"}}},
		{
			"426 says which protocol and which version, RFC 9110, section 15.5.22, and RFC 6455, section 4.4", 426,
			Header{"Connection": {"close", "Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := refuse(test.status, "", "no").Header; !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestRefusalError(t *testing.T) {
	got := refuse(405, "RFC 6455, section 4.1", `the opening handshake is a GET, not a "POST"`).Error()
	want := `websocket: opening handshake refused with 405: the opening handshake is a GET, not a "POST" (RFC 6455, section 4.1)`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
