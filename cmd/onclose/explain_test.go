package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onclose/websocket"
)

// explained runs onclose explain.
func explained(args ...string) outcome {
	var out, err bytes.Buffer
	status := run(append([]string{"explain"}, args...), &streams{strings.NewReader(""), &out, &err})
	return outcome{status, out.String(), err.String()}
}

// inEnglish clears the environment of languages.
func inEnglish(t *testing.T) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		t.Setenv(name, "")
	}
}

func TestExplain(t *testing.T) {
	inEnglish(t)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"table", nil},
		{"table-fr", []string{"--lang=fr"}},
		{"table-range", []string{"2999-3003"}},
		{"1006", []string{"1006"}},
		{"1006-fr", []string{"1006", "--lang=fr"}},
		{"1001-by-its-old-name", []string{"close_going_away"}},
		{"1004-reserved", []string{"1004"}},
		{"1014-without-a-name", []string{"1014"}},
		{"unused", []string{"0"}},
		{"unassigned", []string{"3500"}},
		{"unassigned-fr", []string{"2500", "--lang=fr"}},
		{"private", []string{"4321"}},
		{"private-range", []string{"4000-4999"}},
		{"out-of-range", []string{"65535"}},
		{"json", []string{"1000", "--json"}},
		{"no-code", []string{"seventy"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkGolden(t, "explain/"+test.name, explained(test.args...).String())
		})
	}
}

func TestExplainKnowsEveryNameInAnySpelling(t *testing.T) {
	inEnglish(t)
	for _, row := range websocket.StatusCodes("en") {
		want := explained(codes(row)).out
		if row.First == row.Last && !strings.HasPrefix(want, codes(row)) {
			t.Errorf("%s: %q", codes(row), want)
		}
		for _, name := range []string{row.Name, row.IANAName, row.OldName, strings.TrimPrefix(row.OldName, "CLOSE_")} {
			for _, spelled := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "_", " ")} {
				if got := explained(spelled); spelled != "" && (got.status != exitOK || got.out != want) {
					t.Errorf("explain %q: %v", spelled, got)
				}
			}
		}
	}
}

func TestExplainRefusesWhatIsNoCode(t *testing.T) {
	for _, text := range []string{"65536", "+1000", "1e3", "1000 1001", "seventy", "---", "4-2", "1-70000", "-", "\x1b[2J", "\xff", "٤٠٠٠"} {
		got := explained("--", text)
		if got.status != exitUsage || got.out != "" || strings.Count(got.err, "\n") != 1 || !strings.HasPrefix(got.err, "onclose: explain: ") {
			t.Errorf("explain %q: %v", text, got)
		}
		checkHarmless(t, got.err)
	}
	if got := explained("--lang=de", "1000"); got.status != exitUsage || got.out != "" {
		t.Errorf("--lang de: %v", got)
	}
}

func TestExplainTakesTheLanguageFromTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		all, messages, lang string
		french              bool
	}{
		{"", "", "", false},
		{"", "", "fr_FR.UTF-8", true},
		{"", "", "fr", true},
		{"", "", "C", false},
		{"", "", "fry_NL", false}, // Frisian
		{"", "en_GB", "fr_FR", false},
		{"fr_CA", "en_GB", "en_GB", true},
		{"C.UTF-8", "fr_FR", "fr_FR", false},
	} {
		t.Setenv("LC_ALL", test.all)
		t.Setenv("LC_MESSAGES", test.messages)
		t.Setenv("LANG", test.lang)
		if got := explained("1000").out; strings.Contains(got, "connexion") != test.french || strings.Contains(got, "Que faire") != test.french {
			t.Errorf("%+v: %s", test, got)
		}
		if got := explained("1000", "--lang=en").out; strings.Contains(got, "connexion") {
			t.Errorf("%+v and --lang=en: %s", test, got)
		}
	}
}

func TestExplainWritesJSONLines(t *testing.T) {
	inEnglish(t)
	got := explained("--json")
	var rows []websocket.StatusCodeInfo
	for line := range strings.Lines(got.out) {
		var row websocket.StatusCodeInfo
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows = append(rows, row)
	}
	if got.status != exitOK || len(rows) != len(websocket.StatusCodes("en")) || rows[1].Name != "NormalClosure" {
		t.Errorf("%d, %d rows", got.status, len(rows))
	}
}

func TestExplainFitsTheWidth(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		words := explainWordsIn(lang)
		for _, row := range websocket.StatusCodes(lang) {
			for _, width := range []int{minColumns, maxColumns} {
				for line := range strings.Lines(words.page(row, width)) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
						t.Errorf("%s, %d columns: %d in %q", codes(row), width, n, line)
					}
				}
			}
			if words.statuses[row.Status] == "" || words.senders[row.Sender] == "" || words.standings[row.Status] == "" {
				t.Errorf("%s: no %s words for %q and %q", codes(row), lang, row.Status, row.Sender)
			}
		}
		for line := range strings.Lines(words.table(websocket.StatusCodes(lang))) {
			if n := utf8.RuneCountInString(line); n > maxColumns {
				t.Errorf("%d columns in %q", n, line)
			}
		}
	}
}

func TestHelpBeginsWithAnExample(t *testing.T) {
	for _, command := range []string{"explain", "dial"} {
		var out, err bytes.Buffer
		status := run([]string{command, "--help"}, &streams{strings.NewReader(""), &out, &err})
		examples, flags := strings.Index(out.String(), "onclose "+command+" "), strings.Index(out.String(), "Flags:")
		if status != exitOK || err.Len() > 0 || examples < 0 || flags < examples {
			t.Errorf("%s --help: %d, %s%s", command, status, out.String(), err.String())
		}
	}
}
