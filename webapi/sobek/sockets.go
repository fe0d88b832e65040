package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// socketFunctions are what is not a plain member of webapi.WebSocket.
func (s *Scope) socketFunctions() map[string]any {
	return map[string]any{
		"newWebSocket": func(url string, protocols []string) *webapi.WebSocket {
			socket, err := webapi.NewWebSocket(s.env, url, protocols...)
			s.throw(err)
			if s.closed != nil {
				socket.AddEventListener("close", webapi.Func(s.tellClosed), nil)
			}
			return socket
		},
		"readyState": func(socket *webapi.WebSocket) uint16 { return uint16(socket.ReadyState()) },
		"sendText": func(socket *webapi.WebSocket, text string) {
			s.throw(socket.SendText(text))
		},
		"sendBlob": func(socket *webapi.WebSocket, blob *webapi.Blob) {
			s.throw(socket.SendBinary(blob.Bytes()))
		},
		"sendBinary": func(socket *webapi.WebSocket, buffer js.ArrayBuffer, offset, length int) {
			s.throw(socket.SendBinary(bytesOf(buffer, offset, length)))
		},
		"close": func(socket *webapi.WebSocket, code js.Value, reason string) {
			if js.IsUndefined(code) {
				s.throw(socket.Close(nil, reason))
				return
			}
			s.throw(socket.Close(new(uint16(code.ToInteger())), reason))
		},
	}
}

// tellClosed passes on the end of a connection. An event that a script dispatched
// is none, of whatever kind it is.
func (s *Scope) tellClosed(ev webapi.Event) {
	if e, ok := ev.(*webapi.CloseEvent); ok && e.IsTrusted() {
		if truth, ok := e.Truth(); ok {
			s.closed(truth)
		}
	}
}
