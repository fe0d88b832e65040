package websocket_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// compressed opens a connection on which both ends want the same.
func compressed(t *testing.T, wanted websocket.Compression) (client, server *websocket.Conn) {
	t.Helper()
	return pair(t, &websocket.DialOptions{Compression: &wanted}, &websocket.AcceptOptions{Compression: &wanted})
}

// wantedCompressions are all windows and takeovers that can be wanted, in
// both directions at once.
func wantedCompressions() (all []websocket.Compression) {
	for bits := 8; bits <= 15; bits++ {
		for takeovers := range 4 {
			all = append(all, websocket.Compression{
				Threshold: -1, ServerTakeover: takeovers&1 != 0, ClientTakeover: takeovers&2 != 0,
				ServerWindowBits: bits, ClientWindowBits: 23 - bits,
			})
		}
	}
	return all
}

// text is like what people send: it can be compressed.
func text(random *mrand.Rand, size int) []byte {
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, `{"id":%d,"name":"größe %d","tags":["a","b"]},`, random.IntN(1000), random.IntN(10))
	}
	cut := size
	for cut > 0 && cut < b.Len() && b.Bytes()[cut]&0xC0 == 0x80 {
		cut--
	}
	return b.Bytes()[:cut]
}

func TestCompressedMessagesArriveAsTheyWereSent(t *testing.T) {
	for _, wanted := range wantedCompressions() {
		name := fmt.Sprintf("bits %d and %d, takeover %t and %t", wanted.ServerWindowBits, wanted.ClientWindowBits, wanted.ServerTakeover, wanted.ClientTakeover)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := compressed(t, wanted)
				go func() { // an echo that streams
					for {
						typ, r, err := server.NextReader(background)
						if err != nil {
							return
						}
						w, _ := server.NextWriter(background, typ)
						io.CopyBuffer(struct{ io.Writer }{w}, r, make([]byte, 700))
						w.Close()
					}
				}()
				random := mrand.New(mrand.NewPCG(1, uint64(wanted.ServerWindowBits)))
				for _, size := range []int{0, 1, 5, 511, 512, 5000, 70000, 300000} {
					noise := make([]byte, size)
					rand.Read(noise)
					for typ, p := range map[websocket.MessageType][]byte{websocket.Text: text(random, size), websocket.Binary: noise} {
						if err := client.Write(background, typ, p); err != nil {
							t.Fatal(err)
						}
						gotType, got, err := client.Read(background)
						if err != nil || gotType != typ || !bytes.Equal(got, p) {
							t.Fatalf("%d bytes of %v came back as %d bytes of %v, %v", len(p), typ, len(got), gotType, err)
						}
					}
				}
				if err := client.Close(4000, "bye"); err != nil {
					t.Fatal(err)
				}
				check(t, "server", eventOf(server), "4000|bye|clean|remote|closing||fin")
				if a, b := eventOf(client).Extensions, eventOf(server).Extensions; a != b || !strings.HasPrefix(a, "permessage-deflate") {
					t.Errorf("the client agreed to %q, the server to %q", a, b)
				}
			})
		})
	}
}

// framesOf reads the data frames that a raw peer gets, as far as they are there.
func framesOf(t *testing.T, peer *wstest.Conn) (headers []wire.Header) {
	t.Helper()
	synctest.Wait()
	var p []byte
	for {
		h, n, rule := wire.ParseHeader(p)
		if rule != 0 {
			t.Fatal(rule)
		}
		if n > 0 && int64(len(p)-n) >= h.Length {
			headers, p = append(headers, h), p[n+int(h.Length):]
			if len(p) == 0 {
				return headers
			}
			continue
		}
		more := make([]byte, 4096)
		n, err := peer.Read(more)
		if err != nil {
			t.Fatal(err)
		}
		p = append(p, more[:n]...)
	}
}

// agreeingServer is a raw server that agrees to compression with an answer.
func agreeingServer(t *testing.T, opts *websocket.DialOptions, answer string) (*websocket.Conn, *wstest.Conn) {
	t.Helper()
	if answer != "" {
		answer = "Sec-WebSocket-Extensions: " + answer + "\r\n"
	}
	raw := make(chan *wstest.Conn, 1)
	l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Accept: %s\r\n%s\r\n", acceptOf(r.Header.Get("Sec-WebSocket-Key")), answer)
		raw <- conn.(*wstest.Conn)
	}))
	opts.Dial = l.DialContext
	c, err := websocket.Dial(background, "ws://test/", opts)
	if err != nil {
		(<-raw).Close()
		t.Fatal(err)
	}
	return c, <-raw
}

const nothingKept = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

func TestWhichMessagesAreCompressed(t *testing.T) {
	stream := func(c *websocket.Conn, opts *websocket.WriteOptions) {
		w, _ := c.NextWriterWith(background, websocket.Text, opts)
		io.WriteString(w, "one")
		io.WriteString(w, "two")
		w.Close()
	}
	for _, test := range []struct {
		name      string
		threshold int
		write     func(c *websocket.Conn)
		want      string // a letter a frame, in upper case when RSV1 is set
	}{
		{"below the default threshold", 0, func(c *websocket.Conn) { c.Write(background, websocket.Text, make([]byte, 511)) }, "t"},
		{"at the default threshold", 0, func(c *websocket.Conn) { c.Write(background, websocket.Text, make([]byte, 512)) }, "T"},
		{"below a threshold", 10, func(c *websocket.Conn) { c.Write(background, websocket.Binary, make([]byte, 9)) }, "b"},
		{"at a threshold", 10, func(c *websocket.Conn) { c.Write(background, websocket.Binary, make([]byte, 10)) }, "B"},
		{"every message, even an empty one", -1, func(c *websocket.Conn) { c.Write(background, websocket.Binary, nil) }, "B"},
		{"always", 0, func(c *websocket.Conn) {
			c.WriteWith(background, websocket.Text, []byte("x"), &websocket.WriteOptions{Compress: websocket.Always})
		}, "T"},
		{"never", 0, func(c *websocket.Conn) {
			c.WriteWith(background, websocket.Text, make([]byte, 9999), &websocket.WriteOptions{Compress: websocket.Never})
		}, "t"},
		{"a message that is streamed", 0, func(c *websocket.Conn) { stream(c, nil) }, "Tcc"},
		{"a message that is streamed, never", 0, func(c *websocket.Conn) { stream(c, &websocket.WriteOptions{Compress: websocket.Never}) }, "tcc"},
		{"a Ping between", -1, func(c *websocket.Conn) {
			ctx, cancel := context.WithCancel(background)
			go c.Ping(ctx)
			synctest.Wait()
			cancel()
			c.Write(background, websocket.Text, []byte("x"))
		}, "pT"},
		{"a Close frame", -1, func(c *websocket.Conn) { go c.Close(1000, "long enough to be compressed, but it never is") }, "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := agreeingServer(t, &websocket.DialOptions{Compression: &websocket.Compression{Threshold: test.threshold}}, nothingKept)
				test.write(c)
				got := ""
				for _, h := range framesOf(t, peer) {
					letter := map[wire.Opcode]string{wire.Text: "t", wire.Binary: "b", wire.Continuation: "c", wire.Ping: "p", wire.Close: "x"}[h.Opcode]
					if h.RSV == wire.RSV1 {
						letter = strings.ToUpper(letter)
					}
					got += letter
				}
				if got != test.want {
					t.Errorf("frames %q, want %q", got, test.want)
				}
				c.Abort()
				peer.Close()
			})
		})
	}
}

func TestCompressionIsOffUnlessBothWantIt(t *testing.T) {
	for _, test := range []struct {
		name           string
		client, server *websocket.Compression
		want           string
	}{
		{"neither", nil, nil, ""},
		{"the client", &websocket.Compression{}, nil, ""},
		{"the server", nil, &websocket.Compression{}, ""},
		{"both", &websocket.Compression{}, &websocket.Compression{}, nothingKept},
		{"takeover that one end does not want", &websocket.Compression{ServerTakeover: true, ClientTakeover: true}, &websocket.Compression{}, nothingKept},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t, &websocket.DialOptions{Compression: test.client}, &websocket.AcceptOptions{Compression: test.server})
				client.Close(1000, "")
				if a, b := eventOf(client).Extensions, eventOf(server).Extensions; a != test.want || b != test.want {
					t.Errorf("the client has %q, the server %q, want %q", a, b, test.want)
				}
			})
		})
	}
}

func TestAnAnswerThatAgreesWronglyFailsTheDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Extensions: %s; server_max_window_bits=7\r\n\r\n", acceptOf(r.Header.Get("Sec-WebSocket-Key")), nothingKept)
			io.Copy(io.Discard, conn)
			conn.Close()
		}))
		closed := dialFails(t, "ws://test/", &websocket.DialOptions{Dial: l.DialContext, Compression: &websocket.Compression{}})
		check(t, "client", closed.Event, "1006||unclean|none|opening|bad-handshake|local")
		var bad *handshake.ResponseError
		if !errors.As(closed, &bad) || bad.Header != "Sec-WebSocket-Extensions" || closed.Event.Rule != "RFC 7692, section 7.1.2.1" || closed.Event.HTTPStatus != 101 {
			t.Errorf("%v, rule %q", closed, closed.Event.Rule)
		}
	})
}

func TestCompressionThatCannotBe(t *testing.T) {
	closed := dialFails(t, "ws://test/", &websocket.DialOptions{Compression: &websocket.Compression{ServerWindowBits: 16}})
	if closed.Event.Cause != protocol.CauseBadHandshake {
		t.Errorf("%v", closed)
	}
	defer func() {
		if recover() == nil {
			t.Error("Handler takes options that cannot be")
		}
	}()
	websocket.Handler(echo, &websocket.AcceptOptions{Compression: &websocket.Compression{ClientWindowBits: 7}})
}

func TestARequiredExtensionThatIsSpoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := &websocket.DialOptions{Compression: &websocket.Compression{}, RequiredExtensions: []string{"permessage-deflate"}}
		client, _ := pair(t, opts, &websocket.AcceptOptions{Compression: &websocket.Compression{}})
		client.Close(1000, "")
		if got := eventOf(client).Extensions; got != nothingKept {
			t.Errorf("agreed %q", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := serve(t, websocket.Handler(echo, nil))
		closed := dialFails(t, "ws://test/", &websocket.DialOptions{
			Dial: l.DialContext, Compression: &websocket.Compression{}, RequiredExtensions: []string{"permessage-deflate"},
		})
		check(t, "client", closed.Event, "1006||unclean|local|opening|mandatory-extension|fin")
	})
}

// A message whose context ended before a byte had left was never sent: what
// follows must not refer to it.
func TestAMessageThatWasNotSentIsNotHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := compressed(t, websocket.Compression{Threshold: -1, ServerTakeover: true, ClientTakeover: true})
		noise := make([]byte, 300<<10) // fills the pipe and blocks
		rand.Read(noise)
		blocked := make(chan error, 1)
		go func() {
			blocked <- client.WriteWith(background, websocket.Binary, noise, &websocket.WriteOptions{Compress: websocket.Never})
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(background)
		unsent := make(chan error, 1)
		go func() { unsent <- client.Write(ctx, websocket.Text, []byte("the quick brown fox, never sent")) }()
		synctest.Wait()
		cancel()
		if err := <-unsent; !errors.Is(err, context.Canceled) {
			t.Fatalf("Write = %v", err)
		}
		var got []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for m, err := range server.Messages(background) {
				if err == nil && m.Type == websocket.Text {
					got = append(got, string(m.Data))
				}
			}
		}()
		if err := <-blocked; err != nil {
			t.Fatal(err)
		}
		for range 2 {
			client.Write(background, websocket.Text, []byte("the quick brown fox, sent"))
		}
		client.Close(1000, "")
		<-done
		if strings.Join(got, "|") != "the quick brown fox, sent|the quick brown fox, sent" {
			t.Errorf("got %q", got)
		}
	})
}
