package webapi

import (
	"fmt"
	"runtime/debug"
)

// Listener is called with events. An EventTarget tells listeners apart by ==, so
// a Listener is a pointer or another comparable value. An error that it returns is
// what an exception is on the web: it is reported, and stops nobody else.
type Listener interface {
	HandleEvent(Event) error
}

// Func makes a Listener of a function that takes every event, or those of one type:
//
//	webapi.Func(func(e *webapi.CloseEvent) { ... })
//
// Two calls give two listeners. An event of another type is an error, which is
// reported.
func Func[E Event](f func(E)) Listener { return &funcListener[E]{f} }

type funcListener[E Event] struct{ f func(E) }

func (l *funcListener[E]) HandleEvent(ev Event) error {
	e, ok := ev.(E)
	if !ok {
		return &TypeError{Message: fmt.Sprintf("the listener takes no %T", ev)}
	}
	l.f(e)
	return nil
}

// PanicError is what is reported when a listener panics.
type PanicError struct {
	Value any
	Stack []byte
}

// Error is the value; the stack is not part of it.
func (e *PanicError) Error() string { return fmt.Sprintf("webapi: a listener panicked: %v", e.Value) }

// Unwrap is the value, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// call calls a listener. A panic becomes its error.
func call(l Listener, ev Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return l.HandleEvent(ev)
}
