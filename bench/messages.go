package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/wire"
)

// content is what the messages of a work are.
type content int

const (
	binaryContent content = iota
	asciiContent          // text of ASCII letters
	mixedContent          // text with every third character beyond ASCII
	jsonContent           // text: records that are alike, as services send them
)

// opcode is the type of the messages.
func (c content) opcode() byte {
	if c == binaryContent {
		return byte(wire.Binary)
	}
	return byte(wire.Text)
}

// messages makes some messages of one size, always the same.
func (c content) messages(size int) [][]byte {
	random := rand.New(rand.NewPCG(1, uint64(size)))
	some := make([][]byte, max(1, min(64, (4<<20)/size)))
	for i := range some {
		switch c {
		case binaryContent:
			some[i] = make([]byte, size)
			for j := range some[i] {
				some[i][j] = byte(random.Uint32())
			}
		case asciiContent:
			some[i] = []byte(strings.Repeat("the quick brown fox jumps over the lazy dog ", size/44+1)[:size])
		case mixedContent:
			some[i] = []byte(strings.Repeat("naïve café, 東京 и Москва – ", size/20+1)[:size])
			for j := size - 1; j >= 0 && some[i][j] >= 0x80; j-- {
				some[i][j] = '.' // the last character was cut
			}
		case jsonContent:
			some[i] = records(random, size)
		}
	}
	return some
}

// records is a JSON array of a service's records, cut and closed to the size.
func records(random *rand.Rand, size int) []byte {
	names := []string{"temperature", "pressure", "humidity", "voltage", "flow"}
	var b bytes.Buffer
	b.WriteString(`{"type":"readings","items":[`)
	for b.Len() < size {
		item, _ := json.Marshal(map[string]any{
			"id": random.Uint32(), "name": names[random.IntN(len(names))], "value": float64(random.IntN(1e6)) / 100,
			"at": fmt.Sprintf("2026-11-%02dT%02d:%02d:%02dZ", 1+random.IntN(28), random.IntN(24), random.IntN(60), random.IntN(60)),
			"ok": random.IntN(10) > 0,
		})
		b.Write(item)
		b.WriteByte(',')
	}
	text := b.Bytes()[:size]
	copy(text[size-2:], "]}")
	return text
}

// frames are the messages as a client sends them: masked, and compressed when
// that was agreed. They do not refer to one another, which context takeover
// allows but does not demand, so that they can be sent in any order.
func frames(messages [][]byte, opcode byte, compress bool) [][]byte {
	all := make([][]byte, len(messages))
	for i, message := range messages {
		first := 0x80 | opcode
		if compress {
			var z deflate.Compressor
			z.Init(15, false, 6)
			message = z.Append(nil, message, true)
			first |= 0x40
		}
		all[i] = maskFrame(first, message)
	}
	return all
}

var maskingKey = []byte{0x37, 0xfa, 0x21, 0x3d}

func maskFrame(first byte, payload []byte) []byte {
	frame := []byte{first}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = append(frame, 0x80|126, byte(n>>8), byte(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	frame = append(frame, maskingKey...)
	begin := len(frame)
	frame = append(frame, payload...)
	unmask(frame[begin:], maskingKey)
	return frame
}
