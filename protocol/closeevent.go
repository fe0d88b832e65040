package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onclose/websocket/wire"
)

// StatusCode is the status code of a Close frame.
type StatusCode = wire.StatusCode

// CloseFrame is what a Close frame carries: a status code and a reason of at
// most 123 bytes of UTF-8. The code NoStatusRcvd (1005) with an empty reason
// stands for a frame without either.
//
// A CloseFrame is also an error, so that it can be given to a
// context.CancelCauseFunc: a connection whose context ends with it is closed
// with its code and reason.
type CloseFrame struct {
	Code   StatusCode `json:"code"`
	Reason string     `json:"reason"`
}

// Error is the frame in words: "close 4001: bye".
func (f CloseFrame) Error() string {
	if f.Reason == "" {
		return "close " + f.Code.String()
	}
	return "close " + f.Code.String() + ": " + f.Reason
}

// CloseEvent is the one truthful account of how a connection ended, as this
// endpoint knows it. Every connection has exactly one on each side.
//
// Code, Reason and WasClean are what the web's CloseEvent shows (WHATWG
// WebSockets; RFC 6455, sections 7.1.4 to 7.1.6). The other fields keep what
// that view leaves out. A CloseEvent is a value that does not change; the
// frames it points to are not to be written to.
type CloseEvent struct {
	// Code is the status code of the first Close frame processed, 1005 when
	// that frame had none, 1006 when no Close frame was processed.
	Code StatusCode
	// Reason is the text of that frame: exact, from the peer, not escaped.
	Reason string
	// WasClean is true when we sent a Close frame, processed one, and the
	// transport ended after both.
	WasClean bool

	// Initiator says who started: whose Close frame came first, or would have,
	// had it got out (Sent is nil then).
	Initiator Initiator
	// Phase is the phase in which the deciding fact arose.
	Phase Phase
	// Cause is the stable word for what ended the connection; empty when an
	// endpoint's Close frame did and the closing handshake was completed.
	Cause Cause
	// Rule is the section that the peer broke, "RFC 6455, section 5.1", or
	// empty.
	Rule string

	// Sent is the Close frame that we wrote, nil when none left this endpoint.
	Sent *CloseFrame
	// Received is the Close frame that we processed, nil when there was none.
	Received *CloseFrame
	// OffendingCode is the forbidden number that the peer put on the wire in
	// place of a status code, nil when it did not.
	OffendingCode *StatusCode

	// Transport says how the byte stream ended.
	Transport TransportEnd

	// Opening holds what the opening handshake agreed.
	Opening
	// ClosedAt is when the event became known.
	ClosedAt time.Time

	// Lost counts what did not get through.
	Lost
}

// Lost counts what did not get through on a connection that ended.
type Lost struct {
	// UnsentBytes and UnsentMessages count what was accepted from the
	// application and had not entirely been handed to the transport: payload
	// bytes left, and messages with a byte left or not finished.
	UnsentBytes    int64
	UnsentMessages int64
	// DiscardedBytes counts payload bytes that arrived and that the
	// application never gets: behind the read-ahead bound while closing, or of
	// a message that the peer did not finish.
	DiscardedBytes int64
}

// Opening is what is known about a connection from its opening.
type Opening struct {
	Role Role
	// URL is the address, "ws://host/path?query", without user or password.
	URL string
	// HTTPVersion is the version that carried the opening handshake,
	// "HTTP/1.1"; empty when there was no HTTP response.
	HTTPVersion string
	// HTTPStatus is the status of the HTTP response; JSON null, here 0 (which
	// is no HTTP status), when there was none.
	HTTPStatus int
	// Subprotocol is the one agreed upon, or empty.
	Subprotocol string
	// Extensions is the agreed Sec-WebSocket-Extensions value, or empty.
	Extensions string
	// OpenedAt is when the connection became open; the zero time, in JSON
	// null, when it never did.
	OpenedAt time.Time
}

// Role is the part an endpoint plays.
type Role uint8

// The two roles. A client masks what it sends, a server does not
// (RFC 6455, section 5.1).
const (
	Client Role = iota + 1
	Server
)

// String is "client" or "server".
func (r Role) String() string {
	switch r {
	case Client:
		return "client"
	case Server:
		return "server"
	}
	return "role(" + strconv.Itoa(int(r)) + ")"
}

// MarshalText writes the role as String does.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "client" or "server".
func (r *Role) UnmarshalText(text []byte) error {
	switch string(text) {
	case "client":
		*r = Client
	case "server":
		*r = Server
	default:
		return fmt.Errorf("websocket: unknown role %q", text)
	}
	return nil
}

// Initiator says whose Close frame started the closing handshake.
type Initiator string

// The initiators. Both means that the Close frames crossed: ours was under
// way when a frame came that does not repeat its code. Seen from one end, a
// peer that answers with another code of its own choice looks the same.
const (
	Local  Initiator = "local"
	Remote Initiator = "remote"
	Both   Initiator = "both"
	Nobody Initiator = "none"
)

// Phase is a part of a connection's life.
type Phase string

// The phases in their order: until the transport stands, its TLS handshake,
// the opening handshake, open, and from the first Close frame on.
const (
	PhaseDialing Phase = "dialing"
	PhaseTLS     Phase = "tls"
	PhaseOpening Phase = "opening"
	PhaseOpen    Phase = "open"
	PhaseClosing Phase = "closing"
)

// TransportEnd says how the byte stream under a connection ended.
type TransportEnd string

// The ends of a transport. EndStreamReset is followed by the code:
// "stream-reset:0x8".
const (
	EndFIN          TransportEnd = "fin"           // the peer ended its stream in order
	EndReset        TransportEnd = "reset"         // the peer or the network reset it
	EndTimeout      TransportEnd = "timeout"       // we stopped waiting for its end
	EndTLSAlert     TransportEnd = "tls-alert"     // a fatal TLS alert
	EndTLSTruncated TransportEnd = "tls-truncated" // FIN without close_notify
	EndStreamReset  TransportEnd = "stream-reset:" // a reset HTTP/2 or HTTP/3 stream
	EndLocal        TransportEnd = "local"         // we cut it
	EndNone         TransportEnd = "none"          // it never began
)

// closeEventJSON is the contract of scripts and logs: every member is always
// there, in this order.
type closeEventJSON struct {
	Type           string       `json:"type"`
	Code           StatusCode   `json:"code"`
	Name           string       `json:"name"`
	Reason         string       `json:"reason"`
	WasClean       bool         `json:"wasClean"`
	Initiator      Initiator    `json:"initiator"`
	Phase          Phase        `json:"phase"`
	Cause          Cause        `json:"cause"`
	Rule           string       `json:"rule"`
	Sent           *CloseFrame  `json:"sent"`
	Received       *CloseFrame  `json:"received"`
	Transport      TransportEnd `json:"transport"`
	HTTPVersion    string       `json:"httpVersion"`
	HTTPStatus     *int         `json:"httpStatus"`
	Role           Role         `json:"role"`
	Subprotocol    string       `json:"subprotocol"`
	Extensions     string       `json:"extensions"`
	URL            string       `json:"url"`
	OpenedAt       *time.Time   `json:"openedAt"`
	ClosedAt       time.Time    `json:"closedAt"`
	UnsentBytes    int64        `json:"unsentBytes"`
	UnsentMessages int64        `json:"unsentMessages"`
	DiscardedBytes int64        `json:"discardedBytes"`
	OffendingCode  *StatusCode  `json:"offendingCode"`
}

// MarshalJSON writes the event as one object with every member present, in one
// line and with all control characters escaped.
func (e CloseEvent) MarshalJSON() ([]byte, error) {
	j := closeEventJSON{
		Type: "close", Code: e.Code, Name: e.Code.Name(), Reason: e.Reason, WasClean: e.WasClean,
		Initiator: e.Initiator, Phase: e.Phase, Cause: e.Cause, Rule: e.Rule,
		Sent: e.Sent, Received: e.Received, Transport: e.Transport,
		HTTPVersion: e.HTTPVersion, Role: e.Role, Subprotocol: e.Subprotocol,
		Extensions: e.Extensions, URL: e.URL, ClosedAt: e.ClosedAt,
		UnsentBytes: e.UnsentBytes, UnsentMessages: e.UnsentMessages,
		DiscardedBytes: e.DiscardedBytes, OffendingCode: e.OffendingCode,
	}
	if e.HTTPStatus != 0 {
		j.HTTPStatus = &e.HTTPStatus
	}
	if !e.OpenedAt.IsZero() {
		j.OpenedAt = &e.OpenedAt
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // an address with & in it stays readable
	err := enc.Encode(j)
	return escapeControls(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}

// escapeControls escapes the control characters that encoding/json writes as
// they are: terminals obey U+007F to U+009F too, and a peer chose the reason.
func escapeControls(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for _, r := range string(data) {
		if r >= 0x7F && r <= 0x9F {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// UnmarshalJSON reads what MarshalJSON writes; members that it does not know
// are ignored, since the contract may grow.
func (e *CloseEvent) UnmarshalJSON(data []byte) error {
	var j closeEventJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Type != "close" {
		return fmt.Errorf("websocket: JSON of type %q is no CloseEvent", j.Type)
	}
	*e = CloseEvent{
		Code: j.Code, Reason: j.Reason, WasClean: j.WasClean,
		Initiator: j.Initiator, Phase: j.Phase, Cause: j.Cause, Rule: j.Rule,
		Sent: j.Sent, Received: j.Received, Transport: j.Transport,
		Opening: Opening{
			Role: j.Role, URL: j.URL, HTTPVersion: j.HTTPVersion,
			Subprotocol: j.Subprotocol, Extensions: j.Extensions,
		},
		Lost: Lost{
			UnsentBytes: j.UnsentBytes, UnsentMessages: j.UnsentMessages,
			DiscardedBytes: j.DiscardedBytes,
		},
		ClosedAt: j.ClosedAt, OffendingCode: j.OffendingCode,
	}
	if j.HTTPStatus != nil {
		e.HTTPStatus = *j.HTTPStatus
	}
	if j.OpenedAt != nil {
		e.OpenedAt = *j.OpenedAt
	}
	return nil
}

// String is the event in one line, control characters of the peer escaped:
//
//	closed 1000 NormalClosure "bye" clean, by remote after 4m12s
//	closed 1006 AbnormalClosure not clean: eof-in-frame (open, fin) after 3s
func (e CloseEvent) String() string {
	var b strings.Builder
	b.WriteString("closed " + e.Code.String())
	if e.Reason != "" {
		b.WriteString(" " + strconv.QuoteToGraphic(e.Reason))
	}
	if e.WasClean {
		b.WriteString(" clean, by " + string(e.Initiator))
	} else {
		b.WriteString(" not clean")
	}
	if e.Cause != "" {
		b.WriteString(": " + string(e.Cause))
	}
	if !e.WasClean {
		b.WriteString(" (" + string(e.Phase) + ", " + string(e.Transport) + ")")
		if e.Rule != "" {
			b.WriteString(", " + e.Rule)
		}
		if e.Sent != nil {
			b.WriteString(", sent " + strconv.Itoa(int(e.Sent.Code)))
		}
	}
	if !e.OpenedAt.IsZero() {
		b.WriteString(" after " + e.ClosedAt.Sub(e.OpenedAt).Round(time.Millisecond).String())
	}
	return b.String()
}
