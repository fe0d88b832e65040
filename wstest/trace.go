package wstest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What says what a Step of a Trace is.
type What uint8

// The steps. What an endpoint does and what the pipe does with it are two steps:
// bytes are Wrote first and Arrived later, or never.
const (
	Wrote        What = iota + 1 // the end wrote bytes
	Ended                        // the end closed its direction
	ResetSent                    // the end reset the pipe
	Struck                       // a fault happened
	Arrived                      // bytes can be read at the other end
	EndArrived                   // the end of the direction can be read there
	ResetArrived                 // the reset is felt there; Bytes were unread and are lost
)

var whats = [...]string{
	Wrote: "wrote", Ended: "ended", ResetSent: "reset", Struck: "fault",
	Arrived: "arrived", EndArrived: "end arrived", ResetArrived: "reset arrived",
}

// String is the step in a word or two: "end arrived".
func (w What) String() string { return whats[w] }

// Step is one thing that happened on a pipe.
type Step struct {
	At     time.Duration // since the Trace began
	From   Side          // whose direction
	What   What
	Offset int64 // of the first byte, counted from where the Trace began
	Bytes  int64 // how many
	Fault  Fault // of Struck
}

// Trace is a record of what crossed a pipe: when, in which direction, at which
// offset. Offsets and times count from where it began. Its methods may be called
// while the pipe is in use.
type Trace struct {
	pipe  *pipe
	began time.Time
	start [2]int64
	steps []Step
	wire  [2][]byte // what was written
}

func newTrace(p *pipe) *Trace {
	t := &Trace{pipe: p, began: time.Now()}
	for side := range p.flows {
		t.start[side] = p.flows[side].written
	}
	return t
}

func (t *Trace) note(f *flow, what What, offset, bytes int64) {
	if t == nil {
		return
	}
	t.steps = append(t.steps, Step{At: time.Since(t.began), From: f.from, What: what, Offset: offset - t.start[f.from], Bytes: bytes})
}

func (t *Trace) wrote(f *flow, p []byte) {
	if t == nil {
		return
	}
	t.note(f, Wrote, f.written, int64(len(p)))
	t.wire[f.from] = append(t.wire[f.from], p...)
}

func (t *Trace) struck(f *flow, fault Fault) {
	if t == nil {
		return
	}
	t.note(f, Struck, f.written, 0)
	fault.At -= t.start[f.from]
	t.steps[len(t.steps)-1].Fault = fault
}

// Steps is everything that has happened so far, in its order.
func (t *Trace) Steps() []Step {
	t.pipe.mu.Lock()
	defer t.pipe.mu.Unlock()
	return slices.Clone(t.steps)
}

// Wrote is every byte that an end has written so far.
func (t *Trace) Wrote(side Side) []byte {
	t.pipe.mu.Lock()
	defer t.pipe.mu.Unlock()
	return slices.Clone(t.wire[side])
}

// Arrived is how many of them could be read at the other end: always the first
// ones, since nothing overtakes.
func (t *Trace) Arrived(side Side) (bytes int64) {
	for _, step := range t.Steps() {
		if step.From == side && step.What == Arrived {
			bytes = step.Offset + step.Bytes
		}
	}
	return bytes
}

// String is the trace as text, one step a line. Behind the step that wrote the
// last byte of a frame stands the frame, unmasked, so that the text is the same
// whenever the same thing happened.
//
//	0s client wrote 0+17: text "hello"; close 4001 "bye"
//	0s client arrived 0+17
//	2s server reset at 0
func (t *Trace) String() string {
	frames := [2][]Frame{t.Frames(Client), t.Frames(Server)}
	var b strings.Builder
	for _, step := range t.Steps() {
		fmt.Fprintf(&b, "%v %v %v ", step.At, step.From, step.What)
		switch step.What {
		case Wrote, Arrived:
			fmt.Fprintf(&b, "%d+%d", step.Offset, step.Bytes)
		case ResetArrived:
			fmt.Fprintf(&b, "at %d, %d bytes unread", step.Offset, step.Bytes)
		case Struck:
			fmt.Fprintf(&b, "at %d: %v", step.Offset, step.Fault)
		default:
			fmt.Fprintf(&b, "at %d", step.Offset)
		}
		if step.What == Wrote {
			rest := frames[step.From]
			for i := 0; len(rest) > 0 && rest[0].End() <= step.Offset+step.Bytes; i++ {
				b.WriteString([]string{": ", "; "}[min(i, 1)])
				b.WriteString(rest[0].String())
				rest = rest[1:]
			}
			frames[step.From] = rest
		}
		b.WriteByte('\n')
	}
	return b.String()
}
