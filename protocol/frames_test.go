package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/onclose/websocket/wire"
)

// This file writes and reads frames as words, for the tests of this package:
//
//	[nofin] [rsv1|rsv2|rsv3] [form16|form64] [length=N] [cut=N] [wrongmask] OPCODE [PAYLOAD]
//
// OPCODE is continuation, text, binary, close, ping, pong or opcode=N. PAYLOAD is
// the rest of the line, hex:0102 or 300*a; that of a close frame may be a code
// and a reason. form16 and form64 choose the form of the length, length=N
// announces another than the payload's, cut=N leaves only the first N bytes of
// the frame, wrongmask masks what must not be masked or the other way round.

// testKey is the masking key of all frames that words make.
const testKey = 0x44332211 // 11 22 33 44 on the wire

// peerFrame makes the frame that the peer of an endpoint sends.
func peerFrame(t testing.TB, role Role, words string) []byte {
	t.Helper()
	h := wire.Header{Fin: true, Masked: role == Server}
	form, cut, announced := 0, -1, false
	for {
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
			payload := payloadOf(t, h.Opcode, rest)
			if !announced {
				h.Length = int64(len(payload))
			}
			frame := appendFrame(nil, h, form, payload)
			if cut >= 0 {
				frame = frame[:cut]
			}
			return frame
		default:
			t.Fatalf("%q is no word of a frame", word)
		}
	}
}

var opcodes = map[string]wire.Opcode{
	"continuation": wire.Continuation, "text": wire.Text, "binary": wire.Binary,
	"close": wire.Close, "ping": wire.Ping, "pong": wire.Pong,
}

func payloadOf(t testing.TB, opcode wire.Opcode, words string) []byte {
	t.Helper()
	if digits, ok := strings.CutPrefix(words, "hex:"); ok {
		p, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if count, letter, ok := strings.Cut(words, "*"); ok {
		if n, err := strconv.Atoi(count); err == nil {
			return bytes.Repeat([]byte(letter), n)
		}
	}
	if opcode == wire.Close && words != "" {
		f := frameOf(t, words)
		return append(binary.BigEndian.AppendUint16(nil, uint16(f.Code)), f.Reason...)
	}
	return []byte(words)
}

// frameOf reads "4000 bye"; nothing stands for an empty Close frame.
func frameOf(t testing.TB, words string) CloseFrame {
	t.Helper()
	if words == "" {
		return CloseFrame{Code: wire.NoStatusRcvd}
	}
	code, reason, _ := strings.Cut(words, " ")
	n, err := strconv.ParseUint(code, 10, 16)
	if err != nil {
		t.Fatalf("%q is no status code", code)
	}
	if count, letter, ok := strings.Cut(reason, "*"); ok {
		if n, err := strconv.Atoi(count); err == nil {
			reason = strings.Repeat(letter, n)
		}
	}
	return CloseFrame{Code: StatusCode(n), Reason: reason}
}

func appendFrame(dst []byte, h wire.Header, form int, payload []byte) []byte {
	h.Key = testKey
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

// readFrames reads the frames that an endpoint wrote, as words. It checks what
// every frame of that role must be.
func readFrames(t testing.TB, role Role, p []byte) (frames []string) {
	t.Helper()
	for len(p) > 0 {
		h, n, rule := wire.ParseHeader(p)
		if n == 0 || rule != 0 || h.RSV != 0 || h.Masked != (role == Client) || int64(len(p)-n) < h.Length {
			t.Fatalf("%x is no frame of a %v: %+v, %v", p, role, h, rule)
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
		if h.Opcode == wire.Close {
			code, reason, rule := wire.ParseClose(payload)
			if rule != 0 {
				t.Fatalf("a Close frame with %x was written: %v", payload, rule)
			}
			words += closeWords(CloseFrame{code, string(reason)}, "")
		} else if len(payload) > 0 {
			words += " " + string(payload)
		}
		frames = append(frames, words)
	}
	return frames
}

// closeWords is " 4000 bye"; empty is what an empty Close frame is called.
func closeWords(f CloseFrame, empty string) string {
	if f == (CloseFrame{Code: wire.NoStatusRcvd}) {
		return empty
	}
	return strings.TrimRight(fmt.Sprintf(" %d %s", f.Code, f.Reason), " ")
}

// bothRoles runs a test for an endpoint of either role.
func bothRoles(t *testing.T, test func(t *testing.T, role Role)) {
	for _, role := range []Role{Client, Server} {
		t.Run(role.String(), func(t *testing.T) { test(t, role) })
	}
}
