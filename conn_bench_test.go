package websocket_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// treadmill is a peer that sends the same frames over and over, as many together as
// are in flight, and drops what it gets. It costs a copy.
type treadmill struct {
	frames []byte // of one read
	each   int    // messages in them
	left   int    // messages still to come
}

func newTreadmill(size, inFlight, messages int) *treadmill {
	payload := bytes.Repeat([]byte("onclose "), size/8+1)[:size]
	frame := wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Masked: true, Key: 0x2143fa37, Length: int64(size)})
	frame = append(frame, payload...)
	return &treadmill{frames: bytes.Repeat(frame, inFlight), each: inFlight, left: messages}
}

func (t *treadmill) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, io.EOF
	}
	t.left -= t.each
	return copy(p, t.frames), nil
}

func (t *treadmill) Write(p []byte) (int, error)      { return len(p), nil }
func (t *treadmill) Close() error                     { return nil }
func (t *treadmill) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (t *treadmill) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (t *treadmill) SetDeadline(time.Time) error      { return nil }
func (t *treadmill) SetReadDeadline(time.Time) error  { return nil }
func (t *treadmill) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkConn is what a server's Conn costs for one message and its echo, without
// any system call.
func BenchmarkConn(b *testing.B) {
	styles := []struct {
		name string
		echo func(*websocket.Conn)
	}{
		{"events", func(c *websocket.Conn) {
			websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
				c.Write(context.Background(), typ, p)
			}}.Run(c)
		}},
		{"read", func(c *websocket.Conn) {
			var buffer []byte
			for {
				typ, message, err := c.ReadAppend(context.Background(), buffer[:0])
				if err != nil {
					return
				}
				c.Write(context.Background(), typ, message)
				buffer = message
			}
		}},
	}
	for _, style := range styles {
		for _, work := range []struct{ size, inFlight int }{{16, 1}, {125, 1}, {125, 16}, {1 << 10, 1}, {4000, 1}} {
			b.Run(fmt.Sprintf("%s/%dB/inflight=%d", style.name, work.size, work.inFlight), func(b *testing.B) {
				c := websocket.NewConn(newTreadmill(work.size, work.inFlight, b.N), protocol.Server, websocket.Limits{}, websocket.Trace{}, nil)
				b.SetBytes(int64(work.size))
				b.ReportAllocs()
				style.echo(c)
			})
		}
	}
}

// farewell is a peer that closes at once, and then ends the stream.
type farewell struct {
	*treadmill
	frame []byte
}

func (f *farewell) Read(p []byte) (int, error) {
	n := copy(p, f.frame)
	if f.frame = f.frame[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// What a connection costs from its opening to its CloseEvent, for a server that has
// many short ones: itself, its stream, its listener, its timer, its Close frames and CloseError.
func TestAConnectionAllocatesLittle(t *testing.T) {
	frame := wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Close, Masked: true, Length: 2})
	frame = wire.AppendClose(frame, websocket.NormalClosure, "")
	live := func() {
		peer := &farewell{&treadmill{}, frame}
		c := websocket.NewConn(peer, protocol.Server, websocket.Limits{}, websocket.Trace{}, nil)
		websocket.Events{}.Run(c)
	}
	live()
	if allocs := testing.AllocsPerRun(100, live); allocs > 20 && !raceEnabled && websocket.FastPaths {
		t.Errorf("%v allocations", allocs)
	}
}
