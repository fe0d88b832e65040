package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/onclose/websocket"
)

// maxRecordBytes is how long a line of a file of events may be.
const maxRecordBytes = 1 << 20

// maxNesting is how deep in the objects of a log line an event is looked for.
const maxNesting = 8

// eventLines are the CloseEvents of a file, and what else it held.
type eventLines struct {
	events []websocket.CloseEvent
	others int // lines without an event
}

// readEvents reads CloseEvents, one a line: as they are, behind the "data:" of
// server-sent events, or under a member of a log record. complain gets what is
// wrong with a line, and reading goes on; the error is the input's own.
func readEvents(in io.Reader, complain func(format string, args ...any)) (eventLines, error) {
	var found eventLines
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		line, tooLong, err := readRecord(lines)
		switch {
		case tooLong:
			complain("line %d, column %d: longer than %d bytes", number, maxRecordBytes+1, maxRecordBytes)
			found.others++
		case len(bytes.TrimSpace(line)) > 0:
			found.add(number, line, complain)
		}
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
	}
}

// readRecord is the next line without its end, at most maxRecordBytes of it.
func readRecord(lines *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := lines.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > maxRecordBytes; !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// add takes the events of a line.
func (f *eventLines) add(number int, line []byte, complain func(string, ...any)) {
	text := bytes.TrimRight(line, " \t\r\n")
	start := len(text) - len(bytes.TrimLeft(text, " \t"))
	if data, ok := bytes.CutPrefix(text[start:], []byte("data:")); ok {
		start = len(text) - len(bytes.TrimLeft(data, " "))
	}
	text = text[start:]
	if len(text) == 0 || text[0] != '{' {
		f.others++ // a comment, a field of server-sent events, a line for people
		return
	}
	before := len(f.events)
	err := f.search(text, 0)
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		complain("line %d, column %d: %v", number, start+max(int(broken.Offset), 1), broken)
	} else if err != nil {
		complain("line %d, column %d: %v", number, start+1, err)
	}
	if len(f.events) == before {
		f.others++
	}
}

// search takes the event that an object is, or those of its members.
func (f *eventLines) search(object []byte, depth int) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return err
	}
	_, coded := members["code"]
	_, clean := members["wasClean"]
	if string(members["type"]) == `"close"` && coded && clean {
		var ev websocket.CloseEvent
		if err := json.Unmarshal(object, &ev); err != nil {
			return fmt.Errorf("no CloseEvent: %w", err)
		}
		f.events = append(f.events, ev)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if member := members[name]; member[0] == '{' && depth < maxNesting {
			if err := f.search(member, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
