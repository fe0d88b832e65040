package websocket

import (
	"sync"

	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// batch is frames that leave together, one behind the other. heldBytes bounds it,
// unless it is a single message.
type batch struct {
	frames  []byte
	queued  int   // bytes of them that were queued; other frames may follow
	sent    int   // bytes of the frames that have left
	payload int   // in what has not
	sizes   []int // what the compressed messages among them were made from, in bytes

	told, sizesTold int // bytes of frames, and how many of sizes, that the trace knows of
}

var batches = sync.Pool{New: func() any { return &batch{frames: make([]byte, 0, 8<<10)} }}

func newBatch() *batch {
	b := batches.Get().(*batch)
	*b = batch{frames: b.frames[:0], sizes: b.sizes[:0]}
	return b
}

func (b *batch) recycle() {
	if cap(b.frames) <= maxFrameBuffer {
		batches.Put(b)
	}
}

// full reports whether n more bytes of payload do not fit into heldBytes.
func (b *batch) full(n int) bool {
	return b != nil && len(b.frames)-b.sent+wire.MaxHeader+n > heldBytes
}

// left is what has not left.
func (b *batch) left() []byte { return b.frames[b.sent:] }

// append makes frames, which end with a header, and payload masked with key the
// batch's frames. The payload stands at offset in that of its frame.
func (b *batch) append(frames []byte, key uint32, payload []byte, offset int64) {
	b.frames = append(frames, payload...)
	wire.Mask(b.frames[len(frames):], key, offset)
}

// unsentPayload is the payload of what was queued and has not left, in bytes.
func (b *batch) unsentPayload() (n int) {
	if b.sent >= b.queued {
		return 0
	}
	for at := 0; at < b.queued; {
		h, header, _ := wire.ParseHeader(b.frames[at:])
		begin := at + header
		at = begin + int(h.Length)
		n += max(0, at-max(b.sent, begin))
	}
	return n
}

// countUnsent counts the messages that have not left.
func (b *batch) countUnsent(lost *protocol.Lost) {
	sizes := b.sizes
	for at := 0; at < len(b.frames); {
		h, n, _ := wire.ParseHeader(b.frames[at:])
		begin := at + n
		at = begin + int(h.Length)
		unsent := at - max(b.sent, begin)
		if h.RSV != 0 {
			unsent, sizes = sizes[0], sizes[1:]
		}
		if at <= b.sent || h.Opcode.Control() {
			continue
		}
		lost.UnsentBytes += int64(unsent)
		if h.Fin {
			lost.UnsentMessages++
		}
	}
}
