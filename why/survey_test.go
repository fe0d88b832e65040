package why

import (
	"slices"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// crowd is n copies of an event; the ages grow by one step and the closes by
// another.
func crowd(n int, ev websocket.CloseEvent, ages, closes time.Duration) []websocket.CloseEvent {
	var events []websocket.CloseEvent
	for i := range n {
		e := ev
		e.ClosedAt = ev.ClosedAt.Add(time.Duration(i) * closes)
		e.OpenedAt = e.ClosedAt.Add(-ev.ClosedAt.Sub(ev.OpenedAt) - time.Duration(i)*ages)
		events = append(events, e)
	}
	return events
}

func TestCrowdRulesFireAndLeaveTheirNeighbours(t *testing.T) {
	const s = time.Second
	eof := lost("eof", 60*s)
	leaving := said(1001, "remote", protocol.Client)
	page := said(1001, "remote", protocol.Server)
	ping := lost("pong-timeout", 40*s)
	for _, test := range []struct {
		name   string
		events []websocket.CloseEvent
		top    string
	}{
		{"one age, different times", crowd(5, eof, 10*time.Millisecond, 7*s), "idle-timeout"},
		{"an age of 300 s, a few seconds over", crowd(5, lost("reset", 301*s), s, 7*s), "idle-timeout"},
		{"an age that is not round", crowd(5, lost("eof", 42*s), 0, 7*s), "eof"},
		{"too few for a crowd", crowd(2, eof, 0, 7*s), "round-age"},
		{"one age and one time: nobody can know", crowd(5, eof, 0, 0), "round-age"},
		{"round ages are fewer than half", slices.Concat(crowd(4, eof, 0, 7*s), crowd(9, lost("eof", 10*s), 0, 70*s)), "eof"},
		{"different ages, one moment", crowd(5, lost("eof", 10*s), 9*s, 100*time.Millisecond), "killed-process"},
		{"different ages, different times", crowd(5, lost("eof", 10*s), 3*s, 9*s), "eof"},
		{"closing handshakes that were cut in one moment", crowd(5, closing(lost("eof", 10*s)), 9*s, 0), "lost-while-closing"},
		{"pings unanswered in one moment", crowd(4, ping, 9*s, 0), "network-lost"},
		{"pings unanswered now and then", crowd(4, ping, 9*s, 9*s), "pong-timeout"},
		{"1001 from the server in one moment", crowd(4, leaving, 9*s, 0), "shutdown"},
		{"1001 from the server now and then", crowd(4, leaving, 3*s, 9*s), "server-leaving"},
		{"1001 from clients in one moment", crowd(4, page, 9*s, 0), "page-change"},
		{"1001 from clients now and then", crowd(4, page, 9*s, 9*s), "page-left"},
	} {
		suspects := Survey(test.events, "en").Suspects
		if suspects[0].Rule != test.top {
			t.Errorf("%s: %s, want %s", test.name, suspects[0].Rule, test.top)
		}
		sum := 0
		for _, s := range suspects {
			sum += s.Count
		}
		if sum != len(test.events) {
			t.Errorf("%s: %d events explained, want %d", test.name, sum, len(test.events))
		}
	}
}

func TestSurveyCounts(t *testing.T) {
	events := slices.Concat(
		crowd(3, said(1000, "local", protocol.Client), 0, time.Hour),
		crowd(2, lost("eof", 10*time.Second), 0, time.Hour),
		[]websocket.CloseEvent{never("dns", 0)},
	)
	r := Survey(events, "en")
	if r.Events != 6 || len(r.Groups) != 3 || r.Groups[0] != (Group{1000, "", "local", "closing", 3}) {
		t.Errorf("groups: %+v", r)
	}
	if want := []Bar{{"1000", 3}, {"1006", 3}}; !slices.Equal(r.Codes, want) {
		t.Errorf("codes: %v, want %v", r.Codes, want)
	}
	if want := []Bar{{"5-29s", 5}}; !slices.Equal(r.Ages, want) {
		t.Errorf("ages: %v, want %v", r.Ages, want)
	}
	if len(r.Suspects) != 2 || r.Suspects[0].Rule != "eof" || r.Suspects[1].Rule != "dns" {
		t.Errorf("suspects: %+v", r.Suspects)
	}
	if dns := r.Suspects[1]; dns.MedianAge != "" || !dns.First.Equal(noon) {
		t.Errorf("never opened: %+v", dns)
	}
	if eof := r.Suspects[0]; eof.MedianAge != "10s" || !eof.First.Equal(noon) || !eof.Last.Equal(noon.Add(time.Hour)) {
		t.Errorf("lost: %+v", eof)
	}
	if empty := Survey(nil, "fr"); empty.Groups == nil || empty.Suspects == nil || empty.Events != 0 {
		t.Errorf("nothing at all: %+v", empty)
	}
}
