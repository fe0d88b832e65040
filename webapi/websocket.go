package webapi

import (
	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// ReadyState is how far a WebSocket is. It never goes back.
type ReadyState uint16

// The states.
const (
	Connecting ReadyState = iota
	Open
	Closing
	Closed
)

// The values of BinaryType.
const (
	BinaryBlob        = "blob"
	BinaryArrayBuffer = "arraybuffer"
)

// WebSocket is a connection as a web page has it. It fires "open" once or never,
// "message" for every message, "error" if the connection failed, and then, exactly
// once and last, "close". Everything that it fires is a task in its Environment's
// queue: methods return before.
//
// WHATWG WebSockets, section 3.
type WebSocket struct {
	EventTarget
	env        *Environment
	url        *URL
	connection *connection
	conn       *websocket.Conn // nil until it opened

	readyState     ReadyState
	bufferedAmount int64
	binaryType     string
	full           bool // a message did not fit into the send queue
	failed         bool // by Close, before it opened
}

// NewWebSocket begins to open a connection and returns at once. The URL is resolved
// against the Environment's; http and https mean ws and wss. A *DOMException named
// SyntaxError says that it cannot be parsed, has another scheme or a fragment, or
// that a subprotocol is not a token or comes twice; one named SecurityError, that
// the Environment's page came over TLS and the URL is ws, not to this machine.
// Everything else that goes wrong is told by events.
func NewWebSocket(env *Environment, rawURL string, subprotocols ...string) (*WebSocket, error) {
	u, err := parseURL(rawURL, env.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkSubprotocols(subprotocols); err != nil {
		return nil, err
	}
	w := &WebSocket{env: env, url: u, binaryType: BinaryBlob}
	w.Self, w.Report = w, env.Report
	w.connection = env.connect(w, u, subprotocols, readAhead)
	return w, nil
}

// URL is the address as it was parsed, "ws://example.com/".
func (w *WebSocket) URL() string { return w.url.Href(false) }

// ReadyState is how far the connection is. It changes by tasks, and by Close: it is
// Closing from the peer's Close frame on, behind the messages that came before it.
func (w *WebSocket) ReadyState() ReadyState { return w.readyState }

// BufferedAmount is how many bytes of messages were given to Send and not yet to
// the network, without the frames' headers. It falls between tasks only, and not
// when the connection ends.
func (w *WebSocket) BufferedAmount() int64 { return w.bufferedAmount }

// Extensions is what client and server agreed upon, empty before it opened.
func (w *WebSocket) Extensions() string {
	if w.conn == nil {
		return ""
	}
	return w.conn.Extensions()
}

// Protocol is the subprotocol that the server chose, empty before it opened.
func (w *WebSocket) Protocol() string {
	if w.conn == nil {
		return ""
	}
	return w.conn.Subprotocol()
}

// BinaryType is what the data of binary messages are: "blob", a *Blob, by default,
// or "arraybuffer", a []byte.
func (w *WebSocket) BinaryType() string { return w.binaryType }

// SetBinaryType sets BinaryType for messages to come. Other words change nothing.
func (w *WebSocket) SetBinaryType(t string) {
	if t == BinaryBlob || t == BinaryArrayBuffer {
		w.binaryType = t
	}
}

// OnOpen sets the handler of "open". Nil takes it away.
func (w *WebSocket) OnOpen(f func(Event)) { setHandler(w, "open", f) }

// OnMessage sets the handler of "message". Nil takes it away.
func (w *WebSocket) OnMessage(f func(*MessageEvent)) { setHandler(w, "message", f) }

// OnError sets the handler of "error". Nil takes it away.
func (w *WebSocket) OnError(f func(Event)) { setHandler(w, "error", f) }

// OnClose sets the handler of "close". Nil takes it away.
func (w *WebSocket) OnClose(f func(*CloseEvent)) { setHandler(w, "close", f) }

func setHandler[E Event](t Target, name string, f func(E)) {
	var l Listener
	if f != nil {
		l = Func(f)
	}
	t.eventTarget().SetHandler(name, l)
}

// SendText sends a text message. What is not UTF-8 in it becomes U+FFFD. It is an
// InvalidStateError before the connection has opened. After its end, or its
// beginning, the message is dropped without a word, but counted in BufferedAmount.
func (w *WebSocket) SendText(text string) error {
	return w.send(websocket.Text, []byte(usvString(text)))
}

// SendBinary sends a binary message, a copy of data. For the rest it is SendText.
func (w *WebSocket) SendBinary(data []byte) error {
	return w.send(websocket.Binary, append([]byte(nil), data...))
}

func (w *WebSocket) send(typ websocket.MessageType, data []byte) error {
	if w.readyState == Connecting {
		return &DOMException{InvalidStateError, "the connection is not open yet"}
	}
	size := int64(len(data))
	w.bufferedAmount += size
	switch {
	case w.readyState != Open:
	case w.bufferedAmount > w.env.sendQueueBytes():
		// "the user agent must flag the WebSocket as full and then close the WebSocket
		// connection"
		w.full = true
		w.readyState = Closing
		w.connection.abort(w.conn)
	default:
		w.connection.out.put(w.counted(letter{typ: typ, data: data}))
	}
	return nil
}

// handedOver is up to how many bytes a message counts as given to the network when
// its writing begins: the network's buffers take so much at once, and an answer
// must not overtake the count.
const handedOver = 256 << 10

// counted is a letter that lowers bufferedAmount when it goes out.
func (w *WebSocket) counted(l letter) letter {
	size := int64(len(l.data))
	if size <= handedOver {
		l.begun = func() { w.bufferedAmount -= size }
		return l
	}
	l.done = func(err error) {
		if err == nil {
			w.bufferedAmount -= size
		}
	}
	return l
}

// Close begins to close the connection: messages given to Send go out first. A nil
// code and an empty reason send a Close frame with neither, and a reason alone goes
// with 1000. Before the connection has opened, Close makes it fail. Calling it
// again changes nothing.
//
// A code other than 1000 and 3000 to 4999 is an InvalidAccessError, and a reason of
// more than 123 bytes of UTF-8 a SyntaxError, in every state.
func (w *WebSocket) Close(code *uint16, reason string) error {
	frame, err := closeFrame(code, reason)
	if err != nil {
		return err
	}
	switch w.readyState {
	case Connecting:
		w.failed = true
		w.readyState = Closing
		w.connection.abort(nil)
	case Open:
		w.readyState = Closing
		w.connection.out.put(letter{close: &frame})
	}
	return nil
}

// opened is "when the WebSocket connection is established".
func (w *WebSocket) opened(conn *websocket.Conn) {
	if w.readyState != Connecting {
		conn.Abort()
		return
	}
	w.conn = conn
	w.readyState = Open
	w.fire(NewEvent("open", nil))
}

// message is "when a WebSocket message has been received".
func (w *WebSocket) message(typ websocket.MessageType, data []byte, seen func()) {
	defer seen()
	if w.readyState != Open {
		return
	}
	init := MessageEventInit{Origin: Origin(w.url)}
	switch {
	case typ == websocket.Text:
		init.Data = string(data)
	case w.binaryType == BinaryBlob:
		init.Data = &Blob{data: data}
	default:
		init.Data = data
	}
	w.fire(NewMessageEvent("message", &init))
}

// closing is "when the WebSocket closing handshake is started", by the peer.
func (w *WebSocket) closing() {
	if w.readyState == Open {
		w.readyState = Closing
	}
}

// closed is "when the WebSocket connection is closed".
func (w *WebSocket) closed(truth websocket.CloseEvent) {
	w.readyState = Closed
	if w.failed && !truth.OpenedAt.IsZero() { // it opened when Close had been called already
		truth = neverOpened(w.url, protocol.Blame{Cause: protocol.CauseContextCanceled})
	}
	if w.full || !truth.WasClean {
		w.fire(NewEvent("error", nil))
	}
	w.fire(newClose(truth))
}
