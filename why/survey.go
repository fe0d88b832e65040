package why

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// Report is why many connections ended.
type Report struct {
	Events int     `json:"events"`
	Groups []Group `json:"groups"` // the largest first
	Codes  []Bar   `json:"codes"`  // in ascending order
	Ages   []Bar   `json:"ages"`   // of those that opened, the youngest first
	// Suspects are the explanations, that of the most events first. Ends that need
	// none, on purpose with 1000, are left out.
	Suspects []Suspect `json:"suspects"`
}

// Group is a kind of end, and how many there were.
type Group struct {
	Code      websocket.StatusCode `json:"code"`
	Cause     protocol.Cause       `json:"cause"`
	Initiator protocol.Initiator   `json:"initiator"`
	Phase     protocol.Phase       `json:"phase"`
	Count     int                  `json:"count"`
}

// Bar is one bar of a histogram.
type Bar struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Suspect is an explanation of several events.
type Suspect struct {
	Rule       string     `json:"rule"`
	Confidence Confidence `json:"confidence"`
	Count      int        `json:"count"`
	// MedianAge is how long half of the connections were open at most, as a Go
	// duration, "30.001s"; empty when none opened.
	MedianAge string `json:"medianAge"`
	// First and Last are the times of the first and the last of the ends.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	What  string    `json:"what"`
	Next  []string  `json:"next"`
}

// Survey says why many connections ended. It does not change events. lang is
// read as [websocket.Describe] reads it.
func Survey(events []websocket.CloseEvent, lang string) Report {
	return Report{
		Events: len(events), Groups: groups(events), Codes: codes(events), Ages: ages(events),
		Suspects: suspects(events, lang),
	}
}

func groups(events []websocket.CloseEvent) []Group {
	counts := map[Group]int{}
	for _, ev := range events {
		counts[Group{ev.Code, ev.Cause, ev.Initiator, ev.Phase, 0}]++
	}
	list := []Group{}
	for g, n := range counts {
		g.Count = n
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Cause, b.Cause),
			cmp.Compare(a.Initiator, b.Initiator), cmp.Compare(a.Phase, b.Phase))
	})
	return list
}

func codes(events []websocket.CloseEvent) []Bar {
	counts := map[websocket.StatusCode]int{}
	for _, ev := range events {
		counts[ev.Code]++
	}
	bars := []Bar{}
	for code, n := range counts {
		bars = append(bars, Bar{strconv.Itoa(int(code)), n})
	}
	slices.SortFunc(bars, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(len(a.Label), len(b.Label)), cmp.Compare(a.Label, b.Label))
	})
	return bars
}

// ageBounds are where the bars of ages end. The usual timeouts have bars of
// their own: at 30 s, 60 s, 120 s, 300 s and so on.
var ageBounds = []struct {
	below time.Duration
	label string
}{
	{time.Second, "< 1s"}, {5 * time.Second, "1-5s"}, {29 * time.Second, "5-29s"}, {32 * time.Second, "29-32s"},
	{54 * time.Second, "32-54s"}, {62 * time.Second, "54-62s"}, {118 * time.Second, "62-118s"}, {123 * time.Second, "118-123s"},
	{298 * time.Second, "2-5m"}, {306 * time.Second, "about 5m"}, {time.Hour, "5-60m"}, {1<<63 - 1, ">= 1h"},
}

func ages(events []websocket.CloseEvent) []Bar {
	counts := make([]int, len(ageBounds))
	for _, ev := range events {
		if a, known := age(ev); known {
			for i, bound := range ageBounds {
				if a < bound.below {
					counts[i]++
					break
				}
			}
		}
	}
	bars := []Bar{}
	for i, n := range counts {
		if n > 0 {
			bars = append(bars, Bar{ageBounds[i].label, n})
		}
	}
	return bars
}

// suspects asks the crowd's rules, and about each event that is left its own.
func suspects(events []websocket.CloseEvent, lang string) []Suspect {
	list := []Suspect{}
	left := events
	for _, r := range crowdRules {
		found := r.find(left)
		if len(found) == 0 {
			continue
		}
		t := r.en
		if isFrench(lang) {
			t = r.fr
		}
		list = append(list, suspect(Explanation{Rule: r.name, Confidence: r.sure, What: t.what, Next: slices.Clone(t.next)}, found))
		left = without(left, found)
	}
	byRule := map[string][]websocket.CloseEvent{}
	for _, ev := range left {
		name := ruleFor(ev).name
		byRule[name] = append(byRule[name], ev)
	}
	for _, r := range rules {
		if found := byRule[r.name]; len(found) > 0 && r.name != "finished" {
			list = append(list, suspect(Explain(found[0], lang), found))
		}
	}
	slices.SortStableFunc(list, func(a, b Suspect) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// suspect is an explanation of all events found.
func suspect(e Explanation, found []websocket.CloseEvent) Suspect {
	s := Suspect{
		Rule: e.Rule, Confidence: e.Confidence, Count: len(found), What: e.What, Next: e.Next,
		First: found[0].ClosedAt, Last: found[0].ClosedAt,
	}
	var known []time.Duration
	for _, ev := range found {
		if ev.ClosedAt.Before(s.First) {
			s.First = ev.ClosedAt
		}
		if ev.ClosedAt.After(s.Last) {
			s.Last = ev.ClosedAt
		}
		if a, ok := age(ev); ok {
			known = append(known, a)
		}
	}
	if slices.Sort(known); len(known) > 0 {
		s.MedianAge = known[(len(known)-1)/2].Round(time.Millisecond).String()
	}
	return s
}

// without is events less those found. Equal events are found together: every rule
// judges by the event alone and its place in time.
func without(events, found []websocket.CloseEvent) []websocket.CloseEvent {
	gone := map[websocket.CloseEvent]bool{}
	for _, ev := range found {
		gone[ev] = true
	}
	return slices.DeleteFunc(slices.Clone(events), func(ev websocket.CloseEvent) bool { return gone[ev] })
}
