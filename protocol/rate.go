package protocol

import (
	"math"
	"time"

	"github.com/onclose/websocket/wire"
)

// rates bound how much comes in a second. The shell says how time passed, since
// nothing here has a clock.
type rates struct {
	messages, bytes bucket
	until           time.Time // how far time is told
}

// rates are those that are limited, or nil.
func (l Limits) rates() *rates {
	if l.MessagesPerSecond == 0 && l.BytesPerSecond == 0 {
		return nil
	}
	return &rates{messages: fullBucket(l.MessagesPerSecond), bytes: fullBucket(l.BytesPerSecond)}
}

// Timed reports whether the Receiver has to be told how time passes: whether a rate
// is limited.
func (r *Receiver) Timed() bool { return r.rates != nil }

// Waited says that the peer was asked for bytes from one moment to another. Since
// the last call before, nobody asked: what the peer sent meanwhile has waited, and
// is not held against it; a zero from says that it was asked all the time. The first
// call says when the connection opened.
func (r *Receiver) Waited(from, to time.Time) {
	if from.IsZero() {
		from = r.rates.until
	}
	away := time.Duration(0)
	if !r.rates.until.IsZero() {
		away = from.Sub(r.rates.until)
	}
	r.rates.until = to
	r.rates.messages.fill(away, to.Sub(from))
	r.rates.bytes.fill(away, to.Sub(from))
}

// Untimed lifts the limits of rates: this side is closing, and looks for the peer's
// Close frame.
func (r *Receiver) Untimed() { r.rates = nil }

// spend takes an event and the n bytes that it was found in from what may come, or
// makes a violation of it.
func (r *Receiver) spend(ev Event, n int) Event {
	if r.state == finished {
		return ev // a Close frame always may
	}
	messages := 0
	if ev.Kind == Data && ev.Fin {
		messages = 1
	}
	var v *Violation
	if over := r.rates.bytes.spend(n); over > 0 {
		v = &Violation{Rule: wire.RuleTooManyBytes, Limit: r.rates.bytes.perSecond, Got: r.rates.bytes.perSecond + over}
	} else if over := r.rates.messages.spend(messages); over > 0 {
		v = &Violation{Rule: wire.RuleTooManyMessages, Limit: r.rates.messages.perSecond, Got: r.rates.messages.perSecond + over}
	}
	if v == nil {
		return ev
	}
	v.Offset, r.state = r.offset, finished
	violated := Event{Kind: Violated, Violation: v}
	if ev.Kind == Data {
		violated.Opcode, violated.Payload = ev.Opcode, ev.Payload
	}
	return violated
}

// bucket is how much may still come: a second's worth when it is full. While the
// peer is asked, the level moves towards that, at the rate of the limit; while it
// is not asked, the level rises without end, since all that comes then is found
// only later. So a peer that keeps to the rate is never accused, however long this
// side stays away, and one that waited for an hour may not send an hour's worth.
type bucket struct {
	perSecond int64 // 0: there is no limit
	level     int64 // in billionths
}

const second = int64(time.Second)

func fullBucket(perSecond int64) bucket {
	perSecond = min(perSecond, 1<<32) // what a level can hold
	return bucket{perSecond, perSecond * second}
}

func (b *bucket) fill(away, waited time.Duration) {
	if b.perSecond == 0 {
		return
	}
	full := b.perSecond * second
	b.level = min(b.level+b.worth(away), math.MaxInt64/2)
	if b.level < full {
		b.level = min(full, b.level+b.worth(waited))
	} else {
		b.level = max(full, b.level-b.worth(waited))
	}
}

// worth is what may come in a time, or a quarter of all numbers.
func (b *bucket) worth(d time.Duration) int64 {
	return b.perSecond * min(max(0, int64(d)), math.MaxInt64/4/b.perSecond)
}

// spend takes n, and returns by how much that is too many.
func (b *bucket) spend(n int) (over int64) {
	if b.perSecond == 0 {
		return 0
	}
	b.level -= min(int64(n), 1<<32) * second
	return max(0, (second-1-b.level)/second)
}
