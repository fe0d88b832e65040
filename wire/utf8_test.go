package wire

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// firstBad is the naive judge: the index of the first byte behind which no text
// can be valid any more, found by asking whether any valid character begins with
// what there is, or -1.
func firstBad(p []byte) int {
	start := 0
	for i := range p {
		begun := p[start : i+1]
		switch {
		case beginnings[string(begun)]: // more is to come
		case utf8.Valid(begun):
			start = i + 1
		default:
			return i
		}
	}
	return -1
}

// beginnings holds every proper beginning of the encoding of a character.
var beginnings = func() map[string]bool {
	m := map[string]bool{}
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			s := string(r)
			for n := 1; n < len(s); n++ {
				m[s[:n]] = true
			}
		}
	}
	return m
}()

// checkPieces feeds the pieces of p that end at the cuts, and returns the index
// in p of the first bad byte and whether the text could end behind all of it.
func checkPieces(p []byte, cuts ...int) (bad int, whole bool) {
	var u UTF8
	start := 0
	for _, cut := range append(cuts, len(p)) {
		if bad := u.Check(p[start:cut]); bad >= 0 {
			return start + bad, false
		}
		start = cut
	}
	return -1, u.Whole()
}

// compare checks p in one piece, byte by byte, in every two pieces, and in every
// three when it is short.
func compare(t *testing.T, p []byte) {
	t.Helper()
	wantBad, wantWhole := firstBad(p), utf8.Valid(p)
	try := func(cuts ...int) {
		if bad, whole := checkPieces(p, cuts...); bad != wantBad || whole != wantWhole {
			t.Fatalf("%x cut at %d: first bad byte at %d, whole %t, want %d, %t", p, cuts, bad, whole, wantBad, wantWhole)
		}
	}
	try()
	every := make([]int, len(p))
	for i := range p {
		every[i] = i
		try(i)
		for j := i; j < len(p) && len(p) < 30; j++ {
			try(i, j)
		}
	}
	try(every...)
}

func TestUTF8OfInterestingTexts(t *testing.T) {
	tests := []struct {
		name, text string
		bad        int
	}{
		{"the empty text", "", -1},
		{"ASCII", "Hello, world", -1},
		{"characters of every length", "a é € 😀 a", -1},
		{"the first and last characters of every length (Unicode, table 3-7)", "\x00\x7f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff", -1},
		{"around the surrogates", "\ud7ff\ue000", -1},
		{"noncharacters and the BOM are characters", "\ufeff\ufffe\uffff\ufdd0", -1},
		{"Greek", "κόσμε", -1},
		{"a long text with a bad byte near its end", strings.Repeat("κόσμε", 20) + "\xff", 200},
		{"a continuation byte alone", "a\x80", 1},
		{"an overlong slash", "\xc0\xaf", 0},
		{"an overlong NUL in two bytes", "\xc1\x80", 0},
		{"overlong in three bytes", "\xe0\x9f\xbf", 1},
		{"overlong in four bytes", "\xf0\x8f\xbf\xbf", 1},
		{"a high surrogate", "\xed\xa0\x80", 1},
		{"a low surrogate", "\xed\xbf\xbf", 1},
		{"above U+10FFFF", "\xf4\x90\x80\x80", 1},
		{"a first byte that no character has", "ok\xf5\x80\x80\x80", 2},
		{"five bytes, as of old", "\xf8\x88\x80\x80\x80", 0},
		{"0xFE and 0xFF", "\xfe\xff", 0},
		{"a character that breaks off before ASCII", "\xe2\x82a", 2},
		{"a character that breaks off before another", "\xf0\x9f\x98\xe2\x82\xac", 3},
		{"a character not yet whole is not bad", "a\xf0\x9f\x98", -1},
		{"too large a character behind good ones", "κόσμε\xf4\x90\x80\x80edited", 11},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if bad, _ := checkPieces([]byte(test.text)); bad != test.bad {
				t.Errorf("the first bad byte of %q is at %d, want %d", test.text, bad, test.bad)
			}
			compare(t, []byte(test.text))
		})
	}
}

// The bytes at the edges of the ranges of Unicode's table 3-7, and one from the
// middle of each.
var edges = []byte{
	0x00, 0x41, 0x7f, 0x80, 0x85, 0x8f, 0x90, 0x9a, 0x9f, 0xa0, 0xb0, 0xbf, 0xc0, 0xc1, 0xc2, 0xd5, 0xdf,
	0xe0, 0xe1, 0xe5, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff,
}

func TestUTF8OfShortSequences(t *testing.T) {
	for a := range 256 {
		compare(t, []byte{byte(a)})
		for b := range 256 {
			p := []byte{byte(a), byte(b)}
			if bad, whole := checkPieces(p); bad != firstBad(p) || whole != utf8.Valid(p) {
				t.Fatalf("%x: first bad byte at %d, whole %t", p, bad, whole)
			}
		}
	}
	for _, a := range edges {
		for _, b := range edges {
			compare(t, []byte{a, b})
			for _, c := range edges {
				p := []byte{a, b, c}
				if bad, whole := checkPieces(p, 1, 2); bad != firstBad(p) || whole != utf8.Valid(p) {
					t.Fatalf("%x: first bad byte at %d, whole %t", p, bad, whole)
				}
				for _, d := range edges {
					p := []byte{a, b, c, d}
					bad, whole := checkPieces(p)
					cutBad, cutWhole := checkPieces(p, 1, 2, 3)
					if want := firstBad(p); bad != want || whole != utf8.Valid(p) || cutBad != want || cutWhole != whole {
						t.Fatalf("%x: first bad byte at %d and %d, want %d, whole %t", p, bad, cutBad, want, whole)
					}
				}
			}
		}
	}
}

func TestUTF8OfEveryCharacter(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		var buffer [utf8.UTFMax]byte
		p := utf8.AppendRune(buffer[:0], r)
		for cut := range p {
			if bad, whole := checkPieces(p, cut); bad != -1 || !whole {
				t.Fatalf("%U cut at %d: first bad byte at %d, whole %t", r, cut, bad, whole)
			}
		}
	}
}

func TestUTF8StartsAgainAfterReset(t *testing.T) {
	var u UTF8
	u.Check([]byte("\xe2\x82"))
	if u.Whole() {
		t.Error("inside a character the text is whole")
	}
	u.Reset()
	if bad := u.Check([]byte("€")); bad != -1 || !u.Whole() {
		t.Errorf("after Reset the first bad byte is at %d, whole %t, want none and true", bad, u.Whole())
	}
}

func TestUTF8AllocatesNothing(t *testing.T) {
	p := []byte(strings.Repeat("a é € 😀", 100) + "\xf0\x9f")
	var u UTF8
	if n := testing.AllocsPerRun(100, func() { u.Reset(); u.Check(p) }); n != 0 {
		t.Errorf("Check allocates %v times, want 0", n)
	}
}

// FuzzUTF8: a text cut anywhere has its first bad byte where the naive judge has
// it, and is whole exactly when unicode/utf8 finds it valid.
func FuzzUTF8(f *testing.F) {
	for _, s := range []string{"", "Hello", "a é € 😀", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98", "κόσμε\xff", "aaaaaaaaaaaaaaaa\xe2"} {
		f.Add([]byte(s), uint64(1))
	}
	f.Fuzz(func(t *testing.T, p []byte, seed uint64) {
		wantBad, wantWhole := firstBad(p), utf8.Valid(p)
		random := rand.New(rand.NewPCG(seed, 0))
		for range 4 {
			var cuts []int
			for cut := 0; cut < len(p); cut += 1 + random.IntN(7) {
				cuts = append(cuts, cut)
			}
			if bad, whole := checkPieces(p, cuts...); bad != wantBad || whole != wantWhole {
				t.Fatalf("%x cut at %d: first bad byte at %d, whole %t, want %d, %t", p, cuts, bad, whole, wantBad, wantWhole)
			}
		}
	})
}

func BenchmarkUTF8(b *testing.B) {
	for _, text := range []struct{ name, repeated string }{{"ASCII", "onclose "}, {"mixed", "na\u00efve \u6771\u4eac, "}} {
		for _, size := range []int{125, 1 << 10, 16 << 10} {
			p := []byte(strings.Repeat(text.repeated, size/len(text.repeated)))
			b.Run(fmt.Sprintf("%s/%dB", text.name, size), func(b *testing.B) {
				b.SetBytes(int64(len(p)))
				b.ReportAllocs()
				var text UTF8
				for b.Loop() {
					text.Check(p)
				}
			})
		}
	}
}
