package websocket

import (
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// This file finds peers that are gone without a word. One that was silent for an
// interval is sent a Ping; when nothing of it has come by the end of the timeout,
// the connection is cut with the cause pong-timeout. Whatever comes is a sign of
// life: a Pong is only what a silent peer has to send. When and by whom visit is
// called is in rounds.go.
//
// The peer is not blamed when it is this side that did not look: while the
// read-ahead bound is reached nothing is read, and a process that was stopped
// finds its timers over before it finds the bytes. A Ping that does not leave is
// the write timeout's matter.

// keepalive is what one connection needs for that. All but heard is under mu.
type keepalive struct {
	heard    atomic.Int64  // when something came last, on the clock of rounds
	patience time.Duration // for how long silence is borne: the interval less some jitter
	asked    time.Duration // when the last Ping became due
	blind    bool          // nobody read for some time since then
	joined   bool
	place    int32 // in rounds.visits
}

// hear notes that bytes came.
func (c *Conn) hear() {
	if r := c.settings.rounds; r != nil {
		r.hear(&c.keepalive)
	}
}

// visit looks after the connection when its time has come, or late by so much.
func (c *Conn) visit(now, late time.Duration) {
	r, k, q := c.settings.rounds, &c.keepalive, &c.pings.question
	c.mu.Lock()
	if c.closing.Started() {
		c.mu.Unlock() // from here on the timeouts of the closing handshake hold
		return
	}
	if time.Duration(k.heard.Load()) >= k.asked || r.timeout == never {
		q.state = unasked
	}
	next, answerBy := r.silenceEnds(c), q.out+r.timeout
	switch {
	case q.state == unasked:
	case q.state != asked:
		next = now + r.timeout
	case answerBy > now:
		next = min(answerBy, now+k.patience) // a Pong that comes meanwhile begins a new silence
	case k.blind || late > r.lag():
		q.state, next = unasked, k.asked+k.patience
	default:
		c.mu.Unlock()
		go c.giveUp()
		return
	}
	if next > now {
		r.plan(c, next)
		c.mu.Unlock()
		return
	}
	c.ask(now)
}

// ask sends a Ping. It is called with mu held, and unlocks it.
func (c *Conn) ask(now time.Duration) {
	r, k := c.settings.rounds, &c.keepalive
	k.asked, k.blind = now, false
	c.pings.question.state = due
	c.attendIfNobodyReads()
	r.plan(c, now+min(r.timeout, k.patience))
	c.act()
}

// pingLeft says that the Ping which was appended last, if one was, has left. mu is
// held.
func (c *Conn) pingLeft() {
	if q := &c.pings.question; q.state == leaving {
		q.state, q.out = asked, c.settings.rounds.since(time.Now())
	}
}

// giveUp ends the connection, on a goroutine of its own: closing may take a while,
// and the rounds go on.
func (c *Conn) giveUp() {
	c.tell(func(m *protocol.Closing, _ time.Time) {
		if !m.Started() {
			m.Cut(protocol.Blame{Cause: protocol.CausePongTimeout, Err: errNoPong})
		}
	})
}

var errNoPong = &protocol.TimeoutError{Cause: protocol.CausePongTimeout, Err: errors.New("websocket: the peer sent neither a Pong nor anything else in time")}

// question is a Ping of the keepalive: a connection has one at most, and it is a
// part of the connection, so that it costs no allocation.
type question struct {
	state  questionState
	number uint64
	since  time.Time     // when it began to leave
	out    time.Duration // when it had left, on the clock of rounds
}

type questionState uint8

const (
	unasked questionState = iota
	due                   // to be written
	leaving               // being written
	asked                 // handed to the transport
)

// appendDue appends the question, if it is to be written. Its number is the
// highest, since it stands behind all other Pings.
func (q *question) appendDue(dst []byte, number uint64, s *protocol.Sender) []byte {
	q.state, q.number, q.since = leaving, number, time.Now()
	return s.AppendControl(dst, wire.Ping, binary.BigEndian.AppendUint64(nil, number))
}
