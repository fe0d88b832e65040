package deflate

// Compressor is the sending half of a connection.
type Compressor struct{}

// Init makes c ready for a new connection.
func (c *Compressor) Init(windowBits int, takeover bool, level int) { panic("stub") }

// Append compresses p as the next part of the current message.
func (c *Compressor) Append(dst, p []byte, fin bool) []byte { panic("stub") }

// Commit says that the message went out whole.
func (c *Compressor) Commit() { panic("stub") }

// Discard says that the message was not sent.
func (c *Compressor) Discard() { panic("stub") }
