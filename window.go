package websocket

import "sync"

// window holds the bytes that were read from the stream and not yet parsed:
//
//	buf:  [ parsed | unparsed | free ]
//	       0        r          w      len
//
// It has memory only while there is something in it, or while a stream is asked
// that cannot tell beforehand: see transport.Room. The memory comes from pools.
type window struct {
	buf  []byte
	r, w int
	kept int  // bytes in front of r that belong to a message which stays until it is whole
	lent bool // the application has a message that lies in buf
	wide bool // a narrow window was too small for the last read
}

// windowBytes is the size of a window: room for the longest header and control
// frame (139 bytes) many times over. While the peer sends more than that at once
// it is wideBytes, so that 64 KiB with their header take one read.
const (
	windowBytes = 4 << 10
	wideBytes   = 72 << 10
)

var (
	windows     = sync.Pool{New: func() any { return new([windowBytes]byte) }}
	wideWindows = sync.Pool{New: func() any { return new([wideBytes]byte) }}
)

// unparsed is what is there to be parsed.
func (w *window) unparsed() []byte { return w.buf[w.r:w.w] }

// take says that n more bytes have been parsed.
func (w *window) take(n int) { w.r += n }

// Take is the room to read into, at least one byte. The unparsed bytes are moved
// to the front when there is none left behind them.
func (w *window) Take() []byte {
	switch {
	case w.buf == nil:
		w.buf = newWindow(w.wide)
	case w.kept > 0: // there is room: see keepsWhole
	case w.lent:
		w.leave()
	case w.r == w.w:
		w.r, w.w = 0, 0
		if w.wide != (len(w.buf) > windowBytes) {
			w.GiveBack()
			w.buf = newWindow(w.wide)
		}
	case w.w == len(w.buf):
		w.w = copy(w.buf, w.unparsed())
		w.r = 0
	}
	return w.buf[w.w:]
}

// fill says that n bytes were read into the room.
func (w *window) fill(n int) {
	w.w += n
	w.wide = w.w >= windowBytes
}

// GiveBack gives the memory back, unless something lies in it.
func (w *window) GiveBack() {
	if w.r == w.w && !w.lent && w.kept == 0 {
		recycle(w.buf)
		w.buf, w.r, w.w = nil, 0, 0
	}
}

// lend says that the application has what was parsed last, until back is called
// with the memory that it lies in.
func (w *window) lend() (memory []byte) {
	w.lent = true
	return w.buf
}

// leave leaves the memory to the application, and goes on in new memory.
func (w *window) leave() {
	lent := w.buf
	w.buf = newWindow(w.wide || len(lent) > windowBytes)
	w.w = copy(w.buf, lent[w.r:w.w])
	w.r, w.lent = 0, false
}

// back says that the application is done with what it was lent. If somebody has
// read on meanwhile, the window has left that memory.
func (w *window) back(memory []byte) {
	if !w.lent {
		recycle(memory)
	}
	w.lent = false
}

// keepsWhole keeps the n bytes that were parsed last, the beginning of a message, if
// the left ones that follow find room behind them.
func (w *window) keepsWhole(n int, left int64) bool {
	if n == 0 || left == 0 || left > int64(len(w.buf)-w.w) {
		return false
	}
	w.kept = n
	return true
}

// whole is what was kept, with what has come behind it.
func (w *window) whole() []byte {
	p := w.buf[w.r-w.kept : w.r]
	w.kept = 0
	return p
}

// keep starts the window with bytes that were read before it existed.
func (w *window) keep(early []byte) {
	if len(early) == 0 {
		return
	}
	w.buf = make([]byte, max(len(early), windowBytes))
	w.w = copy(w.buf, early)
}

func newWindow(wide bool) []byte {
	if wide {
		return wideWindows.Get().(*[wideBytes]byte)[:]
	}
	return windows.Get().(*[windowBytes]byte)[:]
}

// recycle puts memory of a window back into its pool.
func recycle(buf []byte) {
	switch len(buf) {
	case windowBytes:
		windows.Put((*[windowBytes]byte)(buf))
	case wideBytes:
		wideWindows.Put((*[wideBytes]byte)(buf))
	}
}
