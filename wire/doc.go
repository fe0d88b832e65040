// Package wire turns WebSocket frames into values and back.
//
// A frame is a [Header] followed by its payload. The header says what the
// frame is ([Opcode]), whether it ends its message (FIN), which extension bits
// are set (RSV1 to RSV3), how long the payload is, and with which masking key
// the payload is masked. A Close frame's payload is a [StatusCode] and a
// reason. Everything here is a pure function or a small value: no state of a
// connection, no I/O, no clock. What a connection may do with frames is decided
// one floor up, in package protocol.
//
// Reading and masking a frame by hand:
//
//	h, n, rule := wire.ParseHeader(p)
//	if rule != 0 {
//		return fmt.Errorf("bad frame: %s", rule)
//	}
//	if n == 0 {
//		return errMoreBytesNeeded
//	}
//	payload := p[n : n+int(h.Length)]
//	if h.Masked {
//		wire.Mask(payload, h.Key, 0)
//	}
//
// All functions may be called from any number of goroutines. None keeps the
// bytes it was given.
package wire
