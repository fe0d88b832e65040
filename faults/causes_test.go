//go:build linux

package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// byType finds the cause of an error without its CloseEvent: from the types and
// values that errors.As and errors.Is find in it. A program can tell by type
// what a log tells by word.
func byType(err error) protocol.Cause {
	if v, ok := errors.AsType[*protocol.Violation](err); ok {
		return byRule(v.Rule)
	}
	if ended, ok := errors.AsType[*protocol.EOFError](err); ok {
		return ended.Cause
	}
	if waited, ok := errors.AsType[*protocol.TimeoutError](err); ok {
		return waited.Cause
	}
	has := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	op, _ := errors.AsType[*net.OpError](err)
	switch {
	case is[*protocol.AbortError](err):
		return protocol.CauseAborted
	case is[*protocol.MisuseError](err):
		return protocol.CauseBadURL
	case is[*handshake.ResponseError](err), is[*handshake.SyntaxError](err), is[*handshake.MisuseError](err):
		return protocol.CauseBadHandshake
	case is[*net.DNSError](err):
		return protocol.CauseDNS
	case is[*tls.CertificateVerificationError](err), is[tls.RecordHeaderError](err):
		return protocol.CauseTLS
	case has(io.ErrUnexpectedEOF):
		return protocol.CauseTLSTruncated
	case op != nil && (op.Op == "remote error" || op.Op == "local error"):
		return protocol.CauseTLSAlert
	case has(context.Canceled):
		return protocol.CauseContextCanceled
	case has(syscall.ECONNREFUSED):
		return protocol.CauseRefused
	case has(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT):
		return protocol.CauseUnreachable
	case has(syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE):
		return protocol.CauseReset
	case is[syscall.Errno](err):
		return protocol.CauseDialFailed
	}
	return "no type of its own"
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func byRule(rule wire.Rule) protocol.Cause {
	switch rule {
	case wire.RuleTextUTF8, wire.RuleCloseReasonUTF8:
		return protocol.CauseInvalidUTF8
	case wire.RuleMessageTooBig:
		return protocol.CauseMessageTooBig
	case wire.RuleTooManyFragments, wire.RuleTooManyEmptyFragments:
		return protocol.CauseTooManyFragments
	case wire.RuleTooManyMessages, wire.RuleTooManyBytes:
		return protocol.CauseRateExceeded
	case wire.RuleMandatoryExtension:
		return protocol.CauseMandatoryExtension
	}
	return protocol.CauseProtocolError
}

// provoked is a way to lose a connection, and what our end must say of it.
type provoked struct {
	name      string
	cause     protocol.Cause
	phase     protocol.Phase
	transport protocol.TransportEnd
	// provoke has the connection opened, or not, with the trace in its options,
	// and returns it, or the error of Dial.
	provoke func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error)
}

func TestEveryCauseOf1006IsToldApartByWordAndByType(t *testing.T) {
	seen := make(chan protocol.Cause, 100)
	all := append(neverOpened(), lost()...)
	all = append(append(all, violated()...), timedOut()...)
	t.Run("each", func(t *testing.T) {
		for _, p := range all {
			t.Run(string(p.cause)+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				var events ledger
				c, err := p.provoke(t, events.trace())
				if c != nil {
					err = ended(t, c)
				}
				closed, ok := errors.AsType[*websocket.CloseError](err)
				if !ok {
					t.Fatalf("the error is %#v, not a *CloseError", err)
				}
				ev := events.one(t, c)
				if ev != closed.Event {
					t.Errorf("the error has another event than the trace: %v, %v", closed.Event, ev)
				}
				if ev.Code != websocket.AbnormalClosure || ev.WasClean || ev.Reason != "" || ev.Received != nil {
					t.Errorf("it is not 1006: %v", ev)
				}
				if ev.Cause != p.cause || ev.Phase != p.phase || ev.Transport != p.transport {
					t.Errorf("%s, %s, %s; want %s, %s, %s: %v", ev.Cause, ev.Phase, ev.Transport, p.cause, p.phase, p.transport, err)
				}
				if got := byType(err); got != p.cause {
					t.Errorf("by type it is %s, want %s: %#v", got, p.cause, closed.Err)
				}
				seen <- ev.Cause
			})
		}
	})
	close(seen)
	distinct := map[protocol.Cause]int{}
	for cause := range seen {
		distinct[cause]++
	}
	t.Logf("%d ways, %d causes", len(all), len(distinct))
	if len(distinct) < 24 {
		t.Errorf("%d distinct causes of 1006, want 24: %v", len(distinct), distinct)
	}
}

// neverOpened are the ways in which Dial fails.
func neverOpened() []provoked {
	// to dials an address, with more options than the trace if set is not nil.
	to := func(address func(t *testing.T) string, set func(t *testing.T, o *websocket.DialOptions)) func(*testing.T, websocket.Trace) (*websocket.Conn, error) {
		return func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			opts := &websocket.DialOptions{Trace: trace}
			if set != nil {
				set(t, opts)
			}
			return websocket.Dial(background, address(t), opts)
		}
	}
	fixed := func(url string) func(*testing.T) string { return func(*testing.T) string { return url } }
	raw := func(serve func(*net.TCPConn)) func(*testing.T) string {
		return func(t *testing.T) string { return "ws://" + listen(t, serve) }
	}
	silent := func(conn *net.TCPConn) { io.Copy(io.Discard, conn) }
	impatient := func(_ *testing.T, o *websocket.DialOptions) { o.OpeningTimeout = 100 * time.Millisecond }
	return []provoked{
		{"another scheme", "bad-url", "dialing", "none", to(fixed("ftp://127.0.0.1/"), nil)},
		{"no host", "bad-url", "dialing", "none", to(fixed("ws:///"), nil)},
		{"no such host", "dns", "dialing", "none", to(fixed("ws://nowhere.example/"), func(t *testing.T, o *websocket.DialOptions) {
			o.Dial = (&net.Dialer{Resolver: emptyDNS(t)}).DialContext
		})},
		{"nobody listens", "refused", "dialing", "none", to(func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			return "ws://" + l.Addr().String()
		}, nil)},
		// TCP has no route to everybody at once.
		{"no route", "unreachable", "dialing", "none", to(fixed("ws://255.255.255.255:9/"), nil)},
		{"an address of another machine to dial from", "dial-failed", "dialing", "none", to(fixed("ws://127.0.0.1:9/"), func(_ *testing.T, o *websocket.DialOptions) {
			o.Dial = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}).DialContext
		})},
		{"a certificate that nobody signed", "tls", "tls", "local", to(func(t *testing.T) string {
			address, _ := serveTLS(t, http.NotFoundHandler())
			return "wss://" + address
		}, nil)},
		{"no TLS at the other end", "tls", "tls", "tls-alert", to(func(t *testing.T) string {
			return "wss://" + serve(t, http.NotFoundHandler())
		}, nil)},
		{"404", "bad-handshake", "opening", "local", to(func(t *testing.T) string { return "ws://" + serve(t, http.NotFoundHandler()) }, nil)},
		{"no HTTP", "bad-handshake", "opening", "local", to(raw(func(conn *net.TCPConn) {
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n\r\n")
			silent(conn)
		}), nil)},
		{"a header field that cannot be sent", "bad-handshake", "dialing", "none", to(fixed("ws://127.0.0.1:9/"), func(_ *testing.T, o *websocket.DialOptions) {
			o.Header = http.Header{"X": {"a\nb"}}
		})},
		{"no response", "open-timeout", "opening", "local", to(raw(silent), impatient)},
		{"no TLS handshake", "open-timeout", "tls", "local", to(func(t *testing.T) string { return "wss://" + listen(t, silent) }, impatient)},
		{"FIN in place of a response", "eof", "opening", "fin", to(raw(func(conn *net.TCPConn) {
			conn.CloseWrite()
			silent(conn)
		}), nil)},
		{"a reset in place of a response", "reset", "opening", "reset", to(raw(func(conn *net.TCPConn) {
			conn.Read(make([]byte, 1))
			conn.SetLinger(0)
			conn.Close()
		}), nil)},
		{"the context ends", "context-canceled", "opening", "local", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			ctx, cancel := context.WithCancel(background)
			address := listen(t, func(conn *net.TCPConn) {
				conn.Read(make([]byte, 1))
				cancel()
				silent(conn)
			})
			return websocket.Dial(ctx, "ws://"+address, &websocket.DialOptions{Trace: trace})
		}},
		{"an extension that the server lacks", "mandatory-extension", "opening", "fin", to(func(t *testing.T) string {
			address, _ := accept(t, nil)
			return "ws://" + address
		}, func(_ *testing.T, o *websocket.DialOptions) { o.RequiredExtensions = []string{"x-missing"} })},
	}
}

// emptyDNS resolves names with a server on loopback that knows none.
func emptyDNS(t *testing.T) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		for {
			p := make([]byte, 512)
			n, from, err := conn.ReadFrom(p)
			if err != nil {
				return
			}
			if n < 12 {
				continue
			}
			// The question comes back as it is, as a response with "name error"
			// (RFC 1035, section 4.1.1).
			p[2], p[3] = p[2]|0x80, p[3]&0xf0|3
			conn.WriteTo(p[:n], from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// viaProxy opens a connection to a server that does as it likes, through a Proxy
// that does damage to what the client is sent.
func viaProxy(damage wstest.Damage, serve func(*websocket.Conn)) func(*testing.T, websocket.Trace) (*websocket.Conn, error) {
	return func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
		address, accepted := accept(t, nil)
		p, err := wstest.NewProxy(address, wstest.Damage{}, damage)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		c := dial(t, "ws://"+p.Addr(), &websocket.DialOptions{Trace: trace})
		serve(<-accepted)
		return c, nil
	}
}

// lost are the ways in which the transport of an open connection is lost.
func lost() []provoked {
	hello := func(c *websocket.Conn) { c.Write(background, websocket.Text, []byte("hello")) }
	fragment := func(c *websocket.Conn) {
		if w, err := c.NextWriter(background, websocket.Text); err == nil {
			io.WriteString(w, "hello")
		}
	}
	at := func(b wstest.Break, n int64) wstest.Damage { return wstest.Damage{Break: b, At: n, BehindHead: true} }
	// The frame of hello has 7 bytes.
	return []provoked{
		{"before the first message", "eof", "open", "fin", viaProxy(at(wstest.BreakCut, 0), hello)},
		{"behind a message", "eof", "open", "fin", viaProxy(at(wstest.BreakCut, 7), hello)},
		{"inside a header", "eof-in-frame", "open", "fin", viaProxy(at(wstest.BreakCut, 1), hello)},
		{"inside a payload", "eof-in-frame", "open", "fin", viaProxy(at(wstest.BreakCut, 4), hello)},
		{"between two fragments", "eof-in-message", "open", "fin", viaProxy(at(wstest.BreakCut, 7), fragment)},
		{"of both ends", "reset", "open", "reset", viaProxy(at(wstest.BreakReset, 4), hello)},
		{"of one end", "reset", "open", "reset", viaProxy(at(wstest.BreakResetReceiver, 7), hello)},
		{"while the peer answers our Close", "eof-in-frame", "closing", "fin", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			c, err := viaProxy(at(wstest.BreakCut, 3), func(*websocket.Conn) {})(t, trace)
			c.Close(4000, "bye")
			return c, err
		}},
		{"of a client, at the server", "eof", "open", "fin", fromClient(func(conn *net.TCPConn) { conn.Close() })},
		{"of a client, inside a frame, at the server", "eof-in-frame", "open", "fin", fromClient(func(conn *net.TCPConn) {
			io.WriteString(conn, "\x81\x85key")
			conn.Close()
		})},
		{"by a client, at the server", "reset", "open", "reset", fromClient(func(conn *net.TCPConn) {
			conn.SetLinger(0)
			conn.Close()
		})},
		{"TCP ends below TLS", "tls-truncated", "open", "tls-truncated", overTLS(func(_ *tls.Conn, below *net.TCPConn) { below.CloseWrite() })},
		{"bytes that are no TLS", "tls-alert", "open", "tls-alert", overTLS(func(_ *tls.Conn, below *net.TCPConn) {
			io.WriteString(below, "\x17\x03\x03\x00\x20 these bytes are no record of TLS")
		})},
		{"an alert of the peer", "tls-alert", "open", "tls-alert", alerted},
		{"Abort", "aborted", "open", "local", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			address, _ := accept(t, nil)
			c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: trace})
			c.Abort()
			return c, nil
		}},
		{"the connection below is closed by its owner", "aborted", "open", "local", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			address, _ := accept(t, nil)
			var below net.Conn
			c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: trace, Dial: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
				below, err = new(net.Dialer).DialContext(ctx, network, address)
				return below, err
			}})
			below.Close()
			return c, nil
		}},
	}
}

// fromClient opens a connection of a raw client to a server of ours.
func fromClient(then func(*net.TCPConn)) func(*testing.T, websocket.Trace) (*websocket.Conn, error) {
	return func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
		address, accepted := accept(t, &websocket.AcceptOptions{Trace: trace})
		conn, err := rawDial(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		c := <-accepted
		then(conn)
		return c, nil
	}
}

// overTLS opens a connection of ours to a raw server over TLS.
func overTLS(then func(secure *tls.Conn, below *net.TCPConn)) func(*testing.T, websocket.Trace) (*websocket.Conn, error) {
	return func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
		address, config := openedTLS(t, func(secure *tls.Conn, below *net.TCPConn) {
			then(secure, below)
			io.Copy(io.Discard, below)
		})
		return dial(t, "wss://"+address, &websocket.DialOptions{TLS: config, Trace: trace}), nil
	}
}

// alerted is a client of which something in between spoils the bytes: the server
// answers with a fatal alert.
func alerted(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
	address, config := openedTLS(t, func(secure *tls.Conn, _ *net.TCPConn) { io.Copy(io.Discard, secure) })
	var below net.Conn
	c := dial(t, "wss://"+address, &websocket.DialOptions{TLS: config, Trace: trace, Dial: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		below, err = new(net.Dialer).DialContext(ctx, network, address)
		return below, err
	}})
	io.WriteString(below, "\x17\x03\x03\x00\x20 these bytes are no record of TLS")
	return c, nil
}

// violated are rules and limits that a raw server breaks.
func violated() []provoked {
	sends := func(frames string) func(*testing.T, websocket.Trace) (*websocket.Conn, error) {
		return func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			address := opened(t, func(conn *net.TCPConn) {
				io.WriteString(conn, frames)
				io.Copy(io.Discard, conn) // to our FIN
				conn.Close()
			})
			return dial(t, "ws://"+address, &websocket.DialOptions{
				Trace: trace, Limits: websocket.Limits{MessageBytes: 1000, Fragments: 3},
			}), nil
		}
	}
	return []provoked{
		{"a reserved opcode", "protocol-error", "open", "fin", sends("\x83\x00")},
		{"1006 on the wire", "protocol-error", "open", "fin", sends("\x88\x02\x03\xee")},
		{"a frame without a mask, at the server", "protocol-error", "open", "fin", fromClient(func(conn *net.TCPConn) {
			io.WriteString(conn, "\x81\x02hi")
			io.Copy(io.Discard, conn)
			conn.Close()
		})},
		{"a text", "invalid-utf8", "open", "fin", sends("\x81\x02\xc3\x28")},
		{"a reason", "invalid-utf8", "open", "fin", sends("\x88\x04\x03\xe8\xc3\x28")},
		{"announced", "message-too-big", "open", "fin", sends("\x82\x7e\x03\xe9")},
		{"four", "too-many-fragments", "open", "fin", sends("\x01\x01a\x00\x01a\x00\x01a\x00\x01a")},
	}
}

// timedOut are the waits for a peer on an open connection.
func timedOut() []provoked {
	deaf := func(t *testing.T) string {
		return "ws://" + opened(t, func(conn *net.TCPConn) { <-t.Context().Done() })
	}
	listening := func(t *testing.T) string {
		return "ws://" + opened(t, func(conn *net.TCPConn) { io.Copy(io.Discard, conn) })
	}
	short := websocket.Limits{WriteTimeout: 100 * time.Millisecond, CloseTimeout: 300 * time.Millisecond, TransportTimeout: 100 * time.Millisecond}
	huge := make([]byte, 64<<20)
	return []provoked{
		{"a message", "write-timeout", "open", "timeout", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			c := dial(t, deaf(t), &websocket.DialOptions{Trace: trace, Limits: short})
			c.Write(background, websocket.Binary, huge)
			return c, nil
		}},
		{"our Close frame, behind a message", "write-timeout", "closing", "timeout", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			limits := short
			limits.WriteTimeout = time.Hour
			c := dial(t, deaf(t), &websocket.DialOptions{Trace: trace, Limits: limits})
			blockWriter(background, t, c, huge)
			c.Close(4000, "bye")
			return c, nil
		}},
		{"our Close frame is not answered", "close-timeout", "closing", "timeout", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			c := dial(t, listening(t), &websocket.DialOptions{Trace: trace, Limits: short})
			c.Close(4000, "bye")
			return c, nil
		}},
		{"a Ping is not answered", "pong-timeout", "open", "local", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			limits := websocket.Limits{PingInterval: 100 * time.Millisecond, PongTimeout: 300 * time.Millisecond}
			return dial(t, listening(t), &websocket.DialOptions{Trace: trace, Limits: limits}), nil
		}},
		{"the context of a write ends inside its frame", "context-canceled", "open", "timeout", func(t *testing.T, trace websocket.Trace) (*websocket.Conn, error) {
			limits := short
			limits.WriteTimeout = time.Hour
			c := dial(t, deaf(t), &websocket.DialOptions{Trace: trace, Limits: limits})
			ctx, cancel := context.WithCancel(background)
			blockWriter(ctx, t, c, huge)
			cancel()
			return c, nil
		}},
	}
}
