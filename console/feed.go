package console

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
)

// The limits of the feed.
const (
	recentEvents   = 50 // kept for replay to a new subscriber
	queuedEvents   = 64 // kept for a subscriber that is slow; not less than recentEvents
	maxSubscribers = 64
)

// A feed hands every event to every subscriber, and the recent ones to a new
// subscriber. It knows nothing of HTTP.
type feed struct {
	epoch string        // tells the event ids of one feed from those of another
	done  chan struct{} // closed by close

	mu          sync.Mutex
	last        uint64  // the newest event's number; the first is 1
	recent      []event // the newest recentEvents, oldest first
	subscribers map[*subscriber]bool
}

// An event is one line of JSON and its number in the feed.
type event struct {
	number uint64
	data   []byte
}

// A subscriber's fields are guarded by the feed's mutex.
type subscriber struct {
	wake   chan struct{} // holds a token when take has something to give
	queue  []event
	missed uint64 // events dropped in front of queue since the last take
}

func newFeed() *feed {
	return &feed{
		epoch:       rand.Text()[:8],
		done:        make(chan struct{}),
		subscribers: make(map[*subscriber]bool),
	}
}

// publish gives data to every subscriber and never waits for one.
func (f *feed) publish(data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed() {
		return
	}
	f.last++
	e := event{f.last, data}
	f.recent, _ = appendBounded(f.recent, e, recentEvents)
	for s := range f.subscribers {
		var dropped bool
		if s.queue, dropped = appendBounded(s.queue, e, queuedEvents); dropped {
			s.missed++
		}
		s.notify()
	}
}

// appendBounded appends e to queue and drops the oldest event if there are now
// more than limit.
func appendBounded(queue []event, e event, limit int) (_ []event, dropped bool) {
	if len(queue) < limit {
		return append(queue, e), false
	}
	copy(queue, queue[1:])
	queue[len(queue)-1] = e
	return queue, true
}

// subscribe adds a subscriber that saw the events up to the id lastSeen, or
// none. It starts with the recent events that it did not see, and with the
// count of those that are lost. False means that there are too many, or that
// the feed is closed.
func (f *feed) subscribe(lastSeen string) (*subscriber, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed() || len(f.subscribers) >= maxSubscribers {
		return nil, false
	}
	s := &subscriber{wake: make(chan struct{}, 1)}
	seen, known := f.number(lastSeen)
	for _, e := range f.recent {
		if e.number > seen {
			s.queue = append(s.queue, e)
		}
	}
	if known {
		s.missed = f.last - seen - uint64(len(s.queue))
	}
	if len(s.queue) > 0 {
		s.notify()
	}
	f.subscribers[s] = true
	return s, true
}

func (f *feed) unsubscribe(s *subscriber) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subscribers, s)
}

// take empties the subscriber's queue. missed events were lost in front of it.
func (f *feed) take(s *subscriber) (queue []event, missed uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue, missed = s.queue, s.missed
	s.queue, s.missed = nil, 0
	return queue, missed
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed() {
		close(f.done)
	}
}

func (f *feed) closed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// id is the event's name for Last-Event-ID. A server that was started anew
// counts from one again: the epoch keeps the two apart.
func (f *feed) id(e event) string {
	return f.epoch + "-" + strconv.FormatUint(e.number, 10)
}

// number is the number of the event with the id, false for one that this feed
// did not give.
func (f *feed) number(id string) (uint64, bool) {
	epoch, digits, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if epoch != f.epoch || err != nil || n > f.last {
		return 0, false
	}
	return n, true
}

func (s *subscriber) notify() {
	select {
	case s.wake <- struct{}{}:
	default: // the token is there already
	}
}
