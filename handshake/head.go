package handshake

import (
	"strconv"
	"strings"
)

// A head is a start line, header lines and an empty line. Requests and
// responses differ in the start line only, so the rest is parsed here.
//
// Parsing has two steps. Measuring looks for the empty line and holds the
// limits; only the head that is complete is taken apart. So a head that comes
// in many pieces is measured anew for each piece, which costs next to nothing,
// but parsed once; and the answer does not depend on the pieces. The start line
// is the exception: it is judged as soon as it is complete, so that a client
// which has reached a mail server need not wait for an empty line.

// parseHead parses the head at the beginning of p, giving its start line to
// start. It returns n == 0 and no error when more bytes are needed; otherwise n
// is the length of the head.
func parseHead(p []byte, limits Limits, in string, start func(line string) error) (h Header, n int, err error) {
	limits = limits.orDefaults()
	fields, err := limits.lineEnd(p, 0, in)
	if fields == 0 {
		return nil, 0, err
	}
	if err := start(withoutLineEnd(string(p[:fields]))); err != nil {
		return nil, 0, err
	}
	n, err = limits.measure(p, fields, in)
	if n == 0 {
		return nil, 0, err
	}
	h, err = parseFields(string(p[fields:n]), fields, in)
	if err != nil {
		return nil, 0, err
	}
	return h, n, nil
}

// measure is the offset behind the empty line that ends the head; the header
// lines begin at offset at. It is 0 when more bytes are needed.
func (l Limits) measure(p []byte, at int, in string) (int, error) {
	for lines := 0; ; lines++ {
		end, err := l.lineEnd(p, at, in)
		switch {
		case end == 0:
			return 0, err
		case end-at == len("\n"), end-at == len("\r\n") && p[at] == '\r':
			return end, nil
		case lines == l.MaxHeaderLines:
			return 0, &SyntaxError{In: in, Offset: at, Problem: "the head has more than " + strconv.Itoa(l.MaxHeaderLines) + " header lines", Status: 431}
		}
		at = end
	}
}

// parseFields parses header lines up to the empty line that ends text. The text
// begins at offset at in the head.
func parseFields(text string, at int, in string) (Header, error) {
	most := strings.Count(text, "\n")
	h := make(Header, most)
	room := make([]string, most) // for the first values of all fields: hardly any comes twice
	for line := range strings.Lines(text) {
		field := withoutLineEnd(line)
		if field == "" {
			break
		}
		name, value, problem := parseField(field)
		if problem.text != "" {
			return nil, &SyntaxError{In: in, Offset: at + problem.at, Problem: problem.text, Section: problem.section, Status: 400}
		}
		key := canonicalName(name)
		if h[key] == nil {
			h[key], room = room[:0:1], room[1:]
		}
		h[key] = append(h[key], value)
		at += len(line)
	}
	return h, nil
}

// problem is a fault in a piece of text; its text is empty when there is none.
type problem struct {
	at            int
	text, section string
}

// parseField splits a header line into name and value.
func parseField(line string) (name, value string, fault problem) {
	name, value, found := strings.Cut(line, ":")
	switch {
	case line[0] == ' ' || line[0] == '\t':
		// "A sender MUST NOT generate a message that includes line folding";
		// a server that receives one may reject it, and so do we on both sides.
		return "", "", problem{0, "a header line begins with whitespace: line folding is obsolete", "RFC 9112, section 5.2"}
	case !found:
		return "", "", problem{0, "a header line has no colon", "RFC 9112, section 5"}
	case !isToken(name):
		// "No whitespace is allowed between the field name and colon": a space
		// there has hidden fields from one of two parsers before.
		return "", "", problem{0, "the name of a header field is not a token", "RFC 9112, section 5.1"}
	}
	if i := indexControl(value); i >= 0 {
		return "", "", problem{len(name) + 1 + i, "the value of " + quote(name) + " has a control character", "RFC 9110, section 5.5"}
	}
	return name, trim(value), problem{}
}

// withoutLineEnd takes CR LF off a line, or LF alone: "a recipient MAY recognize
// a single LF as a line terminator and ignore any preceding CR" (RFC 9112,
// section 2.2).
func withoutLineEnd(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// parseVersion parses an HTTP-version such as "HTTP/1.1" (RFC 9112, section 2.3).
func parseVersion(s string) (major, minor int, ok bool) {
	if len(s) != len("HTTP/1.1") || s[:5] != "HTTP/" || !isDigit(s[5]) || s[6] != '.' || !isDigit(s[7]) {
		return 0, 0, false
	}
	return int(s[5] - '0'), int(s[7] - '0'), true
}
