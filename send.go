package websocket

import (
	"context"
	"time"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// SendQueue bounds what waits to be sent to a peer that takes less than Send
// gives it, and says what becomes of a message that finds no room. The zero value
// of each field is its default.
type SendQueue struct {
	// Bytes is how much may wait, in bytes of frames: default 1 MiB. One message
	// of any length finds room while nothing waits. Negative means the default.
	Bytes int
	// Wait is how long Send waits for room: by default not at all; negative
	// means as long as its context lets it. A peer that takes nothing meanwhile
	// ends the connection by Limits.WriteTimeout.
	Wait time.Duration
	// Skip keeps the connection open when there is still no room: the message is
	// not sent, and Send returns ErrBehind. By default the connection is closed
	// with the cause slow-consumer, and what is queued goes out before the Close
	// frame, as far as the peer takes it within Limits.CloseTimeout.
	Skip bool
	// Quiet is for Skip: Send returns nil instead of ErrBehind, and the CloseEvent
	// counts the message as unsent.
	Quiet bool
	// Close is the Close frame for a slow consumer. One that may not be sent, as
	// the zero value, means 1013 and the reason "slow consumer".
	Close CloseFrame
}

// withDefaults is q with the numbers that its zero values stand for.
func (q SendQueue) withDefaults() SendQueue {
	q.Bytes = positive(q.Bytes, 1<<20)
	return q
}

// Send queues p as one message and returns, as a rule before the peer's side of
// the transport has taken it. p is copied. What the transport takes at once leaves
// at once; for the rest there is a goroutine while something is queued, so that a
// peer which does not read delays nobody. Messages of Send, Write, WritePrepared
// and Broadcast leave in the order of their calls. Behind a message that NextWriter
// has begun, Send queues too.
//
// When the queue has no room, SendQueue in the options says what happens: by
// default the connection is closed as one of a slow consumer, and Send returns
// ErrBehind. It never is while a message of NextWriter is open, since then it may
// be this side that is slow: Send returns ErrBehind, or waits.
//
// ctx bounds that wait alone: when it ends, or has ended before the call, Send
// returns its cause and the message is not sent. Otherwise the errors are Write's.
// After Close nothing is queued any more; what was goes out before the Close frame,
// and what cannot leave is counted by the CloseEvent.
//
// On a connection with context takeover a message is sent uncompressed while
// another one is being compressed.
func (c *Conn) Send(ctx context.Context, typ MessageType, p []byte) error {
	if err := checkMessage(typ, p); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	compress := c.compresses(nil, len(p))
	err := c.offer(typ, p, compress)
	if err == ErrBehind && c.settings.queue.Wait != 0 {
		err = c.sendLater(ctx, typ, p, compress)
	}
	if err == ErrBehind {
		return c.fallBehind(len(p))
	}
	return err
}

// BufferedAmount is how many bytes of payload are queued or held and have not been
// taken by the transport: those of Send and Broadcast, and of Write where it holds.
// They are counted as they go out, compressed where they are, and leave the count
// in steps of up to 68 KiB. After the end it is 0: what could not leave is in the
// CloseEvent.
func (c *Conn) BufferedAmount() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.payload
}

// sendLater is Send of a message that has found no room. It gives ErrBehind when
// there is none for too long.
func (c *Conn) sendLater(ctx context.Context, typ MessageType, p []byte, compress bool) error {
	waiting := ctx
	if wait := c.settings.queue.Wait; wait > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeoutCause(ctx, wait, ErrBehind)
		defer cancel()
	}
	for {
		if err := c.awaitRoom(waiting, needs(p, compress)); err != nil {
			return err
		}
		if err := c.offer(typ, p, compress); err != ErrBehind {
			return err
		}
	}
}

// awaitRoom waits until there may be room for n bytes.
func (c *Conn) awaitRoom(ctx context.Context, n int) error {
	c.mu.Lock()
	if c.mayQueue(n) != ErrBehind {
		c.mu.Unlock()
		return nil
	}
	if c.queue.room == nil {
		c.queue.room = make(chan struct{})
	}
	room := c.queue.room
	c.mu.Unlock()
	c.stepAside()
	select {
	case <-room:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.noMoreWrites.wait():
		return c.closingError()
	}
}

// fallBehind is the end of a Send that found no room.
func (c *Conn) fallBehind(size int) error {
	q := &c.settings.queue
	c.mu.Lock()
	mine := c.sender.InMessage()
	if q.Skip && q.Quiet && !c.published {
		c.unsent.UnsentBytes += int64(size)
		c.unsent.UnsentMessages++
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	if !q.Skip && !mine {
		c.localClose.Store(true)
		c.tell(func(m *protocol.Closing, now time.Time) { m.FallBehind(q.Close, ErrBehind, now) })
	}
	return ErrBehind
}

// offer queues a message if there is room, and lets go out at once what the stream
// takes.
func (c *Conn) offer(typ MessageType, p []byte, compress bool) error {
	c.mu.Lock()
	if !compress {
		return c.enqueue(typ, p, len(p), false)
	}
	err := c.mayQueue(needs(p, compress))
	c.mu.Unlock()
	if err != nil {
		return err
	}
	buffer := takeBuffer(&messageBuffers)
	defer giveBuffer(&messageBuffers, buffer)
	if c.compression.takeover {
		return c.offerWithTakeover(typ, p, buffer)
	}
	var z deflate.Compressor
	z.Init(c.compression.deflation.windowBits, false, c.compression.deflation.level)
	*buffer = z.Append(*buffer, p, true)
	z.Commit()
	c.mu.Lock()
	return c.enqueue(typ, *buffer, len(p), true)
}

// offerWithTakeover is offer of a message that refers to the ones before: its turn
// comes with the history, which another message may have for long. Then it goes
// without, which the peer has to take as well.
func (c *Conn) offerWithTakeover(typ MessageType, p []byte, buffer *[]byte) error {
	if !c.messageTurn.tryTake() {
		c.mu.Lock()
		return c.enqueue(typ, p, len(p), false)
	}
	defer c.messageTurn.give()
	*buffer = c.compression.out.Append(*buffer, p, true)
	c.mu.Lock()
	if err := c.mayQueue(len(*buffer)); err != nil {
		c.mu.Unlock()
		c.compression.out.Discard()
		return err
	}
	c.compression.out.Commit()
	return c.enqueue(typ, *buffer, len(p), true)
}

// needs is how much room a message may take, compressed or not.
func needs(p []byte, compress bool) int {
	if !compress {
		return len(p)
	}
	return len(p) + 6*(len(p)>>15+1) + 5 // see deflate.Compressor.Append
}

// enqueue queues a message if there is room. It is called with mu held, and unlocks it.
func (c *Conn) enqueue(typ MessageType, p []byte, size int, compressed bool) error {
	if err := c.mayQueue(len(p)); err != nil {
		c.mu.Unlock()
		return err
	}
	if !compressed && c.free() && c.hold(typ, p) {
		c.mu.Unlock()
		return nil
	}
	c.keep(typ, p, size, compressed)
	c.act()
	return nil
}

// mayQueue says why so many bytes may not be queued, or nil. While the stream is
// free they always may. mu is held.
func (c *Conn) mayQueue(n int) error {
	final, q := c.final.Load(), &c.queue
	switch {
	case final != nil:
		return final
	case c.closing.Started():
		return ErrClosing
	case c.free(), q.bytes == 0:
		return nil
	case q.bytes+wire.MaxHeader+n > c.settings.queue.Bytes:
		return ErrBehind
	}
	return nil
}
