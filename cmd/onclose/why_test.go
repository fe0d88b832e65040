package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onclose/websocket/why"
)

// whyOf runs onclose why on standard input.
func whyOf(input string, args ...string) outcome {
	var out, err bytes.Buffer
	status := run(append([]string{"why", "-"}, args...), &streams{strings.NewReader(input), &out, &err})
	return outcome{status, out.String(), err.String()}
}

// An end with 1006 after 60 s, and one that hides an escape sequence.
const (
	lostLine   = `{"type":"close","code":1006,"name":"AbnormalClosure","reason":"","wasClean":false,"initiator":"none","phase":"open","cause":"eof","rule":"","sent":null,"received":null,"transport":"fin","httpVersion":"HTTP/1.1","httpStatus":101,"role":"client","subprotocol":"","extensions":"","url":"ws://127.0.0.1:9/","openedAt":"2026-11-27T12:00:00Z","closedAt":"2026-11-27T12:01:00Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":null}`
	hidingLine = `{"type":"close","code":4001,"name":"","reason":"\u001b[31mred","wasClean":true,"initiator":"remote","phase":"\u001b[2J","cause":"\u202e","rule":"","sent":null,"received":null,"transport":"fin","httpVersion":"","httpStatus":null,"role":"client","subprotocol":"","extensions":"","url":"ws://\u001b]0;x\u0007/","openedAt":null,"closedAt":"2026-11-27T12:00:00Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":null}`
)

func TestWhy(t *testing.T) {
	inEnglish(t)
	for _, test := range []struct {
		name, input string
		args        []string
	}{
		{"one", lostLine + "\n", nil},
		{"one-fr", lostLine, []string{"--lang=fr"}},
		{"one-json", lostLine, []string{"--json"}},
		{"one-hiding", hidingLine, nil},
		{"many", lostLine + "\r\n" + hidingLine + "\n" + lostLine + "\n", nil},
		{"many-fr", lostLine + "\n" + hidingLine + "\n", []string{"--lang=fr"}},
		{"feed", ": hello\nid: 7\nevent: close\ndata: " + lostLine + "\n\n", nil},
		{"log", `{"time":"2026-11-27T12:01:00Z","msg":"closed","conn":{"id":7,"event":` + lostLine + "}}\n" + `{"msg":"started"}`, nil},
		{"broken", "{\"type\":\"close\",\n{\"type\" \"close\"}\n" + lostLine + "\n" + strings.Replace(lostLine, "1006", "-1", 1), nil},
		{"nothing", "hello\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := whyOf(test.input, test.args...)
			checkGolden(t, "why/"+test.name, got.String())
			if text := got.out + got.err; strings.ContainsAny(text, "\x1b\x07\u202e") {
				t.Errorf("a terminal would obey %q", text)
			}
		})
	}
}

func TestWhyGoesOnBehindALineThatIsTooLong(t *testing.T) {
	inEnglish(t)
	got := whyOf(strings.Repeat("x", maxRecordBytes+1) + "\n" + lostLine)
	if got.status != exitOK || !strings.Contains(got.err, "line 1, column 1048577") || !strings.Contains(got.out, "1006") {
		t.Errorf("%.300v", got)
	}
}

func TestWhyReadsRecordedIncidents(t *testing.T) {
	inEnglish(t)
	files, err := filepath.Glob("../../why/testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d incidents: %v", len(files), err)
	}
	for _, file := range files {
		var out, errs bytes.Buffer
		status := run([]string{"why", file}, &streams{strings.NewReader(""), &out, &errs})
		if status != exitOK || errs.Len() > 0 {
			t.Errorf("%s: exit status %d, %s", file, status, &errs)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if utf8.RuneCountInString(line) > maxColumns {
				t.Errorf("%s: wider than a terminal: %s", file, line)
			}
		}
	}
}

func TestWhyJSONOfManyIsAReport(t *testing.T) {
	inEnglish(t)
	var report why.Report
	if err := json.Unmarshal([]byte(whyOf(lostLine+"\n"+hidingLine, "--json").out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Events != 2 || len(report.Suspects) != 2 {
		t.Errorf("%+v", report)
	}
}

func TestWhyOfAFileThatIsNotThere(t *testing.T) {
	var out, errs bytes.Buffer
	status := run([]string{"why", filepath.Join(t.TempDir(), "none")}, &streams{os.Stdin, &out, &errs})
	if status != exitUsage || !strings.Contains(errs.String(), "no such file") {
		t.Errorf("exit status %d: %s", status, &errs)
	}
}

func TestHelpOfWhyBeginsWithAnExample(t *testing.T) {
	var out, errs bytes.Buffer
	run([]string{"why", "--help"}, &streams{strings.NewReader(""), &out, &errs})
	if !strings.HasPrefix(out.String(), "Examples:\n  onclose why ") {
		t.Errorf("%s", &out)
	}
}
