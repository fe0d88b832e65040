package transport

// Room is memory that a stream reads into. It need not exist while the stream
// waits: ten thousand idle connections would hold ten thousand windows.
type Room interface {
	// Take is the memory to read into, at least one byte.
	Take() []byte
	// GiveBack says that nothing was read, and that the stream waits.
	GiveBack()
}

// ReadInto is Read, on an ordinary connection, where waiting takes memory.
func (s *netStream) ReadInto(room Room) (int, error) { return s.Read(room.Take()) }

// ReadInto is Read: a tls.Conn waits inside, with buffers of its own.
func (s *tlsStream) ReadInto(room Room) (int, error) { return s.Read(room.Take()) }
