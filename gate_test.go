package websocket_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/onclose/websocket/protocol"
)

// gate is an endpoint's end of a connection whose writes a script holds back,
// lets through, or fails. Reading goes on.
type gate struct {
	net.Conn
	mu      sync.Mutex
	changed sync.Cond
	held    bool
	failure error
	pending []byte // of the write that is held
}

func newGate(conn net.Conn) *gate {
	g := &gate{Conn: conn}
	g.changed.L = &g.mu
	return g
}

func (g *gate) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	g.changed.Broadcast()
}

func (g *gate) hold()           { g.set(func() { g.held = true }) }
func (g *gate) fail(with error) { g.set(func() { g.failure = with }) }

// release lets through what the gate holds and what comes, and reports whether
// it did hold.
func (g *gate) release() (held bool) {
	g.set(func() { held, g.held = g.held, false })
	return held
}

// waiting is what the endpoint is writing and the gate holds.
func (g *gate) waiting() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return bytes.Clone(g.pending)
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	g.pending = p
	for g.held && g.failure == nil {
		g.changed.Wait()
	}
	g.pending = nil
	failure := g.failure
	g.mu.Unlock()
	if failure != nil {
		return 0, failure
	}
	return g.Conn.Write(p)
}

func (g *gate) CloseWrite() error { return g.Conn.(interface{ CloseWrite() error }).CloseWrite() }

func (g *gate) Close() error {
	g.fail(net.ErrClosed)
	return g.Conn.Close()
}

// writeError is an error of a Write that is reported with a cause.
func writeError(cause string) error {
	switch protocol.Cause(cause) {
	case protocol.CauseReset:
		// What Linux says behind a FIN of the peer; ECONNRESET would be a reset that
		// reading need not hear of any more.
		return syscall.EPIPE
	case protocol.CauseWriteTimeout:
		return os.ErrDeadlineExceeded
	case protocol.CauseWriteFailed:
		return errors.New("the disk is full")
	}
	panic(cause + " is no cause of a failed write")
}
