package websocket

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// This file says who reads. The read turn is held by an application goroutine
// while it is in a read method. When none is there, the attendant takes it: at
// once when the connection is closing or a Ping waits for its Pong, otherwise
// when the application has been away for awayWait. The attendant reads ahead
// into the inbox up to the bound, answers Pings and takes part in the closing
// handshake. It yields as soon as an application goroutine wants to read.

// awayWait is half the time after which the attendant steps in, since only the
// second of two ticks without a read counts.
const awayWait = 500 * time.Millisecond

// errYield tells the attendant to leave.
var errYield = errors.New("websocket: an application goroutine wants to read")

// attendantContext marks the attendant's reads. It never ends.
var attendantContext = context.WithValue(context.Background(), attendantKey{}, true)

type attendantKey struct{}

// takeRead waits for the read turn. Waiting goroutines get it in their order.
func (c *Conn) takeRead(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.readTurn.tryTake() {
		return nil
	}
	c.stepAside()
	c.readers.Add(1)
	defer c.readers.Add(-1)
	c.nudge()
	if !c.readTurn.take(ctx.Done(), nil) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seeToReading() // the attendant may have gone to make room
		return context.Cause(ctx)
	}
	return nil
}

// releaseRead gives the read turn back, and sees to it that somebody reads. While
// nothing is the matter it does without the lock, which is 5 % of a message among
// 16 that came together: what it looks at behind the turn is set before somebody
// who holds mu looks at the turn.
func (c *Conn) releaseRead() {
	c.seeMore(coalescing && wholeFrame(c.window.unparsed()))
	c.readTurn.giveCounted()
	if c.readerWanted.Load() || !c.away.armed.Load() {
		c.lookForReader()
	}
}

// lookForReader sees to it that somebody reads when the application is away.
func (c *Conn) lookForReader() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seeToReading()
}

// seeToReading starts the attendant, now or in a while, unless an application
// goroutine reads. mu is held.
func (c *Conn) seeToReading() {
	switch {
	case c.published:
	case c.closing.Started(), c.pings.waiting():
		c.attendIfNobodyReads()
	default:
		c.readerWanted.Store(false)
		c.watchReader()
	}
}

// attendIfNobodyReads starts the attendant if there is need of it. mu is held.
func (c *Conn) attendIfNobodyReads() {
	c.readerWanted.Store(true)
	if !c.attending && !c.readTurn.taken() && !c.closing.Over() {
		c.attending = true
		go c.attend()
	}
}

// attend is the attendant. It does not wait for its turn behind an application
// goroutine: that one sees to it that somebody reads when it leaves.
func (c *Conn) attend() {
	for {
		err := errYield
		if c.readTurn.tryTake() {
			err = c.readAhead()
			c.readTurn.give()
		}
		c.mu.Lock()
		c.keepalive.blind = c.keepalive.blind || err == errFull
		if c.closing.Over() || err == errFull || c.readTurn.taken() || !c.closing.Started() && !c.pings.waiting() {
			c.attending = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
	}
}

// errFull tells the attendant that it has read ahead as far as it may.
var errFull = errors.New("websocket: the read-ahead bound is reached")

// readAhead reads into the inbox until the application wants to read, the bound
// is reached, or the connection has ended.
func (c *Conn) readAhead() error {
	for {
		if c.readers.Load() > 0 {
			return errYield
		}
		if c.inboxFull() && !c.discard() {
			return errFull
		}
		ev, err := c.next(attendantContext, nil)
		if err != nil {
			return err
		}
		c.store(ev)
	}
}

// discard drops what comes from here on, when this side's application has closed:
// then the peer's Close frame has to be found in time. It reports whether it
// does.
func (c *Conn) discard() bool {
	if !c.discarding && c.localClose.Load() {
		c.discarding = true
		c.dropPartial()
		c.inbox.empty()
	}
	return c.discarding
}

// inboxFull reports whether the read-ahead bound is reached: one message of any
// length always fits, unless its bytes are being handed out as they come.
func (c *Conn) inboxFull() bool {
	return c.inbox.bytes() >= c.settings.readAhead && (c.inbox.parts[0].whole || c.streamed != nil)
}

// nudge wakes whoever is blocked reading from the stream, to look around.
func (c *Conn) nudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nudged = true
	c.stream.SetReadDeadline(longAgo)
}

// clearNudge lets reads block again.
func (c *Conn) clearNudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nudged {
		c.nudged = false
		c.stream.SetReadDeadline(time.Time{})
	}
}

var longAgo = time.Unix(1, 0)

// nudgeWhenDone wakes the reader when ctx ends. The function returned undoes it.
func (c *Conn) nudgeWhenDone(ctx context.Context) func() bool {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, c.nudge)
}

// away starts the attendant when the application stays away from reading. The timer
// of the connection ticks for it only while the application is not in a read method,
// and a reader that comes back pays for nothing but a counter. What is not atomic is
// under mu.
type away struct {
	armed atomic.Bool
	seen  uint32 // how often somebody had left a read method at the last tick
}

// watchReader begins to tick. mu is held, and the connection is not closing.
func (c *Conn) watchReader() {
	a := &c.away
	if a.armed.Load() {
		return
	}
	a.seen = c.readTurn.turns()
	a.armed.Store(true)
	c.setTimer(awayWait)
}

// awayTick looks whether somebody has been reading. mu is held.
func (c *Conn) awayTick() {
	a := &c.away
	a.armed.Store(false) // who reads from here on finds it so, or is counted
	switch {
	case c.closing.Over():
	case a.seen != c.readTurn.turns():
		c.watchReader()
	default:
		c.timer = nil // an idle connection has none
		c.attendIfNobodyReads()
	}
}
