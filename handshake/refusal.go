package handshake

import "strconv"

// Refusal is a server's answer to a request that does not open a WebSocket: an
// ordinary HTTP response instead of the 101. It is an error.
type Refusal struct {
	// Status is the HTTP status: 400, 403, 405, 414, 426, 431 or 505.
	Status int
	// Header holds the fields that the response needs besides those that
	// describe its body.
	Header Header
	// Message is the body of the response: one sentence that names the header
	// field and the rule. What it repeats of the request is quoted, escaped
	// and bounded.
	Message string
	// Section is where the rule stands; empty for a limit of this library.
	Section string
}

// Error is the status, the message and the section.
func (r *Refusal) Error() string {
	return "websocket: opening handshake refused with " + strconv.Itoa(r.Status) + ": " + r.Message + inSection(r.Section)
}

// refuse makes a refusal. The connection ends with it: a peer that wanted to
// leave HTTP and may not is not trusted to go on in HTTP.
func refuse(status int, section, message string) *Refusal {
	h := Header{fieldConnection: {"close"}}
	switch status {
	case 405:
		// "The origin server MUST generate an Allow header field in a 405
		// response" (RFC 9110, section 15.5.6).
		h["Allow"] = []string{"GET"}
	case 426:
		// "The server MUST send an Upgrade header field in a 426 response"
		// (RFC 9110, section 15.5.22), and whoever sends Upgrade "MUST also
		// send an 'Upgrade' connection option" (section 7.8). Its own line
		// keeps the first one the "close" that net/http looks for.
		h[fieldConnection] = []string{"close", "Upgrade"}
		h[fieldUpgrade] = []string{"websocket"}
		h[fieldVersion] = []string{protocolVersion}
	}
	return &Refusal{Status: status, Header: h, Message: message, Section: section}
}
