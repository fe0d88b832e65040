package websocket

import (
	"context"
	"errors"
	"io"
)

// NextReader waits for the next message and returns a reader of its payload,
// which gives the bytes as they come. The reader ends with io.EOF only when the
// message was whole and valid, and else with the *CloseError or, when ctx ended,
// its cause.
// ctx bounds the reads too. What is left of the message is skipped
// when the next one is asked for.
func (c *Conn) NextReader(ctx context.Context) (MessageType, io.Reader, error) {
	typ, r, err := c.nextReader(ctx)
	if err != nil {
		return 0, nil, err
	}
	return typ, r, nil
}

func (c *Conn) nextReader(ctx context.Context) (MessageType, *messageReader, error) {
	if err := c.takeRead(ctx); err != nil {
		return 0, nil, err
	}
	defer c.releaseRead()
	stop := c.nudgeWhenDone(ctx)
	defer stop()
	if err := c.skipStreamed(ctx); err != nil {
		return 0, nil, err
	}
	head, ok := c.inbox.first()
	for !ok {
		ev, err := c.next(ctx, nil)
		if err != nil {
			return 0, nil, err
		}
		c.store(ev)
		head, ok = c.inbox.first()
	}
	r := &messageReader{c: c, ctx: ctx}
	c.streamed = r
	return head.opcode, r, nil
}

// messageReader reads the message at the front of the inbox.
type messageReader struct {
	c   *Conn
	ctx context.Context
	err error
}

func (r *messageReader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	c := r.c
	if err := c.takeRead(r.ctx); err != nil {
		return 0, err
	}
	defer c.releaseRead()
	if c.streamed != r {
		r.err = errSkipped
		return 0, r.err
	}
	stop := c.nudgeWhenDone(r.ctx)
	defer stop()
	for {
		head, _ := c.inbox.first()
		if head.size > 0 {
			if !head.whole && !c.claim(int64(min(len(p), head.size))) {
				r.err = c.final.Load()
				return 0, r.err
			}
			return c.inbox.take(p), nil
		}
		if head.whole {
			c.inbox.drop()
			c.streamed, r.err = nil, io.EOF
			return 0, io.EOF
		}
		ev, err := c.next(r.ctx, nil)
		if err != nil {
			r.fail(err)
			return 0, err
		}
		c.store(ev)
	}
}

// claim is asked before n bytes of a message that came in pieces are handed out.
// It refuses once the CloseEvent is known, since that counts them as discarded.
func (c *Conn) claim(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.published {
		return false
	}
	c.partial.Add(-n)
	return true
}

// dropPartial counts the unfinished message as discarded.
func (c *Conn) dropPartial() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost.Add(c.partial.Swap(0))
}

// fail keeps an error that no later Read can mend.
func (r *messageReader) fail(err error) {
	var ended *CloseError
	if errors.As(err, &ended) {
		r.err = err
	}
}

var errSkipped = errors.New("websocket: the message was skipped by a later read")

// skipStreamed drops what is left of a message whose reader was not read to its
// end.
func (c *Conn) skipStreamed(ctx context.Context) error {
	for c.streamed != nil {
		head, _ := c.inbox.first()
		left := c.inbox.drop()
		if head.whole {
			c.lost.Add(int64(left))
			c.streamed = nil
			return nil
		}
		c.dropPartial()
		c.inbox.put(head.opcode, nil, false)
		ev, err := c.next(ctx, nil)
		if err != nil {
			return err
		}
		c.store(ev)
	}
	return nil
}
