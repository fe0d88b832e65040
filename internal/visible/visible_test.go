package visible_test

import (
	"testing"

	"github.com/onclose/websocket/internal/visible"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"bye, été, 東京 \u00a0!":  "bye, été, 東京 \u00a0!",
		"two\nlines\r\t\x00":    `two\nlines\r\t\x00`,
		"\x1b[2J\u009b":         `\x1b[2J\u009b`,
		"right\u202eto left":    `right\u202eto left`,
		"not \xff UTF-8 \ufffd": `not \xff UTF-8 ` + "\ufffd",
	} {
		if got := visible.Text(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
