package websocket

import (
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

// held is what is held back. mu is held for all of it.
type held struct {
	frames *[]byte // whole frames, one behind the other; nil when there are none
	sent   int     // bytes of them that have left
	more   bool    // a whole frame waits in the window
	shun   int     // batches still not to be held
	timer  *time.Timer
	fresh  time.Time // until when the timer is far enough away
}

// hold keeps a message for later, if it may be. mu is held.
func (c *Conn) hold(typ MessageType, p []byte) bool {
	h := &c.held
	if !h.more || h.shun > 0 || len(p) > copyBytes {
		return false
	}
	if h.frames == nil {
		h.frames = takeBuffer(&frameBuffers)
		c.armHeld()
	}
	if len(*h.frames)+wire.MaxHeader+len(p) > heldBytes {
		return false
	}
	*h.frames = c.appendFrame(*h.frames, typ, p)
	return true
}

// appendFrame appends a message as one frame. mu is held, no message is open.
func (c *Conn) appendFrame(dst []byte, typ MessageType, p []byte) []byte {
	dst, key, _ := c.sender.AppendHeader(dst, typ, false, true, int64(len(p)))
	start := len(dst)
	dst = append(dst, p...)
	wire.Mask(dst[start:], key, 0)
	return dst
}

// takeHeld is what is held, for its caller to write, or an empty buffer; from is
// where to begin. mu is held.
func (c *Conn) takeHeld() (frames *[]byte, from int) {
	frames, from = c.held.frames, c.held.sent
	c.held.frames, c.held.sent = nil, 0
	if frames == nil {
		frames = takeBuffer(&frameBuffers)
	}
	return frames, from
}

// holdAgain is takeHeld undone: frames of which the first sent bytes have left. mu
// is held.
func (c *Conn) holdAgain(frames *[]byte, sent int) {
	if sent == len(*frames) {
		giveBuffer(&frameBuffers, frames)
		return
	}
	c.held.frames, c.held.sent = frames, sent
}

// armHeld bounds the time. The timer is neither stopped when a batch has left in
// time nor moved for every batch, which costs 5 % at 16 messages a batch: it runs
// out half heldWait behind the beginning of a batch at the earliest. When it then
// finds nothing, it goes.
func (c *Conn) armHeld() {
	now := time.Now()
	switch {
	case c.held.timer == nil:
		c.held.timer = time.AfterFunc(heldWait, c.heldTooLong)
	case now.Before(c.held.fresh):
		return
	default:
		c.held.timer.Reset(heldWait)
	}
	c.held.fresh = now.Add(heldWait / 2)
}

func (c *Conn) heldTooLong() {
	c.mu.Lock()
	c.held.timer = nil
	if c.held.frames == nil || c.published {
		c.mu.Unlock()
		return
	}
	c.held.shun = mistrust
	c.act()
}

// noMore is called before the stream is asked for bytes: nothing may be held
// while that waits.
func (c *Conn) noMore() {
	c.mu.Lock()
	c.held.more = false
	if c.held.frames == nil {
		c.mu.Unlock()
		return
	}
	c.act()
}

// seeMore is called with mu held when the application gets a message: whole says
// whether a whole frame waits behind it.
func (c *Conn) seeMore(whole bool) {
	if whole && !c.held.more && c.held.shun > 0 {
		c.held.shun--
	}
	c.held.more = whole
}

// parting gives what is held a last chance when the connection is cut: as much
// time as it might have waited. mu is held, and released in between.
func (c *Conn) parting() {
	if c.held.frames == nil || c.writing {
		return
	}
	frames, from := c.takeHeld()
	c.writing = true
	c.mu.Unlock()
	c.stream.SetWriteDeadline(time.Now().Add(heldWait))
	n, _ := c.stream.Write((*frames)[from:])
	c.mu.Lock()
	c.holdAgain(frames, from+n)
	c.freeStream()
}

// dropHeld counts as unsent what is held for good. mu is held.
func (c *Conn) dropHeld() {
	if c.held.frames != nil {
		frames, from := c.takeHeld()
		c.countUnsent(*frames, from)
	}
	if c.held.timer != nil {
		c.held.timer.Stop()
	}
}

// countUnsent counts the messages in frames of which only the first sent bytes
// have left. mu is held.
func (c *Conn) countUnsent(frames []byte, sent int) {
	for at := 0; at < len(frames); {
		h, n, _ := wire.ParseHeader(frames[at:])
		end := at + n + int(h.Length)
		if end > sent && !h.Opcode.Control() {
			c.unsent.UnsentBytes += int64(end - max(sent, at+n))
			if h.Fin {
				c.unsent.UnsentMessages++
			}
		}
		at = end
	}
}

// wholeFrame reports whether the bytes begin with the whole last frame of a
// message.
func wholeFrame(p []byte) bool {
	h, n, rule := wire.ParseHeader(p)
	return n > 0 && rule == 0 && h.Fin && !h.Opcode.Control() && h.Length <= int64(len(p)-n)
}
