package webapi_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/webapi"
)

// truthRuns is how many scenarios there are.
const truthRuns = 232

// truthObservation is how long a connection is watched that is to stay open.
const truthObservation = time.Second

// The truth table of the CloseEvent, with a page as the client: the same scenarios
// as the root's TestTruthTable, driven through WebSocket, with the readyState that
// the standard demands inside of every handler.
func TestTruthTable(t *testing.T) {
	scenarios := truthtest.Scenarios(t, "../testdata/truth/closeevents.json")
	truthtest.Play(t, scenarios, playTruth)
	if len(scenarios) != truthRuns {
		t.Errorf("%d scenarios ran, want %d", len(scenarios), truthRuns)
	}
}

// truthPage does what a scenario's page does.
type truthPage struct {
	env          *webapi.Environment
	ws           *webapi.WebSocket
	opened, over chan struct{}
	dialed       chan struct{}               // closed when TCP is there
	actions      map[string][]truthtest.Step // by trigger, which fires once
	seen         func() truthtest.Wire
	outcome      truthtest.Outcome
	throws       []string // names of the exceptions of its calls
}

func playTruth(s *truthtest.Scenario) truthtest.Outcome {
	p := &truthPage{
		opened: make(chan struct{}), over: make(chan struct{}), dialed: make(chan struct{}), actions: map[string][]truthtest.Step{},
	}
	for _, step := range s.Steps {
		if step.On != "" {
			p.actions[step.On] = append(p.actions[step.On], step)
		}
	}
	server, url, err := truthtest.Start(s.Steps, p.opened, p.over)
	if err != nil {
		return truthtest.Outcome{Faults: []string{err.Error()}}
	}
	p.seen = server.Seen
	p.run(s, url)
	if final := server.Finish(); p.outcome.Final != nil {
		p.outcome.Wire = final
	}
	if !slices.Equal(p.throws, s.Standard.Throws) {
		p.fault("thrown: %q, want %q", p.throws, s.Standard.Throws)
	}
	return p.outcome
}

// run is the page's life.
func (p *truthPage) run(s *truthtest.Scenario, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), truthtest.Patience)
	defer cancel()
	opts := s.Options()
	subprotocols := opts.Subprotocols
	if p.actions["sync"] != nil { // the scenario has the client connect and leave
		opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, address)
			close(p.dialed)
			return conn, err
		}
	}
	p.env = &webapi.Environment{Tasks: webapi.NewTasks(), Dial: opts, Report: func(err error) { p.fault("%v", err) }}
	var err error
	if p.ws, err = webapi.NewWebSocket(p.env, url, subprotocols...); err != nil {
		p.fault("%v", err)
		close(p.over)
		return
	}
	for name, state := range map[string]webapi.ReadyState{
		"open": webapi.Open, "message": webapi.Open, "error": webapi.Closed, "close": webapi.Closed,
	} {
		p.ws.AddEventListener(name, webapi.Func(func(e webapi.Event) { p.heard(e, state) }), nil)
	}
	if p.actions["sync"] != nil {
		<-p.dialed
		p.act("sync")
	}
	p.startTimers(s.Standard.Code == nil)
	if err := p.env.Tasks.Run(ctx); err != nil {
		p.fault("%v", err)
	}
}

// startTimers posts what the page does after a time. A connection that is to stay
// open is watched for a while; what follows is not part of the story.
func (p *truthPage) startTimers(staysOpen bool) {
	for on := range p.actions {
		if ms, ok := strings.CutPrefix(on, "after:"); ok {
			n, _ := strconv.Atoi(ms)
			time.AfterFunc(time.Duration(n)*time.Millisecond, func() { p.env.Tasks.Post(func() { p.act(on) }) })
		}
	}
	if !staysOpen {
		return
	}
	p.ws.AddEventListener("open", webapi.Func(func(webapi.Event) {
		time.AfterFunc(truthObservation, func() {
			p.env.Tasks.Post(func() {
				told := p.outcome
				told.Events, told.Wire = slices.Clone(told.Events), p.seen()
				p.ws.AddEventListener("close", webapi.Func(func(webapi.Event) { p.outcome = told }), nil)
				p.ws.Close(nil, "")
			})
		})
	}), nil)
}

// heard writes an event down and acts on it.
func (p *truthPage) heard(e webapi.Event, state webapi.ReadyState) {
	p.outcome.Events = append(p.outcome.Events, e.Type())
	if p.ws.ReadyState() != state {
		p.fault("readyState is %d in %s", p.ws.ReadyState(), e.Type())
	}
	if e.Type() == "open" {
		close(p.opened)
	}
	if last, ok := e.(*webapi.CloseEvent); ok {
		truth, _ := last.Truth()
		if uint16(truth.Code) != last.Code() || truth.Reason != last.Reason() || truth.WasClean != last.WasClean() {
			p.fault("%d %q %v, but the truth is %v", last.Code(), last.Reason(), last.WasClean(), truth)
		}
		p.outcome.Final = &truth
		defer close(p.over)
	}
	p.act(e.Type())
}

// act does what the page does on an event, once.
func (p *truthPage) act(on string) {
	actions := p.actions[on]
	delete(p.actions, on)
	for _, action := range actions {
		for range max(action.Repeat, 1) {
			p.do(action)
		}
	}
}

func (p *truthPage) do(action truthtest.Step) {
	switch {
	case action.Client == "close":
		p.close(action.Args)
	case action.BinaryLen > 0:
		p.send(p.ws.SendBinary(make([]byte, action.BinaryLen)))
	default:
		p.send(p.ws.SendText(action.Text))
	}
}

func (p *truthPage) send(err error) {
	if err != nil {
		p.fault("send: %v", err)
	}
}

// close is the page's close(), with the conversions of its language.
func (p *truthPage) close(args []any) {
	code, reason := truthtest.Arguments(args)
	var given *uint16
	if len(args) > 0 && args[0] != nil {
		given = new(uint16(code))
	}
	err := p.ws.Close(given, reason)
	var exception *webapi.DOMException
	if errors.As(err, &exception) {
		p.outcome.Refused++
		p.throws = append(p.throws, exception.Name)
	}
}

func (p *truthPage) fault(format string, args ...any) {
	p.outcome.Faults = append(p.outcome.Faults, fmt.Sprintf(format, args...))
}
