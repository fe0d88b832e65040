package handshake

import "testing"

func TestForwardedScheme(t *testing.T) {
	tests := []struct {
		name   string
		header Header
		want   string
	}{
		{"no proxy", Header{}, ""},
		{"X-Forwarded-Proto", Header{"X-Forwarded-Proto": {"https"}}, "https"},
		{"the first of a list is the client's", Header{"X-Forwarded-Proto": {" HTTPS , http"}}, "https"},
		{"the first of two lines is the client's", Header{"X-Forwarded-Proto": {"http", "https"}}, "http"},
		{"wss is https", Header{"X-Forwarded-Proto": {"wss"}}, "https"},
		{"ws is http", Header{"X-Forwarded-Proto": {"ws"}}, "http"},
		{"another word says nothing", Header{"X-Forwarded-Proto": {"httpsx"}}, ""},
		{"an empty value says nothing", Header{"X-Forwarded-Proto": {""}}, ""},
		{"Forwarded, RFC 7239, section 5.4", Header{"Forwarded": {"for=192.0.2.60;proto=https;by=203.0.113.43"}}, "https"},
		{"names and values in any case, with whitespace", Header{"Forwarded": {"for=a; Proto=HTTPS ;by=b"}}, "https"},
		{"a quoted value", Header{"Forwarded": {`proto="https"`}}, "https"},
		{"separators inside a quoted value do not count", Header{"Forwarded": {`for="a;proto=http,\";b";proto=https`}}, "https"},
		{"a backslash outside a quoted value escapes nothing", Header{"Forwarded": {`for=a\;proto=https`}}, "https"},
		{"the second element does not count", Header{"Forwarded": {"for=a, for=b;proto=https"}}, ""},
		{"a pair without a value", Header{"Forwarded": {"proto"}}, ""},
		{"a quote without an end", Header{"Forwarded": {`for="a;proto=https\`}}, ""},
		{"X-Forwarded-Proto comes before Forwarded", Header{"X-Forwarded-Proto": {"http"}, "Forwarded": {"proto=https"}}, "http"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := forwardedScheme(test.header); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
