package webapi

import (
	neturl "net/url"
	"regexp"
	"strings"

	"github.com/nlnwa/whatwg-url/url"
)

// urls parses by the URL Standard. Two rules are added to the library's, which
// accepts hosts that the standard does not: "[[::1]]", and numbers with a sign in
// an IPv4 address; and the path percent-encode set has "^", which it gained later.
var urls = url.NewParser(
	url.WithPreParseHostFunc(func(_ *url.Url, host string) string {
		if !plausibleHost(host) {
			return "[" // which is an IPv6 address without its end
		}
		return host
	}),
	url.WithPathPercentEncodeSet(url.PathPercentEncodeSet.Set('^')),
)

var signedNumber = regexp.MustCompile(`(^|[.])[-+](0[xX])?[0-9a-fA-F]*([.]|$)`)

func plausibleHost(host string) bool {
	if strings.HasPrefix(host, "[[") || strings.HasSuffix(host, "]]") {
		return false
	}
	if decoded, err := neturl.PathUnescape(host); err == nil {
		host = decoded
	}
	return !signedNumber.MatchString(host)
}

// parseURL is the address of a WebSocket: raw, resolved against base, which may be
// empty. http and https mean ws and wss.
//
// WHATWG WebSockets, section 3.1, "get a URL record".
func parseURL(raw, base string) (*url.Url, error) {
	raw = usvString(raw)
	var u *url.Url
	var err error
	if base == "" {
		u, err = urls.Parse(raw)
	} else {
		u, err = urls.ParseRef(base, raw)
	}
	if err != nil {
		return nil, syntaxError("the URL cannot be parsed")
	}
	href := u.Href(false)
	// No setter changes one special scheme into another and drops the port that is
	// the new one's default, so the URL is parsed again.
	for from, to := range map[string]string{"http:": "ws:", "https:": "wss:"} {
		if rest, ok := strings.CutPrefix(href, from); ok {
			href = to + rest
		}
	}
	if u, err = urls.Parse(href); err != nil {
		return nil, syntaxError("the URL cannot be parsed")
	}
	switch {
	case u.Protocol() != "ws:" && u.Protocol() != "wss:":
		return nil, syntaxError("the URL's scheme is not ws, wss, http or https")
	case strings.Contains(href, "#"):
		return nil, syntaxError("the URL has a fragment")
	}
	return u, nil
}

var percent = regexp.MustCompile(`%([0-9a-fA-F]{2})?`)

// dialable is the URL as package websocket takes it. Before the query the URL
// Standard lets a "%" stand that begins no escape, and net/url does not: such a one
// is escaped itself.
func dialable(u *url.Url) string {
	href, query, found := strings.Cut(u.Href(false), "?")
	href = percent.ReplaceAllStringFunc(href, func(s string) string {
		if s == "%" {
			return "%25"
		}
		return s
	})
	if found {
		href += "?" + query
	}
	return href
}

func syntaxError(message string) error { return &DOMException{SyntaxError, message} }

// origin is the origin of a URL as a handshake names it, "null" if it is opaque.
//
// HTML Standard, section 7.1.1.
func origin(raw string) string {
	u, err := urls.Parse(raw)
	if err != nil {
		return "null"
	}
	return originOf(u)
}

func originOf(u *url.Url) string {
	switch u.Protocol() {
	case "http:", "https:", "ws:", "wss:", "ftp:":
		return u.Protocol() + "//" + u.Host()
	}
	return "null"
}

// address is what tells two servers apart, for connections that have to wait for
// one another.
func address(u *url.Url) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Protocol() == "wss:":
		port = "443"
	default:
		port = "80"
	}
	return u.Hostname() + ":" + port
}
