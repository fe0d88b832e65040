package webapi

import (
	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// WebSocketStream is a connection as a pair of streams, with backpressure both
// ways: who does not read holds the peer back, and a write is settled when the
// network has taken it. It has promises where WebSocket has events.
//
// WHATWG WebSockets, the tentative WebSocketStream.
type WebSocketStream struct {
	env        *Environment
	url        *URL
	connection *connection // nil if the signal was aborted before
	conn       *websocket.Conn
	state      ReadyState
	readable   *Readable // nil until it opened
	writable   *Writable
	leaving    bool // the peer's Close frame has come
	cutOff     bool // before all was written

	whenOpened *Promise[WebSocketOpenInfo]
	whenClosed *Promise[WebSocketCloseInfo]
}

// WebSocketStreamOptions are the options of a WebSocketStream.
type WebSocketStreamOptions struct {
	// Protocols are the subprotocols to ask for.
	Protocols []string
	// Signal makes the connection fail when it is aborted before it has opened, and
	// does nothing later. Its reason is what the promises then have.
	Signal *AbortSignal
}

// WebSocketOpenInfo is what the opening gave.
type WebSocketOpenInfo struct {
	Readable   *Readable
	Writable   *Writable
	Extensions string
	Protocol   string
}

// WebSocketCloseInfo is a status code and a reason.
type WebSocketCloseInfo struct {
	CloseCode *uint16 // nil for none
	Reason    string
}

// NewWebSocketStream begins to open a connection and returns at once. Its errors
// are those of NewWebSocket. Nil options are the defaults.
func NewWebSocketStream(env *Environment, rawURL string, opts *WebSocketStreamOptions) (*WebSocketStream, error) {
	if opts == nil {
		opts = &WebSocketStreamOptions{}
	}
	u, err := parseURL(rawURL, env.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkSubprotocols(opts.Protocols); err != nil {
		return nil, err
	}
	s := &WebSocketStream{
		env: env, url: u,
		whenOpened: newPromise[WebSocketOpenInfo](env.Tasks),
		whenClosed: newPromise[WebSocketCloseInfo](env.Tasks),
	}
	if opts.Signal != nil && opts.Signal.Aborted() {
		s.state = Closed
		s.refuse(opts.Signal.Reason())
		return s, nil
	}
	if opts.Signal != nil {
		opts.Signal.whenAborted(func() { s.aborted(opts.Signal.Reason()) })
	}
	s.connection = env.connect(s, u, opts.Protocols, 1)
	return s, nil
}

// URL is the address as it was parsed.
func (s *WebSocketStream) URL() string { return s.url.Href(false) }

// Opened is settled when the connection has opened, or could not.
func (s *WebSocketStream) Opened() *Promise[WebSocketOpenInfo] { return s.whenOpened }

// Closed is settled when the connection has ended: with the code and reason of the
// peer's Close frame if it ended cleanly and everything had been written before
// that frame came, and else with a *WebSocketError.
func (s *WebSocketStream) Closed() *Promise[WebSocketCloseInfo] { return s.whenClosed }

// Close begins to close the connection. Its errors, and what it does before the
// connection has opened, are those of WebSocket.Close. Messages can be read until
// the peer's Close frame comes.
func (s *WebSocketStream) Close(info WebSocketCloseInfo) error {
	frame, err := closeFrame(info.CloseCode, info.Reason)
	if err != nil {
		return err
	}
	switch s.state {
	case Connecting:
		s.state = Closing
		s.connection.abort(nil)
	case Open:
		s.state = Closing
		s.connection.out.put(letter{close: &frame})
	}
	return nil
}

// closeFor closes with what a WebSocketError says, and else with an empty Close
// frame.
func (s *WebSocketStream) closeFor(reason error) {
	var info WebSocketCloseInfo
	if e, ok := reason.(*WebSocketError); ok {
		info = WebSocketCloseInfo{e.closeCode, e.reason}
	}
	s.Close(info) // which a WebSocketError's code and reason are fit for
}

// aborted is what the signal does.
func (s *WebSocketStream) aborted(reason error) {
	if s.state == Connecting {
		s.state = Closing
		s.connection.abort(nil)
		s.refuse(reason)
	}
}

// refuse settles what has not been settled, with an error.
func (s *WebSocketStream) refuse(err error) {
	s.whenOpened.reject(err)
	s.whenClosed.reject(err)
}

// opened is "when the WebSocket connection is established".
func (s *WebSocketStream) opened(conn *websocket.Conn) {
	if s.state != Connecting {
		conn.Abort()
		return
	}
	s.state, s.conn = Open, conn
	s.readable = &Readable{stream: s}
	s.writable = &Writable{stream: s}
	s.whenOpened.resolve(WebSocketOpenInfo{s.readable, s.writable, conn.Extensions(), conn.Subprotocol()})
}

// message is "when a WebSocket message has been received". It counts as seen when
// it is read.
func (s *WebSocketStream) message(typ websocket.MessageType, data []byte, seen func()) {
	if s.readable == nil {
		seen()
		return
	}
	chunk := Chunk{Value: data}
	if typ == websocket.Text {
		chunk.Value = string(data)
	}
	s.readable.put(chunk, seen)
}

// closing is "when the WebSocket closing handshake is started", by the peer. What
// has not been written by then it will not take into account.
func (s *WebSocketStream) closing() {
	if s.state == Open {
		s.state = Closing
	}
	s.leaving = true
	s.cutOff = s.writable != nil && len(s.writable.writes) > 0
}

// closed is "when the WebSocket connection is closed".
func (s *WebSocketStream) closed(truth websocket.CloseEvent) {
	s.state = Closed
	if s.readable == nil && !truth.OpenedAt.IsZero() { // it opened when Close had been called already
		truth = neverOpened(s.url, protocol.Blame{Cause: protocol.CauseContextCanceled})
	}
	info := WebSocketCloseInfo{new(uint16(truth.Code)), truth.Reason}
	if truth.WasClean && !s.cutOff {
		s.readable.end(nil)
		s.writable.end(&DOMException{InvalidStateError, "the connection is closed"}, nil)
		s.whenClosed.resolve(info)
		return
	}
	failure := newWebSocketError("the connection failed", info)
	if s.readable != nil {
		s.readable.end(failure)
		s.writable.end(failure, failure)
	}
	s.refuse(failure)
}
