package websocket_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

func TestWritersNeverMixTheirMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		var writers sync.WaitGroup
		for i := range 16 {
			writers.Go(func() {
				for j := range 50 {
					if j%10 == 0 {
						w, err := client.NextWriter(background, websocket.Text)
						if err != nil {
							t.Error(err)
							return
						}
						fmt.Fprintf(w, "%d ", i)
						client.Ping(background)
						fmt.Fprintf(w, "%d", i)
						if err := w.Close(); err != nil {
							t.Error(err)
						}
					} else if err := client.Write(background, websocket.Text, fmt.Appendf(nil, "%d %d", i, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		seen := map[string]int{}
		for range 16 * 50 {
			_, p, err := server.Read(background)
			if err != nil {
				t.Fatal(err)
			}
			seen[string(p)]++
		}
		writers.Wait()
		for i := range 16 {
			if n := seen[fmt.Sprintf("%d %d", i, i)]; n != 50 {
				t.Errorf("writer %d: %d messages", i, n)
			}
		}
		client.Close(1000, "")
	})
}

func TestAWriteCancelledBeforeItsFirstByteLeavesTheConnectionUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		ctx, cancel := context.WithCancel(background)
		cancel()
		if err := client.Write(ctx, websocket.Text, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Write with an ended context = %v", err)
		}
		// Another message holds the turn.
		w, _ := client.NextWriter(background, websocket.Text)
		ctx, cancel = context.WithTimeout(background, time.Second)
		defer cancel()
		if err := client.Write(ctx, websocket.Text, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Write behind another message = %v", err)
		}
		io.WriteString(w, "fine")
		w.Close()
		if _, p, err := server.Read(background); string(p) != "fine" {
			t.Errorf("Read = %q, %v", p, err)
		}
		client.Close(1000, "")
	})
}

func TestAWriteCancelledInsideItsFrameFailsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err := c.Write(ctx, websocket.Binary, make([]byte, 1<<20))
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
		// The peer's Close frame is still read, and decides code and reason.
		peer.Write([]byte{0x88, 2, 0x0f, 0xa0})
		ev := eventOf(c)
		check(t, "client", ev, "4000||unclean|remote|open|context-canceled|timeout")
		if ev.UnsentMessages != 1 || ev.UnsentBytes == 0 || ev.Sent != nil {
			t.Errorf("unsent: %d messages, %d bytes; sent %v", ev.UnsentMessages, ev.UnsentBytes, ev.Sent)
		}
		peer.Close()
	})
}

func TestAPeerThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		start := time.Now()
		err := c.Write(background, websocket.Binary, make([]byte, 1<<20))
		if took := time.Since(start); took < 10*time.Second || took > 23*time.Second || !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v after %v", err, took)
		}
		check(t, "client", eventOf(c), "1006||unclean|none|open|write-timeout|timeout")
		peer.Close()
	})
}

func TestASlowPeerIsNoDeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		var slow sync.WaitGroup
		slow.Go(func() {
			buffer := make([]byte, 32<<10)
			for {
				pass(8 * time.Second)
				if _, err := peer.Read(buffer); err != nil {
					return
				}
			}
		})
		if err := c.Write(background, websocket.Binary, make([]byte, 1<<20)); err != nil {
			t.Errorf("Write = %v", err)
		}
		c.Abort()
		peer.Close()
		slow.Wait()
	})
}

// A TLS stream that timed out cannot be written to again, so a long message must
// not depend on one deadline.
func TestASlowPeerOverTLSIsNoDeadPeer(t *testing.T) {
	authority := httptest.NewTLSServer(nil)
	authority.Close()
	synctest.Test(t, func(t *testing.T) {
		written := make(chan error, 1)
		pipes := wstest.NewListener()
		server := &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) {
			written <- c.Write(background, websocket.Binary, make([]byte, 1<<20))
			c.Close(1000, "")
		}, nil)}
		go server.Serve(tls.NewListener(pipes, &tls.Config{Certificates: authority.TLS.Certificates}))
		defer server.Close()
		c, err := websocket.Dial(background, "wss://test/", &websocket.DialOptions{
			TLS: &tls.Config{InsecureSkipVerify: true},
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := pipes.DialContext(ctx, network, address)
				return slowConn{conn}, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, p, err := c.Read(background); err != nil || len(p) != 1<<20 {
			t.Errorf("Read = %d bytes, %v", len(p), err)
		}
		if took := time.Since(start); took < 15*time.Second {
			t.Errorf("the peer was not slow: %v", took)
		}
		if err := <-written; err != nil {
			t.Errorf("Write = %v", err)
		}
		c.Read(background)
		check(t, "client", eventOf(c), "1000||clean|remote|closing||fin")
	})
}

// slowConn reads once a second.
type slowConn struct{ net.Conn }

func (c slowConn) Read(p []byte) (int, error) {
	pass(time.Second)
	return c.Conn.Read(p)
}

func TestTextMustBeUTF8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		var misuse *protocol.MisuseError
		if err := client.Write(background, websocket.Text, []byte("\xff")); !errors.As(err, &misuse) {
			t.Errorf("Write = %v", err)
		}
		if err := client.Write(background, websocket.MessageType(9), nil); !errors.As(err, &misuse) {
			t.Errorf("Write of type 9 = %v", err)
		}
		if _, err := client.NextWriter(background, 0); !errors.As(err, &misuse) {
			t.Errorf("NextWriter of type 0 = %v", err)
		}
		w, _ := client.NextWriter(background, websocket.Text)
		io.WriteString(w, "\xe2\x82")
		if _, err := io.WriteString(w, "x"); !errors.As(err, &misuse) {
			t.Errorf("Write = %v", err)
		}
		if err := w.Close(); !errors.As(err, &misuse) {
			t.Errorf("Close = %v", err)
		}
		io.WriteString(w, "\xac")
		if err := w.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("second Close = %v", err)
		}
		if _, p, err := server.Read(background); string(p) != "€" {
			t.Errorf("Read = %q, %v", p, err)
		}
		client.Close(1000, "")
	})
}

func TestAMessageWhoseContextEndsClosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		ctx, cancel := context.WithCancel(background)
		w, _ := client.NextWriter(ctx, websocket.Text)
		io.WriteString(w, "begun")
		cancel()
		if _, err := io.WriteString(w, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v", err)
		}
		check(t, "client", eventOf(client), "1001||clean|local|closing|context-canceled|fin")
		check(t, "server", eventOf(server), "1001||clean|remote|closing||fin")
		if n := eventOf(client).UnsentMessages; n != 1 {
			t.Errorf("%d messages unsent", n)
		}
	})
}

func TestWriteWhileClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		go c.Close(1000, "")
		synctest.Wait()
		if err := c.Write(background, websocket.Text, nil); err != websocket.ErrClosing || !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
		if _, err := c.Ping(background); err != websocket.ErrClosing {
			t.Errorf("Ping = %v", err)
		}
		if _, err := c.NextWriter(background, websocket.Text); err != websocket.ErrClosing {
			t.Errorf("NextWriter = %v", err)
		}
		peer.Close()
		<-c.Done()
	})
}

func TestAWriterThatWaitsIsToldAtOnceThatTheConnectionIsClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		go c.Write(background, websocket.Binary, make([]byte, 1<<20)) // blocks
		synctest.Wait()
		waiting := make(chan error, 1)
		go func() { waiting <- c.Write(background, websocket.Text, nil) }()
		synctest.Wait()
		go c.Close(1000, "")
		start := time.Now()
		if err := <-waiting; err != websocket.ErrClosing || time.Since(start) != 0 {
			t.Errorf("Write = %v after %v", err, time.Since(start))
		}
		<-c.Done()
		peer.Close()
	})
}
