package console

import (
	"encoding/json"
	"net/http"

	"github.com/onclose/websocket/protocol"
)

// Options are the choices of a Console. They are read once, by New. Nil and
// the zero value mean the defaults.
type Options struct {
	// Codes is the registry of status codes, served as JSON at "codes.json".
	// The page expects an array of objects with the members code, or first and
	// last for a range, and name and description, and does well without any of
	// them. Default nil: an empty array; the page then shows codes without
	// their names. A value that encoding/json refuses is answered with 500.
	Codes any

	// Hosts are the names that a request may have in its Host field beside the
	// loopback ones (see LoopbackHosts): without port, in any case. AnyHost
	// stands for all names. Default nil: loopback names only, whatever address
	// the server listens on. More names than your own, and above all AnyHost,
	// lay the console open to DNS rebinding: a foreign page then reads it.
	Hosts []string
}

// Console is the page and its feed. It is made by New.
type Console struct {
	feed    *feed
	handler http.Handler
}

// New makes a console. It starts nothing; Handler serves it.
func New(opts *Options) *Console {
	if opts == nil {
		opts = &Options{}
	}
	c := &Console{feed: newFeed()}

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", servePage())
	mux.Handle("GET /console/{file}", serveAssets())
	mux.Handle("GET /codes.json", serveCodes(opts.Codes))
	mux.HandleFunc("GET /events", c.serveEvents)
	c.handler = withHeaders(LoopbackHosts(mux, opts.Hosts...))
	return c
}

// Handler serves the page at "/", what the page needs below "/console/", the
// codes at "/codes.json" and the feed at "/events"; everything else is 404.
// The addresses inside the page are relative, so that http.StripPrefix may put
// it elsewhere. It refuses Host names as Options.Hosts says.
//
// A request for the feed lasts until its client leaves, a write to it fails or
// takes 10 s, or Close is called.
func (c *Console) Handler() http.Handler { return c.handler }

// Report publishes a CloseEvent on the feed. It never blocks: a subscriber
// that does not keep up loses its oldest events and is told how many. After
// Close it does nothing.
func (c *Console) Report(e protocol.CloseEvent) {
	data, err := json.Marshal(e)
	if err != nil {
		return // a time beyond the year 9999: no clock tells it
	}
	c.feed.publish(data)
}

// Close ends the feed of every subscriber, after what was reported until now,
// and refuses new ones. It does not wait for them. Call it when the server
// begins to shut down (http.Server.RegisterOnShutdown), for Shutdown waits for
// the subscribers. It may be called more than once.
func (c *Console) Close() { c.feed.close() }
