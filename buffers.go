package websocket

import "sync"

// messageBuffers are for a message that is gathered for the application or
// compressed for the peer: memory that nobody holds while a connection is idle.
var messageBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// maxFrameBuffer is the largest that is kept for another use, in bytes: a message
// of the default limit, 1 MiB, in a buffer that has grown by doubling.
const maxFrameBuffer = 4 << 20

func takeBuffer(pool *sync.Pool) *[]byte {
	b := pool.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

func giveBuffer(pool *sync.Pool, b *[]byte) {
	if cap(*b) <= maxFrameBuffer {
		pool.Put(b)
	}
}
