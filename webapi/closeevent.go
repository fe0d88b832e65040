package webapi

import "github.com/onclose/websocket"

// CloseEvent tells how a connection ended. A WebSocket fires it exactly once, and
// last.
//
// WHATWG WebSockets, section 6.
type CloseEvent struct {
	PlainEvent
	wasClean bool
	code     uint16
	reason   string
	truth    *websocket.CloseEvent
}

// CloseEventInit is what the constructor of a CloseEvent takes. The zero value is
// the web's default.
type CloseEventInit struct {
	EventInit
	WasClean bool
	// Code is an unsigned short of Web IDL: of other numbers, what is left modulo
	// 65,536. Every number may be given, whether it is a status code or not.
	Code int64
	// Reason may have any length. What is not UTF-8 in it becomes U+FFFD.
	Reason string
}

// NewCloseEvent makes a CloseEvent. Nil is the default of init.
func NewCloseEvent(name string, init *CloseEventInit) *CloseEvent {
	e := &CloseEvent{PlainEvent: MakeEvent(name, nil)}
	if init != nil {
		e.PlainEvent.init = init.EventInit
		e.wasClean, e.code, e.reason = init.WasClean, uint16(init.Code), usvString(init.Reason)
	}
	return e
}

// newClose is the event of a connection that ended as truth says.
func newClose(truth websocket.CloseEvent) *CloseEvent {
	e := NewCloseEvent("close", &CloseEventInit{
		WasClean: truth.WasClean, Code: int64(truth.Code), Reason: truth.Reason,
	})
	e.truth = &truth
	return e
}

// WasClean reports whether both Close frames went through before the transport
// ended.
func (e *CloseEvent) WasClean() bool { return e.wasClean }

// Code is the status code of the peer's Close frame, 1005 if it had none, and 1006
// if there was no such frame.
func (e *CloseEvent) Code() uint16 { return e.code }

// Reason is the reason in the peer's Close frame.
func (e *CloseEvent) Reason() string { return e.reason }

// Truth is the whole account of how the connection ended, of which a page sees
// three members: who started it, both Close frames, the cause. It is for Go only:
// a page must not learn why a connection could not be opened. False for an event
// that a program made.
func (e *CloseEvent) Truth() (websocket.CloseEvent, bool) {
	if e.truth == nil {
		return websocket.CloseEvent{}, false
	}
	return *e.truth, true
}

// InitCloseEvent sets all members again, as drafts of 2011 to 2013 had it. While
// the event is being dispatched it does nothing.
//
// Deprecated: it is in no standard and no browser any more. NewCloseEvent does
// this.
func (e *CloseEvent) InitCloseEvent(name string, bubbles, cancelable, wasClean bool, code int64, reason string) {
	if e.flags.has(dispatching) {
		return
	}
	e.InitEvent(name, bubbles, cancelable)
	e.wasClean, e.code, e.reason, e.truth = wasClean, uint16(code), usvString(reason), nil
}
