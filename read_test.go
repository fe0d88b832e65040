package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

func TestMessagesOfEveryLengthArriveWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		for _, n := range []int{0, 1, 125, 126, 4095, 4096, 4097, 65535, 65536, 1 << 20} {
			p := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
			for _, ends := range [][2]*websocket.Conn{{client, server}, {server, client}} {
				go func() {
					if err := ends[0].Write(background, websocket.Binary, p); err != nil {
						t.Errorf("%d bytes: %v", n, err)
					}
				}()
				typ, got, err := ends[1].Read(background)
				if err != nil || typ != websocket.Binary || !bytes.Equal(got, p) {
					t.Fatalf("%d bytes: Read = %v, %d bytes, %v", n, typ, len(got), err)
				}
			}
		}
		client.Close(1000, "")
	})
}

func TestWriteDoesNotChangeTheCallersBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		for _, n := range []int{10, 100000} {
			p := bytes.Repeat([]byte{7}, n)
			go client.Write(background, websocket.Binary, p)
			server.Read(background)
			if !bytes.Equal(p, bytes.Repeat([]byte{7}, n)) {
				t.Errorf("%d bytes were masked in place", n)
			}
		}
		client.Close(1000, "")
	})
}

func TestACancelledReadLeavesTheConnectionUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if _, _, err := client.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Read = %v", err)
		}
		if _, _, err := client.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Read with an ended context = %v", err)
		}
		go server.Write(background, websocket.Text, []byte("still here"))
		if _, p, err := client.Read(background); err != nil || string(p) != "still here" {
			t.Fatalf("Read = %q, %v", p, err)
		}
		client.Close(1000, "")
	})
}

func TestAReadCancelledInsideAMessageIsContinuedByTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		w, err := server.NextWriter(background, websocket.Text)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "half a ")
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		dst := []byte("kept")
		if _, got, err := client.ReadAppend(ctx, dst); !errors.Is(err, context.DeadlineExceeded) || string(got) != "kept" {
			t.Fatalf("Read = %q, %v", got, err)
		}
		io.WriteString(w, "message")
		w.Close()
		if typ, p, err := client.Read(background); err != nil || typ != websocket.Text || string(p) != "half a message" {
			t.Fatalf("Read = %v, %q, %v", typ, p, err)
		}
		client.Close(1000, "")
	})
}

func TestAStreamedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		go func() {
			w, _ := server.NextWriter(background, websocket.Text)
			for _, piece := range []string{"é"[:1], "é"[1:], strings.Repeat("x", 10000)} {
				if _, err := io.WriteString(w, piece); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			server.Write(background, websocket.Binary, []byte("skipped by its reader"))
			server.Write(background, websocket.Binary, []byte("last"))
		}()
		typ, r, err := client.NextReader(background)
		if err != nil || typ != websocket.Text {
			t.Fatal(typ, err)
		}
		if all, err := io.ReadAll(r); err != nil || string(all) != "é"+strings.Repeat("x", 10000) {
			t.Fatalf("read %d bytes, %v", len(all), err)
		}
		_, r, _ = client.NextReader(background)
		var few [7]byte
		if n, err := r.Read(few[:]); string(few[:n]) != "skipped" {
			t.Fatal(n, err)
		}
		if _, p, err := client.Read(background); string(p) != "last" {
			t.Fatalf("%q, %v", p, err)
		}
		if _, err := r.Read(few[:]); err == nil || err == io.EOF {
			t.Errorf("a skipped reader gives %v", err)
		}
		client.Close(1000, "")
		if lost := eventOf(client).DiscardedBytes; lost != int64(len(" by its reader")) {
			t.Errorf("discarded %d bytes", lost)
		}
	})
}

func TestAStreamedMessageThatIsCutOffNeverEndsWithEOF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		peer.Write([]byte{0x01, 3, 'a', 'b', 'c'})
		_, r, err := c.NextReader(background)
		if err != nil {
			t.Fatal(err)
		}
		peer.Close()
		p, err := io.ReadAll(r)
		var closed *websocket.CloseError
		if string(p) != "abc" || !errors.As(err, &closed) || closed.Event.Cause != protocol.CauseEOFInMessage {
			t.Errorf("ReadAll = %q, %v", p, err)
		}
		if closed.Event.DiscardedBytes != 0 {
			t.Errorf("%d bytes were handed out and are called discarded", closed.Event.DiscardedBytes)
		}
	})
}

func TestAnUnfinishedMessageIsDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		peer.Write([]byte{0x81, 2, 'o', 'k', 0x01, 3, 'a', 'b', 'c', 0x88, 2, 0x03, 0xe8})
		peer.CloseWrite()
		if _, p, err := c.Read(background); err != nil || string(p) != "ok" {
			t.Fatalf("Read = %q, %v", p, err)
		}
		if _, p, err := c.Read(background); !errors.Is(err, net.ErrClosed) || len(p) != 0 {
			t.Fatalf("Read = %q, %v", p, err)
		}
		ev := eventOf(c)
		check(t, "client", ev, "1000||clean|remote|closing||fin")
		if ev.DiscardedBytes != 3 {
			t.Errorf("discarded %d bytes, want 3", ev.DiscardedBytes)
		}
		peer.Close()
	})
}

func TestPingIsAnsweredWithoutAReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		if rtt, err := client.Ping(background); err != nil || rtt > time.Second {
			t.Errorf("Ping = %v, %v: want an answer within a second", rtt, err)
		}
		go server.Read(background)
		synctest.Wait()
		if rtt, err := client.Ping(background); err != nil || rtt != 0 {
			t.Errorf("Ping = %v, %v: want an answer at once while the peer reads", rtt, err)
		}
		client.Close(1000, "")
	})
}

func TestReadAheadStopsAtItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := websocket.Limits{ReadAheadBytes: 100}
		client, server := pair(t, &websocket.DialOptions{Limits: limits}, nil)
		message := make([]byte, 1000)
		written := make(chan int, 1)
		go func() {
			n := 0
			for ; n < 500 && server.Write(background, websocket.Binary, message) == nil; n++ {
			}
			written <- n
		}()
		pass(time.Second) // the attendant has stepped in
		synctest.Wait()
		select {
		case n := <-written:
			t.Fatalf("%d messages were taken without a reader", n)
		default:
		}
		for range 500 {
			if _, p, err := client.Read(background); err != nil || len(p) != 1000 {
				t.Fatal(len(p), err)
			}
		}
		if n := <-written; n != 500 {
			t.Errorf("%d messages written", n)
		}
		client.Close(1000, "")
	})
}

func TestEmptyMessagesCountTowardsTheReadAheadBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		go func() {
			for server.Write(background, websocket.Binary, nil) == nil {
			}
		}()
		pass(time.Minute) // the pipe is full, and so is the inbox
		n := 0
		client.Close(1000, "")
		for {
			if _, _, err := client.Read(background); err != nil {
				break
			}
			n++
		}
		if n < 100 || n > 64<<10/32+1 {
			t.Errorf("%d empty messages were read ahead", n)
		}
	})
}

func TestReadersTakeTurnsWithTheAttendant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		for i := range 10 {
			pass(3 * time.Second) // the attendant reads now
			if i%2 == 0 {
				server.Write(background, websocket.Text, []byte{byte('0' + i)})
				synctest.Wait()
			} else {
				go func() {
					pass(time.Second)
					server.Write(background, websocket.Text, []byte{byte('0' + i)})
				}()
			}
			if _, p, err := client.Read(background); err != nil || p[0] != byte('0'+i) {
				t.Fatalf("Read = %q, %v", p, err)
			}
		}
		client.Close(1000, "")
	})
}

func TestJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		type point struct{ X, Y int }
		go server.WriteJSON(background, point{1, 2})
		var p point
		if err := client.ReadJSON(background, &p); err != nil || p != (point{1, 2}) {
			t.Errorf("ReadJSON = %v, %v", p, err)
		}
		if err := client.WriteJSON(background, func() {}); err == nil {
			t.Error("a func was encoded")
		}
		go server.Write(background, websocket.Text, []byte("{"))
		if err := client.ReadJSON(background, &p); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("ReadJSON = %v", err)
		}
		client.Close(1000, "")
	})
}

func TestNetConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		a, b := client.NetConn(websocket.Binary), server.NetConn(websocket.Binary)
		go func() {
			for range 3 {
				a.Write([]byte("0123456789"))
			}
			a.Close()
		}()
		all, err := io.ReadAll(b)
		if err != nil || string(all) != strings.Repeat("0123456789", 3) {
			t.Errorf("ReadAll = %q, %v", all, err)
		}
		if _, err := b.Write(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write after the end = %v", err)
		}
	})
}

func TestNetConnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		conn := client.NetConn(websocket.Text)
		conn.SetReadDeadline(time.Now().Add(time.Second))
		start := time.Now()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Read = %v after %v", err, time.Since(start))
		}
		conn.SetDeadline(time.Time{})
		go func() {
			pass(time.Minute)
			conn.SetReadDeadline(time.Now())
		}()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read = %v", err)
		}
		conn.SetDeadline(time.Time{})
		go server.Write(background, websocket.Text, []byte("x"))
		if n, err := conn.Read(make([]byte, 9)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v", n, err)
		}
		go server.Write(background, websocket.Binary, []byte("x"))
		go server.Read(background)
		var closed *websocket.CloseError
		if _, err := conn.Read(make([]byte, 9)); !errors.As(err, &closed) {
			t.Errorf("Read of the other type = %v", err)
		}
		check(t, "client", closed.Event, "1003|only text messages are taken here|clean|local|closing|unsupported-data|fin")
	})
}
