package webapi

import (
	"context"
	"errors"
)

// AbortController has an AbortSignal, and aborts it.
//
// DOM Standard, section 3.1.
type AbortController struct {
	signal AbortSignal
}

// NewAbortController makes an AbortController.
func NewAbortController() *AbortController {
	c := new(AbortController)
	c.signal.Self = &c.signal
	return c
}

// Signal is the controller's signal.
func (c *AbortController) Signal() *AbortSignal { return &c.signal }

// Abort aborts the signal, once. Nil stands for an AbortError.
func (c *AbortController) Abort(reason error) { c.signal.abort(reason) }

// AbortSignal says that something is not wanted any more. It fires one event,
// "abort".
//
// DOM Standard, section 3.2.
type AbortSignal struct {
	EventTarget
	reason     error
	algorithms []func()
}

// ContextSignal is a signal that is aborted when ctx ends, by a task, with the
// context's cause as its reason. The function returned lets go of the context.
func ContextSignal(ctx context.Context, tasks *Tasks) (*AbortSignal, func() bool) {
	c := NewAbortController()
	abort := func() {
		reason := context.Cause(ctx)
		if errors.Is(reason, context.Canceled) {
			reason = &DOMException{AbortError, "the context was canceled"}
		}
		c.Abort(reason)
	}
	if ctx.Err() != nil {
		abort()
		return c.Signal(), func() bool { return false }
	}
	return c.Signal(), context.AfterFunc(ctx, func() { tasks.Post(abort) })
}

// Aborted reports whether the signal has been aborted.
func (s *AbortSignal) Aborted() bool { return s.reason != nil }

// Reason is why, nil as long as the signal has not been aborted. It is also what
// the web's throwIfAborted() throws.
func (s *AbortSignal) Reason() error { return s.reason }

// whenAborted calls f when the signal is aborted, before its listeners.
func (s *AbortSignal) whenAborted(f func()) { s.algorithms = append(s.algorithms, f) }

func (s *AbortSignal) abort(reason error) {
	if s.Aborted() {
		return
	}
	if reason == nil {
		reason = &DOMException{AbortError, "the signal was aborted"}
	}
	s.reason = reason
	algorithms := s.algorithms
	s.algorithms = nil
	for _, f := range algorithms {
		f()
	}
	s.fire(NewEvent("abort", nil))
}
