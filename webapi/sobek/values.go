package sobek

import (
	"errors"
	"reflect"

	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// A handle is a Go value that stands behind an object of a script: its class keeps
// it in a private field. Scripts cannot get hold of one.
var handleTypes = map[reflect.Type]bool{
	reflect.TypeFor[*webapi.PlainEvent]():     true,
	reflect.TypeFor[*webapi.MessageEvent]():   true,
	reflect.TypeFor[*webapi.CloseEvent]():     true,
	reflect.TypeFor[*webapi.EventTarget]():    true,
	reflect.TypeFor[*webapi.WebSocket]():      true,
	reflect.TypeFor[*webapi.AbortSignal]():    true,
	reflect.TypeFor[*webapi.Blob]():           true,
	reflect.TypeFor[*webapi.WebSocketError](): true,
}

// valueFunctions tell values apart and convert them.
func (s *Scope) valueFunctions() map[string]any {
	return map[string]any{
		"isHandle": func(v js.Value) bool {
			object, ok := v.(*js.Object)
			return ok && handleTypes[object.ExportType()]
		},
		"isArrayBuffer": func(v js.Value) bool {
			object, ok := v.(*js.Object)
			return ok && object.ExportType() == reflect.TypeFor[js.ArrayBuffer]()
		},
		"toScalar":   func(text string) string { return text },
		"legacyCode": func(name string) uint16 { return (&webapi.DOMException{Name: name}).Code() },
	}
}

// bytesOf is a copy of a part of an ArrayBuffer. One that was detached is empty.
func bytesOf(buffer js.ArrayBuffer, offset, length int) []byte {
	if buffer.Detached() {
		return nil
	}
	return append([]byte{}, buffer.Bytes()[offset:offset+length]...)
}

// throw makes the script that called Go catch an error, as the web's exception.
func (s *Scope) throw(err error) {
	if err != nil {
		panic(s.exception(err))
	}
}

// exception is the web's exception for an error.
func (s *Scope) exception(err error) js.Value {
	var thrown *thrownValue
	if errors.As(err, &thrown) {
		return thrown.value
	}
	var failed *webapi.WebSocketError
	if errors.As(err, &failed) {
		return must(s.prelude("makeWebSocketError", s.Runtime.ToValue(failed)))
	}
	name, message := "OperationError", err.Error()
	var dom *webapi.DOMException
	var typ *webapi.TypeError
	switch {
	case errors.As(err, &dom):
		name, message = dom.Name, dom.Message
	case errors.As(err, &typ):
		name, message = "TypeError", typ.Message
	}
	return must(s.prelude("exception", s.Runtime.ToValue(name), s.Runtime.ToValue(message)))
}

// thrownValue is any value that a script threw, or gave as a reason, as an error.
type thrownValue struct{ value js.Value }

func (e *thrownValue) Error() string { return e.value.String() }
