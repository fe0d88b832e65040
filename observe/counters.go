package observe

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync"

	"github.com/onclose/websocket"
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
}

// Count is what Counters have counted.
type Count struct {
	Open    int64            `json:"open"`    // connections that are open now
	Opened  int64            `json:"opened"`  // that ever were
	Clean   int64            `json:"clean"`   // that ended cleanly
	Code    map[string]int64 `json:"code"`    // ends by CodeClass; Dials that failed are among them
	Cause   map[string]int64 `json:"cause"`   // ends by cause
	Refused map[string]int64 `json:"refused"` // requests by HTTP status; "failed" when there was none
}

// Trace counts what it is told.
func (c *Counters) Trace() websocket.Trace {
	return websocket.Trace{
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
	}
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
