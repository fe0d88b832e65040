package webapi

import (
	"context"
	"errors"
	"slices"
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
	sources    []*AbortSignal // what a signal of AnySignal follows
	dependents []*AbortSignal // those that follow this one
}

// AnySignal is a signal that is aborted as soon as one of the others is, for the
// same reason. It is aborted at once if one of them has been.
//
// DOM Standard, section 3.2, "create a dependent abort signal".
func AnySignal(signals ...*AbortSignal) *AbortSignal {
	s := new(AbortSignal)
	s.Self = s
	for _, other := range signals {
		if other.Aborted() {
			s.reason = other.reason
			return s
		}
	}
	for _, other := range signals {
		s.follow(other)
	}
	return s
}

// follow makes s a dependent of another signal. What follows others itself is not
// one to be followed, but they are.
func (s *AbortSignal) follow(other *AbortSignal) {
	for _, source := range other.sources {
		s.follow(source)
	}
	if other.sources == nil && !slices.Contains(s.sources, other) {
		s.sources = append(s.sources, other)
		other.dependents = append(other.dependents, s)
	}
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
	// Dependents are aborted before anybody is told, and told behind.
	s.reason = reason
	told := []*AbortSignal{s}
	for _, d := range s.dependents {
		if !d.Aborted() {
			d.reason = reason
			told = append(told, d)
		}
	}
	s.dependents = nil
	for _, t := range told {
		t.tell()
	}
}

// tell runs what is to happen when the signal is aborted.
func (s *AbortSignal) tell() {
	algorithms := s.algorithms
	s.algorithms = nil
	for _, f := range algorithms {
		f()
	}
	s.fire(NewEvent("abort", nil))
}
