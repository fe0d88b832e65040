package websocket

import (
	"fmt"
	"net/http"
	"time"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// Accept opens the WebSocket that a request asks for, inside a handler of
// net/http. Nil options are the defaults; a page of another origin is refused.
//
// When the request is not one for a WebSocket, or is refused, Accept has written
// the HTTP error response already and returns the reason: a *handshake.Refusal,
// or the error of the connection. There is no CloseEvent then, since there never
// was a connection. (A refused request that announces a body which never comes
// keeps net/http waiting for it, unless http.Server.ReadTimeout is set.)
//
// The Conn does not end with the request's context nor with the handler, and
// keeps nothing of the request. But as long as the handler runs, net/http keeps
// its buffers: an idle connection costs about 20 KB then, against 8 KB with
// Handler.
//
// RFC 6455, section 4.2.
func Accept(w http.ResponseWriter, r *http.Request, opts *AcceptOptions) (*Conn, error) {
	a, err := newAcceptor(opts)
	if err != nil {
		return nil, a.refuse(w, r, &handshake.Refusal{Status: http.StatusInternalServerError, Message: err.Error()})
	}
	return a.accept(w, r)
}

// acceptor is AcceptOptions, read.
type acceptor struct {
	rules    handshake.ServerRules
	header   http.Header
	admit    func(*http.Request) (status int, message string)
	settings settings
}

func newAcceptor(opts *AcceptOptions) (*acceptor, error) {
	if opts == nil {
		opts = &AcceptOptions{}
	}
	a := &acceptor{header: opts.Header, admit: opts.Refuse, settings: opts.Limits.settings(protocol.Server)}
	a.settings.context, a.settings.trace, a.settings.answerClose = opts.Context, opts.Trace, opts.AnswerClose
	a.settings.queue = opts.SendQueue.withDefaults()
	a.settings.compression, a.settings.connections = opts.Compression.copied(), opts.Connections
	a.rules = handshake.ServerRules{
		Subprotocols:         opts.Subprotocols,
		Origins:              opts.Origins,
		TrustForwardedScheme: opts.TrustForwardedScheme,
		Limits:               handshake.Limits{MaxHeaderBytes: a.settings.headerBytes},
	}
	if err := a.rules.Validate(); err != nil {
		return a, err
	}
	if wanted := a.settings.compression; wanted != nil {
		if _, err := wanted.options(); err != nil {
			return a, err
		}
	}
	_, err := handshake.Reply{}.AppendResponse(nil, "", opts.Header)
	return a, err
}

func (a *acceptor) accept(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	reply, refusal := a.rules.Check(transport.OpeningRequest(r))
	if refusal == nil {
		refusal = a.refusal(r)
	}
	if refusal != nil {
		return nil, a.refuse(w, r, refusal)
	}
	memory := newWindow(false)
	defer recycle(memory)
	yes, err := a.agree(memory[:0], reply)
	if err != nil {
		return nil, a.refuse(w, r, &handshake.Refusal{Status: http.StatusInternalServerError, Message: err.Error()})
	}
	stream, early, err := transport.Hijack(w)
	if err != nil {
		return nil, a.refuse(w, r, &handshake.Refusal{Status: http.StatusInternalServerError, Message: err.Error()})
	}
	return a.open(stream, early, yes, transport.RequestURL(r), r)
}

// agreement is what a request that is accepted gets.
type agreement struct {
	response    []byte
	subprotocol string
	extensions  string // the value of Sec-WebSocket-Extensions, or ""
	compression deflate.Params
}

// agree says yes to a request, in memory.
func (a *acceptor) agree(memory []byte, reply handshake.Reply) (yes agreement, err error) {
	yes.subprotocol = reply.Subprotocol
	yes.compression, yes.extensions = a.choose(reply.Offers)
	yes.response, err = reply.AppendResponse(memory, yes.extensions, a.header)
	return yes, err
}

// open sends the response, and with it the connection is open. r may be nil if no
// hook is to see it.
func (a *acceptor) open(stream transport.Stream, early []byte, yes agreement, url string, r *http.Request) (*Conn, error) {
	if err := a.respond(stream, yes.response); err != nil {
		stream.Close()
		a.traceRefused(r, err)
		return nil, err
	}
	c := newConn(stream, protocol.Opening{
		Role:        protocol.Server,
		URL:         url,
		HTTPVersion: "HTTP/1.1",
		HTTPStatus:  http.StatusSwitchingProtocols,
		Subprotocol: yes.subprotocol,
		Extensions:  yes.extensions,
		OpenedAt:    time.Now(),
	}, early, &a.settings)
	if yes.extensions != "" {
		c.useCompression(yes.compression)
	}
	if accepted := a.settings.trace.Accepted; accepted != nil {
		accepted(c, r)
	}
	return c.begin(), nil
}

// respond writes the response. As a rule a socket takes it at once, and the
// timeout need not be set.
func (a *acceptor) respond(stream transport.Stream, response []byte) error {
	if socket, ok := stream.(transport.Socket); ok {
		n, err := socket.WriteNow(response, nil)
		if response = response[n:]; err != nil || len(response) == 0 {
			return err
		}
	}
	stream.SetWriteDeadline(time.Now().Add(a.settings.openWait))
	_, err := stream.Write(response)
	return err
}

// refusal asks the application and the set of connections whether a request that
// is in order may be accepted.
func (a *acceptor) refusal(r *http.Request) *handshake.Refusal {
	if all := a.settings.connections; all != nil {
		if refusal := all.refusal(); refusal != nil {
			return refusal
		}
	}
	if a.admit == nil {
		return nil
	}
	status, message := a.admit(r)
	switch {
	case status == 0:
		return nil
	case status < 400 || status > 599:
		message = fmt.Sprintf("AcceptOptions.Refuse gave the status %d, which is no error", status)
		status = http.StatusInternalServerError
	}
	return &handshake.Refusal{Status: status, Header: http.Header{"Connection": {"close"}}, Message: message}
}

// choose chooses among the extensions that a client offers: what is agreed, and
// the value of Sec-WebSocket-Extensions that says so, or "".
func (a *acceptor) choose(offers []handshake.Extension) (deflate.Params, string) {
	if a.settings.compression == nil {
		return deflate.Params{}, ""
	}
	wanted, _ := a.settings.compression.options()
	agreed, answer, ok := wanted.Accept(offers)
	if !ok {
		return deflate.Params{}, ""
	}
	return agreed, string(handshake.AppendExtensions(nil, []handshake.Extension{answer}))
}

// refuse answers a request with an HTTP error.
func (a *acceptor) refuse(w http.ResponseWriter, r *http.Request, refusal *handshake.Refusal) error {
	transport.Refuse(w, refusal)
	a.traceRefused(r, refusal)
	return refusal
}

// asksForRequest reports whether a hook gets the request.
func (a *acceptor) asksForRequest() bool {
	return a.admit != nil || a.settings.trace.Accepted != nil || a.settings.trace.Refused != nil
}

func (a *acceptor) traceRefused(r *http.Request, err error) {
	if refused := a.settings.trace.Refused; refused != nil {
		refused(r, err)
	}
}
