package webapi

import "strings"

// checkSubprotocols says what is wrong with the subprotocols that a program asks
// for: each is a token of HTTP, and none comes twice, in whatever case.
//
// WHATWG WebSockets, section 3.1, constructor, step 5; RFC 6455, section 4.1.
func checkSubprotocols(names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		lower := strings.ToLower(name)
		switch {
		case !isToken(name):
			return syntaxError("a subprotocol is not a token")
		case seen[lower]:
			return syntaxError("a subprotocol is asked for twice")
		}
		seen[lower] = true
	}
	return nil
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= 0x20 || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}
