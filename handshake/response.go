package handshake

import "strings"

// Response is the head of an HTTP response.
type Response struct {
	// ProtoMajor and ProtoMinor are the HTTP version: 1 and 1.
	ProtoMajor, ProtoMinor int
	// Status is the status code, from 100 to 999.
	Status int
	// Reason is the text behind it: the server's words, not escaped.
	Reason string
	// Header holds the header fields.
	Header Header
}

// Interim reports whether another response follows this one: the status is in
// the 100s but not 101, the last response of a connection's HTTP life.
//
// RFC 9110, section 15.2.
func (r Response) Interim() bool {
	return r.Status < 200 && r.Status != 101
}

// ParseResponse parses the head of a response at the beginning of p. It returns
// the length n of the head. Behind a 101 the bytes from p[n] on are frames,
// whatever Content-Length says: a 101 has no body. When p ends before the head
// does, n is 0 and err is nil: call again with more. For the same bytes the
// answer is the same in however many pieces they come.
//
// The error is a *[SyntaxError]: the head is malformed or goes over a limit.
// Lines may end in CR LF or LF. ParseResponse does not keep p.
//
// RFC 9112, sections 2 to 5.
func ParseResponse(p []byte, limits Limits) (resp Response, n int, err error) {
	h, n, err := parseHead(p, limits, "response", resp.parseStartLine)
	if n == 0 {
		return Response{}, 0, err
	}
	resp.Header = h
	return resp, n, nil
}

// parseStartLine parses "HTTP/1.1 101 Switching Protocols". The reason may be
// missing, also with its space, as some servers write it.
func (r *Response) parseStartLine(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	major, minor, ok := parseVersion(version)
	if !ok {
		return badResponse(0, "it does not begin with an HTTP version", "RFC 9112, section 2.3")
	}
	status, ok := parseStatus(code)
	if !ok {
		return badResponse(len(version)+1, "the status code is not a number of three digits", "RFC 9112, section 4")
	}
	if i := indexControl(reason); i >= 0 {
		return badResponse(len(line)-len(reason)+i, "the reason phrase has a control character", "RFC 9112, section 4")
	}
	*r = Response{ProtoMajor: major, ProtoMinor: minor, Status: status, Reason: reason}
	return nil
}

// parseStatus parses a status code: three digits, the first of them not 0.
func parseStatus(s string) (status int, ok bool) {
	if len(s) != 3 || s[0] == '0' {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		status = 10*status + int(s[i]-'0')
	}
	return status, true
}

func badResponse(at int, problem, section string) *SyntaxError {
	return &SyntaxError{In: "response", Offset: at, Problem: problem, Section: section}
}
