package main

import (
	"io"
	"os"
	"sync"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
)

// recordFlags are the flags of the flight recorder, of dial and of serve.
type recordFlags struct {
	Record string `placeholder:"FILE" help:"Append to FILE, as JSON lines that onclose why reads, the CloseEvent and the last 32 frames: of data frames the headers, of control frames the payload too. serve does so for connections that do not end cleanly, dial for its own, however it ends."`
}

// recorder is what tells the recorder, and the file to close in the end. Without
// --record it does nothing. complain gets the first error of writing.
func (f *recordFlags) recorder(clean bool, complain func(error)) (websocket.Trace, io.Closer, error) {
	if f.Record == "" {
		return websocket.Trace{}, io.NopCloser(nil), nil
	}
	// Others need not read who was connected, and with which query.
	file, err := os.OpenFile(f.Record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return websocket.Trace{}, nil, usage("--record: %s", escapeText(err.Error()))
	}
	out := &recordFile{Writer: file, complain: complain}
	return observe.Record(observe.JSONLines(out), &observe.RecordOptions{Clean: clean}), file, nil
}

// recordFile tells the first error of its Writer.
type recordFile struct {
	io.Writer
	complain func(error)
	once     sync.Once
}

func (f *recordFile) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err != nil {
		f.once.Do(func() { f.complain(err) })
	}
	return n, err
}
