package webapi

import (
	"sync"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// arrivals keeps the peer's Close frame behind what came before it. The library
// may read ahead, so that the frame is known while messages still wait for their
// tasks: what came is counted against what was posted.
type arrivals struct {
	mu      sync.Mutex
	came    int  // messages
	posted  int  // of them and of the opening, those that have their tasks
	closing bool // the Close frame is here, and has no task yet
	post    func()
}

// watch has the connection tell what arrives, beside whom it tells already.
func (a *arrivals) watch(trace *websocket.Trace) {
	message, closing := trace.Message, trace.Closing
	trace.Message = func(c *websocket.Conn, d protocol.Direction, typ websocket.MessageType, size, framed int64) {
		if d == protocol.Received {
			a.note(func() { a.came++ })
		}
		if message != nil {
			message(c, d, typ, size, framed)
		}
	}
	trace.Closing = func(c *websocket.Conn, by protocol.Initiator, frame websocket.CloseFrame) {
		if by == protocol.Remote {
			a.note(func() { a.closing = true })
		}
		if closing != nil {
			closing(c, by, frame)
		}
	}
}

// onePosted says that the opening, or one more message, has its task.
func (a *arrivals) onePosted() { a.note(func() { a.posted++ }) }

// note takes down a fact, and posts the Close frame's task when it is its turn.
func (a *arrivals) note(fact func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fact()
	if a.closing && a.posted > a.came {
		a.closing = false
		a.post()
	}
}
