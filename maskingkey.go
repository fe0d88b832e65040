package websocket

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
)

// maskingKey is a new masking key, unpredictable as RFC 6455, section 10.3,
// demands: bytes of crypto/rand, drawn 512 at a time since each draw costs a
// system call's worth of work.
func maskingKey() uint32 {
	k := keyPool.Get().(*keys)
	defer keyPool.Put(k)
	if k.used == len(k.bytes) {
		rand.Read(k.bytes[:])
		k.used = 0
	}
	key := binary.LittleEndian.Uint32(k.bytes[k.used:])
	k.used += 4
	return key
}

type keys struct {
	bytes [512]byte
	used  int
}

var keyPool = sync.Pool{New: func() any { return &keys{used: len(keys{}.bytes)} }}
