package protocol

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/wire"
)

// The scenarios of testdata/closing are run here against the bare machines:
// Receiver, Sender and Closing. testdata/closing/README.md has their language,
// which says nothing of these, so that other carriers can run the same files.

// scenario is one section of a txtar file: its name says the rows and decisions
// of close-semantics that it is about, and what happens.
type scenario struct {
	name  string
	lines []string
}

// readScenarios reads txtar: what stands before the first "-- name --" is prose.
func readScenarios(t *testing.T, path string) (all []scenario) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			all = append(all, scenario{name: strings.TrimSuffix(name, " --")})
		} else if n := len(all); n > 0 && line != "" && !strings.HasPrefix(line, "#") {
			all[n-1].lines = append(all[n-1].lines, line)
		}
	}
	return all
}

func TestClosingScenarios(t *testing.T) {
	files, _ := filepath.Glob("testdata/closing/*.txtar")
	if len(files) == 0 {
		t.Fatal("there are no scenarios")
	}
	for _, file := range files {
		for _, s := range readScenarios(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+s.name, func(t *testing.T) {
				bothRoles(t, func(t *testing.T, role Role) { s.run(t, role) })
			})
		}
	}
}

// Every row of tables 5 and 6 of close-semantics and every decision that
// concerns these machines has a scenario named after it.
func TestClosingScenariosCoverTheRuleBook(t *testing.T) {
	elsewhere := map[string]string{
		"9":   "broken permessage-deflate data: not spoken yet; package deflate",
		"19":  "no connection: TestNeverOpened",
		"21":  "no connection: package handshake",
		"22":  "no connection: TestNeverOpened",
		"A11": "when the event is told: the root package",
		"A12": "a reason without a code cannot be written down in Go",
		"A16": "a scenario runs for both roles anyway",
		"A18": "no connection: TestNeverOpened",
	}
	named := map[string]bool{}
	ids := regexp.MustCompile(`^(A?[0-9]+a?)$`)
	files, _ := filepath.Glob("testdata/closing/*.txtar")
	for _, file := range files {
		for _, s := range readScenarios(t, file) {
			head, _, found := strings.Cut(s.name, ": ")
			if !found {
				t.Errorf("%s: %q names no row", file, s.name)
			}
			for id := range strings.FieldsSeq(head) {
				if !ids.MatchString(id) {
					t.Errorf("%s: %q is no row", file, id)
				}
				named[id] = true
			}
		}
	}
	var rows []string
	for n := range 33 {
		rows = append(rows, strconv.Itoa(n+1))
	}
	for n := range 19 {
		rows = append(rows, "A"+strconv.Itoa(n+1))
	}
	for _, row := range append(rows, "12a") {
		switch {
		case elsewhere[row] == "" && !named[row]:
			t.Errorf("no scenario is about %s", row)
		case elsewhere[row] != "" && named[row]:
			t.Errorf("%s has a scenario and is excused: %s", row, elsewhere[row])
		}
	}
}

// stage runs a scenario against the machines.
type stage struct {
	*watched
	ear     *ear
	answer  *CloseFrame
	heard   int      // lines of the ear's story that were acted upon
	frames  []string // written and not yet expected
	refused error
}

func (s scenario) run(t *testing.T, role Role) {
	st := &stage{watched: watch(t, role), ear: newEar(t, role, Limits{})}
	for _, line := range s.lines {
		who, rest, _ := strings.Cut(line, " ")
		if who == "client" || who == "server" {
			if who != role.String() {
				continue
			}
			line, who = rest, strings.Fields(rest)[0]
			_, rest, _ = strings.Cut(rest, " ")
		}
		if who == "only" {
			if rest != role.String() {
				return // a scenario of the other role
			}
			continue
		}
		if !st.step(who, rest) {
			t.Fatalf("%q is no line of a scenario", line)
		}
		if t.Failed() {
			t.Fatalf("at %q", line)
		}
	}
	if len(st.frames) > 0 {
		t.Errorf("nobody expected the frames %q", st.frames)
	}
	if !st.c.Over() {
		t.Error("the scenario ends before the connection")
	}
	st.disturb()
}

// disturb tells all facts there are to a connection that is over: check in
// watched sees to it that the CloseEvent stays.
func (st *stage) disturb() {
	st.start(CloseFrame{1001, "late"})
	st.startEmpty()
	st.startFor(CausePanic, "late", errors.New("late"))
	st.received([]byte("\x0f\xa0late"), 0, nil)
	st.received([]byte("\x00"), 0, nil)
	st.violated(&Violation{Rule: wire.RuleUnmasked})
	st.missExtension("late")
	st.ping([]byte("late"))
	st.writeFailed(Blame{Cause: CauseReset})
	st.streamEnded(EndReset, Blame{Cause: CauseReset})
	st.pass(time.Hour)
	st.cut(Blame{Cause: CauseAborted})
	if frames := st.write(); len(frames) > 0 {
		st.t.Errorf("behind the end %q is written", frames)
	}
}

func (st *stage) step(who, rest string) bool {
	switch who {
	case "limits":
		st.ear.r.Init(st.role, limitsOf(st.t, rest))
	case "local":
		return st.local(rest)
	case "peer":
		st.ear.feed(peerFrame(st.t, st.role, rest))
		st.hear()
	case "writing":
		st.frames = append(st.frames, st.write()...)
	case "written":
		st.frames = append(st.frames, st.write()...)
		st.wrote()
	case "write":
		cause, ok := strings.CutPrefix(rest, "fails ")
		st.writeFailed(Blame{Cause: Cause(cause), Err: errors.New(cause)})
		return ok
	case "stream":
		words := strings.Fields(rest)
		if len(words) != 3 || words[0] != "ends" {
			return false
		}
		st.streamEnded(TransportEnd(words[1]), Blame{Cause: Cause(words[2]), Err: errors.New(words[2])})
	case "after":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return false
		}
		st.pass(d)
	case "expect":
		return st.expect(rest)
	default:
		return false
	}
	return true
}

func (st *stage) local(rest string) bool {
	verb, rest, _ := strings.Cut(rest, " ")
	switch verb {
	case "close":
		if rest == "" {
			st.startEmpty()
		} else {
			st.refused = st.start(frameOf(st.t, rest))
		}
	case "because":
		cause, reason, _ := strings.Cut(rest, " ")
		if cause == "returned" {
			st.startFor(CauseNone, "", nil)
		} else {
			st.startFor(Cause(cause), reason, errors.New(cause))
		}
	case "answers":
		f := frameOf(st.t, rest)
		st.answer = &f
	case "misses":
		st.missExtension(rest)
	case "cuts":
		st.cut(Blame{Cause: Cause(rest), Err: errors.New(rest)})
	default:
		return false
	}
	return true
}

// hear tells the machine what the Receiver found.
func (st *stage) hear() {
	for ; st.heard < len(st.ear.story); st.heard++ {
		kind, payload, _ := strings.Cut(st.ear.story[st.heard], " ")
		switch kind {
		case "ping":
			st.ping([]byte(payload))
		case "close":
			var p []byte
			var offset int64
			fmt.Sscanf(strings.Replace(payload, " at ", "- ", 1), "%x- %d", &p, &offset)
			st.received(p, offset, st.answer)
		case "violated:":
			st.violated(st.ear.violation)
		}
	}
}

func (st *stage) expect(rest string) bool {
	t := st.t
	t.Helper()
	what, rest, _ := strings.Cut(rest, " ")
	no := what == "no"
	if no {
		what, rest, _ = strings.Cut(rest, " ")
	}
	switch what {
	case "frame":
		if no {
			if st.c.Owed() || len(st.frames) > 0 {
				t.Errorf("frames are owed: %t, written: %q", st.c.Owed(), st.frames)
			}
			return true
		}
		if len(st.frames) == 0 {
			t.Fatal("no frame was written")
		}
		got := st.frames[0]
		if st.frames = st.frames[1:]; got != rest {
			t.Errorf("got the frame %q, want %q", got, rest)
		}
	case "message":
		if !slices.Contains(st.ear.story, rest) {
			t.Errorf("the messages are %q, want %q", st.ear.story, rest)
		}
	case "refusal":
		if st.refused == nil || !strings.Contains(st.refused.Error(), rest) {
			t.Errorf("the call gives %v, want %q", st.refused, rest)
		}
	case "half-close":
		if st.c.HalfClose() == no {
			t.Errorf("half-close: %t", st.c.HalfClose())
		}
	case "deadline":
		got := "none"
		if at := st.c.Deadline(); !at.IsZero() {
			got = at.Sub(st.now).String()
		}
		if got != rest {
			t.Errorf("the deadline is in %s, want %s", got, rest)
		}
	case "open":
		if st.c.Started() {
			t.Error("the connection is not open")
		}
	case "event":
		if no {
			if st.c.Over() {
				t.Errorf("the connection is over: %s", st.eventNow())
			}
			return true
		}
		if !st.c.Over() {
			t.Fatal("the connection is not over")
		}
		if got, want := st.eventNow(), wholeEvent(t, rest); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	default:
		return false
	}
	return true
}

func (st *stage) eventNow() string { return eventWords(st.c.Event(Opening{}, Lost{}, closedAt)) }

var eventKeys = []string{"code", "reason", "clean", "initiator", "phase", "cause", "rule", "sent", "received", "offending", "transport"}

// wholeEvent adds the words that a line leaves out, which are empty.
func wholeEvent(t testing.TB, line string) string {
	t.Helper()
	values := map[string]string{}
	word := regexp.MustCompile(`^([a-z]+)=("(?:[^"\\]|\\.)*"|[^ "]*)(?: +|$)`)
	for line != "" {
		m := word.FindStringSubmatch(line)
		if m == nil || !slices.Contains(eventKeys, m[1]) {
			t.Fatalf("%q is no word of an event", line)
		}
		values[m[1]], line = m[2], line[len(m[0]):]
	}
	whole := "event"
	for _, key := range eventKeys {
		value := values[key]
		switch key {
		case "reason", "rule", "sent", "received":
			if !strings.HasPrefix(value, `"`) {
				value = strconv.Quote(value)
			}
		case "clean", "code", "initiator", "phase", "transport":
			if value == "" {
				t.Fatalf("%s is missing", key)
			}
		}
		whole += " " + key + "=" + value
	}
	return whole
}

func limitsOf(t testing.TB, words string) (l Limits) {
	t.Helper()
	for word := range strings.FieldsSeq(words) {
		key, number, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(number)
		switch key {
		case "message":
			l.MessageBytes = int64(n)
		case "fragments":
			l.Fragments = n
		case "empty":
			l.EmptyFragments = n
		default:
			err = cmp.Or(err, errors.New("no limit"))
		}
		if err != nil {
			t.Fatalf("%q: %v", word, err)
		}
	}
	return l
}

// close-semantics, section 11: what may not be sent is refused before a byte of
// it is written, and the connection stays open.
func TestStartRefusesWhatMayNotBeSent(t *testing.T) {
	for n := range 65536 {
		var c Closing
		c.Init(Server, testTimeouts)
		code := StatusCode(n)
		err := c.Start(CloseFrame{Code: code}, openedAt)
		if (err == nil) != code.OnWire() || c.Started() != code.OnWire() || c.Owed() != code.OnWire() {
			t.Errorf("Start with %d = %v, started %t", n, err, c.Started())
		}
	}
	tests := []struct{ name, reason, want string }{
		{"124 bytes", strings.Repeat("r", 124), "websocket: the reason has 124 bytes, and at most 123 fit (RFC 6455, section 5.5)"},
		{"half a character", "\xe2\x82", "websocket: the reason is not UTF-8 (RFC 6455, section 5.5.1)"},
	}
	for _, test := range tests {
		var c Closing
		c.Init(Client, testTimeouts)
		if err := c.Start(CloseFrame{1000, test.reason}, openedAt); err == nil || err.Error() != test.want || c.Started() {
			t.Errorf("%s: %v, started %t, want %s", test.name, err, c.Started(), test.want)
		}
	}
}

// The error of an unclean end is the one that decided it, and can be found.
func TestErrIsTheErrorThatDecidedTheEnd(t *testing.T) {
	var c Closing
	c.Init(Server, testTimeouts)
	c.Violated(&Violation{Rule: wire.RuleUnmasked, Offset: 7}, openedAt)
	c.StreamEnded(EndReset, Blame{Cause: CauseReset, Err: errors.New("late")}, openedAt)
	var v *Violation
	if err := c.Err(); !errors.As(err, &v) || v.Offset != 7 {
		t.Errorf("Err = %v, want the Violation", err)
	}

	oops := errors.New("oops")
	c.Init(Server, testTimeouts)
	c.StartFor(CausePanic, "", oops, openedAt)
	var s Sender
	s.Init(Server, nil)
	c.AppendOwed(nil, &s)
	c.Written(openedAt)
	c.Received(Event{Kind: Close}, nil, openedAt)
	c.Tick(openedAt.Add(time.Hour))
	if err := c.Err(); err != oops {
		t.Errorf("Err = %v, want what the handler panicked with", err)
	}
}

// An event's frames are its own.
func TestEventsShareNothingWithTheMachine(t *testing.T) {
	w := watch(t, Server)
	w.received([]byte("\x0f\xa0bye"), 0, nil)
	w.write()
	w.wrote()
	w.streamEnded(EndFIN, Blame{Cause: CauseEOF})
	e := w.c.Event(Opening{}, Lost{}, closedAt)
	*e.Sent, *e.Received = CloseFrame{}, CloseFrame{}
	if again := w.c.Event(Opening{}, Lost{}, closedAt); again.Sent.Code != 4000 || again.Received.Reason != "bye" {
		t.Errorf("the machine now says %v", again)
	}
}

// DESIGN, section 3: nothing allocates while a connection is open.
func TestAnsweringPingsAllocatesNothing(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		var c Closing
		c.Init(role, testTimeouts)
		s := newSender(role)
		payload := make([]byte, 125)
		buffer := make([]byte, 0, 512)
		c.Ping(payload)
		allocs := testing.AllocsPerRun(100, func() {
			c.Ping(payload)
			c.AppendOwed(buffer, s)
			c.Written(openedAt)
			c.Deadline()
		})
		if allocs != 0 {
			t.Errorf("%v allocations a Ping, want 0", allocs)
		}
	})
}
