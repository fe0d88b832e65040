package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/console"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/observe"
	"github.com/onclose/websocket/observe/prom"
	"github.com/onclose/websocket/reconnect"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// site is everything that onclose serve serves.
type site struct {
	at      place
	options websocket.AcceptOptions // of /echo and /close
	console *console.Console
	metrics *prometheus.Registry
	vars    observe.Counters
	counts  websocket.Trace // into metrics and vars
	log     *log.Logger
	present *roster
}

// newSite makes a site. Its connections are closed when leaving ends, with the
// CloseFrame that is its cause.
func newSite(leaving context.Context, cmd *serveCmd, at place, logger *log.Logger) *site {
	s := &site{
		at:      at,
		console: console.New(&console.Options{Codes: websocket.StatusCodes("en"), Hosts: at.hosts}),
		metrics: prometheus.NewRegistry(),
		log:     logger,
		present: newRoster(),
	}
	s.counts = observe.Join(prom.New(s.metrics).Trace(), s.vars.Trace())
	compression, _ := cmd.compression(cmd.Takeover) // serve has checked it
	s.options = websocket.AcceptOptions{
		Origins:     cmd.Origin,
		Compression: compression,
		Context:     leaving,
		Trace: observe.Join(s.counts, websocket.Trace{
			Opened:  func(c *websocket.Conn) { s.opened(c) },
			Closed:  func(c *websocket.Conn, ev websocket.CloseEvent) { s.ended(c, ev) },
			Refused: s.logRefused,
		}),
		Limits: websocket.Limits{MessageBytes: cmd.MaxMessage},
	}
	_ = cmd.limit(&s.options.Limits) // serve has checked it
	return s
}

// handler serves the site. On a loopback address every request must name a
// loopback host, against DNS rebinding.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.console.Handler())
	mux.Handle("/echo", s.counted(s.unlessPlain(websocket.Events{OnMessage: echo}.Handler(&s.options))))
	mux.Handle("/close", s.counted(http.HandlerFunc(s.serveClose)))
	mux.Handle("GET /reconnect.js", reconnect.Handler())
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/vars", s.serveVars)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	handler := boundBody(s.unlessLeaving(mux))
	if s.at.loopback {
		handler = console.LoopbackHosts(handler, s.at.hosts...)
	}
	return handler
}

// close waits until every connection has ended: they are being closed, since
// the site's context has ended. Those that take too long are cut. Then the feed
// ends.
func (s *site) close() {
	var cutting sync.WaitGroup
	for _, c := range s.present.wait(closeGrace) {
		cutting.Go(c.Abort)
	}
	cutting.Wait()
	s.present.wait(cutGrace)
	s.console.Close()
}

// bodyWait is how long a client may take to send a body that nobody wants.
const bodyWait = 10 * time.Second

// boundBody bounds the time that net/http spends, behind our answer, on the rest
// of a request with a body. No endpoint reads one.
func boundBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait))
		}
		next.ServeHTTP(w, r)
	})
}

// unlessLeaving refuses every request once the site's context has ended.
func (s *site) unlessLeaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.options.Context.Err() == nil {
			next.ServeHTTP(w, r)
			return
		}
		s.refuse(w, r, &handshake.Refusal{
			Status:  http.StatusServiceUnavailable,
			Header:  handshake.Header{"Connection": {"close"}, "Retry-After": {"5"}},
			Message: "the server is shutting down",
		})
	})
}

// counted keeps close from overlooking a connection that is just being opened:
// who passes unlessLeaving in here is counted already.
func (s *site) counted(next http.Handler) http.Handler {
	next = s.unlessLeaving(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.present.enter(arrival{r})
		defer s.present.leave(arrival{r})
		next.ServeHTTP(w, r)
	})
}

// arrival is a request that may become a connection.
type arrival struct{ *http.Request }

// Abort does nothing: the server's own timeouts bound a request.
func (arrival) Abort() {}

// unlessPlain tells a person with a browser or curl, who asks a WebSocket address
// for a page, what to do instead. All other bad requests are left to the rules of
// the opening handshake.
func (s *site) unlessPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header["Upgrade"] != nil {
			next.ServeHTTP(w, r)
			return
		}
		_, refusal := new(handshake.ServerRules).Check(transport.OpeningRequest(r))
		scheme := "ws://"
		if r.TLS != nil {
			scheme = "wss://"
		}
		refusal.Message += "; try: onclose dial " + scheme + s.at.address + "/echo"
		s.refuse(w, r, refusal)
	})
}

// refuse answers a request with an HTTP error.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, refusal *handshake.Refusal) {
	maps.Copy(w.Header(), refusal.Header)
	http.Error(w, refusal.Message, refusal.Status)
	s.refused(r, refusal)
}

func badRequest(err error) *handshake.Refusal {
	return &handshake.Refusal{
		Status:  http.StatusBadRequest,
		Header:  handshake.Header{"Connection": {"close"}},
		Message: err.Error(),
	}
}

// refused notes a request that was answered with an HTTP error, not by Handler.
func (s *site) refused(r *http.Request, err error) {
	s.counts.Refused(r, err)
	s.logRefused(r, err)
}

func (s *site) logRefused(r *http.Request, err error) {
	s.log.Printf("refused %+q from %s: %v", r.URL.RequestURI(), r.RemoteAddr, err)
}

// opened notes a connection.
func (s *site) opened(c aborter) {
	s.present.enter(c)
}

// ended reports the end of a connection of either kind.
func (s *site) ended(c aborter, ev websocket.CloseEvent) {
	s.console.Report(ev)
	address := ev.URL
	if u, err := url.Parse(address); err == nil {
		address = u.RequestURI()
	}
	s.log.Printf("%+q %v", address, ev)
	s.present.leave(c)
}

// serveVars serves the counters as package expvar does, and nothing else of the
// program.
func (s *site) serveVars(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, "{\"websocket\": %s}\n", s.vars.String())
}

// echo sends a message back. That it cannot be sent is for the CloseEvent to
// say.
func echo(c *websocket.Conn, typ websocket.MessageType, message []byte) {
	_ = c.Write(context.Background(), typ, message)
}

// serveClose ends the connection in the way that the query asks for.
func (s *site) serveClose(w http.ResponseWriter, r *http.Request) {
	e, err := parseEnding(r.URL.RawQuery)
	if err != nil {
		s.refuse(w, r, badRequest(err))
		return
	}
	handler := websocket.Handler(e.play, &s.options)
	if fault, ok := faults[e.how]; ok {
		handler = s.faultyHandler(fault, e.after)
	}
	s.unlessPlain(handler).ServeHTTP(w, r)
}

// ending is how a client of /close wants its connection to end.
type ending struct {
	how   string
	frame websocket.CloseFrame // with how "close"
	after time.Duration        // counted from the 101
}

// play reads, and drops, what the client sends until the time has come, and
// closes.
func (e *ending) play(c *websocket.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), e.after)
	defer cancel()
	for range c.Messages(ctx) {
	}
	// How it went is for the CloseEvent to say.
	if e.frame.Code == websocket.NoStatusRcvd {
		_ = c.CloseEmpty()
	} else {
		_ = c.Close(e.frame.Code, e.frame.Reason)
	}
}

// Bounds of the parameters of /close: the longest wait, and the longest id, in
// bytes.
const (
	maxAfter = 5 * time.Minute
	maxID    = 256
)

// ordinary is the way to end that keeps to the rules.
const ordinary = "close"

// waysToEnd lists the values of the parameter how.
func waysToEnd() []string {
	return append([]string{ordinary}, slices.Sorted(maps.Keys(faults))...)
}

// parameters are those of /close, with what reads each into an ending. The id is
// the client's mark, by which it finds the CloseEvent again.
var parameters = map[string]func(*ending, string) error{
	"code":   (*ending).setCode,
	"reason": (*ending).setReason,
	"after":  (*ending).setAfter,
	"how":    (*ending).setHow,
	"id":     (*ending).setID,
}

// parseEnding reads the query of /close. The error is a sentence that names the
// parameter and the rule.
func parseEnding(query string) (*ending, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("the query cannot be read: %w", err)
	}
	e := &ending{how: ordinary, frame: websocket.CloseFrame{Code: websocket.NoStatusRcvd}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set, known := parameters[name]
		switch {
		case !known:
			return nil, fmt.Errorf("the parameter %+.40q is not known: there are %s", name, strings.Join(slices.Sorted(maps.Keys(parameters)), ", "))
		case len(values[name]) > 1:
			return nil, fmt.Errorf("the parameter %s occurs more than once", name)
		}
		if err := set(e, values[name][0]); err != nil {
			return nil, fmt.Errorf("the parameter %s %w", name, err)
		}
	}
	if e.frame.Reason != "" && e.frame.Code == websocket.NoStatusRcvd {
		return nil, errors.New("the parameter reason needs a code: a Close frame has a reason only behind a status code (RFC 6455, section 5.5.1)")
	}
	return e, nil
}

func (e *ending) setCode(value string) error {
	if value == "" {
		return errors.New("is empty: leave it out for a Close frame without a status code")
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("is %+.40q, and the greatest number that fits a Close frame is 65535 (RFC 6455, section 5.5.1)", value)
	}
	if err != nil || strconv.FormatUint(n, 10) != value {
		return fmt.Errorf("is %+.40q, which is not a decimal number", value)
	}
	code := websocket.StatusCode(n)
	if !code.OnWire() {
		about := websocket.Describe(code, "en")
		return fmt.Errorf("is %v, which no Close frame may carry (%s): %s", code, about.Section, about.Description)
	}
	e.frame.Code = code
	return nil
}

func (e *ending) setReason(value string) error {
	switch {
	case len(value) > wire.MaxReason:
		return fmt.Errorf("has %d bytes, and at most %d fit a Close frame (RFC 6455, section 5.5)", len(value), wire.MaxReason)
	case !utf8.ValidString(value):
		return errors.New("is not UTF-8 (RFC 6455, section 5.5.1)")
	}
	e.frame.Reason = value
	return nil
}

func (e *ending) setAfter(value string) error {
	after, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return fmt.Errorf("is %+.40q, which is not a duration such as 500ms, 2s or 1m30s", value)
	case after < 0 || after > maxAfter:
		return fmt.Errorf("is %v, and must lie between 0 and %v", after, maxAfter)
	}
	e.after = after
	return nil
}

func (e *ending) setHow(value string) error {
	if !slices.Contains(waysToEnd(), value) {
		return fmt.Errorf("is %+.40q, and must be one of %s", value, strings.Join(waysToEnd(), ", "))
	}
	e.how = value
	return nil
}

func (e *ending) setID(value string) error {
	if len(value) > maxID {
		return fmt.Errorf("has %d bytes, and may have at most %d", len(value), maxID)
	}
	return nil
}
