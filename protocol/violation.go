package protocol

import (
	"strconv"

	"github.com/onclose/websocket/wire"
)

// Violation is a rule that the peer broke, or a limit of ours that it went
// over. It is an error.
type Violation struct {
	Rule wire.Rule
	// Offset is where in the stream of bytes received since the opening
	// handshake, counted from 0, the frame begins that breaks the rule; for
	// text, where the first bad byte stands (in a compressed message,
	// the frame of that byte).
	Offset int64
	// Got is the number that is too large or not allowed (a length, a count, a
	// status code, an opcode), and Limit the bound it went over; 0 when the rule
	// is not about numbers.
	Got, Limit int64
	// Err says what is wrong with compressed data; nil for every other rule.
	Err error
	// Names lists the required extensions that the server did not agree to.
	Names string
}

// Error names the rule, its section and the place.
func (v *Violation) Error() string {
	text := "websocket: " + v.Rule.String()
	switch {
	case v.Limit != 0:
		text += " (" + strconv.FormatInt(v.Got, 10) + " > " + strconv.FormatInt(v.Limit, 10) + ")"
	case v.Rule == wire.RuleCloseCode, v.Rule == wire.RuleReservedOpcode:
		text += " (" + strconv.FormatInt(v.Got, 10) + ")"
	}
	if v.Err != nil {
		text += ": " + v.Err.Error()
	}
	if v.Names != "" {
		return text + ": " + v.Names + " (" + v.Rule.Section() + ")"
	}
	return text + ", at byte " + strconv.FormatInt(v.Offset, 10) + " (" + v.Rule.Section() + ")"
}

// Unwrap is the error of the extension that found the fault, or nil.
func (v *Violation) Unwrap() error { return v.Err }
