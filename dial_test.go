package websocket_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// dialFails dials and returns the CloseError that must come.
func dialFails(t *testing.T, url string, opts *websocket.DialOptions) *websocket.CloseError {
	t.Helper()
	var told []websocket.CloseEvent
	if opts == nil {
		opts = &websocket.DialOptions{}
	}
	opts.Trace.Closed = func(c *websocket.Conn, ev websocket.CloseEvent) { told = append(told, ev) }
	_, err := websocket.Dial(background, url, opts)
	var failed *websocket.CloseError
	if !errors.As(err, &failed) || !errors.Is(err, net.ErrClosed) {
		t.Fatalf("Dial(%q) = %v", url, err)
	}
	if ev := failed.Event; ev.Code != websocket.AbnormalClosure || ev.WasClean || !ev.OpenedAt.IsZero() || len(told) != 1 || told[0].Cause != ev.Cause {
		t.Errorf("%v, told %v", ev, told)
	}
	return failed
}

func TestADialThatFailsHasOneCloseEvent(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	forbidden := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no entry", http.StatusForbidden)
	}))
	defer forbidden.Close()
	secure := httptest.NewUnstartedServer(websocket.Handler(echo, nil))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(websocket.Handler(echo, nil))
	defer plain.Close()
	silent := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	hangsUp := listen(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		conn.Read(buffer)
		conn.Close()
	})
	short := websocket.Limits{OpeningTimeout: 50 * time.Millisecond}
	for _, test := range []struct {
		name, url    string
		opts         *websocket.DialOptions
		phase, cause string
		status       int
	}{
		{"no URL at all", "::", nil, "dialing", "bad-url", 0},
		{"another scheme", "ftp://host/", nil, "dialing", "bad-url", 0},
		{"a fragment", "ws://host/#part", nil, "dialing", "bad-url", 0},
		{"no host", "ws:///path", nil, "dialing", "bad-url", 0},
		{"a line feed in a header", "ws://host/", &websocket.DialOptions{Header: http.Header{"X": {"a\nb"}}}, "dialing", "bad-handshake", 0},
		{"a subprotocol that is no token", "ws://host/", &websocket.DialOptions{Subprotocols: []string{"a b"}}, "dialing", "bad-handshake", 0},
		{"nobody listens", "ws://" + closed.Addr().String(), nil, "dialing", "refused", 0},
		{"403", strings.Replace(forbidden.URL, "http", "ws", 1), nil, "opening", "bad-handshake", 403},
		{"a certificate that nobody signed", strings.Replace(secure.URL, "https", "wss", 1), nil, "tls", "tls", 0},
		{"no TLS on the other side", strings.Replace(plain.URL, "http", "wss", 1), nil, "tls", "tls", 0},
		{"no answer to the request", "ws://" + silent, &websocket.DialOptions{Limits: short}, "opening", "open-timeout", 0},
		{"no answer in TLS", "wss://" + silent, &websocket.DialOptions{Limits: short}, "tls", "open-timeout", 0},
		{"FIN before the response", "ws://" + hangsUp, nil, "opening", "eof", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			failed := dialFails(t, test.url, test.opts)
			ev := failed.Event
			if _, misused := errors.AsType[*protocol.MisuseError](failed); misused != (test.cause == "bad-url") {
				t.Errorf("%s has the error %#v", test.cause, failed.Err)
			}
			if string(ev.Phase) != test.phase || string(ev.Cause) != test.cause || ev.HTTPStatus != test.status || failed.Err == nil {
				t.Errorf("phase %s, cause %s, status %d; want %s, %s, %d: %v", ev.Phase, ev.Cause, ev.HTTPStatus, test.phase, test.cause, test.status, failed)
			}
		})
	}
	failed := dialFails(t, strings.Replace(forbidden.URL, "http", "ws", 1), nil)
	var bad *handshake.ResponseError
	if string(failed.Body) != "no entry\n" || !errors.As(failed, &bad) || bad.Status != 403 {
		t.Errorf("body %q, %v", failed.Body, failed)
	}
	failed = dialFails(t, strings.Replace(secure.URL, "https", "wss", 1), nil)
	if !errors.As(failed, new(*tls.CertificateVerificationError)) {
		t.Errorf("%v is no TLS error", failed)
	}
}

// listen serves raw connections on loopback until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
			t.Cleanup(func() { conn.Close() })
			go serve(conn)
		}
	}()
	return l.Addr().String()
}

func TestADialThatIsCancelled(t *testing.T) {
	address := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithCancelCause(background)
	why := errors.New("changed my mind")
	_, err := websocket.Dial(ctx, "ws://"+address, &websocket.DialOptions{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			defer cancel(why)
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	})
	var failed *websocket.CloseError
	if !errors.As(err, &failed) || !errors.Is(err, why) || failed.Event.Cause != protocol.CauseContextCanceled {
		t.Errorf("Dial = %v", err)
	}
}

func TestAMissingRequiredExtensionIs1010(t *testing.T) {
	events := make(chan websocket.CloseEvent, 1)
	server := httptest.NewServer(websocket.Events{
		OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) { events <- ev },
	}.Handler(nil))
	defer server.Close()
	failed := dialFails(t, server.URL, &websocket.DialOptions{RequiredExtensions: []string{"x-one", "x-two"}})
	check(t, "client", failed.Event, "1006||unclean|local|opening|mandatory-extension|fin")
	if sent := failed.Event.Sent; sent == nil || sent.Code != websocket.MandatoryExtension || sent.Reason != "x-one, x-two" {
		t.Errorf("sent %v", sent)
	}
	check(t, "server", <-events, "1010|x-one, x-two|clean|remote|closing||fin")
}

func TestSubprotocolHeadersAndPasswords(t *testing.T) {
	var got *http.Request
	inner := websocket.Handler(echo, &websocket.AcceptOptions{Subprotocols: []string{"b", "a"}, Header: http.Header{"X-Reply": {"yes"}}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "http://", "ws://user:secret@", 1) + "/path?q=1"
	c, err := websocket.Dial(background, url, &websocket.DialOptions{
		Subprotocols: []string{"a", "b"}, Header: http.Header{"X-Ask": {"please"}}, Host: "example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	user, password, _ := got.BasicAuth()
	if c.Subprotocol() != "b" || got.Header.Get("X-Ask") != "please" || got.Host != "example.com" || user != "user" || password != "secret" {
		t.Errorf("subprotocol %q, request %v %v", c.Subprotocol(), got.Host, got.Header)
	}
	c.Close(1000, "")
	ev := eventOf(c)
	if strings.Contains(ev.URL, "secret") || !strings.HasSuffix(ev.URL, "/path?q=1") || ev.HTTPStatus != 101 || ev.HTTPVersion != "HTTP/1.1" || ev.Subprotocol != "b" {
		t.Errorf("%+v", ev)
	}
}

func TestTheRequestTargetIsSentAsItStands(t *testing.T) {
	for _, test := range []struct{ url, target, want, public string }{
		{"/a|b%2fc?d|e", "", "/a%7Cb/c?d|e", "/a%7Cb/c?d|e"},
		{"/", "/a|b%2fc%?d|%zz", "/a|b%2fc%?d|%zz", "/a|b%2fc%?d|%zz"},
		{"/x?y", "/?", "/?", "/?"},
	} {
		requests := make(chan string, 1)
		address := listen(t, func(conn net.Conn) {
			line, _ := bufio.NewReader(conn).ReadString('\n')
			requests <- line
			conn.Close()
		})
		failed := dialFails(t, "ws://user:secret@"+address+test.url, &websocket.DialOptions{Target: test.target})
		if got := <-requests; got != "GET "+test.want+" HTTP/1.1\r\n" {
			t.Errorf("%+v: %q", test, got)
		}
		if failed.Event.URL != "ws://"+address+test.public {
			t.Errorf("%+v: the event's URL is %q", test, failed.Event.URL)
		}
	}
	for _, bad := range []string{"a", "/a b", "/\u00fc", "/a#b", "/\r\n"} {
		if failed := dialFails(t, "ws://host/", &websocket.DialOptions{Target: bad}); failed.Event.Cause != "bad-handshake" {
			t.Errorf("target %q: %v", bad, failed)
		}
	}
}

func TestTLSEndsWithCloseNotify(t *testing.T) {
	events := make(chan websocket.CloseEvent, 1)
	server := httptest.NewUnstartedServer(websocket.Events{
		OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) { events <- ev },
	}.Handler(nil))
	server.Listener = transport.ObserveEOF(server.Listener)
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	opts := &websocket.DialOptions{TLS: &tls.Config{RootCAs: roots}}
	c, err := websocket.Dial(background, server.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	c.Close(4000, "x")
	check(t, "client", eventOf(c), "4000|x|clean|local|closing||fin")
	check(t, "server", <-events, "4000|x|clean|remote|closing||fin")

	// TCP that ends without close_notify is told apart.
	var below net.Conn
	opts.Dial = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		below, err = new(net.Dialer).DialContext(ctx, network, address)
		return below, err
	}
	c, err = websocket.Dial(background, server.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	below.(*net.TCPConn).CloseWrite()
	check(t, "server", <-events, "1006||unclean|none|open|tls-truncated|tls-truncated")
	c.Abort()
}

// The jar of an http.Client serves WebSockets as well, both ways.
func TestCookiesOfAJar(t *testing.T) {
	var asked []string
	opens := websocket.Handler(echo, &websocket.AcceptOptions{Header: http.Header{"Set-Cookie": {"opened=yes; Path=/"}}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, strings.Join(r.Header["Cookie"], "|"))
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/", HttpOnly: true})
			http.SetCookie(w, &http.Cookie{Name: "elsewhere", Value: "1", Path: "/elsewhere"})
		case "/refuse":
			http.SetCookie(w, &http.Cookie{Name: "refused", Value: "1", Path: "/"})
			w.WriteHeader(http.StatusForbidden)
		default:
			opens.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := (&http.Client{Jar: jar}).Get(server.URL + "/login")
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	address := "ws" + strings.TrimPrefix(server.URL, "http")
	given := http.Header{"Cookie": {"mine=1"}}
	dialFails(t, address+"/refuse", &websocket.DialOptions{Jar: jar, Header: given})
	for _, opts := range []*websocket.DialOptions{{Jar: jar}, {Jar: jar, Target: "/elsewhere/x?y"}, {}} {
		c, err := websocket.Dial(background, address+"/echo", opts)
		if err != nil {
			t.Fatal(err)
		}
		c.Close(1000, "")
	}
	want := []string{
		"", "mine=1; session=1",
		"session=1; refused=1",
		"elsewhere=1; session=1; refused=1; opened=yes", // longest path first
		"",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("the server was sent\n%q, want\n%q", asked, want)
	}
	if got := given.Get("Cookie"); got != "mine=1" {
		t.Errorf("the caller's header is %q now", got)
	}
}
