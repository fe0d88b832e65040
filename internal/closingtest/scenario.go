// Package closingtest holds the closing scenarios, text files in
// testdata/closing, and plays them against an endpoint of either role.
//
// A scenario says who does what, and then which frames and which CloseEvent have
// to come of it. It sees an endpoint from outside and knows no API: an [Endpoint]
// is whatever can be driven so, and every way to carry a WebSocket is one.
// testdata/closing/README.md has the language.
package closingtest

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed testdata/closing/*.txtar
var files embed.FS

// Scenario is one section of a file.
type Scenario struct {
	// Name is the file's name and the section's: the rows and decisions of the
	// rule book that the scenario is about, and what happens.
	Name  string
	lines []string
}

// All returns the scenarios of all files.
func All() (all []Scenario) {
	const folder = "testdata/closing"
	entries, err := files.ReadDir(folder)
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join(folder, entry.Name()))
		if err != nil {
			panic(err)
		}
		all = append(all, parse(strings.TrimSuffix(entry.Name(), ".txtar"), string(text))...)
	}
	return all
}

// parse reads txtar: what stands before the first "-- name --" is prose.
func parse(file, text string) (all []Scenario) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			all = append(all, Scenario{Name: file + "/" + strings.TrimSuffix(name, " --")})
		} else if n := len(all); n > 0 && line != "" && !strings.HasPrefix(line, "#") {
			all[n-1].lines = append(all[n-1].lines, line)
		}
	}
	return all
}

// Rows are the rows and decisions that the scenario is about: "28", "A6".
func (s Scenario) Rows() []string {
	_, name, _ := strings.Cut(s.Name, "/")
	rows, _, found := strings.Cut(name, ": ")
	if !found {
		panic(s.Name + " names no row")
	}
	return strings.Fields(rows)
}

// The conditions that a line can have.
const (
	Client   = "client"   // the endpoint plays the client
	Server   = "server"   // the endpoint plays the server
	Protocol = "protocol" // the bare machines are driven, and no stream
)

// When returns the scenario as it is under the conditions given, or false when
// it is not for them.
func (s Scenario) When(conditions ...string) (Scenario, bool) {
	chosen := Scenario{Name: s.Name}
	for _, line := range s.lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case Client, Server, Protocol:
			if slices.Contains(conditions, word) {
				chosen.lines = append(chosen.lines, rest)
			}
		case "only":
			if !slices.Contains(conditions, rest) {
				return Scenario{}, false
			}
		default:
			chosen.lines = append(chosen.lines, line)
		}
	}
	return chosen, true
}

// Has reports whether a line begins with one of the words.
func (s Scenario) Has(words ...string) bool {
	return slices.ContainsFunc(s.lines, func(line string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return line == w || strings.HasPrefix(line, w+" ") })
	})
}

// Held reports whether the transport takes nothing from the beginning on until
// the script says "written".
func (s Scenario) Held() bool { return s.Has("held", "writing", "write fails") }

// Hurried reports whether something is done to the endpoint before it is known
// to have dealt with what its peer sent. Where nobody can tell when an endpoint
// has come to rest, the outcome is open.
func (s Scenario) Hurried() bool {
	unseen := false
	for _, line := range s.lines {
		switch word, rest, _ := strings.Cut(line, " "); {
		case word == "peer":
			unseen = true
		case word == "expect" && !strings.HasPrefix(rest, "no "):
			unseen = false
		case unseen && (word == "local" || line == "stream ends reset reset"):
			return true
		}
	}
	return false
}

// Limits are the limits that a scenario asks for; 0 stands for the default.
type Limits struct{ MessageBytes, Fragments, EmptyFragments int }

// Limits are those of the endpoint.
func (s Scenario) Limits() (l Limits) {
	for _, line := range s.lines {
		words, ok := strings.CutPrefix(line, "limits ")
		if !ok {
			continue
		}
		fields := map[string]*int{"message": &l.MessageBytes, "fragments": &l.Fragments, "empty": &l.EmptyFragments}
		for word := range strings.FieldsSeq(words) {
			key, number, _ := strings.Cut(word, "=")
			n, err := strconv.Atoi(number)
			if err != nil || fields[key] == nil {
				panic(fmt.Sprintf("%s: %q is no limit", s.Name, word))
			}
			*fields[key] = n
		}
	}
	return l
}

// Lies are copies of the scenario in each of which one expectation is wrong: an
// endpoint that plays one of them to its end was not looked at. Only those of the
// kinds named are made wrong ("event", "frame", "no", ...), or all.
func (s Scenario) Lies(kinds ...string) (lies []Scenario) {
	for i, line := range s.lines {
		expected, ok := strings.CutPrefix(line, "expect ")
		kind, words, _ := strings.Cut(expected, " ")
		if !ok || len(kinds) > 0 && !slices.Contains(kinds, kind) {
			continue
		}
		for _, wrong := range lie(line, kind, words) {
			lines := slices.Clone(s.lines)
			lines[i] = wrong
			lies = append(lies, Scenario{Name: s.Name + " | " + wrong, lines: lines})
		}
	}
	return lies
}

// lie returns wrong expectations in place of a line.
func lie(line, kind, words string) (wrong []string) {
	switch kind {
	case "frame", "message", "refusal":
		return []string{line + "x"}
	case "deadline":
		return []string{"expect deadline 11ms"}
	case "half-close":
		return []string{"expect no half-close"}
	case "open":
		return []string{"expect half-close"}
	case "no":
		return []string{map[string]string{
			"frame":      "expect frame ping of nobody",
			"half-close": "expect half-close",
			"event":      "expect event code=1000 clean=true initiator=local phase=closing transport=fin",
		}[words]}
	case "event":
		event := readEvent(words)
		for key, other := range map[string]string{
			"code": "4999", "reason": "x", "clean": "maybe", "initiator": "x", "phase": "x", "cause": "x", "rule": "x",
			"sent": "4999", "received": "4999", "offending": "4999", "transport": "x",
		} {
			if was := event[key]; was == other {
				other += "x"
			}
			wrong = append(wrong, "expect event "+event.with(key, other).words())
		}
	}
	return wrong
}
