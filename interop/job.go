package interop

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Job is one connection for a peer's client; peers/jobs.mjs runs it.
type Job struct {
	URL       string   `json:"url"`
	Protocols []string `json:"protocols,omitempty"`
	// Offer is what to offer of permessage-deflate, for the clients ws and
	// python-websockets; nil for what a client offers by itself.
	Offer *Deflate  `json:"offer,omitempty"`
	Send  []Message `json:"send,omitempty"`
	// Close holds the arguments of close(), to be called once every message
	// sent has been answered, or at open when there is none: nil for never,
	// empty for close().
	Close []any `json:"close"`
	// Unread is the length in bytes of one more message, sent at open, that
	// nobody answers; 0 for none.
	Unread int `json:"unread,omitempty"`
	// Flood is the length in bytes of messages that are sent without end while
	// the connection is open; 0 for none.
	Flood int `json:"flood,omitempty"`
	// Tally makes Result count what is received, and keep none of it.
	Tally bool `json:"tally,omitempty"`
	// WaitMillis bounds the wait for the close event, in milliseconds; 0 means
	// 20000.
	WaitMillis int `json:"wait,omitempty"`
}

// Result is what a peer's client saw of a Job.
type Result struct {
	URL string `json:"url"`
	// Events lists the events in order: open, message, error, close.
	Events []string `json:"events"`
	// Code, Reason and WasClean are the close event's; zero without one.
	Code     int    `json:"code"`
	Reason   string `json:"reason"`
	WasClean bool   `json:"wasClean"`
	// Messages are those received, unless the Job had Tally.
	Messages []Message `json:"messages"`
	// Bytes is the payload of all binary messages received, with Tally.
	Bytes int `json:"bytes"`
	// Buffered is bufferedAmount at the close event: bytes of messages that the
	// client had taken and not sent.
	Buffered int `json:"buffered"`
	// Protocol is the subprotocol agreed upon.
	Protocol string `json:"protocol"`
	// Extensions is the attribute of that name: what was agreed upon.
	Extensions string `json:"extensions"`
	// ClosedAfterMillis is the time from open, or from the call of close(), to
	// the close event.
	ClosedAfterMillis int `json:"closedAfter"`
}

// Closed reports whether a close event came in time.
func (r Result) Closed() bool { return slices.Contains(r.Events, "close") }

// Message is a text message or, when Binary is not nil, a binary one.
type Message struct {
	Text   string
	Binary []byte
}

// MarshalJSON writes a string or {"hex": "00ff"}.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.Binary == nil {
		return json.Marshal(m.Text)
	}
	return json.Marshal(map[string]string{"hex": hex.EncodeToString(m.Binary)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Message) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &m.Text) == nil {
		return nil
	}
	var binary struct{ Hex string }
	if err := json.Unmarshal(data, &binary); err != nil {
		return err
	}
	var err error
	m.Binary, err = hex.DecodeString(binary.Hex)
	return err
}

// Client is a WebSocket client that others wrote.
type Client interface {
	// Name is chromium, firefox, ws, undici, bun, deno or python-websockets.
	Name() string
	// Run runs the jobs, at most limit at a time, and returns their results in
	// the order of the jobs, whose URLs must differ. It blocks until the last
	// one ended or ctx does.
	Run(ctx context.Context, jobs []Job, limit int) ([]Result, error)
}

// inOrder sorts results as the jobs are, and fails when one is missing.
func inOrder(jobs []Job, results []Result) ([]Result, error) {
	byURL := make(map[string]Result, len(results))
	for _, r := range results {
		byURL[r.URL] = r
	}
	ordered := make([]Result, 0, len(jobs))
	for _, j := range jobs {
		r, ok := byURL[j.URL]
		if !ok {
			return nil, fmt.Errorf("interop: %d jobs, %d results: none for %s", len(jobs), len(results), j.URL)
		}
		ordered = append(ordered, r)
	}
	return ordered, nil
}
