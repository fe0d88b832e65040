package websocket

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/onclose/websocket/protocol"
)

// NetConn is the connection as a stream of bytes, for code that wants a
// net.Conn. Each Write sends one message of the type; Read gives the payload of
// the messages that come, whatever their borders. Read returns io.EOF after a
// clean end with 1000, 1001 or 1005, and the *CloseError after any other; a
// message of the other type closes the connection with 1003. Close closes with
// 1000. A read whose deadline has passed can be repeated; a write may not be able
// to: see Write. Neither a read nor a write may run twice at once.
func (c *Conn) NetConn(typ MessageType) net.Conn {
	return &netConn{Conn: c, typ: typ}
}

type netConn struct {
	*Conn
	typ    MessageType
	read   deadline
	write  deadline
	reader *messageReader // of the message being read
}

func (n *netConn) Read(p []byte) (int, error) {
	ctx, done := n.read.context()
	defer done()
	for {
		if n.reader == nil {
			if err := n.next(ctx); err != nil {
				return 0, endOfStream(err)
			}
		}
		n.reader.ctx = ctx
		size, err := n.reader.Read(p)
		if err == io.EOF {
			n.reader, err = nil, nil
		}
		if size > 0 || err != nil || len(p) == 0 {
			return size, endOfStream(err)
		}
	}
}

// next waits for the next message.
func (n *netConn) next(ctx context.Context) error {
	typ, r, err := n.nextReader(ctx)
	if err == nil && typ != n.typ {
		n.startFor(protocol.CauseUnsupportedData, "only "+n.typ.String()+" messages are taken here", nil)
		for err == nil {
			_, _, err = n.nextReader(ctx)
		}
	}
	n.reader = r
	return err
}

// endOfStream is io.EOF for the ends that say that all was well.
func endOfStream(err error) error {
	var ended *CloseError
	if errors.As(err, &ended) && ended.Event.EndedWell() {
		return io.EOF
	}
	return err
}

func (n *netConn) Write(p []byte) (int, error) {
	ctx, done := n.write.context()
	defer done()
	if err := n.Conn.Write(ctx, n.typ, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (n *netConn) Close() error {
	n.closeFor(protocol.CauseNone, "", nil)
	return nil
}

func (n *netConn) SetDeadline(t time.Time) error {
	n.read.set(t)
	n.write.set(t)
	return nil
}

func (n *netConn) SetReadDeadline(t time.Time) error {
	n.read.set(t)
	return nil
}

func (n *netConn) SetWriteDeadline(t time.Time) error {
	n.write.set(t)
	return nil
}

// deadline turns a net.Conn's deadline, which may be moved while a call waits,
// into the context of that call.
type deadline struct {
	mu     sync.Mutex
	at     time.Time
	cancel context.CancelCauseFunc // of the call under way
	timer  *time.Timer
}

// context is the context of a call; done must be called at its end.
func (d *deadline) context() (ctx context.Context, done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, d.cancel = context.WithCancelCause(context.Background())
	d.arm()
	return ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.cancel(nil)
		d.cancel = nil
		d.disarm()
	}
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = t
	if d.cancel != nil {
		d.disarm()
		d.arm()
	}
}

// arm starts the timer for the call under way. mu is held.
func (d *deadline) arm() {
	if d.at.IsZero() {
		return
	}
	cancel := d.cancel
	d.timer = time.AfterFunc(time.Until(d.at), func() { cancel(os.ErrDeadlineExceeded) })
}

func (d *deadline) disarm() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
