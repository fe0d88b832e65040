package wstest

import (
	"slices"
	"time"
)

// parcel is something on its way: bytes, the end of a direction, or a reset.
type parcel struct {
	at    time.Time // when it arrives
	flow  *flow
	data  []byte
	apart bool  // no Read joins it with what follows
	end   error // the reader's, behind the last byte
	reset bool
	both  bool // the reset strikes both ends
	// refusal is the answer to bytes that came to an end which is closed.
	refusal bool
}

// flight holds everything that is on its way on one pipe, in the order of its
// arrival, and behind one timer: timers of the same instant fire in any order,
// and then the same seed would not always give the same trace.
type flight struct {
	parcels []parcel
	timer   *time.Timer
}

func (q *flight) add(p *pipe, x parcel) {
	i := len(q.parcels)
	for i > 0 && q.parcels[i-1].at.After(x.at) {
		i--
	}
	q.parcels = slices.Insert(q.parcels, i, x)
	if i > 0 {
		return
	}
	if wait := time.Until(x.at); q.timer == nil {
		q.timer = time.AfterFunc(wait, p.arrivals)
	} else {
		q.timer.Reset(wait)
	}
}

// arrivals lets land what is due.
func (p *pipe) arrivals() {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := &p.flight
	for now := time.Now(); len(q.parcels) > 0 && !q.parcels[0].at.After(now); {
		x := q.parcels[0]
		q.parcels = q.parcels[1:]
		x.flow.underway -= len(x.data)
		x.flow.land(x)
	}
	if len(q.parcels) > 0 {
		q.timer.Reset(time.Until(q.parcels[0].at))
	}
}
