//go:build linux && !onclose_slow

package transport

import (
	"crypto/tls"
	"errors"
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
}

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
	s := &watchedTLS{tlsStream: tlsStream{Conn: secure}, raw: socket.raw}
	s.arrivals.init()
	s.arrivals.lingers = true
	return s
}

// Read waits in the runtime.
func (s *watchedTLS) Read(p []byte) (int, error) {
	s.arrivals.unwatch(s.raw)
	s.arrivals.patience.ends(s.Conn)
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

// idle has a poller tell of what comes. If it cannot, reads wait for ever.
func (s *watchedTLS) idle() bool {
	if s.arrivals.watch(s.raw) {
		return true
	}
	s.arrivals.patience.after, s.arrivals.patience.silent = 0, false
	return false
}

// ReadNow is part of Watched. It does wait, as its Reader has a goroutine of its own, but
// not for long.
func (s *watchedTLS) ReadNow(p []byte) (int, error) {
	if s.arrivals.patience.silent && s.arrivals.state.Load() == 0 {
		return 0, nil
	}
	s.arrivals.unwatch(s.raw)
	s.arrivals.asks()
	s.arrivals.patience.begins(s.Conn)
	n, err := s.tlsStream.Read(p)
	if s.arrivals.gaveUp(n, err) {
		return 0, nil
	}
	return n, err
}

// ReadIntoNow is part of Watched.
func (s *watchedTLS) ReadIntoNow(room Room) (int, error) {
	if s.arrivals.patience.silent && s.arrivals.state.Load() == 0 {
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
	return s.arrivals.patience.silent && s.idle() && s.arrivals.state.CompareAndSwap(0, idles)
}

// StepAside is part of Watched. Nobody waits for a goroutine of its own.
func (s *watchedTLS) StepAside() {}

func (s *watchedTLS) SetReadDeadline(t time.Time) error {
	return s.arrivals.setReadDeadline(s.Conn, t)
}

func (s *watchedTLS) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *watchedTLS) Close() error {
	err := s.tlsStream.Close()
	s.arrivals.close()
	return err
}
