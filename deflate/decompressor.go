package deflate

import "sync"

// Decompressor is the receiving half of a connection. Between messages it holds
// the window, when there is context takeover, or nothing; during a message some
// 80 KiB more from a pool. One goroutine at a time may use it.
type Decompressor struct {
	window   int32 // bytes
	takeover bool
	fault    *Error // found, and reported when the text before it was returned
	history  history
	z        *inflater // during a message
}

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
		d.z.begin(int(d.window), &d.history)
	}
	if d.fault == nil {
		d.z.makeRoom()
		n, d.fault = d.z.inflate(p)
	}
	if out = d.z.piece(); len(out) > 0 {
		return out, n, false, nil
	}
	if fin && d.fault == nil {
		// Nothing came of it, so all of p was taken.
		d.fault = d.z.endMessage()
		done = d.fault == nil
	}
	switch {
	case d.fault != nil:
		d.release()
		return nil, n, false, d.fault
	case done && d.takeover:
		d.z.remember()
		fallthrough
	case done:
		d.release()
	}
	return nil, n, done, nil
}

// Reset gives the memory back, the window's too, at the end of the connection.
// It may be called at any time, and again.
func (d *Decompressor) Reset() {
	d.release()
	d.history = history{}
}

func (d *Decompressor) release() {
	if d.z != nil {
		d.z.history = nil
		inflaters.Put(d.z)
		d.z = nil
	}
}
