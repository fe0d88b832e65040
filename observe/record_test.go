package observe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// recorded runs one life in memory and returns what a server's recorder wrote.
func recorded(t *testing.T, opts *observe.RecordOptions, live func(client, server *websocket.Conn, pipe *wstest.Conn)) (all []observe.Recording) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		trace := observe.Record(func(r observe.Recording) { all = append(all, r) }, opts)
		client, server, pipe := wstest.Pair(t, nil, &websocket.AcceptOptions{Trace: trace})
		live(client, server, pipe)
		<-server.Done()
	})
	return all
}

func TestTheLastFramesAreRecorded(t *testing.T) {
	all := recorded(t, nil, func(client, server *websocket.Conn, pipe *wstest.Conn) {
		client.Write(background, websocket.Text, []byte("a secret"))
		server.Read(background)
		w, _ := server.NextWriter(background, websocket.Binary)
		w.Write([]byte("another"))
		time.Sleep(2 * time.Second)
		pipe.Reset()
	})
	if len(all) != 1 {
		t.Fatalf("%d recordings", len(all))
	}
	want := "; -2s received text 8 bytes; -2s sent binary, not fin, 7 bytes"
	if got := all[0].String(); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "closed 1006") {
		t.Errorf("got  %s\nwant ...%s", got, want)
	}
	line, err := json.Marshal(all[0])
	if err != nil || strings.Contains(string(line), "secret") {
		t.Errorf("%s, %v", line, err)
	}
	var event websocket.CloseEvent // it is one, with more members
	if err := json.Unmarshal(line, &event); err != nil || event.Cause != all[0].Event.Cause || event.Code != 1006 {
		t.Errorf("%v, %v", event, err)
	}
}

// The payload of control frames is kept, and whatever a peer puts there is one line.
func TestThreatRecordedControlFrames(t *testing.T) {
	reason := "two\nlines \x1b[2J \u009b"
	all := recorded(t, &observe.RecordOptions{Clean: true}, func(client, server *websocket.Conn, _ *wstest.Conn) {
		go server.Read(background)
		client.Ping(background)
		client.Close(4001, reason)
	})
	if len(all) != 1 || len(all[0].Frames) != 4 {
		t.Fatalf("%v", all)
	}
	line, err := all[0].MarshalJSON()
	if err != nil || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7F && r <= 0x9F }) {
		t.Errorf("%q, %v", line, err)
	}
	if strings.ContainsAny(all[0].String(), "\n\x1b\u009b") {
		t.Errorf("%q", all[0].String())
	}
	var got struct {
		Frames []struct {
			Direction, Opcode, Payload string
			Length                     int
			CloseFrame                 *websocket.CloseFrame
		}
		Forgotten, LeftOut int
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, f := range got.Frames {
		text := fmt.Sprint(f.Direction, " ", f.Opcode, " ", f.Length, " ", f.Payload)
		if f.CloseFrame != nil {
			text = fmt.Sprint(f.Direction, " ", f.Opcode, " ", f.CloseFrame.Code, " ", f.CloseFrame.Reason)
		}
		story = append(story, text)
	}
	closing := `Close 4001 two\nlines \x1b[2J \u009b`
	want := []string{"received Ping 8 0000000000000001", "sent Pong 8 0000000000000001", "received " + closing, "sent " + closing}
	if strings.Join(story, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(story, "\n"), strings.Join(want, "\n"))
	}
}

func TestOnlyTheLastFramesAreKept(t *testing.T) {
	all := recorded(t, &observe.RecordOptions{Frames: 3}, func(client, server *websocket.Conn, _ *wstest.Conn) {
		for i := range 10 {
			client.Write(background, websocket.Text, make([]byte, i))
			server.Read(background)
		}
		client.Abort()
	})
	if len(all) != 1 || all[0].Forgotten != 7 || len(all[0].Frames) != 3 {
		t.Fatalf("%v", all)
	}
	for i, f := range all[0].Frames {
		if f.Length != int64(7+i) {
			t.Errorf("frame %d: %v", i, f)
		}
	}
}

func TestACleanEndIsNotRecorded(t *testing.T) {
	all := recorded(t, nil, func(client, _ *websocket.Conn, _ *wstest.Conn) { client.Close(1000, "") })
	if len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// A crowd that is lost at once does not flood: some are told, and how many not.
func TestRecordingsAreSampled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		closed := observe.Record(observe.JSONLines(&out), &observe.RecordOptions{PerSecond: 2}).Closed
		for range 10 {
			closed(nil, websocket.CloseEvent{Code: 1006, Cause: "eof"})
		}
		time.Sleep(time.Second)
		closed(nil, websocket.CloseEvent{Code: 1006, Cause: "eof"})
		all := records(t, out.String())
		if len(all) != 3 || all[2]["leftOut"] != 8.0 || len(all[0]["frames"].([]any)) != 0 {
			t.Errorf("%v", all)
		}
	})
}

func TestARecordingIsARecordOfSlog(t *testing.T) {
	r := observe.Recording{
		Event:  websocket.CloseEvent{Code: 1006, Cause: "eof", Reason: ""},
		Frames: []observe.RecordedFrame{{Direction: protocol.Sent, Opcode: wire.Close, Fin: true, Length: 3, Payload: []byte("\x03\xe8\n")}},
	}
	var asJSON, asText bytes.Buffer
	slog.New(slog.NewJSONHandler(&asJSON, nil)).Warn("recording", "recording", r)
	slog.New(slog.NewTextHandler(&asText, nil)).Warn("recording", "recording", r)
	if record := records(t, asJSON.String())[0]["recording"].(map[string]any); record["code"] != 1006.0 || len(record["frames"].([]any)) != 1 {
		t.Errorf("%v", record)
	}
	if !strings.Contains(asText.String(), "sent Close 1000") || strings.Count(asText.String(), "\n") != 1 {
		t.Errorf("%s", asText.String())
	}
}

// The memory of a recorded connection is what RecordOptions.Frames says, and
// recording a frame allocates nothing.
func TestTheRecorderCostsWhatItSays(t *testing.T) {
	if observe.EntryBytes != 152 || 32*observe.EntryBytes > 5<<10 {
		t.Errorf("a frame takes %d bytes", observe.EntryBytes)
	}
	trace := observe.Record(observe.JSONLines(io.Discard), nil)
	c := new(websocket.Conn)
	trace.Opened(c)
	header, payload := wire.Header{Fin: true, Opcode: wire.Ping, Length: 125}, make([]byte, 125)
	for range 32 {
		trace.Frame(c, protocol.Received, header, payload)
	}
	if n := testing.AllocsPerRun(100, func() { trace.Frame(c, protocol.Received, header, payload) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
	trace.Closed(c, websocket.CloseEvent{WasClean: true})
	trace.Frame(c, protocol.Received, header, payload) // late: it is not kept
}

func TestCloseDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		trace := observe.CloseDuration(func(_ websocket.CloseEvent, d time.Duration) { took = append(took, d) })
		client, server, pipe := wstest.Pair(t, &websocket.DialOptions{Trace: trace}, nil)
		pipe.Inject(wstest.Fault{From: wstest.Server, Effect: wstest.Delay, For: 3 * time.Second})
		client.Close(1000, "")
		<-server.Done()
		if len(took) != 1 || took[0] < 3*time.Second || took[0] > 4*time.Second {
			t.Errorf("%v", took)
		}
	})
}
