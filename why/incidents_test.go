package why

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/onclose/websocket"
)

// incidents are files of CloseEvents in testdata, made by real faults on real
// sockets and processes (go test ./faults -run Incidents -record), and what
// must be suspected first.
var incidents = map[string]struct {
	suspect    string
	confidence Confidence
}{
	"close-unanswered":    {"close-timeout", Likely},
	"forbidden-code":      {"forbidden-code", Certain},
	"frame-without-mask":  {"masking", Likely},
	"handler-panics":      {"panic", Certain},
	"message-too-big":     {"message-too-big", Certain},
	"no-response":         {"open-timeout", Likely},
	"no-such-host":        {"dns", Certain},
	"nobody-listens":      {"refused", Certain},
	"not-sure-eof":        {"eof", NotSure},
	"not-sure-no-status":  {"no-status", NotSure},
	"not-sure-reset":      {"reset", NotSure},
	"overload":            {"overloaded", Certain},
	"page-left":           {"page-change", Likely},
	"peer-stopped":        {"pong-timeout", Likely},
	"proxy-idle-30s":      {"idle-timeout", Likely},
	"reset-after-opening": {"cut-after-opening", Likely},
	"reset-while-opening": {"lost-while-opening", Likely},
	"sigkill":             {"killed-process", Likely},
	"sigterm":             {"shutdown", Certain},
	"slow-consumer":       {"slow-consumer", Likely},
	"text-not-utf8":       {"invalid-utf8", Certain},
	"token-expired":       {"not-allowed", Certain},
	"try-again-later":     {"try-later", Certain},
	"unknown-certificate": {"tls", Certain},
	"upgrade-dropped":     {"not-a-websocket", Likely},
	"wrong-path":          {"not-found", Certain},
}

func TestRecordedIncidents(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) != len(incidents) {
		t.Errorf("%d files for %d incidents: %v", len(files), len(incidents), err)
	}
	for name, want := range incidents {
		events := recorded(t, name)
		suspects := Survey(events, "en").Suspects
		if len(suspects) == 0 {
			t.Errorf("%s: nothing is suspected of %v", name, events)
			continue
		}
		top := suspects[0]
		if top.Rule != want.suspect || top.Confidence != want.confidence || 2*top.Count <= len(events) {
			t.Errorf("%s: %s, %s, %d of %d; want %s, %s", name, top.Rule, top.Confidence, top.Count, len(events), want.suspect, want.confidence)
		}
	}
}

// recorded reads the CloseEvents of an incident.
func recorded(t *testing.T, name string) (events []websocket.CloseEvent) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var ev websocket.CloseEvent
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	return events
}
