package protocol

import (
	"math"

	"github.com/onclose/websocket/wire"
)

// Inflater undoes the compression of messages, piece by piece, for a Receiver
// of a connection on which permessage-deflate was agreed (RFC 7692). Package
// deflate has one.
type Inflater interface {
	// Inflate takes n bytes from the front of p and returns what they become;
	// out is valid until the next call. It may leave bytes of p, or keep some of
	// what they become, for the next call. fin says that p ends the compressed
	// data of a message; done, that all of that message has been returned.
	Inflate(p []byte, fin bool) (out []byte, n int, done bool, err error)
}

// InflateWith lets messages be compressed: the first frame of one that is has
// RSV1. It is called before the first Receive.
func (r *Receiver) InflateWith(i Inflater) { r.inflater = i }

// judgeReserved looks at the reserved bits of a frame: "An endpoint MUST NOT set
// the "Per-Message Compressed" bit of control frames and non-first fragments of
// a data message" (RFC 7692, section 6).
func (r *Receiver) judgeReserved(h wire.Header) wire.Rule {
	switch {
	case h.RSV == 0:
		return 0
	case h.RSV != wire.RSV1 || r.inflater == nil:
		return wire.RuleReservedBits
	case h.Opcode.Control() || h.Opcode == wire.Continuation:
		return wire.RuleCompressedFrame
	}
	return 0
}

// mayAnnounce is how many bytes the frames of one message may announce. A
// compressed message is measured when it is inflated. What bounds its compressed
// bytes is generous, since fragments that were flushed one by one grow, and is
// there so that a length beyond all reason is refused from the header.
func (r *Receiver) mayAnnounce() int64 {
	limit := r.limits.MessageBytes
	if r.compressed && limit < (math.MaxInt64-compressedSlack)/2 {
		return 2*limit + compressedSlack
	}
	return limit
}

const compressedSlack = 64 << 10

// receiveCompressed inflates what is there of a compressed frame's payload, and
// returns a piece of the message. One call may leave bytes of p, and the next
// one may find more of the message without any.
func (r *Receiver) receiveCompressed(p []byte) (Event, int) {
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	if r.masked && r.clear < len(p) {
		wire.Mask(p[r.clear:], r.key, r.done+int64(r.clear))
	}
	fin := r.fin && int64(len(p)) == r.left
	out, n, whole, err := r.inflater.Inflate(p, fin)
	r.clear = len(p) - n
	r.done += int64(n)
	r.left -= int64(n)
	// What is wrong first is what counts, however the bytes were cut.
	room := r.limits.MessageBytes - r.inflated
	good := out[:min(int64(len(out)), room)]
	r.inflated += int64(len(out))
	if r.opcode == wire.Text {
		if bad := r.text.Check(good); bad >= 0 {
			return r.violateText(good[:bad:bad]), n
		}
	}
	switch {
	case len(good) < len(out):
		return r.violateMessage(&Violation{Rule: wire.RuleMessageTooBig, Got: r.limits.MessageBytes + 1, Limit: r.limits.MessageBytes}, good), n
	case err != nil:
		return r.violateMessage(&Violation{Rule: wire.RuleCompressedData, Err: err}, good), n
	}
	ev := Event{Kind: Data, Opcode: r.opcode, Payload: out}
	switch {
	case whole:
		return r.endMessage(ev), n
	case len(out) > 0 || n < len(p):
		return ev, n
	case r.left == 0 && !r.fin:
		r.state = atHeader // an empty piece: the frame has nothing more
		return ev, n
	}
	return Event{}, n
}
