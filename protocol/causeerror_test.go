package protocol

import (
	"errors"
	"io"
	"testing"
	"time"
)

func TestCausesWithoutAnErrorFromBelowHaveOneOfTheirOwn(t *testing.T) {
	slow := errors.New("i/o timeout")
	for _, test := range []struct {
		err  error
		text string
	}{
		{&EOFError{Cause: CauseEOF}, "websocket: the stream ended without a Close frame"},
		{&EOFError{Cause: CauseEOFInFrame}, "websocket: the stream ended inside a frame"},
		{&EOFError{Cause: CauseEOFInMessage}, "websocket: the stream ended between two fragments of a message"},
		{&EOFError{Cause: CauseEOF, Opening: true}, "websocket: the stream ended before the response of the opening handshake"},
		{&TimeoutError{CauseWriteTimeout, slow}, "i/o timeout"},
		{&AbortError{}, "websocket: aborted by the application"},
	} {
		if test.err.Error() != test.text {
			t.Errorf("%T: %q, want %q", test.err, test.err, test.text)
		}
		if errors.Is(test.err, io.EOF) {
			t.Errorf("%v passes for io.EOF, the end of all good streams", test.err)
		}
	}
	if e := (&TimeoutError{CauseWriteTimeout, slow}); !e.Timeout() || !errors.Is(e, slow) {
		t.Errorf("%v is no timeout, or hides what it waited for", e)
	}
}

func TestABrokenOffWaitIsATimeoutErrorThatNamesIt(t *testing.T) {
	for _, test := range []struct {
		written bool
		cause   Cause
	}{{false, CauseWriteTimeout}, {true, CauseCloseTimeout}} {
		var m Closing
		now := time.Unix(1e9, 0)
		m.Init(Client, Timeouts{Close: time.Second, Transport: time.Second})
		m.StartEmpty(now)
		var s Sender
		s.Init(Client, func() uint32 { return 1 })
		m.AppendOwed(nil, &s)
		if test.written {
			m.Written(now)
		}
		m.Tick(m.Deadline())
		waited, ok := errors.AsType[*TimeoutError](m.Err())
		if got := m.Event(Opening{}, Lost{}, now).Cause; !ok || waited.Cause != test.cause || got != test.cause {
			t.Errorf("written %v: the cause is %s and the error %#v, want %s", test.written, got, m.Err(), test.cause)
		}
	}
}
