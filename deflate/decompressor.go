package deflate

// Decompressor is the receiving half of a connection.
type Decompressor struct{}

// Init makes d ready for a new connection.
func (d *Decompressor) Init(windowBits int, takeover bool) { panic("stub") }

// Inflate takes n bytes from the front of p and returns what they inflate to.
func (d *Decompressor) Inflate(p []byte, fin bool) (out []byte, n int, done bool, err error) {
	panic("stub")
}

// Reset gives pooled memory back, at the end of the connection.
func (d *Decompressor) Reset() { panic("stub") }
