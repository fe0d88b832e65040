package websocket

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"

	"github.com/onclose/websocket/protocol"
)

// Handler is an http.Handler that opens a WebSocket for every request and hands
// it to serve, on a goroutine of its own: net/http gets its goroutine and its
// buffers back at once, so an idle connection costs about 8 KB of heap and
// stack instead of 20.
//
// When serve returns and the connection is still open, it is closed with 1000;
// when serve panics, with 1011, and the panic is reported to Trace.Panicked or,
// without one, logged by the http.Server's ErrorLog. Requests that are refused
// get an HTTP error and are told to Trace.Refused. Nil options are the defaults;
// options that cannot be used make Handler panic, since they are the program's.
//
// http.Server.Shutdown neither waits for such connections nor closes them:
// AcceptOptions.Connections does both.
func Handler(serve func(*Conn), opts *AcceptOptions) http.Handler {
	return newHandler(func(c *Conn, server *http.Server) {
		c.guard(server, func() { serve(c) })
		c.closeFor(protocol.CauseNone, "", nil)
	}, opts)
}

// handler opens connections and runs each on a goroutine of its own.
type handler struct {
	acceptor *acceptor
	run      func(*Conn, *http.Server)
}

func newHandler(run func(*Conn, *http.Server), opts *AcceptOptions) *handler {
	a, err := newAcceptor(opts)
	if err != nil {
		panic(err)
	}
	return &handler{a, run}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := h.acceptor.accept(w, r)
	if err != nil {
		return // the response has been written
	}
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	go h.run(c, server)
}

// guard calls f, which is the application's. When f panics, the connection is
// closed for it, and the panic is reported rather than let loose: net/http does
// the same for its handlers, and here its goroutine is gone.
func (c *Conn) guard(server *http.Server, f func()) {
	returned := false
	defer func() {
		if !returned {
			c.broken(server, recover())
		}
	}()
	f()
	returned = true
}

// broken closes the connection for a panic of the application: value is what was
// recovered, or nil after runtime.Goexit.
func (c *Conn) broken(server *http.Server, value any) {
	if value != nil {
		c.reportPanic(server, value, debug.Stack())
	}
	c.closeFor(protocol.CausePanic, "", &panicError{value})
}

// panicError is the cause of a connection whose handler panicked.
type panicError struct{ value any }

func (e *panicError) Error() string {
	return fmt.Sprintf("websocket: the handler panicked: %v", e.value)
}

// surviveHook, when it is deferred, reports a panic of a hook and ends it: what
// the hook was called from goes on.
func (c *Conn) surviveHook() {
	if value := recover(); value != nil {
		c.reportPanic(nil, value, debug.Stack())
	}
}

// reportPanic tells of a panic. One with http.ErrAbortHandler is meant, and is
// not logged, as in net/http.
func (c *Conn) reportPanic(server *http.Server, value any, stack []byte) {
	if panicked := c.settings.trace.Panicked; panicked != nil {
		panicked(c, value, stack)
		return
	}
	if value == http.ErrAbortHandler {
		return
	}
	printf := log.Printf
	if server != nil && server.ErrorLog != nil {
		printf = server.ErrorLog.Printf
	}
	printf("websocket: panic serving %v: %v\n%s", c.RemoteAddr(), value, stack)
}
