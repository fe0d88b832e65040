package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/onclose/websocket/protocol"
)

func op(name string, err error) error { return &net.OpError{Op: name, Net: "tcp", Err: err} }

func TestReadEnd(t *testing.T) {
	for _, test := range []struct {
		err   error
		end   protocol.TransportEnd
		cause protocol.Cause
	}{
		{io.EOF, "fin", "eof"},
		{io.ErrUnexpectedEOF, "tls-truncated", "tls-truncated"},
		{op("read", os.NewSyscallError("read", syscall.ECONNRESET)), "reset", "reset"},
		{op("read", net.ErrClosed), "local", "aborted"},
		{op("read", os.NewSyscallError("read", syscall.ETIMEDOUT)), "timeout", "unreachable"},
		{op("read", os.NewSyscallError("read", syscall.EHOSTUNREACH)), "reset", "unreachable"},
		{op("remote error", errors.New("tls: internal error")), "tls-alert", "tls-alert"},
		{tls.RecordHeaderError{Msg: "no TLS"}, "tls-alert", "tls-alert"},
		{errors.New("strange"), "reset", "read-failed"},
	} {
		end, blame := ReadEnd(fmt.Errorf("wrapped: %w", test.err))
		kept := errors.Is(blame.Err, test.err)
		if test.cause == "aborted" {
			_, kept = errors.AsType[*protocol.AbortError](blame.Err)
		}
		if end != test.end || blame.Cause != test.cause || !kept {
			t.Errorf("%v: %s, %s; want %s, %s", test.err, end, blame.Cause, test.end, test.cause)
		}
	}
}

func TestWriteBlame(t *testing.T) {
	for err, want := range map[error]protocol.Cause{
		os.ErrDeadlineExceeded:                       "write-timeout",
		op("write", syscall.EPIPE):                   "reset",
		op("write", syscall.ECONNRESET):              "reset",
		io.ErrClosedPipe:                             "reset",
		op("write", syscall.ENETUNREACH):             "unreachable",
		op("write", error(syscall.ETIMEDOUT)):        "unreachable",
		errors.New("strange"):                        "write-failed",
		op("write", errors.New("some other reason")): "write-failed",
	} {
		if got := WriteBlame(err); got.Cause != want || !errors.Is(got.Err, err) {
			t.Errorf("%v: %s, want %s", err, got.Cause, want)
		} else if waited, ok := errors.AsType[*protocol.TimeoutError](got.Err); ok != (want == "write-timeout") || ok && waited.Cause != want {
			t.Errorf("%v: the error is %#v", err, got.Err)
		}
	}
}

func TestDialBlame(t *testing.T) {
	for err, want := range map[error]protocol.Cause{
		context.Canceled:                                   "context-canceled",
		op("dial", context.DeadlineExceeded):               "open-timeout",
		op("dial", &net.DNSError{IsNotFound: true}):        "dns",
		op("dial", syscall.ECONNREFUSED):                   "refused",
		op("dial", syscall.EHOSTUNREACH):                   "unreachable",
		op("dial", syscall.ECONNRESET):                     "reset",
		op("dial", syscall.EADDRNOTAVAIL):                  "dial-failed",
		errors.New("the dial function's own disappointed"): "dial-failed",
	} {
		if got := DialBlame(err); got.Cause != want || got.Phase != protocol.PhaseDialing || !errors.Is(got.Err, err) {
			t.Errorf("%v: %s %s, want %s", err, got.Phase, got.Cause, want)
		} else if waited, ok := errors.AsType[*protocol.TimeoutError](got.Err); ok != (want == "open-timeout") || ok && waited.Cause != want {
			t.Errorf("%v: the error is %#v", err, got.Err)
		}
	}
}
