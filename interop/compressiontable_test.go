package interop

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// compressionTable is what was tried: a row for each peer.
type compressionTable struct {
	mu   sync.Mutex
	rows []*compressionRow
}

// compressionRow is one peer's.
type compressionRow struct {
	mu   sync.Mutex
	peer string
	// sets counts the sets of parameters: of these, the peer cannot do some, as
	// the test demands, and some have failed.
	sets, cannot, failed int
	// sent and returned count messages and, of these, compressed ones.
	sent, returned, sentCompressed, returnedCompressed int
	// offers are those that were seen.
	offers map[string]bool
}

// row begins the row of the peer that t names.
func (c *compressionTable) row(t *testing.T) *compressionRow {
	r := &compressionRow{peer: t.Name()[strings.LastIndexByte(t.Name(), '/')+1:], offers: make(map[string]bool)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = append(c.rows, r)
	return r
}

// enter adds a connection that has ended to the row, with what passed the tap.
// The client has sent, and the server has returned.
func (r *compressionRow) enter(t *testing.T, x *tap, cannot bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets++
	r.offers[x.up.extensions] = true
	if t.Failed() {
		r.failed++
	}
	if cannot {
		r.cannot++
		return
	}
	r.sent += x.up.messages
	r.returned += x.down.messages
	r.sentCompressed += x.up.compressed
	r.returnedCompressed += x.down.compressed
}

func (c *compressionTable) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var text strings.Builder
	const line = "%-18s %5v %7v %7v %9v %11v %9v %11v  %s\n"
	fmt.Fprintf(&text, "\n"+line, "peer", "sets", "cannot", "failed", "sent", "compressed", "returned", "compressed", "offers")
	for _, r := range c.rows {
		fmt.Fprintf(&text, line, r.peer, r.sets, r.cannot, r.failed, r.sent, r.sentCompressed, r.returned, r.returnedCompressed, r.offered())
	}
	return text.String()
}

// offered is the one offer that was seen, or how many there were.
func (r *compressionRow) offered() string {
	if len(r.offers) != 1 {
		return fmt.Sprintf("%d different ones", len(r.offers))
	}
	for offer := range r.offers {
		if offer != "" {
			return offer
		}
	}
	return "none"
}
