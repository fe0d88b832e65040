package websocket

// PoisonBuffers fills memory that the library has given back to its pools with
// 0xAA, to the end of its capacity. Bytes that are sent from memory given back too
// early, or from behind what was written into it, then show.
func PoisonBuffers() {
	var taken []func()
	for range 2 {
		b, m := newBatch(), takeBuffer(&messageBuffers)
		narrow, wide := newWindow(false), newWindow(true)
		for _, memory := range [][]byte{b.frames, *m, narrow, wide} {
			memory = memory[:cap(memory)]
			for i := range memory {
				memory[i] = 0xAA
			}
		}
		taken = append(taken, b.recycle, func() { giveBuffer(&messageBuffers, m) }, func() { recycle(narrow) }, func() { recycle(wide) })
	}
	for _, giveBack := range taken {
		giveBack()
	}
}
