package wire

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
)

// unhex reads bytes written as hex with spaces between.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestHeaderThereAndBack(t *testing.T) {
	tests := []struct {
		name   string
		header Header
		hex    string
	}{
		{"the empty text of a server (5.2)", Header{Fin: true, Opcode: Text}, "81 00"},
		{"a length of 125 is the longest in 7 bits (5.2)", Header{Fin: true, Opcode: Binary, Length: 125}, "82 7d"},
		{"a length of 126 takes 16 bits (5.2)", Header{Fin: true, Opcode: Binary, Length: 126}, "82 7e 007e"},
		{"a length of 65535 is the longest in 16 bits (5.2)", Header{Fin: true, Opcode: Binary, Length: 65535}, "82 7e ffff"},
		{"a length of 65536 takes 64 bits (5.2)", Header{Fin: true, Opcode: Binary, Length: 65536}, "82 7f 0000000000010000"},
		{"a length of 2^32 (5.2)", Header{Fin: true, Opcode: Binary, Length: 1 << 32}, "82 7f 0000000100000000"},
		{"a length of 2^63-1 is the longest of all (5.2)", Header{Fin: true, Opcode: Binary, Length: math.MaxInt64}, "82 7f 7fffffffffffffff"},
		{"a masking key stands behind the length, first byte lowest (5.3)", Header{Fin: true, Opcode: Text, Masked: true, Key: 0x44332211, Length: 5}, "81 85 11223344"},
		{"a masking key behind 16 bits of length (5.2)", Header{Fin: true, Opcode: Text, Masked: true, Key: 0x44332211, Length: 126}, "81 fe 007e 11223344"},
		{"the longest header has 14 bytes (5.2)", Header{Fin: true, Opcode: Text, Masked: true, Key: 0x44332211, Length: math.MaxInt64}, "81 ff 7fffffffffffffff 11223344"},
		{"the first fragment of a text (5.4)", Header{Opcode: Text, Length: 3}, "01 03"},
		{"a fragment in the middle (5.4)", Header{Opcode: Continuation, Length: 3}, "00 03"},
		{"RSV1 is 4 (5.2)", Header{Fin: true, RSV: RSV1, Opcode: Text}, "c1 00"},
		{"RSV2 is 2 (5.2)", Header{Fin: true, RSV: 2, Opcode: Text}, "a1 00"},
		{"RSV3 is 1 (5.2)", Header{Fin: true, RSV: 1, Opcode: Text}, "91 00"},
		{"a Close frame (5.5.1)", Header{Fin: true, Opcode: Close, Length: 2}, "88 02"},
		{"a Ping frame of 125 bytes, the most there may be (5.5)", Header{Fin: true, Opcode: Ping, Length: MaxControl}, "89 7d"},
		{"a Pong frame (5.5.3)", Header{Fin: true, Opcode: Pong}, "8a 00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := unhex(t, test.hex)
			if got := AppendHeader([]byte("front"), test.header); !bytes.Equal(got, append([]byte("front"), want...)) {
				t.Errorf("AppendHeader = %x, want %q and then %x", got, "front", want)
			}
			for _, behind := range []string{"", "\x00", "payload"} {
				h, n, rule := ParseHeader(append(bytes.Clone(want), behind...))
				if h != test.header || n != len(want) || rule != 0 {
					t.Errorf("ParseHeader with %q behind = %+v, %d, %v, want %+v, %d", behind, h, n, rule, test.header, len(want))
				}
			}
			for n := range want {
				if _, got, rule := ParseHeader(want[:n]); got != 0 || rule != 0 {
					t.Errorf("ParseHeader(%x) = %d, %v, want more bytes to be needed", want[:n], got, rule)
				}
			}
		})
	}
}

// Each rule is found at the byte that breaks it, and whatever stands behind.
func TestParseHeaderFindsABrokenRuleAtItsByte(t *testing.T) {
	tests := []struct {
		name string
		hex  string // up to the byte that breaks the rule
		want Rule
	}{
		{"opcode 3 is reserved (5.2)", "83", RuleReservedOpcode},
		{"opcode 7 is reserved (5.2)", "07", RuleReservedOpcode},
		{"opcode 11 is reserved (5.2)", "8b", RuleReservedOpcode},
		{"opcode 15 is reserved, also without FIN (5.2)", "0f", RuleReservedOpcode},
		{"a Close frame without FIN (5.5)", "08", RuleControlFragmented},
		{"a Ping frame without FIN (5.5)", "09", RuleControlFragmented},
		{"a Pong frame without FIN (5.5)", "0a", RuleControlFragmented},
		{"a Close frame with 16 bits of length (5.5)", "88 7e", RuleControlTooLong},
		{"a masked Ping frame with 64 bits of length (5.5)", "89 ff", RuleControlTooLong},
		{"0 in 16 bits (5.2)", "82 7e 0000", RuleLengthNotMinimal},
		{"125 in 16 bits (5.2)", "82 7e 007d", RuleLengthNotMinimal},
		{"125 in 16 bits, masked (5.2)", "82 fe 007d", RuleLengthNotMinimal},
		{"at most 65535 in 64 bits, seen at the sixth (5.2)", "82 7f 000000000000", RuleLengthNotMinimal},
		{"at most 65535 in 64 bits, masked (5.2)", "82 ff 000000000000", RuleLengthNotMinimal},
		{"the top bit of 64, seen at the first (5.2)", "82 7f 80", RuleLengthTopBit},
		{"the top bit of 64 in a masked frame (5.2)", "82 ff ff", RuleLengthTopBit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := unhex(t, test.hex)
			for n := range p {
				if _, got, rule := ParseHeader(p[:n]); got != 0 || rule != 0 {
					t.Errorf("ParseHeader(%x) = %d, %v, want more bytes to be needed", p[:n], got, rule)
				}
			}
			for _, behind := range []string{"", "\x00", "\xff", "\x00\x7d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
				if _, n, rule := ParseHeader(append(bytes.Clone(p), behind...)); n != 0 || rule != test.want {
					t.Errorf("ParseHeader with %x behind = %d, %v, want 0, %v", behind, n, rule, test.want)
				}
			}
		})
	}
}

func TestParseHeaderShowsWhatIsThere(t *testing.T) {
	tests := []struct {
		name string
		hex  string
		want Header
	}{
		{"nothing", "", Header{}},
		{"the first byte", "81", Header{Fin: true, Opcode: Text}},
		{"and the mask bit", "81 fe", Header{Fin: true, Opcode: Text, Masked: true}},
		{"and the length", "81 fe 0100", Header{Fin: true, Opcode: Text, Masked: true, Length: 256}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, n, rule := ParseHeader(unhex(t, test.hex))
			if h != test.want || n != 0 || rule != 0 {
				t.Errorf("ParseHeader = %+v, %d, %v, want %+v, 0, none", h, n, rule, test.want)
			}
		})
	}
}

// FuzzHeader: a header is parsed the same with more bytes behind it, a part of it
// asks for more or gives the rule that the whole gives, and what was parsed is
// appended as the same bytes.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"81 00", "82 7e 007e", "82 7f 0000000000010000", "81 ff 7fffffffffffffff 11223344", "83", "08 00", "88 7e", "82 7e 007d", "82 7f 0000000000000001", "82 ff 8000000000000000 00000000", "f1 85 aabbccdd"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		whole, n, rule := ParseHeader(p)
		if n != 0 && rule != 0 || n < 0 || n > len(p) || n > MaxHeader {
			t.Fatalf("ParseHeader(%x) = %d, %v", p, n, rule)
		}
		for size := range p {
			h, m, early := ParseHeader(p[:size])
			switch {
			case early != 0 && (m != 0 || early != rule):
				t.Errorf("%d bytes give %d, %v, and all of them %d, %v", size, m, early, n, rule)
			case m != 0 && (h != whole || m != n):
				t.Errorf("%d bytes give %+v, %d, and all of them %+v, %d", size, h, m, whole, n)
			case m == 0 && early == 0 && n != 0 && size >= n:
				t.Errorf("%d bytes do not suffice for a header of %d", size, n)
			}
		}
		switch {
		case n > 0 && !bytes.Equal(AppendHeader(nil, whole), p[:n]):
			t.Errorf("%x is appended as %x", p[:n], AppendHeader(nil, whole))
		case n == 0 && rule == 0 && len(p) >= MaxHeader:
			t.Errorf("%d bytes do not suffice", len(p))
		}
	})
}

func BenchmarkHeader(b *testing.B) {
	for _, test := range []struct {
		name   string
		header Header
	}{
		{"7bit", Header{Fin: true, Opcode: Binary, Length: 125}},
		{"7bit/masked", Header{Fin: true, Opcode: Binary, Length: 125, Masked: true, Key: 0x44332211}},
		{"16bit/masked", Header{Fin: true, Opcode: Binary, Length: 1 << 10, Masked: true, Key: 0x44332211}},
		{"64bit/masked", Header{Fin: true, Opcode: Binary, Length: 1 << 20, Masked: true, Key: 0x44332211}},
	} {
		p := AppendHeader(nil, test.header)
		b.Run("parse/"+test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParseHeader(p)
			}
		})
		b.Run("append/"+test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p = AppendHeader(p[:0], test.header)
			}
		})
	}
}
