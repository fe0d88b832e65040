package websocket_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// batchOf is n text messages of a client in one piece: "00", "01", ...
func batchOf(n int) []byte {
	var p []byte
	for i := range n {
		p = wire.AppendHeader(p, wire.Header{Fin: true, Opcode: wire.Text, Masked: true, Length: 2})
		p = append(p, '0'+byte(i/10), '0'+byte(i%10))
	}
	return p
}

// answering is a server on a pipe in the event style, and the peer's end.
func answering(t *testing.T, e websocket.Events) *wstest.Conn {
	l := serve(t, e.Handler(&websocket.AcceptOptions{Limits: noKeepalive}))
	conn, err := l.DialContext(background, "", "")
	if err != nil {
		t.Fatal(err)
	}
	conn.Write([]byte("GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
	synctest.Wait()
	conn.Read(make([]byte, 1000)) // the response
	return conn.(*wstest.Conn)
}

// writesOf is the writes of the server and when they happened.
func writesOf(trace *wstest.Trace) (at []time.Duration) {
	for _, s := range trace.Steps() {
		if s.What == wstest.Wrote && s.From == wstest.Server {
			at = append(at, s.At)
		}
	}
	return at
}

func reply(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(background, typ, p) }

func TestTheRepliesToOneReadLeaveInOneWrite(t *testing.T) {
	if !websocket.FastPaths {
		t.Skip("the slow build holds nothing")
	}
	synctest.Test(t, func(t *testing.T) {
		peer := answering(t, websocket.Events{OnMessage: reply})
		defer peer.Close()
		trace := peer.Record()
		peer.Write(batchOf(16))
		synctest.Wait()
		if writes := writesOf(trace); len(writes) != 1 {
			t.Errorf("%d writes", len(writes))
		}
		if frames := trace.Frames(wstest.Server); len(frames) != 16 || string(frames[15].Payload) != "15" {
			t.Errorf("%v", frames)
		}
	})
}

// When the last message gets no reply, and when half a message waits, what is held
// leaves before the connection waits for more.
func TestNothingIsHeldWhileTheConnectionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := answering(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			if string(p) != "03" {
				reply(c, typ, p)
			}
		}})
		defer peer.Close()
		trace := peer.Record()
		peer.Write(append(batchOf(4), batchOf(1)[:5]...))
		synctest.Wait()
		if frames := trace.Frames(wstest.Server); len(frames) != 3 {
			t.Errorf("%v", frames)
		}
	})
}

// An application that dawdles in OnMessage holds its replies up for heldWait at
// most, and then is not trusted for a while. One that knows better says Flush.
func TestHeldMessagesDoNotWaitForAnApplicationThatDawdles(t *testing.T) {
	if !websocket.FastPaths {
		t.Skip("the slow build holds nothing")
	}
	const dawdles = 100 * time.Millisecond // less than after which the library reads ahead
	for _, flush := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			peer := answering(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
				reply(c, typ, p)
				if flush {
					c.Flush()
				}
				pass(dawdles)
			}})
			defer peer.Close()
			trace := peer.Record()
			peer.Write(batchOf(3))
			pass(2*dawdles + dawdles/2)
			writes, want := writesOf(trace), []time.Duration{time.Millisecond, dawdles, 2 * dawdles}
			if flush {
				want[0] = 0
			}
			if !slices.Equal(writes, want) {
				t.Errorf("flush %v: written at %v, want %v", flush, writes, want)
			}
			pass(dawdles)
		})
	}
}

// A reply is held when a whole message waits, which the application gets without
// anybody asking the peer, and for nothing less.
func TestAReplyIsHeldForAWholeMessageOnly(t *testing.T) {
	frame := func(h wire.Header) []byte {
		h.Masked = true
		return append(wire.AppendHeader(nil, h), make([]byte, h.Length)...)
	}
	whole := frame(wire.Header{Fin: true, Opcode: wire.Text, Length: 2})
	for name, test := range map[string]struct {
		waits []byte
		held  time.Duration
	}{
		"a message":         {whole, time.Millisecond},
		"less than a frame": {whole[:len(whole)-1], 0},
		"a fragment":        {frame(wire.Header{Opcode: wire.Text, Length: 2}), 0},
		"a Ping":            {frame(wire.Header{Fin: true, Opcode: wire.Ping}), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			peer := answering(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
				reply(c, typ, p)
				pass(time.Hour)
			}})
			defer peer.Close()
			trace := peer.Record()
			peer.Write(append(batchOf(1), test.waits...))
			pass(time.Minute)
			if !websocket.FastPaths {
				test.held = 0
			}
			if writes := writesOf(trace); len(writes) == 0 || writes[0] != test.held {
				t.Errorf("%s waits: written at %v, want first %v", name, writes, test.held)
			}
			pass(2 * time.Hour)
		})
	}
}

// The Close frame, a Pong and an abrupt end find what is held gone before them.
func TestHeldMessagesLeaveBeforeTheEnd(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*websocket.Conn)
		want string
	}{
		{"Close", func(c *websocket.Conn) { c.Close(4001, "bye") }, "00 8 "},
		{"Abort", func(c *websocket.Conn) { c.Abort() }, "00 "},
		{"Ping", func(c *websocket.Conn) {
			ctx, cancel := context.WithTimeout(background, time.Millisecond/2)
			defer cancel()
			c.Ping(ctx)
		}, "00 9 01 "},
		{"a longer message", func(c *websocket.Conn) { c.Write(background, websocket.Text, []byte(strings.Repeat("x", 5000))) }, "00 long 01 "},
		{"fragments", func(c *websocket.Conn) {
			w, _ := c.NextWriter(background, websocket.Text)
			w.Write([]byte("fragment"))
			w.Close()
		}, "00 fragment  01 "},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan websocket.CloseEvent, 1)
				peer := answering(t, websocket.Events{
					OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
						if reply(c, typ, p); string(p) == "00" {
							test.end(c)
						}
					},
					OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) { ended <- ev },
				})
				trace := peer.Record()
				peer.Write(batchOf(2))
				pass(time.Second)
				got := ""
				for _, f := range trace.Frames(wstest.Server) {
					switch {
					case f.Opcode.Control():
						got += string('0'+byte(f.Opcode)) + " "
					case len(f.Payload) > 100:
						got += "long "
					default:
						got += string(f.Payload) + " "
					}
				}
				if got != test.want {
					t.Errorf("sent %q, want %q", got, test.want)
				}
				peer.Close()
				if ev := <-ended; ev.UnsentBytes != 0 || ev.UnsentMessages != 0 {
					t.Errorf("%d bytes of %d messages unsent", ev.UnsentBytes, ev.UnsentMessages)
				}
			})
		})
	}
}

// What is held and finds no room is in the CloseEvent, to the byte.
func TestHeldMessagesThatCannotLeaveAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan websocket.CloseEvent, 1)
		said := 0
		peer := answering(t, websocket.Events{
			OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
				for c.Write(background, typ, make([]byte, 1000)) == nil {
					said++
				}
			},
			OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) { ended <- ev },
		})
		trace := peer.Record()
		frames := wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Masked: true})
		peer.Write(append(frames, frames...))
		ev := <-ended // the write timeout
		left := len(trace.Wrote(wstest.Server))
		const frame = 1004
		whole := left / frame
		// One message was refused by Write itself, and is counted as well.
		wantMessages := said + 1 - whole
		wantBytes := wantMessages*1000 - max(0, left%frame-4)
		if int(ev.UnsentMessages) != wantMessages || int(ev.UnsentBytes) != wantBytes || ev.Cause != "write-timeout" {
			t.Errorf("%s: %d bytes of %d messages unsent, want %d of %d", ev.Cause, ev.UnsentBytes, ev.UnsentMessages, wantBytes, wantMessages)
		}
		peer.Close()
	})
}

// A context that ends while what is held is on its way withdraws the new message
// only; the connection goes on.
func TestACancelledWriteLeavesWhatIsHeldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cancelled error
		peer := answering(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			if string(p) != "00" {
				reply(c, typ, p)
				return
			}
			c.Write(background, websocket.Binary, make([]byte, 45_000)) // of the pipe's 64 KiB
			for range 30 {
				c.Write(background, websocket.Binary, make([]byte, 1000))
			}
			ctx, cancel := context.WithTimeout(background, time.Second)
			defer cancel()
			cancelled = c.Write(ctx, websocket.Binary, make([]byte, 5000))
		}})
		trace := peer.Record()
		peer.Write(batchOf(2))
		pass(2 * time.Second)
		if websocket.FastPaths && cancelled != context.DeadlineExceeded {
			t.Errorf("Write = %v", cancelled)
		}
		for read := 0; read < 45_000+30*1000; {
			n, err := peer.Read(make([]byte, 1000))
			if read += n; err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		frames := trace.Frames(wstest.Server)
		if n := len(frames); websocket.FastPaths && (n != 32 || string(frames[n-1].Payload) != "01") {
			t.Errorf("%d frames", n)
		}
		peer.Close()
	})
}
