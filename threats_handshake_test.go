package websocket_test

import (
	"bytes"
	"context"
	"crypto/fips140"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
)

// The rows of docs/threats.md about the opening handshake and identity.

func openingRequest(fields string) string {
	return "GET / HTTP/1.1\r\nHost: server.example\r\n" + openingFields + fields + "\r\n"
}

// checkOrigins asks with Origin fields and compares the status.
func checkOrigins(t *testing.T, opts *websocket.AcceptOptions, status int, fields ...string) {
	t.Helper()
	for _, field := range fields {
		opened := false
		trial := *opts
		trial.Trace.Opened = func(*websocket.Conn) { opened = true }
		response, body := ask(t, &trial, openingRequest(field))
		if response.StatusCode != status || opened != (status == 101) {
			t.Errorf("%q: %s, opened %v; want %d", field, response.Status, opened, status)
		}
		if status == 403 && (!response.Close || !strings.Contains(strings.ToLower(body), "origin")) {
			t.Errorf("%q: close %v, body %q", field, response.Close, body)
		}
	}
}

func TestThreatCrossSiteHijacking(t *testing.T) {
	checkOrigins(t, &websocket.AcceptOptions{}, 101, "", "Origin: http://server.example\r\n", "Origin: http://server.example:80\r\n")
	checkOrigins(t, &websocket.AcceptOptions{}, 403,
		"Origin: http://evil.example\r\n", "Origin: http://server.example:8080\r\n", "Origin: http://www.server.example\r\n",
		"Origin: https://evil.example\r\nCookie: session=1\r\n",
	)
	// Over TLS the same, with https; and a page of the same host without TLS is another.
	server := httptest.NewTLSServer(websocket.Handler(echo, nil))
	defer server.Close()
	for origin, status := range map[string]int{server.URL: 101, strings.Replace(server.URL, "https", "http", 1): 403, "https://evil.example": 403} {
		c, err := websocket.Dial(background, server.URL, &websocket.DialOptions{
			TLS: server.Client().Transport.(*http.Transport).TLSClientConfig, Header: http.Header{"Origin": {origin}},
		})
		if failed := (*websocket.CloseError)(nil); errors.As(err, &failed) && failed.Event.HTTPStatus != status || (err == nil) != (status == 101) {
			t.Errorf("%s: %v, want %d", origin, err, status)
		}
		if err == nil {
			c.Close(1000, "")
		}
	}
}

func TestThreatOriginTricks(t *testing.T) {
	checkOrigins(t, &websocket.AcceptOptions{}, 403,
		"Origin: https://server.example\r\n", // the scheme counts
		"Origin: http://server.example.evil\r\n", "Origin: http://evilserver.example\r\n", "Origin: http://evil.example/server.example\r\n",
		"Origin: http://server.example@evil.example\r\n", "Origin: http://server.example:80@evil.example\r\n", "Origin: http://server.example.\r\n",
		"Origin: http://server.example%00.evil\r\n", "Origin: server.example\r\n", "Origin: //server.example\r\n",
		"Origin: http://server.example/\r\n", "Origin: http://server.example, http://evil.example\r\n", "Origin: ftp://server.example\r\n",
		"Origin: null\r\n", "Origin: NULL\r\n", "Origin: \r\n", "Origin: file://\r\n", "Origin: http://\r\n", "Origin: *\r\n",
		"Origin: http://server.example\r\nOrigin: http://evil.example\r\n", "Origin: http://evil.example\r\nOrigin: http://server.example\r\n",
		"Origin: http://server.example\r\nOrigin: http://server.example\r\n", "Origin: http://\u017ferver.example\r\n",
		// What a proxy says counts only when it is trusted.
		"Origin: https://server.example\r\nX-Forwarded-Proto: https\r\n", "Origin: https://evil.example\r\nX-Forwarded-Host: evil.example\r\n",
		"Origin: https://evil.example\r\nForwarded: host=evil.example;proto=https\r\n",
	)
	checkOrigins(t, &websocket.AcceptOptions{}, 101, "Origin: HTTP://Server.Example\r\n")
	listed := &websocket.AcceptOptions{Origins: []string{"https://a.example", "https://*.b.example"}}
	checkOrigins(t, listed, 101, "Origin: https://a.example\r\n", "Origin: https://x.y.b.example\r\n")
	checkOrigins(t, listed, 403, "Origin: http://a.example\r\n", "Origin: https://a.example.evil\r\n", "Origin: https://aXexample\r\n",
		"Origin: https://b.example\r\n", "Origin: https://evilb.example\r\n", "Origin: https://b.example.evil\r\n", "Origin: https://evil/.b.example\r\n", "Origin: null\r\n")
}

func TestThreatBadRequests(t *testing.T) {
	good := openingRequest("")
	for _, test := range []struct {
		old, new string
		status   int
	}{
		{"GET", "POST", 405}, {"GET", "HEAD", 405}, {"GET", "CONNECT", 405}, {"GET", "get", 405}, {"GET", "OPTIONS", 405},
		{"HTTP/1.1", "HTTP/1.0", 505}, {"HTTP/1.1", "HTTP/0.9", 505}, {"HTTP/1.1", "HTTP/3.0", 505},
		{"Host: server.example\r\n", "", 400}, {"Host: server.example", "Host: a b", 400},
		{"Upgrade: websocket\r\n", "", 426}, {"Upgrade: websocket", "Upgrade: h2c", 426}, {"Upgrade: websocket", "Upgrade: websockets", 426},
		{"Connection: Upgrade\r\n", "", 426}, {"Connection: Upgrade", "Connection: keep-alive", 426}, {"Connection: Upgrade", "Connection: Upgrade2", 426},
		{"-Version: 13", "-Version: 12", 426}, {"-Version: 13", "-Version: 8", 426}, {"-Version: 13", "-Version: 0", 426}, {"-Version: 13", "-Version: 013", 426},
		{"-Version: 13", "-Version: 13, 8", 426}, {"-Version: 13", "-Version: ", 426}, {"Sec-WebSocket-Version: 13\r\n", "", 426},
		{"-Version: 13\r\n", "-Version: 13\r\nSec-WebSocket-Version: 13\r\n", 426},
		{"dGhlIHNhbXBsZSBub25jZQ==", "", 400}, {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400},
		{"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", 400}, {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZR==", 400},
		{"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j", 400}, {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZSE=", 400},
		{"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ!==", 400}, {"dGhlIHNhbXBsZSBub25jZQ==\r\n", "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400},
	} {
		request := strings.Replace(good, test.old, test.new, 1)
		if request == good {
			t.Fatalf("%q is not in the request", test.old)
		}
		opened := false
		response, _ := ask(t, &websocket.AcceptOptions{Trace: websocket.Trace{Opened: func(*websocket.Conn) { opened = true }}}, request)
		if response.StatusCode != test.status || opened {
			t.Errorf("%q for %q: %s, want %d", test.new, test.old, response.Status, test.status)
		}
		if !response.Close {
			t.Errorf("%q for %q: no Connection: close in %v", test.new, test.old, response.Header)
		}
		if versions := response.Header["Sec-Websocket-Version"]; (test.status == 426) != slices.Equal(versions, []string{"13"}) {
			t.Errorf("%q for %q: %d with versions %q", test.new, test.old, test.status, versions)
		}
	}
	if response, _ := ask(t, nil, good); response.StatusCode != 101 {
		t.Errorf("the good request: %s", response.Status)
	}
}

// A proxy that believes in an upgrade which does not take place would pass what
// follows to us: it must be read as nothing at all.
func TestThreatRequestSmuggling(t *testing.T) {
	smuggled := "GET /smuggled HTTP/1.1\r\nHost: server.example\r\n\r\n"
	for name, request := range map[string]string{
		"a bad version":            strings.Replace(openingRequest(""), ": 13", ": 777", 1),
		"a bad key":                strings.Replace(openingRequest(""), "dGhl", "", 1),
		"another origin":           openingRequest("Origin: http://evil.example\r\n"),
		"POST":                     strings.Replace(openingRequest(""), "GET", "POST", 1),
		"no Connection":            strings.Replace(openingRequest(""), "Connection: Upgrade\r\n", "", 1),
		"a body":                   openingRequest(fmt.Sprintf("Content-Length: %d\r\n", len(smuggled))),
		"chunks":                   openingRequest("Transfer-Encoding: chunked\r\n") + fmt.Sprintf("%x\r\n", len(smuggled)),
		"both lengths":             openingRequest("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
		"two lengths":              openingRequest("Content-Length: 0\r\nContent-Length: 5\r\n"),
		"a space before the colon": openingRequest("Transfer-Encoding : chunked\r\n"),
		"no key":                   strings.Replace(openingRequest(""), "Sec-WebSocket-Key", "X", 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var paths []string
				opened := false
				inner := websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{Opened: func(*websocket.Conn) { opened = true }}})
				l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					paths = append(paths, r.URL.Path)
					inner.ServeHTTP(w, r)
				}))
				response, _ := askAt(t, l, request+smuggled+smuggled) // one response, and the end
				pass(10 * time.Second)
				if response.StatusCode < 400 || opened || slices.Contains(paths, "/smuggled") {
					t.Errorf("%s, opened %v, handled %q", response.Status, opened, paths)
				}
			})
		})
	}
	t.Run("behind a 101 come frames, not HTTP", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var paths []string
			events := make(chan websocket.CloseEvent, 1)
			inner := websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{
				Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { events <- ev },
			}})
			l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				paths = append(paths, r.URL.Path)
				inner.ServeHTTP(w, r)
			}))
			if response, _ := askAt(t, l, openingRequest("")+smuggled); response.StatusCode != 101 {
				t.Error(response.Status)
			}
			check(t, "server", <-events, "1006||unclean|local|open|protocol-error|fin")
			if !slices.Equal(paths, []string{"/"}) {
				t.Errorf("handled %q", paths)
			}
		})
	})
	t.Run("behind a refusal the client reads no frames", func(t *testing.T) {
		ended := make(chan error, 1)
		failed := dialFails(t, "ws://"+listen(t, func(conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno\x81\x05hello\x88\x02\x0f\xa0")
			_, err := conn.Read(make([]byte, 1))
			ended <- err
		}), nil)
		if string(failed.Body) != "no" || failed.Event.Received != nil || failed.Event.Code != 1006 {
			t.Errorf("%v, body %q", failed, failed.Body)
		}
		if err := <-ended; err == nil {
			t.Error("the client answered")
		}
	})
}

// plainWriter hides that its connection can be taken over.
type plainWriter struct{ http.ResponseWriter }

func TestThreatResponseWriterWithoutHijack(t *testing.T) {
	request := func() *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		r.Header.Set("Sec-WebSocket-Version", "13")
		r.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
		return r
	}
	var refused error
	trace := websocket.Trace{Refused: func(_ *http.Request, err error) { refused = err }}
	w := httptest.NewRecorder()
	c, err := websocket.Accept(w, request(), &websocket.AcceptOptions{Trace: trace})
	if c != nil || err == nil || w.Code != 500 || !strings.Contains(w.Body.String(), "http.Hijacker") || refused != err {
		t.Errorf("Accept = %v, %v: %d %q; told of %v", c, err, w.Code, w.Body, refused)
	}
	// A middleware on a real server: the client gets an HTTP error.
	inner := websocket.Handler(echo, &websocket.AcceptOptions{Trace: trace})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(plainWriter{w}, r) }))
	defer server.Close()
	failed := dialFails(t, server.URL, nil)
	if failed.Event.HTTPStatus != 500 || !strings.Contains(string(failed.Body), "middleware") {
		t.Errorf("%v, body %q", failed, failed.Body)
	}
}

func TestThreatFirstFramesInTheSameSegment(t *testing.T) {
	long := strings.Repeat("x", 100_000) // more than any buffer of the opening
	t.Run("as the request", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := make(chan []string, 1)
			events := make(chan websocket.CloseEvent, 1)
			l := serve(t, websocket.Handler(func(c *websocket.Conn) {
				var messages []string
				for m, err := range c.Messages(background) {
					if err == nil {
						messages = append(messages, string(m.Data))
					}
				}
				got <- messages
				events <- eventOf(c)
			}, nil))
			h := &hostile{t: t}
			conn, _ := l.DialContext(background, "", "")
			go conn.Write(join([]byte(openingRequest("")), h.frame(0x81, "early"), h.frame(0x82, long), h.frame(0x88, closing(4000, "bye"))))
			io.Copy(io.Discard, conn)
			conn.Close()
			if messages := <-got; !slices.Equal(messages, []string{"early", long}) {
				t.Errorf("%d messages: %.20q", len(messages), messages)
			}
			check(t, "server", <-events, "4000|bye|clean|remote|closing||fin")
		})
	})
	t.Run("as the response", func(t *testing.T) {
		h := &hostile{t: t, asClient: true}
		address := listen(t, func(conn net.Conn) {
			_, key, _ := strings.Cut(readHead(conn), "Sec-WebSocket-Key: ")
			key, _, _ = strings.Cut(key, "\r\n")
			response := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptOf(key) + "\r\n\r\n"
			conn.Write(join([]byte(response), h.frame(0x81, "early"), h.frame(0x82, long), h.frame(0x88, closing(4000, "bye"))))
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
		})
		c, err := websocket.Dial(background, "ws://"+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		var messages []string
		for m, err := range c.Messages(background) {
			if err == nil {
				messages = append(messages, string(m.Data))
			}
		}
		if !slices.Equal(messages, []string{"early", long}) {
			t.Errorf("%d messages: %.20q", len(messages), messages)
		}
		check(t, "client", eventOf(c), "4000|bye|clean|remote|closing||fin")
	})
}

func TestThreatBadResponses(t *testing.T) {
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n"
	big := strings.Repeat("y", 1<<20)
	for _, test := range []struct {
		name, response string
		opts           websocket.DialOptions
		status         int
		body           string
	}{
		{"a wrong accept", strings.Replace(head, "ACCEPT", "bm90IHRoZSByaWdodCBhbnN3ZXI=", 1), websocket.DialOptions{}, 101, ""},
		{"no accept", strings.Replace(head, "Sec-WebSocket-Accept: ACCEPT\r\n", "", 1), websocket.DialOptions{}, 101, ""},
		{"two accepts", head + "Sec-WebSocket-Accept: ACCEPT\r\n", websocket.DialOptions{}, 101, ""},
		{"no Upgrade", strings.Replace(head, "Upgrade: websocket\r\n", "", 1), websocket.DialOptions{}, 101, ""},
		{"another Upgrade", strings.Replace(head, "Upgrade: websocket", "Upgrade: h2c", 1), websocket.DialOptions{}, 101, ""},
		{"no Connection", strings.Replace(head, "Connection: Upgrade\r\n", "", 1), websocket.DialOptions{}, 101, ""},
		{"a subprotocol that nobody asked for", head + "Sec-WebSocket-Protocol: chat\r\n", websocket.DialOptions{}, 101, ""},
		{"another subprotocol", head + "Sec-WebSocket-Protocol: Chat\r\n", websocket.DialOptions{Subprotocols: []string{"chat"}}, 101, ""},
		{"two subprotocols", head + "Sec-WebSocket-Protocol: chat, soap\r\n", websocket.DialOptions{Subprotocols: []string{"chat", "soap"}}, 101, ""},
		{"none of the subprotocols", head, websocket.DialOptions{Subprotocols: []string{"chat"}}, 101, ""},
		{"an extension that nobody asked for", head + "Sec-WebSocket-Extensions: permessage-deflate\r\n", websocket.DialOptions{}, 101, ""},
		{"another extension", head + "Sec-WebSocket-Extensions: x-two\r\n", websocket.DialOptions{RequiredExtensions: []string{"x-one"}}, 101, ""},
		{"200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", websocket.DialOptions{}, 200, "hi"},
		{"302", "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n", websocket.DialOptions{}, 302, ""},
		{"401", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nWWW-Authenticate: Basic\r\n", websocket.DialOptions{}, 401, "hi"},
		{"500 with a body without end", "HTTP/1.1 500 Oops\r\n", websocket.DialOptions{}, 500, big},
		{"500 with a body of 1 TB", "HTTP/1.1 500 Oops\r\nContent-Length: 1000000000000\r\n", websocket.DialOptions{}, 500, big},
		{"500 with a negative body", "HTTP/1.1 500 Oops\r\nContent-Length: -1\r\n", websocket.DialOptions{}, 500, big},
		{"HTTP/1.0", strings.Replace(head, "1.1", "1.0", 1), websocket.DialOptions{}, 101, ""},
		{"no HTTP", "SSH-2.0-OpenSSH_9.9\r\n", websocket.DialOptions{}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := listen(t, func(conn net.Conn) {
				_, key, _ := strings.Cut(readHead(conn), "Sec-WebSocket-Key: ")
				key, _, _ = strings.Cut(key, "\r\n")
				io.WriteString(conn, strings.ReplaceAll(test.response, "ACCEPT", acceptOf(key))+"\r\n"+test.body)
				io.Copy(io.Discard, conn)
			})
			failed := dialFails(t, "ws://"+address, &test.opts)
			ev := failed.Event
			if ev.Phase != protocol.PhaseOpening || ev.Cause != protocol.CauseBadHandshake || ev.HTTPStatus != test.status {
				t.Errorf("%v, status %d; want %d", failed, ev.HTTPStatus, test.status)
			}
			if want := test.body[:min(len(test.body), 1<<10)]; string(failed.Body) != want {
				t.Errorf("a body of %d bytes, want %d", len(failed.Body), len(want))
			}
			if bad := (*handshake.ResponseError)(nil); test.status != 0 && (!errors.As(failed, &bad) || bad.Status != test.status) {
				t.Errorf("%v has no status %d", failed.Err, test.status)
			}
		})
	}
}

func TestThreatCredentialsOnRedirect(t *testing.T) {
	var visits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		asked := make(chan *http.Request, 9)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r
			http.Redirect(w, r, other.URL+"/elsewhere", status)
		}))
		dials := 0
		failed := dialFails(t, strings.Replace(server.URL, "http://", "ws://user:secret@", 1), &websocket.DialOptions{
			Header: http.Header{"Cookie": {"session=1"}},
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				dials++
				return new(net.Dialer).DialContext(ctx, network, address)
			},
		})
		server.Close()
		if failed.Event.HTTPStatus != status || dials != 1 || len(asked) != 1 || visits.Load() != 0 {
			t.Errorf("%d: %v, %d connections, %d requests, %d elsewhere", status, failed, dials, len(asked), visits.Load())
		}
		if r := <-asked; r.Header.Get("Cookie") == "" || r.Header.Get("Authorization") == "" {
			t.Errorf("the server itself was not told: %v", r.Header)
		}
		if strings.Contains(failed.Error(), "secret") {
			t.Errorf("%v", failed)
		}
	}
}

// Nothing is sent, and no connection is even made.
func TestThreatControlCharactersInRequests(t *testing.T) {
	for _, bad := range []string{"\r", "\n", "\r\nX: y", "\x00", "\x7f"} {
		escaped := strings.NewReplacer("\r", "%0d", "\n", "%0a", "\x00", "%00", "\x7f", "%7f", " ", "%20").Replace(bad)
		for name, test := range map[string]struct {
			url  string
			opts websocket.DialOptions
		}{
			"subprotocol":          {opts: websocket.DialOptions{Subprotocols: []string{"a" + bad + "b"}}},
			"second subprotocol":   {opts: websocket.DialOptions{Subprotocols: []string{"a", bad}}},
			"extension":            {opts: websocket.DialOptions{RequiredExtensions: []string{"a" + bad}}},
			"path":                 {url: "ws://host/a" + bad},
			"query":                {url: "ws://host/?a" + bad},
			"host":                 {url: "ws://ho" + bad + "st/"},
			"escaped host":         {url: "ws://ho" + escaped + "st/"},
			"user":                 {url: "ws://us" + bad + "er:pw@host/"},
			"escaped user":         {url: "ws://us" + escaped + "er:pw@host/"},
			"escaped password":     {url: "ws://user:pw" + escaped + "@host/"},
			"field name":           {opts: websocket.DialOptions{Header: http.Header{"X" + bad: {"y"}}}},
			"field value":          {opts: websocket.DialOptions{Header: http.Header{"X": {"y" + bad}}}},
			"second field value":   {opts: websocket.DialOptions{Header: http.Header{"X": {"y", bad + "y"}}}},
			"Origin":               {opts: websocket.DialOptions{Header: http.Header{"Origin": {"https://a" + bad}}}},
			"Host field":           {opts: websocket.DialOptions{Host: "host" + bad}},
			"Host with a password": {opts: websocket.DialOptions{Host: "host" + bad}, url: "ws://a:b@host/"},
		} {
			noConnection(t, fmt.Sprintf("%s with %q", name, bad), test.url, test.opts)
		}
	}
	for _, token := range []string{"", " ", "a b", "a,b", "a;b", "a\tb", "\u00e9", `"a"`, "a/b", "a@b", "{}"} {
		noConnection(t, "subprotocol "+token, "", websocket.DialOptions{Subprotocols: []string{token}})
		noConnection(t, "field name "+token, "", websocket.DialOptions{Header: http.Header{token: {"x"}}})
	}
	noConnection(t, "a user with a colon", "ws://us%3aer:pw@host/", websocket.DialOptions{})
	// What is escaped in a path stays escaped: it is data, and no line ends there.
	head := make(chan string, 1)
	address := listen(t, func(conn net.Conn) { head <- readHead(conn); conn.Close() })
	dialFails(t, "ws://"+address+"/a%0d%0aX:%20y?b%00", nil)
	if line, _, _ := strings.Cut(<-head, "\r\n"); line != "GET /a%0d%0aX:%20y?b%00 HTTP/1.1" {
		t.Errorf("the request line is %q", line)
	}
}

// noConnection asserts that a Dial fails before it makes a connection.
func noConnection(t *testing.T, what, url string, opts websocket.DialOptions) {
	t.Helper()
	if url == "" {
		url = "ws://host/"
	}
	opts.Dial = func(context.Context, string, string) (net.Conn, error) {
		t.Errorf("%s: a connection is made", what)
		return nil, errors.New("not wanted")
	}
	if ev := dialFails(t, url, &opts).Event; ev.Phase != protocol.PhaseDialing || ev.Transport != protocol.EndNone {
		t.Errorf("%s: %v", what, ev)
	}
}

func TestThreatTLSFailure(t *testing.T) {
	quiet := func(server *httptest.Server) *httptest.Server {
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	ours := func() *httptest.Server { return httptest.NewUnstartedServer(websocket.Handler(echo, nil)) }
	secure := quiet(ours())
	trusted := &tls.Config{RootCAs: x509.NewCertPool()}
	trusted.RootCAs.AddCert(secure.Certificate())
	old := ours()
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	quiet(old)
	asking := ours()
	asking.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	quiet(asking)
	asking12 := ours()
	asking12.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	quiet(asking12)
	plain := httptest.NewServer(websocket.Handler(echo, nil))
	defer plain.Close()
	hangsUp := listen(t, func(conn net.Conn) { conn.Read(make([]byte, 1)); conn.Close() })
	insecure := &tls.Config{InsecureSkipVerify: true}
	for _, test := range []struct {
		name, url string
		config    *tls.Config
		as        any
	}{
		{"a certificate that nobody signed", secure.URL, nil, new(*tls.CertificateVerificationError)},
		{"... as its cause", secure.URL, nil, new(x509.UnknownAuthorityError)},
		{"a certificate for another name", secure.URL, &tls.Config{RootCAs: trusted.RootCAs, ServerName: "other.test"}, new(x509.HostnameError)},
		{"no version in common", old.URL, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}, new(*net.OpError)},
		{"no protocol in common", secure.URL, &tls.Config{RootCAs: trusted.RootCAs, NextProtos: []string{"x"}}, new(*net.OpError)},
		{"no TLS on the other side", strings.Replace(plain.URL, "http", "https", 1), nil, new(tls.RecordHeaderError)},
		{"the server hangs up", "https://" + hangsUp, nil, nil},
		{"the server wants a certificate of ours, TLS 1.2", asking12.URL, insecure, new(*net.OpError)},
		{"the server wants a certificate of ours, TLS 1.3", asking.URL, insecure, new(*net.OpError)},
		{"... and has hung up before our request", asking.URL, insecure, new(*net.OpError)},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := &websocket.DialOptions{TLS: test.config}
			if strings.Contains(test.name, "hung up") {
				opts.Dial = hungUp
			}
			failed := dialFails(t, strings.Replace(test.url, "https", "wss", 1), opts)
			ev := failed.Event
			if ev.Phase != protocol.PhaseTLS || ev.Cause != protocol.CauseTLS || ev.Sent != nil || ev.Received != nil || ev.HTTPStatus != 0 {
				t.Errorf("%v", failed)
			}
			if test.as != nil && !errors.As(failed, test.as) {
				t.Errorf("%#v is no %T", failed.Err, test.as)
			}
			if strings.Contains(failed.Error(), "1015") {
				t.Errorf("%v", failed)
			}
		})
	}
	c, err := websocket.Dial(background, secure.URL, &websocket.DialOptions{TLS: trusted})
	if err != nil {
		t.Fatal(err)
	}
	c.Close(1000, "")
}

// hungUp connects to a server that takes nothing behind our half of TLS 1.3: two
// writes.
func hungUp(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return &shortPipe{Conn: conn}, err
}

type shortPipe struct {
	net.Conn
	writes int
}

func (c *shortPipe) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 2 {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// Every masking key is four bytes of crypto/rand that no other frame has had.
func TestThreatPredictableMaskingKeys(t *testing.T) {
	random := &randomBytes{Reader: rand.Reader}
	rand.Reader = random
	defer func() { rand.Reader = random.Reader }()
	runtime.GC()
	runtime.GC() // the pool has let go of keys drawn before
	h := overTCP(t, true)
	const messages = 1000
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range messages / 4 {
				h.endpoint.Write(background, websocket.Text, []byte("the same"))
			}
		})
	}
	go h.endpoint.Read(background)
	go func() {
		w, _ := h.endpoint.NextWriter(background, websocket.Binary)
		for range 100 {
			io.WriteString(w, "the same")
			h.Write(h.frame(0x89, "ping"))
		}
		w.Close()
		wg.Wait()
		h.endpoint.Close(1000, "")
	}()
	all := h.collect(h.frame(0x88, ""))
	used := map[int]bool{}
	frames := 0
	for len(all) > 0 {
		_, n := h.parse(all)
		if n == 0 {
			t.Fatal("no frame")
		}
		key := all[2:6]
		at := random.find(key, used)
		if at < 0 {
			t.Fatalf("frame %d: the key %x is none of %d random bytes, or was used before", frames, key, len(random.given))
		}
		used[at] = true
		all, frames = all[n:], frames+1
	}
	if frames < messages+101+2 {
		t.Errorf("only %d frames", frames)
	}
}

// randomBytes keeps what it gave.
type randomBytes struct {
	io.Reader
	mu    sync.Mutex
	given []byte
}

func (r *randomBytes) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given = append(r.given, p[:n]...)
	return n, err
}

// find is where key was given and not used yet, or -1.
func (r *randomBytes) find(key []byte, used map[int]bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at := 0; ; at++ {
		i := bytes.Index(r.given[at:], key)
		if i < 0 {
			return -1
		}
		if at += i; !used[at] {
			return at
		}
	}
}

// Where FIPS 140-3 is enforced, SHA-1 panics unless told that it protects
// nothing. Enforcement is a property of the process, so the test starts one.
func TestThreatFIPS(t *testing.T) {
	if os.Getenv("ONCLOSE_FIPS_CHILD") == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestThreatFIPS$", "-test.v")
		command.Env = append(os.Environ(), "ONCLOSE_FIPS_CHILD=1", "GODEBUG=fips140=only")
		output, err := command.CombinedOutput()
		if err != nil || !bytes.Contains(output, []byte("opened, talked and closed")) {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	if !fips140.Enforced() {
		t.Fatal("nothing is enforced")
	}
	events := make(chan websocket.CloseEvent, 1)
	server := httptest.NewServer(websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(background, typ, p) },
		OnClose:   func(_ *websocket.Conn, ev websocket.CloseEvent) { events <- ev },
	}.Handler(nil))
	defer server.Close()
	c, err := websocket.Dial(background, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Write(background, websocket.Text, []byte("hello"))
	if _, p, err := c.Read(background); string(p) != "hello" {
		t.Errorf("Read = %q, %v", p, err)
	}
	if err := c.Close(4000, "bye"); err != nil {
		t.Error(err)
	}
	check(t, "server", <-events, "4000|bye|clean|remote|closing||fin")
	t.Log("opened, talked and closed")
}
