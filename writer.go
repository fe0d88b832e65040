package websocket

import (
	"context"
	"errors"
	"io"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// NextWriter begins a message of which the bytes are not all there yet. Each
// Write of the writer sends one fragment or more, and its Close ends the
// message; a text may be cut anywhere, but must be UTF-8 in the end. ctx bounds
// every one of these calls as it does Conn.Write. Until Close, other messages
// wait; Close frames, Pings and Pongs do not.
//
// A message that is compressed is flushed by every Write, which costs some of
// the compression when the writes are small.
func (c *Conn) NextWriter(ctx context.Context, typ MessageType) (io.WriteCloser, error) {
	return c.NextWriterWith(ctx, typ, nil)
}

// NextWriterWith is NextWriter with options; nil options are the defaults.
func (c *Conn) NextWriterWith(ctx context.Context, typ MessageType, opts *WriteOptions) (io.WriteCloser, error) {
	if err := checkMessage(typ, nil); err != nil {
		return nil, err
	}
	if err := c.takeMessage(ctx); err != nil {
		return nil, err
	}
	if err := c.closingError(); err != nil {
		c.messageTurn.give()
		return nil, err
	}
	return &messageWriter{c: c, ctx: ctx, typ: typ, compress: c.compresses(opts, streamed)}, nil
}

// messageWriter writes the fragments of one message. It holds the message turn
// until it is closed or fails.
type messageWriter struct {
	c    *Conn
	ctx  context.Context
	typ  MessageType
	text wire.UTF8
	err  error

	compress bool
}

func (w *messageWriter) Write(p []byte) (int, error) {
	if w.err != nil || len(p) == 0 {
		return 0, w.err
	}
	text := w.text
	if w.typ == Text {
		if bad := text.Check(p); bad >= 0 {
			return 0, notUTF8
		}
	}
	if err := w.write(false, p); err != nil {
		return 0, w.end(err)
	}
	w.text = text
	return len(p), nil
}

// write writes a fragment.
func (w *messageWriter) write(fin bool, p []byte) error {
	if w.compress {
		return w.c.writeCompressed(w.ctx, w.typ, fin, p)
	}
	return w.c.writeFrame(w.ctx, w.typ, fin, p)
}

// Close ends the message. After an error that leaves the connection usable, a
// text that stops inside a character, the message is still open.
func (w *messageWriter) Close() error {
	switch {
	case w.err == errWriterClosed:
		return nil
	case w.err != nil:
		return w.err
	case w.typ == Text && !w.text.Whole():
		return notUTF8
	}
	if err := w.write(true, nil); err != nil {
		return w.end(err)
	}
	w.end(errWriterClosed)
	return nil
}

// end gives the message turn back. A message of which a fragment has left can
// neither be ended nor followed by another once its context has ended: then the
// connection is closed for it.
func (w *messageWriter) end(err error) error {
	w.err = err
	w.c.mu.Lock()
	torn := w.c.sender.InMessage()
	w.c.mu.Unlock()
	if torn && w.ctx.Err() != nil {
		w.c.startFor(protocol.CauseContextCanceled, "", err)
	}
	w.c.messageTurn.give()
	return err
}

var errWriterClosed = errors.New("websocket: the message has been ended")
