package wire

import (
	"bytes"
	"testing"
	"unicode/utf8"
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
