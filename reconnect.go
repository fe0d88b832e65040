package websocket

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrBetween is what Reconnecting.Write gives between two connections: the
// message was not sent and is not kept.
var ErrBetween = errors.New("websocket: between two connections")

// ReconnectOptions are the options of Reconnect. The zero value of each field is
// its default.
type ReconnectOptions struct {
	// DialOptions are those of every Dial. When Context ends, it is over.
	DialOptions
	// Decide may change what the tables say. It is called after every end, also
	// of a Dial that failed, on the goroutine of the callbacks. Nil means the
	// tables: codes from 4000 to 4999 then stop.
	Decide func(ended CloseEvent, next Retry) Retry
	// Refresh is called before the next Dial when Retry.Refresh says that dialing
	// the same again would end the same way. It may change the options of the
	// next Dial, its credentials for example, and may block until ctx ends; an
	// error stops the client. Nil means that such an end stops the client.
	Refresh func(ctx context.Context, ended CloseEvent, next *DialOptions) error
	// QueueBytes is how much is kept for the next connection while none is open,
	// in bytes of payload and 32 for each message: default 0, nothing.
	QueueBytes int
	// Drop lets Write forget what cannot be kept, instead of giving ErrBetween.
	Drop bool
}

// Reconnecting is a WebSocket that is opened again when it ends.
type Reconnecting struct {
	url     string
	events  Events
	options ReconnectOptions
	context context.Context
	cancel  context.CancelCauseFunc
	useful  atomic.Bool // the connection has carried a message
	done    chan struct{}

	mu     sync.Mutex
	conn   *Conn // nil between two connections
	queue  []Message
	queued int         // the bytes of the queue
	last   *CloseError // of the last connection, when it is over
}

// usefulAfter is how long a connection lives that counts as a success even if it
// carried no message.
const usefulAfter = 5 * time.Second

// Reconnect keeps a WebSocket to url open: it dials, calls the callbacks as
// Events.Dial does, and when the connection has ended or could not be opened,
// does what its CloseEvent calls for:
//
//	1000, 4000-4999          stop
//	1001                     dial again after 0 to 5 s
//	1002, 1003, 1007-1010,
//	3000, 3003               call Refresh, or stop
//	1012                     dial in the slot that the server assigned, or after 5 to 30 s
//	1013                     back off, from 5 s up
//	1006                     by its cause: tls and bad-url stop; bad-handshake with
//	                         a status below 500 other than 408, 425 and 429 calls
//	                         Refresh or stops; all else backs off
//	all other codes          back off
//
// Backing off means a random wait between 0.5 s and a bound that doubles from 1 s
// to 30 s with each failure; it begins anew after a connection that carried a
// message or lived 5 s. After Refresh the wait is the same, but may be 0: a server
// that refuses what is fresh is not dialed in a loop. The random wait begins behind a Retry-After of the server. A
// slot is written "retry=SECONDS" in the reason of 1001 or 1012.
//
// OnOpen, OnMessage, OnError and OnClose are called for each connection, one
// after the other on one goroutine. Nil options are the defaults. It does not
// block.
func Reconnect(url string, events Events, opts *ReconnectOptions) *Reconnecting {
	r := &Reconnecting{url: url, done: make(chan struct{})}
	if opts != nil {
		r.options = *opts
	}
	parent := r.options.Context
	if parent == nil {
		parent = context.Background()
	}
	r.context, r.cancel = context.WithCancelCause(parent)
	r.options.Context = r.context
	r.events = r.watch(events)
	go r.run()
	return r
}

// watch notes what the callbacks are told.
func (r *Reconnecting) watch(e Events) Events {
	onOpen, onMessage := e.OnOpen, e.OnMessage
	e.OnOpen = func(c *Conn) {
		r.opened(c)
		if onOpen != nil {
			onOpen(c)
		}
	}
	e.OnMessage = func(c *Conn, typ MessageType, p []byte) {
		r.useful.Store(true)
		if onMessage != nil {
			onMessage(c, typ, p)
		}
	}
	return e
}

// run dials until it is over.
func (r *Reconnecting) run() {
	defer close(r.done)
	defer r.cancel(nil)
	for failures := 0; ; failures++ {
		ended := r.connect()
		ev := ended.Event
		if r.useful.Swap(false) || !ev.OpenedAt.IsZero() && ev.ClosedAt.Sub(ev.OpenedAt) >= usefulAfter {
			failures = 0
		}
		next := nextTry(ended, failures)
		if r.options.Decide != nil {
			next = r.options.Decide(ev, next)
		}
		if next.Stop || !r.await(next, ev) {
			r.mu.Lock()
			r.last, r.queue = ended, nil
			r.mu.Unlock()
			return
		}
	}
}

// connect lives one connection, and returns how it ended.
func (r *Reconnecting) connect() *CloseError {
	c, err := Dial(r.context, r.url, &r.options.DialOptions)
	if err != nil {
		return err.(*CloseError)
	}
	defer r.ended()
	r.events.run(c, nil)
	return c.final.Load()
}

// await waits until it is time to dial again; false means that it never is.
func (r *Reconnecting) await(next Retry, ended CloseEvent) bool {
	if next.Refresh && (r.options.Refresh == nil || r.options.Refresh(r.context, ended, &r.options.DialOptions) != nil) {
		return false
	}
	timer := time.NewTimer(next.Wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return r.context.Err() == nil
	case <-r.context.Done():
		return false
	}
}

// opened sends what was queued, in its order, and then lets Write send by
// itself.
func (r *Reconnecting) opened(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) > 0 {
		m := r.queue[0]
		r.mu.Unlock()
		err := c.Write(r.context, m.Type, m.Data)
		r.mu.Lock()
		if err != nil {
			return // the connection has ended, and the message stays
		}
		r.useful.Store(true)
		r.queue = r.queue[1:]
		r.queued -= queuedBytes(m.Data)
	}
	r.conn = c
}

func (r *Reconnecting) ended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn = nil
}

// Write sends p as one message, as Conn.Write does. While no connection is open,
// and when it breaks before the message is written whole, the message is kept,
// refused or dropped as the options say. A message that was written is never sent
// again, whether it arrived or not.
func (r *Reconnecting) Write(ctx context.Context, typ MessageType, p []byte) error {
	if err := checkMessage(typ, p); err != nil {
		return err
	}
	if c := r.Conn(); c != nil {
		err := c.Write(ctx, typ, p)
		if err == nil {
			r.useful.Store(true)
		}
		if err == nil || !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return r.meanwhile(typ, p)
}

// meanwhile deals with a message that no connection takes.
func (r *Reconnecting) meanwhile(typ MessageType, p []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.last != nil:
		return r.last
	case r.queued+queuedBytes(p) <= r.options.QueueBytes:
		r.queue = append(r.queue, Message{typ, slices.Clone(p)})
		r.queued += queuedBytes(p)
		return nil
	case r.options.Drop:
		return nil
	}
	return ErrBetween
}

// queuedBytes is what a message in the queue counts.
func queuedBytes(p []byte) int { return len(p) + partBytes }

// Conn is the open connection, or nil.
func (r *Reconnecting) Conn() *Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conn
}

// Close ends it for good: the open connection is closed with code and reason,
// and none is opened again. It returns when the last callback has returned, so
// it must not be called inside one; there, Conn.Close with 1000 does the same.
// The error is that of Conn.Close.
func (r *Reconnecting) Close(code StatusCode, reason string) error {
	frame := CloseFrame{Code: code, Reason: reason}
	if err := frame.Check(); err != nil {
		return err
	}
	r.cancel(frame)
	<-r.done
	if ended := r.last; !ended.Event.WasClean && !ended.Event.OpenedAt.IsZero() {
		return ended
	}
	return nil
}

// Done is closed when it is over: nothing is dialed any more.
func (r *Reconnecting) Done() <-chan struct{} { return r.done }

// CloseEvent is that of the last connection; the bool is false until Done.
func (r *Reconnecting) CloseEvent() (CloseEvent, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return CloseEvent{}, false
	}
	return r.last.Event, true
}
