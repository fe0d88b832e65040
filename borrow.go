package websocket

import "context"

// loan is the memory of a message that the event style has lent to OnMessage: in
// the window as a rule, so that a small message is not copied, or else gathered in
// a buffer from a pool. Between two messages nothing is lent, and while a
// connection is idle it has neither.
type loan struct {
	window []byte
	buffer *[]byte
	partly bool // the message, in buffer or else the window, is not whole yet
}

// borrow waits for the next message, whole. The bytes are valid until reclaim, which
// comes before the next borrow and gives it the read turn. With listenerContext it
// does not wait but gives errIdle, and keeps the turn for the next call.
func (c *Conn) borrow(ctx context.Context, l *loan) (typ MessageType, message []byte, err error) {
	defer func() {
		if err != errIdle {
			c.releaseRead()
		}
	}()
	switch {
	case l.partly && l.buffer == nil:
		return c.awaitFrame(ctx, l)
	case l.partly:
		return c.gather(ctx, l)
	}
	if !fastPaths || len(c.inbox.parts) > 0 || c.receiver.InMessage() {
		return c.gatherMessage(l)
	}
	ev, err := c.next(ctx, nil)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case c.compression != nil: // the next piece needs the memory of this one
	case ev.Fin:
		l.window = c.window.lend()
		return ev.Opcode, ev.Payload, nil
	case c.window.keepsWhole(len(ev.Payload), c.receiver.Left()):
		return c.awaitFrame(ctx, l)
	}
	l.keep(ev.Payload)
	if ev.Fin {
		return ev.Opcode, *l.buffer, nil
	}
	return c.gather(ctx, l)
}

// awaitFrame reads the rest of a frame whose beginning the window keeps.
func (c *Conn) awaitFrame(ctx context.Context, l *loan) (MessageType, []byte, error) {
	for {
		ev, err := c.next(ctx, nil)
		if l.partly = err == errIdle; err != nil {
			return 0, nil, err
		}
		c.window.kept += len(ev.Payload)
		switch {
		case ev.Fin:
			message := c.window.whole()
			l.window = c.window.lend()
			return ev.Opcode, message, nil
		case c.receiver.Left() == 0: // and another frame follows
			l.keep(c.window.whole())
			return c.gather(ctx, l)
		}
	}
}

// keep copies the beginning of a message into a buffer.
func (l *loan) keep(beginning []byte) {
	l.buffer = takeBuffer(&messageBuffers)
	*l.buffer = append(*l.buffer, beginning...)
}

// gather reads the rest of a message.
func (c *Conn) gather(ctx context.Context, l *loan) (MessageType, []byte, error) {
	typ, message, err := c.readRest(ctx, *l.buffer)
	*l.buffer = message
	l.partly = err == errIdle
	return typ, message, err
}

// gatherMessage lends a message of which some lies elsewhere.
func (c *Conn) gatherMessage(l *loan) (MessageType, []byte, error) {
	l.buffer = takeBuffer(&messageBuffers)
	typ, message, err := c.readMessage(context.Background(), *l.buffer)
	*l.buffer = message
	return typ, message, err
}

// reclaim waits for the read turn and takes back what was lent.
func (c *Conn) reclaim(l *loan) {
	if l.buffer != nil {
		giveBuffer(&messageBuffers, l.buffer)
		l.buffer = nil
	}
	c.takeRead(context.Background())
	if l.window != nil {
		c.window.back(l.window)
		l.window = nil
	}
}
