//go:build onclose_slow

package wire

import "unicode/utf8"

// ValidUTF8 is utf8.Valid: see validutf8.go.
func ValidUTF8(p []byte) bool { return utf8.Valid(p) }
