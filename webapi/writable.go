package webapi

import (
	"fmt"

	"github.com/onclose/websocket"
)

// Writable takes the messages of a WebSocketStream: the sink below a
// WritableStream.
type Writable struct {
	stream *WebSocketStream
	writes []*Promise[struct{}] // that have not been settled
	closes []*Promise[struct{}]
	err    error // why nothing can be written any more
}

// Write promises that a string or a copy of a []byte has been handed to the
// network, as a text or binary message. What is not UTF-8 in a string becomes
// U+FFFD. Once this side is closing it has an InvalidStateError. When the connection
// has failed, or the peer's Close frame came first, it has the *WebSocketError, as
// Closed has then.
func (w *Writable) Write(chunk any) *Promise[struct{}] {
	tasks := w.stream.env.Tasks
	l := letter{typ: websocket.Binary}
	switch chunk := chunk.(type) {
	case string:
		l.typ, l.data = websocket.Text, []byte(usvString(chunk))
	case []byte:
		l.data = append([]byte(nil), chunk...)
	default:
		return rejected[struct{}](tasks, &TypeError{Message: fmt.Sprintf("a %T cannot be sent", chunk)})
	}
	switch {
	case w.err != nil:
		return rejected[struct{}](tasks, w.err)
	case w.stream.state != Open && !w.stream.leaving:
		return rejected[struct{}](tasks, &DOMException{InvalidStateError, "the connection is closing"})
	}
	p := newPromise[struct{}](tasks)
	w.writes = append(w.writes, p)
	if w.stream.leaving {
		w.stream.cutOff = true // it is told with the end
		return p
	}
	l.done = func(err error) {
		if err == nil && !w.stream.cutOff {
			p.resolve(struct{}{})
			w.writes = w.writes[1:] // they are written in order
		}
	}
	w.stream.connection.out.put(l)
	return p
}

// Close closes the connection with an empty Close frame, behind what has been
// written. The promise is settled when the connection has ended.
func (w *Writable) Close() *Promise[struct{}] { return w.Abort(nil) }

// Abort closes the connection, with the code and reason of reason if it is a
// *WebSocketError. The promise is settled when the connection has ended.
func (w *Writable) Abort(reason error) *Promise[struct{}] {
	p := newPromise[struct{}](w.stream.env.Tasks)
	if w.err != nil {
		p.reject(w.err)
		return p
	}
	w.closes = append(w.closes, p)
	w.stream.closeFor(reason)
	return p
}

// end is told of the end of the connection: why nothing can be written any more,
// and the error of closing, nil if it closed cleanly.
func (w *Writable) end(err, closing error) {
	w.err = err
	for _, p := range w.writes {
		p.reject(err)
	}
	for _, p := range w.closes {
		settle(p, closing)
	}
	w.writes, w.closes = nil, nil
}
