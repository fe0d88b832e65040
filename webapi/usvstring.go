package webapi

import "unicode/utf8"

// usvString is s as a USVString: every byte that is not UTF-8 becomes U+FFFD.
//
// Web IDL, section 3.2.12.
func usvString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
