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
		case <-c.done:
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
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pings.answer(payload, time.Now())
}

// pings are the Pings that wait for their Pong, oldest first. mu is held for all
// of it.
type pings struct {
	open []*ping
	last uint64
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

func (ps *pings) waiting() bool { return len(ps.open) > 0 }

// due reports whether a Ping is to be written.
func (ps *pings) due() bool {
	for _, p := range ps.open {
		if p.due {
			return true
		}
	}
	return false
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
	return dst
}

// answer gives a Pong to the Ping that it answers, and to all before: "if an
// endpoint receives a Ping frame and has not yet sent Pong frame(s) in response
// to previous Ping frame(s), the endpoint MAY elect to send a Pong frame for
// only the most recently processed Ping frame" (5.5.3).
func (ps *pings) answer(payload []byte, now time.Time) {
	if len(payload) != 8 {
		return
	}
	number := binary.BigEndian.Uint64(payload)
	for i, p := range ps.open {
		if p.number != number || p.due {
			continue
		}
		for _, answered := range ps.open[:i+1] {
			answered.answered <- now.Sub(answered.since)
		}
		ps.open = append(ps.open[:0:0], ps.open[i+1:]...)
		return
	}
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
	ps.open = nil
}
