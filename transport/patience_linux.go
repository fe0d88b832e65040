//go:build linux && !onclose_slow

package transport

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// patience lets a read that waits in the runtime give up after a while: then the
// connection is idle, and a poller can tell when more comes. It goes between the
// stream and the read deadline.
type patience struct {
	after  time.Duration // so long; 0: never
	silent bool          // the last read found nothing
	armed  bool          // begins was called since ends

	mu       sync.Mutex
	deadline time.Time // for reads, as it was set
	until    time.Time // which is set in its place; zero: none is
}

// readPatience is how long a read waits before the connection is idle. Its deadline is moved
// when half of that is over.
const readPatience = 200 * time.Millisecond

// begins is called before a read of conn that may give up.
func (p *patience) begins(conn net.Conn) {
	if p.after == 0 {
		p.ends(conn)
		return
	}
	p.armed = true
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.until.Sub(now) > p.after/2 {
		return
	}
	p.until = now.Add(p.after)
	if p.deadline.IsZero() || p.deadline.After(p.until) {
		conn.SetReadDeadline(p.until)
	} else {
		p.until = time.Time{}
		conn.SetReadDeadline(p.deadline)
	}
}

// gaveUp reports whether a read came back because it had waited for so long, and not
// because the deadline is over.
func (a *arrivals) gaveUp(n int, err error) bool {
	a.patience.silent = n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
	return a.patience.silent && a.state.Load()&nudged == 0
}

// ends lets the reads that follow wait as long as the deadline says.
func (p *patience) ends(conn net.Conn) {
	p.silent, p.armed = false, false
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.until.IsZero() {
		p.until = time.Time{}
		conn.SetReadDeadline(p.deadline)
	}
}

// setDeadline sets the read deadline.
func (p *patience) setDeadline(conn net.Conn, t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline, p.until = t, time.Time{}
	return conn.SetReadDeadline(t)
}
