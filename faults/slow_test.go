//go:build linux

package faults

import (
	"errors"
	"flag"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

var slowRounds = flag.Int("slow-rounds", 3, "rounds with a peer that does not read, and as many without; 20 for figures")

const (
	slowOthers = 100      // connections that are not slow
	slowTrips  = 50       // round trips of each in a round
	slowBound  = 64 << 10 // bytes that may wait for the one that is
)

// One member of a group stops reading. What is sent to all of them waits for it up
// to the bound of its queue, which is sampled, and the others do not feel it: the
// times of their round trips are printed beside those without it. Rounds alternate,
// so that a machine which becomes slower is so for both.
//
//	go test ./faults -run SlowPeer -v -slow-rounds 20
func TestASlowPeerDelaysNobody(t *testing.T) {
	var asleep atomic.Pointer[websocket.Conn]
	var behind atomic.Int64
	members := serve(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
		c.Send(background, typ, p)
		if slow := asleep.Load(); slow != nil && errors.Is(slow.Send(background, typ, p), websocket.ErrBehind) {
			behind.Add(1)
		}
	}}.Handler(nil))
	address, accepted := accept(t, &websocket.AcceptOptions{SendQueue: websocket.SendQueue{Bytes: slowBound, Skip: true}})
	others := make([]*websocket.Conn, slowOthers)
	for i := range others {
		others[i] = dial(t, "ws://"+members, nil)
	}
	roundTrips(t, others) // they and the machine are warm

	without, with := make([]time.Duration, 0, *slowRounds), make([]time.Duration, 0, *slowRounds)
	most := 0
	for range *slowRounds {
		without = append(without, roundTrips(t, others))
		slow := rawly(t, address, accepted, nil)
		fillSocket(t, slow)
		asleep.Store(slow)
		stop := sampled(t, slow, &most)
		with = append(with, roundTrips(t, others))
		asleep.Store(nil)
		stop()
		slow.Abort()
		if ev, _ := slow.CloseEvent(); ev.UnsentBytes == 0 || ev.UnsentBytes > slowBound {
			t.Errorf("%d bytes unsent: %v", ev.UnsentBytes, ev)
		}
	}
	if behind.Load() == 0 || most == 0 {
		t.Errorf("nobody was slow: %d messages found no room, %d bytes waited", behind.Load(), most)
	}
	slices.Sort(without)
	slices.Sort(with)
	a, b := without[len(without)/2], with[len(with)/2]
	t.Logf("round trips of %d others, the 99th of 100, median of %d rounds: %v without, %v with a peer that does not read: %+.1f %%",
		slowOthers, *slowRounds, a, b, 100*(float64(b)/float64(a)-1))
	t.Logf("at most %d of %d bytes waited for it, and %d messages found no room", most, slowBound, behind.Load())
}

// fillSocket sends until the system takes nothing more of the peer's and messages
// wait: then it is the queue's turn.
func fillSocket(t *testing.T, c *websocket.Conn) {
	t.Helper()
	until(t, "the peer is behind", func() bool {
		for c.Send(background, websocket.Binary, make([]byte, 32<<10)) == nil {
		}
		queued := sendQueue(t, c)
		return queued > 0 && c.BufferedAmount() > slowBound/4
	})
}

// sampled looks at a queue until stop is called: it must stay within its bound.
func sampled(t *testing.T, c *websocket.Conn, most *int) (stop func()) {
	done := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		look := time.NewTicker(100 * time.Microsecond)
		defer look.Stop()
		for {
			n := c.BufferedAmount()
			if *most = max(*most, n); n > slowBound {
				t.Errorf("%d bytes wait, and %d may", n, slowBound)
				return
			}
			select {
			case <-look.C:
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		looking.Wait()
	}
}

// roundTrips lets all connections send and wait for the echo, at once, and returns
// what 99 of 100 round trips do not take longer than.
func roundTrips(t *testing.T, conns []*websocket.Conn) time.Duration {
	took := make([]time.Duration, len(conns)*slowTrips)
	var all sync.WaitGroup
	for i, c := range conns {
		all.Go(func() {
			message, buffer := make([]byte, 128), make([]byte, 0, 1000)
			for trip := range slowTrips {
				began := time.Now()
				err := c.Send(background, websocket.Binary, message)
				if err == nil {
					_, _, err = c.ReadAppend(background, buffer)
				}
				if err != nil {
					t.Error(err)
					return
				}
				took[i*slowTrips+trip] = time.Since(began)
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	return took[len(took)*99/100]
}
