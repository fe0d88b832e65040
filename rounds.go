package websocket

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// rounds looks after the connections of one options value, so that an idle one
// needs neither a goroutine nor a timer: one timer for all, a heap of visits, and
// a clock that readers can afford to look at. What a visit does is in
// keepalive.go.
//
// There is one for each options value, and not one for the program, because the
// bubbles of testing/synctest must not touch each other's timers. For the same
// reason nothing is left of it when its last connection has gone.
type rounds struct {
	interval, timeout time.Duration // timeout may be never

	// clock is the time of the last round, or asleep when nobody was heard since
	// the one before. It lags by at most a lag.
	clock   atomic.Int64
	stirred atomic.Bool // somebody was heard since the last round

	mu      sync.Mutex
	members int
	epoch   time.Time // what all times here count from: when the first member came
	visits  visits
	timer   *time.Timer // nil when there are no members
	at      time.Duration
}

const (
	asleep = math.MinInt64
	never  = math.MaxInt64 / 2 // so that an age may be added to it
)

// lag is how far the clock may be behind while connections are heard. A visit
// that comes a lag late shows that this process was held up.
func (r *rounds) lag() time.Duration { return r.interval / 16 }

// step is between two rounds that send Pings: 10,000 connections need not be
// 10,000 timers.
func (r *rounds) step() time.Duration { return max(1, r.interval/256) }

// since is a time as rounds count it. It is for members, or under mu.
func (r *rounds) since(t time.Time) time.Duration { return t.Sub(r.epoch) }

// join lets a connection in, which is heard from now on. c.mu is held.
func (r *rounds) join(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members++; r.members == 1 {
		r.epoch, r.at = time.Now(), math.MaxInt64
		r.clock.Store(asleep)
		r.timer = time.AfterFunc(r.interval, r.round)
	}
	now := time.Since(r.epoch)
	c.keepalive.joined = true
	c.keepalive.heard.Store(int64(now))
	c.keepalive.patience = r.interval - rand.N(r.interval/10+1)
	r.visits.add(visit{r.silenceEnds(c), c})
	r.arm(r.visits[0].at)
}

// leave lets a connection go. c.mu is held.
func (r *rounds) leave(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.keepalive.joined = false
	r.visits.remove(c)
	if r.members--; r.members == 0 {
		r.timer.Stop()
		r.timer, r.visits = nil, nil
	}
}

// silenceEnds is when a member has been silent for so long that it is sent a Ping, if
// nothing comes until then.
func (r *rounds) silenceEnds(c *Conn) time.Duration {
	at := time.Duration(c.keepalive.heard.Load()) + c.keepalive.patience
	return at.Truncate(r.step())
}

// plan says when a member is to be visited next. c.mu is held.
func (r *rounds) plan(c *Conn, at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visits.remove(c)
	r.visits.add(visit{at, c})
	r.arm(r.visits[0].at)
}

// arm sees to it that there is a round at a time, or before. mu is held.
func (r *rounds) arm(at time.Duration) {
	if at < r.at && r.timer != nil {
		r.at = at
		r.timer.Reset(at - time.Since(r.epoch))
	}
}

// hear notes on behalf of a reader that its peer was heard. It is on the path of
// every read: two loads, as a rule.
func (r *rounds) hear(k *keepalive) {
	now := r.clock.Load()
	if now == asleep {
		now = r.wake()
	}
	if k.heard.Load() < now {
		k.heard.Store(now)
		if !r.stirred.Load() {
			r.stirred.Store(true)
		}
	}
}

// wake sets the clock for a reader that found it asleep.
func (r *rounds) wake() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Since(r.epoch)
	r.clock.Store(int64(now))
	r.arm(now + r.lag())
	return int64(now)
}

// round visits those whose time has come.
func (r *rounds) round() {
	r.mu.Lock()
	epoch, now := r.epoch, time.Since(r.epoch)
	r.at = now // the timer need not be armed before the end
	if r.stirred.Swap(false) {
		r.clock.Store(int64(now))
	} else {
		r.clock.Store(asleep)
	}
	for len(r.visits) > 0 && r.visits[0].at <= now && r.epoch == epoch {
		due := r.visits[0]
		r.visits.remove(due.conn)
		r.mu.Unlock()
		due.conn.visit(now, now-due.at)
		r.mu.Lock()
	}
	if r.epoch == epoch {
		r.at = math.MaxInt64
		r.arm(r.next(now))
	}
	r.mu.Unlock()
}

// next is when the next round is due: for a visit, or to set the clock. mu is held.
func (r *rounds) next(now time.Duration) time.Duration {
	at := time.Duration(math.MaxInt64)
	if len(r.visits) > 0 {
		at = r.visits[0].at
	}
	if r.clock.Load() != asleep {
		at = min(at, now+r.lag())
	}
	return at
}

// visit is one that is planned.
type visit struct {
	at   time.Duration
	conn *Conn
}

// visits is a heap, the next one first. Each connection knows its place in it,
// counted from one; those that are not in it have zero.
type visits []visit

func (vs *visits) add(v visit) {
	*vs = append(*vs, v)
	vs.rise(len(*vs)-1, v)
}

func (vs *visits) remove(c *Conn) {
	i := int(c.keepalive.place) - 1
	if i < 0 {
		return
	}
	c.keepalive.place = 0
	last := len(*vs) - 1
	moved := (*vs)[last]
	(*vs)[last] = visit{}
	if *vs = (*vs)[:last]; i < last {
		vs.rise(vs.sink(i, moved), moved)
	}
}

// rise puts a visit at i, or above as far as it comes before others.
func (vs visits) rise(i int, v visit) {
	for ; i > 0 && v.at < vs[(i-1)/2].at; i = (i - 1) / 2 {
		vs.set(i, vs[(i-1)/2])
	}
	vs.set(i, v)
}

// sink opens a place at i for a visit, or below as far as others come before it.
func (vs visits) sink(i int, v visit) int {
	for {
		first := 2*i + 1
		if first+1 < len(vs) && vs[first+1].at < vs[first].at {
			first++
		}
		if first >= len(vs) || v.at <= vs[first].at {
			return i
		}
		vs.set(i, vs[first])
		i = first
	}
}

func (vs visits) set(i int, v visit) {
	vs[i] = v
	v.conn.keepalive.place = int32(i + 1)
}
