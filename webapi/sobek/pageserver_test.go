package sobek

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/wire"
)

// anyOrigin accepts as the server of the checks does.
var anyOrigin = &websocket.AcceptOptions{Origins: []string{"*"}, Subprotocols: []string{"echo"}}

// pageServer is what the checks in testdata/checks talk to, by path.
func pageServer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/", "/echo":
		websocket.Handler(echoUntilGoodbye, anyOrigin).ServeHTTP(w, r)
	case "/protocol_array":
		offered, _, _ := strings.Cut(r.Header.Get("Sec-WebSocket-Protocol"), ",")
		tells(offered, &websocket.AcceptOptions{Origins: []string{"*"}, Subprotocols: []string{offered}}).ServeHTTP(w, r)
	case "/origin":
		tells(r.Header.Get("Origin"), anyOrigin).ServeHTTP(w, r)
	case "/referrer":
		tells(fmt.Sprintf("%q", r.Header["Referer"]), anyOrigin).ServeHTTP(w, r)
	case "/pa th", "/target":
		tells(r.RequestURI, anyOrigin).ServeHTTP(w, r)
	case "/empty-message":
		websocket.Handler(tellEmpty, anyOrigin).ServeHTTP(w, r)
	case "/handshake_sleep_2":
		time.Sleep(2 * time.Second)
		websocket.Handler(echoUntilGoodbye, anyOrigin).ServeHTTP(w, r)
	case "/basic_auth":
		if user, password, _ := r.BasicAuth(); user != "foo" || password != "bar" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		websocket.Handler(echoUntilGoodbye, anyOrigin).ServeHTTP(w, r)
	case "/send-backpressure":
		large := *anyOrigin
		large.MessageBytes = 16 << 20
		websocket.Handler(readSlowly, &large).ServeHTTP(w, r)
	case "/sleep_10_v13", "/wrong_accept_key", "/invalid":
		misbehave(w, r.URL.Path)
	case "/echo_raw", "/delayed-passive-close", "/remote-close", "/simple_handshake", "/receive-backpressure":
		speakFrames(w, r)
	default:
		http.NotFound(w, r)
	}
}

func echoUntilGoodbye(c *websocket.Conn) {
	for m, err := range c.Messages(context.Background()) {
		if err != nil {
			return
		}
		c.Write(context.Background(), m.Type, m.Data)
		if string(m.Data) == "Goodbye" {
			c.Close(websocket.NormalClosure, "")
		}
	}
}

// tells sends one message and waits for the end.
func tells(text string, opts *websocket.AcceptOptions) http.Handler {
	return websocket.Handler(func(c *websocket.Conn) {
		c.Write(context.Background(), websocket.Text, []byte(text))
		c.Read(context.Background())
	}, opts)
}

func tellEmpty(c *websocket.Conn) {
	_, data, _ := c.Read(context.Background())
	c.Write(context.Background(), websocket.Text, strconv.AppendInt(nil, int64(len(data)), 10))
	c.Read(context.Background())
}

// readSlowly tells the size of each message.
func readSlowly(c *websocket.Conn) {
	for {
		time.Sleep(10 * time.Millisecond)
		_, data, err := c.Read(context.Background())
		if err != nil {
			return
		}
		c.Write(context.Background(), websocket.Text, strconv.AppendInt(nil, int64(len(data)), 10))
	}
}

// misbehave answers no opening handshake, or wrongly.
func misbehave(w http.ResponseWriter, path string) {
	conn, _, _ := http.NewResponseController(w).Hijack()
	defer conn.Close()
	switch path {
	case "/sleep_10_v13":
		io.Copy(io.Discard, conn)
	case "/wrong_accept_key":
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n")
	default:
		io.WriteString(conn, "FOO BAR BAZ\r\n\r\n")
	}
}

// speakFrames is a server that writes bytes of its own choice.
func speakFrames(w http.ResponseWriter, r *http.Request) {
	conn, buffered, _ := http.NewResponseController(w).Hijack()
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		handshake.Accept(r.Header.Get("Sec-WebSocket-Key")))
	switch r.URL.Path {
	case "/simple_handshake":
		conn.Write([]byte("\x81\x04test\x88\x02\x03\xe8"))
	case "/remote-close":
		if r.URL.Query().Get("abrupt") != "" {
			return
		}
		conn.Write(closeFrame(r.URL.Query().Get("code"), r.URL.Query().Get("reason")))
	case "/receive-backpressure":
		const size = 8 << 20
		conn.Write(append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Length: size}), make([]byte, size)...))
		conn.Write([]byte("\x81\x04gone"))
	}
	for answer := true; answer; {
		answer = answerFrame(conn, buffered, r.URL.Path)
	}
}

// answerFrame reads a frame and says whether another one is to come.
func answerFrame(conn net.Conn, in io.Reader, path string) bool {
	opcode, payload, err := readFrame(in)
	switch {
	case err != nil:
		return false
	case opcode == wire.Close:
		if path == "/delayed-passive-close" {
			time.Sleep(time.Second)
		}
		conn.Write(append([]byte{0x88, byte(len(payload))}, payload...))
		return false
	case path == "/echo_raw": // each character is a byte
		var raw []byte
		for _, c := range string(payload) {
			raw = append(raw, byte(c))
		}
		conn.Write(raw)
	}
	return true
}

// readFrame reads a short masked frame.
func readFrame(in io.Reader) (wire.Opcode, []byte, error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, nil, err
	}
	payload := make([]byte, head[1]&0x7f)
	_, err := io.ReadFull(in, payload)
	for i := range payload {
		payload[i] ^= head[2+i%4]
	}
	return wire.Opcode(head[0] & 0xf), payload, err
}

func closeFrame(code, reason string) []byte {
	var body bytes.Buffer
	if n, err := strconv.ParseUint(code, 10, 16); err == nil {
		binary.Write(&body, binary.BigEndian, uint16(n))
		body.WriteString(reason)
	}
	return append([]byte{0x88, byte(body.Len())}, body.Bytes()...)
}
