package handshake

import (
	"slices"
	"strconv"
	"strings"
)

// ClientRules is what a client asks for, and so what it accepts as an answer.
type ClientRules struct {
	// Key is the Sec-WebSocket-Key, made by [NewKey] for this connection.
	Key string
	// Subprotocols are the subprotocols that the client speaks, the preferred
	// one first. When there are any, the server must choose one of them. See
	// [ValidSubprotocols].
	Subprotocols []string
	// Extensions are the offers, the preferred one first.
	Extensions []Extension
}

// Agreed is what an opening handshake agreed upon, as the client learns it.
type Agreed struct {
	// Subprotocol is the one chosen; empty when the client asked for none.
	Subprotocol string
	// Extensions are those that the server accepted, each by a name that was
	// offered. Their parameters are for the extension to check.
	Extensions []Extension
}

// ResponseError says why a response does not open a WebSocket.
type ResponseError struct {
	// Status is the HTTP status of the response.
	Status int
	// Header is the name of the header field at fault, or empty.
	Header string
	// Message is what is wrong, in one clause. What it repeats of the response
	// is quoted, escaped and bounded.
	Message string
	// Section is where the rule stands.
	Section string
}

// Error is the message with its section.
func (e *ResponseError) Error() string {
	return "websocket: bad opening handshake: " + e.Message + inSection(e.Section)
}

// AppendRequest writes the head of the request: a GET of target, such as
// "/chat?room=1", from host, such as "example.com:8080". Extra holds the
// caller's own header fields, Origin among them.
//
// When a value must not be written (a control character, a name that is not a
// token, one of the opening handshake's own fields) the error is a
// *[MisuseError] and dst comes back as it was.
//
// RFC 6455, section 4.1.
func (r *ClientRules) AppendRequest(dst []byte, target, host string, extra Header) ([]byte, error) {
	if err := r.checkRequest(target, host); err != nil {
		return dst, err
	}
	p := append(dst, "GET "...)
	p = append(p, target...)
	p = append(p, " HTTP/1.1\r\n"...)
	p = appendField(p, fieldHost, host)
	p = append(p, "Upgrade: websocket\r\nConnection: Upgrade\r\n"...)
	p = appendField(p, displayName(fieldKey), r.Key)
	p = appendField(p, displayName(fieldVersion), protocolVersion)
	if len(r.Subprotocols) > 0 {
		p = appendField(p, displayName(fieldProtocol), strings.Join(r.Subprotocols, ", "))
	}
	if len(r.Extensions) > 0 {
		p = appendField(p, displayName(fieldExtensions), string(AppendExtensions(nil, r.Extensions)))
	}
	p, err := appendExtra(p, extra)
	if err != nil {
		return dst, err
	}
	return append(p, "\r\n"...), nil
}

// Check decides about the response. The error is a *[ResponseError]: the client
// must fail the connection.
//
// An interim response is not one to check: see [Response.Interim]. Redirects
// and requests to authenticate are errors, as for a browser.
//
// RFC 6455, section 4.1; WHATWG WebSockets, section "Opening handshake".
func (r *ClientRules) Check(resp *Response) (Agreed, error) {
	if err := r.checkSwitch(resp); err != nil {
		return Agreed{}, err
	}
	subprotocol, err := r.checkSubprotocol(resp)
	if err != nil {
		return Agreed{}, err
	}
	extensions, err := r.checkExtensions(resp)
	if err != nil {
		return Agreed{}, err
	}
	return Agreed{subprotocol, extensions}, nil
}

// checkRequest says what keeps a request from being written.
func (r *ClientRules) checkRequest(target, host string) error {
	_, _, okHost := parseAuthority(host)
	switch {
	case !isTarget(target) || target[0] != '/':
		return &MisuseError{"request target", quote(target) + " is not a path with an optional query, in ASCII", "RFC 9112, section 3.2.1"}
	case strings.IndexByte(target, '#') >= 0:
		return &MisuseError{"request target", quote(target) + " has a fragment", "RFC 6455, section 3"}
	case !okHost:
		return &MisuseError{fieldHost, quote(host) + " is not a host with an optional port", "RFC 9110, section 7.2"}
	case !validKey(r.Key):
		return &MisuseError{displayName(fieldKey), "it is not the base64 of 16 bytes", "RFC 6455, section 4.1"}
	}
	for _, e := range r.Extensions {
		if !e.wellFormed() {
			return &MisuseError{displayName(fieldExtensions), "the offer " + quote(e.Name) + " has a name or a value that is not a token", "RFC 6455, section 9.1"}
		}
	}
	return ValidSubprotocols(r.Subprotocols)
}

// checkSwitch checks that the server changes to this protocol, for this request.
func (r *ClientRules) checkSwitch(resp *Response) error {
	upgrade, accept := resp.Header[fieldUpgrade], resp.Header[fieldAccept]
	switch {
	case resp.Status != 101:
		return resp.fault("", "the server answered "+strconv.Itoa(resp.Status)+" "+quote(resp.Reason)+" instead of 101")
	case resp.ProtoMajor != 1 || resp.ProtoMinor < 1:
		return resp.fault("", "the response is not HTTP/1.1")
	case len(upgrade) != 1 || !equalFold(trim(upgrade[0]), "websocket"):
		// "contains a value that is not an ASCII case-insensitive match for
		// the value "websocket"": a list with websocket in it is no match.
		return resp.fault(fieldUpgrade, `is not "websocket"`)
	case !listHas(resp.Header[fieldConnection], "upgrade"):
		return resp.fault(fieldConnection, `does not list "Upgrade"`)
	case len(accept) == 0:
		return resp.fault(fieldAccept, "is missing")
	case len(accept) > 1:
		return resp.fault(fieldAccept, "occurs more than once")
	case trim(accept[0]) != Accept(r.Key):
		// "ignoring any leading and trailing whitespace"
		return resp.fault(fieldAccept, "does not answer this request's key")
	}
	return nil
}

// checkSubprotocol is the subprotocol that the server chose. RFC 6455 lets it
// choose none; browsers do not, since the page would have to speak a protocol
// that it did not ask for.
func (r *ClientRules) checkSubprotocol(resp *Response) (string, error) {
	lines := resp.Header[fieldProtocol]
	switch {
	case len(lines) == 0 && len(r.Subprotocols) == 0:
		return "", nil
	case len(lines) == 0:
		return "", resp.fault(fieldProtocol, "is missing: the server chose none of the requested subprotocols")
	case len(lines) > 1:
		// "MUST NOT appear more than once in an HTTP response" (section 11.3.4)
		return "", resp.fault(fieldProtocol, "occurs more than once")
	case !slices.Contains(r.Subprotocols, trim(lines[0])):
		return "", resp.fault(fieldProtocol, "is "+quote(lines[0])+", which was not requested")
	}
	return trim(lines[0]), nil
}

// checkExtensions is the list of extensions that the server accepted.
func (r *ClientRules) checkExtensions(resp *Response) ([]Extension, error) {
	lines := resp.Header[fieldExtensions]
	if len(lines) > 1 {
		// "MUST NOT appear more than once in an HTTP response" (section 11.3.2)
		return nil, resp.fault(fieldExtensions, "occurs more than once")
	}
	list, err := parseExtensions(lines)
	if err != nil {
		return nil, resp.fault(fieldExtensions, "is malformed: "+err.Problem+", at byte "+strconv.Itoa(err.Offset))
	}
	for i, e := range list {
		switch {
		case !hasExtension(r.Extensions, e.Name):
			return nil, resp.fault(fieldExtensions, "has "+quote(e.Name)+", which was not offered")
		case hasExtension(list[:i], e.Name):
			return nil, resp.fault(fieldExtensions, "has "+quote(e.Name)+" twice")
		}
	}
	return list, nil
}

// fault is the error of a response; the message is about the header field, if
// one is named.
func (r *Response) fault(field, message string) *ResponseError {
	name := displayName(field)
	if name != "" {
		message = "the header field " + name + " " + message
	}
	return &ResponseError{Status: r.Status, Header: name, Message: message, Section: "RFC 6455, section 4.1"}
}
