//go:build linux && !onclose_slow

package transport

import (
	"crypto/tls"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// watchedTLS is TLS over a socket. A tls.Conn may hold records that no poller knows of,
// or half of one, so that a goroutine has to wait inside it. When nothing has come
// for a while it holds no whole record, and then a poller is asked to tell when more
// comes: an idle connection has neither a goroutine nor memory to read into, and a busy
// one is not slower for it.
type watchedTLS struct {
	tlsStream
	raw      syscall.RawConn
	arrivals arrivals
	patience time.Duration // how long a read waits before it is idle
	silent   bool          // the last read found nothing

	mu       sync.Mutex
	deadline time.Time // for reads, as it was set
	until    time.Time // which is set in its place; zero: none is
}

// tlsPatience is how long a read waits in a tls.Conn before the connection is idle. Its
// deadline is moved when half of that is over. From then on what comes takes 20 us more.
const tlsPatience = 200 * time.Millisecond

// overTLS makes a stream of TLS.
func overTLS(secure *tls.Conn) Stream {
	below := secure.NetConn()
	if observed, ok := below.(*observedConn); ok {
		below = observed.Conn
	}
	socket, ok := overSocket(below).(*socketStream)
	if !ok {
		return &tlsStream{Conn: secure}
	}
	s := &watchedTLS{tlsStream: tlsStream{Conn: secure}, raw: socket.raw, patience: tlsPatience}
	s.arrivals.lingers = true
	return s
}

// Read waits in the runtime.
func (s *watchedTLS) Read(p []byte) (int, error) {
	s.arrivals.unwatch(s.raw)
	s.silent = false
	s.wait(0)
	return s.tlsStream.Read(p)
}

func (s *watchedTLS) ReadInto(room Room) (int, error) {
	for {
		n, err := s.ReadIntoNow(room)
		if n > 0 || err != nil {
			return n, err
		}
		if s.idle() {
			s.arrivals.wait(nil)
		}
	}
}

// Watch is part of Watched.
func (s *watchedTLS) Watch() bool { return true }

// idle has a poller tell of what comes. If it cannot, reads wait for ever.
func (s *watchedTLS) idle() bool {
	if s.arrivals.watch(s.raw) {
		return true
	}
	s.patience, s.silent = 0, false
	return false
}

// ReadNow is part of Watched. It does wait, as its Reader has a goroutine of its own, but
// not for long.
func (s *watchedTLS) ReadNow(p []byte) (int, error) {
	if s.silent && s.arrivals.state.Load() == 0 {
		return 0, nil
	}
	s.arrivals.unwatch(s.raw)
	s.arrivals.asks()
	s.wait(s.patience)
	n, err := s.tlsStream.Read(p)
	s.silent = n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
	if s.silent && s.arrivals.state.Load()&nudged == 0 {
		return 0, nil
	}
	return n, err
}

// ReadIntoNow is part of Watched.
func (s *watchedTLS) ReadIntoNow(room Room) (int, error) {
	if s.silent && s.arrivals.state.Load() == 0 {
		room.GiveBack()
		return 0, nil
	}
	n, err := s.ReadNow(room.Take())
	if n == 0 {
		room.GiveBack()
	}
	return n, err
}

// Await is part of Watched.
func (s *watchedTLS) Await(r Reader) bool {
	s.arrivals.reader = r
	return s.silent && s.idle() && s.arrivals.state.CompareAndSwap(0, idles)
}

// StepAside is part of Watched. Nobody waits for a goroutine of its own.
func (s *watchedTLS) StepAside() {}

// wait sets the read deadline for a read that waits so long, or with 0 as long as the
// deadline that was asked for says.
func (s *watchedTLS) wait(patience time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if patience == 0 {
		if !s.until.IsZero() {
			s.until = time.Time{}
			s.Conn.SetReadDeadline(s.deadline)
		}
		return
	}
	now := time.Now()
	if s.until.Sub(now) > patience/2 {
		return
	}
	s.until = now.Add(patience)
	if s.deadline.IsZero() || s.deadline.After(s.until) {
		s.Conn.SetReadDeadline(s.until)
	} else {
		s.until = time.Time{}
		s.Conn.SetReadDeadline(s.deadline)
	}
}

func (s *watchedTLS) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline, s.until = t, time.Time{}
	err := s.Conn.SetReadDeadline(t)
	s.arrivals.deadline(t)
	return err
}

func (s *watchedTLS) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *watchedTLS) Close() error {
	err := s.tlsStream.Close()
	s.arrivals.close()
	return err
}
