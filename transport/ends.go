package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/onclose/websocket/protocol"
)

// ReadEnd says how the stream ended, given the error of a Read that was no
// deadline, and what to blame if no closing handshake explains it.
func ReadEnd(err error) (protocol.TransportEnd, protocol.Blame) {
	end, cause := protocol.EndReset, protocol.CauseReadFailed
	switch {
	case errors.Is(err, io.EOF):
		end, cause = protocol.EndFIN, protocol.CauseEOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		// crypto/tls: TCP ended without close_notify.
		end, cause = protocol.EndTLSTruncated, protocol.CauseTLSTruncated
	case wasReset(err):
		cause = protocol.CauseReset
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		// The application closed the connection below us.
		end, cause, err = protocol.EndLocal, protocol.CauseAborted, &protocol.AbortError{}
	case errors.Is(err, syscall.ETIMEDOUT):
		end, cause = protocol.EndTimeout, protocol.CauseUnreachable
	case unreachable(err):
		cause = protocol.CauseUnreachable
	case isAlert(err):
		end, cause = protocol.EndTLSAlert, protocol.CauseTLSAlert
	case errors.As(err, new(tls.RecordHeaderError)):
		end, cause = protocol.EndTLSAlert, protocol.CauseTLSAlert
	}
	return end, protocol.Blame{Cause: cause, Err: err}
}

// isAlert reports whether err is crypto/tls's for an alert that came, or one that
// we sent.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}

// WriteBlame says what to blame for a Write that failed.
func WriteBlame(err error) protocol.Blame {
	cause := protocol.CauseWriteFailed
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		cause = protocol.CauseWriteTimeout
		err = &protocol.TimeoutError{Cause: cause, Err: err}
	case wasReset(err), errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		cause = protocol.CauseReset
	case errors.Is(err, syscall.ETIMEDOUT), unreachable(err):
		cause = protocol.CauseUnreachable
	}
	return protocol.Blame{Cause: cause, Err: err}
}

// DialBlame says what to blame when a connection could not be made.
func DialBlame(err error) protocol.Blame {
	cause := protocol.CauseDialFailed
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		cause = protocol.CauseContextCanceled
	case errors.As(err, new(*net.DNSError)):
		cause = protocol.CauseDNS
	case errors.Is(err, syscall.ECONNREFUSED):
		cause = protocol.CauseRefused
	case unreachable(err):
		cause = protocol.CauseUnreachable
	case wasReset(err):
		cause = protocol.CauseReset
	case errors.As(err, &timeout) && timeout.Timeout():
		cause = protocol.CauseOpenTimeout
		err = &protocol.TimeoutError{Cause: cause, Err: err}
	}
	return protocol.Blame{Phase: protocol.PhaseDialing, Cause: cause, Err: err}
}

func unreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN)
}
