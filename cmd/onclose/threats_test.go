package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
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

// hostileTexts are what a terminal would obey, or what would end a line.
var hostileTexts = []string{
	"\x1b[2J\x1b]0;owned\x07", "two\nlines", "\r\nclosed 1000 clean", "a\tb\x00c\x08", "\u009b31m\u0085\x7f",
	"\u202etxt.exe\u2066", "\u2028\u2029", "\ufeff\u200b\U000e0041", `\n stays "quoted"`,
}

func TestThreatEscapesInOutput(t *testing.T) {
	for _, text := range hostileTexts {
		dialPrintsOneLine(t, text)
	}
	for _, text := range hostileTexts[:4] { // names in a certificate are ASCII
		dialErrsInOneLine(t, text)
	}
	s := startServe(t)
	for i, text := range hostileTexts {
		id := fmt.Sprint("hostile ", i)
		conn := s.openRaw(withID("/echo", id))
		_, _ = conn.Write(frames(func(dst []byte, s *protocol.Sender) []byte {
			return s.AppendControl(dst, wire.Close, wire.AppendClose(nil, 4001, text))
		}))
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
		ev := s.events.await(t, id) // through the feed, and back out of its JSON
		checkOneLine(t, text, ev, &websocket.CloseError{Event: ev, Err: errors.New("because " + text + "\xff")})
	}
	s.end()
	said := s.said.String()
	if checkHarmless(t, said); strings.Count(said, "closed 4001") != len(hostileTexts) || strings.Count(said, "\nonclose: ") < len(hostileTexts) {
		t.Errorf("not a line for each event: %q", said)
	}
}

// dialPrintsOneLine lets the command print a message and a reason.
func dialPrintsOneLine(t *testing.T, text string) {
	t.Helper()
	server := echoing(t, text)
	for _, flag := range []string{"--json=false", "--json"} {
		var out, errs bytes.Buffer
		run([]string{"dial", flag, "--expect=1", "ws://" + server + "/"}, &streams{strings.NewReader(""), &out, &errs})
		checkHarmless(t, out.String())
		checkHarmless(t, errs.String())
		if lines := strings.Count(out.String()+errs.String(), "\n"); lines != 2 {
			t.Errorf("%d lines for a message and an event: %q %q", lines, out.String(), errs.String())
		}
		if flag == "--json" {
			message, event, _ := strings.Cut(out.String(), "\n")
			var got struct{ Data, Reason string }
			if err := errors.Join(json.Unmarshal([]byte(message), &got), json.Unmarshal([]byte(event), &got)); err != nil || got.Data != text || got.Reason != text {
				t.Errorf("%q, %v", got, err)
			}
		}
	}
}

// dialErrsInOneLine has a server whose certificate says what it likes.
func dialErrsInOneLine(t *testing.T, text string) {
	t.Helper()
	url := "wss://" + certified(t, text) + "/"
	var out, errs bytes.Buffer
	run([]string{"dial", url}, &streams{strings.NewReader(""), &out, &errs})
	checkHarmless(t, errs.String())
	_, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{
		TLS: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(c tls.ConnectionState) error {
			return c.PeerCertificates[0].VerifyHostname("host.test")
		}},
	})
	if name := new(x509.HostnameError); !errors.As(err, name) || !strings.Contains(name.Error(), text) {
		t.Fatalf("%v is not about the certificate's name %q", err, text)
	}
	if checkHarmless(t, err.Error()); strings.Contains(err.Error(), "\n") {
		t.Errorf("two lines: %q", err)
	}
}

// checkOneLine checks what an event becomes as text, and that its value is exact.
func checkOneLine(t *testing.T, reason string, ev websocket.CloseEvent, err error) {
	t.Helper()
	if ev.Reason != reason || ev.Received == nil || ev.Received.Reason != reason {
		t.Errorf("the reason %q is reported as %q", reason, ev.Reason)
	}
	data, _ := json.Marshal(ev)
	for _, text := range []string{ev.String(), err.Error(), fmt.Sprint(ev), fmt.Sprintf("%+v", err)} {
		if checkHarmless(t, text); strings.Contains(text, "\n") {
			t.Errorf("two lines: %q", text)
		}
	}
	for _, c := range string(data) {
		if c < ' ' || c >= 0x7f && c <= 0x9f || c == '\u2028' || c == '\u2029' {
			t.Errorf("%U in %q", c, data)
		}
	}
}

// echoing is a server that sends text and closes with it as its reason.
func echoing(t *testing.T, text string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) {
		_ = c.Write(t.Context(), websocket.Text, []byte(text))
		_ = c.Close(4001, text)
	}, nil)}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// certified is a TLS server whose certificate has a name of its own making.
func certified(t *testing.T, name string) (address string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			conn.Close()
		}
	}()
	return l.Addr().String()
}
