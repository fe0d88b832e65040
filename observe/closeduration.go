package observe

import (
	"sync"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// CloseDuration is a Trace that calls f at the end of every connection that had
// opened, with the time from Trace.Closing to Trace.Closed: how long the closing
// handshake and the end of the transport took.
func CloseDuration(f func(ev websocket.CloseEvent, took time.Duration)) websocket.Trace {
	var began sync.Map // a time.Time for each *websocket.Conn that is closing
	return websocket.Trace{
		Closing: func(c *websocket.Conn, _ protocol.Initiator, _ websocket.CloseFrame) {
			began.Store(c, time.Now())
		},
		Closed: func(c *websocket.Conn, ev websocket.CloseEvent) {
			if at, ok := began.LoadAndDelete(c); ok {
				f(ev, time.Since(at.(time.Time)))
			}
		},
	}
}
