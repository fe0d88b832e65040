package transport

import (
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Stream is the byte stream of one WebSocket. One goroutine may read, another
// may write, and a third may set deadlines and close, all at once. Close
// unblocks the others.
type Stream interface {
	net.Conn

	// ReadInto is Read with the memory taken when there is something to read, if
	// the stream can tell.
	ReadInto(room Room) (int, error)

	// CloseWrite ends our side of the stream: a FIN, behind a close_notify when
	// the stream is TLS. Reading goes on. On a connection that cannot be closed
	// by halves it does nothing.
	CloseWrite() error

	// Resumes reports whether a write that timed out before its first byte may
	// be followed by another. TLS forbids it.
	Resumes() bool
}

// Socket is a Stream over a socket of the system, which can do more. Whoever may
// Write may call these.
type Socket interface {
	// WriteBoth is Write of two pieces as if they were one.
	WriteBoth(p, q []byte) (int, error)
	// WriteNow is WriteBoth of what the system takes without waiting, which may be
	// nothing. There is no deadline.
	WriteNow(p, q []byte) (int, error)
	// WriteLast is WriteNow of one piece that CloseWrite follows at once: where the
	// system can, they leave together with the FIN.
	WriteLast(p []byte) (int, error)
}

// Watched is a Stream for which a function can wait instead of a goroutine. Whoever
// may ReadInto may call these.
type Watched interface {
	// ReadNow and ReadIntoNow are Read and ReadInto that do not wait: 0 and no error
	// say that nothing is there. The first of them, and over TLS all, wait for 200 ms
	// before they say so.
	ReadNow(p []byte) (int, error)
	ReadIntoNow(room Room) (int, error)
	// Await sees to it that r is called once there may be something to read, or the
	// stream has ended or was closed, or its read deadline is past. If that is so
	// already it reports false, and r is not called.
	Await(r Reader) bool
	// StepAside says that the Reader which is being called is about to wait for
	// something: others may have been waiting for it to return.
	StepAside()
}

// Reader is what waits for a stream. Ready is called on a goroutine that many
// streams share, or on one of its own. It reads until there is
// nothing and Await reports true; then it returns false and touches nothing any
// more, as it may have been called again. When it has read enough for now it
// returns true, and is called again later.
type Reader interface{ Ready() (again bool) }

// closeNotifyTimeout bounds how long a closing stream waits for room for its
// TLS close_notify.
const closeNotifyTimeout = time.Second

// OverConn makes a Stream of a connection.
func OverConn(conn net.Conn) Stream {
	if secure, ok := conn.(*tls.Conn); ok {
		return overTLS(secure)
	}
	if s := overSocket(conn); s != nil {
		return s
	}
	return &netStream{Conn: conn}
}

type halfCloser interface{ CloseWrite() error }

// closeWrite ends our side of a connection, if it can be closed by halves.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(halfCloser); ok {
		return half.CloseWrite()
	}
	return nil
}

// hearing keeps a reset that a write heard of. The kernel tells of a reset once,
// to whoever asks first; a read that comes second finds a mere end of the stream.
type hearing struct{ reset atomic.Pointer[error] }

// wrote listens to the error of a write.
func (h *hearing) wrote(err error) {
	if err != nil && wasReset(err) {
		kept := err // its own variable: err itself must not move to the heap
		h.reset.Store(&kept)
	}
}

// read is the error of a read, with what is known beside it.
func (h *hearing) read(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF { // the latter is crypto/tls's, inside a record
		if reset := h.reset.Load(); reset != nil {
			return *reset
		}
	}
	return err
}

type netStream struct {
	net.Conn
	hearing hearing
}

func (s *netStream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	return n, s.hearing.read(err)
}

func (s *netStream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.hearing.wrote(err)
	return n, err
}

func (s *netStream) CloseWrite() error { return closeWrite(s.Conn) }

func (s *netStream) Resumes() bool { return true }

type tlsStream struct {
	*tls.Conn
	hearing hearing
}

func (s *tlsStream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.hearing.wrote(err)
	return n, err
}

// Read gives io.EOF for close_notify only: TCP that ended without it is
// io.ErrUnexpectedEOF, as far as it is observed.
func (s *tlsStream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err = s.hearing.read(err); err == io.EOF {
		if below, ok := s.NetConn().(*observedConn); ok && below.ended.Load() {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// CloseWrite sends close_notify and then the FIN, which tls.Conn leaves out.
func (s *tlsStream) CloseWrite() error {
	stop := s.boundNotify()
	defer stop()
	err := s.Conn.CloseWrite()
	s.hearing.wrote(err)
	if half, ok := s.NetConn().(halfCloser); ok {
		return half.CloseWrite()
	}
	return err
}

// Close sends close_notify, if there is room for it, and closes.
func (s *tlsStream) Close() error {
	stop := s.boundNotify()
	defer stop()
	return s.Conn.Close()
}

// boundNotify closes the connection below when close_notify finds no room for
// too long: tls.Conn itself would wait for five seconds.
func (s *tlsStream) boundNotify() (stop func() bool) {
	below := s.NetConn()
	return time.AfterFunc(closeNotifyTimeout, func() { below.Close() }).Stop
}

func (s *tlsStream) Resumes() bool { return false }
