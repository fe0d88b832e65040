package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTextIsEscapedForTerminals(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain text stays", "hello, world", "hello, world"},
		{"quotes and backslashes stay, so JSON is JSON", `{"a":"b\n"}`, `{"a":"b\n"}`},
		{"letters of all scripts stay", "café, добро, 漢字, 👍", "café, добро, 漢字, 👍"},
		{"line feed, carriage return, tab, NUL", "a\nb\r\tc\x00", `a\nb\r\tc\x00`},
		{"ANSI: clear the screen, set the title", "\x1b[2J\x1b]0;owned\x07", `\x1b[2J\x1b]0;owned\a`},
		{"DEL", "a\x7fb", `a\x7fb`},
		{"C1: CSI as one character", "\u009b31m", `\u009b31m`},
		{"C1 as a bare byte is not UTF-8", "\x9b31m", `\x9b31m`},
		{"bidi override and isolate", "a\u202egnp.exe\u2066", `a\u202egnp.exe\u2066`},
		{"line and paragraph separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"zero width, soft hyphen, byte order mark", "a\u200bb\u00adc\ufeff", `a\u200bb\u00adc\ufeff`},
		{"tags beyond the first plane", "a\U000e0041", `a\U000e0041`},
		{"private use and noncharacters", "\ue000\uffff", `\ue000\uffff`},
		{"bytes that are not UTF-8", "ok\xff\xc3(", `ok\xff\xc3(`},
		{"a surrogate in UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"U+FFFD itself stays", "\ufffd", "\ufffd"},
		{"empty", "", ""},
	} {
		if got := escapeText(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if got := escapeText([]byte(test.text)); got != test.want {
			t.Errorf("%s, as bytes: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestJSONHoldsNothingThatATerminalObeysAndKeepsItsValue(t *testing.T) {
	for _, text := range []string{
		"plain <b>&amp;</b>", "\x1b[2J", "\u009b31m", "\x7f", "a\u202eb\u2066", "\u2028", "\U000e0041", "漢字 👍", `quo"te\`,
	} {
		line, err := jsonLine(map[string]string{"data": text})
		if err != nil {
			t.Fatal(err)
		}
		checkHarmless(t, string(line))
		var back map[string]string
		if err := json.Unmarshal(line, &back); err != nil || back["data"] != text {
			t.Errorf("%s: %q, %v, want %q", line, back["data"], err, text)
		}
	}
	if line, _ := jsonLine("<&>"); string(line) != "\"<&>\"\n" {
		t.Errorf("%s", line)
	}
	if _, err := jsonLine(func() {}); err == nil {
		t.Error("a func became JSON")
	}
}

// checkHarmless checks that a terminal shows text and obeys none of it, line
// feeds aside.
func checkHarmless(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range strings.ReplaceAll(text, "\n", "") {
		if !unicode.IsGraphic(r) {
			t.Errorf("%U in %q", r, text)
			return
		}
	}
}

func FuzzEscapedTextIsHarmless(f *testing.F) {
	f.Add("a\u202e\x1b[2J\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := escapeText(text)
		if checkHarmless(t, got); strings.Contains(got, "\n") {
			t.Errorf("%q has two lines", got)
		}
	})
}
