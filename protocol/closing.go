package protocol

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/onclose/websocket/wire"
)

// This file decides how a connection ends. Everything else reports facts to
// Closing; it alone chooses status codes, and it alone makes the CloseEvent.
//
//	Start  Received  Violated  Written  WriteFailed  StreamEnded  Cut  Tick
//	  |        |         |        |          |            |        |     |
//	+-v--------v---------v--------v----------v------------v--------v-----v-+
//	|                               Closing                                |
//	+-----+-----------------+---------------------+-----------------+------+
//	      v                 v                     v                 v
//	  AppendOwed        HalfClose             Deadline            Event
//	 Close and Pong   end our stream now   call Tick then   the one CloseEvent
//
// What may live here: the rules of RFC 6455, sections 5.5.1, 7 and 8.1, and our
// decisions where they leave room. What may not: sockets, goroutines, locks,
// clocks, and anything that waits.

// Timeouts bound the waits of the closing handshake. Both must be positive.
type Timeouts struct {
	// Close bounds the time from the moment a Close frame is due or came until
	// both have gone through.
	Close time.Duration
	// Transport bounds the time from there until the transport has ended. It
	// also bounds how long reading goes on after a failure.
	Transport time.Duration
}

// Closing is the closing handshake of one connection. It is used under the lock
// that orders writes.
type Closing struct {
	role     Role
	sent     progress
	received bool
	failed   bool // a rule was broken: nothing more is processed
	over     bool // the CloseEvent is known
	pongDue  bool

	timeouts  Timeouts
	deadline  time.Time
	ours      CloseFrame // due or sent, unless sent is nothing
	theirs    CloseFrame // processed, when received
	initiator Initiator

	motive   Blame        // why we wanted to close, when no Close call said so
	blame    Blame        // the first fact that makes the end not clean
	offender *StatusCode  // the forbidden code that came in a Close frame
	end      TransportEnd // how the transport ended, empty while it stands

	pong []byte
}

// progress is how far our Close frame has come.
type progress uint8

const (
	nothing    progress = iota // none is due
	due                        // to be written
	leaving                    // being written
	written                    // entirely handed to the transport
	unsendable                 // nothing can be written any more
)

// Blame says what decided an end: in which phase, the stable word, the section
// of the rule that was broken, and the error in full. An empty Phase is filled
// in by Closing.
type Blame struct {
	Phase Phase
	Cause Cause
	Rule  string
	Err   error
}

// Init makes c ready for a connection that has just opened.
func (c *Closing) Init(role Role, timeouts Timeouts) {
	*c = Closing{timeouts: timeouts, role: role, initiator: Nobody}
}

// Started reports whether the connection is no longer open: a Close frame is
// due, sent or received, or nothing can be sent. No data frame and no Ping may
// be sent any more.
func (c *Closing) Started() bool { return c.sent != nothing || c.received || c.over }

// First is whose Close frame started the closing handshake, and that frame; or
// Nobody and none, when the connection was lost without one.
func (c *Closing) First() (Initiator, CloseFrame) {
	switch c.initiator {
	case Nobody:
		return Nobody, CloseFrame{}
	case Remote:
		return Remote, c.theirs
	}
	return c.initiator, c.ours
}

// Processing reports whether what the peer sends is still to be processed.
// Behind its Close frame, and after a failure, everything is read and dropped:
// "An endpoint MUST NOT continue to attempt to process data (including a
// responding Close frame) from the remote endpoint" (section 7.1.7).
func (c *Closing) Processing() bool { return !c.received && !c.failed && !c.over }

// Start is the application's wish to close with a code and a reason. It does
// nothing when the closing handshake has already started. The error is a
// *MisuseError for a code that may not be sent or a reason that does not fit.
func (c *Closing) Start(frame CloseFrame, now time.Time) error {
	if err := frame.Check(); err != nil {
		return err
	}
	c.start(frame, now)
	return nil
}

// StartEmpty is the wish to close with a Close frame that has no status code:
// the peer will see 1005.
func (c *Closing) StartEmpty(now time.Time) {
	c.start(CloseFrame{Code: wire.NoStatusRcvd}, now)
}

// StartFor closes because of something that happened to the application: its
// handler returned (no cause), it panicked, its context ended, or a message came
// of a type that it does not take. The reason is cut to what fits.
func (c *Closing) StartFor(cause Cause, reason string, err error, now time.Time) {
	code := wire.NormalClosure
	switch cause {
	case CausePanic:
		code = wire.InternalError
	case CauseContextCanceled:
		code = wire.GoingAway
	case CauseUnsupportedData:
		code = wire.UnsupportedData
	}
	if !c.Started() {
		c.motive = Blame{Cause: cause, Err: err}
	}
	c.start(CloseFrame{Code: code, Reason: wire.TruncateReason(reason)}, now)
}

// FallBehind closes because the peer takes less than the application sends, with a
// frame of the application's choice: one that may not be sent, as the zero value,
// stands for 1013. When the peer takes too little to find that Close frame, this
// is the cause of the end, and no wait that is over because of it.
func (c *Closing) FallBehind(frame CloseFrame, err error, now time.Time) {
	if c.Started() {
		return
	}
	if frame.Check() != nil {
		frame = CloseFrame{Code: wire.TryAgainLater, Reason: "slow consumer"}
	}
	c.motive = Blame{Phase: PhaseOpen, Cause: CauseSlowConsumer, Err: err}
	c.accuse(c.motive)
	c.start(frame, now)
}

func (c *Closing) start(frame CloseFrame, now time.Time) {
	if !c.Started() {
		c.owe(frame, Local, now)
	}
}

// owe makes our Close frame due.
func (c *Closing) owe(frame CloseFrame, by Initiator, now time.Time) {
	c.ours, c.sent, c.initiator = frame, due, by
	c.deadline = now.Add(c.timeouts.Close)
}

// Received is the peer's Close frame, with what the Receiver found: its payload, and where
// in the stream it begins. Unless ours is
// under way it is answered at once, with answer, or with the same code and
// reason when answer is nil: "the endpoint MUST send a Close frame in response
// ... typically echos the status code it received" (5.5.1). An answer that may
// not be sent is replaced by the echo.
func (c *Closing) Received(payload []byte, at int64, answer *CloseFrame, now time.Time) {
	if !c.Processing() {
		return
	}
	code, reason, rule := wire.ParseClose(payload)
	if rule != 0 {
		v := &Violation{Rule: rule, Offset: at}
		if rule == wire.RuleCloseCode {
			c.offender, v.Got = new(code), int64(code)
		}
		c.Violated(v, now)
		return
	}
	c.received, c.theirs = true, CloseFrame{Code: code, Reason: string(reason)}
	echoes := code == c.ours.Code || code == wire.NoStatusRcvd
	switch {
	case c.sent == nothing:
		if answer != nil && (*answer == emptyClose || answer.Check() == nil) {
			c.owe(*answer, Remote, now)
		} else {
			c.owe(c.theirs, Remote, now)
		}
	case c.initiator == Nobody:
		c.initiator = Remote // nothing of ours could be sent
	case c.sent == due || c.sent == unsendable || !echoes:
		c.initiator = Both // the peer closed without having seen ours
	}
	if c.sent >= leaving {
		c.pongDue = false // it would stand behind both Close frames
	}
	c.advance(now)
}

var emptyClose = CloseFrame{Code: wire.NoStatusRcvd}

// Violated fails the connection: the peer broke a rule or went over a limit. A
// Close frame that says so is due unless one of ours went before (7.1.7).
func (c *Closing) Violated(v *Violation, now time.Time) { c.fail(v, "", now) }

// MissExtension fails a connection that a client has just opened, because the
// server did not agree to the extensions that the client requires: "The list of
// extensions that are needed SHOULD appear in the /reason/ part" (7.4.1).
func (c *Closing) MissExtension(names string, now time.Time) {
	c.fail(&Violation{Rule: wire.RuleMandatoryExtension, Names: names}, PhaseOpening, now)
}

func (c *Closing) fail(v *Violation, phase Phase, now time.Time) {
	if !c.Processing() {
		return
	}
	code, cause := judge(v.Rule)
	c.accuse(Blame{Phase: phase, Cause: cause, Rule: v.Rule.Section(), Err: v})
	c.failed, c.pongDue = true, false
	if c.sent == nothing {
		reason := v.Rule.String()
		if v.Names != "" {
			reason = v.Names
		}
		c.owe(CloseFrame{Code: code, Reason: wire.TruncateReason(reason)}, Local, now)
	}
	c.advance(now)
}

// judge is the table from a broken rule to the code that we send and the word
// that we report.
func judge(rule wire.Rule) (StatusCode, Cause) {
	switch rule {
	case wire.RuleTextUTF8, wire.RuleCloseReasonUTF8:
		return wire.InvalidFramePayloadData, CauseInvalidUTF8
	case wire.RuleCompressedData:
		return wire.InvalidFramePayloadData, CauseInvalidDeflate
	case wire.RuleMessageTooBig:
		return wire.MessageTooBig, CauseMessageTooBig
	case wire.RuleTooManyFragments, wire.RuleTooManyEmptyFragments:
		return wire.PolicyViolation, CauseTooManyFragments
	case wire.RuleTooManyMessages, wire.RuleTooManyBytes:
		return wire.PolicyViolation, CauseRateExceeded
	case wire.RuleMandatoryExtension:
		return wire.MandatoryExtension, CauseMandatoryExtension
	}
	return wire.ProtocolError, CauseProtocolError
}

// Ping is a Ping frame of the peer: a Pong with the same payload is due, unless
// a Close frame was received. Only the newest Ping is answered (5.5.3).
func (c *Closing) Ping(payload []byte) {
	if c.Processing() && c.sent != unsendable {
		c.pong, c.pongDue = append(c.pong[:0], payload...), true
	}
}

// Owed reports whether a Close or a Pong frame is to be written.
func (c *Closing) Owed() bool { return !c.over && (c.pongDue || c.sent == due) }

// AppendOwed appends the frames that are due to dst, a Pong and then our Close,
// ready to be written by the caller, who then tells Written or WriteFailed.
func (c *Closing) AppendOwed(dst []byte, s *Sender) []byte {
	dst = c.AppendPong(dst, s)
	if c.sent == due && !c.over {
		var payload [wire.MaxControl]byte
		dst = s.AppendControl(dst, wire.Close, wire.AppendClose(payload[:0], c.ours.Code, c.ours.Reason))
		c.sent = leaving
	}
	return dst
}

// AppendPong is AppendOwed while messages are still to go before our Close frame.
func (c *Closing) AppendPong(dst []byte, s *Sender) []byte {
	if c.pongDue && !c.over {
		dst, c.pongDue = s.AppendControl(dst, wire.Pong, c.pong), false
	}
	return dst
}

// Written says that what AppendOwed appended last was entirely handed to the
// transport. It may come when the wait for it is over: then our Close frame did
// leave, and it was the answer that was missing.
func (c *Closing) Written(now time.Time) {
	if c.sent != leaving {
		return
	}
	c.sent = written
	if c.over && c.blame.Err == errCloseNotWritten {
		c.blame.Cause, c.blame.Err = CauseCloseTimeout, errCloseNotAnswered
	}
	c.advance(now)
}

// WriteFailed says that the transport takes nothing more, and why. Reading goes
// on for a while: the peer's Close frame may already be here.
func (c *Closing) WriteFailed(b Blame, now time.Time) {
	c.pongDue = false
	if c.over || c.sent == written || c.sent == unsendable {
		return
	}
	c.accuse(b)
	c.sent = unsendable
	c.deadline = now.Add(c.timeouts.Transport)
	c.advance(now)
}

// StreamEnded says that nothing more can be read: how the transport ended, and
// whom to blame if no Close frame of the peer explains it.
func (c *Closing) StreamEnded(end TransportEnd, b Blame, now time.Time) {
	if c.over || c.end != "" {
		return
	}
	if !c.received {
		if c.blame.Cause == CauseReset {
			// A write said so, which only finds out that the peer is gone. Reading
			// finds what came first: it may have been a FIN.
			b.Phase, c.blame = c.blame.Phase, Blame{}
		}
		c.accuse(b)
	}
	c.end = end
	c.advance(now)
}

// Cut ends the connection at once and without a closing handshake: Abort, or a
// context that ended in the middle of a frame.
func (c *Closing) Cut(b Blame) {
	if c.over {
		return
	}
	if !c.complete() {
		c.accuse(b)
	}
	c.finish(EndLocal)
}

// Deadline is when Tick is to be called; zero means never.
func (c *Closing) Deadline() time.Time {
	if c.over {
		return time.Time{}
	}
	return c.deadline
}

// Tick tells c the time. A wait that is over by then ends the connection.
func (c *Closing) Tick(now time.Time) {
	if c.over || c.deadline.IsZero() || now.Before(c.deadline) {
		return
	}
	switch {
	case c.sent == due || c.sent == leaving:
		c.accuse(Blame{Cause: CauseWriteTimeout, Err: errCloseNotWritten})
	case !c.received:
		c.accuse(Blame{Cause: CauseCloseTimeout, Err: errCloseNotAnswered})
	}
	c.finish(EndTimeout)
}

// HalfClose reports whether our side of the byte stream is to be ended now,
// with a FIN, while reading goes on until the peer's: a server does so as soon
// as both Close frames went through, since it "MUST close the underlying TCP
// connection immediately" (5.5.1), and either role after a failure.
func (c *Closing) HalfClose() bool { return c.sent == written && c.last() }

// LastFrame reports whether HalfClose will be true as soon as what AppendOwed
// appended last is written.
func (c *Closing) LastFrame() bool { return c.sent == leaving && c.last() }

// last reports whether nothing of ours follows our Close frame but the end of our
// side of the stream.
func (c *Closing) last() bool { return c.failed || c.received && c.role == Server }

// complete reports whether the closing handshake is: a Close frame was sent and
// one was received (7.1.4).
func (c *Closing) complete() bool { return c.sent == written && c.received }

// advance draws the conclusion from the facts so far.
func (c *Closing) advance(now time.Time) {
	switch {
	case c.over:
	case c.end != "" && (c.sent == due || c.sent == leaving):
		// The peer has half-closed, or is gone. Whether our Close frame can
		// still be written will tell, within the deadline.
	case c.end != "":
		c.finish(c.end)
	case c.sent == written && (c.received || c.failed):
		c.deadline = now.Add(c.timeouts.Transport)
	}
}

// accuse keeps the first deciding fact.
func (c *Closing) accuse(b Blame) {
	if c.blame.Cause != CauseNone {
		return
	}
	if b.Phase == "" {
		b.Phase = PhaseOpen
		if c.Started() {
			b.Phase = PhaseClosing
		}
	}
	c.blame = b
}

func (c *Closing) finish(end TransportEnd) {
	c.over = true
	if c.end == "" {
		c.end = end
	}
}

// Over reports whether the connection has ended and Event may be called.
func (c *Closing) Over() bool { return c.over }

// Err is the error that decided the end, or nil for a clean end that only the
// endpoints' Close frames decided.
func (c *Closing) Err() error {
	if c.complete() {
		return c.motive.Err
	}
	return c.blame.Err
}

// Event makes the CloseEvent out of the facts, once the connection is over.
func (c *Closing) Event(opening Opening, lost Lost, now time.Time) CloseEvent {
	e := CloseEvent{Opening: opening, Lost: lost}
	c.Complete(&e, now)
	return e
}

// Complete is Event in memory of the caller, for whom Opening and Lost are there
// already: half a kilobyte need not stand on a stack.
func (c *Closing) Complete(e *CloseEvent, now time.Time) {
	e.Code = wire.AbnormalClosure
	e.WasClean = c.complete()
	e.Initiator = c.initiator
	e.Phase, e.Cause = PhaseClosing, c.motive.Cause
	e.OffendingCode = c.offender
	e.Transport = c.end
	e.ClosedAt = now
	if c.received {
		theirs := c.theirs
		e.Received, e.Code, e.Reason = &theirs, theirs.Code, theirs.Reason
	}
	if c.sent == written {
		ours := c.ours
		e.Sent = &ours
	}
	if !e.WasClean {
		e.Phase, e.Cause, e.Rule = c.blame.Phase, c.blame.Cause, c.blame.Rule
	}
}

// EndedWell reports whether nothing went wrong: a clean end with 1000, 1001 or
// no status code at all (1005).
func (e CloseEvent) EndedWell() bool {
	switch e.Code {
	case wire.NormalClosure, wire.GoingAway, wire.NoStatusRcvd:
		return e.WasClean
	}
	return false
}

// NeverOpened makes the CloseEvent of a connection that a client could not
// open: 1006, whatever the fault was, with the fault beside it.
func NeverOpened(opening Opening, b Blame, end TransportEnd, now time.Time) CloseEvent {
	return CloseEvent{
		Code:      wire.AbnormalClosure,
		Initiator: Nobody,
		Phase:     b.Phase,
		Cause:     b.Cause,
		Rule:      b.Rule,
		Transport: end,
		Opening:   opening,
		ClosedAt:  now,
	}
}

// Check says why the frame may not be sent, with a *MisuseError: a code that is
// not 1000 to 1003, 1007 to 1014 or 3000 to 4999, or a reason that is not at most
// 123 bytes of UTF-8.
func (f CloseFrame) Check() error {
	switch {
	case !f.Code.OnWire():
		return &MisuseError{"status code " + f.Code.String() + " must not be sent", "RFC 6455, section 7.4"}
	case len(f.Reason) > wire.MaxReason:
		return &MisuseError{"the reason has " + strconv.Itoa(len(f.Reason)) + " bytes, and at most 123 fit", "RFC 6455, section 5.5"}
	case !utf8.ValidString(f.Reason):
		return &MisuseError{"the reason is not UTF-8", "RFC 6455, section 5.5.1"}
	}
	return nil
}
