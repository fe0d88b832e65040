package interop

import (
	"fmt"
	"testing"

	"github.com/onclose/websocket/wire"
)

func TestATapReadsWhatPassesHoweverItIsCut(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
		"sec-websocket-extensions: permessage-deflate\r\nSec-WebSocket-Extensions: x-other\r\n\r\n"
	passed := []byte(head)
	frame := func(h wire.Header, payload string) {
		h.Length = int64(len(payload))
		passed = append(wire.AppendHeader(passed, h), payload...)
	}
	frame(wire.Header{Opcode: wire.Text, RSV: wire.RSV1}, "\xc2\x81") // payload that looks like a header
	frame(wire.Header{Opcode: wire.Ping, Fin: true}, "")
	frame(wire.Header{Opcode: wire.Continuation, Fin: true}, "the rest")
	frame(wire.Header{Opcode: wire.Binary, Fin: true, Masked: true, Key: 1}, string(make([]byte, 200)))
	frame(wire.Header{Opcode: wire.Binary, Fin: true, RSV: wire.RSV1}, "")
	frame(wire.Header{Opcode: wire.Close, Fin: true}, "\x03\xe8")
	want := "permessage-deflate, x-other: 3 messages, 2 compressed"
	for size := 1; size <= len(passed); size++ {
		var p passage
		for rest := passed; len(rest) > 0; {
			n := min(size, len(rest))
			_, _ = p.Write(rest[:n])
			rest = rest[n:]
		}
		got := fmt.Sprintf("%s: %d messages, %d compressed", p.extensions, p.messages, p.compressed)
		if got != want || len(p.rest) > 0 {
			t.Fatalf("in pieces of %d bytes: got %s, and %d bytes more, want %s", size, got, len(p.rest), want)
		}
	}
}
