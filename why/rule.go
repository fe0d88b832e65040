package why

import (
	"slices"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// Confidence is how sure an explanation is.
type Confidence string

// The three degrees. Certain follows from what the event says itself.
const (
	Certain Confidence = "certain"
	Likely  Confidence = "likely"
	NotSure Confidence = "not sure"
)

// Party is who brought an end about.
type Party string

// The parties. Between is what stands between the endpoints: a proxy or a network.
const (
	ThisSide Party = "this side"
	Peer     Party = "the peer"
	Sides    Party = "both sides"
	Between  Party = "something in between"
	Unknown  Party = "unknown"
)

// text is an answer in one language: what happened, and what to check next.
type text struct {
	what string
	next []string
}

// rule is a row: when its test holds for an event, its text explains it.
type rule struct {
	name   string
	fires  func(websocket.CloseEvent) bool
	sure   Confidence
	who    Party // empty: as the event's initiator says
	en, fr text  // without next: the registry's remedies for the code
}

func (r rule) text(lang string) text {
	if isFrench(lang) {
		return r.fr
	}
	return r.en
}

// rules are all rows about one event. The first that fires counts; the last
// always does.
var rules = slices.Concat(openingRules, waitRules, violationRules, applicationRules, lostRules, farewellRules)

// ruleFor is the row that explains an event.
func ruleFor(ev websocket.CloseEvent) rule {
	return rules[slices.IndexFunc(rules, func(r rule) bool { return r.fires(ev) })]
}

// The tests that rows are made of.

func all(tests ...func(websocket.CloseEvent) bool) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool {
		return !slices.ContainsFunc(tests, func(test func(websocket.CloseEvent) bool) bool { return !test(ev) })
	}
}

func cause(causes ...protocol.Cause) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return slices.Contains(causes, ev.Cause) }
}

func code(codes ...websocket.StatusCode) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return slices.Contains(codes, ev.Code) }
}

func by(initiators ...protocol.Initiator) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return slices.Contains(initiators, ev.Initiator) }
}

func role(r protocol.Role) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return ev.Role == r }
}

func phase(phases ...protocol.Phase) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return slices.Contains(phases, ev.Phase) }
}

func httpStatus(statuses ...int) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return slices.Contains(statuses, ev.HTTPStatus) }
}

func section(s string) func(websocket.CloseEvent) bool {
	return func(ev websocket.CloseEvent) bool { return ev.Rule == s }
}

func always(websocket.CloseEvent) bool { return true }
