package websocket_test

import (
	"slices"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

func TestAScriptIsReadAsItIsWritten(t *testing.T) {
	for seed := range uint64(500) {
		s := randomScript(seed)
		got, err := parseScript(s.String())
		if err != nil {
			t.Fatal(err)
		}
		if got.ends != s.ends || !slices.Equal(got.faults, s.faults) || !slices.Equal(got.steps, s.steps) {
			t.Fatalf("seed %d: wrote\n%v\nread\n%v", seed, s, got)
		}
	}
	for _, bad := range []string{"5ms client", "x client 0 text", "5ms nobody 0 text", "5ms client x text", "5ms client 0 text size=x", "5ms client 0 text size", "client ahead=x", "client x=1", "fault x"} {
		if s, err := parseScript(bad); err == nil {
			t.Errorf("%q is read as %v", bad, s)
		}
	}
}

// A violation that needs one step, one fault and one option is shrunk to these.
func TestAScriptIsShrunkToWhatViolates(t *testing.T) {
	needed := step{at: 77, who: wstest.Server, lane: laneCloser, do: doClose, code: 4999}
	fault := wstest.Fault{From: wstest.Client, At: 99, Effect: wstest.Drop}
	for seed := range uint64(50) {
		s := randomScript(seed)
		s.steps = append(s.steps, needed)
		s.faults = append(s.faults, fault)
		s.ends[0].limits.Fragments = 3
		short := shrink(s, func(c script) bool {
			return slices.Contains(c.steps, needed) && slices.Contains(c.faults, fault) && c.ends[0].limits.Fragments == 3
		})
		if len(short.steps) != 1 || len(short.faults) != 1 || short.ends[1] != (simplest) || short.ends[0].style != reads {
			t.Fatalf("seed %d: shrunk to\n%v", seed, short)
		}
	}
}

// How often the things happen that the simulation is there for: a generator that
// no longer reaches one of them would go unnoticed.
func TestTheSimulationReachesEveryKindOfEnd(t *testing.T) {
	reached := map[string]int{}
	for seed := range seedCount(2000, 500) {
		r := live(t, randomScript(seed))
		for _, end := range r.ends {
			if end.closed > 0 {
				reached["cause "+string(end.event.Cause)]++
				reached["transport "+string(end.event.Transport)]++
				reached["initiator "+string(end.event.Initiator)]++
				reached["phase "+string(end.event.Phase)]++
			}
			if end.event.WasClean {
				reached["clean"]++
			}
			if end.event.DiscardedBytes > 0 {
				reached["discarded"]++
			}
			for _, d := range end.deeds {
				if d.step.queued && d.err == nil {
					reached["queued"]++
				} else if d.err == websocket.ErrBehind {
					reached["skipped"]++
				}
			}
			if end.event.UnsentBytes > 0 {
				reached["unsent"]++
			}
			if end.event.Code == websocket.NoStatusRcvd {
				reached["1005"]++
			}
		}
		if r.script.harmless() {
			reached["harmless"]++
		}
	}
	for _, want := range []string{
		"cause ", "cause eof", "cause eof-in-frame", "cause eof-in-message", "cause reset", "cause tls-truncated", "cause write-timeout", "cause close-timeout", "cause pong-timeout",
		"cause message-too-big", "cause too-many-fragments", "cause aborted", "cause context-canceled", "cause panic", "cause slow-consumer", "queued", "skipped", "cause open-timeout",
		"transport fin", "transport reset", "transport timeout", "transport local", "transport tls-truncated",
		"initiator local", "initiator remote", "initiator both", "initiator none", "phase open", "phase closing", "phase opening",
		"clean", "discarded", "unsent", "1005", "harmless",
	} {
		if reached[want] == 0 {
			t.Errorf("%s is never reached", want)
		}
	}
	t.Log(reached)
}
