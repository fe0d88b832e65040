package websocket_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/wstest"
)

// The rows of docs/threats.md about resources.

// A peer that pings and reads nothing has one Pong waiting for it, the newest.
func TestThreatPingFlood(t *testing.T) {
	const pings = 100_000
	for _, attended := range []bool{false, true} { // who reads: the application, or the attendant
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			if !attended {
				go h.endpoint.Read(background)
			}
			pass(2 * time.Second) // the attendant has stepped in
			payload := bytes.Repeat([]byte("p"), 125)
			before := 0
			for n := range uint64(pings) {
				if n == 2000 { // the pipe is full
					synctest.Wait()
					before = inUse()
				}
				if !attended && n%100 == 0 {
					synctest.Wait()
				}
				binary.BigEndian.PutUint64(payload, n)
				h.raw(h.frame(0x89, string(payload)))
				if attended && n == 0 {
					go h.endpoint.Ping(background) // somebody waits, so the attendant stays
				}
			}
			synctest.Wait()
			if more := inUse() - before; more > 256<<10 {
				t.Errorf("%d Pings take %d bytes", pings, more)
			}
			go h.endpoint.Close(1000, "")
			e := h.endAnswering(h.frame(0x88, closing(1000, "")))
			pongs := slices.DeleteFunc(e.frames, func(f rawFrame) bool { return f.first != 0x8a })
			if len(pongs) < 2 || len(pongs) > 64<<10/127+2 { // what the pipe holds, one on its way, and the newest
				t.Fatalf("%d Pongs", len(pongs))
			}
			last := uint64(0)
			for i, pong := range pongs {
				n := binary.BigEndian.Uint64([]byte(pong.payload))
				if len(pong.payload) != 125 || i > 0 && n <= last {
					t.Errorf("Pong %d answers %d behind %d", i, n, last)
				}
				last = n
			}
			if last != pings-1 {
				t.Errorf("the last Pong answers %d, not the newest Ping", last)
			}
		})
	}
}

func TestThreatPongFlood(t *testing.T) {
	for _, asClient := range []bool{true, false} {
		h := overTCP(t, asClient)
		go h.endpoint.Read(background)
		go h.endpoint.Ping(background) // a Ping that waits is not answered by others' Pongs
		h.await(0x89)
		var flood []byte
		const pongs = 3000
		for range pongs / 3 {
			flood = join(flood, h.frame(0x8a, ""), h.frame(0x8a, "8 bytes."), h.frame(0x8a, strings.Repeat("x", 125)))
		}
		flood = append(flood, h.frame(0x89, "")...)
		answer := make([]byte, len(h.frame(0x8a, ""))+4)
		run := func() {
			h.raw(flood)
			io.ReadFull(h, answer[:map[bool]int{true: 6, false: 2}[asClient]])
		}
		run()
		if allocs := testing.AllocsPerRun(20, run); allocs > pongs/100 && !raceEnabled {
			t.Errorf("%d Pongs and a Ping: %v allocations", pongs, allocs)
		}
		h.endpoint.Abort()
		h.Close()
	}
}

// A consumer that reads nothing blocks who writes to it and nobody else, for no
// longer than the write timeout, and costs one message.
func TestThreatSlowConsumer(t *testing.T) {
	const others, messages = 5, 200
	synctest.Test(t, func(t *testing.T) {
		conns := make(chan *websocket.Conn)
		l := serve(t, websocket.Handler(func(c *websocket.Conn) { conns <- c; <-c.Done() }, nil))
		message := make([]byte, 16<<10)
		send := func(c *websocket.Conn) (n int, err error) {
			for ; n < messages && err == nil; n++ {
				err = c.Write(background, websocket.Binary, message)
			}
			return n, err
		}
		stuckPeer, _ := l.DialContext(background, "", "")
		io.WriteString(stuckPeer, "GET / HTTP/1.1\r\nHost: test\r\n"+openingFields+"\r\n")
		slow := <-conns
		start := time.Now()
		slowly := make(chan error, 1)
		before := inUse()
		go func() { _, err := send(slow); slowly <- err }()
		synctest.Wait()
		if more := inUse() - before; more > 256<<10 {
			t.Errorf("the slow consumer takes %d bytes", more)
		}
		var wg sync.WaitGroup
		for range others {
			c := dial(t, l, nil)
			fast := <-conns
			wg.Go(func() {
				if n, err := send(fast); n != messages || err != nil {
					t.Errorf("%d messages to another consumer, %v", n, err)
				}
				fast.Close(1000, "")
			})
			wg.Go(func() {
				n := 0
				for m, err := range c.Messages(background) {
					if err == nil && len(m.Data) == len(message) {
						n++
					}
				}
				if n != messages {
					t.Errorf("another consumer got %d messages", n)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 0 {
			t.Errorf("the others waited for %v", took)
		}
		if err := <-slowly; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
		ev := eventOf(slow)
		check(t, "slow", ev, "1006||unclean|none|open|write-timeout|timeout")
		if took := time.Since(start); took > 24*time.Second || ev.UnsentMessages != 1 {
			t.Errorf("it took %v, %d messages unsent", took, ev.UnsentMessages)
		}
		stuckPeer.Close()
	})
}

func TestThreatHugeHeaders(t *testing.T) {
	lines := func(n, size int) string {
		return strings.Repeat("X: "+strings.Repeat("x", size-5)+"\r\n", n)
	}
	for _, test := range []struct {
		name, fields string
		status       int
	}{
		{"129 lines", lines(125, 10), 431},
		{"a line over 8 KiB", lines(1, 8<<10+1), 431},
		{"more than 64 KiB", lines(9, 8<<10), 431},
		{"more than net/http takes", lines(300, 8<<10), 431},
		{"a subprotocol that is no token", "Sec-WebSocket-Protocol: " + strings.Repeat("a b,", 2000) + "\r\n", 400},
		{"only commas for subprotocols", "Sec-WebSocket-Protocol: " + strings.Repeat("a,a,", 2000) + "\r\n", 400},
		{"parameters without end", "Sec-WebSocket-Extensions: a" + strings.Repeat(";", 8000) + "\r\n", 400},
		{"a quoted string without end", "Sec-WebSocket-Extensions: a; b=\"" + strings.Repeat(`\`, 8000) + "\r\n", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, _ := ask(t, nil, "GET / HTTP/1.1\r\nHost: test\r\n"+openingFields+test.fields+"\r\n")
			if response.StatusCode != test.status || !response.Close {
				t.Errorf("%s, close %v; want %d", response.Status, response.Close, test.status)
			}
		})
	}
	t.Run("a response", func(t *testing.T) {
		for _, head := range []string{
			"HTTP/1.1 101 Switching Protocols\r\n" + lines(129, 10),
			"HTTP/1.1 101 Switching Protocols\r\n" + lines(1, 8<<10+1),
			"HTTP/1.1 101 Switching Protocols\r\n" + lines(9, 8<<10),
			"HTTP/1.1 " + strings.Repeat("1", 1<<20),
			strings.Repeat("\x00", 1<<20),
		} {
			failed := dialFails(t, "ws://"+listen(t, func(conn net.Conn) {
				readHead(conn)
				io.WriteString(conn, head+"\r\n")
				io.Copy(io.Discard, conn)
			}), nil)
			if failed.Event.Cause != "bad-handshake" {
				t.Errorf("%.40q: %v", head, failed)
			}
		}
	})
	t.Run("64 KiB in linear time", func(t *testing.T) {
		fill := func(head, piece string) string { return head + strings.Repeat(piece, 64<<10/len(piece)) }
		rules := handshake.ServerRules{
			Subprotocols: []string{"z"},
			Limits:       handshake.Limits{MaxHeaderBytes: 1 << 20, MaxHeaderLineBytes: 1 << 20},
		}
		var many strings.Builder
		for i := 0; many.Len() < 64<<10; i++ {
			fmt.Fprintf(&many, "%x,", i)
		}
		for name, values := range map[string][]string{
			"Sec-Websocket-Protocol": {
				fill("", " "), fill("", ","), fill("", " ,"), fill("a", "a"), fill("", "a,"), fill("a", " "), many.String(), fill("a", "\t") + "b",
			},
			"Sec-Websocket-Extensions": {
				fill("", " "), fill("", ","), fill("", "a,"), fill("a", ";"), fill("a", ";b"), fill("a; b=", " "), fill(`a; b="`, `\a`),
				fill(`a; b="`, `\`), fill("", `"`), fill("a; b=c", ";b=c"), many.String(),
			},
			"Connection": {fill("", ","), fill("", "a, ")},
			"Upgrade":    {fill("", ","), fill("", "a, ")},
			"Origin":     {fill("http://", "a"), fill("http://[", ":"), fill("", ":")},
		} {
			for _, value := range values {
				request := httptest.NewRequest("GET", "/", nil)
				h := handshake.Header{
					"Upgrade": {"websocket"}, "Connection": {"Upgrade"},
					"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, name: {value},
				}
				fastest := time.Hour
				for range 20 {
					start := time.Now()
					rules.Check(&handshake.Request{Method: "GET", ProtoMajor: 1, ProtoMinor: 1, Host: request.Host, Header: h})
					fastest = min(fastest, time.Since(start))
				}
				if limit := 5 * time.Millisecond; fastest > limit && !raceEnabled {
					t.Errorf("%s: %.10q... took %v, the fastest of 20 times", name, value, fastest)
				}
			}
		}
	})
}

// ask sends a raw request to a handler, in a bubble, and returns the response and
// its body, which are the same through Direct. Nothing may follow a response that opened no connection, but the end.
func ask(t *testing.T, opts *websocket.AcceptOptions, request string) (*http.Response, string) {
	t.Helper()
	response, body := askThrough(t, opts, request, func(l net.Listener, _ http.Handler) net.Listener { return l })
	again, andBody := askThrough(t, opts, request, direct)
	response.Header.Del("Date")
	again.Header.Del("Date")
	if again.Status != response.Status || !reflect.DeepEqual(again.Header, response.Header) || andBody != body || again.Close != response.Close {
		t.Errorf("to %.200q Direct answers\n%s %v %q, and net/http\n%s %v %q", request, again.Status, again.Header, andBody, response.Status, response.Header, body)
	}
	return response, body
}

// askThrough is ask of a server whose listener has something around it.
func askThrough(t *testing.T, opts *websocket.AcceptOptions, request string, around func(net.Listener, http.Handler) net.Listener) (response *http.Response, body string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := websocket.Handler(func(c *websocket.Conn) { c.Abort() }, opts)
		pipes := wstest.NewListener()
		server := &http.Server{Handler: h}
		go server.Serve(around(pipes, h))
		t.Cleanup(func() { server.Close() })
		response, body = askAt(t, pipes, request)
		pass(time.Second) // net/http lingers
	})
	return response, body
}

func askAt(t *testing.T, l *wstest.Listener, request string) (*http.Response, string) {
	t.Helper()
	conn, err := l.DialContext(background, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, request)
	all, _ := io.ReadAll(conn)
	in := bytes.NewReader(all)
	reader := bufio.NewReader(in)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("%v in %q", err, all)
	}
	body := ""
	if response.StatusCode != http.StatusSwitchingProtocols {
		p, _ := io.ReadAll(response.Body)
		body = string(p)
		if rest, _ := io.ReadAll(reader); len(rest) > 0 {
			t.Errorf("behind the response: %.200q", rest)
		}
	}
	return response, body
}

// A buffer that is given back too early, or of which more is sent than was
// written, would show on the wire: whenever a writer waits for its slow peer, all
// buffers of the pools are filled with 0xAA.
func TestThreatPooledBuffers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a pool has a part for each processor
	sizes := []int{0, 1, 100, 125, 126, 4000, 4096, 4097, 30000, 32768, 32769, 65536, 200000}
	if testing.Short() {
		sizes = []int{0, 125, 126, 4096, 4097, 40000}
	}
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		h.halfCloser = &slowReader{h.halfCloser, h.frame(0x89, strings.Repeat("p", 125)), 5000}
		go h.endpoint.Read(background)
		var writers sync.WaitGroup
		for i := range 3 {
			writers.Go(func() {
				for _, size := range sizes {
					message := bytes.Repeat([]byte{byte('a' + i)}, size)
					if err := h.endpoint.Write(background, websocket.Binary, message); err != nil {
						t.Errorf("Write = %v", err)
					}
				}
			})
		}
		go func() {
			writers.Wait()
			h.endpoint.Close(4000, strings.Repeat("r", 123))
		}()
		var got []int
		pongs := 0
		for _, f := range h.frames(h.collect(h.frame(0x88, ""))) {
			only := "p"
			switch f.first {
			case 0x8a:
				pongs++
			case 0x88:
				f.payload, only = f.payload[2:], "r"
			default:
				got, only = append(got, len(f.payload)), f.payload[:min(1, len(f.payload))]
			}
			if strings.Count(f.payload, only) < len(f.payload) || only == "\xaa" {
				t.Errorf("a frame %02x of %d bytes has some that nobody wrote", f.first, len(f.payload))
			}
		}
		want := slices.Sorted(slices.Values(slices.Repeat(sizes, 3)))
		if slices.Sort(got); !slices.Equal(got, want) || pongs == 0 {
			t.Errorf("messages of %v bytes, %d Pongs", got, pongs)
		}
	})
}

// slowReader reads little at a time; before, it poisons the pools, and pings.
type slowReader struct {
	halfCloser
	ping  []byte
	pings int // still to be sent, so that a test that fails ends
}

func (c *slowReader) Read(p []byte) (int, error) {
	synctest.Wait() // who writes is stuck
	websocket.PoisonBuffers()
	if c.pings--; c.pings >= 0 {
		c.Write(c.ping)
	}
	return c.halfCloser.Read(p[:min(len(p), 1+rand.IntN(1<<rand.IntN(12)))])
}

// A cap for each user hangs on the hooks: before the upgrade it is an HTTP
// error, behind it a Close frame. A connection that has ended makes room.
func TestThreatTooManyConnections(t *testing.T) {
	const most = 3
	synctest.Test(t, func(t *testing.T) {
		var present atomic.Int32
		opts := &websocket.AcceptOptions{Trace: websocket.Trace{
			Opened: func(*websocket.Conn) { present.Add(1) },
			Closed: func(*websocket.Conn, websocket.CloseEvent) { present.Add(-1) },
		}}
		inner := websocket.Handler(echo, opts)
		capped := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if present.Load() >= most {
				http.Error(w, "too many connections", http.StatusServiceUnavailable)
				return
			}
			inner.ServeHTTP(w, r)
		}))
		var clients []*websocket.Conn
		for range most {
			clients = append(clients, dial(t, capped, nil))
		}
		synctest.Wait() // a client knows of the 101 before Opened has counted it
		failed := dialFails(t, "ws://test/", &websocket.DialOptions{Dial: capped.DialContext})
		if failed.Event.HTTPStatus != 503 || string(failed.Body) != "too many connections\n" || present.Load() != most {
			t.Errorf("one too many: %v, body %q, %d present", failed, failed.Body, present.Load())
		}
		clients[0].Close(1000, "")
		synctest.Wait()
		again := dial(t, capped, nil)
		for _, c := range append(clients, again) {
			c.Close(1000, "")
		}
		synctest.Wait()
		if present.Load() != 0 {
			t.Errorf("%d are left", present.Load())
		}
		// Behind the upgrade: 1013 tells a client to come back later.
		late := serve(t, websocket.Handler(func(c *websocket.Conn) {
			if present.Load() > most {
				c.Close(1013, "too many connections")
				return
			}
			echo(c)
		}, opts))
		clients = nil
		for range most {
			clients = append(clients, dial(t, late, nil))
		}
		synctest.Wait()
		check(t, "one too many", eventOf(dial(t, late, nil)), "1013|too many connections|clean|remote|closing||fin")
		for _, c := range clients {
			c.Close(1000, "")
		}
	})
}

// Streams of HTTP/2 that are opened and reset at once never have more handlers
// than the server allows streams, and leave none behind. Each is refused with
// 426 so far, and there never was a connection.
func TestThreatHTTP2Resets(t *testing.T) {
	const most = 100
	streams := 100_000
	if testing.Short() {
		streams = 10_000
	}
	var runs, refused, events atomic.Int64
	var mu sync.Mutex
	var now, peak = map[string]int{}, 0 // handlers of a connection
	inner := websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{
		Opened:  func(*websocket.Conn) { events.Add(1) },
		Closed:  func(*websocket.Conn, websocket.CloseEvent) { events.Add(1) },
		Refused: func(_ *http.Request, err error) { refused.Add(1) },
	}})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		runs.Add(1)
		mu.Lock()
		now[r.RemoteAddr]++
		peak = max(peak, now[r.RemoteAddr])
		mu.Unlock()
		inner.ServeHTTP(w, r)
		mu.Lock()
		now[r.RemoteAddr]--
		mu.Unlock()
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: most}
	before := runtime.NumGoroutine()
	server.Start()
	if status := http2Status(t, server.Listener.Addr().String()); status != "426" {
		t.Errorf("a stream that waits for its response gets %q", status)
	}
	for opened := 0; opened < streams; {
		opened += http2Resets(t, server.Listener.Addr().String(), min(10_000, streams-opened))
	}
	server.Close()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	mu.Lock() // a handler's last words come behind its goroutine's count
	defer mu.Unlock()
	t.Logf("%d streams: %d handlers, %d at once", streams, runs.Load(), peak)
	if peak > most || runs.Load() < most || refused.Load() != runs.Load() || events.Load() != 0 {
		t.Errorf("%d handlers at most, %d in all, %d refusals, %d events", peak, runs.Load(), refused.Load(), events.Load())
	}
}

// http2Frame is a frame of HTTP/2: RFC 9113, section 4.1.
func http2Frame(kind, flags byte, stream uint32, payload []byte) []byte {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(head, stream), payload...)
}

// http2Open begins a connection; its requests are literals without indexing (RFC
// 7541, section 6.2.2), since no state is wanted.
func http2Open(t *testing.T, address string) (conn net.Conn, request []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	conn.Write(join(http2Frame(4, 0, 0, nil), http2Frame(4, 1, 0, nil)))
	for _, field := range [][2]string{
		{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "test"},
		{"sec-websocket-version", "13"}, {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
	} {
		request = append(append(request, 0, byte(len(field[0]))), field[0]...)
		request = append(append(request, byte(len(field[1]))), field[1]...)
	}
	return conn, request
}

// http2Resets opens and resets streams on one connection until the server has
// enough of it, and returns how many.
func http2Resets(t *testing.T, address string, streams int) (opened int) {
	conn, request := http2Open(t, address)
	defer conn.Close()
	go io.Copy(io.Discard, conn)
	for ; opened < streams; opened++ {
		stream := uint32(2*opened + 1)
		if _, err := conn.Write(join(http2Frame(1, 5, stream, request), http2Frame(3, 0, stream, []byte{0, 0, 0, 8}))); err != nil {
			break
		}
	}
	return max(opened, 1)
}

// http2Status is the status of a request that is not reset.
func http2Status(t *testing.T, address string) string {
	conn, request := http2Open(t, address)
	defer conn.Close()
	conn.Write(http2Frame(1, 5, 1, request))
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(conn, head); err != nil {
			return err.Error()
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		io.ReadFull(conn, payload)
		if head[3] == 1 { // HEADERS: the status is a literal, with the name's index
			length := int(payload[1] & 0x7f)
			if huffman := payload[1]&0x80 != 0; huffman {
				return fmt.Sprintf("huffman %x", payload[2:2+length])
			}
			return string(payload[2 : 2+length])
		}
	}
}
