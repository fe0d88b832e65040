package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// targetFunctions connect EventTargets to Go's.
func (s *Scope) targetFunctions() map[string]any {
	return map[string]any{
		"globalTarget": s.global,
		"newTarget":    func() *webapi.EventTarget { return &webapi.EventTarget{Report: s.report} },
		"adopt":        adopt,
		"listen": func(t webapi.Target, name string, callback, options *js.Object) {
			opts := &webapi.ListenerOptions{
				Capture: options.Get("capture").ToBoolean(),
				Once:    isTrue(options.Get("once")),
				Passive: isTrue(options.Get("passive")),
			}
			if signal := options.Get("signal"); signal != nil && !js.IsUndefined(signal) {
				opts.Signal = signal.Export().(*webapi.AbortSignal)
			}
			t.AddEventListener(name, listener{s, callback}, opts)
		},
		"unlisten": func(t webapi.Target, name string, callback *js.Object, capture bool) {
			t.RemoveEventListener(name, listener{s, callback}, capture)
		},
		"dispatch": func(t webapi.Target, ev webapi.Event) bool {
			notCanceled, err := t.DispatchEvent(ev)
			s.throw(err)
			return notCanceled
		},
		"handle": func(t webapi.Target, name string, callback *js.Object) {
			if callback == nil {
				eventTarget(t).SetHandler(name, nil)
				return
			}
			eventTarget(t).SetHandler(name, handler{s, callback})
		},
		"handler": func(t webapi.Target, name string) js.Value {
			if h, ok := eventTarget(t).Handler(name).(handler); ok {
				return h.callback
			}
			return js.Null()
		},
	}
}

func isTrue(v js.Value) bool { return v != nil && v.ToBoolean() }

// adopt gives a handle the object that stands for it.
func adopt(handle any, object *js.Object) {
	if ev, ok := handle.(webapi.Event); ok {
		wrapper, _ := wrapperOf(ev)
		*wrapper = object
		return
	}
	eventTarget(handle.(webapi.Target)).Wrapper = object
}

// objectOf is the object of a target. Each has one from its beginning.
func objectOf(t webapi.Target) js.Value {
	if t == nil {
		return js.Null()
	}
	return eventTarget(t).Wrapper.(*js.Object)
}

// eventTarget is the EventTarget in a Target.
func eventTarget(t webapi.Target) *webapi.EventTarget {
	switch t := t.(type) {
	case *webapi.EventTarget:
		return t
	case *webapi.WebSocket:
		return &t.EventTarget
	case *webapi.AbortSignal:
		return &t.EventTarget
	}
	panic("sobek: a target of another package")
}

// listener is a script's event listener: a function, or an object with a method
// handleEvent. Two are the same if their callbacks are.
type listener struct {
	scope    *Scope
	callback *js.Object
}

// HandleEvent calls the callback. What it throws is the error.
//
// DOM Standard, section 2.9, "inner invoke", and Web IDL, section 3.11.
func (l listener) HandleEvent(ev webapi.Event) error {
	event, err := l.scope.event(ev)
	if err != nil {
		return err
	}
	if call, ok := js.AssertFunction(l.callback); ok {
		_, err = call(objectOf(ev.CurrentTarget()), event)
		return err
	}
	_, err = l.scope.prelude("callListener", l.callback, event)
	return err
}

// handler is the value of a handler attribute, such as onclose.
type handler listener

// HandleEvent calls the function. An object that is none is a handler that does
// nothing.
func (h handler) HandleEvent(ev webapi.Event) error {
	if _, ok := js.AssertFunction(h.callback); !ok {
		return nil
	}
	event, err := h.scope.event(ev)
	if err != nil {
		return err
	}
	_, err = h.scope.prelude("callHandler", h.callback, objectOf(ev.CurrentTarget()), event)
	return err
}
