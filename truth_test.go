package websocket_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// The truth table of the CloseEvent: what a client has to report when a server
// does this and that, by RFC 6455 and the WHATWG's standard. The scenarios are in
// testdata/truth/closeevents.json, one a line; truthserver_test.go plays the
// server over real TCP and TLS, and truthClient is our client in the event style.

// truthRuns is how many scenarios there are.
const truthRuns = 232

const (
	// truthPatience bounds everything, for a machine that is very busy.
	truthPatience = 60 * time.Second
	// truthObservation is how long a connection is watched that is to stay open.
	truthObservation = time.Second
	// truthParallel is how many scenarios run at a time. They mostly wait.
	truthParallel = 16
)

type truthScenario struct {
	ID            string
	RequiresOffer string `json:"requires_offer"`
	Steps         []truthStep
	Standard      truthResult
	AlsoOK        []truthResult `json:"also_ok"`
}

// truthResult is what may come of a scenario.
type truthResult struct {
	Events           []string // "message*3" stands for three of them
	Code             *int     // nil: the connection is still open
	Reason           *string
	WasClean         *bool
	Throws           []string // the calls that a page may not make
	ClientCloseFrame any      `json:"client_close_frame"` // a code, "echo", "empty", "any", or nil for none
	TCPFirst         string   `json:"tcp_first"`          // who has to end TCP: server, client, either, or "" if it is open
	ClientPongs      *int     `json:"client_pongs"`
	ClientDataFrames *int     `json:"client_data_frames"`
	ClientDataBytes  *int     `json:"client_data_bytes"`
}

func TestTruthTable(t *testing.T) {
	scenarios := truthScenarios(t)
	outcomes := make([]truthOutcome, len(scenarios))
	turns := make(chan struct{}, truthParallel) // t.Parallel would run one a processor
	var all sync.WaitGroup
	for i := range scenarios {
		turns <- struct{}{}
		all.Go(func() {
			outcomes[i] = scenarios[i].play()
			<-turns
		})
	}
	all.Wait()
	for i, s := range scenarios {
		t.Run(s.ID, func(t *testing.T) { s.check(t, outcomes[i]) })
	}
	if len(scenarios) != truthRuns {
		t.Errorf("%d scenarios ran, want %d", len(scenarios), truthRuns)
	}
}

// truthScenarios are the scenarios.
func truthScenarios(t *testing.T) []truthScenario {
	text, err := os.ReadFile("testdata/truth/closeevents.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // a step that is not understood must not be left out
	var scenarios []truthScenario
	if err := d.Decode(&scenarios); err != nil {
		t.Fatal(err)
	}
	return scenarios
}

// truthOutcome is what came of a scenario.
type truthOutcome struct {
	events  []string
	final   *websocket.CloseEvent // nil: the connection is still open
	refused int
	wire    truthWire
	faults  []string
}

func (s *truthScenario) play() truthOutcome {
	c := newTruthClient(s.Steps)
	server, url, err := startTruthServer(s.Steps, c.opened, c.over)
	if err != nil {
		return truthOutcome{faults: []string{err.Error()}}
	}
	c.run(url, s.options())
	o := c.observe(s.Standard.Code == nil)
	o.wire = server.finish()
	return o
}

// options are the defaults, but for scenarios in which the server is silent for
// a minute or more: they are about our timeouts, which are short then.
func (s *truthScenario) options() *websocket.DialOptions {
	opts := &websocket.DialOptions{TLS: &tls.Config{RootCAs: truthTLS().roots}}
	if s.RequiresOffer != "" { // what browsers offer: "permessage-deflate; client_max_window_bits"
		opts.Compression = &websocket.Compression{ServerTakeover: true, ClientTakeover: true}
	}
	for _, step := range s.Steps {
		opts.Subprotocols = append(opts.Subprotocols, step.Protocols...)
		if max(step.TimeoutMS, step.SleepMS) >= 60_000 {
			const short = 2 * time.Second
			opts.Limits = websocket.Limits{
				OpeningTimeout: short, WriteTimeout: short, CloseTimeout: short, TransportTimeout: short,
			}
		}
	}
	return opts
}

// check compares what came of a scenario with what may.
func (s *truthScenario) check(t *testing.T, got truthOutcome) {
	for _, fault := range slices.Concat(got.faults, got.wire.faults) {
		t.Error(fault)
	}
	differences := s.Standard.differences(got)
	allowed := func(r truthResult) bool { return len(r.differences(got)) == 0 }
	if len(differences) == 0 || slices.ContainsFunc(s.AlsoOK, allowed) {
		return
	}
	for _, difference := range differences {
		t.Error(difference)
	}
	t.Logf("CloseEvent: %v", got.final)
}

func (r truthResult) differences(got truthOutcome) (differences []string) {
	compare := func(what string, got, want any) {
		if got != want {
			differences = append(differences, fmt.Sprintf("%s: %v, want %v", what, got, want))
		}
	}
	compare("events", strings.Join(foldMessages(got.events), " "), strings.Join(r.Events, " "))
	compare("ended", got.final != nil, r.Code != nil)
	if got.final != nil && r.Code != nil {
		compare("code", int(got.final.Code), *r.Code)
		compare("reason", strconv.Quote(got.final.Reason), strconv.Quote(*r.Reason))
		compare("wasClean", got.final.WasClean, *r.WasClean)
	}
	compare("calls that a page may not make", got.refused, len(r.Throws))
	if r.ClientCloseFrame != "any" {
		compare("Close frame sent", got.wire.closeFrame(), r.closeFrame())
	}
	// "The client SHOULD wait for the server to close the connection" (7.1.1), and
	// ends it in order itself when it does not: a reset can overtake a Close frame.
	if r.TCPFirst == "server" || r.TCPFirst == "client" {
		compare("the client has ended TCP first", got.wire.first, r.TCPFirst == "client")
	}
	if r.TCPFirst != "" && got.wire.first {
		compare("how the client has ended TCP", got.wire.end, nil)
	}
	for _, count := range []struct {
		what string
		got  int
		want *int
	}{
		{"Pongs sent", got.wire.pongs, r.ClientPongs},
		{"data frames sent", got.wire.dataFrames, r.ClientDataFrames},
		{"data bytes sent", got.wire.dataBytes, r.ClientDataBytes},
	} {
		if count.want != nil {
			compare(count.what, count.got, *count.want)
		}
	}
	return differences
}

// closeFrame is the Close frame that the client has to send: "none", "empty", or
// its code. It echoes the code that it reports.
func (r truthResult) closeFrame() string {
	switch frame := r.ClientCloseFrame.(type) {
	case nil:
		return "none"
	case float64:
		return strconv.Itoa(int(frame))
	case string:
		if frame == "echo" && *r.Code != int(websocket.NoStatusRcvd) {
			return strconv.Itoa(*r.Code)
		}
	}
	return "empty"
}

// closeFrame is the Close frame that the client did send.
func (w *truthWire) closeFrame() string {
	switch {
	case w.close == nil:
		return "none"
	case len(w.close) == 0:
		return "empty"
	case len(w.close) == 1:
		return "malformed"
	}
	return strconv.Itoa(int(binary.BigEndian.Uint16(w.close)))
}

// foldMessages writes messages that follow one another as "message*N".
func foldMessages(events []string) (folded []string) {
	n := 0
	for i, event := range events {
		if event != "message" {
			folded = append(folded, event)
			continue
		}
		if n++; i+1 == len(events) || events[i+1] != "message" {
			folded, n = append(folded, fmt.Sprintf("message*%d", n)), 0
		}
	}
	return folded
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
	actions map[string][]truthStep // by trigger, which fires once
	conn    *websocket.Conn        // nil while connecting
	outcome truthOutcome
}

func newTruthClient(steps []truthStep) *truthClient {
	c := &truthClient{
		opened: make(chan struct{}), over: make(chan struct{}), actions: map[string][]truthStep{}, mayNot: pageMayNot,
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
	ctx, cancel := context.WithTimeout(background, truthPatience)
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
	c.outcome.events = append(c.outcome.events, event)
	change()
}

func (c *truthClient) event(name string) {
	c.told(name, func() {})
	c.fire(name)
}

func (c *truthClient) closed(ev websocket.CloseEvent) {
	c.told("close", func() { c.outcome.final = &ev })
	c.fire("close")
	close(c.over)
}

func (c *truthClient) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcome.faults = append(c.outcome.faults, fmt.Sprintf(format, args...))
}

// observe waits for the end of the story. A connection that is to stay open is
// aborted after a while; what follows from that is not part of the story.
func (c *truthClient) observe(staysOpen bool) truthOutcome {
	defer c.cancel()
	observation := truthPatience
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
	outcome.events = slices.Clone(c.outcome.events)
	c.mu.Unlock()
	if outcome.final == nil && conn != nil {
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
	code, reason := truthArguments(args)
	forbidden := len(args) > 0 && args[0] != nil && c.mayNot(code) || len(reason) > 123
	if forbidden {
		c.mu.Lock()
		c.outcome.refused++
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

// pageMayNot reports whether a page may not close with a code.
func pageMayNot(code websocket.StatusCode) bool {
	return code != websocket.NormalClosure && (code < 3000 || code > 4999)
}

// truthArguments converts the arguments of the page's close() by the rules of its
// language: the code is [Clamp] unsigned short, the reason USVString. Without any
// it is NoStatusRcvd, which stands for an empty Close frame; a reason without a
// code cannot be said in Go, so the code that a browser would add, 1000, is.
func truthArguments(args []any) (code websocket.StatusCode, reason string) {
	if len(args) > 1 {
		switch text := args[1].(type) {
		case string:
			reason = text
		case map[string]any: // {"utf16": units}: a lone surrogate becomes U+FFFD
			var units []uint16
			for _, unit := range text["utf16"].([]any) {
				units = append(units, uint16(unit.(float64)))
			}
			reason = string(utf16.Decode(units))
		}
	}
	var number float64
	switch {
	case len(args) == 0 || args[0] == nil && reason == "":
		return websocket.NoStatusRcvd, ""
	case args[0] == nil: // undefined
		return websocket.NormalClosure, reason
	}
	switch value := args[0].(type) {
	case float64:
		number = value
	case string:
		number, _ = strconv.ParseFloat(value, 64)
	case map[string]any: // {"js": "null"}, which is 0
	}
	return websocket.StatusCode(math.RoundToEven(min(max(number, 0), math.MaxUint16))), reason
}
