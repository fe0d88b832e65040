//go:build linux && !onclose_slow

package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// ear is a Reader that passes on what it reads, and then does as it is told.
type ear struct {
	s     *socketStream
	room  chamber
	heard chan string // an error too
	then  func(text string)
}

// listen listens with a poller, or with one of the process's.
func listen(t *testing.T, conn net.Conn, p *poller, then func(text string)) *ear {
	e := &ear{s: OverConn(conn).(*socketStream), heard: make(chan string, 100), then: then}
	e.room = chamber{make([]byte, 100), make(chan struct{}, 1000)}
	if p != nil {
		e.s.arrivals.watchWith(p, e.s.raw)
	}
	if !e.s.join() {
		t.Fatal("it is not watched")
	}
	go e.Ready()
	return e
}

func ignore(string) {}

func (e *ear) Ready() (again bool) {
	for {
		n, err := e.s.ReadIntoNow(&e.room)
		switch {
		case err != nil:
			e.heard <- end(err)
			return false
		case n > 0:
			text := string(e.room.memory[:n])
			e.heard <- text
			e.then(text)
		case e.s.Await(e):
			return false
		}
	}
}

func end(err error) string {
	switch {
	case err == io.EOF:
		return "EOF"
	case wasReset(err):
		return "reset"
	case errors.Is(err, net.ErrClosed):
		return "closed"
	}
	return err.Error()
}

func (e *ear) hears(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-e.heard; got != w {
			t.Errorf("heard %q, not %q", got, w)
		}
	}
}

// awaits waits until a poller is to call for what comes next.
func (e *ear) awaits() { until(idles, e.s) }

// until waits until state is all that is known about s.
func until(state uint32, s *socketStream) {
	for s.arrivals.state.Load() != state {
		runtime.Gosched()
	}
}

// nibbler is a Reader that has had its turn with each byte.
type nibbler struct {
	s     *socketStream
	heard chan byte
	then  func()
}

func (b *nibbler) Ready() (again bool) {
	var p [1]byte
	if n, err := b.s.ReadNow(p[:]); n > 0 {
		b.heard <- p[0]
		b.then()
		return true
	} else if err != nil {
		close(b.heard)
		return false
	}
	return !b.s.Await(b)
}

// unticked is a poller that no tick helps.
func unticked() *poller {
	p := newPoller()
	p.ticking.Store(true)
	return p
}

func ordinary(l net.Listener) net.Listener { return l }

func TestAReaderIsCalledForWhatComes(t *testing.T) {
	client, server := loopback(t, ordinary)
	e := listen(t, server, nil, ignore)
	for _, text := range []string{"one", "two", "three"} {
		client.Write([]byte(text))
		e.hears(t, text)
	}
	client.(*net.TCPConn).CloseWrite()
	e.hears(t, "EOF")
}

func TestAReaderIsCalledWhenTheStreamIsClosed(t *testing.T) {
	_, server := loopback(t, ordinary)
	e := listen(t, server, nil, ignore)
	e.s.Close()
	e.hears(t, "closed")
}

// What comes right behind bytes may be there before they are read, and then nothing
// else will tell of it.
func TestAnEndRightBehindTheBytesIsHeard(t *testing.T) {
	for range 300 {
		client, server := loopback(t, ordinary)
		e := listen(t, server, nil, ignore)
		client.Write([]byte("bye"))
		client.Close()
		e.hears(t, "bye", "EOF")
		e.s.Close()
	}
	heard := map[string]int{}
	for range 300 {
		client, server := loopback(t, ordinary)
		e := listen(t, server, nil, ignore)
		client.(*net.TCPConn).SetLinger(0)
		client.Write([]byte("bye"))
		client.Close() // with a reset, which may overtake the bytes
		first := <-e.heard
		if heard[first]++; first == "bye" {
			e.hears(t, "reset")
		}
		e.s.Close()
	}
	t.Log(heard)
}

// A read stops in front of an urgent byte, and does not mean that nothing is behind.
func TestAnUrgentByteHoldsUpNothing(t *testing.T) {
	client, server := loopback(t, ordinary)
	e := listen(t, server, nil, ignore)
	raw, _ := client.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) {
		syscall.Sendto(int(fd), []byte("a!"), syscall.MSG_OOB, nil)
		syscall.Write(int(fd), []byte("b"))
	})
	all := ""
	for len(all) < 2 {
		all += <-e.heard
	}
	if all != "ab" {
		t.Errorf("heard %q", all)
	}
	e.awaits() // again
}

// meddler is a Room around whose use something happens.
type meddler struct {
	memory       [1]byte
	taken, given func()
}

func (m *meddler) Take() []byte { m.taken(); return m.memory[:] }
func (m *meddler) GiveBack()    { m.given() }

// A question that finds nothing makes nobody wait if something has come meanwhile.
func TestWhatComesDuringAQuestionIsNotForgotten(t *testing.T) {
	client, server := loopback(t, ordinary)
	s := OverConn(server).(*socketStream)
	s.join()
	nothing := func() {}
	arrive := func() {
		client.Write([]byte("x"))
		until(more, s)
	}
	nudge := func() { s.SetReadDeadline(longAgo) }
	for _, test := range []struct {
		room *meddler
		n    int // of the question behind it
		err  error
	}{
		{&meddler{taken: nothing, given: arrive}, 1, nil},
		{&meddler{taken: nudge, given: nothing}, 0, os.ErrDeadlineExceeded},
	} {
		s.arrivals.tell(more) // which is not so
		if n, err := s.ReadIntoNow(test.room); n != 0 || err != nil || s.Await(nil) {
			t.Errorf("%d, %v, and then it waits", n, err)
		}
		if n, err := s.ReadNow(make([]byte, 10)); n != test.n || !errors.Is(err, test.err) {
			t.Errorf("%d, %v; want %d, %v", n, err, test.n, test.err)
		}
	}
}

// Whoever has had its turn gets another though nothing more comes, and does without
// the poller if that went on without it.
func TestAReaderThatHasHadItsTurnGetsAnother(t *testing.T) {
	client, server := loopback(t, ordinary)
	b := &nibbler{OverConn(server).(*socketStream), make(chan byte, 10), func() {}}
	b.s.arrivals.watchWith(unticked(), b.s.raw)
	b.s.join()
	go b.Ready()
	for _, then := range []func(){b.then, b.s.StepAside} {
		until(idles, b.s)
		b.then = then
		client.Write([]byte("abc"))
		if got := string([]byte{<-b.heard, <-b.heard, <-b.heard}); got != "abc" {
			t.Errorf("heard %q", got)
		}
	}
}

// Every Reader waits here until all of them have been called.
func TestReadersMayWaitForOneAnother(t *testing.T) {
	const many = 100
	var called atomic.Int32
	all := make(chan struct{})
	wait := func(string) {
		if called.Add(1) == many {
			close(all)
		}
		<-all
	}
	for range many {
		client, server := loopback(t, ordinary)
		e := listen(t, server, nil, wait)
		client.Write([]byte("x"))
		defer e.hears(t, "x")
	}
	<-all
}

func TestAReaderThatStepsAsideHoldsUpNobody(t *testing.T) {
	var first *ear
	stepped, released := make(chan struct{}), make(chan struct{})
	var waiters atomic.Int32
	then := func(string) {
		if waiters.Add(1) == 1 {
			first.s.StepAside()
			close(stepped)
			<-released
		}
	}
	client, server := loopback(t, ordinary)
	first = listen(t, server, nil, then)
	client.Write([]byte("x"))
	<-stepped
	for range 2 * runtime.GOMAXPROCS(0) { // one of them at least has the same poller
		client, server := loopback(t, ordinary)
		e := listen(t, server, nil, ignore)
		client.Write([]byte("y"))
		e.hears(t, "y")
		client.Write([]byte("z"))
		e.hears(t, "z")
	}
	close(released)
	client.Write([]byte("w"))
	first.hears(t, "x", "w")
}

// The role is handed over at once, and not by a tick.
func TestWhoStepsAsideHandsOverTheRole(t *testing.T) {
	p, released := unticked(), make(chan struct{})
	client, server := loopback(t, ordinary)
	var aside *ear
	aside = listen(t, server, p, func(string) {
		aside.s.StepAside()
		<-released
	})
	aside.awaits()
	client.Write([]byte("x"))
	aside.hears(t, "x")
	client, server = loopback(t, ordinary)
	other := listen(t, server, p, ignore)
	other.awaits()
	client.Write([]byte("y"))
	other.hears(t, "y")
	close(released)
}

// Calls that are mistrusted get a goroutine each, and one that a tick took the role
// from is held against those that follow.
func TestMistrustBeginsAndEnds(t *testing.T) {
	p := unticked()
	p.mistrust = 2
	client, server := loopback(t, ordinary)
	var e *ear
	var called []bool // by the poller
	e = listen(t, server, p, func(text string) {
		called = append(called, e.s.arrivals.role.Load() != 0)
		if text == "long" {
			p.tick()
			p.tick()
		}
	})
	for _, text := range []string{"1", "2", "long", "4"} {
		e.awaits()
		client.Write([]byte(text))
		e.hears(t, text)
	}
	e.awaits()
	if !slices.Equal(called, []bool{false, false, true, false}) {
		t.Errorf("the poller itself makes the calls %v", called)
	}
}

func TestAPollerSurvivesTheEndOfAReadersGoroutine(t *testing.T) {
	p := newPoller()
	for range 3 {
		client, server := loopback(t, ordinary)
		e := listen(t, server, p, func(text string) {
			if text == "y" {
				runtime.Goexit()
			}
		})
		for _, text := range []string{"x", "y"} {
			client.Write([]byte(text))
			e.hears(t, text)
		}
		e.s.Close()
	}
}

func TestCallsThatAreSlowGetGoroutines(t *testing.T) {
	var p poller
	for range slowCalls - 1 {
		p.judge(promptCall + 1)
	}
	if p.judge(promptCall); p.slow != 0 || p.mistrust != 0 {
		t.Errorf("a prompt call does not end the suspicion: %d, %d", p.slow, p.mistrust)
	}
	for range slowCalls {
		p.judge(promptCall + 1)
	}
	if p.mistrust != mistrusted {
		t.Errorf("%d calls get a goroutine, not %d", p.mistrust, mistrusted)
	}
}

// The goroutine of a poller ends with its last member, the instance is closed, and
// both begin with the next.
func TestAPollerRestsWhenNobodyIsThere(t *testing.T) {
	p := newPoller()
	for range 3 {
		client, server := loopback(t, ordinary)
		var a arrivals
		var err error
		raw, _ := server.(*net.TCPConn).SyscallConn()
		raw.Control(func(fd uintptr) { err = p.join(&a, fd) })
		if err != nil {
			t.Fatal(err)
		}
		client.Write([]byte("x"))
		for a.state.Load() != more {
			runtime.Gosched()
		}
		server.Close()
		p.leave(&a)
		rests(p)
		if _, err := p.waiting.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the instance is open: %v", err)
		}
	}
}

// A socket is no member any more when it is closed.
func TestACloseEndsTheMembership(t *testing.T) {
	p := newPoller()
	_, server := loopback(t, ordinary)
	e := listen(t, server, p, ignore)
	e.s.Close()
	e.hears(t, "closed")
	rests(p)
}

// The last one leaves and another comes before the poller has noticed.
func TestAPollerGoesOnForWhoComesAsTheLastOneLeaves(t *testing.T) {
	p := unticked()
	client, server := loopback(t, ordinary)
	laterClient, laterServer := loopback(t, ordinary)
	var last, later *ear
	last = listen(t, server, p, func(string) {
		last.s.Close()
		later = listen(t, laterServer, p, ignore)
	})
	last.awaits()
	client.Write([]byte("x"))
	last.hears(t, "x", "closed")
	later.awaits()
	laterClient.Write([]byte("y"))
	later.hears(t, "y")
}

// rests waits until p rests.
func rests(p *poller) {
	for polled := true; polled; runtime.Gosched() {
		p.mu.Lock()
		polled = p.polled
		p.mu.Unlock()
	}
}

// An event of a socket that is gone is not told to the one that has its index now.
func TestAnEventIsForWhoeverItWasFor(t *testing.T) {
	var p poller
	var a arrivals
	p.sockets = []watched{{&a, 7}}
	for generation, told := range map[int32]uint32{6: 0, 7: more} {
		p.events[0] = syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: 0, Pad: generation}
		p.found = 1
		a.state.Store(0)
		if p.collect(); a.state.Load() != told {
			t.Errorf("generation %d: told %b", generation, a.state.Load())
		}
	}
}

// A goroutine that waits in ReadInto is told as well, and deadlines too.
func TestAGoroutineWaitsForAPoller(t *testing.T) {
	client, server := loopback(t, ordinary)
	s := OverConn(server).(*socketStream)
	room := &chamber{make([]byte, 10), make(chan struct{}, 10)}
	for i := range briefReads + 3 {
		go func() {
			<-room.gave
			client.Write([]byte("hello"))
		}()
		if n, err := s.ReadInto(room); n != 5 || err != nil || s.watched != (i >= briefReads) {
			t.Fatal(i, n, err, s.watched)
		}
	}
	go func() {
		until(waits, s)
		client.Write([]byte("there"))
	}()
	if n, err := s.Read(room.memory); n != 5 || err != nil {
		t.Error(n, err)
	}
	s.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := s.Read(room.memory); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at the deadline: %v", err)
	}
	s.SetReadDeadline(time.Now().Add(time.Hour))
	if s.arrivals.state.Load() != 0 {
		t.Error("a deadline to come is taken for one that is past")
	}
	s.SetReadDeadline(time.Time{})
}

// A deadline that is moved is no deadline any more.
func TestADeadlineThatWasMovedDoesNotNudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a arrivals
		for _, moved := range []time.Time{{}, time.Now().Add(time.Hour)} {
			a.deadline(time.Now().Add(time.Second))
			a.deadline(moved)
			time.Sleep(time.Minute)
			if a.state.Load() != 0 {
				t.Errorf("moved to %v, and nudged", moved)
			}
		}
		time.Sleep(time.Hour)
		if a.state.Load() != nudged {
			t.Error("where it was moved to it is forgotten")
		}
	})
}
