package websocket

import (
	"context"
	"sync"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/protocol"
)

// PreparedMessage is a message that goes out on many connections. It is checked
// once, and compressed once for all connections that agreed to the same window
// without context takeover. Any number of goroutines may send it.
type PreparedMessage struct {
	typ   MessageType
	plain preparedFrame
	opts  WriteOptions

	compressing sync.Mutex
	compressed  map[deflation]preparedFrame
}

// preparedFrame is a message as the one frame of a server.
type preparedFrame struct {
	bytes   []byte
	payload []byte // the end of bytes
}

func prepareFrame(typ MessageType, payload []byte, compressed bool) preparedFrame {
	var s protocol.Sender
	s.Init(protocol.Server, nil)
	bytes, _ := s.AppendWhole(nil, typ, compressed, int64(len(payload)))
	head := len(bytes)
	bytes = append(bytes, payload...)
	return preparedFrame{bytes, bytes[head:]}
}

// deflation is all that decides what a message without history is compressed to.
type deflation struct{ windowBits, level int }

// Prepare makes a message ready to be sent many times. p is copied. The error is
// the *protocol.MisuseError of Write. Nil options are the defaults.
func Prepare(typ MessageType, p []byte, opts *WriteOptions) (*PreparedMessage, error) {
	if err := checkMessage(typ, p); err != nil {
		return nil, err
	}
	m := &PreparedMessage{typ: typ, plain: prepareFrame(typ, p, false), compressed: map[deflation]preparedFrame{}}
	if opts != nil {
		m.opts = *opts
	}
	return m, nil
}

// compress is the payload compressed in one way, which is done at the first call.
func (m *PreparedMessage) compress(d deflation) preparedFrame {
	m.compressing.Lock()
	defer m.compressing.Unlock()
	f, known := m.compressed[d]
	if !known {
		var z deflate.Compressor
		z.Init(d.windowBits, false, d.level)
		f = prepareFrame(m.typ, z.Append(nil, m.plain.payload, true), true)
		z.Commit()
		m.compressed[d] = f
	}
	return f
}

// WritePrepared is Write of a prepared message. A client masks it anew each time,
// and a connection with context takeover compresses it anew.
func (c *Conn) WritePrepared(ctx context.Context, m *PreparedMessage) error {
	payload := m.plain.payload
	compress := c.compresses(&m.opts, len(payload))
	if !compress || c.compression.takeover {
		return c.writeMessage(ctx, m.typ, payload, compress)
	}
	if err := c.takeMessage(ctx); err != nil {
		return err
	}
	defer c.messageTurn.give()
	if err := c.takeStream(ctx); err != nil {
		return err
	}
	return c.writeTaken(ctx, m.typ, true, m.compress(c.compression.deflation).payload, len(payload), true)
}
