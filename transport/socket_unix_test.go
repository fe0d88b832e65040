//go:build unix && !onclose_slow

package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// chamber is a Room that knows whether its memory is in use.
type chamber struct {
	memory []byte
	gave   chan struct{}
}

func (c *chamber) Take() []byte { return c.memory }
func (c *chamber) GiveBack()    { c.gave <- struct{}{} }

func TestASocketWaitsWithoutMemory(t *testing.T) {
	client, server := loopback(t, func(l net.Listener) net.Listener { return l })
	s, room := OverConn(server), &chamber{memory: make([]byte, 100), gave: make(chan struct{}, 10)}
	read := func(act func()) (int, error) {
		type result struct {
			n   int
			err error
		}
		done := make(chan result)
		go func() { n, err := s.ReadInto(room); done <- result{n, err} }()
		<-room.gave // it waits
		act()
		r := <-done
		return r.n, r.err
	}
	if n, err := read(func() { client.Write([]byte("hello")) }); string(room.memory[:n]) != "hello" || err != nil {
		t.Errorf("%q, %v", room.memory[:n], err)
	}
	if _, err := read(func() { s.SetReadDeadline(longAgo) }); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nudged: %v", err)
	}
	s.SetReadDeadline(time.Time{})
	if _, err := read(func() { client.(*net.TCPConn).CloseWrite() }); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	client.(*net.TCPConn).SetLinger(0)
	client.Close()
	for range 1000 {
		// Until the reset has come the end is what there is to read.
		if _, err := s.ReadInto(room); err != io.EOF {
			var op *net.OpError
			if !errors.As(err, &op) || op.Op != "read" || !wasReset(err) {
				t.Errorf("reset: %v", err)
			}
			break
		}
	}
	s.Close()
	if _, err := s.ReadInto(room); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestASocketWritesTwoPiecesAndWhatFits(t *testing.T) {
	client, server := loopback(t, func(l net.Listener) net.Listener { return l })
	s := OverConn(server).(Socket)
	if n, err := s.WriteBoth([]byte("head"), []byte(" and body")); n != 13 || err != nil {
		t.Errorf("WriteBoth = %d, %v", n, err)
	}
	p := make([]byte, 13)
	if io.ReadFull(client, p); string(p) != "head and body" {
		t.Errorf("got %q", p)
	}
	sent := 0
	for piece := bytes.Repeat([]byte("x"), 1<<20); ; {
		n, err := s.WriteNow(piece, nil)
		if sent += n; err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break // full, and it did not wait
		}
	}
	if _, err := io.ReadFull(client, make([]byte, sent)); err != nil {
		t.Errorf("of %d bytes: %v", sent, err)
	}
	server.Close()
	if _, err := s.WriteNow(p, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
