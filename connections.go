package websocket

import (
	"context"
	"fmt"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
)

// Connections is the set of a server's open connections, which can be closed
// together. Give one to AcceptOptions.Connections; several handlers may share it.
// The zero value is ready, and every method may be called from any number of
// goroutines.
//
// http.Server.Shutdown neither closes WebSockets nor waits for them. A server
// ends in order with
//
//	connections.Shutdown(ctx, websocket.GoingAway, "")
//	server.Shutdown(ctx)
type Connections struct {
	mu      sync.Mutex
	members []*Conn     // each knows its place
	leaving *CloseFrame // what connections that still come are closed with
}

// Report says how connections ended that were closed together.
type Report struct {
	// Connections is how many there were: Clean and not.
	Connections int
	// Clean is how many ended cleanly.
	Clean int
	// Forced is how many were cut off when the context ended.
	Forced int
	// Codes counts the codes of the CloseEvents.
	Codes map[StatusCode]int
	// UnsentBytes and UnsentMessages are the sums of what the CloseEvents say.
	UnsentBytes, UnsentMessages int64
}

// String is the report in one line.
func (r Report) String() string {
	return fmt.Sprintf("%d connections: %d clean, %d forced, %d messages unsent", r.Connections, r.Clean, r.Forced, r.UnsentMessages)
}

// Len is how many connections are open.
func (s *Connections) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.members)
}

// All ranges over the connections that are open when it is called. Some of them
// may have ended when their turn comes.
func (s *Connections) All() iter.Seq[*Conn] {
	return slices.Values(s.snapshot())
}

func (s *Connections) snapshot() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members)
}

// Shutdown closes all connections with a code, as a rule GoingAway or
// ServiceRestart, and a reason of at most 123 bytes of UTF-8. It returns when all
// their CloseEvents are known; those that are not when ctx ends are cut off, and
// the error then is the cause of ctx. From its call on, requests are refused with
// 503 and Retry-After. A frame that may not be sent gives a
// *protocol.MisuseError, and nothing happens.
func (s *Connections) Shutdown(ctx context.Context, code StatusCode, reason string) (Report, error) {
	frame := CloseFrame{Code: code, Reason: reason}
	if err := frame.Check(); err != nil {
		return Report{}, err
	}
	return s.close(ctx, frame, func(int) departure { return departure{frame: frame} })
}

// DrainOptions are the options of Drain. The zero value of each field but Code is
// its default.
type DrainOptions struct {
	// Code is what the connections are closed with, as a rule ServiceRestart. It
	// has no default.
	Code StatusCode
	// DialsPerSecond bounds how many of the clients dial again in any second, if
	// they keep to their slots as Reconnect does: default 100.
	DialsPerSecond int
	// Over is the time over which the connections are closed. The default is as
	// long as the slots need, so that no client waits for its slot. Negative
	// means at once.
	Over time.Duration
	// Delay is the time from the call to the first slot: how long it takes until
	// somebody else accepts. The default is 0.
	Delay time.Duration
}

// Drain is Shutdown spread over time. Every client is told in the reason of its
// Close frame after how many seconds it may dial again, "drain; retry=12.4", so
// that they do not all come at once.
func (s *Connections) Drain(ctx context.Context, opts DrainOptions) (Report, error) {
	depart := opts.schedule(s.Len())
	late := depart(s.Len()).frame
	if err := late.Check(); err != nil {
		return Report{}, err
	}
	return s.close(ctx, late, depart)
}

// departure is when a connection is closed, counted from the call, and with what.
type departure struct {
	after time.Duration
	frame CloseFrame
}

// schedule gives the i-th of n connections its time and its slot. Slots are whole
// milliseconds apart from the first, which bounds the dials of every second.
func (o *DrainOptions) schedule(n int) func(i int) departure {
	perSecond := positive(o.DialsPerSecond, 100)
	slot := func(i int) time.Duration {
		return o.Delay + time.Duration(math.Ceil(float64(i)*1e3/float64(perSecond)))*time.Millisecond
	}
	over := o.Over
	if over == 0 {
		over = slot(n)
	}
	return func(i int) departure {
		after := max(0, over) * time.Duration(i) / time.Duration(max(n, 1))
		after = after.Truncate(time.Millisecond)
		retry := max(0, slot(i)-after)
		return departure{after, CloseFrame{Code: o.Code, Reason: "drain; retry=" + strconv.FormatFloat(retry.Seconds(), 'f', -1, 64)}}
	}
}

// close closes what is there and what still comes, each as depart says, and
// waits.
func (s *Connections) close(ctx context.Context, frame CloseFrame, depart func(i int) departure) (Report, error) {
	s.mu.Lock()
	s.leaving = &frame
	s.mu.Unlock()
	report, began := Report{Codes: map[StatusCode]int{}}, time.Now()
	for batch := s.snapshot(); len(batch) > 0; batch = s.snapshot() {
		for _, c := range batch {
			d := depart(report.Connections)
			report.Connections++
			sleep(ctx, time.Until(began.Add(d.after)))
			c.start(func(m *protocol.Closing, now time.Time) error { return m.Start(d.frame, now) })
		}
		report.await(ctx, batch)
	}
	if report.Forced > 0 {
		return report, context.Cause(ctx)
	}
	return report, nil
}

// await waits for the ends of connections that are closing, and counts them.
func (r *Report) await(ctx context.Context, batch []*Conn) {
	for _, c := range batch {
		if c.done.isGiven() {
			continue
		}
		select {
		case <-c.done.wait():
		case <-ctx.Done():
			r.Forced++
			c.Abort()
		}
	}
	for _, c := range batch {
		<-c.done.wait()
		ev := c.final.Load().Event
		r.Codes[ev.Code]++
		if ev.WasClean {
			r.Clean++
		}
		r.UnsentBytes += ev.UnsentBytes
		r.UnsentMessages += ev.UnsentMessages
	}
}

// sleep waits, but not longer than ctx.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// notThere is the place of a connection that is in no set.
const notThere = -1

// add lets a connection in. One that comes too late is closed.
func (s *Connections) add(c *Conn) (leaving *CloseFrame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.place = len(s.members)
	s.members = append(s.members, c)
	return s.leaving
}

func (s *Connections) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.place == notThere {
		return // Trace.Opened has ended it
	}
	last := len(s.members) - 1
	s.members[c.place] = s.members[last]
	s.members[c.place].place = c.place
	s.members[last] = nil
	s.members = s.members[:last]
}

// retryAfterSeconds is what requests are told that come while the server leaves.
const retryAfterSeconds = "5"

// refusal is the answer to a request that comes while the server leaves, or nil.
func (s *Connections) refusal() *handshake.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving == nil {
		return nil
	}
	return &handshake.Refusal{
		Status:  http.StatusServiceUnavailable,
		Header:  http.Header{"Connection": {"close"}, "Retry-After": {retryAfterSeconds}},
		Message: "the server is going away",
	}
}
