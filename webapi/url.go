package webapi

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/nlnwa/whatwg-url/url"
)

// urls parses by the URL Standard. The library's path percent-encode set lacks "^",
// which the standard's gained later; for hosts see host.go.
var urls = url.NewParser(
	url.WithPreParseHostFunc(hostBefore),
	url.WithPostParseHostFunc(hostAfter),
	url.WithLaxHostParsing(), // hostBefore is strict
	url.WithPathPercentEncodeSet(url.PathPercentEncodeSet.Set('^')),
)

// parseURL is the address of a WebSocket: raw, resolved against base, which may be
// empty. http and https mean ws and wss.
//
// WHATWG WebSockets, section 3.1, "get a URL record"; that the constructor throws
// for mixed content is what every browser does.
func parseURL(raw, base string) (*URL, error) {
	u, err := parse(raw, base)
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
	case u.Protocol() == "ws:" && strings.HasPrefix(origin(base), "https:") && !loopback(u.Hostname()):
		return nil, &DOMException{SecurityError, "a page that came over TLS may not connect without it"}
	}
	return u, nil
}

// loopback reports whether a host, as a URL has it, stands for this machine:
// nobody between could read along.
//
// Secure Contexts, section 3.1.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.IsLoopback()
}

// dialable is the URL in the two parts that package websocket takes: an address,
// and the request target as it is to be sent. In user and password the URL Standard
// lets a "%" stand that begins no escape, and net/url does not: such a one is
// escaped itself.
func dialable(u *URL) (address, target string) {
	prefix, rest, _ := strings.Cut(u.Href(false), "//")
	authority, path, _ := strings.Cut(rest, "/")
	address = percent.ReplaceAllStringFunc(authority, func(s string) string {
		if s == "%" {
			return "%25"
		}
		return s
	})
	return prefix + "//" + address + "/", "/" + path
}

var percent = regexp.MustCompile(`%([0-9a-fA-F]{2})?`)

func syntaxError(message string) error { return &DOMException{SyntaxError, message} }

// URL is an address, read by the URL Standard's parser.
type URL = url.Url

// ParseURL parses an address, against base unless that is empty, by the URL
// Standard, section 4.4. The error is a *TypeError.
func ParseURL(raw, base string) (*URL, error) {
	u, err := parse(raw, base)
	if err != nil {
		return nil, &TypeError{Message: "the URL cannot be parsed"}
	}
	return u, nil
}

func parse(raw, base string) (*URL, error) {
	if base == "" {
		return urls.Parse(usvString(raw))
	}
	return urls.ParseRef(usvString(base), usvString(raw))
}

// origin is the origin of a URL as a handshake names it, "null" if it is opaque.
//
// HTML Standard, section 7.1.1.
func origin(raw string) string {
	u, err := urls.Parse(raw)
	if err != nil {
		return "null"
	}
	return Origin(u)
}

// Origin is the origin of a URL, "null" if it is opaque.
//
// URL Standard, section 4.7.
func Origin(u *URL) string {
	switch u.Protocol() {
	case "http:", "https:", "ws:", "wss:", "ftp:":
		return u.Protocol() + "//" + u.Host()
	case "blob:":
		inner, err := urls.Parse(u.Pathname())
		if err == nil && (inner.Protocol() == "http:" || inner.Protocol() == "https:") {
			return Origin(inner)
		}
	}
	return "null"
}

// serverOf is what tells two servers apart, for connections that have to wait for
// one another.
func serverOf(u *URL) string {
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
