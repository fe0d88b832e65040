//go:build linux && !onclose_slow

package transport

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// poller asks an epoll instance of its own what has come for many sockets. What the
// runtime asks does not say that a FIN or a reset is there, so a goroutine that has
// read what there was has to read once more before it may wait: a tenth of an echo
// of 125 bytes. It also tells only goroutines; a poller calls whoever waits, and a
// connection needs no goroutine and no stack while nothing happens.
//
// One goroutine at a time has the role of the poller. It waits in the runtime for
// the epoll instance, so no thread is blocked, and calls the Readers that wait, one
// after the other. When one of them takes its time, another goroutine takes over
// the role and the rest, and the first stays with what it is doing.
type poller struct {
	instance int                   // the epoll instance
	waiting  *os.File              // the same, for the runtime to wait for
	raw      syscall.RawConn       // of waiting
	attempt  func(fd uintptr) bool // ask, made once: a method value is allocated
	begin    func()                // run, likewise

	mu      sync.Mutex
	sockets []watched // by the index that epoll gives back
	free    []int32   // indices
	members int
	polled  bool // a goroutine has the role

	// role counts the calls of Readers, twice; the one more that makes it odd says
	// that a call is under way. Whoever then takes it to the next even number has the
	// role.
	role atomic.Uint64

	// What comes next belongs to who has the role.
	events   [128]syscall.EpollEvent
	found    int         // how many of events
	batch    []*arrivals // those whose Readers are to be called
	next     int         // in batch
	again    []*arrivals // those that may have more to read, for the next batch
	slow     int         // looks in a row that found calls slow
	mistrust int         // calls that still get a goroutine each

	seen    atomic.Uint64 // role at the last tick
	ticking atomic.Bool
	timer   *time.Timer
}

// watched is a member. Its generation tells it from those that had its index before.
type watched struct {
	arrivals   *arrivals
	generation int32
}

const (
	// tickWait is half the time after which a call counts as long, as only the
	// second of two ticks in the same call takes the role from it.
	tickWait = 5 * time.Millisecond
	// promptCall is how long a call may take, on average of some. If slowCalls
	// looks in a row find them longer, which is no whim of the system then, the next
	// mistrusted ones get a goroutine each: 0.4 us, and none waits for another.
	promptCall = 100 * time.Microsecond
	slowCalls  = 3
	mistrusted = 1024
)

// pollers are as many as processors: a connection stays with one.
var pollers = sync.OnceValue(func() (all []*poller) {
	for range runtime.GOMAXPROCS(0) {
		all = append(all, newPoller())
	}
	return all
})

// nextPoller deals out the connections.
var nextPoller atomic.Uint32

func newPoller() *poller {
	p := &poller{}
	p.attempt, p.begin = p.ask, p.run
	p.timer = time.AfterFunc(time.Hour, p.tick)
	p.timer.Stop()
	return p
}

// open makes the epoll instance, which there is while there are members.
func (p *poller) open() error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	syscall.SetNonblock(fd, true) // which is how os.NewFile knows that the runtime can wait for it
	p.instance, p.waiting = fd, os.NewFile(uintptr(fd), "epoll")
	p.raw, err = p.waiting.SyscallConn()
	return err
}

// join makes a socket a member.
func (p *poller) join(a *arrivals, fd uintptr) error {
	p.mu.Lock()
	if !p.polled {
		if err := p.open(); err != nil {
			p.mu.Unlock()
			return err
		}
	}
	if len(p.free) == 0 {
		p.free = append(p.free, int32(len(p.sockets)))
		p.sockets = append(p.sockets, watched{})
	}
	last := len(p.free) - 1
	a.index, p.free = p.free[last], p.free[:last]
	member := &p.sockets[a.index]
	member.arrivals = a
	member.generation++
	event := syscall.EpollEvent{Events: wanted, Fd: a.index, Pad: member.generation}
	p.members++
	if !p.polled {
		p.polled = true
		go p.begin()
	}
	instance := p.instance
	p.mu.Unlock()
	if err := syscall.EpollCtl(instance, syscall.EPOLL_CTL_ADD, int(fd), &event); err != nil {
		p.leave(a)
		return os.NewSyscallError("epoll_ctl", err)
	}
	return nil
}

// wanted is told once when it comes about.
const wanted = syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLPRI | 1<<31 // EPOLLET, which syscall has as a negative number

// ends say that nothing comes behind what is there, and that it may have come before
// that was read. A read tells more.
const ends = syscall.EPOLLRDHUP | syscall.EPOLLHUP | syscall.EPOLLERR

// leave ends a membership: epoll has forgotten the socket when it was closed. With
// the last one the goroutine ends, and the instance is closed.
func (p *poller) leave(a *arrivals) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sockets[a.index].arrivals = nil
	p.free = append(p.free, a.index)
	if p.members--; p.members == 0 {
		p.waiting.SetReadDeadline(longAgo)
	}
}

// run has the role.
func (p *poller) run() {
	role := p.role.Load()
	defer func() { p.takeOver(role + 1) }() // a Reader may end its goroutine
	for {
		looked, calls, most := time.Now(), 0, 1
		for p.next < len(p.batch) {
			a := p.batch[p.next]
			p.batch[p.next] = nil
			p.next++
			if a.lingers {
				go a.serving()()
				continue
			}
			if p.mistrust > 0 {
				p.mistrust--
				go a.serving()()
				continue
			}
			a.role.Store(role + 1)
			p.role.Store(role + 1)
			p.tickOn()
			again := a.reader.Ready()
			a.role.Store(0)
			switch {
			case !p.role.CompareAndSwap(role+1, role+2):
				if again {
					a.serve()
				}
				return
			case again:
				p.again = append(p.again, a)
			}
			role += 2
			if calls++; calls == most {
				now := time.Now()
				p.judge(now.Sub(looked) / time.Duration(calls))
				looked, calls, most = now, 0, 2*most
			}
		}
		runtime.Gosched() // more comes while the others run
		if err := p.raw.Read(p.attempt); err == nil {
			p.collect()
		} else if p.rest() {
			return
		}
	}
}

// judge looks at how long calls took, on average of some.
func (p *poller) judge(each time.Duration) {
	if each <= promptCall {
		p.slow = 0
		return
	}
	if p.slow++; p.slow >= slowCalls {
		p.slow, p.mistrust = 0, mistrusted
	}
}

// takeOver gives the role to another goroutine while a call is under way.
func (p *poller) takeOver(role uint64) bool {
	if !p.role.CompareAndSwap(role, role+1) {
		return false
	}
	go p.begin()
	return true
}

// tickOn sees to it that a long call is noticed.
func (p *poller) tickOn() {
	if p.ticking.Load() {
		return
	}
	p.ticking.Store(true)
	p.timer.Reset(tickWait)
}

// tick takes the role from a call that was under way at the last tick already. When
// none is, and none was since, the ticks end.
func (p *poller) tick() {
	role := p.role.Load()
	switch {
	case role == p.seen.Load() && role%2 == 1 && p.role.CompareAndSwap(role, role+1):
		p.mistrust = mistrusted
		go p.begin()
	case role == p.seen.Load():
		p.ticking.Store(false)
		if role == p.role.Load() {
			return
		}
		p.ticking.Store(true) // a call began that may have relied upon this
	}
	p.seen.Store(role)
	p.timer.Reset(tickWait)
}

// rest ends the role when there is nobody to ask for.
func (p *poller) rest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.members > 0 {
		p.waiting.SetReadDeadline(time.Time{})
		return false
	}
	p.polled = false
	p.waiting.Close()
	return true
}

// ask asks what has come. It reports false when there is nothing to do.
func (p *poller) ask(fd uintptr) (done bool) {
	p.found = 0
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, fd, uintptr(unsafe.Pointer(&p.events)), uintptr(len(p.events)), 0, 0, 0)
	if errno == 0 {
		p.found = int(n)
	}
	return p.found > 0 || len(p.again) > 0 || errno == syscall.EINTR
}

// collect tells the members what has come, and makes a batch of those that want to
// be called.
func (p *poller) collect() {
	p.batch, p.again, p.next = p.again, p.batch[:0], 0
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, event := range p.events[:p.found] {
		member := p.sockets[event.Fd]
		if member.arrivals == nil || member.generation != event.Pad {
			continue
		}
		bits := uint32(more)
		if event.Events&ends != 0 {
			bits |= last
		}
		if event.Events&syscall.EPOLLPRI != 0 {
			member.arrivals.urgent.Store(true)
		}
		if member.arrivals.tell(bits) {
			p.batch = append(p.batch, member.arrivals)
		}
	}
}
