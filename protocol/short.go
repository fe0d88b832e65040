package protocol

import (
	"encoding/binary"

	"github.com/onclose/websocket/wire"
)

// This file is the short way for most messages: one frame of 1 to 125 bytes, all of
// which is here, and neither compressed nor wrong, while nobody wants to be told of
// frames. It takes 25 ns instead of 75. All else goes the long way in receiver.go, which finds the same; FuzzReceiver compares
// the two, since a frame that is cut goes the long way.

// receiveShort takes such a message. n is 0 when it is none; then nothing was
// changed.
func (r *Receiver) receiveShort(p []byte) (ev Event, n int) {
	if !shortWay || len(p) < 2 || r.InMessage() || r.told != nil {
		return Event{}, 0
	}
	opcode := wire.Opcode(p[0] ^ 0x80) // FIN is set, and no reserved bit
	size := int(p[1] & 0x7F)
	if opcode != wire.Text && opcode != wire.Binary || size == 0 || size > wire.MaxControl || int64(size) > r.limits.MessageBytes {
		return Event{}, 0
	}
	begin, masked := 2, p[1]>>7 != 0
	if masked {
		begin = 6
	}
	if masked != (r.role == Server) || len(p) < begin+size {
		return Event{}, 0
	}
	payload := p[begin : begin+size]
	if masked {
		wire.Mask(payload, binary.LittleEndian.Uint32(p[2:]), 0)
	}
	if opcode == wire.Text && !wire.ValidUTF8(payload) {
		if masked {
			wire.Mask(payload, binary.LittleEndian.Uint32(p[2:]), 0) // as it was
		}
		return Event{}, 0
	}
	r.compressed, r.size = false, int64(size) // for Sizes
	return Event{Kind: Data, Opcode: opcode, Fin: true, Payload: payload}, begin + size
}
