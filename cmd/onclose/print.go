package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/onclose/websocket"
)

// printer writes the output of a command that holds one connection: messages on
// stdout, talk on stderr, the CloseEvent last. It escapes what it writes. Its
// methods are for one goroutine.
type printer struct {
	out, err io.Writer
	json     bool
	received string // before a message for people
	broken   error  // of stdout: nothing more can be written there
}

// maxHexBytes is how much of a binary message is shown.
const maxHexBytes = 256

// message writes a received message on one line.
func (p *printer) message(typ websocket.MessageType, data []byte) {
	switch {
	case p.json:
		p.messageJSON(typ, data)
	case typ == websocket.Text:
		p.data(p.received + escapeText(data) + "\n")
	default:
		p.data(p.received + binaryText(data) + "\n")
	}
}

// binaryText shows bytes: "binary 5 bytes: 68656c6c6f", and "..." behind the
// first 256.
func binaryText(data []byte) string {
	text := fmt.Sprintf("binary %d bytes", len(data))
	switch {
	case len(data) == 0:
		return text
	case len(data) > maxHexBytes:
		return text + ": " + hex.EncodeToString(data[:maxHexBytes]) + " ..."
	}
	return text + ": " + hex.EncodeToString(data)
}

// messageJSON writes {"type":"message","kind":"text","data":"..."}; the data of
// the kind "binary" is base64.
func (p *printer) messageJSON(typ websocket.MessageType, data []byte) {
	object := struct {
		Type string `json:"type"`
		Kind string `json:"kind"`
		Data any    `json:"data"`
	}{"message", "text", string(data)}
	if typ == websocket.Binary {
		object.Kind, object.Data = "binary", append([]byte{}, data...) // never nil: null is no base64
	}
	p.jsonLine(object)
}

// say writes a line for people.
func (p *printer) say(format string, args ...any) {
	fmt.Fprintln(p.err, escapeText(fmt.Sprintf(format, args...)))
}

// complain writes what went wrong, in one line.
func (p *printer) complain(format string, args ...any) {
	p.say("onclose: "+format, args...)
}

// maxBodyLines is how many lines of a refusing server's page are shown.
const maxBodyLines = 10

// body writes the beginning of the page with which a server refused.
func (p *printer) body(body []byte) {
	lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	if len(lines[0]) == 0 {
		return
	}
	for i, line := range lines {
		if i == maxBodyLines {
			p.say("  | ...")
			return
		}
		p.say("  | %s", bytes.TrimRight(line, "\r"))
	}
}

// event writes the last line: on stdout as JSON, else on stderr.
func (p *printer) event(ev websocket.CloseEvent) {
	if p.json {
		p.jsonLine(ev)
	}
	if !p.json || p.broken != nil {
		p.say("%s", ev)
	}
}

func (p *printer) jsonLine(v any) {
	line, err := jsonLine(v)
	if err != nil {
		panic(err) // strings, numbers and times always become JSON
	}
	p.data(string(line))
}

func (p *printer) data(line string) {
	if p.broken != nil {
		return
	}
	if _, p.broken = io.WriteString(p.out, line); p.broken != nil {
		p.complain("standard output: %v", p.broken)
	}
}
