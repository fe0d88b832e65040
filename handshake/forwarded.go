package handshake

import "strings"

// forwardedScheme is the scheme that the client used, "http" or "https", as a
// proxy tells it in X-Forwarded-Proto or, where that is missing, in Forwarded
// (RFC 7239). The first element is that of the proxy nearest to the client. It
// is empty when no proxy says anything sensible.
func forwardedScheme(h Header) string {
	var value string
	if lines := h[fieldForwardedProto]; len(lines) > 0 {
		value, _, _ = strings.Cut(lines[0], ",")
	} else if lines := h[fieldForwarded]; len(lines) > 0 {
		value = forwardedProto(lines[0])
	}
	switch toLower(trim(value)) {
	case "http", "ws":
		return "http"
	case "https", "wss":
		return "https"
	}
	return ""
}

// forwardedProto is the proto parameter of the first element of a Forwarded
// value: "for=192.0.2.60;proto=https, for=10.0.0.1" (RFC 7239, section 4).
func forwardedProto(line string) string {
	element, _ := cutUnquoted(line, ',')
	for element != "" {
		var pair string
		pair, element = cutUnquoted(element, ';')
		if name, value, _ := strings.Cut(pair, "="); equalFold(trim(name), "proto") {
			return strings.Trim(trim(value), `"`)
		}
	}
	return ""
}

// cutUnquoted cuts s at the first separator outside a quoted string.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
