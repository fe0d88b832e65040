//go:build unix && !onclose_slow

package transport

import (
	"io"
	"net"
	"os"
	"syscall"
)

// socketStream is a stream over a socket of the system. It asks the system itself
// whether bytes are there, with memory taken for the question only, and lets the
// runtime wait for them. The system calls are those of an ordinary read: one that
// finds nothing before it waits, and one that finds something.
//
// Why not skip the first: the runtime forgets that bytes came whenever it is
// asked to wait anew, so only a read behind that can tell.
type socketStream struct {
	netStream
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // readOnce; made once, since a method value is allocated

	offer func(fd uintptr) // writeOnce

	// The write under way, of one piece or two.
	pieces  [2][]byte
	vectors net.Buffers
	wrote   int
	failure error

	// The read under way.
	room Room
	n    int
	err  error
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
	s.attempt, s.offer = s.readOnce, s.writeOnce
	return s
}

func (s *socketStream) ReadInto(room Room) (int, error) {
	s.room, s.n, s.err = room, 0, nil
	err := s.raw.Read(s.attempt)
	s.room = nil
	if op, ok := err.(*net.OpError); ok {
		op.Op = "read" // not "raw-read": how it was read is nobody's business
	}
	if err == nil {
		err = s.err
	}
	return s.n, s.hearing.read(err)
}

// readOnce reads what is there. It reports false when the stream has to wait.
func (s *socketStream) readOnce(fd uintptr) (done bool) {
	p := s.room.Take()
	for {
		n, err := syscall.Read(int(fd), p)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			s.room.GiveBack()
			return false
		case err != nil:
			s.err = s.failed("read", err)
		case n == 0:
			s.err = io.EOF
		default:
			s.n = n
		}
		return true
	}
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

func (s *socketStream) WriteNow(p []byte) (int, error) {
	s.pieces[0], s.wrote, s.failure = p, 0, nil
	err := s.raw.Control(s.offer)
	s.pieces[0] = nil
	if err == nil {
		err = s.failure
	}
	s.hearing.wrote(err)
	return s.wrote, err
}

func (s *socketStream) writeOnce(fd uintptr) {
	for {
		n, err := syscall.Write(int(fd), s.pieces[0])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
		case err != nil:
			s.failure = s.failed("write", err)
		default:
			s.wrote = n
		}
		return
	}
}

// failed is the error of a system call, as package net gives it.
func (s *socketStream) failed(call string, err error) error {
	local := s.LocalAddr()
	return &net.OpError{Op: call, Net: local.Network(), Source: local, Addr: s.RemoteAddr(), Err: os.NewSyscallError(call, err)}
}
