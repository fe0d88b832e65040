// Package handshake holds the rules of WebSocket's opening handshake, for both
// sides, as functions of HTTP heads.
//
// A client sends a request that asks to leave HTTP; the server answers with
// status 101 and the connection carries frames from then on, or with any other
// status and it stays what it was. The head is the start line, the header lines
// and the empty line of either. An offer is an extension that the client can
// speak, a subprotocol the name of what the frames will be about, an origin the
// scheme, host and port of the page that connects.
//
// The client's side is [ClientRules]: AppendRequest writes the request, Check
// judges the [Response]. The server's side is [ServerRules]: Check judges the
// [Request] and gives a [Reply], whose AppendResponse writes the 101, or a
// [Refusal], an ordinary HTTP response that says which rule was broken. Heads
// that come as bytes are parsed by [ParseRequest] and [ParseResponse].
//
// Both sides, without a network between them:
//
//	client := handshake.ClientRules{Key: handshake.NewKey(nonce), Subprotocols: []string{"chat"}}
//	request, err := client.AppendRequest(nil, "/room", "example.com", nil)
//	if err != nil {
//		return err
//	}
//
//	req, _, err := handshake.ParseRequest(request, handshake.Limits{})
//	if err != nil {
//		return err
//	}
//	server := handshake.ServerRules{Subprotocols: []string{"chat"}}
//	reply, refusal := server.Check(&req)
//	if refusal != nil {
//		return refusal
//	}
//	response, err := reply.AppendResponse(nil, "", nil)
//	if err != nil {
//		return err
//	}
//
//	resp, _, err := handshake.ParseResponse(response, handshake.Limits{})
//	if err != nil {
//		return err
//	}
//	agreed, err := client.Check(&resp) // agreed.Subprotocol is "chat"
//
// There is no I/O, no clock and no state here. All functions may be called from
// any number of goroutines; none changes its arguments or keeps the bytes that
// it was given.
//
// The limits: a head has at most 64 KiB, 8 KiB a line and 128 header lines
// ([Limits] changes that); a header offers at most 128 subprotocols and 32
// extensions of 32 parameters each; a message repeats at most 100 bytes of a
// peer's text.
//
// A peer that breaks a rule gives a [SyntaxError], a [Refusal] or a
// [ResponseError], a caller that does a [MisuseError].
package handshake
