package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// runTour is the command line "onclose tour" with arguments.
func runTour(args ...string) (status exitStatus, out, err string) {
	var stdout, stderr bytes.Buffer
	status = run(append([]string{"tour"}, args...), &streams{strings.NewReader(""), &stdout, &stderr})
	return status, stdout.String(), stderr.String()
}

func TestTourTwiceAndNothingIsLeft(t *testing.T) {
	before, err := takeStock()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		status, out, talk := runTour()
		if status != exitOK || talk != "" || strings.Contains(out, "DIFFERS") {
			t.Errorf("exit status %d, stderr %q, and\n%s", status, talk, out)
		}
		if !strings.HasSuffix(out, ": all as expected, nothing left behind\n") {
			t.Errorf("the last line is not the summary:\n%s", out)
		}
	}
	if left := before.left(5 * time.Second); left != (stock{}) {
		t.Errorf("left behind: %+v", left)
	}
}

func TestTourAsJSON(t *testing.T) {
	status, out, talk := runTour("--json")
	if status != exitOK || talk != "" {
		t.Errorf("exit status %d, stderr %q", status, talk)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	stops := tourStops()
	if len(lines) != len(stops)+1 {
		t.Fatalf("%d lines for %d stops and the summary", len(lines), len(stops))
	}
	for i, stop := range stops {
		checkStopLine(t, lines[i], stop)
	}
	var sum tourSummary
	if err := json.Unmarshal([]byte(lines[len(stops)]), &sum); err != nil {
		t.Fatal(err)
	}
	if sum.Type != "summary" || sum.Stops != len(stops) || sum.Differing != 0 || !sum.OK {
		t.Errorf("summary: %+v", sum)
	}
}

// checkStopLine checks that a line has all members, and that its CloseEvents
// can be read.
func checkStopLine(t *testing.T, line string, want tourStop) {
	t.Helper()
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, name := range []string{"type", "stop", "code", "name", "situation", "section", "expected", "client", "server", "ok", "differences"} {
		if _, there := got[name]; !there {
			t.Errorf("%s: member %q is missing", want.name, name)
		}
	}
	if string(got["stop"]) != `"`+want.name+`"` || string(got["ok"]) != "true" || string(got["differences"]) != "[]" {
		t.Errorf("%s: %s", want.name, line)
	}
	for _, end := range endNames {
		var kind struct{ Type string }
		json.Unmarshal(got[end], &kind)
		var ev websocket.CloseEvent
		if kind.Type != "close" {
			continue
		}
		if err := json.Unmarshal(got[end], &ev); err != nil || ev.Role.String() != end {
			t.Errorf("%s: the %s's CloseEvent: %v, role %v", want.name, end, err, ev.Role)
		}
	}
}

func TestTourOfSomeCodes(t *testing.T) {
	tests := []struct {
		args     string
		headings string
		stops    string
	}{
		{"1000", "1000 NormalClosure", "12 stops"},
		{"1015 1005 1015", "1005 NoStatusRcvd|1015 TLSHandshake", "10 stops"},
		{"4321", "4321 (private)", "2 stops"},
		{"3500 42 2500", "42 (unused)|2500 (unassigned)|3500 (unassigned)", "8 stops"},
	}
	for _, test := range tests {
		status, out, talk := runTour(strings.Fields(test.args)...)
		if status != exitOK || talk != "" {
			t.Errorf("tour %s: exit status %d, stderr %q, and\n%s", test.args, status, talk, out)
		}
		var headings []string
		for line := range strings.Lines(out) {
			if line[0] >= '0' && line[0] <= '9' {
				headings = append(headings, strings.TrimSpace(line))
			}
		}
		last := len(headings) - 1
		if got := strings.Join(headings[:last], "|"); got != test.headings {
			t.Errorf("tour %s: headings %q, want %q", test.args, got, test.headings)
		}
		if !strings.HasPrefix(headings[last], test.stops+" in ") {
			t.Errorf("tour %s: summary %q, want %q", test.args, headings[last], test.stops)
		}
	}
}

func TestTourOfWhatIsNoCode(t *testing.T) {
	for _, arg := range []string{"70000", "bye", "10.5"} {
		status, out, talk := runTour(arg)
		if status != exitUsage || !strings.Contains(talk, arg) || strings.Contains(out, "stops in") {
			t.Errorf("tour %s: exit status %d, stdout %q, stderr %q", arg, status, out, talk)
		}
	}
}

// wrongStop expects a code that does not come.
var wrongStop = tourStop{1000, "wrong", "the client closes, and is expected to have said something else", "7.4.1",
	pair{client: closes(1000, "done"), server: reads}.play,
	clean(1000, "done", byLocal), clean(1001, "done", byRemote).with("transport", "reset")}

func TestAWrongExpectationIsNamed(t *testing.T) {
	var out, talk bytes.Buffer
	err := tour([]tourStop{ordinaryStops[0], wrongStop}, newTableReport(&out))
	if status := statusOf(err, &streams{err: &talk}); status != exitOther {
		t.Errorf("exit status %d, want %d", status, exitOther)
	}
	if want := "onclose: 1 of 2 stops differ from what was expected\n"; talk.String() != want {
		t.Errorf("stderr is %q, want %q", talk.String(), want)
	}
	for _, want := range []string{
		"DIFFERS\n",
		"    differs: server: code is 1000, expected 1001\n",
		`    differs: server: received is {"code":1000,"reason":"done"}, expected {"code":1001,"reason":"done"}` + "\n",
		`    differs: server: transport is "fin", expected "reset"` + "\n",
		": 1 DIFFERS, nothing left behind\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "differs: client") {
		t.Errorf("the client was as expected in\n%s", &out)
	}
}

func TestAccountsThatAreMissingOrTooMany(t *testing.T) {
	event := lost(protocol.CauseEOF, protocol.EndFIN)
	tests := []struct {
		name           string
		play           func(*stage)
		client, server members
		want           string
	}{
		{"two of one connection", func(s *stage) { s.report(clientEnd, 1); s.report(clientEnd, 2) },
			members{}, nil, "client: it gave 2 accounts of one connection"},
		{"one nobody expects", func(s *stage) { s.report(serverEnd, 1) },
			nil, nil, "server: it was not expected to have a connection"},
		{"one without the members", func(s *stage) { s.report(serverEnd, rawAccount{}) },
			nil, event[:1], "server: code is missing"},
		{"one that is no object", func(s *stage) { s.report(serverEnd, 1) },
			nil, event[:1], "server: json: cannot unmarshal number into Go value of type map[string]interface {}"},
		{"a fault", func(s *stage) { s.fault("no room in %s", "here") },
			nil, nil, "no room in here"},
	}
	for _, test := range tests {
		stop := tourStop{1006, "accounts", test.name, "7.1.5", test.play, test.client, test.server}
		result := stop.run(t.Context())
		if got := strings.Join(result.Differences, "|"); result.OK || got != test.want && !strings.HasPrefix(got, test.want+"|") {
			t.Errorf("%s: OK %v, differences %q, want %q", test.name, result.OK, got, test.want)
		}
	}
}

func TestAnEndThatSaysNothing(t *testing.T) {
	stop := tourStop{1006, "mute", "nothing happens", "7.1.5", func(*stage) {}, members{}, nil}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if got := stop.run(ctx).Differences; len(got) != 1 || got[0] != "client: it gave no account of the connection" {
		t.Errorf("differences %q", got)
	}
}

func TestWhatIsLeftBehindIsCounted(t *testing.T) {
	before, err := takeStock()
	if err != nil {
		t.Fatal(err)
	}
	const many = 100 // however many of other tests are just ending
	end := make(chan struct{})
	for range many {
		go func() { <-end }()
	}
	if left := before.left(time.Millisecond); left.goroutines < many/2 {
		t.Errorf("left behind: %+v, want about %d goroutines", left, many)
	}
	close(end)
	if left := before.left(5 * time.Second); left != (stock{}) {
		t.Errorf("left behind: %+v", left)
	}
	if runtime.GOOS == "linux" && before.descriptors == 0 {
		t.Error("descriptors are not counted")
	}
}

// goneReader is the standard output of somebody who has stopped reading.
type goneReader struct{}

func (goneReader) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestATourThatNobodyReads(t *testing.T) {
	for _, to := range []report{newTableReport(goneReader{}), jsonReport{goneReader{}}} {
		if err := tour(ordinaryStops[:2], to); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%T: error %v, want %v", to, err, io.ErrClosedPipe)
		}
	}
}
