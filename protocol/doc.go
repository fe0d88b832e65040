// Package protocol is the WebSocket protocol of one connection, without I/O.
//
// Three small machines share the work; each is a struct that only one lock
// domain touches, and none knows a socket, a goroutine, a lock, a clock or a
// logger. Time comes in as an argument.
//
//   - [Receiver] turns received bytes into events: pieces of messages, Ping,
//     Pong and Close frames, and the one [Violation] that ends it all.
//   - [Sender] says which frame may be sent now, and writes headers.
//   - [Closing] is the closing handshake. It is told facts (a Close frame came,
//     the stream ended, a write failed, a deadline passed) and answers with the
//     frames owed to the peer, what the shell must do next, and in the end the
//     one [CloseEvent]. It is the only place that chooses a status code.
//
// Bytes are borrowed: an event's payload aliases what was given to Receive and
// is valid until the next call. Events are values. Nothing allocates while a
// connection is open.
//
// Two endpoints in one goroutine, a few bytes apart:
//
//	var r protocol.Receiver
//	r.Init(protocol.Server, protocol.Limits{})
//	for len(p) > 0 {
//		ev, n := r.Receive(p)
//		p = p[n:]
//		switch ev.Kind {
//		case protocol.Data:
//			use(ev.Payload, ev.Fin)
//		case protocol.Close:
//			closing.Received(ev.Payload, receiver.FrameOffset(), nil, now)
//		case protocol.Violated:
//			closing.Violated(ev.Violation, now)
//		}
//	}
package protocol
