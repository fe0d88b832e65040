package websocket

import "context"

// loan is the memory of a message that the event style has lent to OnMessage: in
// the window as a rule, so that a small message is not copied, or else gathered in
// a buffer from a pool. Between two messages nothing is lent, and while a
// connection is idle it has neither.
type loan struct {
	window []byte
	buffer *[]byte
}

// borrow takes back what was lent and waits for the next message, whole. The bytes
// are valid until the next borrow.
func (c *Conn) borrow(l *loan) (MessageType, []byte, error) {
	if l.buffer != nil {
		giveBuffer(&messageBuffers, l.buffer)
		l.buffer = nil
	}
	if err := c.takeRead(context.Background()); err != nil {
		return 0, nil, err
	}
	defer c.releaseRead()
	if l.window != nil {
		c.window.back(l.window)
		l.window = nil
	}
	if !fastPaths || len(c.inbox.parts) > 0 || c.receiver.InMessage() {
		return c.gather(l, c.readMessage, nil)
	}
	ev, err := c.next(context.Background(), nil)
	switch {
	case err != nil:
		return 0, nil, err
	case !ev.Fin:
		return c.gather(l, c.readRest, ev.Payload)
	case c.compression != nil: // the next inflation needs the memory of this one
		l.buffer = takeBuffer(&messageBuffers)
		*l.buffer = append(*l.buffer, ev.Payload...)
		return ev.Opcode, *l.buffer, nil
	}
	l.window = c.window.lend()
	return ev.Opcode, ev.Payload, nil
}

// gather reads a message, or the rest behind its beginning, into a buffer.
func (c *Conn) gather(l *loan, read func(context.Context, []byte) (MessageType, []byte, error), beginning []byte) (MessageType, []byte, error) {
	l.buffer = takeBuffer(&messageBuffers)
	typ, message, err := read(context.Background(), append(*l.buffer, beginning...))
	*l.buffer = message
	return typ, message, err
}
