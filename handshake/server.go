package handshake

import (
	"slices"
	"strconv"
	"strings"
)

// protocolVersion is the version of the WebSocket protocol, the only one there is.
const protocolVersion = "13"

// ServerRules says which requests a server answers with a 101. The zero value
// is the safe default: no subprotocol, and no pages of other origins.
type ServerRules struct {
	// Subprotocols are the subprotocols that the server speaks, the preferred
	// one first. Each is a token. None by default.
	Subprotocols []string
	// Origins lists the origins whose pages may connect, besides the server's
	// own, which always may. Each entry is one of:
	//
	//	"https://example.com"       this scheme and host, the scheme's default port
	//	"https://example.com:8443"  this port
	//	"http://localhost:*"        any port
	//	"https://*.example.com"     any depth of subdomain, but not example.com itself
	//	"example.com"               http or https, each on its default port;
	//	                            the port and wildcard forms work here too
	//	"null"                      sandboxed frames, local files: in effect, any page
	//	"*"                         any page at all
	//
	// With "null" or "*" any web page that a user visits can connect in that
	// user's name, with the user's cookies. List them only when the server
	// does not tell its users apart by cookies or by where they connect from.
	Origins []string
	// TrustForwardedScheme takes the scheme of the server's own origin from
	// X-Forwarded-Proto or Forwarded. It is for a server behind a proxy that
	// ends TLS and sets one of them. False by default: clients can send these
	// fields too.
	TrustForwardedScheme bool
	// Limits bounds the request's header.
	Limits
}

// Reply is the server's half of an agreed opening handshake.
type Reply struct {
	// Accept is the value of Sec-WebSocket-Accept.
	Accept string
	// Subprotocol is the one chosen, empty when none is common to both sides.
	Subprotocol string
	// Offers are the extensions that the client offers, the preferred one
	// first. Nothing has been accepted yet.
	Offers []Extension
}

// Validate reports the first rule that cannot be: a subprotocol that is not a
// token or occurs twice, an entry of Origins that is no pattern. The error is a
// *[MisuseError].
func (r *ServerRules) Validate() error {
	if err := ValidSubprotocols(r.Subprotocols); err != nil {
		return err
	}
	for _, entry := range r.Origins {
		if _, ok := parsePattern(entry); !ok {
			return &MisuseError{"Origins", quote(entry) + ` is not an origin such as "https://example.com", nor a pattern for one`, ""}
		}
	}
	return nil
}

// Check decides about a request. Only when every rule holds is there a [Reply];
// otherwise there is a *[Refusal], and no 101 may be sent.
//
// An entry of Origins that Validate would report matches nothing.
//
// RFC 6455, section 4.2.
func (r *ServerRules) Check(req *Request) (Reply, *Refusal) {
	checks := [...]func(*Request) *Refusal{
		r.checkLimits, checkMethod, checkHTTPVersion, checkHost, checkNoBody,
		checkUpgrade, checkVersion, checkKey, r.checkOrigin,
	}
	for _, check := range checks {
		if refusal := check(req); refusal != nil {
			return Reply{}, refusal
		}
	}
	offered, refusal := offeredSubprotocols(req)
	if refusal != nil {
		return Reply{}, refusal
	}
	offers, refusal := offeredExtensions(req)
	if refusal != nil {
		return Reply{}, refusal
	}
	return Reply{
		Accept:      Accept(trim(req.Header[fieldKey][0])),
		Subprotocol: r.choose(offered),
		Offers:      offers,
	}, nil
}

// AppendResponse writes the head of the 101. Extensions is the value of
// Sec-WebSocket-Extensions, the extensions that the server accepts out of the
// offers; empty when it accepts none. Extra holds the caller's own header
// fields.
//
// When a value must not be written (a name that is not a token, a control
// character, one of the opening handshake's own fields, an extension that was
// not offered) the error is a *[MisuseError] and dst comes back as it was.
//
// RFC 6455, section 4.2.2.
func (r Reply) AppendResponse(dst []byte, extensions string, extra Header) ([]byte, error) {
	if err := r.checkAccepted(extensions); err != nil {
		return dst, err
	}
	if r.Subprotocol != "" && !isToken(r.Subprotocol) {
		return dst, &MisuseError{displayName(fieldProtocol), quote(r.Subprotocol) + " is not a token", "RFC 6455, section 4.2.2"}
	}
	p := append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"...)
	p = appendField(p, displayName(fieldAccept), r.Accept)
	if r.Subprotocol != "" {
		p = appendField(p, displayName(fieldProtocol), r.Subprotocol)
	}
	if extensions != "" {
		p = appendField(p, displayName(fieldExtensions), extensions)
	}
	p, err := appendExtra(p, extra)
	if err != nil {
		return dst, err
	}
	return append(p, "\r\n"...), nil
}

// checkAccepted says what is wrong with the extensions that are to be accepted.
func (r Reply) checkAccepted(extensions string) error {
	if extensions == "" {
		return nil
	}
	accepted, err := ParseExtensions([]string{extensions})
	if err != nil {
		return &MisuseError{displayName(fieldExtensions), quote(extensions) + " is not a list of extensions", "RFC 6455, section 9.1"}
	}
	for _, e := range accepted {
		if !hasExtension(r.Offers, e.Name) {
			// The client would have to fail the connection (section 4.1).
			return &MisuseError{displayName(fieldExtensions), quote(e.Name) + " was not offered by the client", "RFC 6455, section 4.2.2"}
		}
	}
	return nil
}

func (r *ServerRules) checkLimits(req *Request) *Refusal { return r.Limits.check(req.Header) }

// checkMethod: "The method of the request MUST be GET" (section 4.1).
func checkMethod(req *Request) *Refusal {
	if req.Method != "GET" {
		return refuse(405, "RFC 6455, section 4.1", "the opening handshake is a GET, not a "+quote(req.Method))
	}
	return nil
}

// checkHTTPVersion: "An HTTP/1.1 or higher GET request" (section 4.2.1). The
// higher ones have no Upgrade and no 101 (RFC 9113, section 8.6), and must not
// be told of connections either (section 8.2.2).
func checkHTTPVersion(req *Request) *Refusal {
	switch {
	case req.ProtoMajor > 1:
		refusal := refuse(426, "RFC 9113, section 8.6", "HTTP/"+strconv.Itoa(req.ProtoMajor)+" has no Upgrade; open a WebSocket over HTTP/1.1 or by extended CONNECT")
		delete(refusal.Header, fieldConnection)
		delete(refusal.Header, fieldUpgrade)
		return refusal
	case req.ProtoMajor < 1 || req.ProtoMinor < 1:
		return refuse(505, "RFC 6455, section 4.2.1", "the opening handshake needs HTTP/1.1")
	}
	return nil
}

// checkHost: "A |Host| header field containing the server's authority"
// (section 4.2.1).
func checkHost(req *Request) *Refusal {
	if req.Host == "" {
		return refuse(400, "RFC 6455, section 4.2.1", "the header field Host is missing")
	}
	if _, _, ok := parseAuthority(req.Host); !ok {
		return refuse(400, "RFC 9112, section 3.2", "the header field Host is "+quote(req.Host)+", which is not a host with an optional port")
	}
	return nil
}

// checkNoBody: a body would stand where the first frames are expected, and a
// proxy and this server could differ in where it ends.
func checkNoBody(req *Request) *Refusal {
	for _, length := range req.Header[fieldContentLength] {
		if strings.Trim(length, "0") != "" {
			return refuse(400, "RFC 9112, section 6", "the opening handshake has no body, but Content-Length is "+quote(length))
		}
	}
	if len(req.Header[fieldTransferEncoding]) > 0 {
		return refuse(400, "RFC 9112, section 6", "the opening handshake has no body, but there is a Transfer-Encoding")
	}
	return nil
}

// checkUpgrade: "An |Upgrade| header field containing the value "websocket"",
// and "a |Connection| header field that includes the token "Upgrade"", both in
// any case (section 4.2.1).
func checkUpgrade(req *Request) *Refusal {
	if !listHas(req.Header[fieldUpgrade], "websocket") {
		return refuse(426, "RFC 6455, section 4.2.1", `the header field Upgrade does not list "websocket"; this address speaks WebSocket only, or a proxy has dropped the field`)
	}
	if !listHas(req.Header[fieldConnection], "upgrade") {
		return refuse(426, "RFC 6455, section 4.2.1", `the header field Connection does not list "Upgrade"; a proxy may have dropped it`)
	}
	return nil
}

// checkVersion: "A |Sec-WebSocket-Version| header field, with a value of 13"
// (section 4.2.1); otherwise the server answers "with an appropriate HTTP error
// code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header
// field indicating the version(s) the server is capable of understanding"
// (section 4.2.2).
func checkVersion(req *Request) *Refusal {
	lines := req.Header[fieldVersion]
	switch {
	case len(lines) == 0:
		return refuse(426, "RFC 6455, section 4.2.1", "the header field Sec-WebSocket-Version is missing; it must be 13")
	case len(lines) > 1:
		return refuse(426, "RFC 6455, section 11.3.5", "the header field Sec-WebSocket-Version occurs more than once")
	case trim(lines[0]) != protocolVersion:
		return refuse(426, "RFC 6455, section 4.2.2", "the header field Sec-WebSocket-Version is "+quote(lines[0])+"; it must be 13")
	}
	return nil
}

// checkKey: "A |Sec-WebSocket-Key| header field with a base64-encoded value
// that, when decoded, is 16 bytes in length" (section 4.2.1), which "MUST NOT
// appear more than once" (section 11.3.1).
func checkKey(req *Request) *Refusal {
	lines := req.Header[fieldKey]
	switch {
	case len(lines) == 0:
		return refuse(400, "RFC 6455, section 4.2.1", "the header field Sec-WebSocket-Key is missing")
	case len(lines) > 1:
		return refuse(400, "RFC 6455, section 11.3.1", "the header field Sec-WebSocket-Key occurs more than once")
	case !validKey(trim(lines[0])):
		return refuse(400, "RFC 6455, section 4.2.1", "the header field Sec-WebSocket-Key is not the base64 of 16 bytes")
	}
	return nil
}

// offeredSubprotocols parses Sec-WebSocket-Protocol.
func offeredSubprotocols(req *Request) ([]string, *Refusal) {
	offered, problem := parseSubprotocols(req.Header[fieldProtocol])
	if problem != "" {
		return nil, refuse(400, "RFC 6455, section 4.1", "the header field Sec-WebSocket-Protocol "+problem)
	}
	return offered, nil
}

// offeredExtensions parses Sec-WebSocket-Extensions.
func offeredExtensions(req *Request) ([]Extension, *Refusal) {
	offers, err := parseExtensions(req.Header[fieldExtensions])
	if err != nil {
		return nil, err.Refusal()
	}
	return offers, nil
}

// choose is the server's first subprotocol that the client offers too.
func (r *ServerRules) choose(offered []string) string {
	for _, s := range r.Subprotocols {
		if slices.Contains(offered, s) {
			return s
		}
	}
	return ""
}
