package websocket

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
)

// Dial opens a WebSocket to a URL: ws://host[:port]/path?query, or wss over TLS;
// http and https mean the same. A user and a password in it become an
// Authorization header. ctx bounds the opening and nothing after it.
//
// Nil options are the defaults. When the connection cannot be opened the error
// is a *CloseError: its CloseEvent has 1006, the phase, the cause and the HTTP
// status, and errors.As finds the network's, the TLS or the handshake's error.
// Options or a URL that cannot be used give one too, with the cause bad-url or
// bad-handshake, and nothing is sent.
//
// RFC 6455, section 4.1; WHATWG WebSockets, "Opening handshake": a redirect, and
// any status but 101, fail the connection, and so does a server that chooses
// none of the subprotocols offered.
func Dial(ctx context.Context, rawURL string, opts *DialOptions) (*Conn, error) {
	if opts == nil {
		opts = &DialOptions{}
	}
	s := opts.Limits.settings(protocol.Client)
	s.queue = opts.SendQueue.withDefaults()
	s.context, s.trace, s.compression = opts.Context, opts.Trace, opts.Compression.copied()
	c, err := dial(ctx, rawURL, opts, &s)
	if err != nil {
		if closed := opts.Trace.Closed; closed != nil {
			closed(nil, err.Event)
		}
		return nil, err
	}
	return c.begin(), nil
}

func dial(ctx context.Context, rawURL string, opts *DialOptions, s *settings) (*Conn, *CloseError) {
	opening := protocol.Opening{Role: protocol.Client, URL: rawURL}
	fail := func(b protocol.Blame, end protocol.TransportEnd) *CloseError {
		return &CloseError{Event: protocol.NeverOpened(opening, b, end, time.Now()), Err: b.Err}
	}
	u, err := parseURL(rawURL)
	if err != nil {
		opening.URL = ""
		return nil, fail(protocol.Blame{Phase: protocol.PhaseDialing, Cause: protocol.CauseBadURL, Err: err}, protocol.EndNone)
	}
	opening.URL = publicURL(u, opts.Target)
	jar := cookiesAt(opts.Jar, u, opts.Target)
	client, err := newClient(u, opts, s, jar)
	if err != nil {
		return nil, fail(protocol.Blame{Phase: protocol.PhaseDialing, Cause: protocol.CauseBadHandshake, Err: err}, protocol.EndNone)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.openWait,
		fmt.Errorf("websocket: not open within %v: %w", s.openWait, context.DeadlineExceeded))
	defer cancel()
	opened, err := client.Open(ctx)
	if err != nil {
		failure := err.(*transport.Failure)
		jar.keep(failure.Response.Header)
		opening.HTTPStatus = failure.Response.Status
		if failure.Response.Status != 0 {
			opening.HTTPVersion = httpVersion(failure.Response.ProtoMajor, failure.Response.ProtoMinor)
		}
		refused := fail(failure.Blame, failure.End)
		refused.Body = failure.Body
		refused.RetryAfter = retryAfter(failure.Response.Header, time.Now())
		return nil, refused
	}
	jar.keep(opened.Response.Header)
	opening.HTTPVersion = httpVersion(opened.Response.ProtoMajor, opened.Response.ProtoMinor)
	opening.HTTPStatus = opened.Response.Status
	opening.Subprotocol = opened.Agreed.Subprotocol
	opening.Extensions = string(handshake.AppendExtensions(nil, opened.Agreed.Extensions))
	agreed, compressed, err := s.agreed(client.Rules.Extensions, opened.Agreed.Extensions)
	if err != nil {
		opened.Stream.Close()
		return nil, fail(transport.HandshakeBlame(err), protocol.EndLocal)
	}
	opening.OpenedAt = time.Now()
	missing := missingExtensions(opts.RequiredExtensions, opened.Agreed.Extensions)
	if missing != "" {
		// For the application it never opened: no Conn, and Dial tells the trace.
		opening.OpenedAt, s.trace = time.Time{}, Trace{}
	}
	c := newConn(opened.Stream, opening, opened.Early, s)
	if compressed {
		c.useCompression(agreed)
	}
	if missing == "" {
		return c, nil
	}
	c.tell(func(m *protocol.Closing, now time.Time) { m.MissExtension(missing, now) })
	<-c.done.wait()
	return nil, c.final.Load()
}

// agreed is what client and server agreed about compression, if they did.
func (s *settings) agreed(offers, answers []handshake.Extension) (agreed deflate.Params, compressed bool, err error) {
	if s.compression == nil {
		return agreed, false, nil
	}
	for _, answer := range answers {
		if answer.Name == deflate.Name {
			wanted, _ := s.compression.options()
			agreed, err = wanted.Agree(offers, answer)
			return agreed, err == nil, err
		}
	}
	return agreed, false, nil
}

// retryAfter reads the field Retry-After: seconds or a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}

func httpVersion(major, minor int) string { return fmt.Sprintf("HTTP/%d.%d", major, minor) }

// missingExtensions lists the required extensions that were not agreed upon.
func missingExtensions(required []string, agreed []handshake.Extension) string {
	var missing []string
	for _, name := range required {
		if !slices.ContainsFunc(agreed, func(e handshake.Extension) bool { return strings.EqualFold(e.Name, name) }) {
			missing = append(missing, name)
		}
	}
	return strings.Join(missing, ", ")
}

// newClient makes the client of one opening handshake out of the options.
func newClient(u *url.URL, opts *DialOptions, s *settings, jar cookies) (*transport.Client, error) {
	var nonce [16]byte
	rand.Read(nonce[:])
	rules := &handshake.ClientRules{Key: handshake.NewKey(nonce), Subprotocols: opts.Subprotocols}
	if s.compression != nil {
		wanted, err := s.compression.options()
		if err != nil {
			return nil, err
		}
		rules.Extensions = wanted.Offers()
	}
	for _, name := range opts.RequiredExtensions {
		if name != deflate.Name || s.compression == nil {
			rules.Extensions = append(rules.Extensions, handshake.Extension{Name: name})
		}
	}
	header := jar.addTo(opts.Header)
	if u.User != nil && header.Get("Authorization") == "" {
		password, _ := u.User.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
		header = header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header.Set("Authorization", "Basic "+credentials)
	}
	host := opts.Host
	if host == "" {
		host = u.Host
	}
	target := opts.Target
	if target == "" {
		target = u.RequestURI()
	}
	request, err := rules.AppendRequest(nil, target, host, header)
	if err != nil {
		return nil, err
	}
	client := &transport.Client{
		Dial:    opts.Dial,
		Address: address(u),
		Request: request,
		Rules:   rules,
		Limits:  handshake.Limits{MaxHeaderBytes: s.headerBytes},
	}
	if u.Scheme == "wss" {
		client.TLS = tlsConfig(opts.TLS, u.Hostname())
	}
	return client, nil
}

func tlsConfig(config *tls.Config, host string) *tls.Config {
	config = config.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"http/1.1"}
	}
	return config
}

// address is the host and port of a URL, with the scheme's default port.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "wss" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// publicURL is the address as it may appear in logs: without user and password.
func publicURL(u *url.URL, target string) string {
	public := *u
	public.User = nil
	if target != "" {
		public.Path, public.RawPath, public.RawQuery = "", "", ""
	}
	return public.String() + target
}

// parseURL reads the address of a WebSocket. The error is a
// *protocol.MisuseError.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		var syntax *url.Error
		if errors.As(err, &syntax) {
			err = syntax.Err // without the URL: it may hold a password
		}
		return nil, &protocol.MisuseError{Problem: "the URL cannot be parsed: " + err.Error()}
	}
	switch strings.ToLower(u.Scheme) {
	case "ws", "http":
		u.Scheme = "ws"
	case "wss", "https":
		u.Scheme = "wss"
	default:
		return nil, &protocol.MisuseError{Problem: fmt.Sprintf("the URL's scheme is %q, not ws or wss", u.Scheme)}
	}
	switch {
	case u.Hostname() == "":
		return nil, &protocol.MisuseError{Problem: "the URL has no host"}
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return nil, &protocol.MisuseError{
			Problem: "the URL has a fragment, which WebSocket addresses must not have",
			Section: "RFC 6455, section 3",
		}
	}
	return u, checkUser(u.User)
}

// checkUser says what keeps a user and a password out of an Authorization field:
// "The user-id and password MUST NOT contain any control characters", and "a
// user-id containing a colon character is invalid" (RFC 7617, section 2).
func checkUser(user *url.Userinfo) error {
	password, _ := user.Password()
	switch {
	case strings.ContainsFunc(user.Username()+password, unicode.IsControl):
		return errors.New("websocket: the URL's user or password has a control character (RFC 7617, section 2)")
	case strings.Contains(user.Username(), ":"):
		return errors.New("websocket: the URL's user has a colon (RFC 7617, section 2)")
	}
	return nil
}
