package wstest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeBytes is how much one direction of a pipe holds before a write blocks.
const pipeBytes = 64 << 10

// Conn is one end of a Pipe. It is a net.Conn that can also end its own
// direction alone, or reset both.
type Conn struct {
	in, out *flow
}

// Pipe makes a connection in memory and returns its two ends. Each direction
// holds 64 KiB; a write that finds it full blocks until the other end reads.
func Pipe() (a, b *Conn) {
	there, back := newFlow(), newFlow()
	return &Conn{in: back, out: there}, &Conn{in: there, out: back}
}

// Read reads what the other end wrote. It returns io.EOF behind its last byte
// once that end has closed, and ECONNRESET after a reset.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write writes all of p, or returns how much of it until the error: a deadline,
// EPIPE when the other end is closed, ECONNRESET after a reset.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// CloseWrite ends this end's direction, as a FIN does. The other direction goes
// on.
func (c *Conn) CloseWrite() error {
	c.out.end(io.EOF, syscall.EPIPE)
	return nil
}

// Close closes this end. As with TCP, bytes that it has not read turn it into a
// reset.
func (c *Conn) Close() error {
	if c.in.unread() > 0 {
		c.Reset()
	}
	c.out.end(io.EOF, net.ErrClosed)
	c.in.end(net.ErrClosed, syscall.EPIPE)
	return nil
}

// Reset ends both directions at once, as a RST does: what is on its way is lost.
func (c *Conn) Reset() {
	c.out.reset()
	c.in.reset()
}

// LocalAddr and RemoteAddr are the same for all pipes.
func (c *Conn) LocalAddr() net.Addr { return addr{} }

// RemoteAddr is LocalAddr.
func (c *Conn) RemoteAddr() net.Addr { return addr{} }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.readers.set(t)
	c.out.writers.set(t)
	return nil
}

// SetReadDeadline ends reads with os.ErrDeadlineExceeded from t on.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.readers.set(t)
	return nil
}

// SetWriteDeadline ends writes with os.ErrDeadlineExceeded from t on.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.writers.set(t)
	return nil
}

type addr struct{}

func (addr) Network() string { return "pipe" }
func (addr) String() string  { return "pipe" }

// flow is one direction of a pipe: bytes in one queue.
type flow struct {
	mu      sync.Mutex
	changed sync.Cond
	bytes   []byte
	readErr error // behind the last byte
	sendErr error
	readers deadline
	writers deadline
}

func newFlow() *flow {
	f := &flow{}
	f.changed.L = &f.mu
	f.readers.flow, f.writers.flow = f, f
	return f
}

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.readErr == net.ErrClosed:
			return 0, f.readErr
		case f.readers.passed:
			return 0, os.ErrDeadlineExceeded
		case len(f.bytes) > 0:
			n := copy(p, f.bytes)
			f.bytes = f.bytes[n:]
			f.changed.Broadcast()
			return n, nil
		case f.readErr != nil:
			return 0, f.readErr
		case len(p) == 0:
			return 0, nil
		}
		f.changed.Wait()
	}
}

func (f *flow) write(p []byte) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.sendErr != nil:
			return n, f.sendErr
		case f.writers.passed:
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		}
		if room := pipeBytes - len(f.bytes); room > 0 {
			piece := p[n:min(len(p), n+room)]
			f.bytes = append(f.bytes, piece...)
			n += len(piece)
			f.changed.Broadcast()
			continue
		}
		f.changed.Wait()
	}
}

// end lets reads end with readErr behind the last byte, and writes with sendErr.
// The first call counts, but closing one's own end is always seen.
func (f *flow) end(readErr, sendErr error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readErr == nil || readErr == net.ErrClosed {
		f.readErr = readErr
	}
	if f.sendErr == nil || sendErr == net.ErrClosed {
		f.sendErr = sendErr
	}
	f.changed.Broadcast()
}

func (f *flow) reset() {
	f.end(syscall.ECONNRESET, syscall.ECONNRESET)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes = nil
	if f.readErr == io.EOF {
		f.readErr = syscall.ECONNRESET
	}
}

func (f *flow) unread() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.bytes)
}

// deadline wakes the goroutines that wait on a flow when its time has come.
type deadline struct {
	flow   *flow
	passed bool
	timer  *time.Timer
}

func (d *deadline) set(t time.Time) {
	d.flow.mu.Lock()
	defer d.flow.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.passed = !t.IsZero() && !time.Now().Before(t)
	if !t.IsZero() && !d.passed {
		var timer *time.Timer
		timer = time.AfterFunc(time.Until(t), func() {
			d.flow.mu.Lock()
			defer d.flow.mu.Unlock()
			if d.timer == timer {
				d.passed = true
				d.flow.changed.Broadcast()
			}
		})
		d.timer = timer
	}
	d.flow.changed.Broadcast()
}
