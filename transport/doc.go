// Package transport is the byte stream under a WebSocket, and the two ways to
// get one over HTTP/1.1: a client's request, and a server's hijacked connection.
//
// A [Stream] reads, writes, half-closes and closes. When it ends or fails, this
// package says how in the words of package protocol: FIN, reset, TLS alert,
// truncation ([ReadEnd], [WriteBlame], [DialBlame]). It reports these facts and
// draws no conclusion from them: what they mean for the CloseEvent is decided in
// package protocol.
package transport
