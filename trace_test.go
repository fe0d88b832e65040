package websocket_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// beginning is what Trace.Closing was told, and how often Trace.Closed had been
// called by then.
type beginning struct {
	by     protocol.Initiator
	frame  websocket.CloseFrame
	closed int
}

// checkBeginnings says what is wrong with what Trace.Closing was told of a
// connection that ended with ev, or "".
func checkBeginnings(told []beginning, ev websocket.CloseEvent) string {
	if len(told) != 1 {
		return fmt.Sprintf("the trace was told of %d closings: %v", len(told), told)
	}
	b, right := told[0], false
	switch b.by {
	case protocol.Nobody:
		right = b.frame == websocket.CloseFrame{} && (ev.Initiator == protocol.Nobody || ev.Initiator == protocol.Remote)
	case protocol.Local:
		right = (ev.Sent == nil || *ev.Sent == b.frame) && (ev.Initiator == protocol.Local || ev.Initiator == protocol.Both)
	case protocol.Remote:
		right = same(&b.frame, ev.Received) && ev.Initiator == protocol.Remote
	}
	if !right || b.closed > 0 {
		return fmt.Sprintf("the trace was told of %v, after %d ends, and the event is %v", b, b.closed, ev)
	}
	return ""
}

// A hook that panics, on a goroutine that recovers, takes nothing from the close.
func TestAClosingHookThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame) { panic("on purpose") }
		client, server := pair(t, &websocket.DialOptions{Trace: websocket.Trace{Closing: hook}}, nil)
		func() {
			defer func() {
				if value := recover(); value != "on purpose" {
					t.Errorf("recovered %v", value)
				}
			}()
			client.Close(4000, "bye")
		}()
		check(t, "client", eventOf(client), "4000|bye|clean|local|closing||fin")
		check(t, "server", eventOf(server), "4000|bye|clean|remote|closing||fin")
	})
}
