package deflate

import "sync"

// maxHistory bounds what a Compressor keeps between messages with context
// takeover, in bytes. It is entered again for every message, which takes time,
// and most of what repeats is near: while messages are short, less makes 1 KiB of
// JSON no larger (242 bytes, not 241), and the connection takes 5 KiB less.
const (
	maxHistory   = 8 << 10
	shortHistory = 3 << 10
	shortMessage = 1 << 10
)

// tail is what a compressor removes from the end of a message's data: the two
// lengths of an empty stored block. RFC 7692, section 7.2.1.
var tail = [4]byte{0x00, 0x00, 0xFF, 0xFF}

// Compressor is the sending half of a connection. Between messages it holds at
// most 8 KiB of the last text, when there is context takeover, or 3 KiB as long as
// no message was longer than 1 KiB, or nothing; from
// the first Append of a message to Commit or Discard some 335 KiB more from a
// pool. One goroutine at a time may use it.
type Compressor struct {
	window   int32 // bytes
	takeover bool
	begun    bool // a part of the message was compressed: the four bytes are due
	long     bool // a message was longer than shortMessage
	level    int8
	history  history
	e        *encoder // during a message
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// Init makes c ready for a new connection. windowBits, 8 to 15, and takeover are
// what was agreed on for this endpoint. Level is 1, the fastest, to 9, the
// smallest; 0 means 1.
func (c *Compressor) Init(windowBits int, takeover bool, level int) {
	c.Discard()
	*c = Compressor{window: 1 << windowBits, takeover: takeover, level: int8(min(max(level, 1), 9))}
}

// Append compresses p, the next part of the current message, and appends all of
// it to dst, which may have to grow: a part is never more than 6 bytes longer
// for each 32 KiB of it, and 5 more. Nothing of p is kept back, so each part can
// be a frame, or several, and the peer can inflate all of it at once. The empty
// block that makes it so ends with 00 00 FF FF: these bytes are held back, begin
// the next part, and are dropped at the end of the message, which fin says. An
// empty message is the byte 0x00. It never waits, and it changes neither p nor
// what dst holds. p and dst may not overlap.
//
// RFC 7692, section 7.2.1.
func (c *Compressor) Append(dst, p []byte, fin bool) []byte {
	if c.e == nil {
		c.e = encoders.Get().(*encoder)
		c.e.begin(int(c.window), int(c.level), &c.history)
	}
	if c.begun && len(p) > 0 {
		dst = append(dst, tail[:]...)
	}
	if len(p) > 0 || fin && !c.begun {
		w := bitWriter{p: dst, n: len(dst)}
		c.e.encode(&w, p)
		w.grow(8)
		w.put(0, 3) // an empty stored block, up to its two lengths
		w.align()
		dst = w.p[:w.n]
		c.begun = true
	}
	if fin {
		c.begun = false
		if !c.takeover {
			c.release()
		}
	}
	return dst
}

// Commit says that the message went out whole. With context takeover the next
// one may refer to it.
func (c *Compressor) Commit() {
	if c.takeover && c.e != nil {
		most := min(int(c.window), maxHistory)
		text := c.e.message(most)
		if c.long = c.long || len(text) > shortMessage; !c.long {
			most = min(most, shortHistory)
		}
		c.history.add(text, most)
	}
	c.Discard()
}

// Discard says that the message was not sent, at least not whole: no message
// refers to it. It also gives the pooled memory back, and may be called at any
// time; at the end of the connection it must be, if a message was left unended.
func (c *Compressor) Discard() {
	c.begun = false
	c.release()
}

func (c *Compressor) release() {
	if c.e != nil {
		encoders.Put(c.e)
		c.e = nil
	}
}
