package protocol

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/wire"
)

// watched is a Closing under watch: every fact goes through it, it keeps the few
// facts that the CloseEvent has to be about, and after each of them it checks
// the invariants of threats.md, section 6. Scenarios and the fuzzer share it.
type watched struct {
	t    testing.TB
	c    Closing
	s    Sender
	role Role
	now  time.Time

	// What was told.
	startedAt time.Time // zero while open
	starter   Initiator
	frame     *CloseFrame // ours, as it was appended
	leaving   bool        // it has been appended
	written   bool        // and written
	unsent    bool        // it can never be written
	theirs    *CloseFrame // the peer's, valid and processed
	failed    bool
	ended     bool
	blame     *Blame // the first fact that accuses somebody
	motive    Blame  // why we wanted to close

	// What was seen last.
	wasOver, wasHalfClosed, wasDeaf bool
	event                           *CloseEvent
}

// The timeouts of every test: the wait for the peer's Close frame, and for the
// end of the transport behind both.
var testTimeouts = Timeouts{Close: 10 * time.Second, Transport: 2 * time.Second}

func watch(t testing.TB, role Role) *watched {
	w := &watched{t: t, role: role, now: openedAt, starter: Nobody}
	w.c.Init(role, testTimeouts)
	w.s.Init(role, nil)
	if role == Client {
		w.s.Init(role, counted())
	}
	w.check("Init")
	return w
}

func (w *watched) start(f CloseFrame) error {
	wasStarted, wasOver := w.c.Started(), w.c.Over()
	err := w.c.Start(f, w.now)
	allowed := f.Code.OnWire() && len(f.Reason) <= 123 && wire.TruncateReason(f.Reason) == f.Reason
	if (err == nil) != allowed {
		w.t.Errorf("Start(%v) = %v", f, err)
	}
	var misuse *MisuseError
	if err != nil && (!errors.As(err, &misuse) || w.c.Started() != wasStarted || w.c.Over() != wasOver) {
		w.t.Errorf("Start(%v) = %v, and it changed something", f, err)
	}
	if err == nil {
		w.startedBy(Local)
	}
	w.check("Start")
	return err
}

func (w *watched) startEmpty() {
	w.c.StartEmpty(w.now)
	w.startedBy(Local)
	w.check("StartEmpty")
}

func (w *watched) startFor(cause Cause, reason string, err error) {
	if w.startedAt.IsZero() {
		w.motive = Blame{Cause: cause, Err: err}
	}
	w.c.StartFor(cause, reason, err, w.now)
	w.startedBy(Local)
	w.check("StartFor")
}

func (w *watched) fallBehind(f CloseFrame, err error) {
	if w.startedAt.IsZero() && !w.wasOver {
		w.motive = Blame{Cause: CauseSlowConsumer, Err: err}
		w.accuse(Blame{Phase: PhaseOpen, Cause: CauseSlowConsumer, Err: err})
	}
	w.c.FallBehind(f, err, w.now)
	w.startedBy(Local)
	w.check("FallBehind")
}

// received is the peer's Close frame. The payload is overwritten afterwards.
func (w *watched) received(payload []byte, offset int64, answer *CloseFrame) {
	code, reason, rule := wire.ParseClose(payload)
	if w.listening() {
		if rule != 0 {
			w.accuse(judged(rule))
			w.startedBy(Local)
			w.failed = true
		} else {
			w.theirs = &CloseFrame{code, string(reason)}
			switch {
			case w.startedAt.IsZero():
				w.startedBy(Remote)
			case w.starter == Nobody:
				w.starter = Remote
			case w.frame == nil || w.unsent, code != w.frame.Code && code != wire.NoStatusRcvd:
				w.starter = Both
			}
		}
	}
	p := append(make([]byte, 0, 125), payload...)
	w.c.Received(p, offset, answer, w.now)
	for i := range p {
		p[i] = 0xAA
	}
	w.check("Received")
}

func (w *watched) violated(v *Violation) {
	if w.listening() {
		w.accuse(judged(v.Rule))
		w.startedBy(Local)
		w.failed = true
	}
	w.c.Violated(v, w.now)
	w.check("Violated")
}

func (w *watched) missExtension(names string) {
	if w.listening() {
		w.accuse(Blame{Phase: PhaseOpening, Cause: CauseMandatoryExtension, Rule: "RFC 6455, section 7.4.1"})
		w.startedBy(Local)
		w.failed = true
	}
	w.c.MissExtension(names, w.now)
	w.check("MissExtension")
}

// ping is a Ping of the peer. The payload is overwritten afterwards.
func (w *watched) ping(payload []byte) {
	p := append([]byte(nil), payload...)
	w.c.Ping(p)
	for i := range p {
		p[i] = 0xAA
	}
	w.check("Ping")
}

// write appends what is owed and returns it as words.
func (w *watched) write() []string {
	owed := w.c.Owed()
	dst := w.c.AppendOwed([]byte("front"), &w.s)
	if string(dst[:5]) != "front" || owed != (len(dst) > 5) {
		w.t.Errorf("owed: %t, appended %q", owed, dst)
	}
	if w.c.Owed() {
		w.t.Error("what was appended is still owed")
	}
	frames := readFrames(w.t, w.role, dst[5:])
	for _, frame := range frames {
		switch {
		case frame[:4] == "pong":
			if (w.frame != nil || w.unsent) && w.theirs != nil || w.failed {
				w.t.Errorf("a Pong is written though a Close frame came and ours went, or the connection failed")
			}
		case w.frame != nil:
			w.t.Errorf("a second Close frame is written: %s", frame)
		case frame[:5] == "close":
			f := CloseFrame{Code: wire.NoStatusRcvd}
			if len(frame) > 5 {
				f = CloseFrame(closingtest.ReadCloseFrame(frame[6:]))
			}
			w.frame, w.leaving = &f, true
		default:
			w.t.Errorf("%q is written", frame)
		}
	}
	w.check("AppendOwed")
	return frames
}

func (w *watched) wrote() {
	if w.leaving && !w.unsent && !w.written {
		w.written = true
		w.event = nil // a write that ends after the end still counts
		if w.wasOver && w.blame.Err == errCloseNotWritten {
			w.blame.Cause = CauseCloseTimeout
		}
	}
	was, foretold := w.c.HalfClose(), w.c.LastFrame()
	w.c.Written(w.now)
	if now := w.c.HalfClose(); foretold != (now && !was) {
		w.t.Errorf("LastFrame says %t, and then HalfClose was %t and is %t", foretold, was, now)
	}
	w.check("Written")
}

func (w *watched) writeFailed(b Blame) {
	if !w.wasOver && !w.written && !w.unsent {
		w.accuse(b)
		w.unsent = true
		w.startedBy(Nobody)
	}
	w.c.WriteFailed(b, w.now)
	w.check("WriteFailed")
}

func (w *watched) streamEnded(end TransportEnd, b Blame) {
	if !w.wasOver && !w.ended {
		if w.theirs == nil {
			if w.blame != nil && w.blame.Cause == CauseReset { // of a write: reading knows better
				b.Phase, w.blame = w.blame.Phase, nil
			}
			w.accuse(b)
		}
		w.ended = true
	}
	w.c.StreamEnded(end, b, w.now)
	w.check("StreamEnded")
}

func (w *watched) cut(b Blame) {
	if !w.wasOver && !(w.written && w.theirs != nil) {
		w.accuse(b)
	}
	w.c.Cut(b)
	w.check("Cut")
	if !w.c.Over() {
		w.t.Error("the connection is cut and not over")
	}
}

// pass lets time pass, and tells it when a deadline has come as the shell's timer
// would. Between deadlines time changes nothing.
func (w *watched) pass(d time.Duration) {
	until := w.now.Add(d)
	for at := w.c.Deadline(); !at.IsZero() && !at.After(until); at = w.c.Deadline() {
		w.now = at.Add(-1)
		w.c.Tick(w.now)
		if w.c.Over() {
			w.t.Fatalf("the connection is over %v before its deadline", at.Sub(w.now))
		}
		w.now = at
		switch {
		case (w.frame == nil || !w.written) && !w.unsent:
			w.accuse(Blame{Cause: CauseWriteTimeout, Err: errCloseNotWritten})
		case w.theirs == nil:
			w.accuse(Blame{Cause: CauseCloseTimeout})
		}
		w.c.Tick(w.now)
		w.check("Tick")
		if !w.c.Over() {
			w.t.Fatal("a deadline has passed and the connection is not over")
		}
	}
	w.now = until
	w.c.Tick(w.now)
	w.check("Tick")
}

func (w *watched) listening() bool {
	return !w.wasOver && !w.failed && w.theirs == nil
}

func (w *watched) startedBy(who Initiator) {
	if w.startedAt.IsZero() && !w.wasOver {
		w.startedAt, w.starter = w.now, who
	}
}

func (w *watched) accuse(b Blame) {
	if w.blame != nil {
		return
	}
	if b.Phase == "" {
		b.Phase = PhaseOpen
		if !w.startedAt.IsZero() {
			b.Phase = PhaseClosing
		}
	}
	w.blame = &b
}

// judged is the table of close-semantics, section 5, once more.
func judged(rule wire.Rule) Blame {
	cause := CauseProtocolError
	switch rule {
	case wire.RuleTextUTF8, wire.RuleCloseReasonUTF8:
		cause = CauseInvalidUTF8
	case wire.RuleCompressedData:
		cause = CauseInvalidDeflate
	case wire.RuleMessageTooBig:
		cause = CauseMessageTooBig
	case wire.RuleTooManyFragments, wire.RuleTooManyEmptyFragments:
		cause = CauseTooManyFragments
	case wire.RuleTooManyMessages, wire.RuleTooManyBytes:
		cause = CauseRateExceeded
	case wire.RuleMandatoryExtension:
		cause = CauseMandatoryExtension
	}
	return Blame{Cause: cause, Rule: rule.Section()}
}

// check asserts what must be true after every fact.
func (w *watched) check(fact string) {
	w.t.Helper()
	c := &w.c
	fail := func(format string, args ...any) {
		w.t.Helper()
		w.t.Errorf("after "+fact+": "+format, args...)
	}
	started, over := c.Started(), c.Over()
	if started != (!w.startedAt.IsZero() || over) {
		fail("started %t", started)
	}
	by, first := c.First()
	switch {
	case by != w.starter:
		fail("first was %s, want %s", by, w.starter)
	case by == Nobody && first != CloseFrame{}, by == Remote && first != *w.theirs, (by == Local || by == Both) && w.frame != nil && first != *w.frame:
		fail("the first frame was %v, by %s", first, by)
	}
	if w.wasOver && !over {
		fail("the connection lives again")
	}
	if w.wasDeaf && c.Processing() {
		fail("what comes is processed again")
	}
	if w.wasHalfClosed && !c.HalfClose() {
		fail("our side of the stream is to be opened again")
	}
	if c.Processing() == (w.theirs != nil || w.failed || over) {
		fail("processing: %t", c.Processing())
	}
	if want := w.written && (w.failed || w.theirs != nil && w.role == Server); c.HalfClose() != want {
		fail("half-close: %t, want %t", c.HalfClose(), want)
	}
	switch at := c.Deadline(); {
	case (over || !started) != at.IsZero():
		fail("started %t, over %t, and the deadline is %v", started, over, at)
	case at.After(w.startedAt.Add(testTimeouts.Close+testTimeouts.Transport)) && !at.IsZero():
		fail("the deadline is %v behind the start", at.Sub(w.startedAt))
	}
	if over && c.Owed() {
		fail("frames are owed behind the end")
	}
	if over {
		w.checkEvent(fail)
	}
	w.wasOver, w.wasHalfClosed, w.wasDeaf = over, c.HalfClose(), !c.Processing()
}

// checkEvent asserts the truth of the CloseEvent, and that it does not change.
func (w *watched) checkEvent(fail func(string, ...any)) {
	opening := Opening{Role: w.role, URL: "ws://test/", OpenedAt: openedAt}
	e := w.c.Event(opening, Lost{1, 2, 3}, closedAt)
	if w.event != nil && !reflect.DeepEqual(*w.event, e) {
		fail("the CloseEvent was\n%+v\nand now is\n%+v", *w.event, e)
	}
	w.event = &e

	code, reason := wire.AbnormalClosure, ""
	if w.theirs != nil {
		code, reason = w.theirs.Code, w.theirs.Reason
	}
	clean := w.written && w.theirs != nil
	phase, cause, rule := PhaseClosing, w.motive.Cause, ""
	if !clean {
		if w.blame == nil {
			fail("nobody is to blame for %v", e)
			return
		}
		phase, cause, rule = w.blame.Phase, w.blame.Cause, w.blame.Rule
	}
	if e.Code != code || e.Reason != reason || e.WasClean != clean {
		fail("%+v\nwant %d %q clean %t", e, code, reason, clean)
	}
	if e.Initiator != w.starter || e.Phase != phase || e.Cause != cause || e.Rule != rule {
		fail("%+v\nwant by %s, %s, cause %q, rule %q", e, w.starter, phase, cause, rule)
	}
	if (e.Sent != nil) != w.written || w.written && *e.Sent != *w.frame {
		fail("%+v\nwant sent %v (%t)", e, w.frame, w.written)
	}
	if (e.Received != nil) != (w.theirs != nil) || w.theirs != nil && *e.Received != *w.theirs {
		fail("%+v\nwant received %v", e, w.theirs)
	}
	if e.Transport == "" || e.Opening != opening || e.Lost != (Lost{1, 2, 3}) || e.ClosedAt != closedAt {
		fail("%+v lacks what it was given", e)
	}
	if clean && w.c.Err() != w.motive.Err || !clean && w.blame.Err != nil && w.c.Err() == nil {
		fail("%+v has the error %v", e, w.c.Err())
	}
}
