// Package console is the page that shows how WebSocket connections end: the
// browser's CloseEvent beside the server's, in English and in French.
//
// Vocabulary. The page is a static document that opens connections to the
// server it came from, sends messages, closes, or asks the server to end the
// connection in a given way. The feed is the stream of server-sent events at
// "events": one CloseEvent a connection that the server reported. A subscriber
// is one client of the feed. The page puts a random "id" into the query of
// each address that it connects to; the server's CloseEvent brings it back in
// its url member, and so the page finds the two views of one connection.
//
// A server with a console:
//
//	package main
//
//	import (
//		"log"
//		"net/http"
//		"time"
//
//		"github.com/onclose/websocket/console"
//		"github.com/onclose/websocket/protocol"
//	)
//
//	func main() {
//		c := console.New(nil)
//		mux := http.NewServeMux()
//		mux.Handle("/", c.Handler())
//		mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) {
//			c.Report(protocol.CloseEvent{Code: 1001, WasClean: true, ClosedAt: time.Now()})
//		})
//		srv := &http.Server{Addr: "127.0.0.1:8080", Handler: console.LoopbackHosts(mux)}
//		srv.RegisterOnShutdown(c.Close)
//		log.Fatal(srv.ListenAndServe())
//	}
//
// Concurrency. All functions and methods may be called from any number of
// goroutines. The package starts none.
//
// Limits. The feed replays the last 50 events to a new subscriber, queues 64
// events for a slow one and then drops its oldest (and says how many), accepts
// 64 subscribers, sends a comment after 15 s without an event, and gives up on
// a subscriber that takes nothing for 10 s.
//
// What a peer wrote is data: it leaves the server as JSON only, and the page
// puts it into text nodes only. The page runs under a Content-Security-Policy
// without inline script or style, and only connects to its own host.
package console
