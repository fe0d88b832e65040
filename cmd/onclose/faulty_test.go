package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// TestFaults plays every fault over TCP and over TLS, with our own client at the
// other end.
func TestFaults(t *testing.T) {
	const utf8Rule, opcodeRule, sizeRule = "RFC 6455, section 8.1", "RFC 6455, section 5.2", "RFC 6455, section 10.4"
	tests := []struct {
		how    string
		close  bool // the client closes with 4001 "bye"
		client account
		server account
	}{
		{
			"drop", false,
			account{1006, "", false, "none", "eof", "", "fin"},
			account{1006, "", false, "none", "aborted", "", "local"},
		},
		{
			"reset", false,
			account{1006, "", false, "none", "reset", "", "reset"},
			account{1006, "", false, "none", "aborted", "", "local"},
		},
		{
			"silent", true,
			account{1006, "", false, "local", "close-timeout", "", "timeout"},
			account{4001, "bye", false, "remote", "eof", "", "fin"},
		},
		{
			"late&after=300ms", true,
			account{4001, "bye", true, "local", "", "", "fin"},
			account{4001, "bye", true, "remote", "", "", "fin"},
		},
		{
			"invalid-utf8", false,
			account{1006, "", false, "local", "invalid-utf8", utf8Rule, "fin"},
			account{1007, "the text message is not UTF-8", true, "remote", "", "", "fin"},
		},
		{
			"protocol-error", false,
			account{1006, "", false, "local", "protocol-error", opcodeRule, "fin"},
			account{1002, "the opcode is reserved", true, "remote", "", "", "fin"},
		},
		{
			"too-big", false,
			account{1006, "", false, "local", "message-too-big", sizeRule, "fin"},
			account{1009, "the message is longer than the limit", true, "remote", "", "", "fin"},
		},
	}
	for _, args := range [][]string{nil, {"--tls"}} {
		s := startServe(t, args...)
		for _, test := range tests {
			t.Run(s.ws[:3]+" "+test.how, func(t *testing.T) {
				c := s.dial("/close?how="+test.how, test.how, &websocket.DialOptions{
					Limits: websocket.Limits{CloseTimeout: time.Second},
				})
				if test.close {
					_ = c.Close(4001, "bye")
				}
				compare(t, "client", eventOf(c), test.client)
				compare(t, "server", s.events.await(t, test.how), test.server)
			})
		}
	}
}

func TestFaultsWaitForTheirMoment(t *testing.T) {
	for how := range faults {
		t.Run(how, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
				opened := time.Now()
				c := s.dial("/close?how="+how+"&after=3m", how, &websocket.DialOptions{
					Limits: websocket.Limits{CloseTimeout: time.Hour},
				})
				// Until then it is an ordinary endpoint: it reads and answers.
				if err := c.Write(t.Context(), websocket.Binary, make([]byte, 1<<20)); err != nil {
					t.Fatal(err)
				}
				if how != "silent" {
					if _, err := c.Ping(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				want := 3 * time.Minute
				switch how {
				case "silent": // the client's patience is longer than ours
					want += patience
					_ = c.Close(4001, "bye")
				case "late":
					_ = c.Close(4001, "bye")
				}
				ev := eventOf(c)
				if took := time.Since(opened); took < want || took > want+3*time.Second {
					t.Errorf("it ended after %v, want %v: %v", took, want, ev)
				}
				if ev.WasClean != (how == "late") {
					t.Error(ev)
				}
				if ev := s.events.await(t, how); how == "silent" && ev.Cause != protocol.CauseAborted {
					t.Errorf("the server lost its patience: %v", ev)
				}
			})
		})
	}
}

// TestFaultsSpareAClientThatIsFaster: a client that closes before the moment is
// answered like anywhere else.
func TestFaultsSpareAClientThatIsFaster(t *testing.T) {
	for how, fault := range faults {
		if fault.answers != atOnce {
			continue
		}
		t.Run(how, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
				c := s.dial("/close?how="+how+"&after=1m", how, nil)
				if err := c.Close(4001, "bye"); err != nil {
					t.Error(err)
				}
				compare(t, "server", s.events.await(t, how), account{4001, "bye", true, "remote", "", "", "fin"})
			})
		})
	}
}

// frames are what a raw client sends.
func frames(build func(dst []byte, s *protocol.Sender) []byte) []byte {
	var s protocol.Sender
	s.Init(protocol.Client, func() uint32 { return 0x01020304 })
	return build(nil, &s)
}

func closeFrame(dst []byte, s *protocol.Sender) []byte {
	return s.AppendControl(dst, wire.Close, wire.AppendClose(nil, 4001, "bye"))
}

// TestFaultyWithRawClients is about clients that do what ours does not.
func TestFaultyWithRawClients(t *testing.T) {
	type halfCloser interface{ CloseWrite() error }
	tests := []struct {
		name  string
		query string
		peer  func(t *testing.T, conn net.Conn)
		took  time.Duration
		want  account
	}{
		{
			"a client that ignores the bad frame is cut", "how=invalid-utf8",
			func(t *testing.T, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
			patience, account{1006, "", false, "none", "aborted", "", "local"},
		},
		{
			"a client that answers the bad frame with nothing but FIN", "how=too-big&after=1s",
			func(t *testing.T, conn net.Conn) { _, _ = io.ReadFull(conn, make([]byte, len(tooBig))) },
			time.Second, account{1006, "", false, "none", "eof", "", "fin"},
		},
		{
			"a client that does nothing at all", "how=silent",
			func(t *testing.T, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
			maxLife, account{1006, "", false, "none", "aborted", "", "local"},
		},
		{
			"a client that closes, half-closes and waits for the late answer", "how=late&after=1m",
			func(t *testing.T, conn net.Conn) {
				_, _ = conn.Write(frames(closeFrame))
				_ = conn.(halfCloser).CloseWrite()
				if p, err := io.ReadAll(conn); string(p) != "\x88\x05\x0f\xa1bye" || err != nil {
					t.Errorf("it got %q, %v", p, err)
				}
			},
			time.Minute, account{4001, "bye", true, "remote", "", "", "fin"},
		},
		{
			"a Ping before the Close frame is answered at once, and the Close frame later", "how=late&after=1m",
			func(t *testing.T, conn net.Conn) {
				_, _ = conn.Write(frames(func(dst []byte, s *protocol.Sender) []byte {
					return closeFrame(s.AppendControl(dst, wire.Ping, []byte("p")), s)
				}))
				start := time.Now()
				if _, _ = io.ReadFull(conn, make([]byte, 3)); time.Since(start) != 0 {
					t.Errorf("the Pong came after %v", time.Since(start))
				}
				_, _ = io.Copy(io.Discard, conn)
			},
			time.Minute, account{4001, "bye", true, "remote", "", "", "fin"},
		},
		{
			"a client that breaks a rule", "how=silent",
			func(t *testing.T, conn net.Conn) { _, _ = conn.Write([]byte("\x81\x00")) },
			0, account{1006, "", false, "local", "protocol-error", "RFC 6455, section 5.1", "fin"},
		},
		{
			"a client that stops inside a frame", "how=drop&after=1m",
			func(t *testing.T, conn net.Conn) { _, _ = conn.Write([]byte("\x81\x85abcdx")) },
			0, account{1006, "", false, "none", "eof-in-frame", "", "fin"},
		},
		{
			"a client that stops inside a message", "how=drop&after=1m",
			func(t *testing.T, conn net.Conn) { _, _ = conn.Write([]byte("\x01\x81abcdx")) },
			0, account{1006, "", false, "none", "eof-in-message", "", "fin"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
				opened := time.Now()
				conn := s.openRaw("/close?id=raw&" + test.query)
				test.peer(t, conn)
				conn.Close()
				ev := s.events.await(t, "raw")
				compare(t, "server", ev, test.want)
				if took := time.Since(opened); took < test.took || took > test.took+2*time.Second {
					t.Errorf("it took %v, want %v", took, test.took)
				}
			})
		})
	}
}

// TestFaultyReadsWhatCameWithTheRequest: the first frames may come in the same
// segment.
func TestFaultyReadsWhatCameWithTheRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
		conn, err := s.connect(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET /close?how=drop&after=1m&id=early HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"+string(frames(closeFrame)))
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
		compare(t, "server", s.events.await(t, "early"), account{4001, "bye", true, "remote", "", "", "fin"})
	})
}

func TestFaultyHandlerRefusesWhatAcceptRefuses(t *testing.T) {
	s := startServe(t)
	host := strings.TrimPrefix(s.http, "http://")
	for extra, want := range map[string]string{
		"Transfer-Encoding: chunked\r\n": "there is a Transfer-Encoding",
		"Content-Length: 1\r\n":          "Content-Length is",
		"Origin: null\r\n":               "AcceptOptions.Origins",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET /close?how=silent HTTP/1.1\r\nHost: "+host+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+extra+"\r\n")
		_ = conn.(*net.TCPConn).CloseWrite() // no body will come
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.Contains(string(answer), want) {
			t.Errorf("%q: got %q, want %q", extra, answer, want)
		}
	}
	// A middleware that hides http.Hijacker.
	r := httptest.NewRequest("GET", "http://test/close", nil)
	r.Header = http.Header{
		"Upgrade": {"websocket"}, "Connection": {"Upgrade"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	w := httptest.NewRecorder()
	newSite(t.Context(), &serveCmd{}, place{}, log.New(io.Discard, "", 0)).faultyHandler(fault{}, 0).ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
}
