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

// borrow waits for the next message, whole. The bytes are valid until reclaim, which
// comes before the next borrow and gives it the read turn. With listenerContext it
// does not wait for a message to begin, but gives errIdle and keeps the turn.
func (c *Conn) borrow(ctx context.Context, l *loan) (typ MessageType, message []byte, err error) {
	defer func() {
		if err != errIdle {
			c.releaseRead()
		}
	}()
	if !fastPaths || len(c.inbox.parts) > 0 || c.receiver.InMessage() {
		return c.gatherMessage(l)
	}
	ev, err := c.next(ctx, nil)
	if err != nil {
		return 0, nil, err
	}
	message, err = c.lend(l, ev.Payload, ev.Fin)
	return ev.Opcode, message, err
}

// lend lends what has come of a message, and with it the rest if that is not all.
func (c *Conn) lend(l *loan, payload []byte, all bool) ([]byte, error) {
	if all && c.compression == nil {
		l.window = c.window.lend()
		return payload, nil
	}
	l.buffer = takeBuffer(&messageBuffers)
	*l.buffer = append(*l.buffer, payload...) // of which the next inflation needs the memory
	if all {
		return *l.buffer, nil
	}
	_, message, err := c.readRest(context.Background(), *l.buffer)
	*l.buffer = message
	return message, err
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
