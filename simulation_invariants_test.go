package websocket_test

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// invariant is what must be true of every life, whatever befell it: the numbers
// are those of the list in docs. Each is checked from the CloseEvents and from
// what crossed the pipe, and returns what is wrong, or "".
type invariant struct {
	name  string
	check func(r *record, who wstest.Side) string
}

var invariants = []invariant{
	{"1: exactly one CloseEvent for each connection and side", oneCloseEvent},
	{"2: clean means that a Close frame was sent, one was processed, and then the transport ended", cleanMeansBoth},
	{"3: the code is that of the first Close frame processed, and no forbidden one is on the wire", codeIsWhatCame},
	{"4: what was delivered is a beginning of what was accepted, in whole messages", deliveredIsAPrefix},
	{"5: what was accepted was delivered, reported as lost, or is in doubt", nothingUnaccountedFor},
	{"6: nothing is written behind our Close frame, and nothing is delivered behind the event", nothingBehindTheEnd},
	{"7: states only move forward", statesMoveForward},
	{"8: the event comes in time", endIsInTime},
	{"10: without a loss every close is clean", faultlessIsClean},
	{"11: who is silent is found, and nobody else is blamed", silenceIsFound},
	{"12: the trace is told of every frame and message on the wire, once", framesAreTold},
	{"13: the trace is told once that a connection is closing, before the event and as the event has it", closingIsTold},
	{"14: messages leave in the order of the calls", orderOfCalls},
	{"the record itself shows no fault", noFaults},
}

// violated is the first invariant that does not hold, with what is wrong.
func (r *record) violated() string {
	for _, i := range invariants {
		for who := range wstest.Server + 1 {
			if wrong := i.check(r, who); wrong != "" {
				return fmt.Sprintf("invariant %s\n%v: %s", i.name, who, wrong)
			}
		}
	}
	return ""
}

func noFaults(r *record, who wstest.Side) string {
	if faults := r.ends[who].faults; len(faults) > 0 {
		return faults[0]
	}
	return ""
}

func oneCloseEvent(r *record, who wstest.Side) string {
	end, want := r.ends[who], 0
	if end.exists || who == wstest.Client {
		want = 1 // a Dial that fails has one too
	}
	if end.closed != want || end.event.ClosedAt.IsZero() != (want == 0) {
		return fmt.Sprintf("%d CloseEvents, want %d: %v", end.closed, want, end.event)
	}
	var failed *websocket.CloseError
	if who == wstest.Client && !end.exists && (!errors.As(r.dialed, &failed) || failed.Event != end.event || failed.Event.Code != websocket.AbnormalClosure) {
		return fmt.Sprintf("Dial gave %v and the event was %v", r.dialed, end.event)
	}
	return ""
}

func cleanMeansBoth(r *record, who wstest.Side) string {
	ev := r.ends[who].event
	if !r.ends[who].exists {
		return ""
	}
	if ev.WasClean != (ev.Sent != nil && ev.Received != nil) {
		return fmt.Sprintf("clean is %t, sent %v, received %v", ev.WasClean, ev.Sent, ev.Received)
	}
	if (ev.Cause == "") && !ev.WasClean {
		return "not clean, and no cause"
	}
	if !same(ev.Sent, closeFrameOf(r.frames[who])) {
		return fmt.Sprintf("sent %v, and on the wire is %v", ev.Sent, closeFrameOf(r.frames[who]))
	}
	if ev.Received != nil && !same(ev.Received, closeFrameOf(r.arrivedAt(who))) {
		return fmt.Sprintf("received %v, and what arrived is %v", ev.Received, closeFrameOf(r.arrivedAt(who)))
	}
	ends := append(r.transport(who), protocol.EndTimeout, protocol.EndLocal)
	if !slices.Contains(ends, ev.Transport) {
		return fmt.Sprintf("transport %q, and the pipe shows %q", ev.Transport, ends)
	}
	return ""
}

func codeIsWhatCame(r *record, who wstest.Side) string {
	ev := r.ends[who].event
	want := websocket.CloseFrame{Code: websocket.AbnormalClosure}
	if ev.Received != nil {
		want = *ev.Received
	}
	if r.ends[who].closed > 0 && (ev.Code != want.Code || ev.Reason != want.Reason) {
		return fmt.Sprintf("code %v %q, received %v", ev.Code, ev.Reason, ev.Received)
	}
	for _, f := range r.frames[who] {
		if f.Opcode != wire.Close || !f.Whole() {
			continue
		}
		if _, _, rule := wire.ParseClose(f.Payload); rule != 0 {
			return fmt.Sprintf("%v on the wire: %v", f, rule)
		}
	}
	return ""
}

func deliveredIsAPrefix(r *record, who wstest.Side) string {
	end, peer := r.ends[who], r.ends[who^1]
	sent := messages(r.frames[who^1])
	if len(end.heard) > len(sent) {
		return fmt.Sprintf("%d messages heard, %d sent", len(end.heard), len(sent))
	}
	for i, m := range end.heard {
		if m.typ != sent[i].typ || m.payload != sent[i].payload {
			return fmt.Sprintf("message %d is %v %.20q, not %v %.20q", i, m.typ, m.payload, sent[i].typ, sent[i].payload)
		}
	}
	missing := len(sent) > len(end.heard)
	if end.event.Initiator != protocol.Remote {
		// Empty messages that were dropped behind our own Close are counted nowhere.
		missing = slices.ContainsFunc(sent[len(end.heard):], func(m message) bool { return m.payload != "" })
	}
	if r.readToTheEnd(who) && end.event.Received != nil && end.event.DiscardedBytes+end.torn == 0 && missing {
		return fmt.Sprintf("the peer's Close was processed, and of %d messages %d were heard", len(sent), len(end.heard))
	}
	held, wrong := acceptedIsOnTheWire(peer, sent)
	if int64(held.messages) > peer.event.UnsentMessages || held.messages > 0 && peer.event.WasClean && !r.mayLose(who^1) {
		return fmt.Sprintf("%d messages were accepted and are not on the wire, and %d count as unsent", held.messages, peer.event.UnsentMessages)
	}
	return wrong
}

// mayLose reports whether what an end accepted may be lost though the close is
// clean: with Quiet, and behind a message that the Close frame cut off.
func (r *record) mayLose(who wstest.Side) bool {
	open := false
	for _, f := range r.frames[who] {
		if !f.Opcode.Control() {
			open = !f.Fin
		}
	}
	return open || r.script.ends[who].queue.Quiet
}

// kept is what was accepted, to leave together with more, and did not leave.
type kept struct {
	messages int
	bytes    int64
}

// acceptedIsOnTheWire compares the messages of each lane with those on the wire:
// the accepted ones are all there, in their order, but for the last ones. Of those
// that failed at most the last one is.
func acceptedIsOnTheWire(end account, sent []message) (held kept, wrong string) {
	for l := laneWriter; l <= laneSecond; l++ {
		var wrote []message
		for _, m := range sent {
			if (len(m.payload) > 0 && m.payload[0] == '1') == (l == laneSecond) {
				wrote = append(wrote, m)
			}
		}
		accepted := 0 // of the deeds to come
		for _, d := range end.deeds {
			if d.step.lane == l && d.err == nil {
				accepted++
			}
		}
		for _, d := range end.deeds {
			if d.step.lane != l {
				continue
			}
			there := len(wrote) > 0 && wrote[0].payload == string(payload(d.step, d.number))
			if d.err == nil {
				accepted--
			} else {
				there = there && len(wrote) > accepted // short messages are all alike
			}
			if d.err == nil && !there {
				held.messages++
				held.bytes += int64(len(payload(d.step, d.number)))
			}
			if there && d.err != nil && end.event.WasClean {
				return held, fmt.Sprintf("%v was refused with %v and is on the wire", d.step, d.err)
			}
			if there {
				wrote = wrote[1:]
			}
		}
		if len(wrote) > 0 {
			return held, fmt.Sprintf("nobody sent %.20q", wrote[0].payload)
		}
	}
	return held, ""
}

func nothingUnaccountedFor(r *record, who wstest.Side) string {
	ev, frames := r.ends[who].event, r.frames[who]
	if !r.ends[who].exists {
		return ""
	}
	var payload, cut int64 // bytes that were written, and those of the last frame that were not
	open := false
	for _, f := range frames {
		if f.Opcode.Control() {
			continue
		}
		payload += int64(len(f.Payload))
		cut += f.Length - int64(len(f.Payload))
		open = !f.Fin || !f.Whole()
	}
	held, _ := acceptedIsOnTheWire(r.ends[who], messages(frames))
	most := int64(held.messages) + 1
	if held.messages == 0 && cut > 0 && ev.UnsentBytes != cut || ev.UnsentBytes < max(cut, held.bytes) && !open ||
		open && ev.UnsentMessages < 1 || ev.WasClean && ev.UnsentBytes > 0 && !r.mayLose(who) || ev.UnsentMessages > most {
		return fmt.Sprintf("%d bytes of a frame were not written, message open %t; the event says %d bytes unsent of %d messages", cut, open, ev.UnsentBytes, ev.UnsentMessages)
	}
	peer := r.ends[who^1]
	got := peer.torn + peer.event.DiscardedBytes
	for _, m := range peer.heard {
		got += int64(len(m.payload))
	}
	if got > payload {
		return fmt.Sprintf("%d bytes were written, and %d heard or discarded", payload, got)
	}
	if r.readToTheEnd(who^1) && peer.event.Received != nil && got != payload {
		return fmt.Sprintf("the peer processed our Close frame; %d bytes were written, and %d heard or discarded", payload, got)
	}
	return ""
}

func nothingBehindTheEnd(r *record, who wstest.Side) string {
	end, closing := r.ends[who], false
	for _, f := range r.frames[who] {
		if closing && f.Opcode != wire.Pong {
			return fmt.Sprintf("%v behind our Close frame", f)
		}
		closing = closing || f.Opcode == wire.Close
	}
	if !end.exists {
		return ""
	}
	for _, s := range r.steps {
		if s.From == who && s.What == wstest.Wrote && s.At > r.since(end.event.ClosedAt) {
			return fmt.Sprintf("%d bytes written %v after the event", s.Bytes, s.At-r.since(end.event.ClosedAt))
		}
	}
	for _, d := range end.deeds {
		if d.step.do == doClose && d.step.who == who && r.script.ends[who].style == listens {
			if n := len(end.heard); n > 0 && end.heard[n-1].at > d.span.from && d.step.code.OnWire() {
				return "OnMessage behind our own Close"
			}
		}
	}
	return ""
}

func framesAreTold(r *record, who wstest.Side) string {
	end := &r.ends[who]
	if !end.exists {
		return ""
	}
	all := end.event.Received != nil
	return cmp.Or(end.ledger.checkSent(r.frames[who]), end.ledger.checkReceived(r.frames[who^1], all))
}

func closingIsTold(r *record, who wstest.Side) string {
	if !r.ends[who].exists {
		return ""
	}
	return checkBeginnings(r.ends[who].closing, r.ends[who].event)
}

// orderOfCalls compares the calls of both lanes. A message has its place when the
// call that sent it returns; that of a Write that waits for nothing but the stream
// has it when the call begins.
func orderOfCalls(r *record, who wstest.Side) string {
	onWire := map[string]int{} // the place of a message, by how it begins
	for i, m := range messages(r.frames[who]) {
		onWire[m.payload[:min(len(m.payload), idBytes)]] = i
	}
	type sent struct {
		place  int
		from   time.Duration
		placed time.Duration
	}
	var all []sent
	for _, d := range r.ends[who].deeds {
		place, there := onWire[messageID(d.step.lane, d.number)]
		if !d.sends() || d.err != nil || d.step.size < idBytes || !there {
			continue // short messages are all alike
		}
		s := sent{place, d.span.from, d.span.to}
		if d.holdsTurn() && d.step.pieces == 0 && !slices.ContainsFunc(r.ends[who].deeds, func(other result) bool {
			return other.step.lane != d.step.lane && other.sends() && other.holdsTurn() && other.span.from <= d.span.from && other.span.to >= d.span.from
		}) {
			s.placed = d.span.from
		}
		for _, before := range all {
			if before.placed < s.from && before.place > s.place || s.placed < before.from && s.place > before.place {
				return fmt.Sprintf("the message of %v to %v is number %d on the wire, that of %v to %v number %d", before.from, before.placed, before.place, s.from, s.placed, s.place)
			}
		}
		all = append(all, s)
	}
	return ""
}

func statesMoveForward(r *record, who wstest.Side) string {
	end := r.ends[who]
	if !end.exists {
		return ""
	}
	if end.opened != 1 || end.opened != end.closed {
		return fmt.Sprintf("opened %d times, closed %d times", end.opened, end.closed)
	}
	if end.event.OpenedAt.IsZero() || end.event.ClosedAt.Before(end.event.OpenedAt) || r.since(end.event.OpenedAt) < 0 {
		return fmt.Sprintf("opened at %v, closed at %v", end.event.OpenedAt, end.event.ClosedAt)
	}
	var refused time.Duration = -1
	for _, d := range end.deeds {
		sends := d.sends() || d.step.do == doPing
		switch {
		case sends && errors.Is(d.err, net.ErrClosed):
			if refused < 0 || d.span.to < refused {
				refused = d.span.to
			}
		case sends && d.err == nil && refused >= 0 && d.span.from > refused:
			return fmt.Sprintf("%v was accepted after a refusal at %v", d.step, refused)
		}
	}
	return ""
}

func endIsInTime(r *record, who wstest.Side) string {
	end, limits := r.ends[who], r.script.ends[who].limits
	if !end.exists {
		return ""
	}
	ended := r.since(end.event.ClosedAt)
	switch end.event.Cause {
	case protocol.CauseWriteTimeout, protocol.CausePongTimeout, protocol.CauseMessageTooBig, protocol.CauseTooManyFragments:
	default:
		if cause := r.firstCause(who, true, true); ended < cause {
			return fmt.Sprintf("it ended at %v, and the first cause came at %v", ended, cause)
		}
	}
	transport := 2 * time.Second
	if who == wstest.Server {
		transport = time.Second
	}
	bound := orDefault(limits.CloseTimeout, 10*time.Second) + orDefault(limits.TransportTimeout, transport)
	cause := r.firstCause(who, !r.pausing(who), false)
	if took := ended - cause; took > bound {
		return fmt.Sprintf("it took %v from the first cause at %v, and may take %v", took, cause, bound)
	}
	return ""
}

func faultlessIsClean(r *record, who wstest.Side) string {
	ev := r.ends[who].event
	if !r.script.harmless() {
		return ""
	}
	if !r.ends[who].exists || !ev.WasClean {
		return fmt.Sprintf("nothing was lost, and yet %v", ev)
	}
	return ""
}

// silenceIsFound checks the keepalive. Whoever is cut for want of a Pong had been
// silent for the time of one and, before that, for most of an interval; and while
// both applications read, nobody is silent for longer than both times together,
// but for the time that a write may take, which is any if the peer takes it slowly.
func silenceIsFound(r *record, who wstest.Side) string {
	end, limits := r.ends[who], r.script.ends[who].limits
	if !end.exists || limits.PingInterval < 0 {
		return ""
	}
	interval, timeout := orDefault(limits.PingInterval, 25*time.Second), orDefault(limits.PongTimeout, 10*time.Second)
	ended := r.since(end.event.ClosedAt)
	if end.event.Cause != protocol.CausePongTimeout {
		until := min(ended, r.firstCause(who, true, false))
		heard := r.lastHeard(who, until)
		silent := until - heard
		most := interval + timeout + 9*orDefault(limits.WriteTimeout, 10*time.Second)/4 + r.longestBatches(who, heard, until)
		if end.event.Cause == protocol.CauseReset && end.event.Transport == protocol.EndTimeout {
			most += orDefault(limits.TransportTimeout, 2*time.Second) // the Ping could not be written, and the peer could still be heard
		}
		if silent > most && !r.pausing(who) {
			return fmt.Sprintf("nothing was heard for %v before %v, and silence is borne for %v", silent, until, most)
		}
		return ""
	}
	heard := r.lastHeard(who, ended)
	if least := interval*5/6 + timeout; ended-heard < least {
		return fmt.Sprintf("it was given up %v after something had been heard, which takes %v at least", ended-heard, least)
	}
	if !slices.ContainsFunc(r.frames[who], func(f wstest.Frame) bool {
		at := r.writtenAt(who, f)
		return f.Opcode == wire.Ping && at >= heard && at <= ended-timeout
	}) {
		return fmt.Sprintf("no Ping was sent between %v and %v", heard, ended-timeout)
	}
	return ""
}
