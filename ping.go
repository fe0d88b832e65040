package websocket

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// Ping sends a Ping frame and waits for its Pong: it returns the round-trip
// time. It needs no reader; while the read-ahead bound is reached, though, the
// Pong stays behind the messages that the application has not read. Its errors
// are the context's cause, ErrClosing and the *CloseError.
//
// RFC 6455, sections 5.5.2 and 5.5.3.
func (c *Conn) Ping(ctx context.Context) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	c.mu.Lock()
	if c.closing.Started() {
		c.mu.Unlock()
		return 0, c.closingError()
	}
	p := c.pings.add(time.Now())
	c.attendIfNobodyReads()
	c.act()
	select {
	case roundTrip, ok := <-p.answered:
		if ok {
			return roundTrip, nil
		}
		select {
		case <-c.done.wait():
			return 0, c.final.Load()
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	case <-ctx.Done():
		c.mu.Lock()
		c.pings.remove(p)
		c.mu.Unlock()
		return 0, context.Cause(ctx)
	}
}

// pong is a Pong frame of the peer. One that answers no Ping of ours means
// nothing (5.5.3).
func (c *Conn) pong(payload []byte) {
	now := time.Now()
	c.mu.Lock()
	roundTrip, ok := c.pings.answer(payload, now)
	if ok && c.keepalive.joined {
		c.keepalive.heard.Store(int64(c.settings.rounds.since(now)))
	}
	c.mu.Unlock()
	if told := c.settings.trace.Pong; ok && told != nil {
		defer c.surviveHook()
		told(c, roundTrip)
	}
}

// pings are the Pings that wait for their Pong, oldest first, and that of the
// keepalive. mu is held for all of it.
type pings struct {
	open     []*ping
	question question
	last     uint64
}

// ping carries a number of its own, eight bytes big endian.
type ping struct {
	number   uint64
	due      bool
	since    time.Time
	answered chan time.Duration
}

func (ps *pings) add(now time.Time) *ping {
	ps.last++
	p := &ping{number: ps.last, due: true, since: now, answered: make(chan time.Duration, 1)}
	ps.open = append(ps.open, p)
	return p
}

func (ps *pings) waiting() bool { return len(ps.open) > 0 || ps.question.state != unasked }

// due reports whether a Ping is to be written.
func (ps *pings) due() bool {
	for _, p := range ps.open {
		if p.due {
			return true
		}
	}
	return ps.question.state == due
}

// appendDue appends the Ping frames to be written; none may be when the
// connection is closing.
func (ps *pings) appendDue(dst []byte, closing *protocol.Closing, s *protocol.Sender) []byte {
	for _, p := range ps.open {
		if p.due && !closing.Started() {
			dst = s.AppendControl(dst, wire.Ping, binary.BigEndian.AppendUint64(nil, p.number))
		}
		p.due = false
	}
	switch {
	case ps.question.state != due:
	case closing.Started():
		ps.question.state = unasked
	default:
		ps.last++
		dst = ps.question.appendDue(dst, ps.last, s)
	}
	return dst
}

// answer gives a Pong to the Ping that it answers, and to all before: "if an
// endpoint receives a Ping frame and has not yet sent Pong frame(s) in response
// to previous Ping frame(s), the endpoint MAY elect to send a Pong frame for
// only the most recently processed Ping frame" (5.5.3). It returns the round-trip
// time of the one that it names.
func (ps *pings) answer(payload []byte, now time.Time) (roundTrip time.Duration, ok bool) {
	if len(payload) != 8 {
		return 0, false
	}
	number := binary.BigEndian.Uint64(payload)
	since, ok := ps.sentAt(number)
	if !ok {
		return 0, false
	}
	answered := 0
	for ; answered < len(ps.open) && ps.open[answered].number <= number; answered++ {
		ps.open[answered].answered <- now.Sub(ps.open[answered].since)
	}
	ps.open = append(ps.open[:0:0], ps.open[answered:]...)
	if q := &ps.question; q.state >= leaving && q.number <= number {
		q.state = unasked
	}
	return now.Sub(since), true
}

// sentAt is when the Ping with a number was sent, if it waits for its Pong.
func (ps *pings) sentAt(number uint64) (since time.Time, ok bool) {
	if q := &ps.question; q.state >= leaving && q.number == number {
		return q.since, true
	}
	for _, p := range ps.open {
		if p.number == number && !p.due {
			return p.since, true
		}
	}
	return time.Time{}, false
}

func (ps *pings) remove(p *ping) {
	for i, other := range ps.open {
		if other == p {
			ps.open = append(ps.open[:i:i], ps.open[i+1:]...)
			return
		}
	}
}

// end tells all that no Pong will come.
func (ps *pings) end() {
	for _, p := range ps.open {
		close(p.answered)
	}
	ps.open, ps.question.state = nil, unasked
}
