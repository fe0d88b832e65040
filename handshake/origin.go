package handshake

import (
	"strconv"
	"strings"
)

// A browser says in Origin whose page wants to connect, and no page can change
// that. A server that does not look at it lets any page connect in the name of
// the user who visits it, cookies included (RFC 6455, section 10.2). Programs
// other than browsers can say what they like, or nothing, so the rule protects
// users and does not replace authentication.

// origin is the scheme, host and port of a page or a server, in small letters.
// The port is explicit where the scheme has a default, and empty where it has
// none. RFC 6454, section 4.
type origin struct {
	scheme, host, port string
}

// hostBytes are the characters besides letters and digits that the name of a
// host may have (reg-name; RFC 3986, section 3.2.2).
const hostBytes = "-._~%!$&'()*+,;="

// checkOrigin refuses a page of another origin. "If the origin indicated is
// unacceptable to the server, then it SHOULD respond to the WebSocket handshake
// with a reply containing HTTP 403 Forbidden status code" (section 10.2).
func (r *ServerRules) checkOrigin(req *Request) *Refusal {
	lines := req.Header[fieldOrigin]
	switch {
	case len(lines) == 0:
		return nil // not a browser
	case len(lines) > 1:
		return refuse(403, "RFC 6454, section 7.3", "the header field Origin occurs more than once")
	}
	from, wellFormed := parseOrigin(lines[0])
	own := r.ownOrigin(req)
	if wellFormed && from == own || r.listed(lines[0], from, wellFormed) {
		return nil
	}
	if !wellFormed && lines[0] != "null" {
		return refuse(403, "RFC 6454, section 7", "the header field Origin is "+quote(lines[0])+", which is not an origin")
	}
	message := "origin " + quote(lines[0]) + " is not this server's " + quote(own.String()) +
		"; to allow it, add it to AcceptOptions.Origins"
	if !r.TrustForwardedScheme && from == newOrigin("https", req.Host) {
		message += " or, behind a proxy that ends TLS, set AcceptOptions.TrustForwardedScheme"
	}
	return refuse(403, "RFC 6455, section 10.2", message)
}

// listed reports whether an entry of Origins allows the Origin value, which is
// from when it is well formed.
func (r *ServerRules) listed(value string, from origin, wellFormed bool) bool {
	for _, entry := range r.Origins {
		switch pattern, ok := parsePattern(entry); {
		case entry == "*", entry == "null" && value == "null":
			return true
		case ok && wellFormed && pattern.match(from):
			return true
		}
	}
	return false
}

// ownOrigin is the origin of the pages that this server itself serves.
func (r *ServerRules) ownOrigin(req *Request) origin {
	scheme := "http"
	if req.TLS {
		scheme = "https"
	}
	if r.TrustForwardedScheme {
		if forwarded := forwardedScheme(req.Header); forwarded != "" {
			scheme = forwarded
		}
	}
	return newOrigin(scheme, req.Host)
}

// newOrigin is the origin of a scheme and a Host value that has been checked.
func newOrigin(scheme, authority string) origin {
	host, port, _ := parseAuthority(authority)
	if port == "" {
		port = defaultPort(scheme)
	}
	return origin{scheme, host, port}
}

// parseOrigin parses "https://example.com:8443". Anything else is no origin:
// no path, not even a slash, no user, no list.
func parseOrigin(s string) (o origin, ok bool) {
	scheme, authority, found := strings.Cut(s, "://")
	_, _, ok = parseAuthority(authority)
	if !found || !ok || !isScheme(scheme) {
		return origin{}, false
	}
	return newOrigin(toLower(scheme), authority), true
}

// String is the origin as a browser writes it: without a default port.
func (o origin) String() string {
	if o.port == defaultPort(o.scheme) {
		return o.scheme + "://" + o.host
	}
	return o.scheme + "://" + o.host + ":" + o.port
}

// parseAuthority splits "example.com:8443" into the host in small letters and
// the port as a number without leading zeros, empty when there is none.
func parseAuthority(s string) (host, port string, ok bool) {
	host = toLower(s)
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host, port = host[:i], host[i+1:]
	}
	if port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", "", false
		}
		port = withoutLeadingZeros(port)
	}
	return host, port, isHost(host)
}

// withoutLeadingZeros is a number of at least one digit as it is usually written.
func withoutLeadingZeros(digits string) string {
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}

// isHost reports whether s, in small letters, is the name of a host, an IPv4
// address, or an IPv6 address in its brackets. Addresses are not normalised:
// one that is spelled differently is another host, which errs on the safe side.
func isHost(s string) bool {
	if address, bracketed := strings.CutPrefix(s, "["); bracketed {
		address, closed := strings.CutSuffix(address, "]")
		return closed && strings.Contains(address, ":") && strings.Trim(address, "0123456789abcdef:.") == ""
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(hostBytes, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// isScheme: "ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )" (RFC 3986, section 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return s != "" && isAlnum(s[0]) && !isDigit(s[0])
}

// defaultPort is the port that a scheme means when an address names none; empty
// for schemes that have no default here.
func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	}
	return ""
}
