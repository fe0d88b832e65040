package wire

import "strconv"

// Opcode says what a frame is. It has four bits.
//
// RFC 6455, section 5.2.
type Opcode uint8

// The opcodes that have a meaning; all others are reserved.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xA
)

// Control reports whether the opcode has its top bit set, as Close, Ping and
// Pong do. RFC 6455, section 5.5.
func (o Opcode) Control() bool { return o&0x8 != 0 }

// Reserved reports whether the opcode has no meaning.
func (o Opcode) Reserved() bool { return o&0x7 > 2 || o > Pong }

// String is the opcode's name in the RFC's words, or its number.
func (o Opcode) String() string {
	switch o {
	case Continuation:
		return "continuation"
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "Close"
	case Ping:
		return "Ping"
	case Pong:
		return "Pong"
	}
	return "opcode(" + strconv.Itoa(int(o)) + ")"
}
