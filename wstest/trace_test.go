package wstest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

func TestATraceTellsWritingFromArriving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := wstest.Pipe()
		client.Write([]byte("before"))
		trace := client.Record()
		if server.Record() != trace {
			t.Error("the ends have two traces")
		}
		client.Inject(wstest.Fault{From: wstest.Client, Effect: wstest.Delay, For: time.Second}, wstest.Fault{From: wstest.Client, At: 7, Effect: wstest.Drop})
		client.Write([]byte("\x81\x02hi\x82"))
		client.Write([]byte("\x7e\x01\x00!"))
		server.Write([]byte("\x88\x02\x03\xe8"))
		<-time.After(2 * time.Second)
		server.Close()
		got := trace.String()
		want := `0s client fault at 0: client 0 delay 1s
0s client wrote 0+5: text "hi"
0s client wrote 5+2
0s client fault at 7: client 7 drop
0s client wrote 7+2
0s server wrote 0+4: Close 1000 ""
0s server arrived 0+4
1s client arrived 0+5
1s client arrived 5+2
2s server reset at 4
2s server reset arrived at 0, 4 bytes unread
`
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if trace.Arrived(wstest.Client) != 7 || len(trace.Wrote(wstest.Client)) != 9 {
			t.Errorf("%d bytes of %d arrived", trace.Arrived(wstest.Client), len(trace.Wrote(wstest.Client)))
		}
		frames := trace.Frames(wstest.Client)
		if len(frames) != 2 || frames[1].Whole() || frames[1].End() != 8+256 || string(frames[1].Payload) != "!" {
			t.Errorf("frames %v", frames)
		}
		if text := frames[1].String(); text != `binary cut 256 bytes "!"` {
			t.Error(text)
		}
	})
}

func TestATraceShowsAnOpeningHandshakeAndUnmaskedFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := wstest.Pipe()
		trace := client.Record()
		client.Write([]byte("GET / HTTP/1.1\r\n\r\n\x81\x82\x01\x02\x03\x04ik\x42\x00"))
		server.Write([]byte("HTTP/1.1 101 S"))
		if frames := trace.Frames(wstest.Client); len(frames) != 2 || string(frames[0].Payload) != "hi" || frames[0].Opcode != wire.Text || frames[0].Offset != 18 || frames[1].String() != "binary rsv 4 not fin \"\"" {
			t.Errorf("frames %v", frames)
		}
		if frames := trace.Frames(wstest.Server); len(frames) != 0 {
			t.Errorf("frames %v", frames)
		}
	})
}

func TestAPairIsAnOpenConnectionThatEndsWithTheTest(t *testing.T) {
	var ends []string
	closed := websocket.Trace{Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { ends = append(ends, string(ev.Cause)) }}
	t.Run("test", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server, _ := wstest.Pair(t, &websocket.DialOptions{Trace: closed}, nil)
			if err := client.Write(t.Context(), websocket.Text, []byte("hi")); err != nil {
				t.Error(err)
			}
			if _, p, err := server.Read(t.Context()); string(p) != "hi" || err != nil {
				t.Errorf("Read = %q, %v", p, err)
			}
		})
	})
	if got := strings.Join(ends, " "); got != "aborted" {
		t.Errorf("the client ended with %q", got)
	}
}
