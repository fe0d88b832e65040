//go:build amd64 || arm64

package websocket

import (
	"testing"
	"unsafe"
)

// What every message asks for lies in eight lines of 64 bytes.
func TestLinesOfAConn(t *testing.T) {
	var c Conn
	lines := map[uintptr]bool{}
	for _, field := range []struct {
		name         string
		offset, size uintptr
	}{
		{"stream", unsafe.Offsetof(c.stream), unsafe.Sizeof(c.stream)},
		{"settings", unsafe.Offsetof(c.settings), 8},
		{"compression", unsafe.Offsetof(c.compression), 8},
		{"readTurn", unsafe.Offsetof(c.readTurn), 8},
		{"readerWanted", unsafe.Offsetof(c.readerWanted), 4},
		{"away", unsafe.Offsetof(c.away), 4},
		{"localClose", unsafe.Offsetof(c.localClose), 4},
		{"streamed", unsafe.Offsetof(c.streamed), 8},
		{"inbox", unsafe.Offsetof(c.inbox), unsafe.Sizeof(c.inbox.parts)},
		{"receiver", unsafe.Offsetof(c.receiver), 56},
		{"window", unsafe.Offsetof(c.window), unsafe.Sizeof(c.window)},
		{"closing", unsafe.Offsetof(c.closing), 8},
		{"mu", unsafe.Offsetof(c.mu), 8},
		{"sender", unsafe.Offsetof(c.sender), unsafe.Sizeof(c.sender)},
		{"writeWaiter", unsafe.Offsetof(c.writeWaiter), 8},
		{"writing", unsafe.Offsetof(c.writing), 8},
		{"queue", unsafe.Offsetof(c.queue), unsafe.Offsetof(c.queue.bytes)},
		{"held", unsafe.Offsetof(c.held), unsafe.Sizeof(c.held)},
		{"pings", unsafe.Offsetof(c.pings), unsafe.Offsetof(c.pings.question) + 8},
		{"messageTurn", unsafe.Offsetof(c.messageTurn), 8},
		{"keepalive", unsafe.Offsetof(c.keepalive), 8},
	} {
		for line := field.offset / 64; line <= (field.offset+field.size-1)/64; line++ {
			if !lines[line] {
				t.Logf("line %d: %s", line, field.name)
			}
			lines[line] = true
		}
	}
	if len(lines) > 8 {
		t.Errorf("a message asks for %d lines", len(lines))
	}
	if size := unsafe.Sizeof(c); size > 1280 { // a size class of the runtime
		t.Errorf("a Conn has %d bytes", size)
	}
}
