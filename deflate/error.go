package deflate

import "strconv"

// Error says that a message's compressed data are not what they claim to be.
// The message ends there; nothing behind it can be decompressed.
type Error struct {
	// Offset is how many bytes of the message's compressed data come before the
	// fault.
	Offset int64
	// Problem is what is wrong, in one clause.
	Problem string
	// Section is where the rule stands.
	Section string
}

// Error names the problem, the place and the section.
func (e *Error) Error() string {
	return "websocket: compressed data: " + e.Problem + ", at byte " + strconv.FormatInt(e.Offset, 10) + " (" + e.Section + ")"
}
