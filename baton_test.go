package websocket

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

func TestABatonGoesToThoseThatWaitInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b baton
		if !b.tryTake() || b.tryTake() || !b.taken() {
			t.Fatal("taken twice, or not at all")
		}
		var order []int
		impatient := make(chan struct{})
		for i := range 4 {
			go func() {
				done := make(chan struct{})
				if i == 1 {
					done = impatient
				}
				if b.take(done, nil) {
					order = append(order, i)
					b.give()
				} else if i != 1 {
					t.Errorf("%d gave up", i)
				}
			}()
			synctest.Wait()
		}
		close(impatient)
		synctest.Wait()
		b.give()
		synctest.Wait()
		if len(order) != 3 || order[0] != 0 || order[1] != 2 || order[2] != 3 || b.taken() {
			t.Errorf("order %v, taken %v", order, b.taken())
		}
	})
}

// Turns are counted where they should be, with somebody waiting and without, and the
// count does not get into the way of the rest, not even when it begins anew.
func TestABatonCountsTurns(t *testing.T) {
	var b baton
	b.state.Store((1<<32 - 2) * batonTurn)
	before := b.turns()
	for range 5 {
		if !b.tryTake() || !b.taken() {
			t.Fatal("not free")
		}
		b.giveCounted()
	}
	b.tryTake()
	b.give()
	b.tryTake()
	waits := make(chan bool)
	go func() { waits <- b.take(nil, nil) }()
	for b.state.Load()%batonTurn == batonTaken {
		runtime.Gosched()
	}
	b.giveCounted()
	if !<-waits || b.turns()-before != 6 || !b.taken() {
		t.Errorf("%d turns, taken %v", b.turns()-before, b.taken())
	}
	if b.give(); b.taken() {
		t.Error("not given back")
	}
}

// Goroutines that give up at the moment at which they get it neither lose it nor
// keep it.
func TestABatonIsNotLost(t *testing.T) {
	var b baton
	var all sync.WaitGroup
	inside := 0
	for range 4 {
		all.Go(func() {
			for i := range 2000 {
				done := make(chan struct{})
				if i%3 == 0 {
					go close(done)
				}
				if b.take(done, nil) {
					if inside++; inside != 1 {
						t.Error("two have it")
					}
					inside--
					b.give()
				}
			}
		})
	}
	all.Wait()
	if b.taken() {
		t.Error("lost")
	}
}
