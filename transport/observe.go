package transport

import (
	"io"
	"net"
	"sync/atomic"
)

// ObserveEOF wraps a listener below TLS, so that a stream over it can tell TCP
// that just ended from TLS that was ended with close_notify. crypto/tls hides the
// difference when TCP ends between two records. A client's connections are
// always wrapped; a server that wants to know passes its listener through here:
//
//	server.ServeTLS(transport.ObserveEOF(listener), cert, key)
func ObserveEOF(l net.Listener) net.Listener { return observingListener{l} }

type observingListener struct{ net.Listener }

func (l observingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &observedConn{Conn: conn}, nil
}

// observedConn remembers whether its peer has ended TCP.
type observedConn struct {
	net.Conn
	ended atomic.Bool
}

func (c *observedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF {
		c.ended.Store(true)
	}
	return n, err
}

// CloseWrite ends our side of TCP, if the connection can be closed by halves.
func (c *observedConn) CloseWrite() error { return closeWrite(c.Conn) }

// NetConn is the connection that is observed.
func (c *observedConn) NetConn() net.Conn { return c.Conn }
