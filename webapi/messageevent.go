package webapi

// MessageEvent tells of a message.
//
// HTML Standard, section 9.1.
type MessageEvent struct {
	PlainEvent
	init MessageEventInit
}

// MessageEventInit is what the constructor of a MessageEvent takes. The zero value
// is the web's default: no data, that is null.
type MessageEventInit struct {
	EventInit
	// Data is any value. The data of a WebSocket's message is a string, a []byte
	// (of which the listener becomes the owner) or a *Blob.
	Data        any
	Origin      string
	LastEventID string
	// Source and Ports are of messages between pages, which a WebSocket has none
	// of. They are kept for a binding.
	Source any
	Ports  []any
}

// NewMessageEvent makes a MessageEvent. Nil is the default of init.
func NewMessageEvent(name string, init *MessageEventInit) *MessageEvent {
	e := &MessageEvent{PlainEvent: MakeEvent(name, nil)}
	if init != nil {
		e.init = *init
		e.init.Origin = usvString(init.Origin)
		e.PlainEvent.init = init.EventInit
	}
	return e
}

// Data is the message: a string, a []byte or a *Blob when it came from a
// WebSocket.
func (e *MessageEvent) Data() any { return e.init.Data }

// Origin is the origin of the WebSocket's URL, "ws://example.com".
func (e *MessageEvent) Origin() string { return e.init.Origin }

// LastEventID is empty but for server-sent events.
func (e *MessageEvent) LastEventID() string { return e.init.LastEventID }

// Source is nil when the message came from a WebSocket.
func (e *MessageEvent) Source() any { return e.init.Source }

// Ports is empty when the message came from a WebSocket.
func (e *MessageEvent) Ports() []any { return e.init.Ports }

// InitMessageEvent sets all members again. While the event is being dispatched it
// does nothing.
//
// Deprecated: the constructor does this. The web keeps it for old pages.
func (e *MessageEvent) InitMessageEvent(name string, init MessageEventInit) {
	if e.flags.has(dispatching) {
		return
	}
	e.InitEvent(name, init.Bubbles, init.Cancelable)
	e.init = init
	e.init.Origin = usvString(init.Origin)
}
