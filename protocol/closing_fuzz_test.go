package protocol

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/wire"
)

var (
	someFrames = []CloseFrame{
		{1000, ""}, {1000, "bye"}, {1001, "away"}, {4000, ""}, {4000, "x"}, {4999, strings.Repeat("r", 123)}, {3000, "€"},
		{1005, ""}, {1006, ""}, {1015, ""}, {0, ""}, {999, ""}, {5000, ""}, {1000, strings.Repeat("r", 124)}, {1000, "\xff"},
	}
	somePayloads = []string{
		"", "\x03\xe8", "\x03\xe8bye", "\x0f\xa0", "\x0f\xa0x", "\x03\xe9away", "\x13\x87" + strings.Repeat("r", 123),
		"\x03", "\x03\xed", "\x03\xee", "\x03\xf7", "\x00\x00", "\x13\x88", "\x03\xe8\xff",
	}
	someCauses = []Cause{CauseNone, CausePanic, CauseContextCanceled, CauseUnsupportedData}
	someEnds   = []struct {
		end   TransportEnd
		cause Cause
	}{{EndFIN, CauseEOF}, {EndReset, CauseReset}, {EndTLSTruncated, CauseTLSTruncated}, {EndStreamReset + "0x8", CauseStreamReset}, {EndLocal, CauseAborted}}
	someTimes = []time.Duration{0, 1, time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, time.Hour}
)

// live tells a Closing the facts that a string of bytes stands for, two a fact,
// and then lets time pass until the connection is over.
func live(t testing.TB, role Role, facts []byte) *watched {
	w := watch(t, role)
	for ; len(facts) >= 2; facts = facts[2:] {
		n := int(facts[1])
		switch facts[0] % 16 {
		case 0:
			w.start(someFrames[n%len(someFrames)])
		case 1:
			w.startEmpty()
		case 2:
			if n%5 == 0 {
				w.fallBehind(someFrames[n%len(someFrames)], errors.New("behind"))
				continue
			}
			w.startFor(someCauses[n%len(someCauses)], strings.Repeat("é", n%80), errors.New("why"))
		case 3, 4:
			var answer *CloseFrame
			if n >= 128 {
				answer = &someFrames[n%len(someFrames)]
			}
			w.received([]byte(somePayloads[n%len(somePayloads)]), 7, answer)
		case 5:
			w.violated(&Violation{Rule: wire.Rule(1 + n%int(wire.RuleTooManyBytes))})
		case 6:
			w.ping([]byte(somePayloads[n%len(somePayloads)]))
		case 7, 8:
			w.write()
		case 9, 10:
			w.wrote()
		case 11:
			w.writeFailed(Blame{Cause: CauseReset, Err: errors.New("write")})
		case 12:
			end := someEnds[n%len(someEnds)]
			w.streamEnded(end.end, Blame{Cause: end.cause, Err: errors.New("read")})
		case 13:
			w.pass(someTimes[n%len(someTimes)])
		case 14:
			w.missExtension("foo")
		case 15:
			if n%4 == 0 { // not too often
				w.cut(Blame{Cause: CauseAborted, Err: errors.New("abort")})
			}
		}
	}
	if !w.c.Started() {
		w.streamEnded(EndFIN, Blame{Cause: CauseEOF})
	}
	w.pass(testTimeouts.Close + testTimeouts.Transport)
	if !w.c.Over() {
		t.Error("all deadlines have passed and the connection is not over")
	}
	return w
}

// FuzzClosing: any facts in any order, and all that watched checks.
func FuzzClosing(f *testing.F) {
	for _, facts := range []string{
		"\x00\x00\x07\x00\x09\x00\x03\x01\x0c\x00", // we close, the peer answers, FIN
		"\x03\x01\x07\x00\x09\x00\x0c\x00",         // the peer closes
		"\x00\x00\x03\x03\x07\x00\x09\x00\x0d\x07", // crossing, and nobody ends TCP
		"\x05\x01\x07\x00\x09\x00\x03\x01\x0d\x04", // a rule is broken
		"\x0b\x00\x03\x01\x0c\x00",                 // a write fails, then the peer's Close
		"\x00\x00\x07\x00\x0d\x07\x09\x00",         // our Close is stuck, and leaves after the end
		"\x06\x01\x00\x00\x07\x00\x09\x00\x06\x02\x03\x01\x07\x00",
		"\x0f\x00", "\x0e\x00\x07\x00\x09\x00", "\x01\x00\x0b\x00\x03\x00",
	} {
		f.Add([]byte(facts), true)
		f.Add([]byte(facts), false)
	}
	f.Fuzz(func(t *testing.T, facts []byte, asClient bool) {
		role := Server
		if asClient {
			role = Client
		}
		live(t, role, facts)
	})
}

// The same without a fuzzer: thirty thousand lives.
func TestClosingOfRandomFacts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lives := 30_000
	if testing.Short() {
		lives = 1000
	}
	facts := make([]byte, 0, 40)
	seen := map[string]bool{}
	for range lives {
		facts = facts[:2*random.IntN(20)]
		for i := range facts {
			facts[i] = byte(random.Uint32())
		}
		w := live(t, Client+Role(random.IntN(2)), facts)
		if t.Failed() {
			t.Fatalf("facts %q", facts)
		}
		if w.written && w.theirs != nil {
			seen["clean"] = true
		}
		seen[string(w.starter)] = true
		seen[string(w.blame.orNone().Cause)] = true
	}
	for _, want := range []string{"clean", "local", "remote", "both", "none", "write-timeout", "close-timeout", "reset", "eof", "aborted", "protocol-error"} {
		if !seen[want] {
			t.Errorf("among %d lives none was %q", lives, want)
		}
	}
}

func (b *Blame) orNone() Blame {
	if b == nil {
		return Blame{}
	}
	return *b
}
