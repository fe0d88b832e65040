package websocket

import (
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
