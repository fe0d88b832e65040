// Package interop judges onclose against WebSocket programs that others
// wrote: the browsers Chromium and Firefox, the clients ws, undici, Bun and
// Deno, and the servers ws and python3-websockets.
//
// A peer is one of those programs. A job is one connection that a peer's
// client opens: what to send, when to close, and how long to wait; its result
// lists the events in order and the CloseEvent that the peer reported. A
// browser runs jobs in a page, a runtime in a process; both run the same
// text, peers/jobs.mjs. The server under test is `onclose serve`, started as
// a process, and its own account of each connection is read from /events. So
// every test compares two accounts of one end, and neither of them is ours to
// write down twice.
//
//	browser, err := interop.StartChromium(ctx)
//	...
//	defer browser.Close()
//	page, err := browser.Open(ctx, "http://127.0.0.1:8080/")
//	...
//	var title string
//	err = page.Call(ctx, "async () => document.title", &title)
//
// One promise is judged harder: that our Close frame always arrives, whatever
// the client sent that nobody reads. For it the server of ours runs in the
// test's own process, where it can see what lies unread in its socket
// (farewell.go), and clients come to it over TCP and TLS, directly and through
// the proxies nginx and haproxy (proxy.go). TestCloseAlwaysArrives says how to
// run it a thousand times.
//
// Compression is judged with random messages, by every client and both servers
// and with every set of parameters that they know. There
// python3-websockets is a client too. What was agreed upon, and whether messages
// really were compressed, is read off the connection by a tap in its middle
// (tap.go). compression_test.go says how to run it with a thousand messages.
//
// The command interop/wpt judges the scripts' WebSocket by the public
// web-platform-tests, of which it needs a checkout.
//
// The tests expect what the WHATWG and RFC 6455 demand. Where a peer is known
// to do otherwise, its row says so and the test demands the deviation, so that
// a peer's repair is noticed too.
//
// A peer that is not installed is skipped with a reason; where the environment
// has ONCLOSE_PEERS=required, as in CI, it is a failure. Debian's packages are
// chromium, firefox-esr, python3-websockets, nginx and haproxy; `npm ci --prefix
// interop/peers` brings the others. Nothing here downloads anything.
//
// A Browser, a Page and a Server may be used by several goroutines at once.
// Whatever is started here runs in a process group of its own, which Close
// ends, and which ends by itself when this process dies.
package interop
