package wire

import "unicode/utf8"

// UTF8 checks a text as its bytes arrive, in any pieces, and finds the first
// bad byte at once. The zero value is at the start of a text. It carries at
// most the three bytes of an unfinished character, packed into lo, hi and need.
//
// RFC 6455, section 8.1: "When an endpoint is to interpret a byte stream as
// UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream,
// that endpoint MUST _Fail the WebSocket Connection_."
type UTF8 struct {
	need   uint8 // continuation bytes still to come
	lo, hi uint8 // the range of the next one
}

// Check takes the next bytes of the text. It returns the index of the first
// byte that no valid text can have there, or -1. After a bad byte the value
// is of no further use until Reset.
func (u *UTF8) Check(p []byte) int {
	i := 0
	for u.need > 0 {
		if i == len(p) {
			return -1
		}
		if !u.follow(p[i]) {
			return i
		}
		i++
	}
	// Whole characters are checked fast; byte by byte goes only what it cannot judge: the
	// unfinished character at the end, or everything when something is bad.
	whole := len(p) - unfinished(p[i:])
	if ValidUTF8(p[i:whole]) {
		i = whole
	}
	for ; i < len(p); i++ {
		if !u.step(p[i]) {
			return i
		}
	}
	return -1
}

// unfinished is how many bytes at the end of p, at most three, begin a
// character without ending it.
func unfinished(p []byte) int {
	for back := 1; back <= 3 && back <= len(p); back++ {
		if tail := p[len(p)-back:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return back
		}
	}
	return 0
}

// Whole reports whether the text may end here: at the end of a character.
func (u *UTF8) Whole() bool { return u.need == 0 }

// Reset goes back to the start of a text.
func (u *UTF8) Reset() { *u = UTF8{} }

// step takes the next byte and reports whether it can stand there.
func (u *UTF8) step(b byte) bool {
	if u.need > 0 {
		return u.follow(b)
	}
	return u.lead(b)
}

// lead takes the first byte of a character and reports whether it can be one.
// The second byte's range shuts out overlong forms, surrogates and characters
// above U+10FFFF (Unicode, table 3-7).
func (u *UTF8) lead(b byte) bool {
	u.lo, u.hi = 0x80, 0xBF
	switch {
	case b < 0x80:
		u.need = 0
	case b < 0xC2:
		return false
	case b < 0xE0:
		u.need = 1
	case b < 0xF0:
		u.need = 2
		switch b {
		case 0xE0:
			u.lo = 0xA0
		case 0xED:
			u.hi = 0x9F
		}
	case b < 0xF5:
		u.need = 3
		switch b {
		case 0xF0:
			u.lo = 0x90
		case 0xF4:
			u.hi = 0x8F
		}
	default:
		return false
	}
	return true
}

// follow takes a byte behind the first and reports whether it can be one.
func (u *UTF8) follow(b byte) bool {
	if b < u.lo || b > u.hi {
		return false
	}
	u.need--
	u.lo, u.hi = 0x80, 0xBF
	return true
}
