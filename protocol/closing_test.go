package protocol

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/wire"
)

// The closing scenarios are played here against the bare machines: Receiver,
// Sender and Closing. (The root package plays them on all that carries a Conn.)

func TestClosingScenarios(t *testing.T) {
	for _, s := range closingtest.All() {
		t.Run(s.Name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				s, ok := s.When(closingtest.Protocol, role.String())
				if !ok {
					return // a scenario of the other role
				}
				st := newStage(t, role, s.Limits())
				if err := s.Play(role.String(), st); err != nil {
					t.Fatal(err)
				}
				st.disturb()
			})
		})
	}
}

// A scenario in which one expectation is wrong fails, whichever it is.
func TestClosingScenariosCanFail(t *testing.T) {
	lies := 0
	bothRoles(t, func(t *testing.T, role Role) {
		for _, s := range closingtest.All() {
			s, _ := s.When(closingtest.Protocol, role.String())
			for _, lie := range s.Lies() {
				lies++
				if lie.Play(role.String(), newStage(t, role, lie.Limits())) == nil {
					t.Errorf("nobody looked: %s", lie.Name)
				}
			}
		}
	})
	t.Logf("%d wrong expectations", lies)
	if lies == 0 {
		t.Error("there are none")
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
	for _, s := range closingtest.All() {
		for _, id := range s.Rows() {
			if !ids.MatchString(id) {
				t.Errorf("%s: %q is no row", s.Name, id)
			}
			named[id] = true
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

// stage is the bare machines as an Endpoint of a scenario. What they owe is
// written when the script says so.
type stage struct {
	*watched
	ear    *ear
	answer *CloseFrame
	heard  int      // lines of the ear's story that were acted upon
	frames []string // written and not yet expected
}

func newStage(t *testing.T, role Role, l closingtest.Limits) *stage {
	limits := Limits{MessageBytes: int64(l.MessageBytes), Fragments: l.Fragments, EmptyFragments: l.EmptyFragments}
	return &stage{watched: watch(t, role), ear: newEar(t, role, limits)}
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

func (st *stage) Close(f closingtest.CloseFrame) error { return st.start(CloseFrame(f)) }
func (st *stage) CloseEmpty()                          { st.startEmpty() }

func (st *stage) Because(cause, reason string) {
	if cause == "" {
		st.startFor(CauseNone, reason, nil)
	} else {
		st.startFor(Cause(cause), reason, errors.New(cause))
	}
}

func (st *stage) Answer(f closingtest.CloseFrame) { st.answer = new(CloseFrame(f)) }
func (st *stage) Miss(extensions string)          { st.missExtension(extensions) }
func (st *stage) Cut(cause string)                { st.cut(blameFor(cause)) }
func (st *stage) StreamEnds(end, cause string)    { st.streamEnded(TransportEnd(end), blameFor(cause)) }
func (st *stage) WriteFails(cause string)         { st.writeFailed(blameFor(cause)) }
func (st *stage) Pass(d time.Duration)            { st.pass(d) }

func blameFor(cause string) Blame { return Blame{Cause: Cause(cause), Err: errors.New(cause)} }

func (st *stage) Writing() { st.frames = append(st.frames, st.write()...) }

func (st *stage) Written() {
	st.Writing()
	st.wrote()
}

// Peer tells the machine what the Receiver finds in the peer's bytes.
func (st *stage) Peer(frame []byte) {
	st.ear.feed(frame)
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

func (st *stage) Frame() string {
	if len(st.frames) == 0 {
		return ""
	}
	first := st.frames[0]
	st.frames = st.frames[1:]
	return first
}

func (st *stage) Rest() []string {
	if st.c.Owed() {
		return append(slices.Clone(st.frames), "what is owed")
	}
	return st.frames
}

func (st *stage) Message(words string) bool { return slices.Contains(st.ear.story, words) }
func (st *stage) HalfClosed(bool) bool      { return st.c.HalfClose() }
func (st *stage) Open() bool                { return !st.c.Started() }

func (st *stage) Deadline() (string, bool) {
	at := st.c.Deadline()
	if at.IsZero() {
		return "none", true
	}
	return at.Sub(st.now).String(), true
}

func (st *stage) Event(bool) string {
	if !st.c.Over() {
		return ""
	}
	return closingtest.EventWords(st.c.Event(Opening{}, Lost{}, closedAt))
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
	c.Received(nil, 0, nil, openedAt)
	c.Tick(openedAt.Add(time.Hour))
	if err := c.Err(); err != oops {
		t.Errorf("Err = %v, want what the handler panicked with", err)
	}
}

// A peer that takes too little is told so, with 1013 unless the application chose
// something else, and is the cause however it ends.
func TestAPeerThatFallsBehind(t *testing.T) {
	behind := errors.New("behind")
	for _, test := range []struct {
		frame CloseFrame
		want  string
	}{
		{CloseFrame{}, "close 1013 slow consumer"}, {CloseFrame{Code: 1008, Reason: "too slow"}, "close 1008 too slow"},
		{CloseFrame{Code: 1005}, "close 1013 slow consumer"}, {CloseFrame{Code: 1008, Reason: "\xff"}, "close 1013 slow consumer"},
	} {
		for _, answers := range []bool{true, false} {
			w := watch(t, Client)
			w.fallBehind(test.frame, behind)
			w.fallBehind(CloseFrame{Code: 4000}, errors.New("again"))
			if got := w.write(); len(got) != 1 || got[0] != test.want {
				t.Errorf("wrote %q, want %q", got, test.want)
			}
			if w.wrote(); answers {
				w.received(wire.AppendClose(nil, w.frame.Code, w.frame.Reason), 0, nil)
			}
			w.pass(time.Hour)
			e := w.c.Event(Opening{}, Lost{}, w.now)
			if phase := map[bool]Phase{true: PhaseClosing, false: PhaseOpen}[answers]; e.WasClean != answers || e.Cause != CauseSlowConsumer || e.Phase != phase || w.c.Err() != behind {
				t.Errorf("answered %t: %v, %v", answers, e, w.c.Err())
			}
		}
	}
}

// While messages are still to go, a Pong leaves and our Close frame does not.
func TestAPongLeavesBeforeTheMessages(t *testing.T) {
	var c Closing
	var s Sender
	c.Init(Server, testTimeouts)
	s.Init(Server, nil)
	c.Ping([]byte("p"))
	c.Start(CloseFrame{Code: 1000}, openedAt)
	if got := c.AppendPong(nil, &s); string(got) != "\x8a\x01p" || !c.Owed() {
		t.Errorf("%q, owed %t", got, c.Owed())
	}
	if got := c.AppendOwed(nil, &s); string(got) != "\x88\x02\x03\xe8" || c.Owed() {
		t.Errorf("%q, owed %t", got, c.Owed())
	}
	c.Ping([]byte("late"))
	c.Cut(Blame{Cause: CauseAborted})
	if got := append(c.AppendPong(nil, &s), c.AppendOwed(nil, &s)...); len(got) > 0 {
		t.Errorf("behind the end: %q", got)
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
