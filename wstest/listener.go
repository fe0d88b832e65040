package wstest

import (
	"context"
	"net"
	"sync"
)

// Listener is a net.Listener in memory: its DialContext makes a Pipe and gives
// the other end to Accept.
type Listener struct {
	faults []Fault
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
}

// NewListener makes a Listener. Every pipe that it makes has the faults.
func NewListener(faults ...Fault) *Listener {
	return &Listener{faults: faults, conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept waits for the next connection, or for Close.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and DialContext; connections that stand go on.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is the same for all Listeners.
func (l *Listener) Addr() net.Addr { return addr{} }

// DialContext connects to the Listener, whatever the network and the address.
// The net.Conn is a *Conn, the client's end of the pipe.
func (l *Listener) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	here, there := Pipe(l.faults...)
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
