package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
)

// Client opens WebSockets over HTTP/1.1.
type Client struct {
	// Dial makes the connection below TLS; nil means a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is the configuration for a secure address, nil for one that is not.
	// ServerName must be set. It is not changed.
	TLS *tls.Config
	// Address is the host and port to connect to.
	Address string
	// Request is the whole head of the opening request.
	Request []byte
	// Rules judge the response, and Limits bound it.
	Rules  *handshake.ClientRules
	Limits handshake.Limits
}

// Opened is a WebSocket whose opening handshake is done.
type Opened struct {
	Stream   Stream
	Response handshake.Response
	Agreed   handshake.Agreed
	Early    []byte // bytes behind the response's head: the first frames
}

// Failure says why a WebSocket could not be opened. It is an error.
type Failure struct {
	Blame    protocol.Blame
	End      protocol.TransportEnd
	Response handshake.Response // zero when there was none
	Body     []byte             // of the response, its first KiB at most
}

// Error is the cause's text.
func (f *Failure) Error() string { return f.Blame.Err.Error() }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Blame.Err }

// maxBody is how much of the body of a refusing response is kept, in bytes, and
// bodyWait how long it may take to come.
const (
	maxBody  = 1 << 10
	bodyWait = time.Second
)

// Open connects, secures and opens. ctx bounds all of it; when it ends, Open
// closes the connection and returns. The error is a *Failure.
func (c *Client) Open(ctx context.Context) (*Opened, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		failure := &Failure{Blame: DialBlame(err), End: protocol.EndNone}
		failure.blameContext(ctx)
		return nil, failure
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(longAgo) })
	opened, failure := c.open(ctx, conn)
	if !stop() && failure == nil {
		opened.Stream.Close()
		failure = &Failure{
			Blame: protocol.Blame{Phase: protocol.PhaseOpening, Err: ctx.Err()},
			End:   protocol.EndLocal, Response: opened.Response,
		}
	}
	if failure == nil {
		conn.SetDeadline(time.Time{})
		return opened, nil
	}
	conn.Close()
	if failure.blameContext(ctx) {
		failure.End = protocol.EndLocal
	}
	return nil, failure
}

// blameContext reports whether ctx has ended: then whatever went wrong went
// wrong because we stopped waiting.
func (f *Failure) blameContext(ctx context.Context) bool {
	if ctx.Err() == nil {
		return false
	}
	f.Blame.Cause, f.Blame.Err = protocol.CauseContextCanceled, context.Cause(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		f.Blame.Cause = protocol.CauseOpenTimeout
		f.Blame.Err = &protocol.TimeoutError{Cause: protocol.CauseOpenTimeout, Err: f.Blame.Err}
	}
	return true
}

var longAgo = time.Unix(1, 0)

func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, "tcp", c.Address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", c.Address)
}

// open does what comes after connecting.
func (c *Client) open(ctx context.Context, conn net.Conn) (*Opened, *Failure) {
	if c.TLS != nil {
		secure := tls.Client(&observedConn{Conn: conn}, c.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			end, _ := ReadEnd(err)
			if end == protocol.EndReset && !wasReset(err) {
				end = protocol.EndLocal // we refuse the certificate
			}
			return nil, &Failure{
				Blame: protocol.Blame{Phase: protocol.PhaseTLS, Cause: protocol.CauseTLS, Err: err},
				End:   end,
			}
		}
		conn = secure
	}
	if _, err := conn.Write(c.Request); err != nil {
		if failure := lateAlert(conn); failure != nil {
			return nil, failure
		}
		blame := WriteBlame(err)
		blame.Phase = protocol.PhaseOpening
		return nil, &Failure{Blame: blame, End: protocol.EndReset}
	}
	return c.readResponse(OverConn(conn))
}

// readResponse reads the response's head, and the interim ones before it.
func (c *Client) readResponse(stream Stream) (*Opened, *Failure) {
	window := make([]byte, 0, 4<<10)
	for {
		response, n, err := handshake.ParseResponse(window, c.Limits)
		switch {
		case err != nil:
			return nil, refused(err, handshake.Response{}, nil)
		case n > 0 && response.Interim():
			window = append(window[:0], window[n:]...)
			continue
		case n > 0:
			return c.judge(stream, response, window[n:])
		}
		if len(window) == cap(window) {
			window = append(window, make([]byte, cap(window))...)[:len(window)]
		}
		n, err = stream.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if n == 0 && err != nil {
			if failure := alerted(err); failure != nil && len(window) == 0 {
				return nil, failure
			}
			end, blame := ReadEnd(err)
			blame.Phase = protocol.PhaseOpening
			if blame.Cause == protocol.CauseEOF {
				blame.Err = &protocol.EOFError{Cause: blame.Cause, Opening: true}
			}
			return nil, &Failure{Blame: blame, End: end}
		}
	}
}

// alerted is the failure of a TLS handshake that the server ended with an alert
// behind our half of it, or nil: in TLS 1.3 the client is done before the server
// has seen the client's certificate (RFC 8446, section 2).
func alerted(err error) *Failure {
	end, blame := ReadEnd(err)
	if end != protocol.EndTLSAlert {
		return nil
	}
	blame.Phase, blame.Cause = protocol.PhaseTLS, protocol.CauseTLS
	return &Failure{Blame: blame, End: end}
}

// lateAlert looks for that alert when the request could not be written: the
// server has hung up, and the alert came before.
func lateAlert(conn net.Conn) *Failure {
	if _, secure := conn.(*tls.Conn); !secure {
		return nil
	}
	_, err := conn.Read(make([]byte, 1))
	return alerted(err)
}

// judge decides about a response, and reads a little of a refusing one's body,
// which often says why.
func (c *Client) judge(stream Stream, response handshake.Response, behind []byte) (*Opened, *Failure) {
	agreed, err := c.Rules.Check(&response)
	if err == nil {
		return &Opened{Stream: stream, Response: response, Agreed: agreed, Early: behind}, nil
	}
	var body []byte
	if response.Status != 101 {
		body = readBody(stream, response, behind)
	}
	return nil, refused(err, response, body)
}

func readBody(stream Stream, response handshake.Response, behind []byte) []byte {
	size := maxBody
	if announced := response.Header["Content-Length"]; len(announced) == 1 {
		if n, err := strconv.Atoi(announced[0]); err == nil && n >= 0 {
			size = min(n, maxBody)
		}
	}
	body := make([]byte, size)
	n := copy(body, behind)
	stream.SetReadDeadline(time.Now().Add(bodyWait))
	more, _ := io.ReadFull(stream, body[n:])
	return body[:n+more]
}

func refused(err error, response handshake.Response, body []byte) *Failure {
	return &Failure{Blame: HandshakeBlame(err), End: protocol.EndLocal, Response: response, Body: body}
}

// HandshakeBlame says that the server's response opens no WebSocket, with the
// rule that it breaks.
func HandshakeBlame(err error) protocol.Blame {
	blame := protocol.Blame{Phase: protocol.PhaseOpening, Cause: protocol.CauseBadHandshake, Err: err}
	var bad *handshake.ResponseError
	var malformed *handshake.SyntaxError
	switch {
	case errors.As(err, &bad):
		blame.Rule = bad.Section
	case errors.As(err, &malformed):
		blame.Rule = malformed.Section
	}
	return blame
}
