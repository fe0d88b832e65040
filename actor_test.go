package websocket_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/protocol"
)

// actor plays the application, the peer and the transport of an endpoint.
type actor struct {
	*carried
	carrier *carrier
	role    protocol.Role
	running sync.WaitGroup

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced when something below changes
	frames     []string      // that came to the peer
	fault      error         // what no endpoint of this role may write
	ended      error         // what ended the peer's reading
	messages   []string      // that the application got
	told       []string      // CloseEvents that the trace was told of
	beginnings []beginning   // what it was told of their beginnings
	called     []string      // callbacks behind the messages
	answer     *closingtest.CloseFrame

	taken int      // frames that the script has expected
	early []string // frames that the gate holds and the script has seen

	unread []string // messages that are to be there when the connection is over
}

// note writes down what is seen.
func (a *actor) note(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	close(a.changed)
	a.changed = make(chan struct{})
}

// watch reads what the endpoint writes.
func (a *actor) watch() {
	var behind []byte
	buffer := make([]byte, 4096)
	for {
		n, err := a.peer.in.Read(buffer)
		frames, rest, fault := closingtest.ReadFrames(a.role.String(), append(behind, buffer[:n]...))
		behind = slices.Clone(rest)
		a.note(func() {
			a.frames = append(a.frames, frames...)
			if fault != nil {
				a.fault = fault
			}
			a.ended = err
		})
		if err != nil || fault != nil {
			return
		}
	}
}

// read reads messages, as an application does.
func (a *actor) read() {
	for m, err := range a.conn.Messages(background) {
		if err == nil {
			a.got(m.Type, m.Data)
		}
	}
}

func (a *actor) got(typ websocket.MessageType, data []byte) {
	a.note(func() { a.messages = append(a.messages, strings.TrimRight(typ.String()+" "+string(data), " ")) })
}

// callbacks are the application of a carrier in the event style.
func (a *actor) callbacks() *websocket.Events {
	if !a.carrier.events {
		return nil
	}
	return &websocket.Events{
		OnMessage: func(_ *websocket.Conn, typ websocket.MessageType, data []byte) { a.got(typ, data) },
		OnError:   func(*websocket.Conn, error) { a.note(func() { a.called = append(a.called, "error") }) },
		OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			a.note(func() { a.called = append(a.called, "close "+closingtest.EventWords(ev)) })
		},
	}
}

// settle waits until everybody has come to rest, where that can be known.
func (a *actor) settle() {
	if a.carrier.bubble {
		synctest.Wait()
	}
}

// await waits for a condition, where it is not known when everybody has come to
// rest, and reports whether it holds.
func (a *actor) await(condition func() bool) bool {
	a.settle()
	var patience <-chan time.Time
	if !a.carrier.bubble {
		patience = time.After(10 * time.Second)
	}
	for {
		a.mu.Lock()
		met, changed := condition(), a.changed
		a.mu.Unlock()
		if met || a.carrier.bubble {
			return met
		}
		select {
		case <-changed:
		case <-patience:
			return false
		}
	}
}

func (a *actor) Close(f closingtest.CloseFrame) error {
	return a.close(func() error { return a.conn.Close(f.Code, f.Reason) })
}

func (a *actor) CloseEmpty() { a.close(a.conn.CloseEmpty) }

// close returns when the call has been refused, or the closing handshake started.
func (a *actor) close(call func() error) error {
	returned := make(chan error, 1)
	a.running.Go(func() { returned <- call() })
	defer a.settle()
	select {
	case err := <-returned:
		return err
	case <-a.conn.NoLongerOpen():
		return nil
	}
}

func (a *actor) Because(cause, reason string) {
	a.conn.StartFor(protocol.Cause(cause), reason)
	a.settle()
}

func (a *actor) Miss(extensions string) {
	a.conn.MissExtension(extensions)
	a.settle()
}

func (a *actor) Cut(cause string) {
	if protocol.Cause(cause) == protocol.CauseAborted {
		a.conn.Abort()
	} else {
		a.conn.CutFor(protocol.Cause(cause))
	}
	a.settle()
}

func (a *actor) Answer(f closingtest.CloseFrame) { a.note(func() { a.answer = &f }) }

// chooseAnswer is AnswerClose. What may not be sent stands for the echo.
func (a *actor) chooseAnswer(websocket.CloseFrame) (none websocket.CloseFrame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answer == nil {
		return none
	}
	return websocket.CloseFrame(*a.answer)
}

func (a *actor) Peer(frame []byte) {
	a.peer.Write(frame)
	a.settle()
}

func (a *actor) StreamEnds(end, _ string) {
	a.peer.end(protocol.TransportEnd(end))
	a.settle()
}

// Writing looks at what the gate holds.
func (a *actor) Writing() {
	frames, rest, err := closingtest.ReadFrames(a.role.String(), a.gate.waiting())
	if err != nil || len(rest) > 0 {
		a.note(func() { a.fault = fmt.Errorf("%x is being written: %v", rest, err) })
	}
	a.early = frames
}

func (a *actor) Written() {
	a.early = nil
	if a.gate == nil || !a.carrier.bubble {
		return
	}
	held := a.gate.release()
	a.settle()
	if held {
		a.gate.hold()
	}
}

// WriteFails lets the write that the gate holds fail and all others. When there
// is none, the application writes a message.
func (a *actor) WriteFails(cause string) {
	a.early, a.taken = nil, min(a.taken, len(a.frames))
	a.gate.fail(writeError(cause))
	a.settle()
	a.conn.Write(background, websocket.Text, []byte("is anybody there?"))
	a.settle()
}

func (a *actor) Pass(d time.Duration) {
	pass(d)
	a.settle()
}

// Frame takes the next frame that came to the peer, or that the gate holds.
func (a *actor) Frame() (frame string) {
	if len(a.early) > 0 {
		frame, a.early = a.early[0], a.early[1:]
		a.taken++
		return frame
	}
	a.await(func() bool {
		if a.taken < len(a.frames) {
			frame = a.frames[a.taken]
			return true
		}
		return a.ended != nil || a.fault != nil
	})
	a.taken++
	return frame
}

func (a *actor) Rest() (rest []string) {
	a.settle()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fault != nil {
		rest = append(rest, a.fault.Error())
	}
	return append(append(rest, a.frames[min(a.taken, len(a.frames)):]...), a.early...)
}

func (a *actor) Message(words string) bool {
	if a.carrier.unread {
		a.unread = append(a.unread, words)
		return true
	}
	return a.await(func() bool { return slices.Contains(a.messages, words) })
}

// catchUp reads, behind the end, what an application that does not read has left.
func (a *actor) catchUp() error {
	if a.carrier.unread {
		a.read()
	}
	for _, words := range a.unread {
		if !slices.Contains(a.messages, words) {
			return fmt.Errorf("the application reads %q, and not %q", a.messages, words)
		}
	}
	return nil
}

func (a *actor) HalfClosed(want bool) bool {
	closed := func() bool { return a.ended == io.EOF }
	if want {
		return a.await(closed)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return closed()
}

// Deadline cannot be seen from outside: what it is for can, when time passes.
func (a *actor) Deadline() (string, bool) { return "", false }

func (a *actor) Open() bool {
	select {
	case <-a.conn.NoLongerOpen():
		return false
	default:
		return true
	}
}

func (a *actor) Event(want bool) string {
	if want && !a.carrier.bubble {
		select {
		case <-a.conn.Done():
		case <-time.After(10 * time.Second):
		}
	}
	a.settle()
	ev, over := a.conn.CloseEvent()
	if !over {
		return ""
	}
	return closingtest.EventWords(ev)
}

// disturb does what can be done with a connection that is over: the CloseEvent
// stays as it is.
func (a *actor) disturb() error {
	before := a.Event(true)
	closed := a.conn.Close(1001, "late")
	a.conn.Abort()
	written := a.conn.Write(background, websocket.Text, []byte("late"))
	if after := a.Event(true); after != before {
		return fmt.Errorf("the CloseEvent was\n%s\nand now is\n%s", before, after)
	}
	if closed == nil || closed != written {
		return fmt.Errorf("behind the end Close gives %v, and Write %v", closed, written)
	}
	return a.tellings(before)
}

// tellings says what is wrong with how often, and in which order, the application
// was told of the one CloseEvent: by the trace, and by callbacks, where an error
// comes before the close if that is not clean (WHATWG WebSockets).
func (a *actor) tellings(event string) error {
	<-a.conn.Done()
	a.settle()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Equal(a.told, []string{event}) {
		return fmt.Errorf("the trace was told of %q", a.told)
	}
	var want []string
	if a.carrier.events {
		if strings.Contains(event, " clean=false ") {
			want = append(want, "error")
		}
		want = append(want, "close "+event)
	}
	if !slices.Equal(a.called, want) {
		return fmt.Errorf("the callbacks were %q, want %q", a.called, want)
	}
	return nil
}
