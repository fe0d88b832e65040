package websocket

import (
	"time"

	"github.com/onclose/websocket/protocol"
)

// This file is the door to the machine in package protocol. Every fact goes the
// same way: lock, tell the machine, do what it asks for, unlock. What it can
// ask for is: frames owed to the peer, the end of our side of the stream, one
// timer, a reader when the application has none, and the end.

// tell passes a fact to the machine.
func (c *Conn) tell(fact func(m *protocol.Closing, now time.Time)) {
	c.mu.Lock()
	fact(&c.closing, time.Now())
	c.act()
}

// act does what the machine asks for. It is called with mu held, and unlocks it.
func (c *Conn) act() {
	if !c.writing {
		c.flush()
	}
	if c.closingTold == untold && c.mustTellClosing() {
		c.tellClosing()
		return
	}
	if c.closing.Over() {
		c.end()
		return
	}
	if c.closing.Started() {
		c.armDeadline()
		c.noMoreWrites.give()
		c.attendIfNobodyReads()
	}
	c.mu.Unlock()
}

// told is how far the trace has been told that the connection is closing.
type told uint8

const (
	untold told = iota
	telling
	toldAll
)

// mustTellClosing reports whether the trace has still to be told, or is being told,
// that the connection is closing. mu is held.
func (c *Conn) mustTellClosing() bool {
	return c.settings.trace.Closing != nil && c.closingTold != toldAll && c.closing.Started()
}

// tellClosing tells the trace that the connection is closing, and then acts. It
// is called with mu held, and unlocks it. Until the hook has returned no Close
// frame leaves and the CloseEvent is not published.
func (c *Conn) tellClosing() {
	by, frame := c.closing.First()
	c.closingTold = telling
	c.mu.Unlock()
	func() {
		defer c.surviveHook()
		c.settings.trace.Closing(c, by, frame)
	}()
	c.mu.Lock()
	c.closingTold = toldAll
	c.act()
}

// armDeadline arms the one timer for the machine's deadline.
func (c *Conn) armDeadline() {
	if at := c.closing.Deadline(); !at.Equal(c.deadline) {
		c.deadline = at
		c.setTimer(time.Until(at))
	}
}

func (c *Conn) setTimer(d time.Duration) {
	if c.timer == nil {
		c.timer = time.AfterFunc(d, c.tick)
	} else {
		c.timer.Reset(d)
	}
}

// tick is what the timer does. When it was set anew meanwhile, it may come before the
// deadline, which the machine knows.
func (c *Conn) tick() {
	c.mu.Lock()
	if c.deadline.IsZero() {
		c.awayTick()
		c.mu.Unlock()
		return
	}
	c.deadline = time.Time{}
	c.closing.Tick(time.Now())
	c.act()
}

// end closes the stream and publishes the CloseEvent. It is called with mu held
// when the machine says that the connection is over, and unlocks it. A write
// under way is cut off by closing the stream, and its goroutine comes back here:
// only then is it known how much went unsent.
//
// What it does stands in functions of its own, since a CloseEvent on the stack
// while the stream is closed lets the stack grow once more: 6 % of a connection
// that a callback closes.
func (c *Conn) end() {
	if !c.ending {
		c.ending = true
		c.parting()
		c.mu.Unlock()
		c.stream.Close()
		c.settle()
		c.mu.Lock()
		c.streamEnded = true
	}
	if !c.streamEnded || c.writing || c.published || c.closingTold == telling {
		c.mu.Unlock()
		return
	}
	c.publish()
	c.mu.Unlock()
	defer c.done.give() // also when the hook panics
	if c.settings.trace.Closed != nil {
		c.tellClosed()
	}
}

// publish makes the CloseEvent known to all but the trace. mu is held.
func (c *Conn) publish() {
	c.published = true
	c.noMoreWrites.give()
	c.dropQueue()
	c.conclude()
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.leave != nil {
		c.leave()
	}
	if all := c.settings.connections; all != nil {
		all.remove(c)
	}
	if c.keepalive.joined {
		c.settings.rounds.leave(c)
	}
	c.pings.end()
}

// conclude makes the CloseEvent. mu is held.
func (c *Conn) conclude() {
	final := &CloseError{Err: c.closing.Err()}
	e := &final.Event
	e.Opening, e.Lost = c.opening, c.unsent
	if c.sender.InMessage() {
		e.UnsentMessages++
	}
	e.DiscardedBytes = c.lost.Load() + c.partial.Load()
	c.closing.Complete(e, time.Now())
	c.final.Store(final)
}

// tellClosed has the CloseEvent on its stack.
//
//go:noinline
func (c *Conn) tellClosed() { c.settings.trace.Closed(c, c.final.Load().Event) }
