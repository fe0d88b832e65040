package observe

import (
	"net/http"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// Join is a Trace that calls the hooks of all traces, in their order. A hook that
// none of them has is nil: the connection then does not pay for it, and a panic is
// logged as net/http does.
func Join(traces ...websocket.Trace) websocket.Trace {
	return websocket.Trace{
		Accepted: joinAccepted(traces),
		Opened:   joinOpened(traces),
		Refused:  joinRefused(traces),
		Panicked: joinPanicked(traces),
		Frame:    joinFrame(traces),
		Message:  joinMessage(traces),
		Pong:     joinPong(traces),
		Closing:  joinClosing(traces),
		Closed:   joinClosed(traces),
	}
}

// hooks are the ones of a kind that are there.
func hooks[F any](traces []websocket.Trace, pick func(*websocket.Trace) (hook F, ok bool)) (all []F) {
	for i := range traces {
		if hook, ok := pick(&traces[i]); ok {
			all = append(all, hook)
		}
	}
	return all
}

func joinAccepted(traces []websocket.Trace) func(*websocket.Conn, *http.Request) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, *http.Request), bool) {
		return t.Accepted, t.Accepted != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, r *http.Request) {
		for _, hook := range all {
			hook(c, r)
		}
	}
}

func joinOpened(traces []websocket.Trace) func(*websocket.Conn) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn), bool) { return t.Opened, t.Opened != nil })
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn) {
		for _, hook := range all {
			hook(c)
		}
	}
}

func joinRefused(traces []websocket.Trace) func(*http.Request, error) {
	all := hooks(traces, func(t *websocket.Trace) (func(*http.Request, error), bool) { return t.Refused, t.Refused != nil })
	if len(all) == 0 {
		return nil
	}
	return func(r *http.Request, err error) {
		for _, hook := range all {
			hook(r, err)
		}
	}
}

func joinPanicked(traces []websocket.Trace) func(*websocket.Conn, any, []byte) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, any, []byte), bool) {
		return t.Panicked, t.Panicked != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, value any, stack []byte) {
		for _, hook := range all {
			hook(c, value, stack)
		}
	}
}

func joinFrame(traces []websocket.Trace) func(*websocket.Conn, protocol.Direction, wire.Header, []byte) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, protocol.Direction, wire.Header, []byte), bool) {
		return t.Frame, t.Frame != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, d protocol.Direction, h wire.Header, control []byte) {
		for _, hook := range all {
			hook(c, d, h, control)
		}
	}
}

func joinMessage(traces []websocket.Trace) func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64), bool) {
		return t.Message, t.Message != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, d protocol.Direction, typ websocket.MessageType, size, framed int64) {
		for _, hook := range all {
			hook(c, d, typ, size, framed)
		}
	}
}

func joinPong(traces []websocket.Trace) func(*websocket.Conn, time.Duration) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, time.Duration), bool) { return t.Pong, t.Pong != nil })
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, roundTrip time.Duration) {
		for _, hook := range all {
			hook(c, roundTrip)
		}
	}
}

func joinClosing(traces []websocket.Trace) func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame), bool) {
		return t.Closing, t.Closing != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, by protocol.Initiator, frame websocket.CloseFrame) {
		for _, hook := range all {
			hook(c, by, frame)
		}
	}
}

func joinClosed(traces []websocket.Trace) func(*websocket.Conn, websocket.CloseEvent) {
	all := hooks(traces, func(t *websocket.Trace) (func(*websocket.Conn, websocket.CloseEvent), bool) {
		return t.Closed, t.Closed != nil
	})
	if len(all) == 0 {
		return nil
	}
	return func(c *websocket.Conn, ev websocket.CloseEvent) {
		for _, hook := range all {
			hook(c, ev)
		}
	}
}
