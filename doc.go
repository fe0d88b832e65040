// Package websocket is WebSocket for Go in which every connection ends in
// exactly one truthful CloseEvent.
//
// The vocabulary is that of RFC 6455 and of the WHATWG's standard. A connection
// opens with an opening handshake, by which client and server may agree on a
// subprotocol. The endpoints then send messages, text or binary, in frames. It
// ends with a closing handshake, one Close frame each way with a status code and
// a reason, and with the end of the transport below; or it fails. [CloseEvent]
// says which of it happened: code, reason and wasClean as a web page would see
// them, and beside them the whole truth.
//
// A server:
//
//	http.Handle("/echo", websocket.Handler(func(c *websocket.Conn) {
//		for m, err := range c.Messages(ctx) {
//			if err != nil {
//				break
//			}
//			c.Write(ctx, m.Type, m.Data)
//		}
//		ev, _ := c.CloseEvent()
//		log.Print(ev) // closed 1001 GoingAway "tab closed" clean, by remote after 4m12s
//	}, nil))
//
// A client:
//
//	c, err := websocket.Dial(ctx, "ws://example.com/echo", nil)
//	...
//	err = c.Write(ctx, websocket.Text, []byte("hello"))
//	_, p, err := c.Read(ctx)
//	err = c.Close(websocket.NormalClosure, "")
//
// There are two styles over one [Conn]. In the blocking one, the application
// calls Read and Write. In the event style, it gives callbacks in [Events], and
// the library reads.
//
// Every method of a Conn may be called from any number of goroutines. Contexts
// bound single calls; the connection outlives them. Close needs no reader and
// waits behind no blocked writer for longer than its bound; neither does the
// peer's Close frame or Ping need one, as the library reads ahead when the
// application does not, within a second and up to [Limits.ReadAheadBytes].
//
// A peer that is silent for [Limits.PingInterval] is sent a Ping; one that is gone
// without a word is found [Limits.PongTimeout] later.
//
// Every limit has a finite default, named in [Limits]. A page of another origin
// may not connect unless [AcceptOptions] says so.
package websocket
