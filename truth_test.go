package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/protocol"
)

// The truth table of the CloseEvent: what a client has to report when a server
// does this and that, by RFC 6455 and the WHATWG's standard. The scenarios are in
// testdata/truth/closeevents.json, one a line; package truthtest plays the server
// over real TCP and TLS, and truthClient is our client in the event style.

// truthRuns is how many scenarios there are.
const truthRuns = 232

// truthObservation is how long a connection is watched that is to stay open.
const truthObservation = time.Second

func TestTruthTable(t *testing.T) {
	scenarios := truthtest.Scenarios(t, "testdata/truth/closeevents.json")
	truthtest.Play(t, scenarios, playTruth)
	if len(scenarios) != truthRuns {
		t.Errorf("%d scenarios ran, want %d", len(scenarios), truthRuns)
	}
}

func playTruth(s *truthtest.Scenario) truthtest.Outcome {
	c := newTruthClient(s.Steps)
	server, url, err := truthtest.Start(s.Steps, c.opened, c.over)
	if err != nil {
		return truthtest.Outcome{Faults: []string{err.Error()}}
	}
	c.run(url, s.Options())
	o := c.observe(s.Standard.Code == nil)
	o.Wire = server.Finish()
	return o
}

// truthClient does what a scenario's page does, in the callbacks of Events. The
// page's calls become ours: close() Close and CloseEmpty, send() Write, and
// close() while connecting the end of Dial's context. Ours wait, where a page's
// return at once, so what a page does behind its own close() comes here when the
// connection has ended.
type truthClient struct {
	opened, over chan struct{}
	cancel       context.CancelFunc              // of Dial
	mayNot       func(websocket.StatusCode) bool // close with this code

	mu      sync.Mutex
	actions map[string][]truthtest.Step // by trigger, which fires once
	conn    *websocket.Conn             // nil while connecting
	outcome truthtest.Outcome
}

func newTruthClient(steps []truthtest.Step) *truthClient {
	c := &truthClient{
		opened: make(chan struct{}), over: make(chan struct{}), actions: map[string][]truthtest.Step{}, mayNot: truthtest.PageMayNot,
	}
	for _, step := range steps {
		if step.On != "" {
			c.actions[step.On] = append(c.actions[step.On], step)
		}
	}
	return c
}

// run dials. The story goes on in the callbacks.
func (c *truthClient) run(url string, opts *websocket.DialOptions) {
	ctx, cancel := context.WithTimeout(background, truthtest.Patience)
	c.cancel = cancel
	c.mu.Lock()
	for on := range c.actions {
		if ms, ok := strings.CutPrefix(on, "after:"); ok {
			n, _ := strconv.Atoi(ms)
			timer := time.AfterFunc(time.Duration(n)*time.Millisecond, func() { c.fire(on) })
			context.AfterFunc(ctx, func() { timer.Stop() })
		}
	}
	cancels := c.actions["sync"] != nil
	c.mu.Unlock()
	if cancels { // right after the constructor: the opening is under way
		opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			c.fire("sync")
			return conn, err
		}
	}
	if _, err := c.events().Dial(ctx, url, opts); err != nil {
		// The events of a Dial that failed are in its error.
		var failure *websocket.CloseError
		if !errors.As(err, &failure) {
			c.fault("Dial = %v, no *CloseError", err)
			failure = new(websocket.CloseError)
		}
		c.event("error")
		c.closed(failure.Event)
	}
}

// events are the callbacks, which write the events down and act on them.
func (c *truthClient) events() websocket.Events {
	return websocket.Events{
		OnOpen: func(conn *websocket.Conn) {
			c.told("open", func() { c.conn = conn })
			close(c.opened)
			c.fire("open")
		},
		OnMessage: func(*websocket.Conn, websocket.MessageType, []byte) { c.event("message") },
		OnError:   func(*websocket.Conn, error) { c.event("error") },
		OnClose:   func(_ *websocket.Conn, ev websocket.CloseEvent) { c.closed(ev) },
	}
}

// told writes an event down. Whatever else changes with it, change changes.
func (c *truthClient) told(event string, change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcome.Events = append(c.outcome.Events, event)
	change()
}

func (c *truthClient) event(name string) {
	c.told(name, func() {})
	c.fire(name)
}

func (c *truthClient) closed(ev websocket.CloseEvent) {
	c.told("close", func() { c.outcome.Final = &ev })
	c.fire("close")
	close(c.over)
}

func (c *truthClient) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcome.Faults = append(c.outcome.Faults, fmt.Sprintf(format, args...))
}

// observe waits for the end of the story. A connection that is to stay open is
// aborted after a while; what follows from that is not part of the story.
func (c *truthClient) observe(staysOpen bool) truthtest.Outcome {
	defer c.cancel()
	observation := truthtest.Patience
	if staysOpen {
		select {
		case <-c.opened:
		case <-c.over:
		}
		observation = truthObservation
	}
	timer := time.NewTimer(observation)
	defer timer.Stop()
	select {
	case <-c.over:
	case <-timer.C:
	}
	c.mu.Lock()
	conn, outcome := c.conn, c.outcome
	outcome.Events = slices.Clone(c.outcome.Events)
	c.mu.Unlock()
	if outcome.Final == nil && conn != nil {
		conn.Abort()
		<-c.over
	}
	return outcome
}

// fire does what the page does on an event.
func (c *truthClient) fire(on string) {
	c.mu.Lock()
	actions, conn := c.actions[on], c.conn
	delete(c.actions, on)
	c.mu.Unlock()
	for _, action := range actions {
		switch {
		case action.Client == "close":
			c.close(conn, action.Args)
		case action.Client == "abort":
			conn.Abort()
		case action.Client == "panic":
			panic("the application has a bug")
		case action.Client == "shutdown":
			c.cancel()
		case action.BinaryLen > 0:
			for range max(action.Repeat, 1) {
				conn.Write(background, websocket.Binary, make([]byte, action.BinaryLen))
			}
		default:
			for range max(action.Repeat, 1) {
				conn.Write(background, websocket.Text, []byte(action.Text))
			}
		}
	}
}

// close is the page's close(). A call that a page may not make changes nothing,
// and gives a Misuse here. But a page may not send 1001, 1002 or 1011, say, and
// a Go program may: such a call is left out, since there is no rule to break.
func (c *truthClient) close(conn *websocket.Conn, args []any) {
	code, reason := truthtest.Arguments(args)
	forbidden := len(args) > 0 && args[0] != nil && c.mayNot(code) || len(reason) > 123
	if forbidden {
		c.mu.Lock()
		c.outcome.Refused++
		c.mu.Unlock()
	}
	switch {
	case forbidden && (conn == nil || code.OnWire() && len(reason) <= 123):
		return
	case conn == nil:
		c.cancel()
		return
	}
	var err error
	if code == websocket.NoStatusRcvd && !forbidden {
		err = conn.CloseEmpty()
	} else {
		err = conn.Close(code, reason)
	}
	var misuse *protocol.MisuseError
	if errors.As(err, &misuse) != forbidden {
		c.fault("Close(%d, %q) = %v", code, reason, err)
	}
	if _, ended := conn.CloseEvent(); forbidden && ended {
		c.fault("Close(%d, %q) has ended the connection", code, reason)
	}
}
