package observe

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// Counters count connections and how they ended. The zero value is ready. It is
// an expvar.Var:
//
//	var counters observe.Counters
//	expvar.Publish("websocket", &counters)
//	opts.Trace = counters.Trace()
type Counters struct {
	mu    sync.Mutex
	count Count

	sent, received traffic // beside mu: messages are many
}

// traffic counts a Traffic.
type traffic struct{ messages, bytes, framed atomic.Int64 }

func (t *traffic) add(size, framed int64) {
	t.messages.Add(1)
	t.bytes.Add(size)
	t.framed.Add(framed)
}

func (t *traffic) now() Traffic {
	return Traffic{t.messages.Load(), t.bytes.Load(), t.framed.Load()}
}

// Count is what Counters have counted.
type Count struct {
	Open    int64            `json:"open"`    // connections that are open now
	Opened  int64            `json:"opened"`  // that ever were
	Clean   int64            `json:"clean"`   // that ended cleanly
	Code    map[string]int64 `json:"code"`    // ends by CodeClass; Dials that failed are among them
	Cause   map[string]int64 `json:"cause"`   // ends by cause
	Refused map[string]int64 `json:"refused"` // requests by HTTP status; "failed" when there was none

	Sent     Traffic `json:"sent"`
	Received Traffic `json:"received"`

	// ClosingSeconds is how long the ends took, from Trace.Closing to
	// Trace.Closed, added up.
	ClosingSeconds float64 `json:"closingSeconds"`
}

// Traffic is messages of one direction: how many, how long, and how many bytes of
// payload their frames had, which differ when they were compressed.
type Traffic struct {
	Messages int64 `json:"messages"`
	Bytes    int64 `json:"bytes"`
	Framed   int64 `json:"framed"`
}

// Trace counts what it is told.
func (c *Counters) Trace() websocket.Trace {
	counted := websocket.Trace{
		Opened: func(*websocket.Conn) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.count.Open++
			c.count.Opened++
		},
		Refused: func(_ *http.Request, err error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			add(&c.count.Refused, RefusedStatus(err))
		},
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !ev.OpenedAt.IsZero() {
				c.count.Open--
			}
			if ev.WasClean {
				c.count.Clean++
			}
			add(&c.count.Code, CodeClass(ev.Code))
			add(&c.count.Cause, Word(ev.Cause))
		},
		Message: func(_ *websocket.Conn, d protocol.Direction, _ websocket.MessageType, size, framed int64) {
			if d == protocol.Sent {
				c.sent.add(size, framed)
			} else {
				c.received.add(size, framed)
			}
		},
	}
	timed := CloseDuration(func(_ websocket.CloseEvent, took time.Duration) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.count.ClosingSeconds += took.Seconds()
	})
	return Join(timed, counted) // a connection is counted as open until all is counted
}

func add(counts *map[string]int64, name string) {
	if *counts == nil {
		*counts = map[string]int64{}
	}
	(*counts)[name]++
}

// Count is a copy of what has been counted.
func (c *Counters) Count() Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.count
	now.Code, now.Cause, now.Refused = maps.Clone(now.Code), maps.Clone(now.Cause), maps.Clone(now.Refused)
	now.Sent, now.Received = c.sent.now(), c.received.now()
	return now
}

// String is the count as JSON.
func (c *Counters) String() string {
	text, err := json.Marshal(c.Count())
	if err != nil {
		return strconv.Quote(err.Error())
	}
	return string(text)
}
