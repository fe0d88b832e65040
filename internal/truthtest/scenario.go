package truthtest

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// Scenario is one row of the table.
type Scenario struct {
	ID            string
	RequiresOffer string `json:"requires_offer"`
	Steps         []Step
	Standard      Result
	AlsoOK        []Result `json:"also_ok"`
}

// Result is what may come of a scenario.
type Result struct {
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

// Scenarios reads the scenarios out of a file, one a line.
func Scenarios(t *testing.T, path string) []Scenario {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // a step that is not understood must not be left out
	var scenarios []Scenario
	if err := d.Decode(&scenarios); err != nil {
		t.Fatal(err)
	}
	return scenarios
}

// Outcome is what came of a scenario.
type Outcome struct {
	Events  []string
	Final   *websocket.CloseEvent // nil: the connection is still open
	Refused int                   // calls that a page may not make
	Wire    Wire
	Faults  []string
}

// Options are the defaults, but for scenarios in which the server is silent for
// a minute or more: they are about our timeouts, which are short then.
func (s *Scenario) Options() *websocket.DialOptions {
	opts := &websocket.DialOptions{TLS: &tls.Config{RootCAs: TLS().Roots}}
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

// Check compares what came of a scenario with what may.
func (s *Scenario) Check(t *testing.T, got Outcome) {
	for _, fault := range slices.Concat(got.Faults, got.Wire.Faults) {
		t.Error(fault)
	}
	differences := s.Standard.Differences(got)
	allowed := func(r Result) bool { return len(r.Differences(got)) == 0 }
	if len(differences) == 0 || slices.ContainsFunc(s.AlsoOK, allowed) {
		return
	}
	for _, difference := range differences {
		t.Error(difference)
	}
	t.Logf("CloseEvent: %v", got.Final)
}

// Differences says what of an outcome is not as the result has it.
func (r Result) Differences(got Outcome) (differences []string) {
	compare := func(what string, got, want any) {
		if got != want {
			differences = append(differences, fmt.Sprintf("%s: %v, want %v", what, got, want))
		}
	}
	compare("events", strings.Join(foldMessages(got.Events), " "), strings.Join(r.Events, " "))
	compare("ended", got.Final != nil, r.Code != nil)
	if got.Final != nil && r.Code != nil {
		compare("code", int(got.Final.Code), *r.Code)
		compare("reason", strconv.Quote(got.Final.Reason), strconv.Quote(*r.Reason))
		compare("wasClean", got.Final.WasClean, *r.WasClean)
	}
	compare("calls that a page may not make", got.Refused, len(r.Throws))
	if r.ClientCloseFrame != "any" {
		compare("Close frame sent", got.Wire.closeFrame(), r.closeFrame())
	}
	// "The client SHOULD wait for the server to close the connection" (7.1.1), and
	// ends it in order itself when it does not: a reset can overtake a Close frame.
	if r.TCPFirst == "server" || r.TCPFirst == "client" {
		compare("the client has ended TCP first", got.Wire.First, r.TCPFirst == "client")
	}
	if r.TCPFirst != "" && got.Wire.First {
		compare("how the client has ended TCP", got.Wire.End, nil)
	}
	for _, count := range []struct {
		what string
		got  int
		want *int
	}{
		{"Pongs sent", got.Wire.Pongs, r.ClientPongs},
		{"data frames sent", got.Wire.DataFrames, r.ClientDataFrames},
		{"data bytes sent", got.Wire.DataBytes, r.ClientDataBytes},
	} {
		if count.want != nil {
			compare(count.what, count.got, *count.want)
		}
	}
	return differences
}

// closeFrame is the Close frame that the client has to send: "none", "empty", or
// its code. It echoes the code that it reports.
func (r Result) closeFrame() string {
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
func (w *Wire) closeFrame() string {
	switch {
	case w.Close == nil:
		return "none"
	case len(w.Close) == 0:
		return "empty"
	case len(w.Close) == 1:
		return "malformed"
	}
	return strconv.Itoa(int(binary.BigEndian.Uint16(w.Close)))
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

// Patience bounds everything, for a machine that is very busy.
const Patience = 60 * time.Second

// Parallel is how many scenarios run at a time. They mostly wait.
const Parallel = 16

// Play plays all scenarios, some at a time, and checks what came of them.
func Play(t *testing.T, scenarios []Scenario, play func(*Scenario) Outcome) {
	outcomes := make([]Outcome, len(scenarios))
	turns := make(chan struct{}, Parallel) // t.Parallel would run one a processor
	var all sync.WaitGroup
	for i := range scenarios {
		turns <- struct{}{}
		all.Go(func() {
			outcomes[i] = play(&scenarios[i])
			<-turns
		})
	}
	all.Wait()
	for i, s := range scenarios {
		t.Run(s.ID, func(t *testing.T) { s.Check(t, outcomes[i]) })
	}
}
