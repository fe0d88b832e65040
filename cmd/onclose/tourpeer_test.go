package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// rawPair is two raw peers whose opening handshake is done.
func rawPair(t *testing.T) (client, server *rawPeer) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	client = newRawPeer(t.Context(), addressed{here}, protocol.Client)
	server = newRawPeer(t.Context(), there, protocol.Server)
	agreed := make(chan error, 1)
	go func() { agreed <- server.agree("") }()
	if err := client.ask(); err != nil {
		t.Fatal(err)
	}
	if err := <-agreed; err != nil {
		t.Fatal(err)
	}
	return client, server
}

// addressed gives a pipe an address that can stand in a Host.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func TestRawPeersKeepAccountOfWhatTheySee(t *testing.T) {
	client, server := rawPair(t)
	seen := make(chan rawAccount, 1)
	go func() {
		server.untilClose()
		server.watch()
		seen <- server.rawAccount
	}()
	client.write(client.frame(wire.Text, "hi"))
	client.write(client.close(999))
	client.write(client.frame(wire.Binary, "cut off")[:8]) // is never a whole frame
	client.conn.Close()

	got := <-seen
	if len(got.Frames) != 2 || got.End != protocol.EndFIN {
		t.Fatalf("the server saw %+v", got)
	}
	if f := got.Frames[0]; f.Opcode != "text" || f.Length != 2 || f.Close != nil {
		t.Errorf("the first frame was %+v", f)
	}
	if f := got.Frames[1]; f.Opcode != "Close" || f.Length != 2 || f.Close == nil || f.Close.Code != 999 {
		t.Errorf("the second frame was %+v", f)
	}
	// Two frames masked with 01 02 03 04, and the beginning of a third.
	if want := "8182010203046" + "96b" + "8882010203040" + "2e5" + "8287010203046277"; client.Sent != want {
		t.Errorf("the client sent %s, want %s", client.Sent, want)
	}
}

func TestRawPeersShow32BytesOfWhatTheySent(t *testing.T) {
	client, server := rawPair(t)
	go io.Copy(io.Discard, server.conn)
	for range 5 {
		client.write(bytes.Repeat([]byte{0xab}, 15))
	}
	if len(client.Sent) != 2*32 {
		t.Errorf("%d bytes are kept", len(client.Sent)/2)
	}
}

func TestRawPeersDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, _ := wstest.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := newRawPeer(ctx, here, protocol.Server)
		if err := p.agree(""); err == nil || p.End != protocol.EndTimeout {
			t.Errorf("error %v, end %q", err, p.End)
		}
	})
}

func TestRawPeersAreStrictAboutTheOpeningHandshake(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 404 Not Found\r\n\r\n", "no HTTP\r\n\r\n"} {
		here, there := net.Pipe()
		go func() {
			newRawPeer(t.Context(), there, protocol.Server).request()
			io.WriteString(there, answer)
			there.Close()
		}()
		if err := newRawPeer(t.Context(), addressed{here}, protocol.Client).ask(); err == nil {
			t.Errorf("%q opened a WebSocket", answer)
		}
	}
	for _, request := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no HTTP\r\n\r\n"} {
		here, there := net.Pipe()
		go io.WriteString(here, request)
		if err := newRawPeer(t.Context(), there, protocol.Server).agree(""); err == nil {
			t.Errorf("%q opened a WebSocket", request)
		}
	}
}

func TestACrossingLinkHoldsBothSidesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := wstest.Pipe()
		armed := make(chan struct{})
		link := newCrossingLink(t.Context(), here, armed)
		link.Write([]byte("before")) // is not held back
		var b [8]byte
		if n, _ := there.Read(b[:]); string(b[:n]) != "before" {
			t.Fatalf("read %q", b[:n])
		}
		close(armed)
		heard := make(chan string, 1)
		go func() {
			var b [8]byte
			n, _ := link.Read(b[:])
			heard <- string(b[:n])
		}()
		there.Write([]byte("server"))
		synctest.Wait()
		if len(heard) != 0 {
			t.Error("the client heard the server before it had spoken")
		}
		link.Write([]byte("client"))
		if got := <-heard; got != "server" {
			t.Errorf("the client heard %q", got)
		}
		if n, _ := there.Read(b[:]); string(b[:n]) != "client" {
			t.Errorf("the server heard %q", b[:n])
		}
	})
}

func TestACrossingLinkGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, _ := wstest.Pipe()
		armed := make(chan struct{})
		close(armed)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		newCrossingLink(ctx, here, armed).Write([]byte("client"))
	})
}
