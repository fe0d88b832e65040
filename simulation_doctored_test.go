package websocket_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// aLife is one in which nothing goes wrong: both ends talk, and the client closes.
const aLife = `client style=read
server style=read
fault client 0 delay 1ms
fault server 0 delay 1ms
1ms client 0 text size=20
2ms client 1 binary size=30 pieces=2
3ms server 0 text size=20
9ms client 3 close code=4000 reason="bye"
30ms client 0 text size=3
`

// Every invariant can fail: a record that is doctored to violate it does, and
// names it.
func TestEveryInvariantCanFail(t *testing.T) {
	const client, server = wstest.Client, wstest.Server
	eof := func(ev *websocket.CloseEvent) {
		ev.WasClean, ev.Code, ev.Reason, ev.Received, ev.Cause = false, 1006, "", nil, protocol.CauseEOF
	}
	noPong := func(r *record) *websocket.Limits {
		eof(&r.ends[client].event)
		r.ends[client].event.Cause = protocol.CausePongTimeout
		limits := &r.script.ends[client].limits
		limits.MessageBytes = 1 << 20 // a life with limits need not end cleanly
		return limits
	}
	tests := []struct {
		invariant string
		name      string
		doctor    func(r *record)
	}{
		{"1:", "a second CloseEvent", func(r *record) { r.ends[server].closed = 2 }},
		{"1:", "none", func(r *record) { r.ends[client].closed = 0 }},
		{"1:", "a failed Dial with another event", func(r *record) { r.ends[client].exists, r.dialed = false, errDoctored }},
		{"2:", "clean without a Close frame received", func(r *record) { r.ends[client].event.Received = nil }},
		{"2:", "not clean, with both Close frames", func(r *record) { r.ends[client].event.WasClean = false }},
		{"2:", "not clean, and no cause", func(r *record) { eof(&r.ends[client].event); r.ends[client].event.Cause = "" }},
		{"2:", "sent what is not on the wire", func(r *record) { r.ends[client].event.Sent = &websocket.CloseFrame{Code: 4001} }},
		{"2:", "received what did not arrive", func(r *record) { r.ends[server].event.Received = &websocket.CloseFrame{Code: 4001} }},
		{"2:", "received what was only written", func(r *record) { r.forget(client, wstest.Arrived) }},
		{"2:", "a FIN that did not arrive", func(r *record) { r.forget(server, wstest.EndArrived) }},
		{"3:", "the code that was sent in place of the one received", func(r *record) { r.ends[client].event.Code = 4001 }},
		{"3:", "another reason", func(r *record) { r.ends[client].event.Reason = "" }},
		{"3:", "1000 for no Close frame", func(r *record) { eof(&r.ends[client].event); r.ends[client].event.Code = 1000 }},
		{"3:", "1006 on the wire", func(r *record) {
			r.frames[server] = append(r.frames[server], wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Close, Length: 2}, Payload: []byte("\x03\xee")})
		}},
		{"4:", "a message heard that was not sent", func(r *record) { r.ends[server].heard = append(r.ends[server].heard, message{typ: wire.Text}) }},
		{"4:", "another message", func(r *record) { r.ends[server].heard[0].payload = "?" }},
		{"4:", "another type", func(r *record) { r.ends[server].heard[0].typ = wire.Binary }},
		{"4:", "messages in another order", func(r *record) { h := r.ends[server].heard; h[0], h[1] = h[1], h[0] }},
		{"4:", "one missing before the Close frame", func(r *record) { r.ends[server].heard = r.ends[server].heard[:1] }},
		{"4:", "accepted, and not on the wire", func(r *record) { d := r.deed(client, laneWriter, 1); d.err = nil }},
		{"4:", "refused, and on the wire", func(r *record) { d := r.deed(client, laneWriter, 0); d.err = errDoctored }},
		{"5:", "more discarded than was sent", func(r *record) { r.ends[server].event.DiscardedBytes = 1 }},
		{"5:", "unsent bytes of a clean end", func(r *record) { r.ends[client].event.UnsentBytes = 1 }},
		{"5:", "a message left open and not counted", func(r *record) {
			r.frames[server] = append(r.frames[server], wstest.Frame{Header: wire.Header{Opcode: wire.Text}})
		}},
		{"6:", "a data frame behind our Close", func(r *record) {
			r.frames[client] = append(r.frames[client], wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Ping}})
		}},
		{"6:", "a write after the event", func(r *record) {
			r.steps = append(r.steps, wstest.Step{At: time.Hour, From: server, What: wstest.Wrote, Bytes: 1})
		}},
		{"6:", "OnMessage behind our own Close", func(r *record) {
			r.script.ends[client].style = listens
			r.ends[client].heard[0].at = time.Minute
		}},
		{"7:", "opened and not closed", func(r *record) { r.ends[client].opened = 2 }},
		{"7:", "closed before it opened", func(r *record) { r.ends[client].event.OpenedAt = r.ends[client].event.ClosedAt.Add(1) }},
		{"7:", "accepted after a refusal", func(r *record) {
			again := *r.deed(client, laneWriter, 0)
			again.step.do, again.step.lane, again.span = doPing, lanePinger, span{time.Hour, time.Hour}
			r.ends[client].deeds = append(r.ends[client].deeds, again)
		}},
		{"8:", "an end that took too long", func(r *record) { end := &r.ends[client].event; end.ClosedAt = end.ClosedAt.Add(time.Minute) }},
		{"8:", "an end before its cause", func(r *record) {
			end := &r.ends[server].event
			end.ClosedAt = end.OpenedAt.Add(1)
			r.forget(server, wstest.Wrote)
		}},
		{"10:", "not clean, though nothing was lost", func(r *record) {
			eof(&r.ends[server].event)
			r.ends[server].closing = []beginning{{by: protocol.Nobody}}
			r.ends[server].heard = r.ends[server].heard[:0:0]
		}},
		{"11:", "given up too soon", func(r *record) { noPong(r) }},
		{"11:", "given up without a Ping", func(r *record) { noPong(r).PingInterval, noPong(r).PongTimeout = 1, 1 }},
		{"11:", "silent for too long", func(r *record) {
			r.script.ends[server].limits = websocket.Limits{PingInterval: 1, PongTimeout: 1, WriteTimeout: 1}
		}},
		{"12:", "a frame told twice", func(r *record) {
			r.ends[client].ledger.sent.frames = append(r.ends[client].ledger.sent.frames, toldFrame{})
		}},
		{"12:", "a frame not told", func(r *record) { r.ends[client].ledger.sent.frames = r.ends[client].ledger.sent.frames[1:] }},
		{"12:", "a frame received and not told", func(r *record) {
			told := &r.ends[server].ledger.received.frames
			*told = (*told)[:len(*told)-1]
		}},
		{"12:", "another payload of the Close frame", func(r *record) {
			told := r.ends[server].ledger.received.frames
			told[len(told)-1].control = "??"
		}},
		{"12:", "a message not told", func(r *record) { r.ends[server].ledger.received.messages = r.ends[server].ledger.received.messages[1:] }},
		{"12:", "another size", func(r *record) { r.ends[client].ledger.sent.messages[0].size++ }},
		{"13:", "no closing told", func(r *record) { r.ends[client].closing = nil }},
		{"13:", "another beginning", func(r *record) { r.ends[client].closing[0].by = protocol.Remote }},
		{"13:", "another frame", func(r *record) { r.ends[server].closing[0].frame.Reason = "" }},
		{"13:", "a closing told behind the end", func(r *record) { r.ends[server].closing[0].closed = 1 }},
		{"14:", "a message before one that was sent earlier", func(r *record) { r.deed(client, laneWriter, 0).span = span{time.Hour, time.Hour} }},
		{"14:", "a message before a Write that waits", func(r *record) {
			r.deed(client, laneWriter, 0).span.from = 2 * time.Hour
			second := r.deed(client, laneSecond, 0)
			second.step.pieces, second.span = 0, span{time.Hour, 3 * time.Hour}
		}},
		{"the record", "a fault that the application saw", func(r *record) { r.ends[client].faults = []string{"it waited"} }},
	}
	for _, test := range tests {
		r := liveText(t, aLife)
		test.doctor(r)
		if wrong := r.violated(); !strings.HasPrefix(strings.TrimPrefix(wrong, "invariant "), test.invariant) {
			t.Errorf("%s: got %q, want invariant %s", test.name, wrong, test.invariant)
		}
	}
	r, other := liveText(t, aLife), liveText(t, aLife)
	if wrong := r.violated() + segmentationChanges(r, other); wrong != "" {
		t.Errorf("the record as it is: %s", wrong)
	}
	other.ends[server].event.Code = 4001
	if wrong := segmentationChanges(r, other); !strings.HasPrefix(wrong, "invariant 9:") {
		t.Errorf("another event in other segments: %q", wrong)
	}
}

// errDoctored is an end that never was.
var errDoctored = &websocket.CloseError{}

func liveText(t *testing.T, text string) *record {
	t.Helper()
	s, err := parseScript(text)
	if err != nil {
		t.Fatal(err)
	}
	s.settle()
	return live(t, s)
}

// deed is what a lane of an end did as its number-th step.
func (r *record) deed(who wstest.Side, l lane, number int) *result {
	for i, d := range r.ends[who].deeds {
		if d.step.lane == l && d.number == number {
			return &r.ends[who].deeds[i]
		}
	}
	return nil
}

// forget leaves steps out of the trace.
func (r *record) forget(who wstest.Side, what wstest.What) {
	var kept []wstest.Step
	for _, s := range r.steps {
		if s.From != who || s.What != what {
			kept = append(kept, s)
		}
	}
	r.steps = kept
}

func TestAGoroutineThatIsLeftIsAViolation(t *testing.T) {
	wrong := leftBehind(func() {
		synctest.Test(t, func(*testing.T) { go func() { select {} }() })
	})
	if !strings.HasPrefix(wrong, "invariant 8:") {
		t.Errorf("got %q", wrong)
	}
}
