package handshake

import (
	"strings"
	"testing"
)

func TestLimitsDefaults(t *testing.T) {
	want := Limits{MaxHeaderBytes: 65536, MaxHeaderLineBytes: 8192, MaxHeaderLines: 128}
	for _, limits := range []Limits{{}, {-1, -1, -1}, want} {
		if got := limits.orDefaults(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestLineEnd(t *testing.T) {
	limits := Limits{MaxHeaderBytes: 20, MaxHeaderLineBytes: 8}
	tests := []struct {
		name    string
		p       string
		at, end int
		problem string
		status  int
	}{
		{"a line that is complete", "abc\nd", 0, 4, "", 0},
		{"a line behind another", "abc\nd\n", 4, 6, "", 0},
		{"more bytes are needed", "abc", 0, 0, "", 0},
		{"a line of as many bytes as allowed", "abcdefg\n", 0, 8, "", 0},
		{"a start line of one byte more, RFC 9112, section 3", "abcdefgh", 0, 0, "the start line is longer than 8 bytes", 414},
		{"a start line of one byte more and its end", "abcdefgh\n", 0, 0, "the start line is longer than 8 bytes", 414},
		{"a header line of one byte more", "\nabcdefgh", 1, 0, "a header line is longer than 8 bytes", 431},
		{"a head of as many bytes as allowed", "0123456\n0123456\n012\n", 16, 20, "", 0},
		{"a head of one byte more", "0123456\n0123456\n0123", 16, 0, "the head is longer than 20 bytes", 431},
		{"a head without any byte left", "0123456\n0123456\n012\n", 20, 0, "the head is longer than 20 bytes", 431},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end, err := limits.lineEnd([]byte(test.p), test.at, "request")
			if end != test.end {
				t.Errorf("got end %d, want %d", end, test.end)
			}
			if got := problemOf(err); got != test.problem {
				t.Errorf("got problem %q, want %q", got, test.problem)
			}
			if err != nil && err.(*SyntaxError).Status != test.status {
				t.Errorf("got status %d, want %d", err.(*SyntaxError).Status, test.status)
			}
		})
	}
}

func TestLimitsOfAHeaderParsedElsewhere(t *testing.T) {
	many := func(n int) []string { return make([]string, n) }
	tests := []struct {
		name   string
		limits Limits
		header Header
		want   string
	}{
		{"no header", Limits{}, nil, ""},
		{"128 lines", Limits{}, Header{"A": many(64), "B": many(64)}, ""},
		{"129 lines", Limits{}, Header{"A": many(64), "B": many(65)}, "the request has more than 128 header lines"},
		{"a line of 8 KiB with its line end", Limits{}, Header{"A": {strings.Repeat("x", 8<<10-5)}}, ""},
		{"a line of one byte more", Limits{}, Header{"A": {strings.Repeat("x", 8<<10-4)}}, `the header line "A" is longer than 8192 bytes`},
		{"of two such lines the first by name", Limits{MaxHeaderLineBytes: 8}, Header{"B": {"xxxx"}, "A": {"xxxx"}, "C": {"xxxx"}}, `the header line "A" is longer than 8 bytes`},
		{"64 KiB in all", Limits{MaxHeaderLines: 1 << 16}, Header{"A": many(64 << 10 / 5), "B": {"x"}}, "the header is longer than 65536 bytes"},
		{"as many bytes as allowed", Limits{MaxHeaderBytes: 10}, Header{"A": {"", ""}}, ""},
		{"one byte more", Limits{MaxHeaderBytes: 9}, Header{"A": {"", ""}}, "the header is longer than 9 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if refusal := test.limits.check(test.header); refusal != nil {
				got = refusal.Message
				if refusal.Status != 431 {
					t.Errorf("got status %d, want 431", refusal.Status)
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// problemOf is the problem of a *SyntaxError, empty for nil.
func problemOf(err error) string {
	if err == nil {
		return ""
	}
	return err.(*SyntaxError).Problem
}
