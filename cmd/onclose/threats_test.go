package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

// The rows of docs/threats.md that the command has to withstand.

// A client that drips its request, or sends none, is gone after ten seconds, and
// a server that drips its response after thirty.
func TestThreatSlowHandshake(t *testing.T) {
	request := "GET /echo HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for name, sent := range map[string]string{
		"a request that drips": request, "no request": "", "a line without end": "GET /" + strings.Repeat("a", 500),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *served, site *site, leave context.CancelCauseFunc) {
				conn, err := s.connect(t.Context(), "tcp", "test")
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				var dripping sync.WaitGroup
				dripping.Go(func() { drip(conn, sent) })
				_, _ = io.Copy(io.Discard, conn)
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("gone after %v", took)
				}
				conn.Close()
				dripping.Wait()
			})
		})
	}
	for name, sent := range map[string]string{
		"a response that drips": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
		"no response":           "",
		"interim responses":     strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100),
		"a body that drips":     "", // behind a refusal that came at once
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipes := wstest.NewListener()
				defer pipes.Close()
				var serving sync.WaitGroup
				serving.Go(func() {
					conn, _ := pipes.Accept()
					if name == "a body that drips" {
						_, _ = io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\n\r\n")
					}
					serving.Go(func() { drip(conn, sent+strings.Repeat("x", 200)) })
					_, _ = io.Copy(io.Discard, conn)
					conn.Close()
				})
				start, want := time.Now(), 30*time.Second
				_, err := websocket.Dial(context.Background(), "ws://test/", &websocket.DialOptions{Dial: pipes.DialContext})
				cause := protocol.CauseOpenTimeout
				if name == "a body that drips" {
					want, cause = time.Second, protocol.CauseBadHandshake
				}
				var failed *websocket.CloseError
				if took := time.Since(start); took != want || !errors.As(err, &failed) || failed.Event.Cause != cause {
					t.Errorf("after %v, not %v: %v", took, want, err)
				}
				serving.Wait()
			})
		})
	}
}

// drip writes a byte every 300 ms, until it cannot.
func drip(conn net.Conn, text string) {
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(300 * time.Millisecond) // the bubble's
	}
}

// A page whose own name suddenly means 127.0.0.1 reaches nothing, though for its
// browser it is of the same origin.
func TestThreatDNSRebinding(t *testing.T) {
	s := startServe(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.http, "http://"))
	paths := []string{"/", "/console/page.js", "/codes.json", "/events", "/healthz", "/echo", "/close", "/close?how=silent", "/nowhere"}
	upgrade := []string{
		"Upgrade", "websocket", "Connection", "Upgrade",
		"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
	}
	for _, host := range []string{
		"rebound.example:" + port, "rebound.example", "localhost.rebound.example:" + port, "127.0.0.1.rebound.example:" + port,
		"128.0.0.1:" + port, "0.0.0.0:" + port, "localhost.:" + port, "[::2]:" + port,
	} {
		for _, path := range paths {
			for _, header := range [][]string{nil, upgrade} {
				header = append([]string{"Host", host, "Origin", "http://" + host}, header...)
				if response, body := s.get(path, header...); response.StatusCode != 403 || !strings.Contains(body, "rebinding") {
					t.Errorf("%s for Host %s: %s %q", path, host, response.Status, body)
				}
			}
		}
	}
	for _, host := range []string{"localhost", "localhost:" + port, "127.0.0.1:1", "127.1.2.3", "[::1]", "LOCALHOST:" + port} {
		for _, path := range []string{"/healthz", "/"} {
			if response, _ := s.get(path, "Host", host); response.StatusCode != 200 {
				t.Errorf("%s for Host %s: %s", path, host, response.Status)
			}
		}
		c, err := websocket.Dial(t.Context(), s.ws+withID("/echo", host), &websocket.DialOptions{Host: host, Header: http.Header{"Origin": {"http://" + host}}})
		if err != nil {
			t.Errorf("/echo for Host %s: %v", host, err)
			continue
		}
		_ = c.Close(1000, "")
		s.events.await(t, host)
	}
}
