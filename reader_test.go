package websocket_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
)

// What the CloseEvent counts as discarded, no streaming reader gets afterwards.
func TestAStreamingReaderGetsNothingThatTheEventCountsAsDiscarded(t *testing.T) {
	const size = 21_796
	for _, test := range []struct {
		name string
		end  func(client, server *websocket.Conn)
	}{
		{"the peer vanished", func(_, server *websocket.Conn) { server.Abort() }},
		{"we aborted", func(client, _ *websocket.Conn) { client.Abort() }},
		{"we closed, and the bound was reached", func(client, _ *websocket.Conn) { client.Close(1000, "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t, &websocket.DialOptions{Limits: websocket.Limits{ReadAheadBytes: 32}}, nil)
				w, _ := server.NextWriter(background, websocket.Binary)
				w.Write(make([]byte, size))
				_, r, err := client.NextReader(background)
				if err != nil {
					t.Fatal(err)
				}
				got, err := r.Read(make([]byte, 1000))
				if err != nil || got == 0 {
					t.Fatalf("Read = %d, %v", got, err)
				}
				time.Sleep(2 * time.Second) // the attendant reads ahead
				test.end(client, server)
				client.Close(1000, "") // finds the end if it was not seen yet
				discarded := eventOf(client).DiscardedBytes
				rest, err := io.Copy(io.Discard, r)
				if !errors.Is(err, net.ErrClosed) {
					t.Errorf("the reader ended with %v", err)
				}
				if discarded == 0 || rest > 0 || int64(got)+discarded > size {
					t.Errorf("%d bytes read, %d then, %d discarded, of %d", got, rest, discarded, size)
				}
			})
		})
	}
}

// A message that had come whole when the stream ended is handed out even if only
// its beginning was read ahead, and then it is not counted as discarded.
func TestAMessageHalfReadAheadIsHandedOutOrDiscarded(t *testing.T) {
	const size = 375
	for _, read := range []func(*websocket.Conn) int64{
		func(c *websocket.Conn) int64 {
			_, message, _ := c.Read(background)
			return int64(len(message))
		},
		func(c *websocket.Conn) int64 {
			_, r, err := c.NextReader(background)
			if err != nil {
				return 0
			}
			n, _ := io.Copy(io.Discard, r)
			return n
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t, nil, &websocket.AcceptOptions{Limits: websocket.Limits{ReadAheadBytes: 128}})
			client.Write(background, websocket.Binary, []byte("first"))
			w, _ := client.NextWriter(background, websocket.Binary)
			w.Write(make([]byte, size/2))
			w.Write(make([]byte, size-size/2))
			w.Close()
			time.Sleep(2 * time.Second) // the attendant reads ahead, up to the bound
			client.Abort()
			synctest.Wait()
			server.Write(background, websocket.Text, nil) // finds the peer gone
			server.Write(background, websocket.Text, nil)
			if discarded := eventOf(server).DiscardedBytes; discarded != 0 {
				t.Errorf("%d bytes discarded", discarded)
			}
			if got := read(server); got != int64(len("first")) {
				t.Errorf("%d bytes read first", got)
			}
			if got := read(server); got != size {
				t.Errorf("%d bytes read, of %d", got, size)
			}
			if got := read(server); got != 0 {
				t.Errorf("then %d bytes more", got)
			}
		})
	}
}
