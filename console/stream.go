package console

import (
	"net/http"
	"strconv"
	"time"
)

const (
	// heartbeat is the silence after which the stream says that it still
	// stands, so that proxies keep it and a dead client is found.
	heartbeat = 15 * time.Second
	// writeTimeout bounds one write to a subscriber.
	writeTimeout = 10 * time.Second
	// retry is how long a browser waits before it subscribes again.
	retry = 2 * time.Second
)

// serveEvents streams the feed as server-sent events (WHATWG HTML, section
// 9.2): each CloseEvent as a message with an id, and before one that others
// were lost in front of, an event "missed" with their count.
func (c *Console) serveEvents(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		http.Error(w, "The feed is for pages of this origin.", http.StatusForbidden)
		return
	}
	sub, ok := c.feed.subscribe(r.Header.Get("Last-Event-ID"))
	if !ok {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The feed is closed, or has its "+strconv.Itoa(maxSubscribers)+" subscribers already.",
			http.StatusServiceUnavailable)
		return
	}
	defer c.feed.unsubscribe(sub)

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or nginx holds the events back
	out := eventWriter{w, http.NewResponseController(w)}
	if out.write("retry: "+strconv.FormatInt(retry.Milliseconds(), 10)+"\n\n") == nil {
		c.stream(r, sub, out)
	}
}

// sameOrigin refuses pages of other origins, which could not read the feed but
// could take its places. Clients that are no browsers send no such field.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}

// stream writes until the request or the feed ends or a write fails.
func (c *Console) stream(r *http.Request, sub *subscriber, out eventWriter) {
	silence := time.NewTimer(heartbeat)
	defer silence.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-c.feed.done:
			_ = c.flush(sub, out) // the last word; nobody is left to tell of an error
			return
		case <-sub.wake:
			err = c.flush(sub, out)
		case <-silence.C:
			err = out.write(": still here\n\n")
		}
		if err != nil {
			return
		}
		silence.Reset(heartbeat)
	}
}

// flush writes what is queued for the subscriber.
func (c *Console) flush(sub *subscriber, out eventWriter) error {
	queue, missed := c.feed.take(sub)
	var text []byte
	if missed > 0 {
		text = append(text, "event: missed\ndata: {\"missed\":"...)
		text = strconv.AppendUint(text, missed, 10)
		text = append(text, "}\n\n"...)
	}
	for _, e := range queue {
		// JSON is one line: it writes the line feeds of a reason as \n.
		text = append(text, "id: "+c.feed.id(e)+"\ndata: "...)
		text = append(text, e.data...)
		text = append(text, "\n\n"...)
	}
	if len(text) == 0 {
		return nil
	}
	return out.write(string(text))
}

// An eventWriter writes through to the client, within writeTimeout.
type eventWriter struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (o eventWriter) write(text string) error {
	// A writer without deadlines (a test's) is written to without.
	_ = o.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.rc.Flush()
}
