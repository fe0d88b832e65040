package wire

import (
	"strconv"
	"testing"
)

// statusCodeNames are the assigned codes, in STYLE's spelling of the IANA names.
var statusCodeNames = map[StatusCode]string{
	NormalClosure:           "NormalClosure",
	GoingAway:               "GoingAway",
	ProtocolError:           "ProtocolError",
	UnsupportedData:         "UnsupportedData",
	NoStatusRcvd:            "NoStatusRcvd",
	AbnormalClosure:         "AbnormalClosure",
	InvalidFramePayloadData: "InvalidFramePayloadData",
	PolicyViolation:         "PolicyViolation",
	MessageTooBig:           "MessageTooBig",
	MandatoryExtension:      "MandatoryExtension",
	InternalError:           "InternalError",
	ServiceRestart:          "ServiceRestart",
	TryAgainLater:           "TryAgainLater",
	BadGateway:              "BadGateway",
	TLSHandshake:            "TLSHandshake",
	Unauthorized:            "Unauthorized",
	Forbidden:               "Forbidden",
	Timeout:                 "Timeout",
}

func TestStatusCodeNumbersAreTheRegistrys(t *testing.T) {
	tests := []struct {
		code StatusCode
		want uint16
	}{
		{NormalClosure, 1000}, {GoingAway, 1001}, {ProtocolError, 1002}, {UnsupportedData, 1003},
		{NoStatusRcvd, 1005}, {AbnormalClosure, 1006}, {InvalidFramePayloadData, 1007},
		{PolicyViolation, 1008}, {MessageTooBig, 1009}, {MandatoryExtension, 1010},
		{InternalError, 1011}, {ServiceRestart, 1012}, {TryAgainLater, 1013}, {BadGateway, 1014},
		{TLSHandshake, 1015}, {Unauthorized, 3000}, {Forbidden, 3003}, {Timeout, 3008},
	}
	for _, test := range tests {
		if got := uint16(test.code); got != test.want {
			t.Errorf("%s = %d, want %d", statusCodeNames[test.code], got, test.want)
		}
	}
	if len(tests) != len(statusCodeNames) {
		t.Errorf("%d codes tested, want %d", len(tests), len(statusCodeNames))
	}
}

func TestStatusCodeNameAndStringOfEveryNumber(t *testing.T) {
	for n := range 65536 {
		code := StatusCode(n)
		if got, want := code.Name(), statusCodeNames[code]; got != want {
			t.Errorf("StatusCode(%d).Name() = %q, want %q", n, got, want)
		}
		want := strconv.Itoa(n)
		if name := statusCodeNames[code]; name != "" {
			want += " " + name
		}
		if got := code.String(); got != want {
			t.Errorf("StatusCode(%d).String() = %q, want %q", n, got, want)
		}
	}
}

// RFC 6455, sections 7.4.1 and 7.4.2: every number has its place in exactly one
// of these spans.
func TestStatusCodeOnWireOfEveryNumber(t *testing.T) {
	spans := []struct {
		name        string
		first, last int
		want        bool
	}{
		{"0 to 999 are not used (7.4.2)", 0, 999, false},
		{"1000 to 1003 are assigned (7.4.1)", 1000, 1003, true},
		{"1004 is reserved (7.4.1)", 1004, 1004, false},
		{"1005 and 1006 must not be set in a Close frame (7.4.1)", 1005, 1006, false},
		{"1007 to 1011 are assigned (7.4.1)", 1007, 1011, true},
		{"1012 to 1014 are assigned (IANA)", 1012, 1014, true},
		{"1015 must not be set in a Close frame (7.4.1)", 1015, 1015, false},
		{"1016 to 2999 are unassigned (7.4.2)", 1016, 2999, false},
		{"3000 to 3999 are for libraries, frameworks and applications (7.4.2)", 3000, 3999, true},
		{"4000 to 4999 are for private use (7.4.2)", 4000, 4999, true},
		{"5000 to 65535 lie in no range (7.4.2)", 5000, 65535, false},
	}
	next := 0
	for _, span := range spans {
		t.Run(span.name, func(t *testing.T) {
			if span.first != next {
				t.Fatalf("the span begins at %d, want %d", span.first, next)
			}
			for n := span.first; n <= span.last; n++ {
				if got := StatusCode(n).OnWire(); got != span.want {
					t.Errorf("StatusCode(%d).OnWire() = %t, want %t", n, got, span.want)
				}
			}
			next = span.last + 1
		})
	}
	if next != 65536 {
		t.Errorf("the spans end before %d, want 65536", next)
	}
}
