package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// stage is where one stop of the tour plays: sockets of its own on the loopback
// interface, and the accounts that the two ends give of their connection.
type stage struct {
	ctx     context.Context
	players sync.WaitGroup

	mu       sync.Mutex
	accounts [2][]any
	news     chan struct{} // closed, and made anew, when an account comes
	faults   []string
	undo     []func()
}

// Accounts come from the client's end and from the server's.
const (
	clientEnd = iota
	serverEnd
)

var endNames = [2]string{"client", "server"}

func newStage(ctx context.Context) *stage {
	return &stage{ctx: ctx, news: make(chan struct{})}
}

// refusedAccount is what a server has to say of a request that it refused: there
// was no connection, and so there is no CloseEvent.
type refusedAccount struct {
	Type       string `json:"type"` // "refused"
	HTTPStatus int    `json:"httpStatus"`
	Problem    string `json:"problem"`
}

// report takes the account of one end.
func (s *stage) report(end int, account any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[end] = append(s.accounts[end], account)
	close(s.news)
	s.news = make(chan struct{})
}

// await waits until an end has given its account, or the stop's time is over.
func (s *stage) await(end int) {
	for s.ctx.Err() == nil {
		s.mu.Lock()
		given, news := len(s.accounts[end]) > 0, s.news
		s.mu.Unlock()
		if given {
			return
		}
		waitFor(s.ctx, news)
	}
}

// fault notes what went wrong besides the accounts.
func (s *stage) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// atEnd has f called when the stop is over, last come first.
func (s *stage) atEnd(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, f)
}

// close ends everything that the stop began.
func (s *stage) close() {
	s.mu.Lock()
	undo := s.undo
	s.undo = nil
	s.mu.Unlock()
	for i := range undo {
		undo[len(undo)-1-i]()
	}
	s.players.Wait()
}

// listen opens a port for this stop.
func (s *stage) listen() net.Listener {
	l, err := new(net.ListenConfig).Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		s.fault("%v", err)
		return closedListener{}
	}
	s.atEnd(func() { l.Close() })
	return l
}

// closedListener stands for one that could not be opened.
type closedListener struct{}

func (closedListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (closedListener) Close() error              { return nil }
func (closedListener) Addr() net.Addr            { return &net.TCPAddr{} }

// serve starts an HTTP server, over TLS when secure, and returns its address.
func (s *stage) serve(h http.Handler, secure bool) string {
	l := s.listen()
	address := l.Addr().String()
	if secure {
		l = tls.NewListener(transport.ObserveEOF(l), s.serverTLS())
	}
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: stopTimeout}
	s.players.Go(func() { server.Serve(l) })
	s.atEnd(func() { server.Close() })
	return address
}

// nobody is an address at which nobody listens, for as long as the stop lasts:
// the near end of a connection to somewhere else.
func (s *stage) nobody() string {
	l := s.listen()
	conn, err := new(net.Dialer).DialContext(s.ctx, "tcp", l.Addr().String())
	if err != nil {
		s.fault("%v", err)
		return l.Addr().String()
	}
	s.atEnd(func() { conn.Close() })
	return conn.LocalAddr().String()
}

// throwAwayOnce is the certificate of the tour's secure servers.
var throwAwayOnce = sync.OnceValues(func() (*tls.Certificate, error) { return throwAway("127.0.0.1", time.Now()) })

func (s *stage) serverTLS() *tls.Config {
	certificate, err := throwAwayOnce()
	if err != nil {
		s.fault("%v", err)
		return &tls.Config{}
	}
	return &tls.Config{Certificates: []tls.Certificate{*certificate}}
}

// trusting is the configuration of a client that knows the tour's certificate.
func (s *stage) trusting() *tls.Config {
	roots := x509.NewCertPool()
	if certificate, err := throwAwayOnce(); err == nil {
		if leaf, err := x509.ParseCertificate(certificate.Certificate[0]); err == nil {
			roots.AddCert(leaf)
		}
	}
	return &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}

// errTourPanic is what a handler of the tour panics with.
var errTourPanic = errors.New("the tour's handler panics on purpose")

// trace listens to one end. Its connection is cut when the stop's time is over.
func (s *stage) trace(end int) websocket.Trace {
	return websocket.Trace{
		Opened: func(c *websocket.Conn) {
			stop := context.AfterFunc(s.ctx, c.Abort)
			s.atEnd(func() { stop() })
		},
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { s.report(end, ev) },
		Refused: func(_ *http.Request, err error) {
			account := refusedAccount{Type: "refused", Problem: err.Error()}
			var refusal *handshake.Refusal
			if errors.As(err, &refusal) {
				account.HTTPStatus = refusal.Status
			}
			s.report(end, account)
		},
		Panicked: func(_ *websocket.Conn, value any, _ []byte) {
			if value != errTourPanic {
				s.fault("the %s panicked: %v", endNames[end], value)
			}
		},
	}
}

// tourTransportWait bounds the end of the transport after both Close frames: far
// above what a loaded machine needs, so that a stop sees how it really ended.
const tourTransportWait = 10 * time.Second

// dial is websocket.Dial with the stage's ears.
func (s *stage) dial(url string, opts websocket.DialOptions) (*websocket.Conn, error) {
	opts.Trace = s.trace(clientEnd)
	if opts.TransportTimeout == 0 {
		opts.TransportTimeout = tourTransportWait
	}
	return websocket.Dial(s.ctx, url, &opts)
}

// handler is websocket.Handler with the stage's ears.
func (s *stage) handler(serve func(*stage, *websocket.Conn), opts websocket.AcceptOptions) http.Handler {
	opts.Trace = s.trace(serverEnd)
	if opts.TransportTimeout == 0 {
		opts.TransportTimeout = tourTransportWait
	}
	return websocket.Handler(func(c *websocket.Conn) { serve(s, c) }, &opts)
}

// act is what one end of an open connection does.
type act func(*stage, *websocket.Conn)

// perform lets the client's end do its part, and waits for the connection to end.
func (s *stage) perform(part act, c *websocket.Conn) {
	part(s, c)
	<-c.Done()
}

// pair is a stop that two honest endpoints play.
type pair struct {
	secure         bool
	dial           websocket.DialOptions
	accept         websocket.AcceptOptions
	client, server act
}

func (p pair) play(s *stage) {
	url := "ws://"
	if p.secure {
		url, p.dial.TLS = "wss://", s.trusting()
	}
	if c, err := s.dial(url+s.serve(s.handler(p.server, p.accept), p.secure), p.dial); err == nil {
		s.perform(p.client, c)
	}
}

// rawClient is a stop in which the client is a rawPeer.
type rawClient struct {
	secure bool
	accept websocket.AcceptOptions
	server act // reads, when nil
	client func(*rawPeer)
}

func (p rawClient) play(s *stage) {
	if p.server == nil {
		p.server = reads
	}
	address := s.serve(s.handler(p.server, p.accept), p.secure)
	conn, err := new(net.Dialer).DialContext(s.ctx, "tcp", address)
	if err != nil {
		s.fault("%v", err)
		return
	}
	defer conn.Close()
	if p.secure {
		conn = tls.Client(conn, s.trusting())
	}
	peer := newRawPeer(s.ctx, conn, protocol.Client)
	if err := peer.ask(); err != nil {
		s.fault("%v", err)
		return
	}
	p.client(peer)
	conn.Close()
	s.report(clientEnd, peer.rawAccount)
}

// rawServer is a stop in which the server is a rawPeer.
type rawServer struct {
	secure bool
	dial   websocket.DialOptions
	client act            // reads, when nil
	server func(*rawPeer) // after the opening handshake, unless it is deaf
	agrees string         // to these extensions
	deaf   bool           // it does not answer the opening request
	late   bool           // it does nothing before the client has given its account
}

func (p rawServer) play(s *stage) {
	l, url := s.listen(), "ws://"
	if p.secure {
		l, url, p.dial.TLS = tls.NewListener(l, s.serverTLS()), "wss://", s.trusting()
	}
	s.players.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		peer := newRawPeer(s.ctx, conn, protocol.Server)
		if !p.deaf {
			if err := peer.agree(p.agrees); err != nil {
				s.fault("%v", err)
				return
			}
		}
		if p.late {
			s.await(clientEnd)
		}
		p.server(peer)
		conn.Close()
		s.report(serverEnd, peer.rawAccount)
	})
	if p.client == nil {
		p.client = reads
	}
	if c, err := s.dial(url+l.Addr().String(), p.dial); err == nil {
		s.perform(p.client, c)
	}
}

// reads reads messages until the connection ends.
func reads(s *stage, c *websocket.Conn) {
	for range c.Messages(s.ctx) {
	}
}

// closes closes the connection, and compares what Close returns with the
// CloseEvent.
func closes(code websocket.StatusCode, reason string) act {
	return func(s *stage, c *websocket.Conn) { s.closed(c, c.Close(code, reason)) }
}

// closesEmpty closes without a status code.
func closesEmpty(s *stage, c *websocket.Conn) { s.closed(c, c.CloseEmpty()) }

func (s *stage) closed(c *websocket.Conn, err error) {
	switch ev, over := c.CloseEvent(); {
	case !over:
		s.fault("Close returned %v before the CloseEvent was known", err)
	case ev.WasClean != (err == nil):
		s.fault("Close returned %v, but the CloseEvent has wasClean %v", err, ev.WasClean)
	}
}

// saysThis sends one message and reads on.
func saysThis(typ websocket.MessageType, message string) act {
	return func(s *stage, c *websocket.Conn) {
		s.write(c, typ, message)
		reads(s, c)
	}
}

func (s *stage) write(c *websocket.Conn, typ websocket.MessageType, message string) {
	if err := c.Write(s.ctx, typ, []byte(message)); err != nil {
		s.fault("Write: %v", err)
	}
}

// hears reads one message, and closes if the message makes it.
func hears(judge func(websocket.MessageType, string) *websocket.CloseFrame) act {
	return func(s *stage, c *websocket.Conn) {
		typ, message, err := c.Read(s.ctx)
		if err != nil {
			s.fault("Read: %v", err)
			return
		}
		if frame := judge(typ, string(message)); frame != nil {
			closes(frame.Code, frame.Reason)(s, c)
		}
	}
}
