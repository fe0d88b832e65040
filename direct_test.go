package websocket_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wstest"
)

// That Direct answers every request as net/http does is asked by ask, with all the
// requests of the threats; that connections close as they do elsewhere, by the closing
// scenarios and by the simulation.

// directServer serves a handler at "/ws", and "hello" at "/hello", behind Direct.
type directServer struct {
	*wstest.Listener
	direct net.Listener
	seen   atomic.Int32 // requests that net/http had
}

func serveDirect(t *testing.T, handler http.Handler) *directServer {
	t.Helper()
	s := &directServer{Listener: wstest.NewListener()}
	mux := http.NewServeMux()
	mux.Handle("/ws", handler)
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.Copy(w, strings.NewReader("hello "+string(body)))
	})
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.seen.Add(1)
			mux.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	s.direct = websocket.Direct(s.Listener, map[string]http.Handler{"/ws": handler})
	go server.Serve(s.direct)
	t.Cleanup(func() { server.Close() })
	return s
}

// open opens a connection and sends pieces, each when all are at rest.
func (s *directServer) open(t *testing.T, pieces ...string) net.Conn {
	t.Helper()
	conn, err := s.DialContext(background, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		synctest.Wait()
		io.WriteString(conn, p)
	}
	return conn
}

const directRequest = "GET /ws?a=b%20c HTTP/1.1\r\nHost: server.example\r\n" + openingFields + "\r\n"

func TestDirectOpensWhatIsInOrderAndLeavesTheRest(t *testing.T) {
	with := func(field string) string {
		return strings.Replace(directRequest, "Host:", field+"\r\nHost:", 1)
	}
	at := func(target string) string { return strings.Replace(directRequest, "/ws", target, 1) }
	for _, test := range []struct {
		name   string
		pieces []string
		seen   int32
		status int
	}{
		{"in order", []string{directRequest}, 0, 101},
		{"with a frame behind it", []string{directRequest + "\x81\x82\x00\x00\x00\x00hi"}, 0, 101},
		{"in pieces", []string{directRequest[:40], directRequest[40:]}, 1, 101},
		{"byte by byte at first", []string{"G", "E", directRequest[2:]}, 1, 101},
		{"longer than 4 KiB", []string{with("Cookie: " + strings.Repeat("c", 5000))}, 1, 101},
		{"with Expect", []string{with("Expect: a miracle")}, 0, 417},
		{"another path", []string{at("/hello")}, 1, 200},
		{"a path that only means the same", []string{at("/%77s")}, 1, 101},
		{"an absolute target", []string{at("http://server.example/ws")}, 1, 101},
		{"a target that is no path", []string{at("ws")}, 0, 400},
		{"another origin", []string{with("Origin: http://evil.example")}, 1, 403},
		{"no WebSocket", []string{"GET /ws HTTP/1.1\r\nHost: server.example\r\n\r\n"}, 1, 426},
		{"a body", []string{"POST /hello HTTP/1.1\r\nHost: server.example\r\nContent-Length: 5\r\n\r\nwor", "ld"}, 1, 200},
		{"no HTTP", []string{"\x16\x03\x01\x02\x00\x01\n"}, 0, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told atomic.Pointer[http.Request]
				s := serveDirect(t, websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{
					Accepted: func(_ *websocket.Conn, r *http.Request) { told.Store(r) },
				}}))
				conn := s.open(t, test.pieces...)
				defer conn.Close()
				in := bufio.NewReader(conn)
				response, err := http.ReadResponse(in, nil)
				if err != nil || response.StatusCode != test.status || s.seen.Load() != test.seen {
					t.Fatalf("%v, %v, and net/http had %d requests; want %d, and %d", response, err, s.seen.Load(), test.status, test.seen)
				}
				synctest.Wait()
				if r := told.Load(); (r != nil) != (test.status == 101) {
					t.Errorf("accepted: %v", r)
				} else if r != nil && (r.URL.RawQuery != "a=b%20c" || r.Host != "server.example" || r.RemoteAddr == "" || r.Context() == nil) {
					t.Errorf("the hook got %+v", r)
				}
				if test.status == 101 {
					pass(3 * time.Second) // what was due to the opening is over
					io.WriteString(conn, "\x88\x82\x00\x00\x00\x00\x03\xe8")
					if all, err := io.ReadAll(in); err != nil || !strings.HasSuffix(string(all), "\x88\x02\x03\xe8") {
						t.Errorf("the end is %q, %v", all, err)
					}
				}
			})
		})
	}
}

// What came behind the request is not lost, and the connection is told of as elsewhere.
func TestDirectKeepsWhatCameEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan websocket.CloseEvent, 1)
		s := serveDirect(t, websocket.Events{
			OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(background, typ, p) },
			OnClose:   func(_ *websocket.Conn, e websocket.CloseEvent) { ended <- e },
		}.Handler(nil))
		conn := s.open(t, directRequest+"\x81\x82\x00\x00\x00\x00hi\x88\x82\x00\x00\x00\x00\x0f\xa1")
		all, err := io.ReadAll(conn)
		if want := "\r\n\r\n\x81\x02hi\x88\x02\x0f\xa1"; err != nil || !strings.HasSuffix(string(all), want) {
			t.Errorf("got %q, %v", all, err)
		}
		conn.Close()
		e := <-ended
		if e.Code != 4001 || !e.WasClean || e.URL != "ws://server.example/ws?a=b%20c" || e.HTTPStatus != 101 || e.HTTPVersion != "HTTP/1.1" {
			t.Errorf("the event is %v", e)
		}
	})
}

// A connection that says nothing goes to the server, whose timeout ends it.
func TestDirectLeavesSilenceToTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serveDirect(t, websocket.Handler(echo, nil))
		begun := time.Now()
		conn := s.open(t)
		if n, err := conn.Read(make([]byte, 1)); err != io.EOF || time.Since(begun) != 11*time.Second {
			t.Errorf("read %d, %v after %v", n, err, time.Since(begun))
		}
		late := s.open(t)
		defer late.Close()
		pass(5 * time.Second)
		io.WriteString(late, directRequest)
		response, err := http.ReadResponse(bufio.NewReader(late), nil)
		if err != nil || response.StatusCode != 101 || s.seen.Load() != 1 {
			t.Errorf("%v, %v", response, err)
		}
		gone := s.open(t) // and one that ends at once leaves nothing
		gone.Close()
	})
}

// Who is refused by the application is answered once, and can read the answer though more
// was sent.
func TestDirectRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var told error
		s := serveDirect(t, websocket.Handler(echo, &websocket.AcceptOptions{
			Refuse: func(r *http.Request) (int, string) {
				asked++
				return 429, "later, " + r.URL.Query().Get("a")
			},
			Trace: websocket.Trace{Refused: func(_ *http.Request, err error) { told = err }},
		}))
		conn := s.open(t, directRequest+"\x81\x82\x00\x00\x00\x00hi")
		all, err := io.ReadAll(conn)
		in := bufio.NewReader(bytes.NewReader(all))
		response, parseErr := http.ReadResponse(in, nil)
		if err != nil || parseErr != nil || response.StatusCode != 429 || !response.Close || response.Header.Get("Date") == "" {
			t.Fatalf("%q, %v, %v", all, err, parseErr)
		}
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != "later, b c\n" || in.Buffered() > 0 {
			t.Errorf("the body is %q, %v", body, err)
		}
		pass(time.Second)
		synctest.Wait()
		refusal, ok := told.(*handshake.Refusal)
		if asked != 1 || !ok || refusal.Status != 429 || s.seen.Load() != 0 {
			t.Errorf("asked %d times, told of %v, net/http had %d", asked, told, s.seen.Load())
		}
		conn.Write([]byte("more")) // is answered with a reset
		pass(time.Second)
		if _, err := conn.Write([]byte("more")); err == nil {
			t.Error("the connection is still open")
		}
	})
}

// A hook that panics ends its connection and nothing else.
func TestDirectSurvivesHooks(t *testing.T) {
	logged := new(bytes.Buffer)
	defer log.SetOutput(log.Writer())
	log.SetOutput(logged)
	synctest.Test(t, func(t *testing.T) {
		for _, opts := range []*websocket.AcceptOptions{
			{Refuse: func(*http.Request) (int, string) { panic("by the hook") }},
			{Trace: websocket.Trace{Accepted: func(*websocket.Conn, *http.Request) { panic("by the hook") }}},
			{Trace: websocket.Trace{Opened: func(*websocket.Conn) { panic("by the hook") }}},
		} {
			logged.Reset()
			s := serveDirect(t, websocket.Handler(echo, opts))
			conn := s.open(t, directRequest)
			if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Errorf("reading: %v", err)
			}
			conn.Close()
			pass(time.Minute) // what had become a Conn has ended
			if !strings.Contains(logged.String(), "panic serving") || !strings.Contains(logged.String(), "by the hook") {
				t.Errorf("logged %q", logged)
			}
		}
		logged.Reset()
		s := serveDirect(t, websocket.Handler(echo, &websocket.AcceptOptions{
			Refuse: func(*http.Request) (int, string) { panic(http.ErrAbortHandler) }, // on purpose
		}))
		if all, _ := io.ReadAll(s.open(t, directRequest)); len(all) > 0 || logged.Len() > 0 {
			t.Errorf("read %q, logged %q", all, logged)
		}
	})
}

func TestDirectCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := wstest.NewListener()
		l := websocket.Direct(pipes, nil)
		if l.Addr() != pipes.Addr() {
			t.Errorf("it listens at %v", l.Addr())
		}
		var conns []net.Conn
		go l.Accept() // one gets in, and has a second to say something
		synctest.Wait()
		for range 3 {
			conn, err := pipes.DialContext(background, "", "")
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
			conns = append(conns, conn)
		}
		synctest.Wait()
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept gives %v", err)
		}
		ended := 0
		for _, conn := range conns { // one was accepted
			conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := io.ReadAll(conn); err == nil {
				ended++
			}
			conn.Close()
		}
		if ended != 2 {
			t.Errorf("%d connections that nobody got were closed, not 2", ended)
		}
	})
}

// failing fails once, and then is closed by somebody else.
type failing struct {
	net.Listener
	failures chan error
}

func (l failing) Accept() (net.Conn, error) { return nil, <-l.failures }

func TestDirectPassesErrorsOn(t *testing.T) {
	broken := errors.New("too many open files")
	l := websocket.Direct(failing{wstest.NewListener(), make(chan error, 2)}, nil)
	inner := reflect.ValueOf(l).Elem().FieldByName("Listener").Interface().(failing)
	inner.failures <- broken
	inner.failures <- net.ErrClosed
	if _, err := l.Accept(); err != broken {
		t.Errorf("Accept gives %v", err)
	}
	for range 2 {
		if _, err := l.Accept(); err != net.ErrClosed {
			t.Errorf("Accept gives %v", err)
		}
	}
}

// TLS goes through net/http, which sees that it is TLS.
func TestDirectLeavesTLSToTheServer(t *testing.T) {
	truthtest.TLS()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var secure atomic.Bool
	h := websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{
		Accepted: func(_ *websocket.Conn, r *http.Request) { secure.Store(r.TLS != nil) },
	}})
	server := &http.Server{Handler: h}
	go server.Serve(websocket.Direct(tls.NewListener(transport.ObserveEOF(l), &tls.Config{
		Certificates: []tls.Certificate{truthtest.TLS().Servers["good"]},
	}), map[string]http.Handler{"/": h}))
	defer server.Close()
	c, err := websocket.Dial(background, "wss://"+l.Addr().String(), &websocket.DialOptions{TLS: carrierTLS()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(4000, ""); err != nil || !secure.Load() {
		t.Errorf("%v, TLS %v", err, secure.Load())
	}
}

func TestDirectIsForHandlersOfThisPackage(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "http.HandlerFunc") {
			t.Errorf("panic: %s", text)
		}
	}()
	websocket.Direct(wstest.NewListener(), map[string]http.Handler{"/": http.HandlerFunc(nil)})
}

// What a connection leaves to the collector of garbage, from its request to its end, at
// the server: with net/http 9 KiB more.
func TestDirectSavesGarbage(t *testing.T) {
	h := websocket.Handler(echo, nil)
	garbage := func(around func(net.Listener, http.Handler) net.Listener) float64 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: h}
		go server.Serve(around(l, h))
		defer server.Close()
		cycle := func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, strings.Replace(directRequest, "/ws", "/", 1)+"\x88\x82\x00\x00\x00\x00\x03\xe8")
			io.Copy(io.Discard, conn)
			conn.Close()
		}
		const cycles = 200
		cycle()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range cycles {
			cycle()
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / cycles
	}
	with := garbage(func(l net.Listener, _ http.Handler) net.Listener { return l })
	without := garbage(direct)
	t.Logf("%.0f bytes a connection with net/http, %.0f without", with, without)
	if saved := with - without; saved < 9<<10 {
		t.Errorf("Direct saves %.0f bytes", saved)
	}
}
