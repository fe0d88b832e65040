package main

import (
	"fmt"
	"time"
)

// subject is a server at its work.
type subject struct {
	server string
	work   work
}

// rounds measures subjects in turns, each with a process of its own, and returns
// the figures of each. Before the first round their answers are checked.
func rounds(subjects []subject, n int, length time.Duration) ([]series, error) {
	processes := make([]*process, len(subjects))
	defer func() {
		for _, p := range processes {
			if p != nil {
				p.stop()
			}
		}
	}()
	for i, s := range subjects {
		p, err := start(s.server, s.work.with())
		if err != nil {
			return nil, err
		}
		processes[i] = p
		if err := s.work.check(p.address); err != nil {
			return nil, fmt.Errorf("%s, %v: %w", s.server, s.work, err)
		}
	}
	all := make([]series, len(subjects))
	for range n {
		for i, s := range subjects {
			f, err := s.work.measure(processes[i], length)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], f)
		}
	}
	return all, nil
}
