package handshake

import (
	"slices"
	"strconv"
	"strings"
)

// maxSubprotocols bounds the subprotocols that one request may offer.
const maxSubprotocols = 128

// ValidSubprotocols reports the first name that a client must not offer: one
// that is not a token, or that differs from an earlier one in case at most. The
// error is a *[MisuseError].
//
// RFC 6455, section 4.1; WHATWG WebSockets, the WebSocket constructor.
func ValidSubprotocols(names []string) error {
	for i, name := range names {
		problem := ""
		switch {
		case !isToken(name):
			problem = quote(name) + " is not a token"
		case slices.ContainsFunc(names[:i], func(earlier string) bool { return equalFold(earlier, name) }):
			problem = quote(name) + " occurs twice"
		case i == maxSubprotocols:
			problem = "there are more than " + strconv.Itoa(maxSubprotocols) + " subprotocols"
		}
		if problem != "" {
			return &MisuseError{displayName(fieldProtocol), problem, "RFC 6455, section 4.1"}
		}
	}
	return nil
}

// parseSubprotocols parses the lines of Sec-WebSocket-Protocol in a request:
// "The elements that comprise this value MUST be non-empty strings [...] and
// MUST all be unique strings" (RFC 6455, section 4.1). Empty list elements are
// skipped (RFC 9110, section 5.6.1.2). The problem, if any, completes a
// sentence that begins with the name of the field.
func parseSubprotocols(lines []string) (names []string, problem string) {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			name := trim(element)
			switch {
			case name == "":
				continue
			case !isToken(name):
				return nil, "lists " + quote(name) + ", which is not a token"
			case slices.Contains(names, name):
				return nil, "lists " + quote(name) + " twice"
			case len(names) == maxSubprotocols:
				return nil, "lists more than " + strconv.Itoa(maxSubprotocols) + " subprotocols"
			}
			names = append(names, name)
		}
	}
	if len(lines) > 0 && len(names) == 0 {
		return nil, "is empty"
	}
	return names, ""
}
