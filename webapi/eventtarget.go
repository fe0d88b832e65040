package webapi

import (
	"log"
	"slices"
)

// Target is an *EventTarget, or a type that embeds one: a *WebSocket, an
// *AbortSignal.
type Target interface {
	AddEventListener(name string, l Listener, opts *ListenerOptions)
	RemoveEventListener(name string, l Listener, capture bool)
	DispatchEvent(Event) (bool, error)

	eventTarget() *EventTarget
}

// EventTarget has listeners, and calls them when an event is dispatched to it. The
// zero value is ready. It has no parent: events do not travel further.
//
// DOM Standard, section 2.7.
type EventTarget struct {
	// Self is what events name as their target: the value that embeds this one.
	// Nil means the EventTarget itself.
	Self Target
	// Report is told the errors of listeners. Nil means the standard logger.
	Report func(error)
	// Wrapper is for bindings to another language: the object that stands for the
	// target there. This package does not touch it.
	Wrapper any

	listeners []*registration
}

// ListenerOptions say how a listener is called. The zero value is the web's
// default.
type ListenerOptions struct {
	// Capture calls the listener before those without. It is part of what tells
	// two registrations apart.
	Capture bool
	// Once removes the listener before its first call.
	Once bool
	// Passive makes PreventDefault inside the listener do nothing.
	Passive bool
	// Signal removes the listener when it is aborted. See also ContextSignal.
	Signal *AbortSignal
}

// registration is one listener of one type of event.
type registration struct {
	name     string
	listener Listener
	handler  bool // it is the handler attribute of its type
	removed  bool
	ListenerOptions
}

// AddEventListener calls l with events of a type from now on. Adding it again with
// the same Capture changes nothing, and so do a nil Listener and a signal that has
// been aborted. Nil are the default options.
func (t *EventTarget) AddEventListener(name string, l Listener, opts *ListenerOptions) {
	r := &registration{name: name, listener: l}
	if opts != nil {
		r.ListenerOptions = *opts
	}
	if l == nil || r.Signal != nil && r.Signal.Aborted() || t.find(name, l, r.Capture) != nil {
		return
	}
	t.listeners = append(t.listeners, r)
	if r.Signal != nil {
		r.Signal.whenAborted(func() { t.remove(r) })
	}
}

// RemoveEventListener ends what AddEventListener began, at once: a listener that
// is removed during a dispatch is not called any more.
func (t *EventTarget) RemoveEventListener(name string, l Listener, capture bool) {
	if r := t.find(name, l, capture); r != nil {
		t.remove(r)
	}
}

func (t *EventTarget) find(name string, l Listener, capture bool) *registration {
	for _, r := range t.listeners {
		if !r.handler && r.name == name && r.Capture == capture && r.listener == l {
			return r
		}
	}
	return nil
}

func (t *EventTarget) remove(r *registration) {
	r.removed = true
	t.listeners = slices.DeleteFunc(slices.Clone(t.listeners), func(other *registration) bool { return other == r })
}

// Handler is the listener that SetHandler has set for a type, or nil.
func (t *EventTarget) Handler(name string) Listener {
	if r := t.findHandler(name); r != nil {
		return r.listener
	}
	return nil
}

// SetHandler sets the handler attribute of a type: the web's "onclose" is the
// handler of "close". There is one at most. It takes its turn among the listeners
// from when it was set first; another one in its place keeps that turn, and nil
// gives it up.
//
// HTML Standard, section 8.1.8.1.
func (t *EventTarget) SetHandler(name string, l Listener) {
	r := t.findHandler(name)
	switch {
	case r == nil && l != nil:
		t.listeners = append(t.listeners, &registration{name: name, listener: l, handler: true})
	case r != nil && l == nil:
		t.remove(r)
	case r != nil:
		r.listener = l
	}
}

func (t *EventTarget) findHandler(name string) *registration {
	for _, r := range t.listeners {
		if r.handler && r.name == name {
			return r
		}
	}
	return nil
}

// DispatchEvent calls the listeners of the event's type, one after the other,
// before it returns. It reports false when the event was canceled. An event that
// is being dispatched already, or that has no type yet, is an InvalidStateError.
func (t *EventTarget) DispatchEvent(ev Event) (bool, error) {
	e := ev.plain()
	if e.flags.has(dispatching) || !e.flags.has(initialized) {
		return false, &DOMException{InvalidStateError, "the event is being dispatched, or has no type yet"}
	}
	e.trusted = false
	return t.dispatch(ev), nil
}

// fire dispatches an event that the connection made.
func (t *EventTarget) fire(ev Event) {
	ev.plain().trusted = true
	t.dispatch(ev)
}

// dispatch is DOM Standard, section 2.9, for a path of one target.
func (t *EventTarget) dispatch(ev Event) (notCanceled bool) {
	e := ev.plain()
	e.flags |= dispatching
	e.target = t.self()
	e.currentTarget, e.phase = e.target, AtTarget
	for _, capture := range []bool{true, false} {
		if !e.flags.has(stopPropagation) {
			t.invoke(ev, capture)
		}
	}
	e.currentTarget, e.phase = nil, None
	e.flags &^= dispatching | stopPropagation | stopImmediatePropagation
	return !e.flags.has(canceled)
}

// invoke calls the listeners that are there now. One that is added meanwhile has
// to wait for the next event.
func (t *EventTarget) invoke(ev Event, capture bool) {
	e := ev.plain()
	for _, r := range slices.Clone(t.listeners) {
		if r.removed || r.name != e.name || r.Capture != capture {
			continue
		}
		if r.Once {
			t.remove(r)
		}
		if r.Passive {
			e.flags |= inPassiveListener
		}
		err := call(r.listener, ev)
		e.flags &^= inPassiveListener
		if err != nil {
			t.report(err)
		}
		if e.flags.has(stopImmediatePropagation) {
			return
		}
	}
}

func (t *EventTarget) report(err error) {
	if t.Report == nil {
		log.Print(err)
		return
	}
	t.Report(err)
}

func (t *EventTarget) self() Target {
	if t.Self == nil {
		return t
	}
	return t.Self
}

func (t *EventTarget) eventTarget() *EventTarget { return t }
