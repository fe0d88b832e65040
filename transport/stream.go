package transport

import (
	"crypto/tls"
	"io"
	"net"
	"time"
)

// Stream is the byte stream of one WebSocket. One goroutine may read, another
// may write, and a third may set deadlines and close, all at once. Close
// unblocks the others.
type Stream interface {
	net.Conn

	// CloseWrite ends our side of the stream: a FIN, behind a close_notify when
	// the stream is TLS. Reading goes on. On a connection that cannot be closed
	// by halves it does nothing.
	CloseWrite() error

	// Resumes reports whether a write that timed out before its first byte may
	// be followed by another. TLS forbids it.
	Resumes() bool
}

// closeNotifyTimeout bounds how long a closing stream waits for room for its
// TLS close_notify.
const closeNotifyTimeout = time.Second

// OverConn makes a Stream of a connection.
func OverConn(conn net.Conn) Stream {
	if secure, ok := conn.(*tls.Conn); ok {
		return &tlsStream{secure}
	}
	return &netStream{conn}
}

type halfCloser interface{ CloseWrite() error }

type netStream struct{ net.Conn }

func (s *netStream) CloseWrite() error {
	if half, ok := s.Conn.(halfCloser); ok {
		return half.CloseWrite()
	}
	return nil
}

func (s *netStream) Resumes() bool { return true }

type tlsStream struct{ *tls.Conn }

// Read gives io.EOF for close_notify only: TCP that ended without it is
// io.ErrUnexpectedEOF, as far as it is observed.
func (s *tlsStream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err == io.EOF {
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
