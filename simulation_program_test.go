package websocket_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

// script is a program for a simulated connection: how its two endpoints are made,
// what befalls the bytes between them, and what the applications do when. It
// prints as text, one line each, and is read back by parseScript.
type script struct {
	ends   [2]mind        // by wstest.Side
	faults []wstest.Fault // from the first byte of the pipe
	steps  []step         // in the order of their instants
}

// mind is how an endpoint and its application are made. Further options of
// connections belong here: each in randomMind, String and set.
type mind struct {
	style  style
	answer websocket.StatusCode // what AnswerClose chooses; 0 for none
	limits websocket.Limits
	queue  websocket.SendQueue // without a Close frame of its own
	direct bool                // a server: by Direct, without net/http
}

// style is how an application reads.
type style string

const (
	reads   style = "read"   // Read, with contexts that end
	streams style = "stream" // NextReader
	listens style = "events" // Events
)

// step is something that an application, or the network, does at an instant.
type step struct {
	at     time.Duration // since the connection opened
	who    wstest.Side
	lane   lane
	do     deed
	size   int           // text, binary: bytes of payload
	pieces int           // fragments by NextWriter; 0 for Write
	queued bool          // by Send
	within time.Duration // of the context; 0 for none
	pause  time.Duration // pause: 0 for ever; text, binary: between two pieces
	code   websocket.StatusCode
	reason string
	fault  wstest.Effect // net: which fault of the bytes that who writes
}

// lane is a goroutine of an application. It does its steps one after the other.
type lane int

const (
	laneWriter lane = iota // two of them
	laneSecond
	lanePinger
	laneCloser
	laneReader
	laneNetwork
	lanes
)

type deed string

const (
	doText       deed = "text"
	doBinary     deed = "binary"
	doPing       deed = "ping"
	doClose      deed = "close"
	doCloseEmpty deed = "close-empty"
	doAbort      deed = "abort"
	doShutdown   deed = "shutdown" // the context of the options ends, with a CloseFrame when there is a code
	doPanic      deed = "panic"    // the server's handler
	doReturn     deed = "return"   // the server's handler
	doPause      deed = "pause"    // the application reads nothing
	doNet        deed = "net"
)

// The time of a simulation is a grid: instants of programs are whole
// microseconds and, behind them, some nanoseconds that belong to one lane of one
// end; the two directions of the network add others. So two goroutines hardly
// ever act at the same instant, when their order would be the scheduler's.
const tick = time.Microsecond

func residue(who wstest.Side, l lane) time.Duration {
	return time.Duration(int(who)*int(lanes) + int(l) + 1)
}

// hop is the least that a byte is on its way.
func hop(from wstest.Side) time.Duration { return tick + 20 + 120*time.Duration(from) }

func randomScript(seed uint64) script {
	r := rand.New(rand.NewPCG(seed, 1))
	l := script{ends: [2]mind{randomMind(r, wstest.Client), randomMind(r, wstest.Server)}}
	scale := time.Duration(1) << (10 + r.IntN(13)) * tick // 1 ms to 4 s
	small := l.randomNetwork(r, scale)
	for who := range wstest.Server + 1 {
		for range r.IntN(8) {
			l.steps = append(l.steps, randomTalk(r, who, scale, small))
		}
		if r.IntN(3) == 0 {
			l.steps = append(l.steps, step{at: randomTime(r, scale), who: who, lane: laneReader, do: doPause, pause: randomTime(r, 4*scale) * time.Duration(r.IntN(4))})
		}
	}
	for range 1 + r.IntN(3) {
		l.steps = append(l.steps, randomEnd(r, l, scale))
	}
	l.randomQueues(rand.New(rand.NewPCG(seed, 2)))
	if r.IntN(4) == 0 {
		l.soothe()
	}
	l.settle()
	l.keepAlive(rand.New(rand.NewPCG(seed, 2)))
	l.ends[wstest.Server].direct = rand.New(rand.NewPCG(seed, 3)).IntN(2) == 0
	return l
}

// keepAlive switches the keepalive on, in a third of the endpoints.
func (l *script) keepAlive(r *rand.Rand) {
	for who := range wstest.Server + 1 {
		limits := &l.ends[who].limits
		limits.PingInterval = websocket.NoLimit
		if r.IntN(3) == 0 {
			limits.PingInterval, limits.PongTimeout = randomTimeout(r, who, 8), randomTimeout(r, who, 9)
		}
	}
}

// keepsAlive reports whether an endpoint does. When its Pings go out is up to
// chance, so such a life is not the same when it is lived again.
func (l script) keepsAlive() bool {
	return l.ends[wstest.Client].limits.PingInterval >= 0 || l.ends[wstest.Server].limits.PingInterval >= 0
}

// soothe leaves out what may do harm: see harmless.
func (l *script) soothe() {
	for who := range l.ends {
		l.ends[who].limits = websocket.Limits{ReadAheadBytes: l.ends[who].limits.ReadAheadBytes}
	}
	l.faults = slices.DeleteFunc(l.faults, func(f wstest.Fault) bool { return f.Effect != wstest.Delay && f.Effect != wstest.Split })
	for i := range l.faults {
		l.faults[i].For = min(l.faults[i].For, 10*time.Millisecond+hop(l.faults[i].From))
	}
	l.steps = slices.DeleteFunc(l.steps, func(s step) bool { return s.do == doAbort || s.do == doPause || s.do == doNet })
	for i := range l.steps {
		l.steps[i].within = 0
	}
}

func randomMind(r *rand.Rand, who wstest.Side) mind {
	m := mind{style: []style{reads, reads, streams, listens}[r.IntN(4)]}
	if who == wstest.Server && r.IntN(4) == 0 {
		m.answer = []websocket.StatusCode{websocket.NoStatusRcvd, 1000, 4999, 1006}[r.IntN(4)]
	}
	m.limits = websocket.Limits{
		OpeningTimeout: randomTimeout(r, who, 0), WriteTimeout: randomTimeout(r, who, 1),
		CloseTimeout: randomTimeout(r, who, 2), TransportTimeout: randomTimeout(r, who, 3),
	}
	if r.IntN(2) == 0 {
		m.limits.ReadAheadBytes = 1 << r.IntN(18)
	}
	if r.IntN(6) == 0 {
		m.limits.MessageBytes = 1 << r.IntN(17)
	}
	if r.IntN(8) == 0 {
		m.limits.Fragments = 1 + r.IntN(4)
	}
	return m
}

// randomQueues makes some messages be queued, in queues that may be short.
func (l *script) randomQueues(r *rand.Rand) {
	for who := range l.ends {
		if r.IntN(2) == 0 {
			continue
		}
		q := &l.ends[who].queue
		q.Bytes = 1 << r.IntN(16)
		if r.IntN(3) == 0 {
			q.Wait = randomTimeout(r, wstest.Side(who), 4)
		}
		q.Skip = r.IntN(2) == 0
		q.Quiet = q.Skip && r.IntN(3) == 0
	}
	for i := range l.steps {
		s := &l.steps[i]
		s.queued = (s.do == doText || s.do == doBinary) && s.pieces == 0 && r.IntN(2) == 0
		if s.queued && r.IntN(3) == 0 { // and in bursts
			l.steps = append(l.steps, slices.Repeat([]step{*s}, r.IntN(10))...)
		}
	}
}

// randomTimeout is one of three, and a little more that tells it from the other
// timeouts of both ends: waits that began together do not end together.
func randomTimeout(r *rand.Rand, who wstest.Side, kind int) time.Duration {
	timeouts := []time.Duration{50 * time.Millisecond, time.Second, 10 * time.Second}
	return timeouts[r.IntN(3)] + time.Duration(4*int(who)+kind+1)*10*tick
}

// randomNetwork makes the faults that are there from the beginning: a delay, and
// with some luck segments, a narrow pipe, and one end by offset. It reports whether
// messages should be small: segments of a few bytes are slow to simulate.
func (l *script) randomNetwork(r *rand.Rand, scale time.Duration) (small bool) {
	add := func(f wstest.Fault) { l.faults = append(l.faults, f) }
	for from := range wstest.Server + 1 {
		add(wstest.Fault{From: from, Effect: wstest.Delay, For: hop(from) + randomTime(r, scale/16)})
		if r.IntN(3) == 0 {
			n := []int{1, 2, 7, 100, 4096}[r.IntN(5)]
			small = small || n < 100
			add(wstest.Fault{From: from, Effect: wstest.Split, Bytes: n})
		}
		if r.IntN(4) == 0 {
			add(wstest.Fault{From: from, Effect: wstest.Narrow, Bytes: 1 << r.IntN(17)})
		}
	}
	if r.IntN(3) == 0 {
		f := wstest.Fault{From: wstest.Side(r.IntN(2)), At: int64(r.IntN(400)), Effect: randomLoss(r)}
		if r.IntN(3) == 0 {
			f.At = int64(r.IntN(1 << r.IntN(20)))
		}
		add(f)
	}
	if r.IntN(4) == 0 {
		add(wstest.Fault{From: wstest.Side(r.IntN(2)), At: int64(r.IntN(1 << r.IntN(18))), Effect: wstest.Stall, For: randomTime(r, scale)})
	}
	return small
}

// randomLoss is one of the faults after which something is lost.
func randomLoss(r *rand.Rand) wstest.Effect {
	return []wstest.Effect{wstest.HalfClose, wstest.Truncate, wstest.FIN, wstest.Reset, wstest.Drop, wstest.Stall}[r.IntN(6)]
}

func randomTalk(r *rand.Rand, who wstest.Side, scale time.Duration, small bool) step {
	s := step{at: randomTime(r, scale), who: who, lane: lane(r.IntN(2)), do: doText}
	if r.IntN(3) == 0 {
		s.within = randomTime(r, scale/4)
	}
	if r.IntN(5) == 0 {
		s.lane, s.do = lanePinger, doPing
		return s
	}
	if r.IntN(2) == 0 {
		s.do = doBinary
	}
	limit := 70_000
	if small {
		limit = 3000
	}
	s.size = min(r.IntN(1<<r.IntN(18)), limit)
	if r.IntN(3) == 0 {
		s.pieces = 1 + r.IntN(5)
		if r.IntN(2) == 0 {
			s.pause = randomTime(r, scale/8)
		}
	}
	return s
}

func randomEnd(r *rand.Rand, l script, scale time.Duration) step {
	s := step{at: randomTime(r, scale), who: wstest.Side(r.IntN(2)), lane: laneCloser, do: doClose, code: []websocket.StatusCode{1000, 1001, 1011, 3000, 4000, 4999}[r.IntN(6)]}
	s.reason = []string{"", "bye", strings.Repeat("é", 61) + "!"}[r.IntN(3)]
	blocking := l.ends[wstest.Server].style != listens
	switch n := r.IntN(12); {
	case n == 0:
		s.do, s.code, s.reason = doCloseEmpty, 0, ""
	case n == 1:
		s.do, s.code, s.reason = doAbort, 0, ""
	case n == 2:
		s.do = doShutdown
	case n == 3:
		s.do, s.code = doShutdown, 0
	case n == 4:
		s.code = []websocket.StatusCode{1005, 1006, 1015, 999, 5000}[r.IntN(5)] // Misuse
	case n == 5 && blocking:
		s.do, s.who, s.code, s.reason = doPanic, wstest.Server, 0, ""
	case n == 6 && blocking:
		s.do, s.who, s.code, s.reason = doReturn, wstest.Server, 0, ""
	case n == 7:
		s.do, s.lane, s.code, s.reason, s.fault = doNet, laneNetwork, 0, "", randomLoss(r)
	}
	return s
}

// randomTime is a time of whole ticks below limit, more often short than long.
func randomTime(r *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(r.Int64N(max(1, int64(limit/tick)))>>r.IntN(8)) * tick
}

// settle orders the steps, and gives each lane, and each step of a lane, instants
// of its own: what one step sets off is over before the next begins. Contexts end
// half a tick later, not when the lane wakes up for its next fragment.
func (l *script) settle() {
	byTime := func(x, y step) int { return cmp.Compare(x.at, y.at) }
	for i := range l.steps {
		s := &l.steps[i]
		s.at = s.at.Truncate(tick) + residue(s.who, s.lane)
		if s.within > 0 {
			s.within += tick / 2
		}
	}
	slices.SortStableFunc(l.steps, byTime)
	var last [2][lanes]time.Duration
	for i := range l.steps {
		s := &l.steps[i]
		before := &last[s.who][s.lane]
		if s.at <= *before {
			s.at = *before + tick
		}
		*before = s.at
	}
	slices.SortStableFunc(l.steps, byTime)
}

// resplit is the script with other segments: short ones for short messages.
func (l script) resplit() script {
	segment, bytes := 700, 0
	for _, s := range l.steps {
		bytes += s.size
	}
	if bytes < 2000 {
		segment = 1
	}
	l.faults = slices.DeleteFunc(slices.Clone(l.faults), func(f wstest.Fault) bool { return f.Effect == wstest.Split })
	for from := range wstest.Server + 1 {
		l.faults = append(l.faults, wstest.Fault{From: from, Effect: wstest.Split, Bytes: segment})
	}
	return l
}

// String is the script as text.
func (l script) String() string {
	var b strings.Builder
	for who, m := range l.ends {
		fmt.Fprintf(&b, "%v%v\n", wstest.Side(who), m)
	}
	for _, f := range l.faults {
		fmt.Fprintf(&b, "fault %v\n", f)
	}
	for _, s := range l.steps {
		fmt.Fprintf(&b, "%v\n", s)
	}
	return b.String()
}

// words appends name=value for what is not zero.
type words struct{ strings.Builder }

func (w *words) add(name string, value any, zero bool) {
	if !zero {
		fmt.Fprintf(w, " %s=%v", name, value)
	}
}

func (m mind) String() string {
	var w words
	w.add("style", m.style, false)
	w.add("answer", int(m.answer), m.answer == 0)
	w.add("message", m.limits.MessageBytes, m.limits.MessageBytes == 0)
	w.add("fragments", m.limits.Fragments, m.limits.Fragments == 0)
	w.add("ahead", m.limits.ReadAheadBytes, m.limits.ReadAheadBytes == 0)
	w.add("opening", m.limits.OpeningTimeout, m.limits.OpeningTimeout == 0)
	w.add("write", m.limits.WriteTimeout, m.limits.WriteTimeout == 0)
	w.add("close", m.limits.CloseTimeout, m.limits.CloseTimeout == 0)
	w.add("transport", m.limits.TransportTimeout, m.limits.TransportTimeout == 0)
	w.add("queue", m.queue.Bytes, m.queue.Bytes == 0)
	w.add("wait", m.queue.Wait, m.queue.Wait == 0)
	w.add("skip", m.queue.Skip, !m.queue.Skip)
	w.add("quiet", m.queue.Quiet, !m.queue.Quiet)
	w.add("ping", m.limits.PingInterval, m.limits.PingInterval == 0)
	w.add("pong", m.limits.PongTimeout, m.limits.PongTimeout == 0)
	w.add("direct", m.direct, !m.direct)
	return w.String()
}

func (s step) String() string {
	var w words
	fmt.Fprintf(&w, "%v %v %d %s", s.at, s.who, s.lane, s.do)
	w.add("size", s.size, s.size == 0)
	w.add("pieces", s.pieces, s.pieces == 0)
	w.add("queued", s.queued, !s.queued)
	w.add("within", s.within, s.within == 0)
	w.add("pause", s.pause, s.pause == 0)
	w.add("code", int(s.code), s.code == 0)
	w.add("reason", strconv.Quote(s.reason), s.reason == "")
	w.add("fault", s.fault, s.fault == 0)
	return w.String()
}

// parseScript reads what script.String writes.
func parseScript(lines string) (l script, err error) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		first, rest, _ := strings.Cut(line, " ")
		switch first {
		case "fault":
			faults, err := wstest.ParseFaults(rest)
			if err != nil {
				return l, err
			}
			l.faults = append(l.faults, faults...)
		case "client", "server":
			who, _ := parseSide(first)
			err = l.ends[who].parse(rest)
		default:
			var s step
			if err = s.parse(line); err == nil {
				l.steps = append(l.steps, s)
			}
		}
		if err != nil {
			return l, fmt.Errorf("%q: %w", line, err)
		}
	}
	return l, nil
}

func parseSide(word string) (wstest.Side, error) {
	for who := range wstest.Server + 1 {
		if who.String() == word {
			return who, nil
		}
	}
	return 0, fmt.Errorf("%q is no side", word)
}

// pairs calls set for every name=value of a line. A value may be quoted.
func pairs(line string, set func(name, value string) error) error {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		name, rest, ok := strings.Cut(line, "=")
		if !ok {
			return fmt.Errorf("%q is no name=value", line)
		}
		value, rest, _ := strings.Cut(rest, " ")
		if quoted, err := strconv.QuotedPrefix(line[len(name)+1:]); err == nil {
			rest = line[len(name)+1+len(quoted):]
			value, _ = strconv.Unquote(quoted)
		}
		if err := set(name, value); err != nil {
			return err
		}
		line = rest
	}
	return nil
}

// number, duration and truth read a value, whichever the field is.
func number[N ~int | ~int64 | ~uint16](field *N, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	*field = N(n)
	return err
}

func duration(field *time.Duration, value string) (err error) {
	*field, err = time.ParseDuration(value)
	return err
}

func truth(field *bool, value string) (err error) {
	*field, err = strconv.ParseBool(value)
	return err
}

func (m *mind) parse(line string) error {
	return pairs(line, func(name, value string) error {
		switch name {
		case "style":
			m.style = style(value)
			return nil
		case "answer":
			return number(&m.answer, value)
		case "message":
			return number(&m.limits.MessageBytes, value)
		case "fragments":
			return number(&m.limits.Fragments, value)
		case "ahead":
			return number(&m.limits.ReadAheadBytes, value)
		case "opening":
			return duration(&m.limits.OpeningTimeout, value)
		case "write":
			return duration(&m.limits.WriteTimeout, value)
		case "close":
			return duration(&m.limits.CloseTimeout, value)
		case "transport":
			return duration(&m.limits.TransportTimeout, value)
		case "queue":
			return number(&m.queue.Bytes, value)
		case "wait":
			return duration(&m.queue.Wait, value)
		case "skip":
			return truth(&m.queue.Skip, value)
		case "quiet":
			return truth(&m.queue.Quiet, value)
		case "ping":
			return duration(&m.limits.PingInterval, value)
		case "pong":
			return duration(&m.limits.PongTimeout, value)
		case "direct":
			return truth(&m.direct, value)
		}
		return fmt.Errorf("no option %q", name)
	})
}

func (s *step) parse(line string) error {
	fields := strings.SplitN(line, " ", 5)
	if len(fields) < 4 {
		return fmt.Errorf("too short")
	}
	if err := duration(&s.at, fields[0]); err != nil {
		return err
	}
	who, err := parseSide(fields[1])
	if err != nil {
		return err
	}
	s.who, s.do = who, deed(fields[3])
	if err := number(&s.lane, fields[2]); err != nil {
		return err
	}
	if len(fields) == 4 {
		return nil
	}
	return pairs(fields[4], s.set)
}

func (s *step) set(name, value string) error {
	switch name {
	case "size":
		return number(&s.size, value)
	case "pieces":
		return number(&s.pieces, value)
	case "queued":
		return truth(&s.queued, value)
	case "within":
		return duration(&s.within, value)
	case "pause":
		return duration(&s.pause, value)
	case "code":
		return number(&s.code, value)
	case "reason":
		s.reason = value
		return nil
	case "fault":
		for effect := wstest.Delay; effect <= wstest.Drop; effect++ {
			if effect.String() == value {
				s.fault = effect
				return nil
			}
		}
	}
	return fmt.Errorf("no %s=%s", name, value)
}
