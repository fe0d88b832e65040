package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/console"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/observe"
	"github.com/onclose/websocket/transport"
)

// serveCmd is the command line of onclose serve.
type serveCmd struct {
	Addr    string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one. Anything but a loopback address opens the server to the network. Default: ${default}."`
	TLS     bool     `name:"tls" help:"Serve https and wss, with a throw-away certificate unless --cert names one."`
	Cert    string   `placeholder:"FILE" help:"PEM file of the certificate and its chain; means --tls."`
	Key     string   `placeholder:"FILE" help:"PEM file of the certificate's private key."`
	CertOut string   `placeholder:"FILE" help:"Write the throw-away certificate there, for dial --cacert."`
	Origin  []string `placeholder:"ORIGIN" sep:"none" help:"Let pages of this origin connect too, such as http://localhost:3000. May be repeated. Default: this server's own pages only."`
	compressFlags
	recordFlags
	Takeover   string `enum:"none,server,client,both" default:"none" placeholder:"WHOSE" help:"With --compress: whose messages may refer to earlier ones (context takeover), if the client wants it too: none, server, client or both. It costs a window of memory for each connection and direction. Default: none."`
	MaxMessage int64  `default:"1048576" placeholder:"BYTES" help:"The longest message to take, in bytes. Default: ${default}."`
	keepaliveFlags
}

// Help is what onclose serve --help says in front of the flags.
func (*serveCmd) Help() string {
	return `Examples:
  onclose serve
  onclose serve --addr 127.0.0.1:0
  onclose serve --tls --cert-out cert.pem

Endpoints:
  /              a page that connects, closes and shows both ends' CloseEvents
  /echo          sends every message back
  /close         ends as ?code=&reason=&after=&how= say; how is ` + strings.Join(waysToEnd(), ", ") + `
  /events        every connection's CloseEvent as JSON, by server-sent events
  /reconnect.js  for pages: a WebSocket that is opened again when it ends
  /metrics       counts of connections and of how they ended, for Prometheus
  /debug/vars    the same in short, as JSON
  /healthz       200 while the server accepts connections`
}

// The waits of a shutdown: for the closing handshakes, for connections that had
// to be cut, and for what HTTP is still doing.
const (
	closeGrace = 4 * time.Second
	cutGrace   = time.Second
	httpGrace  = time.Second
)

// Run serves until SIGINT or SIGTERM. A second signal ends the process at once.
func (cmd *serveCmd) Run(s *streams) error {
	signaled, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer restore()
	ctx, end := context.WithCancel(context.Background())
	context.AfterFunc(signaled, func() {
		restore()
		end()
	})
	return cmd.serve(ctx, s)
}

// serve serves until ctx ends, and then closes every connection with 1001.
func (cmd *serveCmd) serve(ctx context.Context, s *streams) error {
	if err := cmd.check(); err != nil {
		return err
	}
	certificate, err := cmd.certificate()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmd.Addr)
	if err != nil {
		return cmd.explainListen(err)
	}
	defer listener.Close()
	if err := cmd.writeCertificate(certificate); err != nil {
		return err
	}
	at := cmd.placeOf(listener)
	if certificate != nil {
		// HTTP/2 has no Upgrade: it is not offered.
		listener = tls.NewListener(transport.ObserveEOF(listener), &tls.Config{
			Certificates: []tls.Certificate{*certificate}, NextProtos: []string{"http/1.1"},
		})
	}
	logger := log.New(s.err, "onclose: ", 0)
	leaving, leave := context.WithCancelCause(context.Background())
	defer leave(nil)
	site := newSite(leaving, cmd, at, logger)
	recording, file, err := cmd.recorder(false, func(err error) { logger.Printf("--record: %v", err) })
	if err != nil {
		return err
	}
	defer file.Close()
	site.options.Trace = observe.Join(recording, site.options.Trace)
	server := newServer(site, logger)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	logger.Print(cmd.welcome(at))

	ended := false
	select {
	case <-ctx.Done():
	case err = <-served:
		ended = true
	}
	leave(websocket.CloseFrame{Code: websocket.GoingAway, Reason: "server shutting down"})
	logger.Print("shutting down")
	site.close()
	shut(server)
	if !ended {
		<-served
	}
	return err
}

// newServer bounds what a client may cost before it is a WebSocket.
func newServer(s *site, logger *log.Logger) *http.Server {
	return &http.Server{
		Handler:           s.handler(),
		ErrorLog:          logger,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    handshake.DefaultMaxHeaderBytes,
	}
}

// check finds what is wrong with the command line itself.
func (cmd *serveCmd) check() error {
	_, port, err := net.SplitHostPort(cmd.Addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	rules := handshake.ServerRules{Origins: cmd.Origin}
	_, compression := cmd.compression(cmd.Takeover)
	keepalive := cmd.limit(&websocket.Limits{})
	switch {
	case err != nil:
		return usage("--addr %q is not HOST:PORT: %v", cmd.Addr, err)
	case cmd.MaxMessage < 1:
		return usage("--max-message %d is not a number of bytes from 1 up", cmd.MaxMessage)
	case compression != nil:
		return compression
	case keepalive != nil:
		return keepalive
	case (cmd.Cert == "") != (cmd.Key == ""):
		return usage("--cert and --key go together")
	case cmd.CertOut != "" && (cmd.Cert != "" || !cmd.TLS):
		return usage("--cert-out is for the throw-away certificate of --tls")
	case rules.Validate() != nil:
		return usage("--origin: %v", rules.Validate())
	}
	return nil
}

func (cmd *serveCmd) explainListen(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use: another program listens there; choose another with --addr", cmd.Addr)
	}
	return fmt.Errorf("cannot listen on %s: %w", cmd.Addr, err)
}

// place is where the server listens.
type place struct {
	address  string // host and port for a URL
	loopback bool   // whether only this machine can connect
	hosts    []string
}

// placeOf says where listener listens. For a URL the host is the one asked for;
// all addresses of the machine are shown by one of them.
func (cmd *serveCmd) placeOf(listener net.Listener) place {
	tcp := listener.Addr().(*net.TCPAddr)
	_, port, _ := net.SplitHostPort(tcp.String())
	host, _, _ := net.SplitHostPort(cmd.Addr)
	p := place{loopback: tcp.IP.IsLoopback(), hosts: []string{host}}
	if tcp.IP.IsUnspecified() {
		host, p.hosts = "127.0.0.1", []string{console.AnyHost}
	}
	p.address = net.JoinHostPort(host, port)
	return p
}

// welcome says where the server listens, and what to try next.
func (cmd *serveCmd) welcome(at place) string {
	s, dial, curl := "", "onclose dial", "curl -N"
	if cmd.secure() {
		s = "s"
		switch {
		case cmd.CertOut != "":
			dial += " --cacert " + cmd.CertOut
			curl += " --cacert " + cmd.CertOut
		case cmd.Cert == "":
			dial += " --insecure"
			curl += " -k"
		}
	}
	text := "listening on http" + s + "://" + at.address + "/\n"
	if !at.loopback {
		text += "  WARNING: " + cmd.Addr + " is not a loopback address: everybody who can reach this machine can connect,\n" +
			"  and read every CloseEvent at /events.\n"
	}
	return text + "Open that page in a browser, or try in another terminal:\n" +
		"  " + dial + " ws" + s + "://" + at.address + "/echo\n" +
		"  " + dial + " 'ws" + s + "://" + at.address + "/close?code=4001&reason=bye'\n" +
		"  " + curl + " http" + s + "://" + at.address + "/events"
}

// shut ends the HTTP server, in order if that goes fast.
func shut(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), httpGrace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close() // its listener is closed already
	}
}

// roster is who is connected.
type roster struct {
	mu      sync.Mutex
	changed sync.Cond // of mu
	present map[aborter]bool
}

// aborter is a connection, *websocket.Conn or *faulty, or an arrival. Abort ends
// it at once.
type aborter interface{ Abort() }

func newRoster() *roster {
	r := &roster{present: make(map[aborter]bool)}
	r.changed.L = &r.mu
	return r
}

func (r *roster) enter(c aborter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.present[c] = true
}

func (r *roster) leave(c aborter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.present, c)
	r.changed.Broadcast()
}

// wait waits until nobody is connected, for as long as grace, and returns who
// still is.
func (r *roster) wait(grace time.Duration) []aborter {
	over := false
	timer := time.AfterFunc(grace, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		over = true
		r.changed.Broadcast()
	})
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.present) > 0 && !over {
		r.changed.Wait()
	}
	return slices.Collect(maps.Keys(r.present))
}
