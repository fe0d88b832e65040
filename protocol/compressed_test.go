package protocol

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/onclose/websocket/wire"
)

// runs is an Inflater for tests: its data are pairs of a digit and a letter,
// "3a" for aaa, and it returns at most four bytes at a time.
type runs struct {
	digit byte   // of a pair that has begun
	kept  []byte // what is still to be returned
	out   [4]byte
}

var errNoRun = errors.New("that is no digit")

func (r *runs) Inflate(p []byte, fin bool) (out []byte, n int, done bool, err error) {
	for n < len(p) && len(r.kept) == 0 {
		switch b := p[n]; {
		case r.digit != 0:
			r.kept, r.digit = bytes.Repeat([]byte{b}, int(r.digit-'0')), 0
		case b < '0' || b > '9':
			return nil, n, false, errNoRun
		default:
			r.digit = b
		}
		n++
	}
	m := copy(r.out[:], r.kept)
	r.kept = r.kept[m:]
	ended := fin && n == len(p) && len(r.kept) == 0
	if ended && m == 0 && r.digit != 0 {
		return nil, n, false, errors.New("the data end inside a pair")
	}
	return r.out[:m], n, ended && r.digit == 0, nil
}

// inflating is an ear whose messages may be compressed.
func inflating(t testing.TB, role Role, limits Limits) *ear {
	e := newEar(t, role, limits)
	e.r.InflateWith(&runs{})
	return e
}

// tellInflated gives the bytes in one piece, in every two pieces, and byte by
// byte, and wants the same story each time.
func tellInflated(t *testing.T, role Role, limits Limits, p []byte) *ear {
	t.Helper()
	whole := inflating(t, role, limits)
	whole.feed(bytes.Clone(p))
	whole.rest()
	for cut := range p {
		parts := inflating(t, role, limits)
		parts.feed(bytes.Clone(p[:cut]))
		parts.feed(bytes.Clone(p[cut:]))
		parts.rest()
		if !slices.Equal(parts.all(), whole.all()) {
			t.Fatalf("cut at %d: %q\nat once: %q", cut, parts.all(), whole.all())
		}
	}
	single := inflating(t, role, limits)
	for i := range p {
		single.feed(bytes.Clone(p[i : i+1]))
	}
	single.rest()
	if !slices.Equal(single.all(), whole.all()) {
		t.Fatalf("byte by byte: %q\nat once: %q", single.all(), whole.all())
	}
	return whole
}

func TestReceiverOfCompressedMessages(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   []string
	}{
		{"a message of one frame (7692 6.2)", []string{"rsv1 text 3a2b", "text 3a2b"}, []string{"text aaabb", "text 3a2b"}},
		{"more than comes at once", []string{"rsv1 binary 9a9b", "ping x"}, []string{"binary aaaaaaaaabbbbbbbbb", "ping x"}},
		{"fragments, cut inside a pair, with control frames between (7692 6.2)", []string{"nofin rsv1 text 3", "ping x", "nofin continuation a9", "continuation b"}, []string{"ping x", "text aaabbbbbbbbb"}},
		{"empty fragments", []string{"nofin rsv1 text", "nofin continuation 9a", "continuation", "pong x"}, []string{"text aaaaaaaaa", "pong x"}},
		{"an empty message", []string{"rsv1 text", "binary x"}, []string{"text", "binary x"}},
		{"a message that is not compressed between two that are", []string{"rsv1 text 1a", "nofin text 1", "continuation a", "rsv1 binary 1b"}, []string{"text a", "text 1a", "binary b"}},
		{"UTF-8 is checked behind the inflation (8.1)", []string{"rsv1 text 1\xc3" + "1\xa4"}, []string{"text ä"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				e := tellInflated(t, role, Limits{}, frames(t, role, test.frames...))
				if !slices.Equal(e.story, test.want) {
					t.Errorf("got  %q\nwant %q", e.story, test.want)
				}
			})
		})
	}
}

func TestReceiverFindsWhatIsForbiddenInCompressedMessages(t *testing.T) {
	limits := Limits{MessageBytes: 20}
	tests := []struct {
		name   string
		frames []string
		rule   wire.Rule
		got    int64
		limit  int64
	}{
		{"RSV1 on a continuation frame (7692 6)", []string{"nofin rsv1 text 1a", "rsv1 continuation 1b"}, wire.RuleCompressedFrame, 0, 0},
		{"RSV1 on the continuation of a message that is not compressed (7692 6)", []string{"nofin text 1a", "rsv1 continuation 1b"}, wire.RuleCompressedFrame, 0, 0},
		{"RSV1 on a Ping (7692 6)", []string{"rsv1 ping"}, wire.RuleCompressedFrame, 0, 0},
		{"RSV1 on a Close frame (7692 6)", []string{"rsv1 close 1000"}, wire.RuleCompressedFrame, 0, 0},
		{"RSV2, which is nobody's", []string{"rsv1 rsv2 text 1a"}, wire.RuleReservedBits, 0, 0},
		{"RSV3, which is nobody's", []string{"rsv3 text 1a"}, wire.RuleReservedBits, 0, 0},
		{"a message that starts inside another (5.4)", []string{"nofin rsv1 text 1a", "rsv1 text 1a"}, wire.RuleMessageInsideMessage, 0, 0},
		{"data that are broken", []string{"rsv1 binary 1ax"}, wire.RuleCompressedData, 0, 0},
		{"data that end too soon", []string{"nofin rsv1 binary 1a", "continuation 1"}, wire.RuleCompressedData, 0, 0},
		{"one byte more than the limit, in the same piece", []string{"rsv1 binary 9a9b3c"}, wire.RuleMessageTooBig, 21, 20},
		{"one byte more than the limit, in another fragment", []string{"nofin rsv1 text 9a9b2c", "ping", "continuation 1d"}, wire.RuleMessageTooBig, 21, 20},
		{"more compressed bytes than any message needs, from the header", []string{"rsv1 binary 1a", "rsv1 length=65577 binary"}, wire.RuleMessageTooBig, 65577, 65576},
		{"text that is not UTF-8", []string{"rsv1 text 3a1\xff1b"}, wire.RuleTextUTF8, 0, 0},
		{"text that is not UTF-8, and behind it data that are broken", []string{"rsv1 text 1\xffx"}, wire.RuleTextUTF8, 0, 0},
		{"text over the limit, and behind it not UTF-8", []string{"rsv1 text 9a9b3c1\xff"}, wire.RuleMessageTooBig, 21, 20},
		{"text that ends inside a character", []string{"rsv1 text 1\xc3"}, wire.RuleTextUTF8, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bothRoles(t, func(t *testing.T, role Role) {
				last := len(test.frames) - 1
				offset := len(frames(t, role, test.frames[:last]...))
				e := tellInflated(t, role, limits, frames(t, role, append(slices.Clone(test.frames), "close 1000")...))
				v := e.violation
				if v == nil || v.Rule != test.rule || v.Offset != int64(offset) || v.Got != test.got || v.Limit != test.limit {
					t.Fatalf("got %+v, want the rule %q at %d, %d > %d", v, test.rule, offset, test.got, test.limit)
				}
				if (v.Err != nil) != (test.rule == wire.RuleCompressedData) || v.Err != nil && !errors.Is(v, v.Err) {
					t.Errorf("the error of the extension is %v", v.Err)
				}
			})
		})
	}
}

func TestAnErrorOfCompressedDataSaysWhatIsWrong(t *testing.T) {
	e := inflating(t, Client, Limits{})
	e.feed(peerFrame(t, Client, "rsv1 binary x"))
	want := "websocket: the compressed data are broken: that is no digit, at byte 0 (RFC 7692, section 7.2.2)"
	if e.violation.Error() != want || !errors.Is(e.violation, errNoRun) {
		t.Errorf("got %q", e.violation)
	}
}

func TestCompressedMessagesWithoutALimit(t *testing.T) {
	for _, limit := range []int64{NoLimit, math.MaxInt64 / 2} {
		e := inflating(t, Client, Limits{MessageBytes: limit})
		e.feed(peerFrame(t, Client, "rsv1 length=4611686018427387000 binary 3a"))
		if e.violation != nil || string(e.message) != "aaa" {
			t.Errorf("limit %d: %q, %v", limit, e.message, e.violation)
		}
	}
}

// What a compressed frame has left passes through the window: it cannot be read
// straight into its destination.
func TestACompressedFrameHasNothingLeftToReadIntoPlace(t *testing.T) {
	e := inflating(t, Client, Limits{})
	e.feed(peerFrame(t, Client, "rsv1 length=100 binary 3a"))
	if e.r.Left() != 0 || !e.r.InFrame() || !e.r.InMessage() {
		t.Errorf("Left %d, InFrame %t, InMessage %t", e.r.Left(), e.r.InFrame(), e.r.InMessage())
	}
}
