package websocket

import (
	"net/http"
	"net/url"
	"strings"
)

// cookies is a jar at the address of one opening handshake. Cookies know no ws: they
// are those of the http and https addresses of the same host (RFC 6455, section 10.5;
// Fetch Standard, "WebSocket opening handshake").
type cookies struct {
	jar http.CookieJar // nil: there are none
	url *url.URL
}

// cookiesAt are the jar's cookies for the address; target is as in DialOptions.
func cookiesAt(jar http.CookieJar, u *url.URL, target string) cookies {
	at := *u
	at.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
	at.User = nil
	if target != "" {
		at.Path, at.RawQuery, _ = strings.Cut(target, "?")
		at.RawPath = ""
	}
	return cookies{jar, &at}
}

// addTo returns the header with the jar's cookies behind the ones that it has, in one
// Cookie field as RFC 6265 demands (section 5.4). The given header stays as it is.
func (c cookies) addTo(header http.Header) http.Header {
	if c.jar == nil {
		return header
	}
	request := http.Request{Header: header.Clone()}
	if request.Header == nil {
		request.Header = http.Header{}
	}
	for _, cookie := range c.jar.Cookies(c.url) {
		request.AddCookie(cookie)
	}
	return request.Header
}

// keep puts into the jar what the response sets, whatever its status.
func (c cookies) keep(header http.Header) {
	if c.jar == nil {
		return
	}
	response := http.Response{Header: header}
	if set := response.Cookies(); len(set) > 0 {
		c.jar.SetCookies(c.url, set)
	}
}
