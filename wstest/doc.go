// Package wstest helps to test what uses WebSockets without a network.
//
// [Pipe] is a connection in memory: buffered, bounded, and closed by halves as
// TCP is, so that everything about closing can be tried out on it. Inside a
// bubble of testing/synctest it is idle whenever both ends wait, and time then
// passes at once. [Listener] hands such pipes to an http.Server, and its Dial
// fits into websocket.DialOptions:
//
//	synctest.Test(t, func(t *testing.T) {
//		l := wstest.NewListener()
//		go http.Serve(l, handler)
//		c, err := websocket.Dial(ctx, "ws://test/", &websocket.DialOptions{Dial: l.DialContext})
//		...
//	})
package wstest
