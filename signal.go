package websocket

import "sync"

// signal is given once. The channel that says so is made when somebody waits for it:
// most connections end without, and an idle one has 96 bytes less to keep for each.
type signal struct {
	mu    sync.Mutex
	given bool
	c     chan struct{}
}

// give gives it, if it has not been given.
func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil && !s.given {
		close(s.c)
	}
	s.given = true
}

func (s *signal) isGiven() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}

// wait is a channel that is closed when the signal is given.
func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
		if s.given {
			close(s.c)
		}
	}
	return s.c
}
