package closingtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onclose/websocket/wire"
)

// event is a CloseEvent, in words, by key.
type event map[string]string

var (
	eventKeys = []string{"code", "reason", "clean", "initiator", "phase", "cause", "rule", "sent", "received", "offending", "transport"}
	mandatory = []string{"code", "clean", "initiator", "phase", "transport"}
	keyValue  = regexp.MustCompile(`^([a-z]+)=("(?:[^"\\]|\\.)*"|[^ "]*)(?: +|$)`)
)

// readEvent reads a line KEY=VALUE KEY="VALUE" ... of a scenario. What it leaves
// out is empty.
func readEvent(line string) event {
	e, rest := event{}, line
	for rest != "" {
		m := keyValue.FindStringSubmatch(rest)
		if m == nil || !slices.Contains(eventKeys, m[1]) {
			panic(fmt.Sprintf("%q: %q is no word of an event", line, rest))
		}
		value, err := strconv.Unquote(m[2])
		if err != nil {
			value = m[2]
		}
		e[m[1]], rest = value, rest[len(m[0]):]
	}
	for _, key := range mandatory {
		if e[key] == "" {
			panic(fmt.Sprintf("%q: %s is missing", line, key))
		}
	}
	return e
}

func (e event) with(key, value string) event {
	other := event{key: value}
	for k, v := range e {
		if k != key {
			other[k] = v
		}
	}
	return other
}

// words are all keys in their order; texts are quoted.
func (e event) words() string {
	words := make([]string, len(eventKeys))
	for i, key := range eventKeys {
		value := e[key]
		switch key {
		case "reason", "rule", "sent", "received":
			value = strconv.Quote(value)
		}
		words[i] = key + "=" + value
	}
	return strings.Join(words, " ")
}

// EventWords writes a CloseEvent as scenarios do: code=1000 reason="" clean=true
// ... It reads the event's JSON, since it knows no API.
func EventWords(closeEvent json.Marshaler) string {
	data, err := closeEvent.MarshalJSON()
	if err != nil {
		panic(err)
	}
	var e struct {
		Code                          int
		Reason                        string
		WasClean                      bool
		Initiator, Phase, Cause, Rule string
		Sent, Received                *CloseFrame
		Transport                     string
		OffendingCode                 *int
	}
	if err := json.Unmarshal(data, &e); err != nil {
		panic(err)
	}
	offending := ""
	if e.OffendingCode != nil {
		offending = strconv.Itoa(*e.OffendingCode)
	}
	return event{
		"code": strconv.Itoa(e.Code), "reason": e.Reason, "clean": strconv.FormatBool(e.WasClean),
		"initiator": e.Initiator, "phase": e.Phase, "cause": e.Cause, "rule": e.Rule,
		"sent": e.Sent.words(), "received": e.Received.words(), "offending": offending, "transport": e.Transport,
	}.words()
}

// CloseFrame is the status code and the reason of a Close frame; 1005 stands for
// one without either.
type CloseFrame struct {
	Code   wire.StatusCode
	Reason string
}

// words is "4000 bye"; "1005" is an empty frame, and "" none at all.
func (f *CloseFrame) words() string {
	if f == nil {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf("%d %s", f.Code, f.Reason), " ")
}

// ReadCloseFrame reads "4000 bye"; nothing stands for an empty Close frame. In
// the reason, 123*r stands for so many letters.
func ReadCloseFrame(words string) CloseFrame {
	if words == "" {
		return CloseFrame{Code: wire.NoStatusRcvd}
	}
	code, reason, _ := strings.Cut(words, " ")
	n, err := strconv.ParseUint(code, 10, 16)
	if err != nil {
		panic(fmt.Sprintf("%q is no status code", code))
	}
	if long, ok := repeated(reason); ok {
		reason = long
	}
	return CloseFrame{Code: wire.StatusCode(n), Reason: reason}
}

// repeated reads 300*a.
func repeated(words string) (string, bool) {
	count, letter, ok := strings.Cut(words, "*")
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return "", false
	}
	return strings.Repeat(letter, n), true
}
