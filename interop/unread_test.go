//go:build unix

package interop

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// loopback is a TCP connection, both ends of it.
func loopback(t *testing.T) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return client, server
}

func TestAwaitUnreadWaitsForTheBytesAndLeavesThem(t *testing.T) {
	client, server := loopback(t)
	sent := bytes.Repeat([]byte("unread"), 1000)
	go func() {
		for _, b := range [][]byte{sent[:1], sent[1:]} {
			_, _ = client.Write(b)
		}
	}()
	if err := awaitUnread(server, len(sent)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("then ReadFull gives %v, and the bytes are the same: %v", err, bytes.Equal(got, sent))
	}
}

func TestAwaitUnreadEndsWithTheConnection(t *testing.T) {
	client, server := loopback(t)
	_ = client.Close()
	if err := awaitUnread(server, 1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
}
