package closingtest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/onclose/websocket/internal/closingtest"
)

func TestScenariosHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, s := range closingtest.All() {
		if names[s.Name] {
			t.Errorf("two scenarios are called %q", s.Name)
		}
		names[s.Name] = true
	}
	if len(names) < 100 {
		t.Errorf("there are only %d scenarios", len(names))
	}
}

// The bytes are written out here: all scenarios rest on them.
func TestFramesAsWords(t *testing.T) {
	for _, test := range []struct{ role, words, want string }{
		{"client", "text hello", "810568656c6c6f"},
		{"server", "text hello", "81851122334479475f287e"},
		{"client", "nofin rsv1 binary hex:00ff", "420200ff"},
		{"client", "wrongmask close 1000 bye", "88851122334412ca513d74"},
		{"client", "close", "8800"},
		{"client", "close hex:03", "880103"},
		{"client", "form16 text hi", "817e00026869"},
		{"client", "form64 length=-1 binary", "827fffffffffffffffff"},
		{"client", "length=300 binary", "827e012c"},
		{"client", "cut=1 text hello", "81"},
		{"client", "opcode=3 3*x", "8303787878"},
	} {
		if got := fmt.Sprintf("%x", closingtest.PeerFrame(test.role, test.words)); got != test.want {
			t.Errorf("%s, for a %s: %s, want %s", test.words, test.role, got, test.want)
		}
	}
}

func TestFramesAreReadAsTheWordsThatMadeThem(t *testing.T) {
	words := []string{"text hello", "nofin binary", "continuation x", "ping", "pong p", "close", "close 4000 bye", "close 1000"}
	for _, roles := range [][2]string{{"client", "server"}, {"server", "client"}} {
		var bytes []byte
		for _, w := range words {
			bytes = append(bytes, closingtest.PeerFrame(roles[0], w)...)
		}
		got, rest, err := closingtest.ReadFrames(roles[1], append(bytes, 0x81))
		if !slices.Equal(got, words) || len(rest) != 1 || err != nil {
			t.Errorf("a %s wrote %q, %x, %v", roles[1], got, rest, err)
		}
	}
	for _, bad := range []string{"wrongmask text hello", "rsv1 text hello", "close hex:03", "close 1006", "opcode=3"} {
		if got, _, err := closingtest.ReadFrames("server", closingtest.PeerFrame("client", bad)); err == nil {
			t.Errorf("%s is read as %q", bad, got)
		}
	}
}
