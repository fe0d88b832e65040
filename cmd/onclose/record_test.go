package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
)

// recorded are the lines of a recording, whose frames are told in short.
func recorded(t *testing.T, path string) (lines []string, frames [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var r struct {
			Frames []struct {
				Direction, Opcode string
				CloseFrame        *websocket.CloseFrame
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		var short []string
		for _, f := range r.Frames {
			words := f.Direction + " " + f.Opcode
			if f.CloseFrame != nil {
				words += " " + f.CloseFrame.Reason
			}
			short = append(short, words)
		}
		lines, frames = append(lines, line), append(frames, short)
	}
	return lines, frames
}

func TestServeRecordsWhatDoesNotEndCleanly(t *testing.T) {
	inEnglish(t)
	path := filepath.Join(t.TempDir(), "flights.jsonl")
	s := startServe(t, "--record", path)
	s.dial("/echo", "clean", nil).Close(1000, "")
	c := s.dial("/echo", "lost", nil)
	if err := c.Write(t.Context(), websocket.Text, []byte("a secret")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Abort()
	s.events.await(t, "lost")
	lines, frames := recorded(t, path)
	if len(lines) != 1 || strings.Join(frames[0], ", ") != "received text, sent text" || strings.Contains(lines[0], "secret") {
		t.Fatalf("%q", lines)
	}
	if got := whyOf(lines[0]); got.status != exitOK || !strings.Contains(got.out, "1006") {
		t.Errorf("why: %v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

func TestDialRecordsItsConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flights.jsonl")
	site := newDialSite(t)
	for range 2 {
		got := site.dial(t, strings.NewReader(""), "--record", path, "--send", "hello", "--expect", "1", "--close", "4001:bye", "ws://test/echo")
		if got.status != exitCode || !strings.Contains(got.err, "4001") {
			t.Errorf("%v", got)
		}
	}
	lines, frames := recorded(t, path)
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	// The peer's answer may be told a moment before the frame that it answers.
	slices.Sort(frames[1])
	if got := strings.Join(frames[1], ", "); got != "received Close bye, received text, sent Close bye, sent text" {
		t.Errorf("%s", got)
	}
	got := site.dial(t, strings.NewReader(""), "--record", filepath.Join(path, "no folder"), "ws://test/echo")
	if got.status != exitUsage || !strings.Contains(got.err, "--record") {
		t.Errorf("%v", got)
	}
}

// What cannot be recorded is told once.
func TestARecordingThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full: ", err)
	}
	defer full.Close()
	complaints := 0
	write := observe.JSONLines(&recordFile{Writer: full, complain: func(error) { complaints++ }})
	write(observe.Recording{})
	write(observe.Recording{})
	if complaints != 1 {
		t.Errorf("%d complaints", complaints)
	}
}
