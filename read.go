package websocket

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
)

// Message is one message as Messages yields it.
type Message struct {
	Type MessageType
	Data []byte // the caller's to keep
}

// Read returns the next message, whole, in memory of its own. It blocks until
// one is there, the context ends or the connection does. While a goroutine is in
// Read it answers Pings and the peer's Close frame; the messages that came
// before that frame, or before a failure, are returned first, and then the
// *CloseError.
//
// When ctx ends, Read returns its cause and the connection stays usable: a
// message that was half read is continued by the next Read.
func (c *Conn) Read(ctx context.Context) (MessageType, []byte, error) {
	return c.ReadAppend(ctx, nil)
}

// ReadAppend is Read into the caller's memory: it appends the message to dst,
// which grows when its capacity does not suffice, and returns the result. On an
// error it returns dst as it was.
func (c *Conn) ReadAppend(ctx context.Context, dst []byte) (MessageType, []byte, error) {
	if err := c.takeRead(ctx); err != nil {
		return 0, dst, err
	}
	defer c.releaseRead()
	stop := c.nudgeWhenDone(ctx)
	defer stop()
	return c.readMessage(ctx, dst)
}

// readMessage is ReadAppend for a caller that has the read turn. As a rule it waits right
// here, where there is little on the stack: what is deeper is shared by all that a
// goroutine does, and of a thousand stacks little is in the processor's caches.
func (c *Conn) readMessage(ctx context.Context, dst []byte) (MessageType, []byte, error) {
	if c.streamed == nil && len(c.inbox.parts) == 0 && !c.receiver.InFrame() {
		for len(c.window.unparsed()) == 0 {
			n, err := c.readStream(ctx, nil)
			if err != nil {
				return 0, dst, err
			}
			c.window.fill(n)
		}
	}
	return c.readStored(ctx, dst)
}

// readStored is readMessage when there is something already.
func (c *Conn) readStored(ctx context.Context, dst []byte) (MessageType, []byte, error) {
	if err := c.skipStreamed(ctx); err != nil {
		return 0, dst, err
	}
	start := len(dst)
	if head, ok := c.inbox.first(); ok {
		dst = grow(dst, head.size)
		n := c.inbox.take(dst[len(dst) : len(dst)+head.size])
		dst = dst[:len(dst)+n]
		c.inbox.drop()
		if head.whole {
			return head.opcode, dst, nil
		}
	}
	typ, dst, err := c.readRest(ctx, dst)
	if err != nil && len(dst) > start {
		c.inbox.put(typ, dst[start:], false)
		dst = dst[:start]
	}
	return typ, dst, err
}

// readRest appends the rest of the message being received, or the next one. It
// returns what it has together with an error.
func (c *Conn) readRest(ctx context.Context, dst []byte) (MessageType, []byte, error) {
	typ := c.receiver.Message()
	for {
		ev, err := c.next(ctx, &dst)
		if err != nil {
			return typ, dst, err
		}
		typ = ev.Opcode
		if ev.Fin {
			return typ, dst, nil
		}
	}
}

// Messages ranges over the messages that come until the connection ends or ctx
// does. The last pair then has the error; a loop that breaks before leaves the
// connection as it is.
//
//	for m, err := range c.Messages(ctx) {
//		if err != nil {
//			break // a *CloseError, or the context's cause
//		}
//		...
//	}
func (c *Conn) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			typ, data, err := c.Read(ctx)
			if !yield(Message{typ, data}, err) || err != nil {
				return
			}
		}
	}
}

// ReadJSON reads the next message, text or binary, and decodes it into v with
// encoding/json. A message that is not JSON of v's shape gives json's error, and
// the connection goes on.
func (c *Conn) ReadJSON(ctx context.Context, v any) error {
	_, data, err := c.Read(ctx)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// store puts a piece of a message into the inbox.
func (c *Conn) store(ev protocol.Event) { c.inbox.put(ev.Opcode, ev.Payload, ev.Fin) }

// next returns the next piece of a message, and deals with all else that comes
// before it. With dst, the piece's payload is appended there, read straight into
// place where it can be; else it aliases the window until the next call. The
// caller holds the read turn.
func (c *Conn) next(ctx context.Context, dst *[]byte) (protocol.Event, error) {
	for {
		if dst != nil {
			c.placeIn(*dst)
		}
		ev, n := c.receiver.Receive(c.window.unparsed())
		if ev.Kind == protocol.Data {
			c.window.take(n)
			switch c.count(ev); {
			case c.discarding:
				continue
			case ev.Placed:
				*dst = (*dst)[:len(*dst)+len(ev.Payload)]
			case dst != nil:
				*dst = append(grow(*dst, len(ev.Payload)), ev.Payload...)
			}
			return ev, nil
		}
		c.dispatch(ev)
		c.window.take(n)
		if n > 0 || ev.Kind != protocol.NeedMore {
			continue
		}
		if left := c.receiver.Left(); dst != nil && left >= windowBytes && !c.discarding {
			return c.readInto(ctx, dst, left)
		}
		n, err := c.readStream(ctx, nil)
		if err != nil {
			return protocol.Event{}, err
		}
		c.window.fill(n)
	}
}

// placeIn lets the payload of a long frame go to its place behind dst at once, if there
// is room: unmasking and copying are one then.
func (c *Conn) placeIn(dst []byte) {
	if free := dst[len(dst):cap(dst)]; fastPaths && len(free) >= windowBytes && len(c.window.unparsed()) >= windowBytes {
		c.receiver.Place(free)
	}
}

// readInto reads payload of the frame being received straight to its place
// behind dst. Memory is taken for what has arrived, not for what is announced:
// at most as much again as there is, unless the caller has more already.
func (c *Conn) readInto(ctx context.Context, dst *[]byte, left int64) (protocol.Event, error) {
	there := cap(*dst) - len(*dst)
	room := int(min(left, int64(max(len(*dst), 4*windowBytes, there))))
	*dst = grow(*dst, room)
	free := (*dst)[len(*dst) : len(*dst)+room]
	n, err := c.readStream(ctx, free)
	if err != nil {
		return protocol.Event{}, err
	}
	ev, _ := c.receiver.Receive(free[:n])
	if ev.Kind != protocol.Data {
		c.dispatch(ev) // the text went bad here: the next call finds the end
		return c.next(ctx, dst)
	}
	if c.count(ev); c.discarding {
		return c.next(ctx, dst)
	}
	*dst = (*dst)[:len(*dst)+n]
	return ev, nil
}

// count keeps track of the bytes that the application may never get: those of a
// message that is not finished yet, and those that are discarded. A message that
// the CloseEvent already counts is discarded, with all behind it.
func (c *Conn) count(ev protocol.Event) {
	if ev.Fin && c.settings.trace.Message != nil {
		c.tellReceived(ev.Opcode)
	}
	switch {
	case c.discarding:
		c.lost.Add(int64(len(ev.Payload)))
	case !ev.Fin:
		c.partial.Add(int64(len(ev.Payload)))
	case c.partial.Load() != 0:
		c.discarding = !c.claim(c.partial.Load())
	}
}

// settle parses what is left in the window when the stream is closed, so that a
// message which has come whole is not counted as discarded. A goroutine that
// reads does that by itself.
func (c *Conn) settle() {
	if !c.readTurn.tryTake() {
		return
	}
	for {
		ev, n := c.receiver.Receive(c.window.unparsed())
		c.window.take(n)
		if ev.Kind != protocol.Data {
			if n == 0 && ev.Kind == protocol.NeedMore {
				break
			}
			c.dispatch(ev)
		} else if c.count(ev); !c.discarding {
			c.store(ev)
		}
	}
	c.window.GiveBack()
	c.readTurn.give()
}

// dispatch deals with everything that is not a piece of a message.
func (c *Conn) dispatch(ev protocol.Event) {
	switch ev.Kind {
	case protocol.Ping:
		c.tell(func(m *protocol.Closing, _ time.Time) { m.Ping(ev.Payload) })
	case protocol.Pong:
		c.pong(ev.Payload)
	case protocol.Close:
		answer, at := c.chooseAnswer(ev.Payload), c.receiver.FrameOffset()
		c.tell(func(m *protocol.Closing, now time.Time) { m.Received(ev.Payload, at, answer, now) })
	case protocol.Violated:
		c.partial.Add(int64(len(ev.Payload)))
		c.tell(func(m *protocol.Closing, now time.Time) { m.Violated(ev.Violation, now) })
	}
}

// chooseAnswer asks the application for its answering Close frame, if one of
// ours is not under way already. A hook that panics chooses none.
func (c *Conn) chooseAnswer(payload []byte) (answer *CloseFrame) {
	code, reason, rule := wire.ParseClose(payload)
	if c.settings.answerClose == nil || rule != 0 || c.closingError() != nil {
		return nil
	}
	defer c.surviveHook()
	chosen := c.settings.answerClose(CloseFrame{Code: code, Reason: string(reason)})
	return &chosen
}

// readStream reads from the stream into p, or with nil into the window. It
// returns n > 0, or the error that ends the caller's wait: the context's cause,
// errYield, errIdle, or, when the stream has ended and the CloseEvent is known, the *CloseError.
func (c *Conn) readStream(ctx context.Context, p []byte) (int, error) {
	c.noMore()
	for {
		var n int
		var err error
		if c.receiver.Timed() {
			n, err = c.readTimed(ctx, p)
		} else {
			n, err = c.readOnce(ctx, p)
		}
		if n > 0 {
			c.hear()
			if c.receiver.Ended() {
				c.drain(n)
			}
			return n, nil
		}
		switch {
		case err == errIdle:
			return 0, err
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.clearNudge()
			if ctx == attendantContext {
				if c.readers.Load() > 0 {
					return 0, errYield
				}
			} else if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
		default:
			return 0, c.streamEnd(ctx, err)
		}
	}
}

func (c *Conn) readOnce(ctx context.Context, p []byte) (int, error) {
	if ctx == listenerContext {
		return c.readNow(p)
	}
	c.stepAside()
	if p != nil {
		return c.stream.Read(p)
	}
	return c.stream.ReadInto(&c.window)
}

// readTimed is readOnce when a rate is limited, which it is not while this side
// closes. A listener asks until something has come.
func (c *Conn) readTimed(ctx context.Context, p []byte) (int, error) {
	asked := time.Now()
	if c.asking {
		asked = time.Time{}
	}
	n, err := c.readOnce(ctx, p)
	c.receiver.Waited(asked, time.Now())
	c.asking = err == errIdle
	if c.closingError() != nil {
		c.receiver.Untimed()
	}
	return n, err
}

// streamEnd tells the machine that nothing more can be read, and waits for the
// CloseEvent: a Close frame of ours may still be on its way out.
func (c *Conn) streamEnd(ctx context.Context, err error) error {
	end, blame := transport.ReadEnd(err)
	if blame.Cause == protocol.CauseEOF {
		switch {
		case c.receiver.InFrame() || len(c.window.unparsed()) > 0:
			blame.Cause = protocol.CauseEOFInFrame
		case c.receiver.InMessage():
			blame.Cause = protocol.CauseEOFInMessage
		}
		blame.Err = &protocol.EOFError{Cause: blame.Cause}
	}
	c.window.GiveBack()
	c.tell(func(m *protocol.Closing, now time.Time) { m.StreamEnded(end, blame, now) })
	if c.done.isGiven() {
		return c.final.Load()
	}
	c.stepAside()
	select {
	case <-c.done.wait():
		return c.final.Load()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// drain counts what is read and dropped when nothing is processed any more, and
// cuts the transport at the bound.
func (c *Conn) drain(n int) {
	if c.drained += int64(n); c.drained > drainBytes {
		c.tell(func(m *protocol.Closing, _ time.Time) {
			m.Cut(protocol.Blame{Cause: protocol.CauseAborted, Err: &protocol.AbortError{}})
		})
	}
}

// grow returns s with room for n more bytes behind its length: at least twice the
// room it had, so that a message that grows is copied few times.
func grow(s []byte, n int) []byte {
	if cap(s)-len(s) >= n {
		return s
	}
	bigger := make([]byte, len(s), max(len(s)+n, 2*cap(s)))
	copy(bigger, s)
	return bigger
}
