//go:build linux && !onclose_slow

package transport

import (
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// arrivals is what is known about the bytes that a socket has received, and who
// waits for more. A poller tells of it; the goroutine that reads uses it up.
type arrivals struct {
	poller  atomic.Pointer[poller] // nil: the runtime is asked
	index   int32                  // there
	state   atomic.Uint32
	known   uint32        // state, when the system was asked
	urgent  atomic.Bool   // an urgent byte came: a read may stop in front of it
	reader  Reader        // who waits, or has waited, if it is no goroutine
	role    atomic.Uint64 // of the poller that is calling reader, or 0
	wake    chan struct{} // for a goroutine that waits
	lingers bool          // what reader does may wait for its peer: it gets a goroutine

	patience patience // of reads that wait in the runtime

	begin func()      // serve, once it was wanted: a method value is allocated
	mu    sync.Mutex  // of the bit nudged, and
	alarm *time.Timer // for a read deadline that is to come
}

// The bits of arrivals.state. While one of the first four is set nobody waits.
const (
	more   = 1 << iota // bytes may be there
	last               // something stands behind them: a FIN, a reset
	nudged             // the read deadline lies in the past
	closed
	waits // a goroutine
	idles // a Reader
)

// init makes a ready for a new stream.
func (a *arrivals) init() { a.patience.after = readPatience }

// watch asks a poller instead of the runtime from now on, if that can be.
func (a *arrivals) watch(raw syscall.RawConn) bool {
	if a.poller.Load() != nil {
		return true
	}
	all := pollers()
	a.watchWith(all[int(nextPoller.Add(1))%len(all)], raw)
	return a.poller.Load() != nil
}

func (a *arrivals) watchWith(p *poller, raw syscall.RawConn) {
	raw.Control(func(fd uintptr) {
		if p.join(a, fd) == nil {
			a.poller.Store(p)
		}
	})
	if a.state.Load()&closed != 0 {
		a.leave() // it was closed meanwhile, and perhaps too early to know the poller
	}
}

// unwatch ends that again, on a socket that is open.
func (a *arrivals) unwatch(raw syscall.RawConn) {
	if p := a.poller.Load(); p != nil {
		raw.Control(func(fd uintptr) { syscall.EpollCtl(p.instance, syscall.EPOLL_CTL_DEL, int(fd), nil) })
		a.leave()
	}
}

func (a *arrivals) leave() {
	if p := a.poller.Swap(nil); p != nil {
		p.leave(a)
	}
}

// tell adds to what is known, and lets a goroutine go on that waits. It reports
// whether a Reader waits, which the caller has to call.
func (a *arrivals) tell(bits uint32) (call bool) {
	for {
		state := a.state.Load()
		if a.state.CompareAndSwap(state, (state|bits)&^(waits|idles)) {
			if state&waits != 0 {
				a.wake <- struct{}{}
			}
			return state&idles != 0
		}
	}
}

// tellAside is tell for those that cannot call a Reader themselves.
func (a *arrivals) tellAside(bits uint32) {
	if a.tell(bits) {
		go a.serving()()
	}
}

// serve calls the Reader on the goroutine it is on.
func (a *arrivals) serve() {
	for a.reader.Ready() {
		runtime.Gosched()
	}
}

// serving is serve, for a goroutine to begin with.
func (a *arrivals) serving() func() {
	if a.begin == nil {
		a.begin = a.serve
	}
	return a.begin
}

// patiently is called before a read of conn that does not give up.
func (a *arrivals) patiently(conn net.Conn) {
	if a.patience.armed {
		a.patience.ends(conn)
	}
}

// wait blocks a goroutine until there may be something to read. What memory it has
// is given back.
func (a *arrivals) wait(room Room) {
	if a.state.Load() != 0 {
		return
	}
	if room != nil {
		room.GiveBack()
	}
	if a.wake == nil {
		a.wake = make(chan struct{}, 1)
	}
	if a.state.CompareAndSwap(0, waits) {
		<-a.wake
	}
}

// asks says that the system is about to be asked for bytes. got and ended are its
// answers, besides that there are none now: then nothing is known any more.
func (a *arrivals) asks() { a.known = a.state.And(^uint32(more | last)) }

// got is n bytes where there was so much room. Fewer are all there were, as a rule.
func (a *arrivals) got(n, room int) {
	switch {
	case a.known&last != 0:
		a.state.Or(last)
	case n == room || a.urgent.Load():
		a.state.Or(more)
	}
}

// ended is the end of the stream, or an error.
func (a *arrivals) ended() { a.state.Or(last) }

// setReadDeadline sets the read deadline of conn, and follows it.
func (a *arrivals) setReadDeadline(conn net.Conn, t time.Time) error {
	err := a.patience.setDeadline(conn, t)
	a.deadline(t)
	return err
}

// deadline follows the read deadline.
func (a *arrivals) deadline(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.alarm != nil {
		a.alarm.Stop()
		a.alarm = nil
	}
	wait := time.Until(t)
	if !t.IsZero() && wait <= 0 {
		a.tellAside(nudged)
		return
	}
	a.state.And(^uint32(nudged))
	if t.IsZero() {
		return
	}
	var alarm *time.Timer
	alarm = time.AfterFunc(wait, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.alarm == alarm { // else the deadline was moved meanwhile
			a.tellAside(nudged)
		}
	})
	a.alarm = alarm
}

// close ends all waiting.
func (a *arrivals) close() {
	a.tellAside(closed)
	a.leave()
}

// ask asks the system, and waits in the runtime unless arrivals tell when to ask. Then the
// runtime is told nothing, which knows of the deadline and would have to look at more
// memory: of a thousand connections none of that is in a cache.
func (s *socketStream) ask() error {
	switch {
	case !s.watched:
		return s.raw.Read(s.attempt)
	case s.arrivals.state.Load()&nudged != 0:
		return s.failed("read", os.ErrDeadlineExceeded)
	case s.askNow == nil:
		s.askNow = func(fd uintptr) { s.readOnce(fd) }
	}
	return s.raw.Control(s.askNow)
}

// join has a poller tell of what comes. If it cannot, reads wait for ever.
func (s *socketStream) join() bool {
	s.watched = s.arrivals.watch(s.raw)
	s.arrivals.patience.after = 0
	s.arrivals.patience.ends(s.Conn)
	return s.watched
}

// ReadNow is part of Watched. The first reads wait, but not for long.
func (s *socketStream) ReadNow(p []byte) (int, error) { return s.readNow(nil, p) }

// ReadIntoNow is part of Watched.
func (s *socketStream) ReadIntoNow(room Room) (int, error) { return s.readNow(room, nil) }

func (s *socketStream) readNow(room Room, p []byte) (int, error) {
	a := &s.arrivals
	if (s.watched || a.patience.silent) && a.state.Load() == 0 {
		if room != nil {
			room.GiveBack()
		}
		return 0, nil
	}
	if s.watched {
		return s.read(room, p)
	}
	if s.reads++; s.reads > briefReads {
		s.reads = briefReads
		s.join()
	}
	a.patience.begins(s.Conn)
	n, err := s.read(room, p)
	if a.gaveUp(n, err) {
		return 0, nil
	}
	return n, err
}

// Await is part of Watched.
func (s *socketStream) Await(r Reader) bool {
	a := &s.arrivals
	a.reader = r
	if !s.watched && (!a.patience.silent || !s.join()) {
		return false
	}
	return a.state.CompareAndSwap(0, idles)
}

// StepAside is part of Watched.
func (s *socketStream) StepAside() {
	a := &s.arrivals
	if role := a.role.Load(); role != 0 {
		if p := a.poller.Load(); p != nil {
			p.takeOver(role)
		}
	}
}
