package websocket

import (
	"context"
	"errors"
	"time"

	"github.com/onclose/websocket/protocol"
)

// Close closes the connection with a status code (1000 to 1003, 1007 to 1014,
// 3000 to 4999) and a reason of at most 123 bytes of UTF-8. Messages being
// written or queued go out first; a message that NextWriter has begun and not ended is cut
// off. It needs no reader, waits behind no blocked writer for longer than the
// timeouts of Limits, and returns when the CloseEvent is known: after the peer's
// answer and the end of the transport, or when their time is over.
//
// It returns nil when the connection ended cleanly, and else the *CloseError.
// When the closing handshake had been started before, by either end, code and
// reason are not used, and Close waits for the same end. After the end it
// returns the *CloseError. A code or reason that may not be sent gives a
// *protocol.MisuseError, and the connection stays open.
//
// RFC 6455, sections 5.5.1, 7.1.2 and 7.4.
func (c *Conn) Close(code StatusCode, reason string) error {
	return c.close(func(m *protocol.Closing, now time.Time) error {
		return m.Start(CloseFrame{Code: code, Reason: reason}, now)
	})
}

// CloseEmpty is Close with a Close frame that holds no status code: the peer's
// CloseEvent has 1005.
func (c *Conn) CloseEmpty() error {
	return c.close(func(m *protocol.Closing, now time.Time) error {
		m.StartEmpty(now)
		return nil
	})
}

// Abort ends the connection at once, without a closing handshake: 1006, cause
// aborted, unless both Close frames had gone through. It does not wait for the
// peer.
func (c *Conn) Abort() {
	c.localClose.Store(true)
	c.tell(func(m *protocol.Closing, _ time.Time) {
		m.Cut(protocol.Blame{Cause: protocol.CauseAborted, Err: &protocol.AbortError{}})
	})
	c.wait()
}

func (c *Conn) close(start func(*protocol.Closing, time.Time) error) error {
	if err := c.final.Load(); err != nil {
		return err
	}
	c.mu.Lock()
	if err := start(&c.closing, time.Now()); err != nil {
		c.mu.Unlock()
		return err
	}
	c.actToTheEnd()
	if err := c.final.Load(); !err.Event.WasClean {
		return err
	}
	return nil
}

// start tells the machine a wish to close, unless it is Misuse.
func (c *Conn) start(wish func(*protocol.Closing, time.Time) error) error {
	c.mu.Lock()
	if err := wish(&c.closing, time.Now()); err != nil {
		c.mu.Unlock()
		return err
	}
	c.localClose.Store(true)
	c.act()
	return nil
}

// closeFor closes because of what happened to the application, and waits.
func (c *Conn) closeFor(cause protocol.Cause, reason string, err error) {
	c.mu.Lock()
	c.closing.StartFor(cause, reason, err, time.Now())
	c.actToTheEnd()
}

// actToTheEnd is act for a goroutine that then waits for the CloseEvent. mu is
// held, and unlocked.
func (c *Conn) actToTheEnd() {
	c.localClose.Store(true)
	c.stepAside()
	c.actAndAttend()
	c.wait()
}

// actAndAttend is act, and when nobody else reads the attendant's work too, which
// saves a goroutine. mu is held, and unlocked.
func (c *Conn) actAndAttend() {
	if !c.attending && !c.readTurn.taken() && !c.closing.Over() {
		c.attending = true
		defer c.attend() // also when a hook panics
	}
	c.act()
}

// wait waits for the CloseEvent and, as a rule, for Trace.Closed to have been
// told of it. Once the event is known it does not wait any more: the caller may
// be that very hook.
func (c *Conn) wait() {
	if c.final.Load() == nil {
		c.stepAside()
		<-c.done.wait()
	}
}

func (c *Conn) startFor(cause protocol.Cause, reason string, err error) {
	c.localClose.Store(true)
	c.tell(func(m *protocol.Closing, now time.Time) { m.StartFor(cause, reason, err, now) })
}

// closeForContext closes because a context of the options ended: with the code
// and reason of its cause, if that is a CloseFrame.
func (c *Conn) closeForContext(ctx context.Context) {
	cause, reason := context.Cause(ctx), ""
	var frame CloseFrame
	switch {
	case errors.As(cause, &frame):
		start := func(m *protocol.Closing, now time.Time) error { return m.Start(frame, now) }
		if c.start(start) == nil {
			return
		}
		reason = frame.Reason // with a code that may not be sent
	case cause != ctx.Err():
		reason = cause.Error()
	}
	c.startFor(protocol.CauseContextCanceled, reason, cause)
}
