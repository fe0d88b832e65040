package sobek

import (
	"strings"

	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// urlFunctions are the URL Standard's parser and the form's.
func (s *Scope) urlFunctions() map[string]any {
	return map[string]any{
		"parseURL": func(raw string, base js.Value) *webapi.URL {
			against := ""
			if !js.IsUndefined(base) {
				against = base.String()
			}
			u, err := webapi.ParseURL(raw, against)
			if err == nil && against == "" && !js.IsUndefined(base) {
				err = &webapi.TypeError{Message: "the base is no URL"}
			}
			s.throw(err)
			return u
		},
		"originOf": webapi.Origin,
		"parseForm": func(query string) js.Value {
			return s.Runtime.ToValue(s.parseForm(query))
		},
		"formatForm": func(pairs [][]string) string {
			var out []string
			for _, pair := range pairs {
				out = append(out, formEscape(pair[0])+"="+formEscape(pair[1]))
			}
			return strings.Join(out, "&")
		},
	}
}

// parseForm parses application/x-www-form-urlencoded into pairs, as arrays that a
// script owns.
//
// URL Standard, section 5.1.
func (s *Scope) parseForm(query string) *js.Object {
	pairs := s.Runtime.NewArray()
	push, _ := js.AssertFunction(pairs.Get("push"))
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		must(push(pairs, s.Runtime.NewArray(formUnescape(name), formUnescape(value))))
	}
	return pairs
}

// formUnescape is percent-decoding, with "+" for a space. What is no percent-encoded
// byte stays; what is not UTF-8 becomes U+FFFD.
func formUnescape(text string) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// formEscape is the application/x-www-form-urlencoded percent-encode set, with "+"
// for a space.
func formEscape(text string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			out.WriteByte('+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("*-._", c) >= 0:
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		}
	}
	return out.String()
}
