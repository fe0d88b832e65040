package wire

import "encoding/binary"

// Header is everything of a frame but its payload.
//
//	 0               1               2 ...
//	+-+-+-+-+-------+-+-------------+----------------+-------------+---------+
//	|F|R|R|R| opcode|M| length 7    | 2 or 8 bytes   | masking key | payload |
//	|I|S|S|S|  (4)  |A| 126: 2 more | more of length | 4 bytes,    |   ...   |
//	|N|V|V|V|       |S| 127: 8 more | (big endian)   | if MASK     |         |
//	| |1|2|3|       |K|             |                |             |         |
//	+-+-+-+-+-------+-+-------------+----------------+-------------+---------+
//
// RFC 6455, section 5.2.
type Header struct {
	Fin    bool
	RSV    byte // RSV1 is 4, RSV2 is 2, RSV3 is 1
	Opcode Opcode
	Masked bool
	Key    uint32 // the masking key as its four bytes stand in the frame, first byte lowest
	Length int64  // bytes of payload, 0 to 2^63-1
}

// RSV1 is the bit of Header.RSV that permessage-deflate uses
// (RFC 7692, section 6).
const RSV1 = 4

// MaxHeader is the length of the longest header: 2 bytes, 8 of length, 4 of
// masking key.
const MaxHeader = 14

// MaxControl is the longest payload of a control frame, in bytes.
// RFC 6455, section 5.5.
const MaxControl = 125

// ParseHeader reads a header from the front of p and returns it with its
// length n in bytes. When p ends inside the header, n is 0 and more bytes are
// needed; the fields that p does show are set. When the header breaks a rule of
// the encoding itself, rule names it as soon as the byte that breaks it is
// there. Rules that depend on the role or on the frames before are not
// ParseHeader's.
func ParseHeader(p []byte) (h Header, n int, rule Rule) {
	if len(p) == 0 {
		return h, 0, 0
	}
	h.Fin = p[0]&0x80 != 0
	h.RSV = p[0] >> 4 & 7
	h.Opcode = Opcode(p[0] & 0xF)
	if len(p) > 1 {
		h.Masked = p[1]&0x80 != 0
	}
	switch {
	case h.Opcode.Reserved():
		// "If an unknown opcode is received, the receiving endpoint MUST
		// _Fail the WebSocket Connection_."
		return h, 0, RuleReservedOpcode
	case h.Opcode.Control() && !h.Fin:
		return h, 0, RuleControlFragmented
	case len(p) == 1:
		return h, 0, 0
	}
	n = 2
	switch length := p[1] & 0x7F; {
	case length <= MaxControl:
		h.Length = int64(length)
	case h.Opcode.Control():
		return h, 0, RuleControlTooLong
	case length == 126:
		n += 2
		if len(p) < n {
			return h, 0, 0
		}
		h.Length = int64(binary.BigEndian.Uint16(p[2:]))
		if h.Length <= MaxControl {
			return h, 0, RuleLengthNotMinimal
		}
	default:
		n += 8
		shown := p[2:min(len(p), n)]
		switch {
		case len(shown) > 0 && shown[0]>>7 != 0:
			// "the most significant bit MUST be 0"
			return h, 0, RuleLengthTopBit
		case len(shown) >= 6 && [6]byte(shown) == [6]byte{}:
			// "the minimal number of bytes MUST be used to encode the length":
			// without these six bytes it fits into the other two.
			return h, 0, RuleLengthNotMinimal
		case len(shown) < 8:
			return h, 0, 0
		}
		h.Length = int64(binary.BigEndian.Uint64(shown))
	}
	if !h.Masked {
		return h, n, 0
	}
	if len(p) < n+4 {
		return h, 0, 0
	}
	h.Key = binary.LittleEndian.Uint32(p[n:])
	return h, n + 4, 0
}

// AppendHeader appends h in its shortest form to dst and returns the result:
// at most MaxHeader bytes more. It is ParseHeader's twin and checks nothing:
// what may be sent is decided in package protocol.
func AppendHeader(dst []byte, h Header) []byte {
	first := h.RSV<<4 | byte(h.Opcode)
	if h.Fin {
		first |= 0x80
	}
	var mask byte
	if h.Masked {
		mask = 0x80
	}
	switch {
	case h.Length <= MaxControl:
		dst = append(dst, first, mask|byte(h.Length))
	case h.Length <= 0xFFFF:
		dst = append(dst, first, mask|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	default:
		dst = append(dst, first, mask|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(h.Length))
	}
	if h.Masked {
		dst = binary.LittleEndian.AppendUint32(dst, h.Key)
	}
	return dst
}
