package protocol

import (
	"errors"

	"github.com/onclose/websocket/wire"
)

// ErrMessageOpen is Misuse: a message of another type was started before the
// one being sent had ended. RFC 6455, section 5.4.
var ErrMessageOpen = errors.New("websocket: a message of another type is still being sent")

// Sender writes the headers of the frames that this endpoint sends, and the
// whole of control frames. It is used under the lock that orders writes.
type Sender struct {
	key  func() uint32
	role Role
	open wire.Opcode // the message being sent; Continuation between messages
}

// Init makes s ready for a new connection on which this endpoint plays role. A
// client takes a new masking key from key for every frame; it must not be
// predictable (RFC 6455, section 10.3). A server may leave it nil.
func (s *Sender) Init(role Role, key func() uint32) {
	*s = Sender{role: role, key: key}
}

// InMessage reports whether a message has been started and not ended.
func (s *Sender) InMessage() bool { return s.open != wire.Continuation }

// AppendHeader appends the header of the next data frame to dst: the first
// frame of a message carries its opcode, Text or Binary, and the others are
// continuation frames. fin ends the message. A compressed message has RSV1 in its
// first frame (RFC 7692, section 6), and compressed means nothing for the others.
// It returns the masking key of the frame, 0 for a server: the caller masks the
// payload with it. The error is ErrMessageOpen.
func (s *Sender) AppendHeader(dst []byte, opcode wire.Opcode, compressed, fin bool, length int64) ([]byte, uint32, error) {
	h := wire.Header{Fin: fin, Opcode: opcode, Length: length}
	if compressed {
		h.RSV = wire.RSV1
	}
	if s.InMessage() {
		if opcode != s.open {
			return dst, 0, ErrMessageOpen
		}
		h.Opcode, h.RSV = wire.Continuation, 0
	}
	s.open = opcode
	if fin {
		s.open = wire.Continuation
	}
	s.mask(&h)
	return wire.AppendHeader(dst, h), h.Key, nil
}

// AppendWhole appends the header of a data frame that is a whole message. The frame
// may be made while another message is open, and must be written when none is. It
// returns what AppendHeader does.
func (s *Sender) AppendWhole(dst []byte, opcode wire.Opcode, compressed bool, length int64) ([]byte, uint32) {
	between := Sender{role: s.role, key: s.key}
	dst, key, _ := between.AppendHeader(dst, opcode, compressed, true, length)
	return dst, key
}

// AppendControl appends a whole control frame to dst. The payload has at most
// 125 bytes.
func (s *Sender) AppendControl(dst []byte, opcode wire.Opcode, payload []byte) []byte {
	h := wire.Header{Fin: true, Opcode: opcode, Length: int64(len(payload))}
	s.mask(&h)
	dst = wire.AppendHeader(dst, h)
	start := len(dst)
	dst = append(dst, payload...)
	wire.Mask(dst[start:], h.Key, 0)
	return dst
}

// mask gives a client's frame its key: "a client MUST mask all frames that it
// sends to the server" (section 5.1).
func (s *Sender) mask(h *wire.Header) {
	if s.role == Client {
		h.Masked, h.Key = true, s.key()
	}
}
