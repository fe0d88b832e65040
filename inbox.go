package websocket

import "github.com/onclose/websocket/wire"

// inbox holds payload that was read while no application goroutine asked for
// it, or for one that went away: whole messages and, at its end, at most one
// that is not yet whole. It belongs to whoever holds the read turn.
type inbox struct {
	parts []part
	data  []byte // the payload of the parts, one behind the other
}

// part is a message, or what is left of one to be handed out.
type part struct {
	opcode wire.Opcode
	size   int
	whole  bool // its last byte is here
}

// partBytes is what a part counts besides its payload: messages without any
// cost memory too.
const partBytes = 32

// bytes is how much is held.
func (b *inbox) bytes() int { return len(b.data) + partBytes*len(b.parts) }

// put appends a piece of a message.
func (b *inbox) put(opcode wire.Opcode, payload []byte, fin bool) {
	last := len(b.parts) - 1
	if last < 0 || b.parts[last].whole {
		b.parts = append(b.parts, part{opcode: opcode})
		last++
	}
	b.data = append(b.data, payload...)
	b.parts[last].size += len(payload)
	b.parts[last].whole = fin
}

// first is the part at the front; ok is false when there is none.
func (b *inbox) first() (p part, ok bool) {
	if len(b.parts) == 0 {
		return part{}, false
	}
	return b.parts[0], true
}

// take moves up to len(dst) bytes of the first part into dst. A part that is
// whole and empty then is dropped with drop.
func (b *inbox) take(dst []byte) int {
	n := copy(dst, b.data[:b.parts[0].size])
	b.parts[0].size -= n
	if b.data = b.data[n:]; len(b.data) == 0 {
		b.data = nil
	}
	return n
}

// empty takes the payload out of the last part if that is not whole. The part
// stays, for a reader that has begun with it.
func (b *inbox) empty() {
	last := len(b.parts) - 1
	if last < 0 || b.parts[last].whole {
		return
	}
	b.data = b.data[:len(b.data)-b.parts[last].size]
	b.parts[last].size = 0
}

// drop removes the first part with what is left of it, and returns how much
// that was.
func (b *inbox) drop() int {
	n := b.parts[0].size
	if b.data = b.data[n:]; len(b.data) == 0 {
		b.data = nil
	}
	if b.parts = b.parts[1:]; len(b.parts) == 0 {
		b.parts = nil
	}
	return n
}
