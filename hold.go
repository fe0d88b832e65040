package websocket

import (
	"sync/atomic"
	"time"

	"github.com/onclose/websocket/wire"
)

// This file holds replies back, so that the replies to the frames of one read
// leave in one write: with 16 messages of 125 bytes under way, a twelfth of the
// processor time. A message is held only while
//
//   - a whole frame waits in the window, which the application gets without
//     anybody asking the stream (more, below),
//   - the stream is free, and the connection open,
//   - what is held fits into heldBytes.
//
// What is held leaves with the next frame that is not; else before the stream is
// asked for more, before an owed control frame, and at the latest heldWait later,
// when the application dawdles. It then is not trusted for a while. Once held, a
// message is written as far as its sender is concerned; if it then cannot leave,
// the CloseEvent counts it as unsent.

// coalescing is off in the slow build, in which every message leaves by itself.
const coalescing = fastPaths

const (
	heldBytes = 64 << 10
	heldWait  = time.Millisecond
	// mistrust is how many batches are not held after one for which the
	// application let heldWait pass.
	mistrust = 64
)

// held says whether what is queued is held back. mu is held for what does not say
// otherwise.
type held struct {
	more  atomic.Bool // a whole frame waits in the window
	might bool        // more was true since the stream was asked; belongs to the read turn
	shun  int         // batches still not to be held
	timer *time.Timer // see armHeld
	armed bool
}

// free reports whether the stream is, and a message may be written to it. mu is
// held.
func (c *Conn) free() bool {
	return !c.writing && !c.sender.InMessage() && c.queue.pause == 0
}

// hold keeps a message for later, if it may be. The stream is free, and mu held.
func (c *Conn) hold(typ MessageType, p []byte) bool {
	h := &c.held
	if !h.more.Load() || h.shun > 0 || len(p) > copyBytes || c.queue.last.full(len(p)) {
		return false
	}
	if c.queue.empty() {
		c.armHeld()
	}
	c.keep(typ, p, len(p), false)
	return true
}

// takeQueued is the front of the queue, or an empty batch, for its caller to
// write: nothing is held any more. mu is held.
func (c *Conn) takeQueued() *batch {
	if c.held.armed {
		c.held.armed = false
		c.held.timer.Stop()
	}
	if !c.queueDue() {
		return newBatch()
	}
	return c.queue.take()
}

// armHeld bounds the time. Moving the timer and stopping it again for every batch
// costs less than letting it run out: 1 % at 16 messages a batch, against 5.
func (c *Conn) armHeld() {
	if c.held.timer == nil {
		c.held.timer = time.AfterFunc(heldWait, c.heldTooLong)
	} else {
		c.held.timer.Reset(heldWait)
	}
	c.held.armed = true
}

func (c *Conn) heldTooLong() {
	c.mu.Lock()
	if c.queue.empty() || c.published {
		c.mu.Unlock()
		return
	}
	c.held.shun = mistrust
	c.act()
}

// noMore is called before the stream is asked for bytes: nothing may be held
// while that waits.
func (c *Conn) noMore() {
	if !c.held.might {
		return
	}
	c.mu.Lock()
	c.held.might = false
	c.held.more.Store(false)
	c.held.shun = max(0, c.held.shun-1)
	if c.writing || c.queue.empty() {
		c.mu.Unlock()
		return
	}
	c.act()
}

// seeMore is called when the application gets a message: whole says whether a whole
// frame waits behind it. The caller has the read turn.
func (c *Conn) seeMore(whole bool) {
	if whole != c.held.more.Load() {
		c.held.more.Store(whole)
	}
	c.held.might = c.held.might || whole
}

// Flush lets go what is held. It is needed only by a program that holds up OnMessage
// and cannot wait a millisecond, and it waits as Write does.
func (c *Conn) Flush() {
	c.mu.Lock()
	if c.writing || !c.queueDue() {
		c.mu.Unlock() // whoever writes takes it along
		return
	}
	c.writing = true
	c.writeOwed(c.writeAll)
	c.freeStream()
	c.act()
}

// parting gives what is held a last chance when the connection is cut: as much
// time as it might have waited. mu is held, and released in between.
func (c *Conn) parting() {
	if c.writing || !c.queueDue() {
		return
	}
	b := c.takeQueued()
	c.writing = true
	c.mu.Unlock()
	c.stream.SetWriteDeadline(time.Now().Add(heldWait))
	n, _ := c.stream.Write(b.left())
	c.tellBatch(b, b.sent+n)
	c.mu.Lock()
	if c.queue.wrote(b, n); len(b.left()) == 0 {
		c.closing.Written(time.Now()) // the end of a Close frame may have been in it
	}
	c.queue.putBack(b)
	c.freeStream()
}

// wholeFrame reports whether the bytes begin with the whole last frame of a
// message.
func wholeFrame(p []byte) bool {
	h, n, rule := wire.ParseHeader(p)
	return n > 0 && rule == 0 && h.Fin && !h.Opcode.Control() && h.Length <= int64(len(p)-n)
}
