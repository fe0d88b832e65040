package websocket

// window holds the bytes that were read from the stream and not yet parsed:
//
//	buf:  [ parsed | unparsed | free ]
//	       0        r          w      len
type window struct {
	buf  []byte
	r, w int
}

// windowBytes is the size of a window: room for the longest header and control
// frame (139 bytes) many times over. Long payloads do not pass through it.
const windowBytes = 4096

// unparsed is what is there to be parsed.
func (w *window) unparsed() []byte { return w.buf[w.r:w.w] }

// take says that n more bytes have been parsed.
func (w *window) take(n int) {
	w.r += n
	if w.r == w.w {
		w.r, w.w = 0, 0
	}
}

// free is the room to read into, at least one byte. The unparsed bytes are moved
// to the front when there is none left behind them.
func (w *window) free() []byte {
	if w.buf == nil {
		w.buf = make([]byte, windowBytes)
	}
	if w.w == len(w.buf) {
		w.w = copy(w.buf, w.unparsed())
		w.r = 0
	}
	return w.buf[w.w:]
}

// fill says that n bytes were read into the room.
func (w *window) fill(n int) { w.w += n }

// keep starts the window with bytes that were read before it existed.
func (w *window) keep(early []byte) {
	if len(early) == 0 {
		return
	}
	w.buf = make([]byte, max(len(early), windowBytes))
	w.w = copy(w.buf, early)
}
