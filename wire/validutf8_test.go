package wire

import (
	"bytes"
	"testing"
	"unicode/utf8"

	shorter "github.com/segmentio/asm/utf8"
)

// Whatever the length and wherever the bad byte: vectors see what unicode/utf8 sees.
func FuzzValidUTF8(f *testing.F) {
	for _, text := range []string{"", "a", "é", "日本語", "𝄞", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"} {
		f.Add([]byte(text), uint8(0))
		f.Add([]byte(text), uint8(200))
	}
	f.Fuzz(func(t *testing.T, p []byte, ahead uint8) {
		p = append(bytes.Repeat([]byte("x"), int(ahead)), p...)
		if got, want := ValidUTF8(p), utf8.Valid(p); got != want {
			t.Errorf("ValidUTF8(%q) = %v", p, got)
		}
	})
}

func TestValidUTF8AtEveryPlace(t *testing.T) {
	good := []byte("Größe 日本語 и текст, 𝄞 and plain text, many times over the width of a vector. ")
	good = append(good, good...)
	for i := range good {
		for _, bad := range []byte{0x80, 0xC0, 0xED, 0xF5, 0xFF, 'a'} {
			p := bytes.Clone(good)
			p[i] = bad
			for _, q := range [][]byte{p, p[:i+1], p[i:]} {
				if got, want := ValidUTF8(q), utf8.Valid(q); got != want {
					t.Fatalf("byte %d is %#x: ValidUTF8 = %v", i, bad, got)
				}
			}
		}
	}
}

// Every length, and a character that is cut or wrong at every place of a block, with
// ASCII around it, which is passed over quickly, and without.
func TestValidUTF8OfEveryLength(t *testing.T) {
	pieces := []string{
		"\u00e9", "\u20ac", "\U0001F600", "\u07ff\u0800", "\uffff\U00010000", "\U0010FFFF",
		"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\x9f\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xf5\x80\x80\x80", "\xff", "\xe2\x82\xac\x80", "\xf8\x88\x80\x80\x80",
	}
	plain := bytes.Repeat([]byte("x"), 700)
	greek := bytes.Repeat([]byte("\u03b1"), 350)
	for _, piece := range pieces {
		for _, around := range [][]byte{plain, greek} {
			for at := 0; at <= 600; at++ {
				p := append(bytes.Clone(around[:at]), piece...)
				for _, behind := range []int{0, 1, 62, 64} {
					q := append(p[:len(p):len(p)], around[at&1:][:behind]...)
					if got, want := ValidUTF8(q), utf8.Valid(q); got != want {
						t.Fatalf("%q behind %d bytes %q, %d behind it: ValidUTF8 = %v", piece, at, around[:2], behind, got)
					}
				}
			}
		}
	}
}

// The vectors of both lengths see the same, where the processor has the longer ones.
func TestValidUTF8WithShorterVectors(t *testing.T) {
	good := bytes.Repeat([]byte("plain text, \u65e5\u672c\u8a9e and \U0001F600. "), 20)
	if !ValidUTF8(good) || !shorter.Valid(good) {
		t.Error("good text is not valid")
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x80
		if got, want := ValidUTF8(bad), shorter.Valid(bad); got != want {
			t.Errorf("byte %d changed: the longer vectors say %v", i, got)
		}
	}
}
