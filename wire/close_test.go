package wire

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseClose(t *testing.T) {
	full := strings.Repeat("r", MaxReason)
	tests := []struct {
		name    string
		payload string
		code    StatusCode
		reason  string
		rule    Rule
	}{
		{"an empty payload has no code: 1005 (7.1.5)", "", 1005, "", 0},
		{"one byte is neither code nor nothing (5.5.1)", "\x03", 1005, "", RuleClosePayloadOneByte},
		{"a code alone (5.5.1)", "\x03\xe8", 1000, "", 0},
		{"a code and a reason (5.5.1)", "\x0f\xa0bye", 4000, "bye", 0},
		{"a reason of 123 bytes, the longest (5.5)", "\x03\xe9" + full, 1001, full, 0},
		{"a reason with NUL, BOM and a noncharacter is UTF-8 (8.1)", "\x03\xe8\x00\ufeff\uffff", 1000, "\x00\ufeff\uffff", 0},
		{"1005 must not stand in a frame (7.4.1)", "\x03\xed", 1005, "", RuleCloseCode},
		{"1006 must not, and its reason is not given (7.4.1)", "\x03\xeebye", 1006, "", RuleCloseCode},
		{"code 0 (7.4.2)", "\x00\x00", 0, "", RuleCloseCode},
		{"code 65535", "\xff\xff", 65535, "", RuleCloseCode},
		{"a reason that is not UTF-8 (8.1)", "\x03\xe8\xff", 1000, "", RuleCloseReasonUTF8},
		{"a reason cut inside a character (8.1)", "\x03\xe8\xe2\x82", 1000, "", RuleCloseReasonUTF8},
		{"a reason with half a surrogate pair (8.1)", "\x03\xe8\xed\xa0\x80", 1000, "", RuleCloseReasonUTF8},
		{"the code is judged before the reason (7.4)", "\x03\xec\xff", 1004, "", RuleCloseCode},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, reason, rule := ParseClose([]byte(test.payload))
			if code != test.code || string(reason) != test.reason || rule != test.rule {
				t.Errorf("ParseClose = %v, %q, %v, want %v, %q, %v", code, reason, rule, test.code, test.reason, test.rule)
			}
		})
	}
}

func TestCloseThereAndBackForEveryCode(t *testing.T) {
	for n := range 65536 {
		code := StatusCode(n)
		payload := AppendClose([]byte("front"), code, "bye")[5:]
		got, reason, rule := ParseClose(payload)
		switch {
		case code == NoStatusRcvd:
			if len(payload) != 0 || got != code || rule != 0 {
				t.Errorf("1005 is appended as %x and parsed as %v, %v, want nothing and 1005", payload, got, rule)
			}
		case code.OnWire():
			if got != code || string(reason) != "bye" || rule != 0 {
				t.Errorf("%d comes back as %v, %q, %v", n, got, reason, rule)
			}
		case got != code || reason != nil || rule != RuleCloseCode:
			t.Errorf("%d comes back as %v, %q, %v, want the number and RuleCloseCode", n, got, reason, rule)
		}
	}
}

func TestParseCloseCopiesNothing(t *testing.T) {
	p := []byte("\x03\xe8bye")
	_, reason, _ := ParseClose(p)
	p[2] = 'd'
	if string(reason) != "dye" {
		t.Errorf("the reason is %q, want it to alias the payload: dye", reason)
	}
}

// A reason may have 123 bytes: 125 less the code.
func TestTruncateReasonCutsAtCharacters(t *testing.T) {
	r := strings.Repeat
	tests := []struct {
		name, reason, want string
	}{
		{"nothing", "", ""},
		{"123 bytes fit (5.5)", r("r", 123), r("r", 123)},
		{"124 do not", r("r", 124), r("r", 123)},
		{"a very long one", r("r", 1<<20), r("r", 123)},
		{"two bytes of a character would fit and are left out", r("r", 121) + "€", r("r", 121)},
		{"one byte of a character would fit and is left out", r("r", 122) + "é", r("r", 122)},
		{"a character of three bytes that just fits", r("r", 120) + "€€", r("r", 120) + "€"},
		{"a character of four bytes that just does not", r("r", 120) + "😀", r("r", 120)},
		{"a character of four bytes that just fits", r("r", 119) + "😀!", r("r", 119) + "😀"},
		{"41 characters of three bytes", r("€", 100), r("€", 41)},
		{"what is not UTF-8 becomes U+FFFD (8.1)", "a\xffb\xe2\x82", "a\ufffdb\ufffd\ufffd"},
		{"and is cut afterwards", r("\xff", 123), r("\ufffd", 41)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := TruncateReason(test.reason)
			if got != test.want {
				t.Errorf("TruncateReason = %q, want %q", got, test.want)
			}
			if len(got) > 123 || !utf8.ValidString(got) {
				t.Errorf("%q has %d bytes, valid: %t", got, len(got), utf8.ValidString(got))
			}
		})
	}
}

// FuzzCloseRoundTrip: what ParseClose accepts, AppendClose writes the same, and
// any reason can be cut to one that goes through.
func FuzzCloseRoundTrip(f *testing.F) {
	for _, s := range []string{"", "\x03", "\x03\xe8", "\x03\xe8bye", "\x03\xed", "\x0f\xa0\xe2\x82\xac", "\x0f\xa0\xff", "\xff\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		code, reason, rule := ParseClose(p)
		if rule == 0 {
			if code != NoStatusRcvd && !code.OnWire() || !utf8.Valid(reason) {
				t.Errorf("ParseClose(%x) accepts %v, %q", p, code, reason)
			}
			if got := AppendClose(nil, code, string(reason)); !bytes.Equal(got, p) {
				t.Errorf("%x is appended as %x", p, got)
			}
		}
		cut := TruncateReason(string(p))
		if len(cut) > MaxReason || !utf8.ValidString(cut) {
			t.Errorf("TruncateReason(%q) = %q, %d bytes", p, cut, len(cut))
		}
		if utf8.Valid(p) && !strings.HasPrefix(string(p), cut) {
			t.Errorf("TruncateReason(%q) = %q, no beginning of it", p, cut)
		}
		if _, back, rule := ParseClose(AppendClose(nil, NormalClosure, cut)); string(back) != cut || rule != 0 {
			t.Errorf("the reason %q comes back as %q, %v", cut, back, rule)
		}
	})
}
