package wstest

import (
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// Pipe makes a connection in memory and returns its two ends. Each direction
// holds 64 KiB; a write that finds it full blocks until the other end reads.
// Bytes arrive at once and in order, unless faults say otherwise; the offsets of
// faults count from the first byte of the pipe.
func Pipe(faults ...Fault) (client, server *Conn) {
	p := &pipe{}
	for side := range p.flows {
		p.flows[side].init(p, Side(side))
	}
	client, server = &Conn{p, Client}, &Conn{p, Server}
	client.Inject(faults...)
	return client, server
}

// pipe is both directions. Everything in it is under mu.
type pipe struct {
	mu     sync.Mutex
	flows  [2]flow // by the Side that writes
	flight flight
	trace  *Trace // nil when nobody records
}

// Conn is one end of a Pipe. It is a net.Conn that can also end its own
// direction alone, or reset both; and it stands for the whole pipe where faults
// and traces are concerned.
type Conn struct {
	pipe *pipe
	side Side
}

// Side says which end this is.
func (c *Conn) Side() Side { return c.side }

// Peer is the other end.
func (c *Conn) Peer() *Conn { return &Conn{c.pipe, c.side.other()} }

func (c *Conn) in() *flow  { return &c.pipe.flows[c.side.other()] }
func (c *Conn) out() *flow { return &c.pipe.flows[c.side] }

// Read reads what the other end wrote and what has arrived. It returns io.EOF
// behind its last byte once that end has closed, and ECONNRESET after a reset.
func (c *Conn) Read(p []byte) (int, error) { return c.in().read(p) }

// Write writes all of p, or returns how much of it until the error: a deadline,
// EPIPE when the other end is closed, ECONNRESET after a reset. Success says
// that the pipe took the bytes, not that they arrive.
func (c *Conn) Write(p []byte) (int, error) { return c.out().write(p) }

// CloseWrite ends this end's direction, as a FIN does. The other direction goes
// on.
func (c *Conn) CloseWrite() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.out().finish(io.EOF, syscall.EPIPE)
	return nil
}

// Close closes this end. As with TCP, bytes that have arrived and that it has not
// read turn it into a reset, and bytes that arrive later make the other end's
// writes fail.
func (c *Conn) Close() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if len(c.in().bytes) > 0 {
		c.reset()
	}
	c.out().finish(io.EOF, net.ErrClosed)
	c.in().abandon()
	return nil
}

// Reset ends both directions at once, as a RST does: what has not been read is
// lost, and so is what is on its way to this end.
func (c *Conn) Reset() {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.reset()
}

func (c *Conn) reset() {
	c.in().kill()
	c.out().sendReset()
}

// Inject lets faults happen to the pipe from now on, either direction: their
// offsets count from the byte that is written next.
func (c *Conn) Inject(faults ...Fault) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	for _, fault := range faults {
		c.pipe.flows[fault.From].inject(fault)
	}
}

// Heal ends a Stall of the bytes that this end writes: those that were held back
// arrive now.
func (c *Conn) Heal() {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.out().heal()
}

// Record starts a Trace of what crosses the pipe from now on. It keeps all those
// bytes in memory. There is one Trace a pipe: further calls return the same.
func (c *Conn) Record() *Trace {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.pipe.trace == nil {
		c.pipe.trace = newTrace(c.pipe)
	}
	return c.pipe.trace
}

// LocalAddr and RemoteAddr are the same for all pipes.
func (c *Conn) LocalAddr() net.Addr { return addr{} }

// RemoteAddr is LocalAddr.
func (c *Conn) RemoteAddr() net.Addr { return addr{} }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in().readers.set(t)
	c.out().writers.set(t)
	return nil
}

// SetReadDeadline ends reads with os.ErrDeadlineExceeded from t on.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in().readers.set(t)
	return nil
}

// SetWriteDeadline ends writes with os.ErrDeadlineExceeded from t on.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out().writers.set(t)
	return nil
}

type addr struct{}

func (addr) Network() string { return "pipe" }
func (addr) String() string  { return "pipe" }
