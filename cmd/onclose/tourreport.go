package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// jsonReport writes one line of JSON for each stop, and a last one.
type jsonReport struct{ out io.Writer }

func (r jsonReport) stop(result tourResult) error      { return r.line(result) }
func (r jsonReport) summary(summary tourSummary) error { return r.line(summary) }

func (r jsonReport) line(v any) error {
	line, err := jsonLine(v)
	if err != nil {
		return err
	}
	_, err = r.out.Write(line)
	return err
}

// tableReport writes for people: a heading for each code, two lines for each
// stop, and a line for each difference.
type tableReport struct {
	out    io.Writer
	colour bool
	last   string // heading
}

// newTableReport colours only at a terminal, and not where NO_COLOR is set
// (https://no-color.org).
func newTableReport(out io.Writer) *tableReport {
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	return &tableReport{out: out, colour: isTerminal(out) && !plain}
}

// The colours of a table, as the numbers of SGR (ECMA-48, section 8.3.117).
const (
	bold  = "1"
	faint = "2"
	green = "32"
	red   = "1;31"
)

func (r *tableReport) paint(sgr, text string) string {
	if !r.colour {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// The widths of a table, in columns. With the verdict, a situation and its
// section fill 112; both accounts stand on one line when each fits its half.
const (
	situationWidth = 74
	sectionWidth   = 27
	accountWidth   = 48
)

func (r *tableReport) stop(result tourResult) error {
	var b strings.Builder
	if heading := headingOf(result.Code); heading != r.last {
		if r.last != "" {
			b.WriteByte('\n')
		}
		r.last = heading
		b.WriteString(r.paint(bold, heading) + "\n")
	}
	verdict := r.paint(green, "ok")
	if !result.OK {
		verdict = r.paint(red, "DIFFERS")
	}
	b.WriteString("  " + pad(result.Situation, situationWidth) + " " + r.paint(faint, pad(result.Section, sectionWidth)) + " " + verdict + "\n")
	client, server := accountText(result.Client), accountText(result.Server)
	b.WriteString(r.paint(faint, "    client ") + client)
	if utf8.RuneCountInString(client) < accountWidth && utf8.RuneCountInString(server) < accountWidth {
		b.WriteString(strings.Repeat(" ", accountWidth-utf8.RuneCountInString(client)))
	} else {
		b.WriteString("\n    ")
	}
	b.WriteString(r.paint(faint, "server ") + server + "\n")
	for _, difference := range result.Differences {
		b.WriteString(r.paint(red, "    differs: ") + escapeText(difference) + "\n")
	}
	_, err := io.WriteString(r.out, b.String())
	return err
}

func (r *tableReport) summary(s tourSummary) error {
	verdict := r.paint(green, "all as expected")
	if s.Differing > 0 {
		verdict = r.paint(red, strconv.Itoa(s.Differing)+" DIFFERS")
	}
	left := "nothing left behind"
	if s.GoroutinesLeft+s.DescriptorsLeft > 0 {
		left = r.paint(red, fmt.Sprintf("%d goroutines and %d descriptors LEFT BEHIND", s.GoroutinesLeft, s.DescriptorsLeft))
	}
	_, err := fmt.Fprintf(r.out, "\n%d stops in %.1f s: %s, %s\n", s.Stops, s.Seconds, verdict, left)
	return err
}

// headingOf is a code with its name, or with the standing of its range.
func headingOf(code websocket.StatusCode) string {
	if code.Name() != "" {
		return code.String()
	}
	return code.String() + " (" + websocket.Describe(code, "en").Status + ")"
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// accountText is what an end has to say, in one line.
func accountText(account any) string {
	switch a := account.(type) {
	case websocket.CloseEvent:
		return eventText(a)
	case rawAccount:
		return rawText(a)
	case refusedAccount:
		return "refused the request: HTTP " + strconv.Itoa(a.HTTPStatus)
	}
	return "-"
}

// eventText is a CloseEvent, shorter than its String: what every stop of the
// tour has in common is left out.
func eventText(ev websocket.CloseEvent) string {
	text := fmt.Sprint(uint16(ev.Code))
	if ev.Reason != "" {
		text += " " + quoted(ev.Reason)
	}
	if ev.WasClean {
		text += " clean, by " + string(ev.Initiator)
	} else {
		text += " not clean"
	}
	if ev.Cause != "" {
		text += ", " + string(ev.Cause)
	}
	if !ev.WasClean {
		text += ", " + string(ev.Phase)
	}
	if ev.Transport != protocol.EndFIN && string(ev.Transport) != string(ev.Cause) {
		text += ", " + string(ev.Transport)
	}
	if ev.HTTPStatus != 0 && ev.HTTPStatus != 101 {
		text += fmt.Sprint(", HTTP ", ev.HTTPStatus)
	}
	if ev.OffendingCode != nil {
		text += fmt.Sprint(", got ", uint16(*ev.OffendingCode))
	}
	if ev.Sent != nil && ev.Sent.Code != ev.Code {
		text += fmt.Sprint(", said ", uint16(ev.Sent.Code))
	}
	return text
}

// rawText is what a raw peer saw.
func rawText(a rawAccount) string {
	text := "(raw)"
	for _, frame := range a.Frames {
		text += " " + frame.Opcode
		if frame.Close != nil {
			text += fmt.Sprint(" ", uint16(frame.Close.Code))
		}
		if frame.Close != nil && frame.Close.Reason != "" {
			text += " " + quoted(frame.Close.Reason)
		}
	}
	if len(a.Frames) == 0 {
		text += " no frame"
	}
	if a.End == protocol.EndLocal {
		return text + ", and cut it"
	}
	return text + ", then " + string(a.End)
}

// quotedBytes is how much of a reason a table shows; JSON has all of it.
const quotedBytes = 56

// quoted is a peer's text, escaped and not longer than a column can bear.
func quoted(reason string) string {
	end := len(reason)
	if end > quotedBytes {
		for end = quotedBytes; !utf8.RuneStart(reason[end]); end-- {
		}
	}
	text := strconv.QuoteToGraphic(reason[:end])
	if end < len(reason) {
		text += "…"
	}
	return text
}
