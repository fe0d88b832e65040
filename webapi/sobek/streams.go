package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// streamFunctions are WebSocketStream's and WebSocketError's. Those that promise
// something return an engine's Promise.
func (s *Scope) streamFunctions() map[string]any {
	return map[string]any{
		"newWebSocketError": func(message string, code js.Value, reason string) *webapi.WebSocketError {
			e, err := webapi.NewWebSocketError(message, closeInfo(code, reason))
			s.throw(err)
			return e
		},
		"closeCodeOf": func(e *webapi.WebSocketError) js.Value { return s.closeCode(e.CloseCode()) },
		"newWebSocketStream": func(url string, protocols []string, signal js.Value) *webapi.WebSocketStream {
			opts := &webapi.WebSocketStreamOptions{Protocols: protocols}
			opts.Signal, _ = signal.Export().(*webapi.AbortSignal)
			stream, err := webapi.NewWebSocketStream(s.env, url, opts)
			s.throw(err)
			return stream
		},
		"whenOpened": func(stream *webapi.WebSocketStream) js.Value {
			return promise(s, stream.Opened(), func(info webapi.WebSocketOpenInfo) any {
				return map[string]any{"extensions": info.Extensions, "protocol": info.Protocol}
			})
		},
		"whenClosed": func(stream *webapi.WebSocketStream) js.Value {
			return promise(s, stream.Closed(), func(info webapi.WebSocketCloseInfo) any {
				object := s.Runtime.NewObject()
				object.Set("closeCode", s.closeCode(info.CloseCode))
				object.Set("reason", info.Reason)
				return object
			})
		},
		"closeStream": func(stream *webapi.WebSocketStream, code js.Value, reason string) {
			s.throw(stream.Close(closeInfo(code, reason)))
		},
		"readStream": func(stream *webapi.WebSocketStream) js.Value {
			return promise(s, ends(stream).Readable.Read(), s.chunk)
		},
		"cancelStream": func(stream *webapi.WebSocketStream, reason js.Value) js.Value {
			return promise(s, ends(stream).Readable.Cancel(reasonOf(reason)), nothing)
		},
		"writeText": func(stream *webapi.WebSocketStream, text string) js.Value {
			return promise(s, ends(stream).Writable.Write(text), nothing)
		},
		"writeBytes": func(stream *webapi.WebSocketStream, buffer js.ArrayBuffer, offset, length int) js.Value {
			return promise(s, ends(stream).Writable.Write(bytesOf(buffer, offset, length)), nothing)
		},
		"abortStream": func(stream *webapi.WebSocketStream, reason js.Value) js.Value {
			return promise(s, ends(stream).Writable.Abort(reasonOf(reason)), nothing)
		},
	}
}

// promise is a Promise of Go's as the engine's.
func promise[T any](s *Scope, p *webapi.Promise[T], value func(T) any) js.Value {
	promised, resolve, reject := s.Runtime.NewPromise()
	p.Then(
		func(v T) { resolve(value(v)) },
		func(err error) { reject(s.exception(err)) },
	)
	return s.Runtime.ToValue(promised)
}

func nothing(struct{}) any { return js.Undefined() }

// ends are the streams of a connection that has opened.
func ends(stream *webapi.WebSocketStream) webapi.WebSocketOpenInfo {
	info, _ := stream.Opened().Result()
	return info
}

// chunk is what a read gives: bytes as an ArrayBuffer.
func (s *Scope) chunk(c webapi.Chunk) any {
	object := s.Runtime.NewObject()
	object.Set("done", c.Done)
	if data, ok := c.Value.([]byte); ok {
		object.Set("value", s.Runtime.NewArrayBuffer(data))
	} else {
		object.Set("value", c.Value)
	}
	return object
}

func closeInfo(code js.Value, reason string) webapi.WebSocketCloseInfo {
	info := webapi.WebSocketCloseInfo{Reason: reason}
	if !js.IsUndefined(code) {
		info.CloseCode = new(uint16(code.ToInteger()))
	}
	return info
}

func (s *Scope) closeCode(code *uint16) js.Value {
	if code == nil {
		return js.Null()
	}
	return s.Runtime.ToValue(*code)
}

// reasonOf is the WebSocketError behind a reason, if it is one.
func reasonOf(reason js.Value) error {
	if e, ok := reason.Export().(*webapi.WebSocketError); ok {
		return e
	}
	return nil
}
