package websocket_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

// FuzzEndpoint gives a whole endpoint of either role any bytes for frames, once
// at once and once cut in two: the same messages and the same CloseEvent come of
// it, exactly one, and no panic.
func FuzzEndpoint(f *testing.F) {
	for _, frames := range []string{
		"\x81\x05hello\x88\x02\x03\xe8", "\x88\x00", "\x01\x01a\x89\x00\x80\x01b\x88\x04\x0f\xa0hi", "\x83\x00",
		"\x81\x80abcd\x88\x82\x00\x00\x00\x00\x03\xe9", "\x81\x02\xc3\x28", "\x82\x7f\x40\x00\x00\x00\x00\x00\x00\x00",
		"\x88\x02\x03\xed", "\x88\x01\x03", "\x81\x7e\x00\x05hello", "\x09\x00", "\x8a\x7e\x00\x7e", "",
	} {
		f.Add([]byte(frames), 3, true)
		f.Add([]byte(frames), 5, false)
	}
	f.Fuzz(func(t *testing.T, frames []byte, cut int, asClient bool) {
		if len(frames) > 1<<16 {
			return
		}
		cut = min(max(cut, 0), len(frames))
		whole := life(t, asClient, frames)
		parts := life(t, asClient, frames[:cut], frames[cut:])
		if whole != parts {
			t.Errorf("at once:\n%s\ncut at %d:\n%s", whole, cut, parts)
		}
	})
}

// life is what an endpoint makes of the bytes that a raw peer sends before it
// half-closes: its messages and its CloseEvent, and the bytes that it wrote.
func life(t *testing.T, asClient bool, pieces ...[]byte) (story string) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		closes := 0
		trace := websocket.Trace{Closed: func(*websocket.Conn, websocket.CloseEvent) { closes++ }}
		c, peer := rawPeer(t, asClient, trace)
		wrote := make(chan []byte)
		go func() {
			for _, piece := range pieces {
				synctest.Wait()
				peer.Write(piece)
			}
			peer.CloseWrite()
			p, _ := io.ReadAll(peer)
			peer.Close()
			wrote <- p
		}()
		for m, err := range c.Messages(background) {
			if err == nil {
				fmt.Fprintf(&b, "%v %x\n", m.Type, m.Data)
			}
		}
		ev := eventOf(c)
		fmt.Fprintf(&b, "%d %q %v %s %s %s %q %v", ev.Code, ev.Reason, ev.WasClean, ev.Initiator, ev.Phase, ev.Cause, ev.Rule, ev.Transport)
		frames := <-wrote
		if !asClient { // a client's are masked at random
			fmt.Fprintf(&b, " wrote %x", closeFrame(frames))
		}
		if closes != 1 {
			t.Errorf("%d CloseEvents", closes)
		}
		story = b.String()
	})
	return story
}

// closeFrame is what a server wrote from its Close frame on; how many Pongs went
// before depends on how many Pings came together.
func closeFrame(frames []byte) []byte {
	for len(frames) > 1 && frames[0] == 0x8a {
		frames = frames[2+int(frames[1]):]
	}
	return frames
}

// rawPeer opens a connection between an endpoint of ours and a pipe. Nobody
// answers Pings there, so the keepalive is off.
func rawPeer(t *testing.T, asClient bool, trace websocket.Trace) (*websocket.Conn, *wstest.Conn) {
	return rawPeerWithin(t, asClient, trace, noKeepalive)
}

var noKeepalive = websocket.Limits{PingInterval: websocket.NoLimit}

func rawPeerWithin(t *testing.T, asClient bool, trace websocket.Trace, limits websocket.Limits) (*websocket.Conn, *wstest.Conn) {
	if asClient {
		return rawServer(t, &websocket.DialOptions{Trace: trace, Limits: limits})
	}
	return rawClient(t, &websocket.AcceptOptions{Trace: trace, Limits: limits})
}

// rawClient is a server's end of a connection, and the client's end of the pipe.
func rawClient(t *testing.T, opts *websocket.AcceptOptions) (*websocket.Conn, *wstest.Conn) {
	accepted := make(chan *websocket.Conn, 1)
	l := serve(t, websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		<-c.Done()
	}, opts))
	conn, err := l.DialContext(background, "", "")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	c := <-accepted
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		var b [1]byte
		if _, err := conn.Read(b[:]); err != nil {
			t.Fatal(err)
		}
		head = append(head, b[0])
	}
	return c, conn.(*wstest.Conn)
}
