package handshake

import "strings"

// pattern is an entry of ServerRules.Origins.
type pattern struct {
	origin            // scheme is empty for "http or https", port for its default
	anyPort      bool // ":*"
	anySubdomain bool // "*." before the host
}

// parsePattern parses an entry of ServerRules.Origins. "*" and "null" are
// entries too; as patterns they match no origin.
func parsePattern(s string) (p pattern, ok bool) {
	if s == "*" || s == "null" {
		return pattern{origin: origin{scheme: s}}, true
	}
	scheme, authority, found := strings.Cut(s, "://")
	if !found {
		scheme, authority = "", s
	} else if !isScheme(scheme) {
		return pattern{}, false
	}
	p.scheme = toLower(scheme)
	authority, p.anyPort = strings.CutSuffix(authority, ":*")
	authority, p.anySubdomain = strings.CutPrefix(authority, "*.")
	p.host, p.port, ok = parseAuthority(authority)
	if !ok || strings.Contains(p.host, "*") || p.anyPort && p.port != "" || p.anySubdomain && p.host[0] == '[' {
		// A star elsewhere ("https://*", "*example.com") would say more than
		// its author meant.
		return pattern{}, false
	}
	return p, true
}

// match reports whether the pattern allows the origin.
func (p pattern) match(o origin) bool {
	switch {
	case p.scheme != "" && p.scheme != o.scheme,
		p.scheme == "" && o.scheme != "http" && o.scheme != "https":
		return false
	case !p.anyPort && o.port != p.portFor(o.scheme):
		return false
	case !p.anySubdomain:
		return o.host == p.host
	}
	// The dot belongs to what is compared, or evilexample.com would pass.
	labels, ok := strings.CutSuffix(o.host, "."+p.host)
	return ok && labels != ""
}

// portFor is the port that the pattern demands of an origin of that scheme.
func (p pattern) portFor(scheme string) string {
	if p.port == "" {
		return defaultPort(scheme)
	}
	return p.port
}
