package websocket

// PoisonBuffers fills buffers that the library has given back to its pools with
// 0xAA, to the end of their capacity. Bytes that are sent from a buffer given
// back too early, or from behind what was written into it, then show.
func PoisonBuffers() {
	var taken []*[]byte
	for range 2 {
		for _, pool := range pools {
			buffer := pool.Get().(*[]byte)
			all := (*buffer)[:cap(*buffer)]
			for i := range all {
				all[i] = 0xAA
			}
			taken = append(taken, buffer)
		}
	}
	for i, buffer := range taken {
		pools[i%len(pools)].Put(buffer)
	}
}

var pools = []interface {
	Get() any
	Put(any)
}{&frameBuffers}
