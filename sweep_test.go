package websocket_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// sweepFrames are one of every kind of frame, as an application receives them:
// what is before the frame in question, and the frame.
var sweepFrames = []struct {
	name   string
	before []wstest.Frame
	frame  wstest.Frame
}{
	{"an empty text", nil, data(wire.Text, true, 0)},
	{"a text", nil, data(wire.Text, true, 12)},
	{"a binary", nil, data(wire.Binary, true, 12)},
	{"a longest short frame", nil, data(wire.Binary, true, 125)},
	{"a frame with 2 bytes of length", nil, data(wire.Binary, true, 126)},
	{"a frame with 8 bytes of length", nil, data(wire.Binary, true, 65536)},
	{"a first fragment", nil, data(wire.Text, false, 12)},
	{"a fragment between", []wstest.Frame{data(wire.Text, false, 3)}, data(wire.Continuation, false, 12)},
	{"a last fragment", []wstest.Frame{data(wire.Text, false, 3)}, data(wire.Continuation, true, 12)},
	{"a Ping", nil, data(wire.Ping, true, 12)},
	{"a Ping between fragments", []wstest.Frame{data(wire.Text, false, 3)}, data(wire.Ping, true, 12)},
	{"a Pong", nil, data(wire.Pong, true, 12)},
	{"a Close frame", nil, wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Close}, Payload: []byte("\x0f\xa0bye")}},
	{"an empty Close frame", nil, wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Close}}},
	{"a Close frame between fragments", []wstest.Frame{data(wire.Text, false, 3)}, wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Close}, Payload: []byte("\x0f\xa0bye")}},
}

func data(opcode wire.Opcode, fin bool, n int) wstest.Frame {
	return wstest.Frame{Header: wire.Header{Fin: fin, Opcode: opcode}, Payload: []byte(strings.Repeat("x", n))}
}

// encode is a frame on the wire.
func encode(f wstest.Frame, masked bool) []byte {
	f.Length, f.Masked = int64(len(f.Payload)), masked
	if masked {
		f.Key = 0x04030201
	}
	out := wire.AppendHeader(nil, f.Header)
	start := len(out)
	out = append(out, f.Payload...)
	wire.Mask(out[start:], f.Key, 0)
	return out
}

// sweepEnds are the ways in which a stream stops behind a byte.
var sweepEnds = []wstest.Effect{wstest.HalfClose, wstest.Truncate, wstest.FIN, wstest.Reset, wstest.Stall, wstest.Drop}

// TestSweepOfEveryByte stops the stream behind every byte of every kind of frame,
// in every way, for both roles and in three segmentations, and compares with what
// must come of it. With -short it runs a fifth of them.
func TestSweepOfEveryByte(t *testing.T) {
	var runs atomic.Int32
	t.Run("kinds", func(t *testing.T) {
		for _, kind := range sweepFrames {
			t.Run(kind.name, func(t *testing.T) {
				t.Parallel()
				for i, s := range sweeps(kind.before, kind.frame) {
					if testing.Short() && i%5 != 0 {
						continue
					}
					runs.Add(1)
					if got, want := s.run(t), s.want(); got != want {
						t.Errorf("client %t, %v behind byte %d, segments of %d:\ngot  %s\nwant %s", s.asClient, s.end, s.at, s.segment, got, want)
					}
				}
			})
		}
	})
	t.Logf("%d runs", runs.Load())
}

// sweeps are all runs of one kind of frame.
func sweeps(before []wstest.Frame, frame wstest.Frame) (all []sweep) {
	segments := []int{0, 1, 3}
	if len(frame.Payload) > 1000 {
		segments = []int{0, 1000, 4096}
	}
	for _, asClient := range []bool{true, false} {
		for _, at := range sweepOffsets(len(encode(frame, !asClient))) {
			for _, end := range sweepEnds {
				for _, segment := range segments {
					all = append(all, sweep{before, frame, asClient, at, end, segment})
				}
			}
		}
	}
	return all
}

// sweepOffsets are all offsets of a frame. Of one that does not fit into the
// window of the reader, 4096 bytes, they are those around its header, around the
// edges of windows, and of its end.
func sweepOffsets(size int) []int {
	var offsets []int
	for at := 0; at <= size; at++ {
		if size < 1000 || at <= 20 || at%16384 < 2 || at >= size-2 {
			offsets = append(offsets, at)
		}
	}
	return offsets
}

// sweep is one run: the stream stops behind at bytes of frame.
type sweep struct {
	before   []wstest.Frame
	frame    wstest.Frame
	asClient bool
	at       int
	end      wstest.Effect
	segment  int
}

// run tells what an endpoint that reads, and closes after a while, makes of it.
func (s sweep) run(t *testing.T) (story string) {
	synctest.Test(t, func(t *testing.T) {
		closes := 0
		c, peer := rawPeer(t, s.asClient, websocket.Trace{Closed: func(*websocket.Conn, websocket.CloseEvent) { closes++ }})
		if s.segment > 0 {
			peer.Inject(wstest.Fault{From: peer.Side(), Effect: wstest.Split, Bytes: s.segment})
		}
		for _, f := range s.before {
			peer.Write(encode(f, !s.asClient))
		}
		go func() {
			synctest.Wait()
			if s.end == wstest.Reset { // a moment later, else nothing could be read
				peer.Inject(wstest.Fault{From: peer.Side(), At: int64(s.at), Effect: wstest.Stall, For: time.Millisecond})
			}
			peer.Inject(wstest.Fault{From: peer.Side(), At: int64(s.at), Effect: s.end})
			peer.Write(encode(s.frame, !s.asClient))
		}()
		go func() { // the application closes what does not end by itself
			time.Sleep(time.Minute)
			c.Close(1000, "")
		}()
		var messages []string
		for m, err := range c.Messages(background) {
			if err == nil {
				messages = append(messages, fmt.Sprint(m.Type, len(m.Data)))
			}
		}
		ev := eventOf(c)
		story = fmt.Sprintf("%v %d %q clean %t %s %s %s, %d events", messages, ev.Code, ev.Reason, ev.WasClean, ev.Phase, ev.Cause, ev.Transport, closes)
		peer.Close()
		time.Sleep(time.Minute)
	})
	return story
}

// want tells what must come of it.
func (s sweep) want() string {
	encoded := len(encode(s.frame, !s.asClient))
	whole := s.at >= encoded
	messages := "[]"
	if whole && !s.frame.Opcode.Control() && s.frame.Fin {
		typ, n := s.frame.Opcode, len(s.frame.Payload)
		for _, f := range s.before {
			typ, n = f.Opcode, n+len(f.Payload)
		}
		messages = fmt.Sprint([]string{fmt.Sprint(typ, n)})
	}
	if whole && s.frame.Opcode == wire.Close {
		return s.wantClosed()
	}
	cause, transport, phase := "", "", "open"
	switch s.end {
	case wstest.Truncate:
		cause, transport = string(protocol.CauseTLSTruncated), string(protocol.EndTLSTruncated)
	case wstest.HalfClose, wstest.FIN:
		cause, transport = s.eof(whole), string(protocol.EndFIN)
	case wstest.Reset:
		cause, transport = string(protocol.CauseReset), string(protocol.EndReset)
	case wstest.Stall, wstest.Drop: // nobody answers our Close
		phase, cause, transport = "closing", string(protocol.CauseCloseTimeout), string(protocol.EndTimeout)
	}
	return fmt.Sprintf("%s 1006 \"\" clean false %s %s %s, 1 events", messages, phase, cause, transport)
}

// eof is the word for an end in order.
func (s sweep) eof(whole bool) string {
	switch {
	case s.at > 0 && !whole:
		return string(protocol.CauseEOFInFrame)
	case s.inMessage(whole):
		return string(protocol.CauseEOFInMessage)
	}
	return string(protocol.CauseEOF)
}

// inMessage reports whether the stream stops inside a message.
func (s sweep) inMessage(whole bool) bool {
	if s.frame.Opcode.Control() || !whole {
		return len(s.before) > 0
	}
	return !s.frame.Fin
}

// wantClosed is what comes of a Close frame that arrived: its code, and clean
// unless our answer could not leave.
func (s sweep) wantClosed() string {
	code, reason, _ := wire.ParseClose(s.frame.Payload)
	clean, cause, transport := true, "", ""
	switch s.end {
	case wstest.HalfClose:
		transport = string(protocol.EndFIN)
	case wstest.Truncate:
		transport = string(protocol.EndTLSTruncated)
	case wstest.Stall, wstest.Drop:
		transport = string(protocol.EndTimeout)
	case wstest.FIN: // our direction has been closed too
		clean, cause, transport = false, string(protocol.CauseReset), string(protocol.EndFIN)
	case wstest.Reset: // behind both Close frames
		transport = string(protocol.EndReset)
	}
	return fmt.Sprintf("[] %d %q clean %t closing %s %s, 1 events", code, reason, clean, cause, transport)
}
