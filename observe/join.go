package observe

import (
	"net/http"
	"time"

	"github.com/onclose/websocket"
)

// Join is a Trace that calls the hooks of all traces, in their order.
func Join(traces ...websocket.Trace) websocket.Trace {
	return websocket.Trace{
		Opened: func(c *websocket.Conn) {
			for _, t := range traces {
				if t.Opened != nil {
					t.Opened(c)
				}
			}
		},
		Refused: func(r *http.Request, err error) {
			for _, t := range traces {
				if t.Refused != nil {
					t.Refused(r, err)
				}
			}
		},
		Panicked: joinPanicked(traces),
		Pong: func(c *websocket.Conn, roundTrip time.Duration) {
			for _, t := range traces {
				if t.Pong != nil {
					t.Pong(c, roundTrip)
				}
			}
		},
		Closed: func(c *websocket.Conn, ev websocket.CloseEvent) {
			for _, t := range traces {
				if t.Closed != nil {
					t.Closed(c, ev)
				}
			}
		},
	}
}

// joinPanicked is nil when no trace has the hook: then the panic is logged as
// net/http does.
func joinPanicked(traces []websocket.Trace) func(*websocket.Conn, any, []byte) {
	var hooks []func(*websocket.Conn, any, []byte)
	for _, t := range traces {
		if t.Panicked != nil {
			hooks = append(hooks, t.Panicked)
		}
	}
	if len(hooks) == 0 {
		return nil
	}
	return func(c *websocket.Conn, value any, stack []byte) {
		for _, hook := range hooks {
			hook(c, value, stack)
		}
	}
}
