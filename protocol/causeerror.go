package protocol

import "errors"

// This file holds the errors of those causes for which neither the network nor
// a broken rule has an error of its own, so that errors.As tells apart what the
// words of Cause do.

// EOFError says that the peer's stream ended in order, but without a Close
// frame. It is not io.EOF, and must not be: that would pass for a good end.
type EOFError struct {
	// Cause says where: CauseEOF between two messages, CauseEOFInFrame,
	// CauseEOFInMessage between two fragments of one.
	Cause Cause
	// Opening is true when the response of the opening handshake had not come.
	Opening bool
}

// Error says where the stream ended.
func (e *EOFError) Error() string {
	switch {
	case e.Opening:
		return "websocket: the stream ended before the response of the opening handshake"
	case e.Cause == CauseEOFInFrame:
		return "websocket: the stream ended inside a frame"
	case e.Cause == CauseEOFInMessage:
		return "websocket: the stream ended between two fragments of a message"
	}
	return "websocket: the stream ended without a Close frame"
}

// TimeoutError says that a wait for the peer was over.
type TimeoutError struct {
	// Cause is the wait: CauseOpenTimeout, CauseWriteTimeout, CauseCloseTimeout
	// or CausePongTimeout.
	Cause Cause
	// Err says what was waited for: the transport's or the context's error, if
	// there was one.
	Err error
}

// Error says what was waited for.
func (e *TimeoutError) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Timeout is true, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

// AbortError says that this side's application ended the connection without a
// closing handshake: with Abort, or by closing the connection below.
type AbortError struct{}

// Error says so.
func (*AbortError) Error() string { return "websocket: aborted by the application" }

var (
	errCloseNotWritten  = &TimeoutError{CauseWriteTimeout, errors.New("websocket: the peer did not take our Close frame in time")}
	errCloseNotAnswered = &TimeoutError{CauseCloseTimeout, errors.New("websocket: the peer did not answer our Close frame in time")}
)
