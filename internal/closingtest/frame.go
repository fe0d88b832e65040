package closingtest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/onclose/websocket/wire"
)

// This file writes and reads frames as words:
//
//	[nofin] [rsv1|rsv2|rsv3] [form16|form64] [length=N] [cut=N] [wrongmask] OPCODE [PAYLOAD]
//
// OPCODE is continuation, text, binary, close, ping, pong or opcode=N. PAYLOAD is
// the rest of the line, hex:0102 or 300*a; that of a close frame may be a code
// and a reason. form16 and form64 choose the form of the length, length=N
// announces another than the payload's, cut=N leaves only the first N bytes of
// the frame, wrongmask masks what must not be masked or the other way round.

// MaskingKey is the masking key of all frames that words make: 11 22 33 44 on
// the wire.
const MaskingKey = 0x44332211

// PeerFrame makes the frame that the peer of an endpoint of a role sends.
func PeerFrame(role, words string) []byte {
	h := wire.Header{Fin: true, Masked: role == Server}
	form, cut, announced := 0, -1, false
	for all := words; ; {
		word, rest, _ := strings.Cut(words, " ")
		words = rest
		key, number, _ := strings.Cut(word, "=")
		n, _ := strconv.ParseInt(number, 0, 64)
		switch key {
		case "nofin":
			h.Fin = false
		case "rsv1", "rsv2", "rsv3":
			h.RSV |= 8 >> (key[3] - '0')
		case "form16", "form64":
			form, _ = strconv.Atoi(key[4:])
		case "length":
			h.Length, announced = n, true
		case "cut":
			cut = int(n)
		case "wrongmask":
			h.Masked = !h.Masked
		case "continuation", "text", "binary", "close", "ping", "pong", "opcode":
			h.Opcode = opcodes[key]
			if key == "opcode" {
				h.Opcode = wire.Opcode(n)
			}
			payload := payloadOf(h.Opcode, rest)
			if !announced {
				h.Length = int64(len(payload))
			}
			frame := appendFrame(nil, h, form, payload)
			if cut >= 0 {
				frame = frame[:cut]
			}
			return frame
		default:
			panic(fmt.Sprintf("%q: %q is no word of a frame", all, word))
		}
	}
}

var opcodes = map[string]wire.Opcode{
	"continuation": wire.Continuation, "text": wire.Text, "binary": wire.Binary,
	"close": wire.Close, "ping": wire.Ping, "pong": wire.Pong,
}

func payloadOf(opcode wire.Opcode, words string) []byte {
	if digits, ok := strings.CutPrefix(words, "hex:"); ok {
		p, err := hex.DecodeString(digits)
		if err != nil {
			panic(err)
		}
		return p
	}
	if text, ok := repeated(words); ok {
		return []byte(text)
	}
	if opcode == wire.Close && words != "" {
		f := ReadCloseFrame(words)
		return append(binary.BigEndian.AppendUint16(nil, uint16(f.Code)), f.Reason...)
	}
	return []byte(words)
}

func appendFrame(dst []byte, h wire.Header, form int, payload []byte) []byte {
	h.Key = MaskingKey
	if form == 0 {
		dst = wire.AppendHeader(dst, h)
	} else {
		short := wire.AppendHeader(nil, wire.Header{Fin: h.Fin, RSV: h.RSV, Opcode: h.Opcode, Masked: h.Masked})
		dst = append(dst, short[0], short[1]|byte(126+form/64))
		if form == 16 {
			dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
		} else {
			dst = binary.BigEndian.AppendUint64(dst, uint64(h.Length))
		}
		if h.Masked {
			dst = binary.LittleEndian.AppendUint32(dst, h.Key)
		}
	}
	start := len(dst)
	dst = append(dst, payload...)
	if h.Masked {
		wire.Mask(dst[start:], h.Key, 0)
	}
	return dst
}

// ReadFrames reads the whole frames that an endpoint of a role wrote, as words,
// and returns the bytes behind them. The error is about what no endpoint of that
// role may write.
func ReadFrames(role string, p []byte) (frames []string, rest []byte, err error) {
	for len(p) > 0 {
		h, n, rule := wire.ParseHeader(p)
		if rule != 0 || n > 0 && (h.RSV != 0 || h.Masked != (role == Client)) {
			return frames, p, fmt.Errorf("%x is no frame of a %s: %+v, %v", p, role, h, rule)
		}
		if n == 0 || int64(len(p)-n) < h.Length {
			break
		}
		payload := bytes.Clone(p[n : n+int(h.Length)])
		p = p[n+int(h.Length):]
		if h.Masked {
			wire.Mask(payload, h.Key, 0)
		}
		words := strings.ToLower(h.Opcode.String())
		if !h.Fin {
			words = "nofin " + words
		}
		if h.Opcode == wire.Close && len(payload) > 0 {
			code, reason, rule := wire.ParseClose(payload)
			if rule != 0 {
				return frames, p, fmt.Errorf("a Close frame with %x was written: %v", payload, rule)
			}
			payload = []byte((&CloseFrame{code, string(reason)}).words())
		}
		frames = append(frames, strings.TrimRight(words+" "+string(payload), " "))
	}
	return frames, p, nil
}
