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
