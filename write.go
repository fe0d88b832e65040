package websocket

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
)

// Write sends p as one message. It blocks until the transport has taken all of
// it, which does not say that the peer has. Messages of several goroutines go
// out whole, one after the other, and behind what Send has queued before. p is not
// changed and not kept.
//
// While more whole messages wait that were read together, a message of at most
// 4 KiB may be held, up to 64 KiB in all and a millisecond, to leave together with
// the replies to those: then Write returns before the transport has taken it. See
// Flush. A message that in the end cannot leave is counted by the CloseEvent.
//
// When ctx ends before the first byte has left, Write returns its cause and the
// connection stays usable; when it ends later, the frame cannot be completed any
// more and the connection fails with the cause context-canceled. A text that is
// not UTF-8 gives a *protocol.MisuseError and nothing is written. Once the
// connection is closing, Write returns ErrClosing, and after its end the
// *CloseError.
func (c *Conn) Write(ctx context.Context, typ MessageType, p []byte) error {
	return c.WriteWith(ctx, typ, p, nil)
}

// WriteWith is Write with options; nil options are the defaults.
func (c *Conn) WriteWith(ctx context.Context, typ MessageType, p []byte, opts *WriteOptions) error {
	if err := checkMessage(typ, p); err != nil {
		return err
	}
	return c.writeMessage(ctx, typ, p, c.compresses(opts, len(p)))
}

// writeMessage is Write of a message that is known to be good.
func (c *Conn) writeMessage(ctx context.Context, typ MessageType, p []byte, compress bool) error {
	if !compress && ctx.Err() == nil {
		if done, err := c.writeFree(ctx, typ, p); done {
			return err
		}
	}
	if err := c.takeMessage(ctx); err != nil {
		return err
	}
	defer c.messageTurn.give()
	if compress {
		return c.writeCompressed(ctx, typ, true, p)
	}
	return c.writeFrame(ctx, typ, true, p)
}

// writeFree writes or holds a message when nothing stands in its way: a message
// of one frame needs no turn then, since it takes the stream at once.
func (c *Conn) writeFree(ctx context.Context, typ MessageType, p []byte) (done bool, err error) {
	c.mu.Lock()
	if !c.free() || c.closing.Started() || c.messageTurn.taken() {
		c.mu.Unlock()
		return false, nil
	}
	if c.hold(typ, p) {
		c.mu.Unlock()
		return true, nil
	}
	if len(p) <= shortBytes && c.lets() {
		if socket, ok := c.stream.(transport.Socket); ok {
			return true, c.writeShort(ctx, socket, typ, p)
		}
	}
	c.writing = true
	return true, c.writeTaken(ctx, typ, true, p, len(p), false)
}

// ErrClosing is what writing gives between the start of the closing handshake
// and the end of the connection: the message was not sent, and not one byte of
// it was. errors.Is(ErrClosing, net.ErrClosed) is true.
var ErrClosing error = closingError{}

type closingError struct{}

func (closingError) Error() string { return "websocket: the connection is closing" }
func (closingError) Unwrap() error { return net.ErrClosed }

// WriteJSON sends v, encoded with encoding/json, as one text message. Its errors
// are json's and Write's.
func (c *Conn) WriteJSON(ctx context.Context, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Write(ctx, Text, data)
}

var notUTF8 = &protocol.MisuseError{Problem: "the text is not UTF-8", Section: "RFC 6455, section 8.1"}

func checkMessage(typ MessageType, p []byte) error {
	switch {
	case typ != Text && typ != Binary:
		return &protocol.MisuseError{Problem: "a message is Text or Binary, not " + typ.String(), Section: "RFC 6455, section 5.6"}
	case typ == Text && !wire.ValidUTF8(p):
		return notUTF8
	}
	return nil
}

// takeMessage waits for the message turn.
func (c *Conn) takeMessage(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.messageTurn.tryTake() {
		return nil
	}
	c.stepAside()
	switch {
	case c.messageTurn.take(ctx.Done(), c.noMoreWrites.wait()):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return c.closingError()
}

// writeFrame writes one data frame with payload p. The caller holds the message
// turn.
func (c *Conn) writeFrame(ctx context.Context, typ MessageType, fin bool, p []byte) error {
	if err := c.takeStream(ctx); err != nil {
		return err
	}
	return c.writeTaken(ctx, typ, fin, p, len(p), false)
}

// writeTaken writes one data frame, behind the front of the queue. size is how much the
// application wrote, which p has been compressed from or is. It is called with mu
// held and c.writing set, and gives both back.
func (c *Conn) writeTaken(ctx context.Context, typ MessageType, fin bool, p []byte, size int, compressed bool) error {
	before := c.sender
	b := c.takeQueued()
	c.queue.pause = 0
	ahead := len(b.frames)
	frames, key, err := c.sender.AppendHeader(b.frames, typ, compressed, fin, int64(len(p)))
	if err != nil {
		c.queue.putBack(b)
		c.writeDone()
		return err
	}
	b.frames = frames
	c.mu.Unlock()
	sent, err := c.writePayload(ctx, b, key, p)
	sent += b.sent
	c.tellFrame(b, ahead, sent, err == nil, size)
	c.mu.Lock()
	b.frames = b.frames[:ahead]
	c.queue.wrote(b, sent-b.sent)
	switch {
	case err == nil:
		b.recycle()
	case sent <= ahead && c.stream.Resumes() && ctx.Err() != nil:
		c.sender = before
		c.queue.putBack(b)
		c.writeDone()
		return context.Cause(ctx)
	default:
		b.countUnsent(&c.unsent)
		if !compressed {
			size -= max(0, sent-len(frames))
		} // else nobody can tell how much of it has left: none, unless all has
		c.blameWrite(ctx, err, fin, size)
		err = ErrClosing
	}
	c.writeDone()
	if final := c.final.Load(); err != nil && final != nil {
		return final
	}
	return err
}

// blameWrite tells the machine that a data frame broke off with some of its
// payload unsent. mu is held.
func (c *Conn) blameWrite(ctx context.Context, err error, fin bool, unsent int) {
	c.unsent.UnsentBytes += int64(unsent)
	if fin {
		c.unsent.UnsentMessages++
	}
	c.writeFailed(writeBlame(ctx, err))
}

// writeBlame says why a write failed, which ctx was for.
func writeBlame(ctx context.Context, err error) protocol.Blame {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return protocol.Blame{Cause: protocol.CauseContextCanceled, Err: context.Cause(ctx)}
	}
	return transport.WriteBlame(err)
}

// writeFailed tells the machine that the stream takes nothing more, and lets go of
// what was to follow. mu is held.
func (c *Conn) writeFailed(blame protocol.Blame) {
	c.dropQueue()
	c.closing.WriteFailed(blame, time.Now())
}

// takeStream waits until nobody writes to the stream, and returns with mu held
// and c.writing set, or with an error: the context's cause, or ErrClosing. What is
// queued by now leaves first, and what is queued meanwhile waits for writeTaken. The
// caller holds the message turn.
func (c *Conn) takeStream(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	if c.writing {
		c.queue.pauseHere()
		if err := c.awaitStream(ctx); err != nil {
			c.queue.pause = 0
			c.act() // what was queued behind this write may go
			return err
		}
	}
	if c.closing.Started() {
		c.mu.Unlock()
		return c.closingError()
	}
	c.writing = true
	return nil
}

// awaitStream waits until nobody writes to the stream, or nobody may any more. mu
// is held, and let go meanwhile.
func (c *Conn) awaitStream(ctx context.Context) (err error) {
	for c.writing && !c.closing.Started() && err == nil {
		if c.writeWaiter == nil {
			c.writeWaiter = make(chan struct{})
		}
		free := c.writeWaiter
		c.mu.Unlock()
		c.stepAside()
		select {
		case <-free:
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-c.noMoreWrites.wait():
		}
		c.mu.Lock()
	}
	return err
}

// closingError is what a write gets that comes too late, or nil.
func (c *Conn) closingError() error {
	if final := c.final.Load(); final != nil {
		return final
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Started() {
		return ErrClosing
	}
	return nil
}

// writeDone gives the stream back, after what is owed to the peer has gone out. It
// is called with mu held, and unlocks it.
func (c *Conn) writeDone() {
	c.writing = false
	c.act()
}

// freeStream lets the next goroutine write. mu is held.
func (c *Conn) freeStream() {
	c.writing = false
	if c.writeWaiter != nil {
		close(c.writeWaiter)
		c.writeWaiter = nil
	}
}

// Payload up to pieceBytes is copied behind its header and leaves with it in one
// write. What is longer leaves a server's socket in two vectors of one write.
// Elsewhere it is copied, by a client masked, and written piece by piece.
const pieceBytes = 32 << 10

// writePayload writes a batch, which ends with a frame's header, and the frame's
// payload masked with key. It returns how many bytes of both the stream took.
func (c *Conn) writePayload(ctx context.Context, b *batch, key uint32, p []byte) (int, error) {
	if _, gathers := c.stream.(transport.Socket); gathers && key == 0 && len(p) > pieceBytes {
		return c.writeStream(ctx, b.left(), p)
	}
	head, total, from := len(b.frames), 0, b.sent
	for offset := 0; ; {
		piece := p[offset:min(len(p), offset+pieceBytes)]
		b.append(b.frames, key, piece, int64(offset))
		n, err := c.writeStream(ctx, b.frames[from:], nil)
		total += n
		if offset += len(piece); err != nil || offset == len(p) {
			return total, err
		}
		b.frames, from = b.frames[:head], head
	}
}

// writeStream writes p and then q, giving up when the stream takes nothing for the
// write timeout, or when ctx ends. c.writing is ours. What a socket takes at once
// needs neither timeout nor context: the time alone is 2 % of a small echo.
func (c *Conn) writeStream(ctx context.Context, p, q []byte) (int, error) {
	total := 0
	if socket, ok := c.stream.(transport.Socket); ok {
		n, err := socket.WriteNow(p, q)
		if err != nil || n == len(p)+len(q) {
			return n, err
		}
		total = n
	}
	c.stepAside()
	if done := ctx.Done(); done != nil {
		fired := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			c.stream.SetWriteDeadline(longAgo)
			close(fired)
		})
		defer func() {
			if !stop() {
				<-fired
				c.writeFresh = time.Time{}
			}
		}()
	}
	for {
		c.renewWriteDeadline()
		if ctx.Err() != nil {
			c.stream.SetWriteDeadline(longAgo) // the renewal may have come last
			c.writeFresh = time.Time{}         // and stop may keep AfterFunc from running
		}
		n, err := c.writeOnce(p[min(total, len(p)):], q[max(0, total-len(p)):])
		total += n
		switch {
		case total == len(p)+len(q):
			return total, nil
		case err == nil:
		case n > 0 && ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded) && c.stream.Resumes():
			c.writeFresh = time.Time{} // slow, but it moves
		default:
			return total, err
		}
	}
}

func (c *Conn) writeOnce(p, q []byte) (int, error) {
	if len(q) > 0 {
		return c.stream.(transport.Socket).WriteBoth(p, q)
	}
	if most := wire.MaxHeader + pieceBytes; !c.stream.Resumes() && len(p) > most {
		// A timeout ends such a stream, and only between two writes can a slow peer
		// be told from a dead one.
		p = p[:most]
	}
	return c.stream.Write(p)
}

// renewWriteDeadline keeps the stream's write deadline at least one write
// timeout away. It is moved at most every eighth of that, since moving it is not
// free.
func (c *Conn) renewWriteDeadline() {
	now := time.Now()
	if now.Before(c.writeFresh) {
		return
	}
	slack := c.settings.writeWait / 8
	c.writeFresh = now.Add(slack)
	c.stream.SetWriteDeadline(now.Add(c.settings.writeWait + slack))
}
