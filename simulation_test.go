package websocket_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onclose/websocket/wstest"
)

var (
	seeds      = flag.Uint64("seeds", 0, "how many lives TestSimulation lives; 0 means 20,000, or 500 with -short")
	firstSeed  = flag.Uint64("seed", 0, "the first of them")
	scriptFile = flag.String("script", "", "a file with the script of the one life that TestSimulation lives instead")
)

// TestSimulation lets pairs of endpoints live random lives over a network that
// fails, and checks the invariants after each. A seed that violates one is printed
// with the shortest script found that still does.
//
//	go test -run TestSimulation . -seeds 1000000
//	go test -run TestSimulation . -seed 4711 -seeds 1
//	go test -run TestSimulation . -script /tmp/script
func TestSimulation(t *testing.T) {
	if *scriptFile != "" {
		text, err := os.ReadFile(*scriptFile)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseScript(string(text))
		if err != nil {
			t.Fatal(err)
		}
		r, wrong := judge(t, s)
		t.Logf("%v\n%s", s, r.story())
		if wrong != "" {
			t.Error(wrong)
		}
		return
	}
	c := campaign{next: *firstSeed, end: *firstSeed + seedCount(20_000, 500)}
	start := time.Now()
	c.run(t, func(t *testing.T, seed uint64) (good bool) {
		s := randomScript(seed)
		r, wrong := judge(t, s)
		if wrong != "" {
			short := shrink(s, func(s script) bool { return violates(t, s, wrong) })
			if again, still := judge(t, short); still != "" {
				s, r, wrong = short, again, still
			} // else it is a race: the life as it was tells more
			t.Errorf("seed %d\n%s\n\nscript, for -script:\n%v\n%s", seed, wrong, s, r.story())
		}
		return wrong == ""
	})
	t.Logf("%d lives from seed %d in %v", c.next-*firstSeed, *firstSeed, time.Since(start).Round(time.Millisecond))
}

func seedCount(normal, short uint64) uint64 {
	switch {
	case *seeds > 0:
		return *seeds
	case testing.Short():
		return short
	}
	return normal
}

// campaign hands out seeds to a few workers, each a subtest of its own, since
// bubbles of one test cannot run at once.
type campaign struct {
	mu        sync.Mutex
	next, end uint64
	failed    atomic.Int32
}

// maxFailures is how many seeds may fail before a campaign stops.
const maxFailures = 3

func (c *campaign) run(t *testing.T, one func(*testing.T, uint64) (good bool)) {
	t.Run("workers", func(t *testing.T) {
		for worker := range 4 {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for seed, ok := c.take(); ok; seed, ok = c.take() {
					if !one(t, seed) {
						c.failed.Add(1)
					}
				}
			})
		}
	})
}

func (c *campaign) take() (seed uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == c.end || c.failed.Load() >= maxFailures {
		return 0, false
	}
	c.next++
	return c.next - 1, true
}

// judge lives a life and says which invariant it violates, if any.
func judge(t *testing.T, s script) (r *record, wrong string) {
	if wrong := leftBehind(func() { r = live(t, s) }); wrong != "" {
		return r, wrong
	}
	if wrong = r.violated(); wrong == "" && !r.pausing(wstest.Client) && !r.pausing(wstest.Server) && !s.keepsAlive() {
		wrong = segmentationChanges(r, live(t, s.resplit()))
	}
	return r, wrong
}

// leftBehind says whether a bubble ended in a deadlock, or left a goroutine: then
// synctest panics.
func leftBehind(bubble func()) (wrong string) {
	defer func() {
		if value := recover(); value != nil {
			wrong = fmt.Sprintf("invariant 8: the event comes in time, and no goroutine is left\n%v", value)
		}
	}()
	bubble()
	return ""
}

// segmentationChanges says what the ninth invariant forbids. It is asserted of
// applications that read, without a keepalive: of one that pauses, the library reads ahead piece by
// piece, so that where it stops depends on the pieces.
func segmentationChanges(r, other *record) string {
	if is, was := other.retold(), r.retold(); is != was {
		return "invariant 9: segmentation does not change events\n" + difference(was, is)
	}
	return ""
}

// difference shows the lines in which two tellings differ, or how they begin.
func difference(was, is string) string {
	var b strings.Builder
	before, after := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i := range max(len(before), len(after)) {
		var x, y string
		if i < len(before) {
			x = before[i]
		}
		if i < len(after) {
			y = after[i]
		}
		if x != y {
			fmt.Fprintf(&b, "  was %.600s\n   is %.600s\n", x, y)
		}
	}
	return b.String()
}

// violates reports whether a script violates the same invariant as another did:
// the first line names it.
func violates(t *testing.T, s script, as string) bool {
	_, wrong := judge(t, s)
	name, _, _ := strings.Cut(wrong, "\n")
	want, _, _ := strings.Cut(as, "\n")
	return wrong != "" && name == want
}

// story is what a failing seed prints besides its script.
func (r *record) story() string {
	if r == nil {
		return "there is no record"
	}
	var b strings.Builder
	for who, end := range r.ends {
		fmt.Fprintf(&b, "%v: %v\n", []string{"client", "server"}[who], end.event)
		for _, d := range end.deeds {
			fmt.Fprintf(&b, "  %v to %v: %v: %v\n", d.span.from, d.span.to, d.step, d.err)
		}
		for _, m := range end.heard {
			fmt.Fprintf(&b, "  %v: heard %v of %d bytes %.20q\n", m.at, m.typ, len(m.payload), m.payload)
		}
		fmt.Fprintf(&b, "  reading ended with: %v\n", end.read)
	}
	lines := strings.SplitAfter(r.trace.String(), "\n")
	if n := len(lines) - 2*maxShown; n > 0 {
		lines = slices.Concat(lines[:maxShown], []string{fmt.Sprintf("... %d steps ...\n", n)}, lines[len(lines)-maxShown:])
	}
	return b.String() + "trace:\n" + strings.Join(lines, "")
}

// maxShown is how many steps of a trace are shown of its beginning and its end.
const maxShown = 60
