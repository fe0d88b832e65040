package handshake

import (
	"bytes"
	"strconv"
)

// The limits that apply where [Limits] has zeros.
const (
	DefaultMaxHeaderBytes     = 64 << 10
	DefaultMaxHeaderLineBytes = 8 << 10
	DefaultMaxHeaderLines     = 128
)

// Limits bounds the head of a request or a response. The zero value, and any
// field that is zero or negative, stands for the default: there is always a
// limit.
type Limits struct {
	// MaxHeaderBytes bounds the whole head in bytes, from the start line to
	// the empty line. The default is 64 KiB.
	MaxHeaderBytes int
	// MaxHeaderLineBytes bounds each line of the head in bytes, with its line
	// end. The default is 8 KiB.
	MaxHeaderLineBytes int
	// MaxHeaderLines bounds the number of header lines. The default is 128.
	MaxHeaderLines int
}

// orDefaults fills in the defaults.
func (l Limits) orDefaults() Limits {
	if l.MaxHeaderBytes <= 0 {
		l.MaxHeaderBytes = DefaultMaxHeaderBytes
	}
	if l.MaxHeaderLineBytes <= 0 {
		l.MaxHeaderLineBytes = DefaultMaxHeaderLineBytes
	}
	if l.MaxHeaderLines <= 0 {
		l.MaxHeaderLines = DefaultMaxHeaderLines
	}
	return l
}

// lineEnd is the offset behind the line of p that begins at offset at, or 0
// when more bytes are needed to know. It depends on the bytes alone, not on how
// many of them have arrived: a line that is too long is reported at the byte
// that makes it so, whatever stands behind.
func (l Limits) lineEnd(p []byte, at int, in string) (end int, err error) {
	room := min(l.MaxHeaderLineBytes, l.MaxHeaderBytes-at)
	line := p[at:min(len(p), at+room)]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		return at + i + 1, nil
	}
	switch {
	case len(line) < room:
		return 0, nil
	case room < l.MaxHeaderLineBytes:
		return 0, tooLarge(in, at, "the head", l.MaxHeaderBytes)
	case at == 0:
		// "A server that receives a request-target longer than any URI it
		// wishes to parse MUST respond with a 414 (URI Too Long)"
		// (RFC 9112, section 3).
		tooLong := tooLarge(in, at, "the start line", l.MaxHeaderLineBytes)
		tooLong.Status = 414
		return 0, tooLong
	}
	return 0, tooLarge(in, at, "a header line", l.MaxHeaderLineBytes)
}

// check applies the limits to a header that somebody else has parsed, counting
// each line as it stands on the wire.
func (l Limits) check(h Header) *Refusal {
	l = l.orDefaults()
	var lines, total int
	var longest string // of the names with too long a line the first, for one answer to one request
	for name, values := range h {
		for _, value := range values {
			size := len(name) + len(": ") + len(value) + len("\r\n")
			lines++
			total += size
			if size > l.MaxHeaderLineBytes && (longest == "" || name < longest) {
				longest = name
			}
		}
	}
	switch {
	case longest != "":
		return refuse(431, "", "the header line "+quote(longest)+" is longer than "+strconv.Itoa(l.MaxHeaderLineBytes)+" bytes")
	case lines > l.MaxHeaderLines:
		return refuse(431, "", "the request has more than "+strconv.Itoa(l.MaxHeaderLines)+" header lines")
	case total > l.MaxHeaderBytes:
		return refuse(431, "", "the header is longer than "+strconv.Itoa(l.MaxHeaderBytes)+" bytes")
	}
	return nil
}

func tooLarge(in string, at int, what string, limitBytes int) *SyntaxError {
	return &SyntaxError{In: in, Offset: at, Problem: what + " is longer than " + strconv.Itoa(limitBytes) + " bytes", Status: 431}
}
