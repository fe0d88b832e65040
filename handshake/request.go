package handshake

import "strings"

// Request is the head of an HTTP request, as far as the opening handshake is
// concerned.
type Request struct {
	// Method is the request method, in its exact case.
	Method string
	// Target is the request target as it stands in the start line. The server's
	// rules do not look at it.
	Target string
	// ProtoMajor and ProtoMinor are the HTTP version: 1 and 1.
	ProtoMajor, ProtoMinor int
	// Host is the host, and the port if there is one, that the request is for.
	Host string
	// TLS is true when the connection is secured. The parser cannot know.
	TLS bool
	// Header holds the header fields without Host. Net/http keeps a
	// Transfer-Encoding apart; who converts such a request puts it back.
	Header Header
}

// ParseRequest parses the head of a request at the beginning of p. It returns
// the length n of the head; the bytes behind it belong to the connection. When
// p ends before the head does, n is 0 and err is nil: call again with more. For
// the same bytes the answer is the same in however many pieces they come.
//
// The error is a *[SyntaxError]: the head is malformed or goes over a limit.
// Lines may end in CR LF or LF. ParseRequest does not keep p.
//
// RFC 9112, sections 2 to 5.
func ParseRequest(p []byte, limits Limits) (req Request, n int, err error) {
	h, n, err := parseHead(p, limits, "request", req.parseStartLine)
	if n == 0 {
		return Request{}, 0, err
	}
	hosts := h[fieldHost]
	delete(h, fieldHost)
	if len(hosts) > 1 {
		// "A server MUST respond with a 400 (Bad Request) status code to any
		// [...] request message that contains more than one Host header field
		// line" (RFC 9112, section 3.2).
		return Request{}, 0, badRequest(0, "it has more than one Host", "RFC 9112, section 3.2")
	}
	req.Header = h
	if len(hosts) == 1 {
		req.Host = hosts[0]
	}
	// "When an origin server receives a request with an absolute-form of
	// request-target, the origin server MUST ignore the received Host header
	// field (if any)" (RFC 9112, section 3.2.2).
	if host, ok := targetHost(req.Target); ok {
		req.Host = host
	}
	return req, n, nil
}

// targetHost is the host and port in a request target of the absolute form,
// "http://example.com/chat".
func targetHost(target string) (host string, ok bool) {
	scheme, rest, _ := strings.Cut(target, "://")
	if defaultPort(toLower(scheme)) == "" {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest, true
}

// parseStartLine parses "GET /chat HTTP/1.1".
func (r *Request) parseStartLine(line string) error {
	method, rest, _ := strings.Cut(line, " ")
	target, version, found := strings.Cut(rest, " ")
	major, minor, ok := parseVersion(version)
	switch {
	case !isToken(method):
		return badRequest(0, "the method is not a token", "RFC 9112, section 3.1")
	case !isTarget(target):
		return badRequest(len(method)+1, "the request target is empty or has a byte that a URI cannot have", "RFC 9112, section 3.2")
	case !found || !ok:
		return badRequest(len(line)-len(version), "the start line does not end in an HTTP version", "RFC 9112, section 2.3")
	}
	r.Method, r.Target, r.ProtoMajor, r.ProtoMinor = method, target, major, minor
	return nil
}

// isTarget reports whether s can stand as a request target: visible ASCII.
func isTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

func badRequest(at int, problem, section string) *SyntaxError {
	return &SyntaxError{In: "request", Offset: at, Problem: problem, Section: section, Status: 400}
}
