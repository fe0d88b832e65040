package sobek

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/webapi"
)

// truthRuns is how many scenarios there are.
const truthRuns = 232

// The truth table of the CloseEvent, with a script as the client: events in the
// exact order, with the readyState that the standard demands inside of every handler.
func TestTruthTable(t *testing.T) {
	scenarios := truthtest.Scenarios(t, "../../testdata/truth/closeevents.json")
	truthtest.Play(t, scenarios, playTruth)
	if len(scenarios) != truthRuns {
		t.Errorf("%d scenarios ran, want %d", len(scenarios), truthRuns)
	}
}

// truthScript is the page. url, protocols, actions, watched and what happens are
// Go's; a connection that is to stay open is watched for a second.
const truthScript = `
	const ws = protocols === null ? new WebSocket(url) : new WebSocket(url, protocols);
	const states = { open: 1, message: 1, error: 3, close: 3 };
	
	function act(on) {
		const due = actions.filter((action) => action.on === on);
		actions = actions.filter((action) => action.on !== on);
		for (const action of due) for (let i = 0; i < Math.max(action.repeat, 1); i++) perform(action);
	}

	function perform({ close, args, binary, text }) {
		if (!close) return ws.send(binary > 0 ? new Uint8Array(binary) : text);
		try {
			ws.close(...args.map(value));
		} catch (e) {
			refused(e.name, e.constructor === DOMException);
		}
	}

	// value is an argument that JSON has no way to write down.
	function value(arg) {
		if (arg === null) return undefined;
		if (arg.js === "null") return null;
		return arg.utf16 ? String.fromCharCode(...arg.utf16) : arg;
	}

	for (const type of ["open", "message", "error", "close"]) {
		ws.addEventListener(type, (e) => {
			if (ws.readyState !== states[type]) fault("readyState is " + ws.readyState + " in " + type);
			if (!e.isTrusted || e.target !== ws) fault(type + " is not the connection's");
			if (type === "close") closed(e.code, e.reason, e.wasClean);
			else heard(type);
			act(type);
		});
	}
	if (actions.some((action) => action.on === "sync")) connected();
	act("sync");
	for (const { on } of [...actions]) {
		if (on.startsWith("after:")) setTimeout(() => act(on), +on.slice("after:".length));
	}
	if (watched) ws.addEventListener("open", () => setTimeout(() => { unwatch(); ws.close() }, 1000));
`

// truthPage is what Go has of a scenario's page.
type truthPage struct {
	opened, over chan struct{}
	seen         func() truthtest.Wire
	outcome      truthtest.Outcome
	watched      *truthtest.Outcome // when the watching of an open connection ended
	throws       []string
	truth        websocket.CloseEvent
}

func playTruth(scenario *truthtest.Scenario) truthtest.Outcome {
	p := &truthPage{opened: make(chan struct{}), over: make(chan struct{})}
	server, url, err := truthtest.Start(scenario.Steps, p.opened, p.over)
	if err != nil {
		return truthtest.Outcome{Faults: []string{err.Error()}}
	}
	p.seen = server.Seen
	if err := p.run(scenario, url); err != nil {
		p.fault("%v", err)
	}
	if p.outcome.Final == nil {
		close(p.over)
	}
	final := server.Finish()
	if p.watched != nil {
		p.outcome = *p.watched
	}
	if p.outcome.Final != nil {
		p.outcome.Wire = final
	}
	if !slices.Equal(p.throws, scenario.Standard.Throws) {
		p.fault("thrown: %q, want %q", p.throws, scenario.Standard.Throws)
	}
	return p.outcome
}

// run is the page's life.
func (p *truthPage) run(scenario *truthtest.Scenario, url string) error {
	opts := scenario.Options()
	var protocols any
	if opts.Subprotocols != nil {
		protocols = opts.Subprotocols
	}
	actions, leaves := truthActions(scenario)
	dialed := make(chan struct{})
	if leaves {
		opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, address)
			close(dialed)
			return conn, err
		}
	}
	scope, err := New(&Options{
		Environment: &webapi.Environment{Dial: opts},
		Stderr:      faultWriter{p},
		Closed:      func(truth websocket.CloseEvent) { p.truth = truth },
	})
	if err != nil {
		return err
	}
	for name, value := range map[string]any{
		"url": url, "protocols": protocols, "actions": scope.Runtime.ToValue(actions),
		"watched": scenario.Standard.Code == nil,
		"heard":   p.heard, "closed": p.closed, "refused": p.refused, "unwatch": p.unwatch,
		"connected": func() { <-dialed }, // the scenario has the client connect before it leaves
		"fault":     func(text string) { p.fault("%s", text) },
	} {
		scope.Runtime.Set(name, value)
	}
	ctx, cancel := context.WithTimeout(context.Background(), truthtest.Patience)
	defer cancel()
	if err := scope.RunScript(ctx, "truth.js", truthScript); err != nil {
		return err
	}
	return scope.Run(ctx)
}

// truthActions are the page's steps as objects of the script, and whether it calls
// close in the task that made the WebSocket.
func truthActions(scenario *truthtest.Scenario) (actions []any, leaves bool) {
	actions = []any{}
	for _, step := range scenario.Steps {
		if step.On == "" {
			continue
		}
		leaves = leaves || step.On == "sync"
		args := step.Args
		if args == nil {
			args = []any{}
		}
		actions = append(actions, map[string]any{
			"on": step.On, "close": step.Client == "close", "args": args,
			"binary": step.BinaryLen, "text": step.Text, "repeat": step.Repeat,
		})
	}
	return actions, leaves
}

func (p *truthPage) heard(name string) {
	p.outcome.Events = append(p.outcome.Events, name)
	if name == "open" {
		close(p.opened)
	}
}

func (p *truthPage) closed(code uint16, reason string, wasClean bool) {
	p.outcome.Events = append(p.outcome.Events, "close")
	if uint16(p.truth.Code) != code || p.truth.Reason != reason || p.truth.WasClean != wasClean {
		p.fault("%d %q %v, but the truth is %v", code, reason, wasClean, p.truth)
	}
	p.outcome.Final = &p.truth
	close(p.over)
}

func (p *truthPage) refused(name string, isDOMException bool) {
	p.outcome.Refused++
	p.throws = append(p.throws, name)
	if !isDOMException {
		p.fault("%s is no DOMException", name)
	}
}

// unwatch keeps what has happened so far: the rest is not part of the story.
func (p *truthPage) unwatch() {
	told := p.outcome
	told.Events, told.Wire = slices.Clone(told.Events), p.seen()
	p.watched = &told
}

func (p *truthPage) fault(format string, args ...any) {
	p.outcome.Faults = append(p.outcome.Faults, fmt.Sprintf(format, args...))
}

// faultWriter makes a fault of every uncaught exception.
type faultWriter struct{ page *truthPage }

func (w faultWriter) Write(text []byte) (int, error) {
	w.page.fault("%s", text)
	return len(text), nil
}
