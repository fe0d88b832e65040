//go:build linux && !onclose_slow

package transport

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// listenPatiently listens as the event style does, with a patience of its own.
func listenPatiently(t *testing.T, after time.Duration) (e *ear, write func(string)) {
	client, server := loopback(t, ordinary)
	e = &ear{s: OverConn(server).(*socketStream), heard: make(chan string, 100), then: ignore}
	e.room = chamber{make([]byte, 100), make(chan struct{}, 1000)}
	e.s.arrivals.patience.after = after
	return e, func(text string) { client.Write([]byte(text)) }
}

// A connection that is opened, says a word and is closed has no poller.
func TestTheFirstWordsAreHeardWithoutAPoller(t *testing.T) {
	e, write := listenPatiently(t, time.Hour)
	for i := range briefReads {
		write("word")
		if n, err := e.s.ReadIntoNow(&e.room); n != 4 || err != nil || e.s.arrivals.poller.Load() != nil {
			t.Fatalf("read %d: %d bytes, %v, %v", i, n, err, e.s.arrivals.poller.Load())
		}
	}
	go e.Ready()
	e.awaits()
	if e.s.arrivals.poller.Load() == nil {
		t.Error("one that goes on talking has none")
	}
	write("more")
	e.hears(t, "more")
	e.awaits()
	e.s.Close()
	e.hears(t, "closed")
}

func TestASilentConnectionNeedsNoGoroutine(t *testing.T) {
	e, write := listenPatiently(t, time.Millisecond)
	e.Ready() // returns
	if e.s.arrivals.poller.Load() == nil || len(e.heard) > 0 {
		t.Errorf("poller %v, heard %d", e.s.arrivals.poller.Load(), len(e.heard))
	}
	for range 3 {
		write("a word")
		e.hears(t, "a word")
		e.awaits()
	}
	e.s.SetReadDeadline(longAgo)
	if got := <-e.heard; !strings.Contains(got, "timeout") {
		t.Errorf("heard %q, not the deadline", got)
	}
}

// The deadline that was asked for holds, whether it comes before the patience is over
// or behind it, and reads that do not give up wait for it alone.
func TestPatienceAndDeadlines(t *testing.T) {
	for _, after := range []time.Duration{time.Millisecond, time.Hour} {
		e, write := listenPatiently(t, after)
		nudged := func(when string) {
			t.Helper()
			for {
				n, err := e.s.ReadNow(e.room.memory)
				if n > 0 || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("%s: %d bytes, %v", when, n, err)
				}
				if err != nil {
					break
				}
				e.s.join() // it gave up
				runtime.Gosched()
			}
			e.s.SetReadDeadline(time.Time{})
		}
		e.s.SetReadDeadline(longAgo)
		nudged("over already")
		e.s.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		nudged("to come")
		e.s.SetDeadline(longAgo)
		nudged("both")
		write("word")
		if n, err := e.s.ReadInto(&e.room); n != 4 || err != nil {
			t.Error(n, err)
		}
	}
}

func TestReadsThatDoNotGiveUp(t *testing.T) {
	e, write := listenPatiently(t, 20*time.Millisecond)
	write("word")
	if n, err := e.s.ReadIntoNow(&e.room); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	later := time.AfterFunc(100*time.Millisecond, func() { write("later") })
	defer later.Stop()
	p := make([]byte, 10)
	if n, err := e.s.Read(p); string(p[:n]) != "later" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
}
