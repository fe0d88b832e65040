package handshake

import "strconv"

// SyntaxError says that a peer's text is not what its grammar demands, or that
// it goes over a limit.
type SyntaxError struct {
	// In names the text: "request", "response" or "Sec-WebSocket-Extensions".
	In string
	// Offset is the byte at which the fault begins: in the head, or in the
	// field's value. A field of several lines counts as one value, the lines
	// joined by a comma (RFC 9110, section 5.3).
	Offset int
	// Problem is what is wrong, in one clause.
	Problem string
	// Section is where the rule stands; empty for a limit of this library.
	Section string
	// Status is the HTTP status with which a server answers such a request:
	// 400, or 414 or 431 when it is too long. To a client it means nothing.
	Status int
}

// Error names the text, the problem, the place and the section.
func (e *SyntaxError) Error() string {
	return "websocket: malformed " + e.In + ": " + e.sentence()
}

// Refusal is the answer of a server to a request that could not be parsed.
func (e *SyntaxError) Refusal() *Refusal {
	return refuse(e.Status, e.Section, "malformed "+e.In+": "+e.Problem+", at byte "+strconv.Itoa(e.Offset))
}

func (e *SyntaxError) sentence() string {
	return e.Problem + ", at byte " + strconv.Itoa(e.Offset) + inSection(e.Section)
}

// MisuseError says that this side's caller gave a value that must not be used
// in an opening handshake. Nothing was written.
type MisuseError struct {
	// Field names the value: a header field, an option, or "request target".
	Field string
	// Problem is what is wrong with it, in one clause.
	Problem string
	// Section is where the rule stands, or empty.
	Section string
}

// Error names the value, the problem and the section.
func (e *MisuseError) Error() string {
	return "websocket: " + e.Field + ": " + e.Problem + inSection(e.Section)
}

// inSection is the section as the end of a message.
func inSection(section string) string {
	if section == "" {
		return ""
	}
	return " (" + section + ")"
}
