package wstest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

// collect is the code under test: it gathers what a server says until the end,
// and tells the user how that was.
func collect(c *websocket.Conn) (messages int, farewell string) {
	for _, err := range c.Messages(context.Background()) {
		if err != nil {
			break
		}
		messages++
	}
	if ev, _ := c.CloseEvent(); !ev.WasClean {
		return messages, "connection lost: " + string(ev.Cause)
	}
	return messages, "goodbye"
}

// What happens when the peer vanishes?
func TestThePeerVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, pipe := wstest.Pair(t, nil, nil)
		pipe.Peer().Reset()
		if _, farewell := collect(client); farewell != "connection lost: reset" {
			t.Error(farewell)
		}
	})
}

// What happens when it vanishes at any byte of a message?
func TestThePeerVanishesAtEveryByte(t *testing.T) {
	for at := range int64(8) {
		synctest.Test(t, func(t *testing.T) {
			client, server, pipe := wstest.Pair(t, nil, nil)
			pipe.Inject(wstest.Fault{From: wstest.Server, At: at, Effect: wstest.FIN})
			server.Write(t.Context(), websocket.Text, []byte("hello"))
			want := "connection lost: eof-in-frame"
			if at%7 == 0 {
				want = "connection lost: eof"
			}
			if n, farewell := collect(client); n != int(at/7) || farewell != want {
				t.Errorf("byte %d: %d messages, %s", at, n, farewell)
			}
		})
	}
}

// What happens when it is still there, but nothing that it says arrives?
func TestNothingArrivesAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, pipe := wstest.Pair(t, nil, nil)
		pipe.Inject(wstest.Fault{From: wstest.Server, Effect: wstest.Drop})
		start := time.Now()
		if err := client.Close(4000, "bye"); !errors.Is(err, net.ErrClosed) || time.Since(start) != 10*time.Second {
			t.Errorf("Close = %v after %v", err, time.Since(start))
		}
	})
}

// A pipe alone, with one fault, and the trace of what crossed it.
func ExamplePipe() {
	client, server := wstest.Pipe(wstest.Fault{From: wstest.Client, At: 4, Effect: wstest.HalfClose})
	trace := client.Record()
	client.Write([]byte("\x81\x02hi\x88\x00"))
	p := make([]byte, 100)
	n, _ := server.Read(p)
	_, err := server.Read(p)
	fmt.Println(n, err)
	for _, frame := range trace.Frames(wstest.Client) {
		fmt.Println(frame)
	}
	// Output:
	// 4 EOF
	// text "hi"
}

func ExampleParseFaults() {
	faults, err := wstest.ParseFaults("server 120 stall 3s\nclient 0 split 1")
	fmt.Println(faults, err)
	// Output: [server 120 stall 3s client 0 split 1] <nil>
}
