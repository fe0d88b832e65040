package main

import (
	"slices"
	"sync"
)

// crowd is all connections of a server that broadcasts, in order of arrival.
type crowd[C comparable] struct {
	mu  sync.Mutex
	all []C
}

func (c *crowd[C]) add(one C) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, one)
}

func (c *crowd[C]) remove(one C) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.all, one); i >= 0 {
		c.all = slices.Delete(c.all, i, i+1)
	}
}

// each calls f for everyone. Who leaves meanwhile waits.
func (c *crowd[C]) each(f func(C)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		f(one)
	}
}
