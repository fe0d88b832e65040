package webapi

import "time"

// Event is an event of any interface: a *PlainEvent, *MessageEvent, *CloseEvent,
// or a type of another package that embeds PlainEvent. Like everything that
// scripts touch it belongs to the goroutine that runs the Tasks.
//
// DOM Standard, section 2.2.
type Event interface {
	Type() string
	// Target is what the event is or was dispatched to, nil before.
	Target() Target
	// CurrentTarget is the target whose listeners are being called, else nil.
	CurrentTarget() Target
	EventPhase() EventPhase
	// ComposedPath is the targets that the event passes, empty outside of a
	// dispatch. No target of this package has a parent, so there is one at most.
	ComposedPath() []Target

	StopPropagation()
	StopImmediatePropagation()
	PreventDefault()
	DefaultPrevented() bool

	Bubbles() bool
	Cancelable() bool
	Composed() bool
	// IsTrusted is true for events that a connection made, false for a program's.
	IsTrusted() bool
	// TimeStamp is when the event was made, in milliseconds since the program
	// started.
	TimeStamp() float64

	plain() *PlainEvent
}

// EventPhase says where in its path an event is.
type EventPhase uint16

// The phases. An event of this package is in None or AtTarget.
const (
	None EventPhase = iota
	CapturingPhase
	AtTarget
	BubblingPhase
)

// EventInit is what the constructor of an Event takes. The zero value is the
// web's default.
type EventInit struct {
	Bubbles, Cancelable, Composed bool
}

// PlainEvent is an Event without members of its own, and what events with more
// embed. Its zero value has no type yet and cannot be dispatched; MakeEvent and
// InitEvent give it one.
type PlainEvent struct {
	// Wrapper is for bindings to another language: the object that stands for the
	// event there. This package does not touch it.
	Wrapper any

	name      string
	init      EventInit
	trusted   bool
	timeStamp float64

	target        Target
	currentTarget Target
	phase         EventPhase
	flags         eventFlags
}

// eventFlags are the flags that the DOM Standard gives an event.
type eventFlags uint8

const (
	stopPropagation eventFlags = 1 << iota
	stopImmediatePropagation
	canceled
	inPassiveListener
	initialized
	dispatching
)

func (f eventFlags) has(flag eventFlags) bool { return f&flag != 0 }

// timeOrigin is where timeStamp counts from.
var timeOrigin = time.Now()

// NewEvent makes an event. Nil is the default of init.
func NewEvent(name string, init *EventInit) *PlainEvent {
	return new(MakeEvent(name, init))
}

// MakeEvent is NewEvent for a type that embeds PlainEvent.
func MakeEvent(name string, init *EventInit) PlainEvent {
	e := PlainEvent{
		name:      usvString(name),
		flags:     initialized,
		timeStamp: float64(time.Since(timeOrigin)) / float64(time.Millisecond),
	}
	if init != nil {
		e.init = *init
	}
	return e
}

// Type is the event's name, "close".
func (e *PlainEvent) Type() string { return e.name }

// Target is what the event is or was dispatched to, nil before.
func (e *PlainEvent) Target() Target { return e.target }

// SrcElement is Target, under its old name.
func (e *PlainEvent) SrcElement() Target { return e.target }

// CurrentTarget is the target whose listeners are being called, else nil.
func (e *PlainEvent) CurrentTarget() Target { return e.currentTarget }

// EventPhase is where in its path the event is.
func (e *PlainEvent) EventPhase() EventPhase { return e.phase }

// ComposedPath is the targets that the event passes, empty outside of a dispatch.
func (e *PlainEvent) ComposedPath() []Target {
	if e.currentTarget == nil {
		return nil
	}
	return []Target{e.currentTarget}
}

// StopPropagation keeps the event from listeners of later phases.
func (e *PlainEvent) StopPropagation() { e.flags |= stopPropagation }

// StopImmediatePropagation keeps the event from all listeners to come.
func (e *PlainEvent) StopImmediatePropagation() {
	e.flags |= stopPropagation | stopImmediatePropagation
}

// PreventDefault cancels the event if it is cancelable and the listener is not
// passive.
func (e *PlainEvent) PreventDefault() {
	if e.init.Cancelable && !e.flags.has(inPassiveListener) {
		e.flags |= canceled
	}
}

// DefaultPrevented reports whether PreventDefault has canceled the event.
func (e *PlainEvent) DefaultPrevented() bool { return e.flags.has(canceled) }

// Bubbles is what the constructor was told.
func (e *PlainEvent) Bubbles() bool { return e.init.Bubbles }

// Cancelable is what the constructor was told.
func (e *PlainEvent) Cancelable() bool { return e.init.Cancelable }

// Composed is what the constructor was told.
func (e *PlainEvent) Composed() bool { return e.init.Composed }

// IsTrusted is true for events that a connection made, false for a program's.
func (e *PlainEvent) IsTrusted() bool { return e.trusted }

// TimeStamp is when the event was made, in milliseconds since the program
// started.
func (e *PlainEvent) TimeStamp() float64 { return e.timeStamp }

// InitEvent gives the event a type again, as if it had not been dispatched. While
// it is being dispatched it does nothing.
//
// Deprecated: the constructor does this. The web keeps it for old pages.
func (e *PlainEvent) InitEvent(name string, bubbles, cancelable bool) {
	if e.flags.has(dispatching) {
		return
	}
	e.name = usvString(name)
	e.init.Bubbles, e.init.Cancelable = bubbles, cancelable
	e.flags = initialized
	e.trusted, e.target = false, nil
}

// CancelBubble reports whether propagation was stopped.
//
// Deprecated: the web keeps it for old pages.
func (e *PlainEvent) CancelBubble() bool { return e.flags.has(stopPropagation) }

// SetCancelBubble stops propagation when told true, and else does nothing.
//
// Deprecated: StopPropagation is the same.
func (e *PlainEvent) SetCancelBubble(stop bool) {
	if stop {
		e.StopPropagation()
	}
}

// ReturnValue is the opposite of DefaultPrevented.
//
// Deprecated: the web keeps it for old pages.
func (e *PlainEvent) ReturnValue() bool { return !e.DefaultPrevented() }

// SetReturnValue is PreventDefault when told false, and else does nothing.
//
// Deprecated: PreventDefault is the same.
func (e *PlainEvent) SetReturnValue(value bool) {
	if !value {
		e.PreventDefault()
	}
}

func (e *PlainEvent) plain() *PlainEvent { return e }
