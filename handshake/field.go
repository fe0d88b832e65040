package handshake

import (
	"slices"
	"strconv"
	"strings"
)

// Header holds the header fields of a request or a response: for each name the
// values of its lines, in their order. The names are in canonical form, as
// net/http makes them: "Sec-Websocket-Key", with a small s in the middle. An
// http.Header is assignable to a Header.
type Header = map[string][]string

// The fields of the opening handshake in canonical form.
const (
	fieldHost       = "Host"
	fieldOrigin     = "Origin"
	fieldUpgrade    = "Upgrade"
	fieldConnection = "Connection"
	fieldKey        = "Sec-Websocket-Key"
	fieldVersion    = "Sec-Websocket-Version"
	fieldAccept     = "Sec-Websocket-Accept"
	fieldProtocol   = "Sec-Websocket-Protocol"
	fieldExtensions = "Sec-Websocket-Extensions"

	fieldContentLength    = "Content-Length"
	fieldTransferEncoding = "Transfer-Encoding"
	fieldForwarded        = "Forwarded"
	fieldForwardedProto   = "X-Forwarded-Proto"
)

// displayName is the field's name as the standards spell it.
func displayName(canonical string) string {
	if rest, ok := strings.CutPrefix(canonical, "Sec-Websocket-"); ok {
		return "Sec-WebSocket-" + rest
	}
	return canonical
}

// reserved reports whether only the opening handshake itself may set the
// field. Content-Length and Transfer-Encoding are among them because they would
// make an intermediary take the first frames for the body of the message.
func reserved(canonical string) bool {
	switch canonical {
	case fieldHost, fieldUpgrade, fieldConnection, fieldKey, fieldVersion, fieldAccept,
		fieldProtocol, fieldExtensions, fieldContentLength, fieldTransferEncoding:
		return true
	}
	return false
}

// appendField writes one header line.
func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// appendExtra writes a caller's own header lines, sorted by name, or nothing
// when one of them must not be written.
func appendExtra(dst []byte, extra Header) ([]byte, error) {
	names := make([]string, 0, len(extra))
	for name, values := range extra {
		if err := checkExtra(name, values); err != nil {
			return dst, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range extra[name] {
			dst = appendField(dst, name, value)
		}
	}
	return dst, nil
}

// checkExtra says what keeps a caller's field out of a head.
func checkExtra(name string, values []string) error {
	if !isToken(name) {
		return &MisuseError{quote(name), "the name of a header field must be a token", "RFC 9110, section 5.1"}
	}
	if canonical := canonicalName(name); reserved(canonical) {
		return &MisuseError{displayName(canonical), "the opening handshake sets this header field itself", "RFC 6455, section 4"}
	}
	for _, value := range values {
		if i := indexControl(value); i >= 0 {
			return &MisuseError{name, "the value has a control character at byte " + strconv.Itoa(i), "RFC 9110, section 5.5"}
		}
	}
	return nil
}

// canonicalName is the name as net/http writes it: a capital at the start and
// behind each hyphen, small letters elsewhere. The name must be a token.
func canonicalName(name string) string {
	b := []byte(name)
	first := true
	for i, c := range b {
		switch {
		case first && 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		case !first:
			b[i] = lower(c)
		}
		first = c == '-'
	}
	switch string(b) { // what nearly all of them are asks for no memory
	case name:
		return name
	case fieldKey:
		return fieldKey
	case fieldVersion:
		return fieldVersion
	case fieldAccept:
		return fieldAccept
	case fieldProtocol:
		return fieldProtocol
	case fieldExtensions:
		return fieldExtensions
	}
	return string(b)
}

// listHas reports whether the comma-separated lists in lines have an element
// that is word, whatever its case.
func listHas(lines []string, word string) bool {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			if equalFold(trim(element), word) {
				return true
			}
		}
	}
	return false
}

// trim takes the optional whitespace off both ends (OWS; RFC 9110, section 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }

// isToken reports whether s is a token: one or more of the characters that
// RFC 9110, section 5.6.2, allows. RFC 6455 means the same set by "U+0021 to
// U+007E not including separator characters".
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return isAlnum(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= lower(c) && lower(c) <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// indexControl is where s has its first control character, -1 when it has
// none. A field value may hold tabs but no other control character; CR, LF and
// NUL are the dangerous ones (RFC 9110, section 5.5).
func indexControl(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return -1
}

// equalFold compares without the case of ASCII letters, and of no others:
// strings.EqualFold would take the Kelvin sign for a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// toLower makes the ASCII letters of s small.
func toLower(s string) string {
	if strings.IndexFunc(s, isCapital) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}

func isCapital(c rune) bool { return 'A' <= c && c <= 'Z' }

func lower(c byte) byte {
	if isCapital(rune(c)) {
		return c - 'A' + 'a'
	}
	return c
}

// maxQuotedBytes bounds what is repeated of a peer's text in a message.
const maxQuotedBytes = 100

// quote makes a peer's text fit to be shown: quoted, escaped and bounded.
func quote(s string) string {
	if len(s) > maxQuotedBytes {
		return strconv.Quote(s[:maxQuotedBytes]) + "..."
	}
	return strconv.Quote(s)
}
