package websocket_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/onclose/websocket"
)

// The docs of Handler and Accept say what an idle connection costs.
func TestWhatAnIdleConnectionCosts(t *testing.T) {
	waiting := make(chan struct{})
	read := func(c *websocket.Conn) {
		waiting <- struct{}{}
		c.Read(background)
	}
	returning := idleBytes(t, waiting, websocket.Handler(read, nil))
	blocked := idleBytes(t, waiting, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			read(c)
		}
	}))
	t.Logf("an idle connection: %d bytes in Handler, %d in Accept", returning, blocked)
	if returning > 13<<10 || blocked > 30<<10 {
		t.Errorf("more than the 11 and 26 KB of the docs")
	}
}

// A message of up to 16 KiB sent and its echo read cost no allocation, at either
// end. (The event style lets go of larger buffers between two messages.)
func TestAnEchoAllocatesNothing(t *testing.T) {
	server := httptest.NewServer(websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(background, typ, p) },
	}.Handler(nil))
	defer server.Close()
	c, err := websocket.Dial(background, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	for _, size := range []int{16, 125, 4 << 10, 16 << 10} {
		message, buffer := make([]byte, size), []byte(nil)
		echo := func() {
			if err := c.Write(background, websocket.Binary, message); err != nil {
				t.Fatal(err)
			}
			if _, buffer, err = c.ReadAppend(background, buffer[:0]); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			echo() // the buffers have grown and the pools are filled
		}
		if allocs := testing.AllocsPerRun(500, echo); allocs >= 1 && !raceEnabled {
			t.Errorf("%d bytes: %v allocations", size, allocs)
		}
	}
}

// idleBytes is how much heap and stack a connection of h takes on the server.
func idleBytes(t *testing.T, waiting chan struct{}, h http.Handler) int {
	const conns = 300
	server := httptest.NewServer(h)
	defer server.Close()
	open := func() {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		<-waiting
	}
	open()
	before := inUse()
	for range conns {
		open()
	}
	return (inUse() - before) / conns
}

func inUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
