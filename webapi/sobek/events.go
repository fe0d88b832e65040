package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// eventFunctions make events, and connect them to their objects.
func (s *Scope) eventFunctions() map[string]any {
	return map[string]any{
		"newEvent": func(name string, init *js.Object) *webapi.PlainEvent {
			return webapi.NewEvent(name, new(eventInit(init)))
		},
		"newCloseEvent": func(name string, init *js.Object, wasClean bool, code int64, reason string) *webapi.CloseEvent {
			return webapi.NewCloseEvent(name, &webapi.CloseEventInit{
				EventInit: eventInit(init), WasClean: wasClean, Code: code, Reason: reason,
			})
		},
		"newMessageEvent": func(name string, init *js.Object, origin, lastEventID string) *webapi.MessageEvent {
			return webapi.NewMessageEvent(name, &webapi.MessageEventInit{
				EventInit: eventInit(init), Origin: origin, LastEventID: lastEventID,
			})
		},
		"initMessageEvent": func(e *webapi.MessageEvent, name string, bubbles, cancelable bool, origin, lastEventID string) bool {
			//lint:ignore SA1019 scripts have it still
			e.InitMessageEvent(name, webapi.MessageEventInit{
				EventInit: webapi.EventInit{Bubbles: bubbles, Cancelable: cancelable},
				Origin:    origin, LastEventID: lastEventID,
			})
			return e.CurrentTarget() == nil
		},
		"messageData": func(e *webapi.MessageEvent) js.Value { return s.messageData(e) },
		"targetOf":    func(e webapi.Event) js.Value { return objectOf(e.Target()) },
		"currentTargetOf": func(e webapi.Event) js.Value {
			return objectOf(e.CurrentTarget())
		},
	}
}

func eventInit(init *js.Object) webapi.EventInit {
	return webapi.EventInit{
		Bubbles:    init.Get("bubbles").ToBoolean(),
		Cancelable: init.Get("cancelable").ToBoolean(),
		Composed:   init.Get("composed").ToBoolean(),
	}
}

// event is the object of an event. One that Go has made gets it now.
func (s *Scope) event(ev webapi.Event) (js.Value, error) {
	wrapper, class := wrapperOf(ev)
	if *wrapper == nil {
		if _, err := s.prelude("make"+class, s.Runtime.ToValue(ev)); err != nil {
			return nil, err
		}
	}
	return (*wrapper).(*js.Object), nil
}

// wrapperOf is where an event keeps its object, and the class of it.
func wrapperOf(ev webapi.Event) (wrapper *any, class string) {
	switch ev := ev.(type) {
	case *webapi.CloseEvent:
		return &ev.Wrapper, "CloseEvent"
	case *webapi.MessageEvent:
		return &ev.Wrapper, "MessageEvent"
	case *webapi.PlainEvent:
		return &ev.Wrapper, "PlainEvent"
	}
	panic("sobek: an event of another package")
}

// messageData is what a script sees of a message that has come.
func (s *Scope) messageData(e *webapi.MessageEvent) js.Value {
	switch data := e.Data().(type) {
	case string:
		return s.Runtime.ToValue(data)
	case []byte:
		return s.Runtime.ToValue(s.Runtime.NewArrayBuffer(data))
	case *webapi.Blob:
		return must(s.prelude("makeBlob", s.Runtime.ToValue(data)))
	}
	return js.Null()
}
