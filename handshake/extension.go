package handshake

import (
	"strconv"
	"strings"
)

// The bounds on one Sec-WebSocket-Extensions value: far more than the one
// registered extension needs, which has four parameters and is offered at most
// in a few variants.
const (
	maxExtensions      = 32
	maxExtensionParams = 32 // of one extension
)

// Extension is one element of Sec-WebSocket-Extensions: an offer in a request,
// an agreement in a response. RFC 6455, section 9.1.
type Extension struct {
	// Name is the registered name, a token such as "permessage-deflate".
	Name string
	// Params are its parameters in their order. Whether one may occur twice is
	// for the extension to say.
	Params []Param
}

// Param is a parameter of an extension.
type Param struct {
	// Name is a token.
	Name string
	// Value is a token, unquoted; empty when there is none.
	Value string
	// HasValue is true when the parameter has a value.
	HasValue bool
}

// ParseExtensions parses the lines of Sec-WebSocket-Extensions. No lines are no
// extensions; lines without any extension are an error. Empty list elements are
// skipped (RFC 9110, section 5.6.1.2).
//
// It reads each byte once and accepts at most 32 extensions of at most 32
// parameters. The error is a *[SyntaxError] with the offset of the fault.
//
// RFC 6455, section 9.1:
//
//	extension-list  = 1#extension
//	extension       = extension-token *( ";" extension-param )
//	extension-token = token
//	extension-param = token [ "=" (token | quoted-string) ]
func ParseExtensions(lines []string) ([]Extension, error) {
	// A *SyntaxError that is nil must not become an error that is not.
	list, err := parseExtensions(lines)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// AppendExtensions writes extensions as ParseExtensions reads them, in one line.
// The names and values must be tokens.
func AppendExtensions(dst []byte, extensions []Extension) []byte {
	for i, e := range extensions {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, e.Name...)
		for _, p := range e.Params {
			dst = append(dst, "; "...)
			dst = append(dst, p.Name...)
			if p.HasValue {
				dst = append(dst, '=')
				dst = append(dst, p.Value...)
			}
		}
	}
	return dst
}

// hasExtension reports whether list has an extension of that name.
func hasExtension(list []Extension, name string) bool {
	for _, e := range list {
		if e.Name == name {
			return true
		}
	}
	return false
}

// wellFormed reports whether the extension can be written.
func (e Extension) wellFormed() bool {
	for _, p := range e.Params {
		if !isToken(p.Name) || p.HasValue != (p.Value != "") || p.HasValue && !isToken(p.Value) {
			return false
		}
	}
	return isToken(e.Name)
}

func parseExtensions(lines []string) ([]Extension, *SyntaxError) {
	if len(lines) == 0 {
		return nil, nil
	}
	c := cursor{text: strings.Join(lines, ",")}
	list := c.extensions()
	if c.err != nil {
		return nil, c.err
	}
	return list, nil
}

// cursor walks over the value of Sec-WebSocket-Extensions. It only ever moves
// forward, so parsing takes linear time. After the first error it stands still.
type cursor struct {
	text string
	at   int
	err  *SyntaxError
}

// extensions parses an extension-list, skipping elements that are empty.
func (c *cursor) extensions() []Extension {
	var list []Extension
	for {
		for c.take(',') {
		}
		switch {
		case c.err != nil:
			return nil
		case c.at == len(c.text):
			if len(list) == 0 {
				c.fail("there is no extension")
			}
			return list
		case len(list) == maxExtensions:
			c.fail("there are more than " + strconv.Itoa(maxExtensions) + " extensions")
			return nil
		}
		list = append(list, c.extension())
		if c.at < len(c.text) && c.text[c.at] != ',' {
			c.fail("an extension is followed by neither a comma nor a semicolon")
		}
	}
}

// extension parses one extension with its parameters.
func (c *cursor) extension() Extension {
	e := Extension{Name: c.token("the name of an extension")}
	for c.take(';') {
		if len(e.Params) == maxExtensionParams {
			c.fail("an extension has more than " + strconv.Itoa(maxExtensionParams) + " parameters")
			break
		}
		p := Param{Name: c.token("the name of a parameter")}
		if c.take('=') {
			p.HasValue = true
			p.Value = c.value()
		}
		e.Params = append(e.Params, p)
	}
	return e
}

// value parses token | quoted-string. "When using the quoted-string syntax
// variant, the value after quoted-string unescaping MUST conform to the 'token'
// ABNF" (section 9.1).
func (c *cursor) value() string {
	if c.at == len(c.text) || c.text[c.at] != '"' {
		return c.token("the value of a parameter")
	}
	start := c.at
	var value []byte
	for c.at++; c.at < len(c.text); c.at++ {
		switch c.text[c.at] {
		case '"':
			if len(value) == 0 {
				c.fail("the value of a parameter is empty")
			}
			c.at++
			c.skipSpace()
			return string(value)
		case '\\':
			c.at = min(c.at+1, len(c.text)-1)
		}
		if !isTokenByte(c.text[c.at]) {
			c.fail("the value of a parameter is not a token")
			return ""
		}
		value = append(value, c.text[c.at])
	}
	c.fail("the quoted string that begins at byte " + strconv.Itoa(start) + " has no end")
	return ""
}

// token parses a token and the whitespace behind it; what says which, should it
// be missing.
func (c *cursor) token(what string) string {
	start := c.at
	for c.err == nil && c.at < len(c.text) && isTokenByte(c.text[c.at]) {
		c.at++
	}
	token := c.text[start:c.at]
	if token == "" {
		c.fail(what + " is not a token")
	}
	c.skipSpace()
	return token
}

// take steps over separator b, if it is next, and over whitespace on both of
// its sides: the grammar has "implied *LWS" (section 9.1).
func (c *cursor) take(b byte) bool {
	c.skipSpace()
	if c.err != nil || c.at == len(c.text) || c.text[c.at] != b {
		return false
	}
	c.at++
	c.skipSpace()
	return true
}

func (c *cursor) skipSpace() {
	for c.err == nil && c.at < len(c.text) && (c.text[c.at] == ' ' || c.text[c.at] == '\t') {
		c.at++
	}
}

// fail keeps the first error.
func (c *cursor) fail(problem string) {
	if c.err == nil {
		c.err = &SyntaxError{
			In: "Sec-WebSocket-Extensions", Offset: c.at, Problem: problem,
			Section: "RFC 6455, section 9.1", Status: 400,
		}
	}
}
