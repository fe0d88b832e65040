//go:build !race

// The race detector has allocations of its own.

package handshake

import "testing"

// A server opens many connections: what it keeps of a request is the answer to its
// key, and it writes where there is room.
func TestAcceptingAllocatesTheAnswerAlone(t *testing.T) {
	rules := ServerRules{Subprotocols: []string{"chat"}}
	req := goodRequest(Header{"Origin": {"http://server.example.com:8080"}, "Connection": {"keep-alive, Upgrade"}})
	req.Host = "server.example.com:8080"
	room := make([]byte, 0, 512)
	allocs := testing.AllocsPerRun(100, func() {
		reply, refusal := rules.Check(req)
		if refusal != nil {
			t.Fatal(refusal)
		}
		reply.AppendResponse(room, "", nil)
	})
	if allocs > 1 {
		t.Errorf("%v allocations, want 1", allocs)
	}
}

// Of a request's head two strings are kept, its header (two) and the values in that; its fields
// cost nothing each, as long as none comes twice.
func TestParsingAllocatesNothingForAField(t *testing.T) {
	head := []byte("GET / HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n\r\n")
	allocs := testing.AllocsPerRun(100, func() {
		if _, n, err := ParseRequest(head, Limits{}); n != len(head) || err != nil {
			t.Fatal(n, err)
		}
	})
	if allocs > 5 {
		t.Errorf("%v allocations, want 5", allocs)
	}
}
