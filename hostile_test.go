package websocket_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
)

// hostile is the peer of an endpoint under test: it sends what it likes, on a
// pipe in a bubble or over TCP. It shares no code with the library.
type hostile struct {
	halfCloser
	t        *testing.T
	endpoint *websocket.Conn
	asClient bool // the endpoint is the client: then the peer's frames have no mask
	closes   int  // how often Trace.Closed was called
	began    time.Time
}

type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// inBothRoles runs a test with an endpoint that is the client, and once more
// with one that is the server. Behind each nothing may be left.
func inBothRoles(t *testing.T, limits websocket.Limits, test func(t *testing.T, h *hostile)) {
	t.Helper()
	t.Run("client", func(t *testing.T) { inRole(t, true, limits, test) })
	t.Run("server", func(t *testing.T) { inRole(t, false, limits, test) })
}

func inRole(t *testing.T, asClient bool, limits websocket.Limits, test func(t *testing.T, h *hostile)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHostile(t, asClient, limits)
		test(t, h)
		<-h.endpoint.Done()
		pass(time.Hour) // a late timer would tell a second event
		synctest.Wait()
		if h.closes != 1 {
			t.Errorf("%d CloseEvents", h.closes)
		}
		h.Close()
	})
}

func newHostile(t *testing.T, asClient bool, limits websocket.Limits) *hostile {
	h := &hostile{t: t, asClient: asClient}
	h.endpoint, h.halfCloser = rawPeerWithin(t, asClient, websocket.Trace{
		Closed: func(*websocket.Conn, websocket.CloseEvent) { h.closes++ },
	}, limits)
	h.began = time.Now()
	return h
}

// header is a frame's header with the length in the shortest form.
func (h *hostile) header(first byte, length uint64) []byte {
	switch {
	case length <= 125:
		return h.longHeader(first, 0, length)
	case length <= 0xffff:
		return h.longHeader(first, 2, length)
	}
	return h.longHeader(first, 8, length)
}

// longHeader is a header with the length in so many extra bytes, and with the
// mask that the endpoint's role asks for: a masking key of zeros.
func (h *hostile) longHeader(first byte, extra int, length uint64) []byte {
	var all [8]byte
	binary.BigEndian.PutUint64(all[:], length)
	second := map[int]byte{0: byte(length), 2: 126, 8: 127}[extra]
	head := append([]byte{first, second}, all[8-extra:]...)
	if !h.asClient {
		head[1] |= 0x80
		head = append(head, 0, 0, 0, 0)
	}
	return head
}

// frame is a whole frame. A mask is random.
func (h *hostile) frame(first byte, payload string) []byte {
	head, body := h.header(first, uint64(len(payload))), []byte(payload)
	if !h.asClient {
		key := head[len(head)-4:]
		binary.BigEndian.PutUint32(key, rand.Uint32())
		for i := range body {
			body[i] ^= key[i%4]
		}
	}
	return append(head, body...)
}

// send sends whole frames in one segment: first byte, payload, first byte, ...
func (h *hostile) send(frames ...any) {
	h.t.Helper()
	var all []byte
	for i := 0; i < len(frames); i += 2 {
		all = append(all, h.frame(byte(frames[i].(int)), frames[i+1].(string))...)
	}
	h.raw(all)
}

func (h *hostile) raw(p []byte) {
	h.t.Helper()
	if _, err := h.Write(p); err != nil {
		h.t.Errorf("the peer cannot send: %v", err)
	}
}

// closing is the payload of a Close frame.
func closing(code int, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(code))) + reason
}

// rawFrame is a frame that the endpoint sent, without its mask.
type rawFrame struct {
	first   byte
	payload string
}

func (f rawFrame) String() string { return fmt.Sprintf("%02x %q", f.first, f.payload) }

// frames takes apart what the endpoint sent, which must be whole frames with the
// mask of its role.
func (h *hostile) frames(p []byte) (frames []rawFrame) {
	h.t.Helper()
	for len(p) > 0 {
		f, n := h.parse(p)
		if n == 0 {
			h.t.Errorf("the endpoint sent %d bytes that are no frame: %x", len(p), p[:min(len(p), 40)])
			return frames
		}
		frames, p = append(frames, f), p[n:]
	}
	return frames
}

// parse takes a frame from the front of p; n is 0 when it is not whole.
func (h *hostile) parse(p []byte) (f rawFrame, n int) {
	if len(p) < 2 {
		return f, 0
	}
	masked, length, n := p[1]&0x80 != 0, uint64(p[1]&0x7f), 2
	if masked != h.asClient {
		h.t.Errorf("mask %v from a client %v", masked, h.asClient)
	}
	if extra := map[uint64]int{126: 2, 127: 8}[length]; extra > 0 {
		if len(p) < n+extra {
			return f, 0
		}
		length = 0
		for _, b := range p[n : n+extra] {
			length = length<<8 | uint64(b)
		}
		n += extra
	}
	key := []byte{0, 0, 0, 0}
	if masked {
		if len(p) < n+4 {
			return f, 0
		}
		key = p[n : n+4]
		n += 4
	}
	if uint64(len(p)-n) < length {
		return f, 0
	}
	body := slices.Clone(p[n : n+int(length)])
	for i := range body {
		body[i] ^= key[i%4]
	}
	return rawFrame{p[0], string(body)}, n + len(body)
}

// ending is what became of the endpoint: the messages that its application read,
// the frames that it sent, and its CloseEvent.
type ending struct {
	messages []string
	frames   []rawFrame
	event    websocket.CloseEvent
	err      error // what the application read last
	took     time.Duration
}

// end lets the application read to the end, while the peer reads to the
// endpoint's FIN and closes then.
func (h *hostile) end() ending { return h.endAnswering(nil) }

// endAnswering is end with a peer that sends answer when it has read the
// endpoint's Close frame.
func (h *hostile) endAnswering(answer []byte) (e ending) {
	h.t.Helper()
	wrote := make(chan []byte)
	go func() { wrote <- h.collect(answer) }()
	for m, err := range h.endpoint.Messages(background) {
		if e.err = err; err == nil {
			e.messages = append(e.messages, string(m.Data))
		}
	}
	e.event = eventOf(h.endpoint)
	e.took = e.event.ClosedAt.Sub(h.began)
	e.frames = h.frames(<-wrote)
	return e
}

// collect reads to the end of the endpoint's stream, and closes. Behind the
// endpoint's Close frame it sends answer and its FIN.
func (h *hostile) collect(answer []byte) (all []byte) {
	buffer := make([]byte, 64<<10)
	for at, closed := 0, false; ; {
		n, err := h.Read(buffer)
		all = append(all, buffer[:n]...)
		for n = 1; n > 0 && !closed; {
			var f rawFrame
			f, n = h.parse(all[at:])
			if at += n; f.first == 0x88 && n > 0 {
				closed = true
				h.Write(answer)
				h.CloseWrite()
			}
		}
		if err != nil {
			h.Close()
			return all
		}
	}
}

// fails asserts that the endpoint failed the connection at once: one Close frame
// with the code behind whatever else it sent; 1006 and not clean here; and its
// application got exactly these messages.
func (h *hostile) fails(code websocket.StatusCode, cause string, messages ...string) ending {
	h.t.Helper()
	e := h.end()
	check(h.t, "endpoint", e.event, "1006||unclean|local|open|"+cause+"|fin")
	if sent := e.event.Sent; sent == nil || sent.Code != code || e.event.Received != nil {
		h.t.Errorf("sent %v, received %v; want %d sent", sent, e.event.Received, code)
	}
	if last := e.lastClose(h.t); last.code() != code {
		h.t.Errorf("the frames were %v; want a Close frame with %d", e.frames, code)
	}
	if !slices.Equal(e.messages, messages) {
		h.t.Errorf("%d messages were delivered, want %d: %.100q", len(e.messages), len(messages), e.messages)
	}
	if e.took != 0 {
		h.t.Errorf("it took %v", e.took)
	}
	return e
}

// lastClose is the one Close frame, which must come last.
func (e ending) lastClose(t *testing.T) rawFrame {
	t.Helper()
	closes := slices.DeleteFunc(slices.Clone(e.frames), func(f rawFrame) bool { return f.first != 0x88 })
	if len(closes) != 1 || e.frames[len(e.frames)-1] != closes[0] {
		t.Fatalf("want one Close frame, and last: %v", e.frames)
	}
	return closes[0]
}

// code is the status code of a Close frame; 1005 stands for none.
func (f rawFrame) code() websocket.StatusCode {
	if len(f.payload) < 2 {
		return websocket.NoStatusRcvd
	}
	return websocket.StatusCode(binary.BigEndian.Uint16([]byte(f.payload)))
}

// join is one slice of bytes.
func join(pieces ...[]byte) []byte { return bytes.Join(pieces, nil) }

// overTCP is a hostile peer over real TCP.
func overTCP(t *testing.T, asClient bool) *hostile {
	t.Helper()
	h := &hostile{t: t, asClient: asClient, began: time.Now()}
	endpoints := make(chan *websocket.Conn, 1)
	if asClient {
		raw := make(chan net.Conn, 1)
		address := listen(t, func(conn net.Conn) {
			head := readHead(conn)
			_, key, _ := strings.Cut(head, "Sec-WebSocket-Key: ")
			key, _, _ = strings.Cut(key, "\r\n")
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+acceptOf(key)+"\r\n\r\n")
			raw <- conn
		})
		c, err := websocket.Dial(background, "ws://"+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		h.endpoint, h.halfCloser = c, (<-raw).(*net.TCPConn)
		return h
	}
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		endpoints <- c
		<-c.Done()
	}, nil))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\n"+openingFields+"\r\n")
	readHead(conn)
	h.endpoint, h.halfCloser = <-endpoints, conn.(*net.TCPConn)
	return h
}

// openingFields are the header fields that make a request one for a WebSocket.
const openingFields = "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// readHead reads to the empty line, and nothing behind it.
func readHead(conn net.Conn) string {
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		var b [1]byte
		if _, err := io.ReadFull(conn, b[:]); err != nil {
			return string(head)
		}
		head = append(head, b[0])
	}
	return string(head)
}
