package protocol

import "testing"

func TestMisuseErrorNamesTheProblemAndTheSection(t *testing.T) {
	tests := []struct {
		err  MisuseError
		want string
	}{
		{MisuseError{Problem: "the reason is not UTF-8", Section: "RFC 6455, section 5.5.1"}, "websocket: the reason is not UTF-8 (RFC 6455, section 5.5.1)"},
		{MisuseError{Problem: "two at once"}, "websocket: two at once"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
