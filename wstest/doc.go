// Package wstest helps to test what uses WebSockets without a network, and above
// all what becomes of it when the network or the peer fails.
//
// [Pipe] is a connection in memory: buffered, bounded, and closed by halves as
// TCP is. Inside a bubble of testing/synctest it is idle whenever both ends wait,
// and time then passes at once. A [Fault] delays, splits, holds back or loses its
// bytes, or ends it in one of four ways, at any byte. A [Trace] tells what crossed
// it: what was written, what of it arrived, and when.
//
// [Pair] and [Dial] open a whole WebSocket over a pipe, net/http included, so that
// a test of what happens when the peer vanishes takes five lines:
//
//	synctest.Test(t, func(t *testing.T) {
//		client, _, pipe := wstest.Pair(t, nil, nil)
//		pipe.Peer().Reset()
//		_, _, err := client.Read(t.Context()) // a *websocket.CloseError: 1006, reset
//	})
//
// Other ways to fail: pipe.Peer().Close() is a process that ended, and
//
//	pipe.Inject(wstest.Fault{From: wstest.Server, Effect: wstest.Drop})
//
// a network through which nothing of the server arrives any more. Client code that
// dials by itself is given a [Listener]'s DialContext in websocket.DialOptions.
//
// Everything may be used from any number of goroutines. The same faults and the
// same calls at the same instants of a bubble give the same trace. What two
// goroutines do at the same instant has no order: let an instant pass between.
package wstest
