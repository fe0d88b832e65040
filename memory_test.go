package websocket_test

import (
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wire"
)

// The docs of Handler, Accept and Events say what an idle connection costs.
func TestWhatAnIdleConnectionCosts(t *testing.T) {
	waiting := make(chan struct{})
	read := func(c *websocket.Conn) {
		c.Read(background)
		waiting <- struct{}{}
		c.Read(background)
	}
	returning := idleBytes(t, waiting, websocket.Handler(read, nil), "", atOnce)
	blocked := idleBytes(t, waiting, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			read(c)
		}
	}), "", atOnce)
	events := idleBytes(t, waiting, websocket.Events{
		OnMessage: func(*websocket.Conn, websocket.MessageType, []byte) { waiting <- struct{}{} },
	}.Handler(nil), "", withoutGoroutines)
	t.Logf("an idle connection: %d bytes in Handler, %d in Accept, %d of Events", returning, blocked, events)
	if !raceEnabled && websocket.FastPaths && (returning > 9<<10 || blocked > 22<<10) {
		t.Errorf("more than the 8 and 20 KB of the docs")
	}
	if !raceEnabled && websocket.FastPaths && runtime.GOOS == "linux" && events > 4500 {
		t.Errorf("more than the 4 KB of the docs")
	}
}

// A message of up to 16 KiB sent and its echo read cost no allocation, at either
// end; a compressed one of any length. (The event style lets go of larger buffers
// between two messages.)
func TestAnEchoAllocatesNothing(t *testing.T) {
	compressed := []int{128, 1 << 10, 16 << 10, 1 << 20}
	for name, test := range map[string]struct {
		compression *websocket.Compression
		sizes       []int
	}{
		"plain":                 {nil, []int{16, 125, 4 << 10, 16 << 10}},
		"compressed":            {&websocket.Compression{Threshold: -1}, compressed},
		"with context takeover": {&websocket.Compression{Threshold: -1, ServerTakeover: true, ClientTakeover: true}, compressed},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(websocket.Events{
				OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(background, typ, p) },
			}.Handler(&websocket.AcceptOptions{Compression: test.compression}))
			defer server.Close()
			c, err := websocket.Dial(background, server.URL, &websocket.DialOptions{Compression: test.compression})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Abort()
			for _, size := range test.sizes {
				allocationsOfAnEcho(t, c, size)
			}
		})
	}
}

func allocationsOfAnEcho(t *testing.T, c *websocket.Conn, size int) {
	message, buffer := make([]byte, size), []byte(nil)
	for i := range message {
		message[i] = "0123456789abcdef"[i*i%251%16]
	}
	echo := func() {
		err := c.Write(background, websocket.Binary, message)
		if err != nil {
			t.Fatal(err)
		}
		if _, buffer, err = c.ReadAppend(background, buffer[:0]); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		echo() // the buffers have grown and the pools are filled
	}
	runs := 500
	if size == 1<<20 {
		runs = 50
	}
	if allocs := testing.AllocsPerRun(runs, echo); allocs >= 1 && !raceEnabled {
		t.Errorf("%d bytes: %v allocations", size, allocs)
	}
}

// TestThreatCompressionMemory: compression that is agreed costs an idle connection
// at most 1 KiB, unless it has context takeover; then the history at most. 10,000
// of them:
//
//	go test -v -run ThreatCompressionMemory . -idle 10000
func TestThreatCompressionMemory(t *testing.T) {
	waiting := make(chan struct{})
	idle := func(wanted *websocket.Compression, offer string) int {
		return idleBytes(t, waiting, websocket.Handler(func(c *websocket.Conn) {
			_, p, _ := c.Read(background)
			c.Write(background, websocket.Binary, p)
			waiting <- struct{}{}
			c.Read(background)
		}, &websocket.AcceptOptions{Compression: wanted}), offer, atOnce)
	}
	// What else the process does can only add to a measurement: three tries.
	for try := range 3 {
		without := idle(nil, "")
		agreed := idle(&websocket.Compression{}, "permessage-deflate") - without
		history := idle(&websocket.Compression{ServerTakeover: true, ClientTakeover: true}, "permessage-deflate") - without
		t.Logf("%d idle connections: %d bytes each, %d more with compression, %d with context takeover", *idleConns, without, agreed, history)
		if agreed <= 1<<10 && history <= 1<<10+2*idleMessage+2<<10 {
			return
		}
		if try == 2 {
			t.Errorf("compression costs %d bytes, context takeover %d for messages of %d", agreed, history, idleMessage)
		}
	}
}

// idleConns is how many idle connections are measured. Their other ends stand in
// a process of their own, since a process may have 20,000 descriptors.
var idleConns = flag.Int("idle", 1000, "connections of the tests of what an idle one costs")

// idleMessage is the length of the message that each idle connection got once.
const idleMessage = 1000

// idleBytes is how much heap and stack a connection of h takes on the server, once it
// has rested. The clients offer an extension, or none.
func idleBytes(t *testing.T, waiting chan struct{}, h http.Handler, offer string, rested func()) int {
	server := httptest.NewServer(h)
	defer server.Close()
	clients := func(n int) (end func()) {
		clients := exec.Command(os.Args[0], "-test.run", "^TestIdleClients$", "-idle", strconv.Itoa(n))
		clients.Env = append(os.Environ(), "ONCLOSE_IDLE_CLIENTS_OF="+server.Listener.Addr().String(), "ONCLOSE_IDLE_OFFER="+offer)
		in, err := clients.StdinPipe()
		if err == nil {
			err = clients.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			<-waiting
		}
		rested()
		return func() {
			in.Close()
			clients.Wait()
		}
	}
	defer clients(1)()
	before := inUse()
	defer clients(*idleConns)()
	return (inUse() - before) / *idleConns
}

func atOnce() {}

// withoutGoroutines waits until silent connections of the event style have none, where
// that is so.
func withoutGoroutines() {
	for begun := time.Now(); runtime.NumGoroutine() > 100 && time.Since(begun) < 3*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
}

// TestIdleClients is no test: it is the process of the clients above. Each opens
// a connection and sends one message, and then is silent until standard input is
// at its end.
func TestIdleClients(t *testing.T) {
	address := os.Getenv("ONCLOSE_IDLE_CLIENTS_OF")
	if address == "" {
		return
	}
	extensions := ""
	if offer := os.Getenv("ONCLOSE_IDLE_OFFER"); offer != "" {
		extensions = "Sec-WebSocket-Extensions: " + offer + "\r\n"
	}
	message := wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Masked: true, Length: idleMessage})
	message = append(message, make([]byte, idleMessage)...)
	for range *idleConns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+extensions+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		conn.Write(message)
	}
	io.Copy(io.Discard, os.Stdin)
}

func inUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
