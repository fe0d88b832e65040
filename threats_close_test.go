package websocket_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

// The rows of docs/threats.md about closing: RFC 6455, sections 5.5.1 and 7.

func TestThreatEmptyClose(t *testing.T) {
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		h.send(0x88, "")
		e := h.end()
		check(t, "endpoint", e.event, "1005||clean|remote|closing||fin")
		if want := []rawFrame{{0x88, ""}}; !slices.Equal(e.frames, want) {
			t.Errorf("answered with %v, want %v", e.frames, want)
		}
	})
}

func TestThreatForbiddenCloseCodes(t *testing.T) {
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		h.send(0x88, "\x03")
		if e := h.fails(1002, "protocol-error"); e.event.OffendingCode != nil {
			t.Errorf("one byte is no code, and %v is called one", e.event.OffendingCode)
		}
	})
	for _, code := range []int{0, 1, 100, 256, 255, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2999, 5000, 5001, 9999, 32768, 65535} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
				h.send(0x82, "before", 0x88, closing(code, "forged"))
				e := h.fails(1002, "protocol-error", "before")
				if off := e.event.OffendingCode; off == nil || int(*off) != code || e.event.Reason != "" {
					t.Errorf("offending code %v, reason %q", off, e.event.Reason)
				}
			})
		})
	}
}

func TestThreatValidCloseCodes(t *testing.T) {
	reasons := []string{"", "bye", "\x00 \n\x1b[31m <b> \u20ac \U0001f44b \ufeff\ufffd", strings.Repeat("\u20ac", 41)}
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4999} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			for _, reason := range reasons {
				inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
					h.send(0x88, closing(code, reason))
					e := h.end()
					if ev := e.event; int(ev.Code) != code || ev.Reason != reason || !ev.WasClean || ev.Initiator != "remote" || ev.Cause != "" {
						t.Errorf("%v", ev)
					}
					if want := []rawFrame{{0x88, closing(code, reason)}}; !slices.Equal(e.frames, want) {
						t.Errorf("answered with %v, want %v", e.frames, want)
					}
				})
			}
		})
	}
}

func TestThreatReasonNotUTF8(t *testing.T) {
	for _, reason := range []string{"\xff", "secret\xc3(", "secret\xe2\x82", "secret\xed\xa0\x80", "\xc0\x80secret", "secret\xf4\x90\x80\x80"} {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			h.send(0x82, "before", 0x88, closing(1000, reason))
			e := h.fails(1007, "invalid-utf8", "before")
			if last := e.lastClose(t); strings.Contains(last.payload, "secret") || strings.Contains(last.payload, reason) || e.event.Reason != "" {
				t.Errorf("echoed in %v, reported as %q", last, e.event.Reason)
			}
		})
	}
}

// A reason that does not fit is refused where it is given, and nothing of it is
// written; where no error can be returned it is cut at a character, or replaced.
func TestThreatLocalReason(t *testing.T) {
	most := strings.Repeat("r", 123)
	bad := []string{most + "r", strings.Repeat("\u20ac", 42), strings.Repeat("r", 65536), "\xe2\x82", most[:122] + "\xc3", "\xff"}
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		for _, reason := range bad {
			var misuse *protocol.MisuseError
			if err := h.endpoint.Close(1000, reason); !errors.As(err, &misuse) {
				t.Errorf("Close with %d bytes, %.10q: %v", len(reason), reason, err)
			}
		}
		synctest.Wait()
		h.send(0x82, "still open")
		if _, p, err := h.endpoint.Read(background); string(p) != "still open" {
			t.Fatalf("Read = %q, %v", p, err)
		}
		go h.endpoint.Close(1000, most)
		e := h.endAnswering(h.frame(0x88, closing(1000, "")))
		if want := []rawFrame{{0x88, closing(1000, most)}}; !slices.Equal(e.frames, want) {
			t.Errorf("sent %v, want %v", e.frames, want)
		}
	})
	for _, reason := range bad {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t, nil, &websocket.AcceptOptions{
				AnswerClose: func(websocket.CloseFrame) websocket.CloseFrame {
					return websocket.CloseFrame{Code: 1000, Reason: reason}
				},
			})
			client.Close(4000, "echo me")
			check(t, "client", eventOf(client), "4000|echo me|clean|local|closing||fin")
			<-server.Done()
		})
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(background)
			client, server := pair(t, nil, &websocket.AcceptOptions{Context: ctx})
			cancel(websocket.CloseFrame{Code: 1012, Reason: reason})
			ev := eventOf(client)
			whole := string([]rune(reason)) // with U+FFFD for what is not UTF-8
			if ev.Code != 1001 || len(ev.Reason) > 123 || !strings.HasPrefix(whole, ev.Reason) || ev.Reason == "" || len(ev.Reason) < min(len(whole), 120) {
				t.Errorf("a context's cause with %.10q was closed as %v", reason, ev)
			}
			<-server.Done()
		})
	}
}

func TestThreatDataBehindClose(t *testing.T) {
	answer := []rawFrame{{0x88, closing(4000, "first")}}
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) { // in the same segment
		h.send(0x82, "before", 0x88, closing(4000, "first"), 0x82, "data", 0x89, "ping", 0x88, closing(4001, "second"), 0x83, "")
		e := h.end()
		check(t, "endpoint", e.event, "4000|first|clean|remote|closing||fin")
		if !slices.Equal(e.messages, []string{"before"}) || !slices.Equal(e.frames, answer) {
			t.Errorf("messages %q, frames %v", e.messages, e.frames)
		}
	})
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) { // behind the answer
		h.send(0x88, closing(4000, "first"))
		go h.endpoint.Read(background)
		synctest.Wait()
		h.send(0x82, "data", 0x88, closing(4001, "second"), 0x88, closing(1005, ""), 0x81, "\xff")
		synctest.Wait()
		h.CloseWrite()
		e := h.end()
		check(t, "endpoint", e.event, "4000|first|clean|remote|closing||fin")
		if len(e.messages) != 0 || !slices.Equal(e.frames, answer) {
			t.Errorf("messages %q, frames %v", e.messages, e.frames)
		}
	})
}

func TestThreatCrossingCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		go client.Close(4000, "mine")
		server.Close(4001, "yours")
		check(t, "client", eventOf(client), "4001|yours|clean|both|closing||fin")
		check(t, "server", eventOf(server), "4000|mine|clean|both|closing||fin")
	})
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		go h.endpoint.Close(4000, "mine")
		synctest.Wait() // it has left, and the peer has not read it
		h.send(0x88, closing(4001, "yours"))
		h.CloseWrite()
		e := h.end()
		check(t, "endpoint", e.event, "4001|yours|clean|both|closing||fin")
		if want := []rawFrame{{0x88, closing(4000, "mine")}}; !slices.Equal(e.frames, want) {
			t.Errorf("sent %v, want %v", e.frames, want)
		}
	})
}

func TestThreatUnansweredClose(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{0: 10 * time.Second, 3 * time.Second: 3 * time.Second} {
		inBothRoles(t, websocket.Limits{CloseTimeout: limit}, func(t *testing.T, h *hostile) {
			go io.Copy(io.Discard, h)
			err := h.endpoint.Close(4000, "hello?")
			if took := time.Since(h.began); took != want {
				t.Errorf("Close took %v, want %v", took, want)
			}
			var closed *websocket.CloseError
			if !errors.As(err, &closed) {
				t.Fatalf("Close = %v", err)
			}
			check(t, "endpoint", closed.Event, "1006||unclean|local|closing|close-timeout|timeout")
			h.isGone()
		})
	}
	// Frames of other kinds are no answer and win no time.
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		go io.Copy(io.Discard, h)
		go func() {
			for err := error(nil); err == nil; pass(time.Second) {
				_, err = h.Write(join(h.frame(0x89, "ping"), h.frame(0x82, "data")))
			}
		}()
		h.endpoint.Close(4000, "")
		check(t, "endpoint", eventOf(h.endpoint), "1006||unclean|local|closing|close-timeout|timeout")
		if took := time.Since(h.began); took != 10*time.Second {
			t.Errorf("Close took %v", took)
		}
	})
}

// isGone asserts that the endpoint has let go of the stream: the peer cannot
// write any more, once the reset has come that answers its first byte.
func (h *hostile) isGone() {
	h.t.Helper()
	h.Write([]byte("x"))
	if _, err := h.Write([]byte("x")); err == nil {
		h.t.Error("the endpoint still holds its socket")
	}
}

// The peer answers and never ends TCP: the event has its code and is clean, and
// the socket is gone when the transport timeout is over.
func TestThreatTCPLeftOpen(t *testing.T) {
	for _, limits := range []websocket.Limits{{}, {TransportTimeout: 5 * time.Second}} {
		for _, byPeer := range []bool{false, true} {
			inBothRoles(t, limits, func(t *testing.T, h *hostile) {
				want := limits.TransportTimeout
				if want == 0 {
					want = time.Second // a server's
				}
				if h.asClient && limits.TransportTimeout == 0 {
					want = 2 * time.Second
				}
				initiator := "remote"
				if !byPeer {
					initiator = "local"
					go h.endpoint.Close(4000, "bye")
					synctest.Wait()
				}
				h.send(0x88, closing(4000, "bye"))
				h.endpoint.Read(background)
				check(t, "endpoint", eventOf(h.endpoint), "4000|bye|clean|"+initiator+"|closing||timeout")
				if took := time.Since(h.began); took != want {
					t.Errorf("it took %v, want %v", took, want)
				}
				h.isGone()
			})
		}
	}
}

// The peer closes while a message is stuck in front of it, and reads nothing.
func TestThreatCloseBehindFullQueue(t *testing.T) {
	inBothRoles(t, websocket.Limits{WriteTimeout: time.Hour}, func(t *testing.T, h *hostile) {
		errs := make(chan error, 3)
		for range cap(errs) { // one is being written, two wait for their turn
			go func() { errs <- h.endpoint.Write(background, websocket.Binary, make([]byte, 1<<20)) }()
		}
		go h.endpoint.Read(background)
		synctest.Wait()
		h.send(0x88, closing(4001, "enough"))
		ev := eventOf(h.endpoint)
		check(t, "endpoint", ev, "4001|enough|unclean|remote|closing|write-timeout|timeout")
		if took := time.Since(h.began); took > 10*time.Second {
			t.Errorf("it took %v, more than the close timeout", took)
		}
		if ev.UnsentMessages != 1 || ev.UnsentBytes < 1<<20-128<<10 || ev.UnsentBytes >= 1<<20 || ev.Sent != nil {
			t.Errorf("unsent: %d messages, %d bytes; sent %v", ev.UnsentMessages, ev.UnsentBytes, ev.Sent)
		}
		for range cap(errs) {
			if err := <-errs; !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write = %v", err)
			}
		}
	})
}

// A socket that is closed with unread input resets. Over real TCP the peer, which
// has sent more than anybody reads, finds the Close frame and then a FIN.
func TestThreatResetOfUnreadInput(t *testing.T) {
	for _, unread := range []int{1, 1000, 300 << 10} {
		for _, asClient := range []bool{true, false} {
			for range 10 {
				h := overTCP(t, asClient)
				h.raw(h.header(0x82, uint64(unread)))
				h.raw(make([]byte, unread/2)) // in the middle of a message
				closed := make(chan error, 1)
				go func() { closed <- h.endpoint.Close(4000, "bye") }()
				if p := h.await(0x88); p != closing(4000, "bye") {
					t.Errorf("the Close frame is %q", p)
				}
				h.raw(make([]byte, unread-unread/2))
				h.send(0x88, closing(4000, ""))
				h.CloseWrite() // as a server's FIN, or behind the endpoint's
				if rest, err := io.ReadAll(h); err != nil || len(rest) != 0 {
					t.Errorf("behind the Close frame: %x, %v", rest, err)
				}
				if err := <-closed; err != nil {
					t.Errorf("%d bytes unread: %v", unread, err)
				}
				h.Close()
			}
		}
	}
	// A failure ends as softly, and the drain ends.
	for _, asClient := range []bool{true, false} {
		h := overTCP(t, asClient)
		h.raw([]byte{0x83, 0})
		h.raw(make([]byte, 200<<10))
		go h.endpoint.Read(background)
		if p := h.await(0x88); !strings.HasPrefix(p, closing(1002, "")) {
			t.Errorf("the Close frame is %q", p)
		}
		if rest, err := io.ReadAll(h); err != nil || len(rest) != 0 {
			t.Errorf("behind the Close frame: %x, %v", rest, err)
		}
		ev := eventOf(h.endpoint) // though the peer does not end its half
		check(t, "endpoint", ev, "1006||unclean|local|open|protocol-error|timeout")
		h.Close()
	}
}

// await reads frames until one has the first byte, and returns its payload.
func (h *hostile) await(first byte) string {
	h.t.Helper()
	var p []byte
	for {
		if f, n := h.parse(p); n > 0 {
			if p = p[n:]; f.first == first {
				return f.payload
			}
			continue
		}
		var b [1]byte
		if _, err := h.Read(b[:]); err != nil {
			h.t.Errorf("no frame %x came: %v", first, err)
			return ""
		}
		p = append(p, b[0])
	}
}

// Our write fails, and the peer's Close frame has been here all the time.
func TestThreatFailedWriteHidesClose(t *testing.T) {
	t.Run("TCP", func(t *testing.T) {
		for _, asClient := range []bool{true, false} {
			for range 30 {
				h := overTCP(t, asClient)
				h.send(0x88, closing(4001, "bye"))
				h.halfCloser.(*net.TCPConn).SetLinger(0)
				h.Close()
				var err error
				for err == nil {
					err = h.endpoint.Write(background, websocket.Binary, []byte("hello?"))
				}
				if ev := eventOf(h.endpoint); ev.Code != 4001 || ev.Reason != "bye" || ev.WasClean || !errors.Is(err, net.ErrClosed) {
					t.Errorf("as client %v: %v, Write = %v", asClient, ev, err)
				}
			}
		}
	})
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		h.send(0x82, "one", 0x88, closing(4001, "bye"))
		h.Close()
		h.endpoint.Write(background, websocket.Text, nil) // a reset answers it
		if err := h.endpoint.Write(background, websocket.Text, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
		e := h.end()
		check(t, "endpoint", e.event, "4001|bye|unclean|remote|open|reset|fin")
		if !slices.Equal(e.messages, []string{"one"}) {
			t.Errorf("messages %q", e.messages)
		}
	})
	t.Run("and when none comes, the wait ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var broken *brokenPipe
			c := dialThrough(t, func(conn net.Conn) net.Conn {
				broken = &brokenPipe{Conn: conn}
				return broken
			})
			broken.now.Store(true)
			start := time.Now()
			c.Write(background, websocket.Text, nil)
			check(t, "client", eventOf(c), "1006||unclean|none|open|reset|timeout")
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("it took %v, want the transport timeout", took)
			}
		})
	})
}

// brokenPipe is a connection on which writing fails from some moment on.
type brokenPipe struct {
	net.Conn
	now atomic.Bool
}

func (c *brokenPipe) Write(p []byte) (int, error) {
	if c.now.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// dialThrough connects to an echo server through what wrap makes of the pipe.
func dialThrough(t *testing.T, wrap func(net.Conn) net.Conn) *websocket.Conn {
	t.Helper()
	l := serve(t, websocket.Handler(echo, nil))
	c, err := websocket.Dial(background, "ws://test/", &websocket.DialOptions{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := l.DialContext(ctx, network, address)
			return wrap(conn), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestThreatResetBehindBothCloses(t *testing.T) {
	for _, byPeer := range []bool{false, true} {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			initiator := "remote"
			if !byPeer {
				initiator = "local"
				go h.endpoint.Close(4000, "bye")
				synctest.Wait()
			}
			h.send(0x88, closing(4000, "bye"))
			go h.endpoint.Read(background)
			synctest.Wait() // both Close frames have gone through
			h.halfCloser.(*wstest.Conn).Reset()
			check(t, "endpoint", eventOf(h.endpoint), "4000|bye|clean|"+initiator+"|closing||reset")
		})
	}
}

// Every Write says the truth about its message: accepted, and then the peer has
// it, or refused, and then not one byte of it was sent. Nothing leaves behind our
// Close frame.
func TestThreatSendRacingClose(t *testing.T) {
	const writers = 8
	lives := uint64(200)
	if testing.Short() {
		lives = 20
	}
	for seed := range lives {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			random := rand.New(rand.NewPCG(seed, 0))
			accepted := make([][]string, writers)
			var wg sync.WaitGroup
			for i := range writers {
				size, pause := 1+random.IntN(1<<random.IntN(15)), time.Duration(1+random.IntN(3))
				wg.Go(func() {
					for n := 0; ; n++ {
						message := strconv.Itoa(i) + " " + strconv.Itoa(n) + strings.Repeat(".", size)
						err := h.endpoint.Write(background, websocket.Text, []byte(message))
						if err != nil {
							if !errors.Is(err, net.ErrClosed) {
								t.Errorf("Write = %v", err)
							}
							return
						}
						accepted[i] = append(accepted[i], message)
						pass(pause)
					}
				})
			}
			closers, wait := 1+random.IntN(3), time.Duration(random.IntN(100))
			for range closers {
				wg.Go(func() {
					pass(wait)
					runtime.Gosched()
					h.endpoint.Close(4000, "bye")
				})
			}
			e := h.endAnswering(h.frame(0x88, closing(4000, "bye")))
			wg.Wait()
			if last := e.lastClose(t); last.payload != closing(4000, "bye") || !e.event.WasClean {
				t.Errorf("seed %d: %v, %v", seed, last, e.event)
			}
			arrived := make([][]string, writers)
			for _, f := range e.frames[:len(e.frames)-1] {
				i, _ := strconv.Atoi(f.payload[:strings.IndexByte(f.payload, ' ')])
				arrived[i] = append(arrived[i], f.payload)
			}
			for i := range writers {
				if !slices.Equal(arrived[i], accepted[i]) {
					t.Errorf("seed %d, writer %d: %d messages accepted, %d arrived", seed, i, len(accepted[i]), len(arrived[i]))
				}
			}
		})
	}
}

// Whatever comes behind the CloseEvent, there is no second, and it does not
// change. (The bubble waits for an hour behind every test in both roles.)
func TestThreatLateTimer(t *testing.T) {
	for name, ends := range map[string]func(h *hostile){
		"answered": func(h *hostile) { h.send(0x88, closing(4000, "bye")); h.CloseWrite() },
		"the answer at the very end of the wait": func(h *hostile) {
			pass(10 * time.Second)
			h.Write(h.frame(0x88, closing(4000, "bye")))
			h.CloseWrite()
		},
		"a reset at the very end of the wait": func(h *hostile) { pass(10 * time.Second); h.halfCloser.(*wstest.Conn).Reset() },
		"the FIN at the very end of the wait": func(h *hostile) {
			h.send(0x88, closing(4000, "bye"))
			pass(map[bool]time.Duration{true: 2 * time.Second, false: time.Second}[h.asClient])
			h.CloseWrite()
		},
		"a violation": func(h *hostile) { h.raw([]byte{0x83, 0x80, 0, 0, 0, 0}) },
		"nothing":     func(*hostile) {},
	} {
		t.Run(name, func(t *testing.T) {
			inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
				go h.endpoint.Close(4000, "bye")
				go h.endpoint.Ping(background)
				synctest.Wait()
				ends(h)
				first := eventOf(h.endpoint)
				h.Write(h.frame(0x88, closing(4002, "late")))
				h.halfCloser.(*wstest.Conn).Reset()
				h.endpoint.Abort()
				h.endpoint.Close(4003, "late")
				pass(time.Minute)
				if again := eventOf(h.endpoint); again != first {
					t.Errorf("%v became %v", first, again)
				}
			})
		})
	}
	t.Run("a context that ends late", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			told := 0
			client, server := pair(t, nil, &websocket.AcceptOptions{Context: ctx, Trace: websocket.Trace{
				Closed: func(*websocket.Conn, websocket.CloseEvent) { told++ },
			}})
			client.Close(4000, "")
			first := eventOf(server)
			cancel()
			pass(time.Hour)
			if told != 1 || eventOf(server) != first {
				t.Errorf("told %d times: %v, %v", told, first, eventOf(server))
			}
		})
	})
}

// That one end was clean does not say that the other was: the Close frame that
// completes the handshake can be lost.
func TestThreatLastCloseLost(t *testing.T) {
	t.Run("the server's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			servers := make(chan *websocket.Conn, 1)
			l := serve(t, websocket.Handler(func(c *websocket.Conn) { servers <- c; <-c.Done() }, nil))
			var link *deafConn
			client, err := websocket.Dial(background, "ws://test/", &websocket.DialOptions{
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := l.DialContext(ctx, network, address)
					link = &deafConn{Conn: conn}
					return link, err
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			link.now.Store(true)
			client.Close(4000, "bye")
			lost(t, client, <-servers)
		})
	})
	t.Run("the client's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			servers := make(chan *websocket.Conn, 1)
			l := &deafListener{Listener: wstest.NewListener()}
			server := &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) { servers <- c; <-c.Done() }, nil)}
			go server.Serve(l)
			defer server.Close()
			client := dial(t, l.Listener, nil)
			go client.Read(background)
			c := <-servers
			l.link.now.Store(true)
			c.Close(4000, "bye")
			lost(t, c, client)
		})
	})
}

// lost checks both ends of a connection that closer closed, when the answer was
// lost.
func lost(t *testing.T, closer, other *websocket.Conn) {
	t.Helper()
	check(t, "who closed", eventOf(closer), "1006||unclean|local|closing|reset|reset")
	if ev := eventOf(other); ev.Code != 4000 || ev.Reason != "bye" || !ev.WasClean || ev.Initiator != "remote" {
		t.Errorf("who answered: %v", ev)
	}
}

// deafConn is a connection on which, from some moment on, what comes is lost and
// reading ends with a reset.
type deafConn struct {
	net.Conn
	now atomic.Bool
}

func (c *deafConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.now.Load() && (err == nil || err == io.EOF) {
		return 0, syscall.ECONNRESET
	}
	return n, err
}

func (c *deafConn) CloseWrite() error { return c.Conn.(*wstest.Conn).CloseWrite() }

// deafListener makes its connections deafConns.
type deafListener struct {
	*wstest.Listener
	link *deafConn
}

func (l *deafListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.link = &deafConn{Conn: conn}
	return l.link, nil
}
