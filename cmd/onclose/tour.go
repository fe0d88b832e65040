package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/onclose/websocket"
)

// tourCmd produces every status code in its real situation, over sockets of the
// loopback interface, and compares what both ends say with what was expected.
type tourCmd struct {
	JSON  bool                   `name:"json" help:"Print one JSON object for each stop, and a last one for the whole tour."`
	Codes []websocket.StatusCode `arg:"" optional:"" name:"code" help:"Only the stops of these codes, 0 to 65535; without any, the whole tour."`
}

// Help is the long help.
func (*tourCmd) Help() string {
	return `Examples:
  onclose tour                 every code, about a hundred stops
  onclose tour 1006 1015       the ways to lose a connection, and to get none
  onclose tour 4321            any other number is produced too
  onclose tour --json | jq 'select(.ok == false)'

Each stop has two lines: the situation, with the section of RFC 6455 that rules
it, and what the client's end and the server's end say of it. Where one of them
is a raw peer, which sends what no honest endpoint sends, it has no CloseEvent
and says what it saw. The exit status is 0 when all is as expected and nothing
is left behind, no goroutine and no descriptor; otherwise 1.`
}

// Run is the command.
func (cmd *tourCmd) Run(s *streams) error {
	stops := tourStops()
	if len(cmd.Codes) > 0 {
		stops = nil
		slices.Sort(cmd.Codes)
		for _, code := range slices.Compact(cmd.Codes) {
			stops = append(stops, stopsFor(code)...)
		}
	}
	if cmd.JSON {
		return tour(stops, jsonReport{s.out})
	}
	return tour(stops, newTableReport(s.out))
}

// The bounds of a tour: how long it and each of its stops may take, how many
// stops play at once, and how long what they began may take to be gone.
const (
	tourTimeout = 25 * time.Second
	stopTimeout = 15 * time.Second
	tourWidth   = 16
	goneTimeout = 2 * time.Second
)

// report is where a tour's results go, in the order of the stops.
type report interface {
	stop(tourResult) error
	summary(tourSummary) error
}

// tourResult is what one stop came to.
type tourResult struct {
	Type        string               `json:"type"` // "stop"
	Stop        string               `json:"stop"`
	Code        websocket.StatusCode `json:"code"`
	Name        string               `json:"name"`
	Situation   string               `json:"situation"`
	Section     string               `json:"section"`
	Expected    tourExpected         `json:"expected"`
	Client      any                  `json:"client"` // a CloseEvent, a rawAccount, or nil
	Server      any                  `json:"server"` // one of these, or a refusedAccount
	OK          bool                 `json:"ok"`
	Differences []string             `json:"differences"`
}

// tourExpected are the members that each end's account was expected to have.
type tourExpected struct {
	Client members `json:"client"`
	Server members `json:"server"`
}

// tourSummary is what the whole tour came to.
type tourSummary struct {
	Type            string  `json:"type"` // "summary"
	Stops           int     `json:"stops"`
	Differing       int     `json:"differing"`
	GoroutinesLeft  int     `json:"goroutinesLeft"`
	DescriptorsLeft int     `json:"descriptorsLeft"`
	Seconds         float64 `json:"seconds"`
	OK              bool    `json:"ok"`
}

// tour plays the stops, some at a time, and reports them in their order.
func tour(stops []tourStop, to report) error {
	started := time.Now()
	if _, err := throwAwayOnce(); err != nil {
		return fmt.Errorf("no certificate for the tour: %w", err)
	}
	before, err := takeStock()
	if err != nil {
		return err
	}
	failed, differing := error(nil), 0
	for result := range play(stops) {
		if !result.OK {
			differing++
		}
		if failed == nil {
			failed = to.stop(result)
		}
	}
	left := before.left(goneTimeout)
	sum := tourSummary{
		Type: "summary", Stops: len(stops), Differing: differing,
		GoroutinesLeft: left.goroutines, DescriptorsLeft: left.descriptors,
		Seconds: time.Since(started).Seconds(),
		OK:      differing == 0 && left == stock{},
	}
	if failed == nil {
		failed = to.summary(sum)
	}
	switch {
	case failed != nil:
		return failed
	case differing > 0:
		return &statusError{exitOther, fmt.Sprintf("%d of %d stops differ from what was expected", differing, len(stops))}
	case !sum.OK:
		return &statusError{exitOther, fmt.Sprintf("the tour left %d goroutines and %d descriptors behind", left.goroutines, left.descriptors)}
	}
	return nil
}

// play runs the stops on goroutines that have ended when the loop has, also one
// that is left early.
func play(stops []tourStop) func(yield func(tourResult) bool) {
	return func(yield func(tourResult) bool) {
		ctx, cancel := context.WithTimeout(context.Background(), tourTimeout)
		defer cancel()
		turns := make(chan struct{}, tourWidth)
		results := make([]chan tourResult, len(stops))
		for i := range stops {
			results[i] = make(chan tourResult, 1)
			go func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				results[i] <- stops[i].run(ctx)
			}()
		}
		wanted := true
		for _, result := range results {
			r := <-result
			wanted = wanted && yield(r)
		}
	}
}

// run plays a stop and compares.
func (t *tourStop) run(ctx context.Context) tourResult {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	s := newStage(ctx)
	t.play(s)
	if t.client != nil {
		s.await(clientEnd)
	}
	if t.server != nil {
		s.await(serverEnd)
	}
	s.close()

	s.mu.Lock()
	defer s.mu.Unlock()
	r := tourResult{
		Type: "stop", Stop: t.name, Code: t.code, Name: t.code.Name(),
		Situation: t.situation, Section: t.where(),
		Expected:    tourExpected{t.client, t.server},
		Differences: []string{},
	}
	r.Client = r.compare(clientEnd, t.client, s.accounts[clientEnd])
	r.Server = r.compare(serverEnd, t.server, s.accounts[serverEnd])
	r.Differences = append(r.Differences, s.faults...)
	r.OK = len(r.Differences) == 0
	return r
}

// compare notes how the accounts of an end differ from what is expected, and
// returns the first of them.
func (r *tourResult) compare(end int, expected members, accounts []any) any {
	note := func(difference string) { r.Differences = append(r.Differences, endNames[end]+": "+difference) }
	if len(accounts) > 1 {
		note(fmt.Sprintf("it gave %d accounts of one connection", len(accounts)))
	}
	switch {
	case len(accounts) == 0 && expected == nil:
		return nil
	case len(accounts) == 0:
		note("it gave no account of the connection")
		return nil
	case expected == nil:
		note("it was not expected to have a connection")
	}
	for _, difference := range expected.differences(accounts[0]) {
		note(difference)
	}
	return accounts[0]
}

// stock counts what a tour must not leave behind. Where descriptors cannot be
// counted there are none.
type stock struct{ goroutines, descriptors int }

// takeStock counts what there is before the tour. It opens a socket and closes
// it, so that what the runtime keeps for all sockets is counted too.
func takeStock() (stock, error) {
	s := newStage(context.Background())
	s.listen()
	s.close()
	if len(s.faults) > 0 {
		return stock{}, fmt.Errorf("the loopback interface cannot be used: %s", s.faults[0])
	}
	return countStock(), nil
}

func countStock() stock {
	descriptors, _ := os.ReadDir("/proc/self/fd")
	return stock{runtime.NumGoroutine(), len(descriptors)}
}

// left is what there is more than before, once all that is ending has had the
// time to end, wait at most.
func (before stock) left(wait time.Duration) stock {
	over := time.Now().Add(wait)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		now := countStock()
		left := stock{max(0, now.goroutines-before.goroutines), max(0, now.descriptors-before.descriptors)}
		if left == (stock{}) || time.Now().After(over) {
			return left
		}
		<-look.C
	}
}
