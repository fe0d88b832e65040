package wire

import (
	"encoding/binary"
	"unicode/utf8"
)

// MaxReason is the longest reason of a Close frame, in bytes of UTF-8: 125
// bytes of a control frame less 2 of the status code.
const MaxReason = MaxControl - 2

// ParseClose reads the payload of a Close frame. An empty payload gives
// NoStatusRcvd, which stands for "no code". A payload that breaks a rule gives
// the rule, with the code as it stands in the frame where there is one. The
// reason aliases p.
//
// RFC 6455, sections 5.5.1 and 7.4.
func ParseClose(p []byte) (code StatusCode, reason []byte, rule Rule) {
	switch len(p) {
	case 0:
		return NoStatusRcvd, nil, 0
	case 1:
		return NoStatusRcvd, nil, RuleClosePayloadOneByte
	}
	code, reason = StatusCode(binary.BigEndian.Uint16(p)), p[2:]
	switch {
	case !code.OnWire():
		return code, nil, RuleCloseCode
	case !utf8.Valid(reason):
		return code, nil, RuleCloseReasonUTF8
	}
	return code, reason, 0
}

// AppendClose appends the payload of a Close frame to dst and returns the
// result. NoStatusRcvd stands for the empty payload. Like AppendHeader it
// checks nothing.
func AppendClose(dst []byte, code StatusCode, reason string) []byte {
	if code == NoStatusRcvd {
		return dst
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, reason...)
}

// TruncateReason cuts reason to at most MaxReason bytes at the end of a whole
// character, and replaces what is not UTF-8 by U+FFFD first.
func TruncateReason(reason string) string {
	if !utf8.ValidString(reason) {
		reason = string([]rune(reason))
	}
	if len(reason) <= MaxReason {
		return reason
	}
	end := MaxReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
