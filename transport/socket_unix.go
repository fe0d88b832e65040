//go:build unix && !onclose_slow

package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// socketStream is a stream over a socket of the system. It asks the system itself
// whether bytes are there, with memory taken for the question only. Where it can
// it is told by a poller when to ask; elsewhere it asks, and lets the runtime wait
// if there is nothing.
type socketStream struct {
	// What every message asks for stands first: three lines of the processor's cache, and
	// of arrivals one more.
	netStream
	raw      syscall.RawConn
	askNow   func(fd uintptr) // readOnce that does not wait; made once, since a method value is allocated
	offerNow func(fd uintptr) // writeSome, likewise
	reads    uint8            // of ReadInto, until they are more than brief
	watched  bool             // arrivals tell when to ask
	now      bool             // the write under way does not wait
	last     bool             // the FIN follows it

	left     [2][]byte // what the write under way has to write, the second behind the first
	wrote    int
	n        int  // what the read under way has read,
	room     Room // where to,
	readErr  error
	writeErr error
	arrivals arrivals

	attempt func(fd uintptr) bool // readOnce that waits
	place   []byte                // where to if room is nil
	pieces  [2][]byte             // of WriteBoth
	vectors net.Buffers
}

// overSocket makes a stream of a socket, or returns nil when conn is none.
func overSocket(conn net.Conn) Stream {
	var raw syscall.RawConn
	var err error
	switch conn := conn.(type) {
	case *net.TCPConn:
		raw, err = conn.SyscallConn()
	case *net.UnixConn:
		raw, err = conn.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	s := &socketStream{netStream: netStream{Conn: conn}, raw: raw}
	s.attempt = s.readOnce
	s.arrivals.init()
	s.offerNow = func(fd uintptr) { s.writeSome(fd) }
	return s
}

// Read waits in the runtime until something was read into a Room: while a client
// opens, deadlines are set below the stream.
func (s *socketStream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return s.readPatiently(nil, p)
}

func (s *socketStream) ReadInto(room Room) (int, error) {
	if s.reads++; s.reads > briefReads {
		s.reads = briefReads // it does not overflow
		s.watched = s.arrivals.watch(s.raw)
	}
	return s.readPatiently(room, nil)
}

// briefReads are those for which no poller is asked, as many as a connection has that
// opens, says a word and closes: joining a poller is a twentieth of its life.
const briefReads = 3

// readPatiently waits until there is something to read.
func (s *socketStream) readPatiently(room Room, p []byte) (int, error) {
	s.arrivals.patiently(s.Conn)
	for {
		if s.watched {
			s.arrivals.wait(room)
		}
		if n, err := s.read(room, p); n > 0 || err != nil {
			return n, err
		}
	}
}

// read reads what is there, into a room or into p.
func (s *socketStream) read(room Room, p []byte) (int, error) {
	s.room, s.n, s.readErr = room, 0, nil
	if room == nil {
		s.place = p
		defer func() { s.place = nil }()
	}
	err := s.ask()
	s.room = nil
	if err == nil {
		err = s.readErr
	}
	return s.n, s.hearing.read(named(err, "read"))
}

// readOnce reads what is there. It reports false when the runtime has to wait.
func (s *socketStream) readOnce(fd uintptr) (done bool) {
	p := s.place
	if s.room != nil {
		p = s.room.Take()
	}
	s.arrivals.asks()
	for {
		n, errno := readSocket(fd, p)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.EAGAIN:
			if s.room != nil {
				s.room.GiveBack()
			}
			return s.watched
		case errno != 0:
			s.readErr = s.failed("read", os.NewSyscallError("read", errno))
			s.arrivals.ended()
		case n == 0:
			s.readErr = io.EOF
			s.arrivals.ended()
		default:
			s.n = n
			s.arrivals.got(n, len(p))
		}
		return true
	}
}

func (s *socketStream) SetReadDeadline(t time.Time) error {
	return s.arrivals.setReadDeadline(s.Conn, t)
}

func (s *socketStream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *socketStream) Close() error {
	err := s.netStream.Close()
	s.arrivals.close()
	return err
}

func (s *socketStream) Write(p []byte) (int, error) { return s.write(p, nil, false) }

// WriteNow goes past the deadline too, which may be that of an earlier write.
func (s *socketStream) WriteNow(p, q []byte) (int, error) { return s.write(p, q, true) }

func (s *socketStream) WriteLast(p []byte) (int, error) {
	s.last = true
	defer func() { s.last = false }()
	return s.WriteNow(p, nil)
}

func (s *socketStream) write(p, q []byte, now bool) (int, error) {
	s.left, s.wrote, s.writeErr, s.now = [2][]byte{p, q}, 0, nil, now
	var err error
	if now {
		err = s.raw.Control(s.offerNow)
	} else {
		err = s.raw.Write(s.writeSome) // which is allocated, as a write seldom waits
	}
	s.left = [2][]byte{}
	if err == nil {
		err = s.writeErr
	}
	err = named(err, "write")
	s.hearing.wrote(err)
	return s.wrote, err
}

// writeSome writes until all has been taken. It reports false when the stream has
// to wait.
func (s *socketStream) writeSome(fd uintptr) (done bool) {
	for len(s.left[0])+len(s.left[1]) > 0 {
		n, errno := writeSocket(fd, &s.left, s.last)
		switch {
		case errno == syscall.EINTR:
		case errno == syscall.EAGAIN:
			return s.now
		case errno != 0:
			s.writeErr = s.failed("write", os.NewSyscallError("write", errno))
			return true
		default:
			s.wrote += n
			first := min(n, len(s.left[0]))
			s.left[0], s.left[1] = s.left[0][first:], s.left[1][n-first:]
		}
	}
	return true
}

// WriteBoth gives the system two pieces in one call.
func (s *socketStream) WriteBoth(p, q []byte) (int, error) {
	s.pieces = [2][]byte{p, q}
	s.vectors = s.pieces[:]
	n, err := s.vectors.WriteTo(s.Conn)
	s.pieces = [2][]byte{}
	s.hearing.wrote(err)
	return int(n), err
}

// failed is an error as package net gives it.
func (s *socketStream) failed(op string, err error) error {
	local := s.LocalAddr()
	return &net.OpError{Op: op, Net: local.Network(), Source: local, Addr: s.RemoteAddr(), Err: err}
}

// named is an error of a raw connection without the word raw: how it was read or
// written is nobody's business.
func named(err error, call string) error {
	if op, ok := err.(*net.OpError); ok {
		op.Op = call
	}
	return err
}
