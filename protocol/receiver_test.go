package protocol

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onclose/websocket/wire"
)

// ear feeds a Receiver and keeps what it finds, one line an event; pieces of a
// message become one line. It overwrites every byte that the Receiver has taken,
// so that a Receiver which kept one would hear nonsense.
type ear struct {
	t      testing.TB
	r      Receiver
	buffer []byte
	room   int // bytes of memory given to Place each time
	memory []byte
	fed    int64 // bytes given to the Receiver
	story  []string

	told   []string // frames, from TellFrames
	framed int64    // payload of the message's frames, so told

	message []byte // pieces so far
	opcode  wire.Opcode
	open    bool

	violation *Violation
	found     int64 // how many bytes had been given when it was found
}

func newEar(t testing.TB, role Role, limits Limits) *ear {
	e := &ear{t: t}
	e.r.Init(role, limits)
	return e
}

// toldEar is told of frames too: nothing goes the short way then.
func toldEar(t testing.TB, role Role, limits Limits) *ear {
	e := newEar(t, role, limits)
	e.r.TellFrames(e.tell)
	return e
}

// tell is told of a frame.
func (e *ear) tell(h wire.Header, control []byte) {
	e.told = append(e.told, fmt.Sprintf("%v %d %q fin %t rsv %d key %x", h.Opcode, h.Length, control, h.Fin, h.RSV, h.Key))
	if h.Opcode == wire.Text || h.Opcode == wire.Binary {
		e.framed = 0
	}
	if !h.Opcode.Control() {
		e.framed += h.Length
	}
}

// all is all that was heard.
func (e *ear) all() []string { return slices.Concat(e.story, e.told) }

func (e *ear) feed(p []byte) {
	e.t.Helper()
	e.buffer = append(e.buffer, p...)
	e.fed += int64(len(p))
	for {
		ended := e.r.Ended()
		if e.memory == nil {
			e.memory = make([]byte, e.room)
		}
		room, given := e.memory, bytes.Clone(e.buffer[:min(len(e.buffer), 200)])
		e.r.Place(room)
		ev, n := e.r.Receive(e.buffer)
		if ev.Placed && !bytes.HasPrefix(e.buffer, given) {
			e.t.Errorf("the payload is placed, and the bytes given are changed")
		}
		if n := len(ev.Payload); ev.Placed != (ev.Kind == Data && n > 0 && n <= len(room) && &ev.Payload[0] == &room[0]) && n > 0 {
			e.t.Errorf("%d bytes of kind %v, placed %t", n, ev.Kind, ev.Placed)
		}
		e.hear(ev)
		if ended && (ev.Kind != NeedMore || n != len(e.buffer)) {
			e.t.Errorf("behind the end %d of %d bytes are taken, and the event is %+v", n, len(e.buffer), ev)
		}
		for i := range e.buffer[:n] {
			e.buffer[i] = 0xAA
		}
		e.buffer = e.buffer[n:]
		if n == 0 && ev.Kind == NeedMore {
			if len(e.buffer) > wire.MaxHeader+wire.MaxControl {
				e.t.Errorf("%d bytes do not suffice", len(e.buffer))
			}
			return
		}
	}
}

func (e *ear) hear(ev Event) {
	switch ev.Kind {
	case Data:
		if e.open && ev.Opcode != e.opcode {
			e.t.Errorf("a piece of a %v message comes in a %v message", ev.Opcode, e.opcode)
		}
		e.open, e.opcode = true, ev.Opcode
		e.message = append(e.message, ev.Payload...)
		if ev.Fin {
			if ev.Opcode == wire.Text && !utf8.Valid(e.message) {
				e.t.Errorf("the text %q is not UTF-8", e.message)
			}
			if size, framed := e.r.Sizes(); size != int64(len(e.message)) || e.r.told != nil && framed != e.framed {
				e.t.Errorf("the message has %d bytes of %d, want %d of %d", size, framed, len(e.message), e.framed)
			}
			e.say("%v %s", ev.Opcode, short(e.message))
			e.open, e.message = false, nil
		}
	case Ping, Pong:
		e.say("%s %s", map[Kind]string{Ping: "ping", Pong: "pong"}[ev.Kind], ev.Payload)
	case Close:
		e.rest()
		e.say("close %x at %d", ev.Payload, e.r.FrameOffset())
	case Violated:
		e.message = append(e.message, ev.Payload...)
		e.rest()
		e.violation, e.found = ev.Violation, e.fed
		e.say("violated: %v", ev.Violation)
	}
	for i := range ev.Payload {
		ev.Payload[i] = 0xAA
	}
}

// rest says what came of a message that does not end.
func (e *ear) rest() {
	if len(e.message) > 0 {
		e.say("unfinished %s", short(e.message))
	}
	e.open, e.message = false, nil
}

func (e *ear) say(format string, args ...any) {
	if n := len(e.story); n > 0 && (strings.HasPrefix(e.story[n-1], "close") || strings.HasPrefix(e.story[n-1], "violated")) {
		e.t.Errorf("behind %q comes "+format, append([]any{e.story[n-1]}, args...)...)
	}
	e.story = append(e.story, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// short shortens what is long, but so that a difference shows.
func short(p []byte) string {
	if len(p) <= 40 {
		return string(p)
	}
	sum := uint32(0)
	for _, b := range p {
		sum = sum*31 + uint32(b)
	}
	return fmt.Sprintf("%d bytes, sum %08x", len(p), sum)
}

// listen is what a Receiver makes of pieces.
func listen(t testing.TB, role Role, limits Limits, pieces ...[]byte) *ear {
	t.Helper()
	return newEar(t, role, limits).hearAll(pieces)
}

// listenTold is listen with frames told.
func listenTold(t testing.TB, role Role, limits Limits, pieces ...[]byte) *ear {
	t.Helper()
	return toldEar(t, role, limits).hearAll(pieces)
}

func (e *ear) hearAll(pieces [][]byte) *ear {
	e.t.Helper()
	for _, piece := range pieces {
		e.feed(piece)
	}
	e.rest()
	return e
}

// listenCut gives the same bytes in one piece, byte by byte, in every two pieces
// and in random ones, and wants the same story each time.
func listenCut(t *testing.T, role Role, limits Limits, p []byte) *ear {
	t.Helper()
	whole := listenTold(t, role, limits, p)
	try := func(how string, pieces ...[]byte) {
		if e := listenTold(t, role, limits, pieces...); !slices.Equal(e.all(), whole.all()) {
			t.Fatalf("%s: %q\nat once: %q", how, e.all(), whole.all())
		}
		if e := listen(t, role, limits, pieces...); !slices.Equal(e.story, whole.story) {
			t.Fatalf("%s: %q\nat once: %q", how, e.story, whole.story)
		}
		if len(pieces) == 2 {
			return // there are many of those
		}
		placed := newEar(t, role, limits)
		placed.room = max(1+len(pieces)%7, len(p)/20)
		if placed.hearAll(pieces); !slices.Equal(placed.story, whole.story) {
			t.Fatalf("%s, placed: %q\nat once: %q", how, placed.story, whole.story)
		}
	}
	try("the short way", p)
	single := make([][]byte, len(p))
	for i := range p {
		single[i] = p[i : i+1]
	}
	try("byte by byte", single...)
	for i := 0; i <= len(p); i += 1 + len(p)/500 {
		try(fmt.Sprint("cut at ", i), p[:i], p[i:])
	}
	for seed := range uint64(20) {
		try(fmt.Sprint("cut at random ", seed), randomCuts(p, seed)...)
	}
	return whole
}

func randomCuts(p []byte, seed uint64) (pieces [][]byte) {
	random := rand.New(rand.NewPCG(seed, 0))
	for len(p) > 0 {
		n := min(len(p), random.IntN(1+random.IntN(30)))
		pieces = append(pieces, p[:n])
		p = p[n:]
	}
	return pieces
}

func frames(t testing.TB, role Role, words ...string) (p []byte) {
	t.Helper()
	for _, w := range words {
		p = append(p, peerFrame(t, role, w)...)
	}
	return p
}

func TestReceiverHearsWhatIsAllowed(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   []string
	}{
		{"nothing", nil, nil},
		{"messages one after the other (5.6)", []string{"text hello", "binary hex:00ff", "text"}, []string{"text hello", "binary \x00\xff", "text"}},
		{"lengths of every form (5.2)", []string{"binary 125*a", "binary 126*b", "binary 65535*c", "binary 65536*d"},
			[]string{"binary " + short(bytes.Repeat([]byte("a"), 125)), "binary " + short(bytes.Repeat([]byte("b"), 126)),
				"binary " + short(bytes.Repeat([]byte("c"), 65535)), "binary " + short(bytes.Repeat([]byte("d"), 65536))}},
		{"a fragmented message (5.4)", []string{"nofin text a", "nofin continuation b", "continuation c"}, []string{"text abc"}},
		{"fragments without payload (5.4)", []string{"nofin binary", "nofin continuation", "continuation"}, []string{"binary"}},
		{"control frames between fragments (5.4)", []string{"nofin text a", "ping one", "nofin continuation b", "pong", "ping two", "continuation c", "pong three"},
			[]string{"ping one", "pong", "ping two", "text abc", "pong three"}},
		{"a character cut by fragments (8.1)", []string{"nofin text hex:e2", "nofin continuation hex:82", "nofin continuation", "continuation hex:ac"}, []string{"text €"}},
		{"binary that is not UTF-8 (5.6)", []string{"binary hex:fffe"}, []string{"binary \xff\xfe"}},
		{"a character unfinished in a binary message means nothing to the text behind it", []string{"binary hex:e2", "text a"}, []string{"binary \xe2", "text a"}},
		{"control frames of 125 bytes (5.5)", []string{"ping 125*p", "pong 125*q"}, []string{"ping " + strings.Repeat("p", 125), "pong " + strings.Repeat("q", 125)}},
		{"messages that go on after a control frame in the middle of nothing", []string{"ping", "text a", "pong", "text b"}, []string{"ping", "text a", "pong", "text b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				if e := listenCut(t, role, Limits{}, frames(t, role, test.frames...)); !slices.Equal(e.story, test.want) {
					t.Errorf("got  %q\nwant %q", e.story, test.want)
				}
			})
		})
	}
}

// RFC 6455, section 1.4: "After receiving a control frame indicating the
// connection should be closed, a peer discards any further data received."
// Every frame is told, also the one that goes over a limit, but none whose header
// breaks a rule, and none behind that.
func TestReceiverTellsOfFrames(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		e := listenCut(t, role, Limits{MessageBytes: 5}, frames(t, role, "nofin text a", "ping p", "continuation bc", "pong", "text too long", "close 1000"))
		opcodes := make([]string, len(e.told))
		for i, told := range e.told {
			opcodes[i], _, _ = strings.Cut(told, " fin ")
		}
		want := []string{`text 1 ""`, `Ping 1 "p"`, `continuation 2 ""`, `Pong 0 ""`, `text 8 ""`}
		if !slices.Equal(opcodes, want) {
			t.Errorf("got  %q\nwant %q", opcodes, want)
		}
		e = listenCut(t, role, Limits{}, append(frames(t, role, "text hello"), 0x83, 0x00))
		if len(e.told) != 1 {
			t.Errorf("a frame with a reserved opcode was told: %q", e.told)
		}
	})
}

func TestReceiverDropsWhatComesBehindAClose(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   []string
	}{
		{"an empty Close frame", []string{"close"}, []string{"close  at 0"}},
		{"a Close frame of 125 bytes", []string{"close hex:0fa0" + strings.Repeat("61", 123)}, []string{"close 0fa0" + strings.Repeat("61", 123) + " at 0"}},
		{"a Close frame is not judged here", []string{"close hex:00"}, []string{"close 00 at 0"}},
		{"data behind", []string{"text a", "close 1000", "text b"}, []string{"text a", "close 03e8 at "}},
		{"a second Close behind", []string{"close 1000", "close 1001"}, []string{"close 03e8 at 0"}},
		{"what breaks a rule behind", []string{"close 1000", "opcode=3", "wrongmask text"}, []string{"close 03e8 at 0"}},
		{"a Close between fragments (5.4)", []string{"nofin text a", "close 1000", "continuation b"}, []string{"unfinished a", "close 03e8 at "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				want := slices.Clone(test.want)
				if last := &want[len(want)-1]; strings.HasSuffix(*last, "at ") {
					*last += fmt.Sprint(len(peerFrame(t, role, test.frames[0])))
				}
				e := listenCut(t, role, Limits{}, frames(t, role, test.frames...))
				if !slices.Equal(e.story, want) {
					t.Errorf("got  %q\nwant %q", e.story, want)
				}
				if !e.r.Ended() {
					t.Error("the Receiver has not ended")
				}
			})
		})
	}
}

// Where in a frame that breaks a rule it shows.
const (
	atWholeHeader = -1 // behind the whole header
	atBadByte     = -2 // behind the bad byte of a text
)

// close-semantics, section 5, rows 1 to 12a, as far as the Receiver judges them.
func TestReceiverFindsWhatIsForbidden(t *testing.T) {
	limits := Limits{MessageBytes: 1000, Fragments: 4, EmptyFragments: 2}
	fragments := []string{"nofin text a", "nofin continuation b", "nofin continuation c", "nofin continuation d"}
	tests := []struct {
		name   string
		before []string // frames that are good
		bad    string   // the frame that breaks the rule
		rule   wire.Rule
		need   int // bytes of it that must be there, or atWholeHeader
		char   int // for text: the index in its payload of the first bad byte
		got    int64
		limit  int64
	}{
		{"row 1: opcode 3 (5.2)", nil, "opcode=3", wire.RuleReservedOpcode, 1, 0, 3, 0},
		{"row 1: opcode 7 with payload (5.2)", []string{"text a"}, "opcode=7 hello", wire.RuleReservedOpcode, 1, 0, 7, 0},
		{"row 1: opcode 11, a control frame (5.2)", []string{"ping"}, "opcode=11", wire.RuleReservedOpcode, 1, 0, 11, 0},
		{"row 1: opcode 15 in the middle of a message (5.2)", []string{"nofin text a"}, "nofin opcode=15", wire.RuleReservedOpcode, 1, 0, 15, 0},
		{"row 1: RSV1 (5.2)", nil, "rsv1 text a", wire.RuleReservedBits, 1, 0, 0, 0},
		{"row 1: RSV2 (5.2)", []string{"text a"}, "rsv2 binary a", wire.RuleReservedBits, 1, 0, 0, 0},
		{"row 1: RSV3 (5.2)", nil, "rsv3 ping", wire.RuleReservedBits, 1, 0, 0, 0},
		{"row 1: the opcode comes before the bits", nil, "rsv1 opcode=3", wire.RuleReservedOpcode, 1, 0, 3, 0},
		{"row 10: RSV1 on a continuation frame (7692 6)", []string{"nofin text a"}, "rsv1 continuation b", wire.RuleReservedBits, 1, 0, 0, 0},
		{"row 10: RSV1 on a Close frame (7692 6)", nil, "rsv1 close 1000", wire.RuleReservedBits, 1, 0, 0, 0},
		{"row 2: the wrong masking on text (5.1)", nil, "wrongmask text hello", 0, 2, 0, 0, 0},
		{"row 2: the wrong masking on an empty frame (5.1)", []string{"text a"}, "wrongmask binary", 0, 2, 0, 0, 0},
		{"row 2: the wrong masking on Close (5.1)", nil, "wrongmask close 1000", 0, 2, 0, 0, 0},
		{"row 2: the wrong masking on Ping (5.1)", []string{"nofin text a"}, "wrongmask ping", 0, 2, 0, 0, 0},
		{"row 2: the wrong masking comes before a long control frame", nil, "wrongmask form16 ping 126*p", 0, 2, 0, 0, 0},
		{"row 3: a fragmented Ping (5.5)", nil, "nofin ping", wire.RuleControlFragmented, 1, 0, 0, 0},
		{"row 3: a fragmented Pong inside a message (5.5)", []string{"nofin text a"}, "nofin pong x", wire.RuleControlFragmented, 1, 0, 0, 0},
		{"row 3: a fragmented Close (5.5)", nil, "nofin close 1000", wire.RuleControlFragmented, 1, 0, 0, 0},
		{"row 3: a Ping of 126 bytes (5.5)", nil, "ping 126*p", wire.RuleControlTooLong, 2, 0, 0, 0},
		{"row 3: a Close of 126 bytes (5.5)", []string{"text a"}, "close 1000 124*r", wire.RuleControlTooLong, 2, 0, 0, 0},
		{"row 3: a Pong in 64 bits (5.5)", nil, "form64 pong", wire.RuleControlTooLong, 2, 0, 0, 0},
		{"row 4: a continuation of nothing (5.4)", nil, "continuation a", wire.RuleContinuationWithoutStart, 1, 0, 0, 0},
		{"row 4: a continuation of nothing, without FIN (5.4)", []string{"text a"}, "nofin continuation", wire.RuleContinuationWithoutStart, 1, 0, 0, 0},
		{"row 4: a continuation behind a fragmented message (5.4)", []string{"nofin text a", "continuation b"}, "continuation c", wire.RuleContinuationWithoutStart, 1, 0, 0, 0},
		{"row 4: text inside a text message (5.4)", []string{"nofin text a"}, "text b", wire.RuleMessageInsideMessage, 1, 0, 0, 0},
		{"row 4: binary inside a text message (5.4)", []string{"nofin text a", "ping", "nofin continuation"}, "nofin binary", wire.RuleMessageInsideMessage, 1, 0, 0, 0},
		{"row 5: 5 bytes in 16 bits (5.2)", nil, "form16 text hello", wire.RuleLengthNotMinimal, 4, 0, 0, 0},
		{"row 5: 125 bytes in 16 bits (5.2)", []string{"text a"}, "form16 binary 125*a", wire.RuleLengthNotMinimal, 4, 0, 0, 0},
		{"row 5: 200 bytes in 64 bits (5.2)", nil, "form64 binary 200*a", wire.RuleLengthNotMinimal, 8, 0, 0, 0},
		{"row 5: the top bit (5.2)", nil, "form64 length=-9223372036854775808 binary", wire.RuleLengthTopBit, 3, 0, 0, 0},
		{"row 5: all 64 bits (5.2)", []string{"nofin text a"}, "form64 length=-1 continuation", wire.RuleLengthTopBit, 3, 0, 0, 0},
		{"row 8: text that is not UTF-8 (8.1)", nil, "text hex:61ff62", wire.RuleTextUTF8, atBadByte, 1, 0, 0},
		{"row 8: the first byte (8.1)", []string{"text ok", "binary hex:ff"}, "text hex:80", wire.RuleTextUTF8, atBadByte, 0, 0, 0},
		{"row 8: a surrogate at its second byte (8.1)", nil, "text hex:edA080", wire.RuleTextUTF8, atBadByte, 1, 0, 0},
		{"row 8: above U+10FFFF, in a fragment, long before the message ends (8.1)", []string{"nofin text κόσμε"}, "nofin continuation hex:f4908080", wire.RuleTextUTF8, atBadByte, 1, 0, 0},
		{"row 8: a character begun in a fragment and not continued (8.1)", []string{"nofin text hex:e282", "ping"}, "continuation a", wire.RuleTextUTF8, atBadByte, 0, 0, 0},
		{"row 8: a text that ends inside a character (8.1)", nil, "text hex:61e282", wire.RuleTextUTF8, atBadByte, 3, 0, 0},
		{"row 8: a text that ends inside a character by an empty fragment (8.1)", []string{"nofin text hex:f0"}, "continuation", wire.RuleTextUTF8, atBadByte, 0, 0, 0},
		{"row 11: a frame of one byte more than the limit (10.4)", nil, "binary 1001*a", wire.RuleMessageTooBig, atWholeHeader, 0, 1001, 1000},
		{"row 11: text of 2^62 bytes, announced (10.4)", []string{"text a"}, "length=4611686018427387904 text", wire.RuleMessageTooBig, atWholeHeader, 0, 1 << 62, 1000},
		{"row 11: 2^63-1 bytes, announced (10.4)", nil, "length=9223372036854775807 binary", wire.RuleMessageTooBig, atWholeHeader, 0, math.MaxInt64, 1000},
		{"row 11: the sum of the fragments (10.4)", []string{"nofin binary 600*a", "nofin continuation 400*b"}, "continuation c", wire.RuleMessageTooBig, atWholeHeader, 0, 1001, 1000},
		{"row 11: a sum that overflows 63 bits (10.4)", []string{"nofin binary 600*a"}, "length=9223372036854775807 continuation", wire.RuleMessageTooBig, atWholeHeader, 0, math.MaxInt64, 1000},
		{"row 12a: one fragment too many (10.4)", fragments, "continuation e", wire.RuleTooManyFragments, atWholeHeader, 0, 5, 4},
		{"row 12a: empty fragments in a row (10.4)", []string{"nofin text", "ping", "nofin continuation"}, "nofin continuation", wire.RuleTooManyEmptyFragments, atWholeHeader, 0, 3, 2},
		{"row 12a: empty fragments behind one that is not (10.4)", []string{"nofin text a", "nofin continuation", "nofin continuation"}, "continuation", wire.RuleTooManyEmptyFragments, atWholeHeader, 0, 3, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				before, bad := frames(t, role, test.before...), peerFrame(t, role, test.bad)
				rule, need, offset := test.rule, test.need, int64(len(before))
				if rule == 0 {
					rule = wire.RuleMasked
					if role == Server {
						rule = wire.RuleUnmasked
					}
				}
				switch need {
				case atWholeHeader:
					_, need, _ = wire.ParseHeader(bad)
				case atBadByte:
					_, header, _ := wire.ParseHeader(bad)
					need = min(len(bad), header+test.char+1)
					offset += int64(header + test.char)
				}
				want := Violation{Rule: rule, Offset: offset, Got: test.got, Limit: test.limit}

				p := append(before, bad[:need]...)
				behind := append(bytes.Clone(p), frames(t, role, "text behind", "continuation b", "close 1000")...)
				e := listenCut(t, role, limits, behind)
				if e.violation == nil || *e.violation != want {
					t.Fatalf("got  %+v\nwant %+v", e.violation, want)
				}
				if !e.r.Ended() {
					t.Error("the Receiver has not ended")
				}
				early := newEar(t, role, limits)
				for i := range p {
					early.feed(p[i : i+1])
				}
				if early.found != int64(len(p)) {
					t.Errorf("found at byte %d, want %d", early.found, len(p))
				}
			})
		})
	}
}

func TestReceiverTakesWhatJustFitsTheLimits(t *testing.T) {
	limits := Limits{MessageBytes: 1000, Fragments: 4, EmptyFragments: 2}
	tests := []struct {
		name   string
		frames []string
		want   int // messages
	}{
		{"a message of the limit, twice", []string{"binary 1000*a", "binary 1000*b"}, 2},
		{"fragments of the limit together, twice", []string{"nofin text 600*a", "continuation 400*b", "nofin text 999*a", "continuation b"}, 2},
		{"as many fragments as there may be, twice", []string{
			"nofin text a", "nofin continuation b", "nofin continuation c", "continuation d",
			"nofin text a", "nofin continuation b", "nofin continuation c", "continuation d"}, 2},
		{"as many empty ones in a row as there may be, and again behind another", []string{"nofin text", "nofin continuation", "nofin continuation c", "continuation"}, 1},
		{"empty messages are no fragments in a row", []string{"text", "text", "text", "binary", "binary", "binary"}, 6},
		{"control frames count for nothing", []string{"nofin text a", "ping", "ping", "ping", "pong", "pong", "ping 125*p", "continuation 999*b"}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				e := listenCut(t, role, limits, frames(t, role, test.frames...))
				messages := 0
				for _, line := range e.story {
					if strings.HasPrefix(line, "text") || strings.HasPrefix(line, "binary") {
						messages++
					}
				}
				if messages != test.want || e.violation != nil {
					t.Errorf("%d messages, want %d: %q", messages, test.want, e.story)
				}
			})
		})
	}
}

func TestLimitsHaveDefaultsAndCanBeSwitchedOff(t *testing.T) {
	tests := []struct {
		name string
		in   Limits
		want Limits
	}{
		{"zero is 1 MiB, 131,072 fragments and 64 empty ones", Limits{}, Limits{MessageBytes: 1 << 20, Fragments: 131072, EmptyFragments: 64}},
		{"NoLimit is the largest number there is", Limits{NoLimit, NoLimit, NoLimit, NoLimit, NoLimit}, Limits{math.MaxInt64, math.MaxInt, math.MaxInt, 0, 0}},
		{"what is given stays", Limits{1, 2, 3, 4, 5}, Limits{1, 2, 3, 4, 5}},
	}
	for _, test := range tests {
		if got := test.in.withDefaults(); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
	role := Client
	e := listen(t, role, Limits{MessageBytes: NoLimit}, frames(t, role, "nofin binary a", "length=9223372036854775806 continuation b"))
	if e.violation != nil || e.r.Left() != math.MaxInt64-2 {
		t.Errorf("without a limit: %v, %d bytes left, want 2^63-3", e.violation, e.r.Left())
	}
	e = listen(t, role, Limits{MessageBytes: NoLimit}, frames(t, role, "nofin binary a", "length=9223372036854775807 continuation b"))
	if want := (Violation{Rule: wire.RuleMessageTooBig, Offset: 3, Got: math.MaxInt64, Limit: math.MaxInt64}); e.violation == nil || *e.violation != want {
		t.Errorf("2^63 bytes without a limit: %+v, want %+v", e.violation, want)
	}
}

func TestReceiverSaysWhereItIs(t *testing.T) {
	steps := []struct {
		words   string
		left    int64
		message wire.Opcode
	}{
		{"cut=1 nofin text abc", 0, wire.Continuation},
		{"nofin text abc", 0, wire.Text},
		{"cut=5 nofin continuation abcdef", 3, wire.Text},
		{"continuation", 0, wire.Continuation},
		{"close", 0, wire.Continuation},
	}
	for i, step := range steps {
		e := newEar(t, Client, Limits{})
		for _, before := range steps[:i] {
			if !strings.HasPrefix(before.words, "cut") {
				e.feed(peerFrame(t, Client, before.words))
			}
		}
		e.feed(peerFrame(t, Client, step.words))
		r := &e.r
		if r.Left() != step.left || r.InFrame() != (step.left > 0) || r.Message() != step.message || r.InMessage() != (step.message != wire.Continuation) {
			t.Errorf("behind %q: %d left, in frame %t, in message %t, %v; want %d left, %v", step.words, r.Left(), r.InFrame(), r.InMessage(), r.Message(), step.left, step.message)
		}
		if r.Ended() != (step.words == "close") {
			t.Errorf("behind %q the Receiver has ended: %t", step.words, r.Ended())
		}
	}
}

// A large payload is read straight to its place, as Left allows.
func TestReceiverTakesPayloadReadIntoItsPlace(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		frame := peerFrame(t, role, "text 5000*x")
		_, header, _ := wire.ParseHeader(frame)
		var r Receiver
		r.Init(role, Limits{})
		if ev, n := r.Receive(frame[:header]); n != header || ev.Kind != NeedMore || r.Left() != 5000 {
			t.Fatalf("the header gives %+v, %d, and %d left, want 5000", ev, n, r.Left())
		}
		for part := frame[header:]; len(part) > 0; {
			n := min(len(part), 1003)
			ev, took := r.Receive(part[:n])
			if took != n || ev.Kind != Data || ev.Fin != (n == len(part)) || &ev.Payload[0] != &part[0] || ev.Payload[0] != 'x' {
				t.Fatalf("%d of %d bytes are taken, kind %v, FIN %t", took, n, ev.Kind, ev.Fin)
			}
			part = part[n:]
		}
	})
}

// A long payload goes to its place while it is unmasked, also in pieces that are
// checked one after the other, and a bad byte is found where it is.
func TestReceiverPlacesALongPayload(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		text := strings.Repeat("\u20ac \U0001F600 and plain text. ", 3000)
		frame := peerFrame(t, role, "text "+text)
		limits := Limits{MessageBytes: NoLimit}
		whole := listen(t, role, limits, frame)
		for _, room := range []int{1 << 20, nearBytes, nearBytes - 1, 1000} {
			e := newEar(t, role, limits)
			e.room = room
			if e.hearAll([][]byte{frame}); !slices.Equal(e.story, whole.story) {
				t.Errorf("with room for %d: %q, want %q", room, e.story, whole.story)
			}
		}
		for _, at := range []int{0, nearBytes, 3 * nearBytes, len(text) - 1} {
			bad := bytes.Clone(frame)
			bad[len(frame)-len(text)+at] ^= 0xFF
			in, placed := listen(t, role, limits, bad), newEar(t, role, limits)
			placed.room = 1 << 20
			if placed.hearAll([][]byte{bad}); !slices.Equal(placed.story, in.story) || in.violation == nil {
				t.Errorf("a bad byte at %d: %q, want %q", at, placed.story, in.story)
			}
		}
	})
}

func TestReceiverKeepsNoRoomBehindAControlPayload(t *testing.T) {
	p := frames(t, Client, "ping a", "text b")
	var r Receiver
	r.Init(Client, Limits{})
	ev, _ := r.Receive(p)
	if cap(ev.Payload) != 1 {
		t.Errorf("appending to a Ping's payload would overwrite %d bytes behind it", cap(ev.Payload)-1)
	}
}

func TestReceiverAllocatesNothing(t *testing.T) {
	for _, words := range []string{"text hello", "binary 4000*a", "nofin text a", "ping hello", "pong"} {
		bothRoles(t, func(t *testing.T, role Role) {
			whole := frames(t, role, words)
			if words == "nofin text a" {
				whole = frames(t, role, words, "continuation b")
			}
			p := make([]byte, len(whole))
			var r Receiver
			r.Init(role, Limits{})
			allocs := testing.AllocsPerRun(100, func() {
				copy(p, whole)
				for rest := p; len(rest) > 0; {
					_, n := r.Receive(rest)
					rest = rest[n:]
				}
			})
			if allocs != 0 || r.Ended() {
				t.Errorf("%q allocates %v times, want 0 (ended: %t)", words, allocs, r.Ended())
			}
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	for _, size := range []struct {
		name  string
		words string
	}{{"32B", "binary 32*a"}, {"1KiB", "binary 1024*a"}, {"16KiB", "binary 16384*a"}, {"1KiB-text", "text 1024*a"}} {
		b.Run(size.name+"/masked", func(b *testing.B) {
			whole := peerFrame(b, Server, size.words)
			p := make([]byte, len(whole))
			var r Receiver
			r.Init(Server, Limits{})
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				copy(p, whole)
				r.Receive(p)
			}
		})
	}
}

// FuzzReceiver: any bytes cut in any way give the same story; nothing is heard
// behind a Close frame or a broken rule (ear sees to that), whole texts are
// UTF-8, and no message is longer than the limit.
func FuzzReceiver(f *testing.F) {
	for _, words := range [][]string{
		{"text hello", "close 1000 bye"}, {"nofin text a", "ping x", "continuation b", "pong"}, {"rsv1 text"}, {"opcode=3"},
		{"text hex:e282", "text"}, {"binary 101*a"}, {"nofin text", "nofin continuation", "nofin continuation", "nofin continuation"},
		{"form16 text hello"}, {"form64 length=-1 text"}, {"wrongmask ping"}, {"nofin text hex:f09f", "continuation hex:9880"},
	} {
		for _, role := range []Role{Client, Server} {
			f.Add(frames(f, role, words...), role == Client, uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, p []byte, asClient bool, seed uint64) {
		role := Server
		if asClient {
			role = Client
		}
		limits := Limits{MessageBytes: 100, Fragments: 5, EmptyFragments: 3}
		whole := listenTold(t, role, limits, p)
		parts := listenTold(t, role, limits, randomCuts(p, seed)...)
		if short := listen(t, role, limits, p); !slices.Equal(whole.story, short.story) {
			t.Errorf("the long way:  %q\nthe short way: %q", whole.story, short.story)
		}
		if !slices.Equal(whole.all(), parts.all()) {
			t.Errorf("at once:      %q\ncut at random: %q", whole.all(), parts.all())
		}
		placed := newEar(t, role, limits)
		placed.room = int(seed % 9)
		if placed.hearAll([][]byte{p}); !slices.Equal(whole.story, placed.story) {
			t.Errorf("in place:        %q\nin other memory: %q", whole.story, placed.story)
		}
		var size int64
		var r Receiver
		r.Init(role, limits)
		for rest := p; len(rest) > 0; {
			ev, n := r.Receive(rest)
			if n == 0 && ev.Kind == NeedMore {
				break
			}
			rest = rest[n:]
			if ev.Kind == Data {
				if size += int64(len(ev.Payload)); size > limits.MessageBytes {
					t.Errorf("a message of %d bytes, and the limit is %d", size, limits.MessageBytes)
				}
				if ev.Fin {
					size = 0
				}
			}
			if ev.Kind == Violated && (ev.Violation.Offset < 0 || ev.Violation.Offset > int64(len(p))) {
				t.Errorf("a rule is broken at byte %d of %d", ev.Violation.Offset, len(p))
			}
		}
	})
}
