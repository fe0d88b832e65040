package websocket_test

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// This file draws from a record what the invariants compare: what was on the
// wire, what arrived, and when an endpoint could know of its end.

// since is a time of the world as one of the simulation.
func (r *record) since(t time.Time) time.Duration { return t.Sub(r.began) }

// arrivedAt are the frames that arrived whole at an end.
func (r *record) arrivedAt(who wstest.Side) []wstest.Frame {
	var bytes int64
	for _, s := range r.steps {
		if s.From != who && s.What == wstest.Arrived {
			bytes = s.Offset + s.Bytes
		}
	}
	frames := r.frames[who^1]
	for len(frames) > 0 && frames[len(frames)-1].End() > bytes {
		frames = frames[:len(frames)-1]
	}
	return frames
}

// closeFrameOf is the first whole Close frame, nil when there is none.
func closeFrameOf(frames []wstest.Frame) *websocket.CloseFrame {
	for _, f := range frames {
		if f.Opcode == wire.Close && f.Whole() {
			code, reason, _ := wire.ParseClose(f.Payload)
			return &websocket.CloseFrame{Code: code, Reason: string(reason)}
		}
	}
	return nil
}

func same(a, b *websocket.CloseFrame) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// messages joins the frames to messages, without one that was not finished.
func messages(frames []wstest.Frame) []message {
	var all []message
	var m message
	for _, f := range frames {
		if f.Opcode.Control() || !f.Whole() {
			continue
		}
		if f.Opcode != wire.Continuation {
			m = message{typ: f.Opcode}
		}
		m.payload += string(f.Payload)
		if f.Fin {
			all = append(all, m)
		}
	}
	return all
}

// readToTheEnd reports whether an application read until it was told of the end,
// message by message and not as listeners do.
func (r *record) readToTheEnd(who wstest.Side) bool {
	var closed *websocket.CloseError
	return r.script.ends[who].style != listens && errors.As(r.ends[who].read, &closed)
}

// transport are the ways in which the pipe shows that it ended for one end.
func (r *record) transport(who wstest.Side) []protocol.TransportEnd {
	var ends []protocol.TransportEnd
	for _, s := range r.steps {
		switch {
		case s.What == wstest.EndArrived && s.From != who:
			ends = append(ends, protocol.EndFIN)
			if r.script.suffers(wstest.Truncate, who^1) {
				ends = append(ends, protocol.EndTLSTruncated)
			}
		case s.What == wstest.ResetArrived && (s.From != who || r.script.suffers(wstest.Reset, who)):
			ends = append(ends, protocol.EndReset)
		}
	}
	return ends
}

// lastHeard is when bytes arrived at an end last before an instant, or when it
// opened.
func (r *record) lastHeard(who wstest.Side, until time.Duration) time.Duration {
	heard := r.since(r.ends[who].event.OpenedAt)
	for _, s := range r.steps {
		if s.What == wstest.Arrived && s.From != who && s.At < until {
			heard = max(heard, s.At)
		}
	}
	return heard
}

// writtenAt is when the last byte of a frame was written, or -1.
func (r *record) writtenAt(who wstest.Side, f wstest.Frame) time.Duration {
	for _, s := range r.steps {
		if s.What == wstest.Wrote && s.From == who && s.Offset+s.Bytes >= f.End() {
			return s.At
		}
	}
	return -1
}

// longestBatches is how long, between two instants, data frames of an end were being written
// that may be two batches: the one that is on its way when a Ping of the keepalive becomes
// due, and the one that takes it along at its end.
func (r *record) longestBatches(who wstest.Side, from, to time.Duration) (longest time.Duration) {
	const batchBytes = 2 * 68 << 10
	frames := r.frames[who]
	for i, first := range frames {
		if first.Opcode.Control() {
			continue
		}
		last := first
		for _, f := range frames[i+1:] {
			if f.End()-first.Offset > batchBytes {
				break
			}
			last = f
		}
		begun, done := to, to
		for _, s := range r.steps {
			if s.What != wstest.Wrote || s.From != who {
				continue
			}
			if s.Offset+s.Bytes > first.Offset {
				begun = min(begun, s.At)
			}
			if s.Offset+s.Bytes >= last.End() && last.Whole() {
				done = min(done, s.At)
			}
		}
		longest = max(longest, done-max(begun, from))
	}
	return longest
}

// suffers reports whether the network does something to the bytes of one end.
func (s script) suffers(effect wstest.Effect, from wstest.Side) bool {
	return slices.ContainsFunc(s.faults, func(f wstest.Fault) bool { return f.Effect == effect && f.From == from }) ||
		slices.ContainsFunc(s.steps, func(s step) bool { return s.fault == effect && s.who == from })
}

// pausing reports whether an application ever stops reading. Then the library may
// be unable to see what comes.
func (r *record) pausing(who wstest.Side) bool {
	return slices.ContainsFunc(r.script.steps, func(s step) bool { return s.who == who && s.do == doPause })
}

// firstCause is when the application of an end first did something that ends the
// connection, or when the first thing arrived that does, or when our Close frame
// was written. What arrives counts only when the library can see it, and a loss
// that it may find out about only when it may have.
func (r *record) firstCause(who wstest.Side, visible, possible bool) time.Duration {
	first, behind := time.Duration(1<<63-1), time.Duration(1<<63-1)
	for _, d := range r.ends[who].deeds {
		switch {
		case d.err == websocket.ErrBehind: // and no CloseError that comes of it
			if r.ends[who].event.Cause == protocol.CauseSlowConsumer {
				behind = d.span.to // the last one before the connection closes
			}
		case d.step.do == doClose && !d.step.code.OnWire():
		case d.step.do == doPing, d.step.do == doNet:
		case d.step.do != doText && d.step.do != doBinary:
			first = min(first, d.span.from)
		case errors.Is(d.err, net.ErrClosed), possible && d.err != nil:
			first = min(first, d.span.to)
		}
	}
	var ours, theirs int64 = 1 << 62, 1 << 62 // where the Close frames end
	for side, end := range map[wstest.Side]*int64{who: &ours, who ^ 1: &theirs} {
		for _, f := range r.frames[side] {
			if f.Opcode == wire.Close {
				*end = min(*end, f.End())
			}
		}
	}
	for _, s := range r.steps {
		behind := s.Offset + s.Bytes
		switch {
		case s.What == wstest.Wrote && s.From == who && behind >= ours,
			visible && s.What == wstest.Arrived && s.From != who && behind >= theirs,
			visible && s.What == wstest.EndArrived && s.From != who,
			visible && s.What == wstest.ResetArrived,
			possible && s.What == wstest.Struck && s.Fault.Effect >= wstest.Stall:
			first = min(first, s.At)
		}
	}
	return max(min(first, behind), r.since(r.ends[who].event.OpenedAt))
}

// harmless reports whether a script loses nothing and breaks nothing off: the
// network only delays and splits, well within all timeouts, and the applications
// read, have no limits, and neither abort nor give up.
func (s script) harmless() bool {
	var slow time.Duration
	for _, f := range s.faults {
		switch f.Effect {
		case wstest.Delay, wstest.Split:
			slow += f.For
		default:
			return false
		}
	}
	for _, step := range s.steps {
		switch step.do {
		case doAbort, doPause, doNet:
			return false
		case doText, doBinary:
			if step.within > 0 {
				return false
			}
		}
	}
	for _, m := range s.ends {
		l := m.limits
		timeout := min(orDefault(l.OpeningTimeout, time.Second), orDefault(l.WriteTimeout, time.Second), orDefault(l.CloseTimeout, time.Second), orDefault(l.TransportTimeout, time.Second))
		if l.PingInterval >= 0 {
			timeout = min(timeout, orDefault(l.PongTimeout, time.Second))
		}
		if l.MessageBytes != 0 || l.Fragments != 0 || 40*slow > timeout {
			return false
		}
	}
	return true
}

func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}
