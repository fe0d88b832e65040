package websocket_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// retold is what must be the same whenever the same script is played: both
// CloseEvents with their times, every other frame in its order, every call with its
// times and its result, and every message heard. Left out are:
//
//   - masking keys, which are random: the frames are unmasked;
//   - Pongs, since only the newest of the Pings that came together is answered, and
//     which came together is up to the scheduler; and Pings, since one that makes
//     the library read may find that a Close frame waits there, before or after it
//     has left; nor what a Ping was told, since a Pong that is due is dropped when
//     the frame behind the Ping breaks a rule;
//   - how a frame was cut into writes, when it was blocked and went on byte by byte;
//   - what a call was told that returned at the instant of the end;
//   - how much of its messages an end could still write that was blocked until the
//     very instant of the fault that ended the stream;
//   - whether a lost connection was noticed by reading or by writing, and so before
//     or behind the peer's Close frame, when a reader
//     that had been away found a Ping and the end of the stream together;
//   - whether the closing handshake was started by this end or by both, when this
//     end closed and only then found the peer's Close frame;
//   - what was heard and what was discarded behind this end's own Close: the
//     application and the attendant then read by turns, and the latter discards.
func (r *record) retold() string {
	var b strings.Builder
	for who, end := range r.ends {
		closed := r.firstCause(wstest.Side(who), false, true)
		if closed < r.since(end.event.ClosedAt) {
			end.event.DiscardedBytes = -1
		}
		if ev := &end.event; ev.Transport == protocol.EndFIN && !ev.WasClean && ev.Sent == nil {
			ev.Cause, ev.Phase = "lost", ""
		}
		if end.event.Initiator == protocol.Both {
			end.event.Initiator = protocol.Local
		}
		blocked := slices.ContainsFunc(end.deeds, func(d result) bool { return d.span.to > d.span.from && r.struckAt(d.span.to) })
		if blocked {
			end.event.UnsentBytes, end.event.UnsentMessages = -1, -1
		}
		event, _ := end.event.MarshalJSON()
		fmt.Fprintf(&b, "%v %s\n", wstest.Side(who), event)
		for _, d := range end.deeds {
			if errors.Is(d.err, net.ErrClosed) || d.span.to == r.since(end.event.ClosedAt) || blocked && r.struckAt(d.span.to) {
				d.err = net.ErrClosed
			}
			if d.step.do != doPing {
				fmt.Fprintf(&b, "%v %v %v\n", d.span, d.step, d.err)
			}
		}
		for _, m := range end.heard {
			if m.at >= closed {
				break
			}
			fmt.Fprintf(&b, "%v heard %v %q\n", m.at, m.typ, m.payload)
		}
		for _, f := range r.frames[who] {
			if f.Opcode != wire.Pong && f.Opcode != wire.Ping && !(blocked && !f.Opcode.Control()) {
				fmt.Fprintf(&b, "%v fin %t %d %q\n", f.Opcode, f.Fin, f.Length, f.Payload)
			}
		}
	}
	return b.String()
}

// struckAt reports whether a fault that ends something struck at that instant.
func (r *record) struckAt(instant time.Duration) bool {
	return slices.ContainsFunc(r.steps, func(s wstest.Step) bool {
		return s.What == wstest.Struck && s.Fault.Effect >= wstest.Stall && s.At == instant
	})
}

// replayVariable makes a process print the digests of its lives and nothing else.
const replayVariable = "ONCLOSE_SIMULATION_DIGESTS"

// TestSimulationIsTheSameInTwoProcesses lives the same seeds here and in a second
// process. The flags -seed and -seeds hold for both.
func TestSimulationIsTheSameInTwoProcesses(t *testing.T) {
	here := map[string]string{}
	for seed := *firstSeed; seed < *firstSeed+seedCount(1000, 100); seed++ {
		if s := randomScript(seed); !s.keepsAlive() {
			here[fmt.Sprint(seed)] = live(t, s).retold()
		}
	}
	if os.Getenv(replayVariable) != "" {
		for seed, account := range here {
			fmt.Printf("digest %s %x\n", seed, sha256.Sum256([]byte(account)))
		}
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", fmt.Sprintf("-seed=%d", *firstSeed), fmt.Sprintf("-seeds=%d", seedCount(1000, 100)))
	command.Env = append(os.Environ(), replayVariable+"=1")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	compared := 0
	for line := range bytes.Lines(output) {
		var seed, digest string
		if n, _ := fmt.Sscanf(string(line), "digest %s %s", &seed, &digest); n != 2 {
			continue
		}
		compared++
		if digest != fmt.Sprintf("%x", sha256.Sum256([]byte(here[seed]))) {
			t.Errorf("seed %s is another life in another process; here:\n%.4000s", seed, here[seed])
		}
	}
	if compared != len(here) {
		t.Errorf("%d of %d lives were compared", compared, len(here))
	}
}
