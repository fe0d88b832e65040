package deflate

import "sync"

// Decompressor is the receiving half of a connection. Between messages it holds
// the window, when there is context takeover, or nothing; during a message some
// 80 KiB more from a pool. One goroutine at a time may use it.
type Decompressor struct {
	window   int32 // bytes
	takeover bool
	whole    bool   // everything was taken, and the data end where a message may end
	tail     uint8  // how many of the four bytes behind the data have been supplied
	fault    *Error // found, and reported when the text before it was returned
	history  []byte
	z        *inflater // during a message
}

// tail is what a compressor removes from the end of a message's data. RFC 7692,
// sections 7.2.1 and 7.2.2.
var tail = [4]byte{0x00, 0x00, 0xFF, 0xFF}

var inflaters = sync.Pool{New: func() any { return newInflater() }}

// Init makes d ready for a new connection. windowBits, 8 to 15, and takeover are
// what was agreed on for the other endpoint.
func (d *Decompressor) Init(windowBits int, takeover bool) {
	d.Reset()
	*d = Decompressor{window: 1 << windowBits, takeover: takeover}
}

// Inflate takes n bytes from the front of p, the next compressed data of the
// message, and returns what they inflate to, at most 8 KiB; out is valid until
// the next call, whatever becomes of p. Fin says that the message's data end with
// p. Done reports that the message is complete: everything was taken and
// returned, and d is ready for the next one; out is then empty.
//
// Call it again while n < len(p), out is not empty, or fin and not done. It never
// waits. Whoever has a limit adds up len(out), and may stop at any time.
//
// The error is an *[Error]: the data are not DEFLATE, they end inside a block, or
// they refer to text beyond the window, or beyond the message when there is no
// context takeover. It comes after all the text before the fault, at the same
// place however the data were cut; d is unusable then, until Init. Blocks that
// are empty, stored, or the last of their stream (BFINAL) are legal, and so is
// a message that ends directly with such a last block.
//
// RFC 7692, sections 7.2.2 and 7.2.3.
func (d *Decompressor) Inflate(p []byte, fin bool) (out []byte, n int, done bool, err error) {
	if d.z == nil {
		if d.fault != nil {
			return nil, 0, false, d.fault
		}
		d.z = inflaters.Get().(*inflater)
		d.z.begin(int(d.window), d.history)
	}
	if d.fault == nil && !d.whole {
		d.z.makeRoom()
		n, d.fault = d.z.inflate(p)
		if fin && n == len(p) && d.fault == nil {
			d.finish()
		}
	}
	switch out = d.z.piece(); {
	case len(out) > 0:
		return out, n, false, nil
	case d.fault != nil:
		d.release()
		return nil, n, false, d.fault
	case d.whole:
		d.endMessage()
		return nil, n, true, nil
	}
	return nil, n, false, nil
}

// Reset gives the memory back, the window's too, at the end of the connection.
// It may be called at any time, and again.
func (d *Decompressor) Reset() {
	d.release()
	d.history = nil
}

// finish supplies the four bytes behind the data, as room allows, and sees
// whether a message may end behind them.
func (d *Decompressor) finish() {
	if d.tail == 0 && d.z.state == afterFinal && d.z.nbits == 0 {
		// "The last 1 octet (0x00) [...] is necessary to allow the payload to be
		// decompressed in the same manner" (7.2.3.4). The stream has an end without
		// it, and other endpoints do not miss it either.
		d.whole = true
		return
	}
	n, fault := d.z.inflate(tail[d.tail:])
	d.tail += uint8(n)
	switch d.fault = fault; {
	case fault != nil || int(d.tail) < len(tail):
	case d.z.state <= afterFinal && d.z.nbits == 0:
		d.whole = true
	case d.z.end-d.z.start < maxPiece:
		d.fault = &Error{Offset: d.z.taken, Problem: "they end inside a block", Section: "RFC 7692, section 7.2.2"}
	}
}

// endMessage keeps what the next message may refer to.
func (d *Decompressor) endMessage() {
	if d.takeover {
		d.history = keep(d.history, d.z.recent(), int(d.window))
	}
	d.release()
	d.whole, d.tail = false, 0
}

func (d *Decompressor) release() {
	if d.z != nil {
		inflaters.Put(d.z)
		d.z = nil
	}
}

// keep copies text into memory that grows with it, up to most bytes.
func keep(memory, text []byte, most int) []byte {
	if cap(memory) < len(text) {
		memory = make([]byte, 0, min(most, max(1024, 2*len(text))))
	}
	return append(memory[:0], text...)
}
