// Package deflate is the WebSocket extension permessage-deflate (RFC 7692)
// without I/O: its negotiation, and the DEFLATE (RFC 1951) of one connection.
//
// Each direction has a window, the distance in bytes that compressed data may
// reach back: 2^8 to 2^15, counted in window bits. With context takeover that
// window outlives the message, and a message may refer to those before it;
// without, each message stands alone. [Options] is what an endpoint wants of
// the four, [Params] what both agreed on. A [Compressor] is the sending half of
// a connection, a [Decompressor] the receiving half.
//
// A server that agrees, then sends and receives:
//
//	params, answer, ok := options.Accept(reply.Offers)
//	if !ok {
//		return // no compression
//	}
//	var c deflate.Compressor
//	c.Init(params.ServerWindowBits, params.ServerTakeover, 0)
//	payload := c.Append(nil, text, true) // of a frame with RSV1
//	c.Commit()
//
//	var d deflate.Decompressor
//	d.Init(params.ClientWindowBits, params.ClientTakeover)
//	for done := false; !done; {
//		var out []byte
//		var n int
//		out, n, done, err = d.Inflate(payload, true)
//		if err != nil {
//			return err
//		}
//		message = append(message, out...) // after a look at the limit
//		payload = payload[n:]
//	}
//
// Options and Params are values. A Compressor and a Decompressor are each used
// by one goroutine at a time; what they need only while a message lasts comes
// from pools that all connections share.
//
// Compressing a secret together with text that an attacker chooses tells the
// attacker about the secret by the length (CRIME). Context takeover widens that
// from a message to a connection, so it is off unless asked for.
package deflate
