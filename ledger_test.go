package websocket_test

import (
	"fmt"
	"sync"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// ledger keeps what Trace.Frame and Trace.Message were told of one connection, to
// be compared with what was on the wire.
type ledger struct {
	mu             sync.Mutex
	sent, received entries
}

// entries are those of one direction.
type entries struct {
	frames   []toldFrame
	messages []toldMessage
}

type toldFrame struct {
	wire.Header
	control string
}

type toldMessage struct {
	typ          websocket.MessageType
	size, framed int64
}

func (l *ledger) entries(d protocol.Direction) *entries {
	if d == protocol.Sent {
		return &l.sent
	}
	return &l.received
}

func (l *ledger) frame(_ *websocket.Conn, d protocol.Direction, h wire.Header, control []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries(d)
	e.frames = append(e.frames, toldFrame{h, string(control)})
}

func (l *ledger) message(_ *websocket.Conn, d protocol.Direction, typ websocket.MessageType, size, framed int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries(d)
	e.messages = append(e.messages, toldMessage{typ, size, framed})
}

// checkSent says what of the frames that an end has written was told wrong, or "".
func (l *ledger) checkSent(frames []wstest.Frame) string {
	if n := len(frames); n > 0 && !frames[n-1].Whole() {
		frames = frames[:n-1]
	}
	return l.sent.check("sent", frames, true)
}

// checkReceived says what of the frames that came to an end was told wrong, or "".
// all: it has processed the peer's Close frame.
func (l *ledger) checkReceived(frames []wstest.Frame, all bool) string {
	for i, f := range frames {
		if f.Opcode == wire.Close {
			frames = frames[:i+1] // the rest is dropped
			break
		}
	}
	return l.received.check("received", frames, all)
}

func (e *entries) check(direction string, frames []wstest.Frame, all bool) string {
	if len(e.frames) > len(frames) || all && len(e.frames) < len(frames) {
		return fmt.Sprintf("%d frames told as %s, %d on the wire", len(e.frames), direction, len(frames))
	}
	for i, told := range e.frames {
		f := frames[i]
		if control := f.Opcode.Control(); told.Header != f.Header || control && told.control != string(f.Payload) || !control && told.control != "" {
			return fmt.Sprintf("frame %d was told as %s: %v, on the wire is %v", i, direction, told, f)
		}
	}
	messages := messagesOf(frames[:len(e.frames)])
	if n := len(e.frames); !all && len(messages) == len(e.messages)+1 && frames[n-1].Fin && !frames[n-1].Opcode.Control() {
		messages = messages[:len(messages)-1] // the last frame's payload did not all come
	}
	if len(messages) != len(e.messages) {
		return fmt.Sprintf("%d messages told as %s, %d on the wire", len(e.messages), direction, len(messages))
	}
	for i, told := range e.messages {
		want := messages[i]
		if compressed := want.size < 0; compressed {
			want.size = told.size
		}
		if told != want {
			return fmt.Sprintf("message %d was told as %s: %+v, want %+v", i, direction, told, want)
		}
	}
	return ""
}

// messagesOf are the messages that end in the frames. The size of one that was
// compressed is not known, and negative.
func messagesOf(frames []wstest.Frame) (all []toldMessage) {
	var m toldMessage
	for _, f := range frames {
		if f.Opcode.Control() {
			continue
		}
		if f.Opcode != wire.Continuation {
			m = toldMessage{typ: f.Opcode}
		}
		m.framed += f.Length
		m.size += f.Length
		if f.RSV != 0 {
			m.size = -1 << 60
		}
		if f.Fin {
			all = append(all, m)
		}
	}
	return all
}
