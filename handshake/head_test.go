package handshake

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func anyStartLine(string) error { return nil }

func TestParseHead(t *testing.T) {
	tests := []struct {
		name, text string
		want       Header
		n          int
	}{
		{"no header line", "GET\r\n\r\n", Header{}, 7},
		{"names become canonical, values lose their whitespace", "GET\r\nsec-websocket-key:\t a b \t\r\n\r\n", Header{"Sec-Websocket-Key": {"a b"}}, 34},
		{"lines of one name keep their order", "GET\r\nA: 1\r\nb: 2\r\na: 3\r\n\r\n", Header{"A": {"1", "3"}, "B": {"2"}}, 25},
		{"an empty value", "GET\r\nA:\r\n\r\n", Header{"A": {""}}, 11},
		{"a value with a colon and bytes beyond ASCII", "GET\r\nA: b:\xe9\r\n\r\n", Header{"A": {"b:\xe9"}}, 15},
		{"LF alone, RFC 9112, section 2.2 (hs-lf-only)", "GET\nA: 1\n\n", Header{"A": {"1"}}, 10},
		{"LF and CR LF mixed", "GET\nA: 1\r\n\n", Header{"A": {"1"}}, 11},
		{"bytes behind the head are not touched", "GET\r\n\r\n\x81\x03abc\r\n\r\n", Header{}, 7},
		{"no line at all: more is needed", "", nil, 0},
		{"half a start line: more is needed", "GE", nil, 0},
		{"no empty line yet: more is needed", "GET\r\nA: 1\r\n", nil, 0},
		{"half an empty line: more is needed (hs-truncated)", "GET\r\nA: 1\r\n\r", nil, 0},
		{"a line of one byte is not the empty line: more is needed", "GET\nx\n", nil, 0},
		{"a malformed line is judged with the whole head", "GET\r\nno colon\r\n", nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, n, err := parseHead([]byte(test.text), Limits{}, "request", anyStartLine)
			if err != nil || n != test.n || !reflect.DeepEqual(h, test.want) {
				t.Errorf("got %v, %d, %v; want %v, %d", h, n, err, test.want, test.n)
			}
		})
	}
}

func TestParseHeadRefuses(t *testing.T) {
	few := Limits{MaxHeaderLines: 2}
	tests := []struct {
		name, text string
		limits     Limits
		at         int
		section    string
		status     int
	}{
		{"line folding, RFC 9112, section 5.2", "GET\r\nA: b\r\n c\r\n\r\n", Limits{}, 11, "RFC 9112, section 5.2", 400},
		{"line folding with a tab", "GET\r\nA: b\r\n\tc: d\r\n\r\n", Limits{}, 11, "RFC 9112, section 5.2", 400},
		{"a line of whitespace", "GET\r\n \r\n\r\n", Limits{}, 5, "RFC 9112, section 5.2", 400},
		{"no colon, RFC 9112, section 5 (hs-header-no-colon)", "GET\r\nthis line has no colon\r\n\r\n", Limits{}, 5, "RFC 9112, section 5", 400},
		{"an empty name", "GET\r\n: b\r\n\r\n", Limits{}, 5, "RFC 9112, section 5.1", 400},
		{"whitespace before the colon, RFC 9112, section 5.1", "GET\r\nA : b\r\n\r\n", Limits{}, 5, "RFC 9112, section 5.1", 400},
		{"a name that is not a token", "GET\r\nA: b\r\nA(): c\r\n\r\n", Limits{}, 11, "RFC 9112, section 5.1", 400},
		{"NUL in a value, RFC 9110, section 5.5 (hs-header-nul)", "GET\r\nX-Nul: a\x00b\r\n\r\n", Limits{}, 13, "RFC 9110, section 5.5", 400},
		{"CR in a value", "GET\r\nA: b\rX: c\r\n\r\n", Limits{}, 9, "RFC 9110, section 5.5", 400},
		{"two CR before the LF", "GET\r\nA: b\r\r\n\r\n", Limits{}, 9, "RFC 9110, section 5.5", 400},
		{"an escape sequence in a value", "GET\r\nA: \x1b[0m\r\n\r\n", Limits{}, 8, "RFC 9110, section 5.5", 400},
		{"more header lines than allowed", "GET\r\nA: b\r\nA: b\r\nA: b\r\n", few, 17, "", 431},
		{"more header lines than allowed come before what is wrong with one", "GET\r\n x\r\nA: b\r\nA: b\r\n", few, 15, "", 431},
		{"a header line longer than allowed", "GET\r\nA: 6789", Limits{MaxHeaderLineBytes: 7}, 5, "", 431},
		{"a head longer than allowed", "GET\r\nA: 6789", Limits{MaxHeaderBytes: 12}, 5, "", 431},
		{"a start line longer than allowed", "GET / HTTP", Limits{MaxHeaderLineBytes: 8}, 0, "", 414},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, n, err := parseHead([]byte(test.text), test.limits, "request", anyStartLine)
			e, ok := err.(*SyntaxError)
			if !ok || h != nil || n != 0 {
				t.Fatalf("got %v, %d, %v; want a SyntaxError", h, n, err)
			}
			if e.Offset != test.at || e.Section != test.section || e.Status != test.status || e.In != "request" || e.Problem == "" {
				t.Errorf("got %+v, want offset %d, section %q, status %d", e, test.at, test.section, test.status)
			}
		})
	}
}

func TestParseHeadLimitsAreInclusive(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("A: b\r\n", n) }
	for _, n := range []int{127, 128} {
		h, _, err := parseHead([]byte("GET\r\n"+lines(n)+"\r\n"), Limits{}, "request", anyStartLine)
		if err != nil || len(h["A"]) != n {
			t.Errorf("%d lines: got %d, %v", n, len(h["A"]), err)
		}
	}
	long := "A: " + strings.Repeat("x", 8<<10-5) + "\r\n" // 8 KiB
	head := "G\r\n" + strings.Repeat(long, 7) + "A: " + strings.Repeat("x", 8<<10-10) + "\r\n\r\n"
	if _, n, err := parseHead([]byte(head), Limits{}, "request", anyStartLine); err != nil || n != 64<<10 {
		t.Errorf("a head of 64 KiB: got n=%d, %v; want n=65536", n, err)
	}
	if _, _, err := parseHead([]byte("G"+head), Limits{}, "request", anyStartLine); problemOf(err) != "the head is longer than 65536 bytes" {
		t.Errorf("a head of one byte more: got %v", err)
	}
}

// A peer may send a head one byte at a time. All but the last of the calls that
// this takes only measure: their work is one look for line ends.
func TestParseHeadAllocatesNothingUntilComplete(t *testing.T) {
	head := []byte("\n" + strings.Repeat("A: "+strings.Repeat("x", 500)+"\r\n", 120))
	allocs := testing.AllocsPerRun(10, func() {
		if _, n, err := parseHead(head, Limits{}, "request", anyStartLine); n != 0 || err != nil {
			t.Fatal(n, err)
		}
	})
	if allocs != 0 {
		t.Errorf("got %v allocations, want 0", allocs)
	}
}

func TestParseVersion(t *testing.T) {
	tests := []struct {
		text         string
		major, minor int
		ok           bool
	}{
		{"HTTP/1.1", 1, 1, true}, {"HTTP/1.0", 1, 0, true}, {"HTTP/2.0", 2, 0, true},
		{"", 0, 0, false}, {"HTTP/11", 0, 0, false}, {"HTTP/1.1 ", 0, 0, false}, {"http/1.1", 0, 0, false},
		{"HTTP/x.1", 0, 0, false}, {"HTTP/1.x", 0, 0, false}, {"HTTP/1,1", 0, 0, false}, {"FOO/1.10", 0, 0, false},
	}
	for _, test := range tests {
		if major, minor, ok := parseVersion(test.text); major != test.major || minor != test.minor || ok != test.ok {
			t.Errorf("parseVersion(%q): got %d, %d, %v; want %d, %d, %v", test.text, major, minor, ok, test.major, test.minor, test.ok)
		}
	}
}

// sameVerdict checks that parse gives the same answer for every prefix of p as
// for p itself, or asks for more. It tries up to 300 prefixes.
func sameVerdict(t *testing.T, p []byte, parse func(p []byte) (value any, n int, err error)) {
	t.Helper()
	whole := verdict(parse(p))
	for cut := 0; cut < len(p); cut += 1 + len(p)/300 {
		_, n, err := parse(p[:cut])
		if n == 0 && err == nil {
			continue // more
		}
		if got := verdict(parse(p[:cut])); got != whole {
			t.Fatalf("of %q the first %d bytes gave\n%s\nand all of it\n%s", p, cut, got, whole)
		}
	}
}

// The text of a map has its keys in order, so verdicts can be compared.
func verdict(value any, n int, err error) string {
	if err != nil {
		return strconv.Itoa(n) + " " + err.Error()
	}
	return strconv.Itoa(n) + " " + formatted(value)
}
