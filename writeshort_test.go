package websocket_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// stingy is a socket in memory that takes only so much without waiting, and may fail then.
type stingy struct {
	transport.Stream
	takes int
	fails error
	stuck chan struct{} // if it is there, other writes wait for it: for a deadline that is over
}

func (s *stingy) WriteNow(p, q []byte) (int, error) {
	p = append(p[:len(p):len(p)], q...)
	n, err := s.Stream.Write(p[:min(len(p), s.takes)])
	if s.takes -= n; n < len(p) && err == nil {
		err = s.fails
	}
	return n, err
}

func (s *stingy) Write(p []byte) (int, error) {
	if s.stuck != nil {
		<-s.stuck
		return 0, os.ErrDeadlineExceeded
	}
	return s.Stream.Write(p)
}

func (s *stingy) SetWriteDeadline(t time.Time) error {
	if s.stuck != nil && t.Before(time.Now()) {
		close(s.stuck)
		return nil
	}
	return s.Stream.SetWriteDeadline(t)
}

func (s *stingy) WriteBoth(p, q []byte) (int, error) { return s.Write(append(p[:len(p):len(p)], q...)) }
func (s *stingy) WriteLast(p []byte) (int, error)    { return s.WriteNow(p, nil) }

// onStingy runs f with an endpoint whose socket takes so many bytes of a short message
// without waiting, for each number of bytes and both roles.
func onStingy(t *testing.T, f func(t *testing.T, s *stingy, c *websocket.Conn, peer *wstest.Conn, frame int)) {
	for _, role := range []protocol.Role{protocol.Client, protocol.Server} {
		frame := 2 + len("hello")
		if role == protocol.Client {
			frame += 4
		}
		for takes := range frame {
			synctest.Test(t, func(t *testing.T) {
				here, there := wstest.Pipe()
				defer there.Close()
				s := &stingy{Stream: transport.OverConn(here), takes: takes}
				f(t, s, websocket.NewConnOver(s, role, websocket.Limits{}, websocket.Trace{}, nil), there, frame)
			})
		}
	}
}

// frameOf reads one frame, and is its payload.
func frameOf(t *testing.T, peer net.Conn) string {
	t.Helper()
	var p []byte
	for more := make([]byte, 1); ; {
		if _, err := io.ReadFull(peer, more); err != nil {
			t.Fatal(err)
		}
		p = append(p, more[0])
		if h, n, _ := wire.ParseHeader(p); n > 0 && len(p) == n+int(h.Length) {
			wire.Mask(p[n:], h.Key, 0)
			return string(p[n:])
		}
	}
}

func TestAShortMessageThatASocketTakesByHalves(t *testing.T) {
	onStingy(t, func(t *testing.T, s *stingy, c *websocket.Conn, peer *wstest.Conn, _ int) {
		for range 3 {
			if err := c.Write(background, websocket.Text, []byte("hello")); err != nil {
				t.Error(err)
			}
			if got := frameOf(t, peer); got != "hello" {
				t.Errorf("the peer got %q", got)
			}
			s.takes = 1
		}
		c.Abort()
	})
}

func TestAShortMessageThatASocketRefuses(t *testing.T) {
	onStingy(t, func(t *testing.T, s *stingy, c *websocket.Conn, peer *wstest.Conn, frame int) {
		s.fails = syscall.EPIPE
		taken := s.takes
		if err := c.Write(background, websocket.Text, []byte("hello")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
		peer.Close()
		ev := eventOf(c)
		if ev.UnsentMessages != 1 || ev.UnsentBytes != min(5, int64(frame-taken)) || ev.Code != 1006 || ev.WasClean {
			t.Errorf("after %d bytes: %+v", taken, ev)
		}
	})
}

func TestAShortMessageWhoseContextEnds(t *testing.T) {
	onStingy(t, func(t *testing.T, s *stingy, c *websocket.Conn, peer *wstest.Conn, _ int) {
		untouched := s.takes == 0
		s.stuck = make(chan struct{})
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err := c.Write(ctx, websocket.Text, []byte("hello"))
		s.stuck = nil
		switch {
		case untouched && err != context.DeadlineExceeded:
			t.Errorf("Write = %v, and nothing had left", err)
		case untouched:
			go c.Write(background, websocket.Text, []byte("again"))
			if got := frameOf(t, peer); got != "again" {
				t.Errorf("the peer got %q", got)
			}
			c.Abort()
		default:
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write = %v", err)
			}
			peer.Close()
			if ev := eventOf(c); ev.Cause != protocol.CauseContextCanceled || ev.UnsentMessages != 1 {
				t.Errorf("%+v", ev)
			}
		}
	})
}
