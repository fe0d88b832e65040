package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeText makes text of any origin fit for one line of a terminal. What
// strconv.IsGraphic calls graphic stays as it is: letters, marks, numbers,
// punctuation, symbols and spaces of every script. All else is written as a Go
// escape: line feeds and tabs, ESC and every other control character, bidi
// overrides and other invisible characters, and bytes that are not UTF-8, as in
// \n, \x1b, \u202e, \xff.
//
// A backslash stays single, so that JSON and paths stay what they were; who
// needs to tell a line feed from the two characters \n takes --json.
func escapeText[T string | []byte](text T) string {
	var b strings.Builder
	for s := string(text); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16)) // 0x80 and above: two digits
		case strconv.IsGraphic(r):
			b.WriteString(s[:size])
		default:
			quoted := strconv.QuoteRuneToGraphic(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// jsonLine is a value as JSON on one line, with its line feed. What is not
// graphic is escaped in it too: encoding/json leaves DEL, the C1 control
// characters and bidi overrides as they are, and a terminal obeys them.
func jsonLine(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // this is no HTML, and <, > and & read better
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return append(escapeJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), '\n'), nil
}

// escapeJSON writes the characters of a JSON text that are not graphic as
// \uXXXX: such characters occur in its strings only, so the value is the same.
func escapeJSON(text []byte) []byte {
	escaped := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if strconv.IsGraphic(r) {
			escaped = append(escaped, text[:size]...)
		} else {
			for _, unit := range utf16.AppendRune(nil, r) {
				escaped = append(escaped, `\u`...)
				hex := strconv.FormatUint(uint64(unit)|0x10000, 16) // 1 and four digits
				escaped = append(escaped, hex[1:]...)
			}
		}
		text = text[size:]
	}
	return escaped
}
