package websocket

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// NoLimit, in a field of Limits that is a size or a count, switches the bound
// off. Memory then is the peer's to spend.
const NoLimit = protocol.NoLimit

// Limits bound what a peer can cost. The zero value of each field is the
// default that its comment names; every default but those of the rates is finite.
type Limits struct {
	// MessageBytes is the longest message that is received, in bytes of
	// payload: default 1 MiB, NoLimit for none. A longer one fails the
	// connection with 1009 as soon as a header announces it.
	MessageBytes int64
	// Fragments is how many frames one received message may have: default
	// 131,072, NoLimit for none. One more fails the connection with 1008.
	Fragments int
	// EmptyFragments is how many frames without payload may follow one another
	// in one message: default 64, NoLimit for none. One more is 1008.
	EmptyFragments int
	// MessagesPerSecond and BytesPerSecond bound how fast the peer may send: whole
	// messages, and bytes of all frames. As much as in a second may come at once, so
	// the longest message that comes at once has to fit. More fails the connection
	// with 1008. While nobody reads, what comes is not held against the peer, as long
	// as it keeps to the rate. Default 0: no bound. Memory is bounded without, and a
	// peer that is faster than the application is held back by TCP.
	MessagesPerSecond, BytesPerSecond int64
	// HeaderBytes bounds the peer's HTTP head in bytes: default 64 KiB. Of it,
	// one line may have 8 KiB, and there may be 128 lines.
	HeaderBytes int
	// ReadAheadBytes is how much the library reads before the application asks
	// for it, in bytes of payload: default 64 KiB; one message of any length is
	// always read. Negative means the default.
	ReadAheadBytes int
	// OpeningTimeout bounds the opening handshake: default 30 s for a client,
	// from the first packet to the HTTP response, and 10 s for a server to write
	// its response. (http.Server.ReadHeaderTimeout bounds the request.)
	OpeningTimeout time.Duration
	// WriteTimeout is how long a write may wait while the peer takes nothing:
	// default 10 s. Then the connection fails with the cause write-timeout. The
	// wait starts anew when some of a write was taken, so the failure may come
	// later by as much again.
	WriteTimeout time.Duration
	// PingInterval is for how long the peer may be silent before it is sent a
	// Ping: default 25 s, less than the minute after which most proxies and
	// routers forget a silent connection. Of each connection it is up to a sixth
	// shorter, so that not all are sent theirs at once. Negative means that no
	// Ping is sent but by Conn.Ping; then a peer that vanished without a word is
	// found by a write that fails or by TCP, in minutes or never.
	PingInterval time.Duration
	// PongTimeout is how long the peer may take to answer that Ping, with a Pong
	// or with any other bytes: default 10 s. Then the connection fails with the
	// cause pong-timeout. It begins when the transport has taken the Ping, and
	// does not end while the peer cannot be heard, because ReadAheadBytes is
	// reached and the application does not read. On a slow line the Ping stands
	// behind what the system has buffered to send: who keeps megabytes there needs
	// a longer timeout. Negative means for ever.
	PongTimeout time.Duration
	// CloseTimeout is how long the closing handshake may take, from the first
	// Close frame to the second: default 10 s.
	CloseTimeout time.Duration
	// TransportTimeout is how long the end of the transport may take after both
	// Close frames, and how long reading goes on after a failure: default 2 s
	// for a client, which waits for the server to end TCP, and 1 s for a server.
	TransportTimeout time.Duration
}

// DialOptions are the options of Dial. The zero value of each field is its
// default; Dial reads them once.
type DialOptions struct {
	// Header is sent with the opening request. It must not hold the handshake's
	// own headers; Host has a field of its own.
	Header http.Header
	// Jar, if not nil, is asked for the cookies of the opening request, which come
	// behind those of Header, and is given what the response sets, whatever its
	// status: as a browser does, with the cookies of http and https. It may be the
	// jar of an http.Client.
	Jar http.CookieJar
	// Host replaces the URL's host and port in the Host header.
	Host string
	// Target, if not empty, is the request target in place of the URL's path and
	// query, as it is to be written: it begins with "/" and is visible ASCII. It
	// is for addresses that the WHATWG's URL parser has read, which lets characters
	// stand that the Go URL parser escapes or refuses.
	Target string
	// Subprotocols are offered in this order. When some are, the server must
	// choose one of them (WHATWG WebSockets).
	Subprotocols []string
	// RequiredExtensions are the names of extensions that are offered without
	// parameters and that the server must agree to: when it does not, the
	// connection is closed with 1010 as soon as it has opened. The frames stay
	// those of RFC 6455, reserved bits and all; only "permessage-deflate" together
	// with Compression is offered with its parameters, and spoken.
	RequiredExtensions []string
	// Compression offers permessage-deflate; nil means that it is not offered.
	Compression *Compression
	// SendQueue bounds what waits for a server that does not keep up with Send.
	SendQueue SendQueue
	// TLS configures wss; nil means the system's roots. It is cloned.
	TLS *tls.Config
	// Dial makes the connection below TLS; nil means a net.Dialer. It is where
	// proxies and tests come in. The network is "tcp".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Context, when it ends, closes the connection with the code and reason of
	// its cause, if that is a CloseFrame, and with 1001 otherwise. Nil means
	// never. (The context given to Dial bounds the opening only.)
	Context context.Context
	// Trace is told what happens. Nil fields are skipped.
	Trace Trace
	Limits
}

// AcceptOptions are the options of Accept and Handler. The zero value of each
// field is its default.
type AcceptOptions struct {
	// Subprotocols are the ones that the server speaks, in order of preference.
	// The first that the client offers too is chosen; when there is none, the
	// connection opens without.
	Subprotocols []string
	// Origins lists the origins that may connect besides the server's own, which
	// is the same scheme, host and port: "https://example.com",
	// "https://*.example.com" for every subdomain, "example.com" for any scheme,
	// "*" for every web page there is: then any page that a user visits can act
	// here with that user's cookies. A request without Origin comes from no
	// browser and is allowed.
	Origins []string
	// TrustForwardedScheme takes the scheme of the server's own origin from
	// Forwarded or X-Forwarded-Proto. Set it only behind a proxy that ends TLS
	// and overwrites these headers.
	TrustForwardedScheme bool
	// Compression accepts permessage-deflate when a client offers it; nil means
	// that it is not accepted.
	Compression *Compression
	// SendQueue bounds what waits for a client that does not keep up with Send.
	SendQueue SendQueue
	// Header is sent with the 101 response. It must not hold the handshake's own
	// headers.
	Header http.Header
	// AnswerClose chooses the Close frame that answers the peer's. Nil, or a
	// frame that may not be sent, means the same code and reason, as the RFC has
	// it. The code NoStatusRcvd with an empty reason means an empty Close frame.
	// It is called once, on the goroutine that reads, and must not block.
	AnswerClose func(received CloseFrame) CloseFrame
	// Refuse may refuse a request that would open a WebSocket, by user or address
	// for example: with an HTTP status from 400 to 599 and a sentence for the
	// body, or with 0 to let it in. Nil lets everybody in.
	Refuse func(r *http.Request) (status int, message string)
	// Connections, when it is set, holds the connections while they are open, to
	// be counted and closed together.
	Connections *Connections
	// Context closes the connections when it ends: see DialOptions.Context. The
	// request's own context never does, since net/http ends it with the handler.
	Context context.Context
	// Trace is told what happens. Nil fields are skipped.
	Trace Trace
	Limits
}

// Trace is a set of hooks. Each is called on the goroutine that saw the fact,
// and must not block; nil ones are skipped. Of one connection Accepted and
// Opened are told first and Closed last; only a goroutine that reads while the connection is cut
// may still find a frame or a message in bytes that had come before. When Frame,
// Message, Pong or Closing panics, that is reported as the panic of a handler is, and
// the connection goes on.
type Trace struct {
	// Accepted is called right before Opened with the request that a server's
	// connection comes from: its context says what the program knows of it. The
	// request must not be kept, nor its body be read.
	Accepted func(*Conn, *http.Request)
	// Opened is called when a connection has opened.
	Opened func(*Conn)
	// Refused is called when Accept or Handler answered a request with an HTTP
	// error: the error names the status, the header and the rule.
	Refused func(*http.Request, error)
	// Panicked is called when a handler or a callback panicked, with the value
	// and the stack. When it is nil the panic is logged as net/http logs one.
	Panicked func(c *Conn, value any, stack []byte)
	// Frame is called for every frame. One that is sent is told when the transport
	// has taken it whole, so the peer's answer may come first; one that is received,
	// when its header has come, or a control frame when it is whole. control is the
	// unmasked payload of a control frame, neither to be kept nor to be changed, and
	// nil for a data frame. A received frame whose header breaks a rule is not told,
	// and nothing behind a Close frame or a broken rule is. The frames of one
	// direction come one after the other in the order of the wire, those of the two
	// directions at the same time. It may call Subprotocol, Extensions, LocalAddr,
	// RemoteAddr, Done and CloseEvent, and no other method of the Conn.
	Frame func(c *Conn, d protocol.Direction, h wire.Header, control []byte)
	// Message is called for every message, when its last frame has left or has come
	// whole, whether or not the application then gets it. size is its length in
	// bytes, and framed that of the payload of its frames, which is another when it
	// was compressed. What is said of Frame holds for it too.
	Message func(c *Conn, d protocol.Direction, typ MessageType, size, framed int64)
	// Pong is called when a Pong answers a Ping, be it one of Conn.Ping or one
	// that was sent because of Limits.PingInterval, with the round-trip time.
	Pong func(*Conn, time.Duration)
	// Closing is called once for every connection that had opened, before Closed:
	// when the closing handshake starts, or when the connection turns out to be
	// lost without one. by says whose Close frame starts it, and frame is that
	// one: ours, which leaves when the hook returns, or the peer's; one without
	// a status code has 1005. When there is none, by is protocol.Nobody and frame
	// is zero. What came first stays: the CloseEvent's Initiator may be another,
	// such as protocol.Both. The hook must not call what waits for the
	// connection: Close, Abort, Ping, and the methods that read or write.
	Closing func(c *Conn, by protocol.Initiator, frame CloseFrame)
	// Closed is called once for every connection that had opened, and for every
	// Dial that failed; then the Conn is nil. It must not read from the Conn.
	Closed func(*Conn, CloseEvent)
}

// drainBytes bounds what is read and dropped after both Close frames, or after
// a failure, before the transport is cut; the time bound is TransportTimeout.
const drainBytes = 256 << 20

// settings are the options that a Conn needs while it lives: read once, shared
// by all connections of one handler.
type settings struct {
	limits      protocol.Limits
	timeouts    protocol.Timeouts
	writeWait   time.Duration
	openWait    time.Duration
	headerBytes int
	readAhead   int
	rounds      *rounds // nil: no keepalive
	context     context.Context
	trace       Trace
	answerClose func(CloseFrame) CloseFrame
	compression *Compression // nil: none is wanted
	queue       SendQueue
	connections *Connections // nil: nobody keeps them
}

func (l Limits) settings(role protocol.Role) settings {
	opening, transport := 10*time.Second, time.Second
	if role == protocol.Client {
		opening, transport = 30*time.Second, 2*time.Second
	}
	return settings{
		limits: protocol.Limits{
			MessageBytes: l.MessageBytes, Fragments: l.Fragments, EmptyFragments: l.EmptyFragments,
			MessagesPerSecond: l.MessagesPerSecond, BytesPerSecond: l.BytesPerSecond,
		},
		timeouts: protocol.Timeouts{
			Close:     positive(l.CloseTimeout, 10*time.Second),
			Transport: positive(l.TransportTimeout, transport),
		},
		writeWait:   positive(l.WriteTimeout, 10*time.Second),
		openWait:    positive(l.OpeningTimeout, opening),
		headerBytes: positive(l.HeaderBytes, handshake.DefaultMaxHeaderBytes),
		readAhead:   positive(l.ReadAheadBytes, 64<<10),
		rounds:      l.rounds(),
	}
}

// rounds keep connections alive, or are nil.
func (l Limits) rounds() *rounds {
	r := &rounds{interval: l.PingInterval, timeout: l.PongTimeout}
	switch {
	case r.interval < 0:
		return nil
	case r.interval == 0:
		r.interval = 25 * time.Second
	}
	switch {
	case r.timeout < 0:
		r.timeout = never
	case r.timeout == 0:
		r.timeout = 10 * time.Second
	}
	return r
}

// positive is n, or the standard value when n is zero or negative: a wait and a
// buffer always have a bound.
func positive[N int | time.Duration](n, standard N) N {
	if n <= 0 {
		return standard
	}
	return n
}
