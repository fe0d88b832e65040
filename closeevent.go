package websocket

import (
	"net"
	"time"

	"github.com/onclose/websocket/internal/visible"
	"github.com/onclose/websocket/protocol"
)

// CloseEvent is the one truthful account of how a connection ended. Its fields
// Code, Reason and WasClean are the web's view; the others keep what that view
// leaves out: who started the closing handshake, both Close frames, how the
// transport ended, the phase, the cause, the rule broken, and what was lost.
// Its String is one line, and its JSON has every member always.
type CloseEvent = protocol.CloseEvent

// CloseFrame is a status code and a reason of at most 123 bytes of UTF-8. It is
// an error too, to be given to a context.CancelCauseFunc.
type CloseFrame = protocol.CloseFrame

// CloseError is what every method of a connection returns after its end, and
// what Dial returns when it fails. There is one for each connection.
// errors.Is(err, net.ErrClosed) is true of it, and errors.As finds the cause: a
// *protocol.Violation, EOFError, TimeoutError, AbortError or MisuseError, an
// error of package handshake, a TLS or network error, a context's cause.
type CloseError struct {
	Event CloseEvent
	// Err is the error that decided the end; nil when the endpoints' Close
	// frames did.
	Err error
	// Body is the beginning, at most 1 KiB, of the body of the HTTP response
	// with which a server refused the opening handshake. It often says why.
	Body []byte
	// RetryAfter is how long that response asks to wait before the next try
	// (RFC 9110, section 10.2.3); 0 when it does not say.
	RetryAfter time.Duration
}

// Error is the CloseEvent in one line, with the cause in full. What does not
// show is escaped: the peer has a say in the words of a cause too, for example by
// the names in its certificate.
func (e *CloseError) Error() string {
	text := "websocket: " + e.Event.String()
	if e.Err != nil {
		text += ": " + visible.Text(e.Err.Error())
	}
	return text
}

// Unwrap gives net.ErrClosed and the cause.
func (e *CloseError) Unwrap() []error {
	if e.Err == nil {
		return []error{net.ErrClosed}
	}
	return []error{net.ErrClosed, e.Err}
}
