package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// cycle is the work of opening a connection and closing it in order, with both
// Close frames and the end of TCP, some at once.
type cycle struct {
	name   string
	atOnce int
	setting
}

func (w cycle) String() string      { return w.name }
func (w cycle) with() setting       { return w.setting }
func (w cycle) fits(s *server) bool { return s.opens || s.has(w.setting) }

var (
	anyMessage = maskFrame(0x81, []byte("a message"))
	closeFrame = maskFrame(0x88, []byte{0x03, 0xe8})
)

// once opens and closes one connection. It reports whether the server broke the
// closing handshake off with a reset.
func (w cycle) once(address string) (reset bool, err error) {
	p, err := connect(address, w.setting)
	if err != nil {
		return false, err
	}
	defer p.conn.Close()
	ours := closeFrame
	if w.Bye {
		ours = anyMessage
	}
	if _, err := p.conn.Write(ours); err != nil {
		return false, err
	}
	first, length, err := p.frame()
	if err != nil || first != 0x88 || length != 2 && length != 0 {
		return false, fmt.Errorf("%#02x and %d bytes instead of a Close frame: %w", first, length, err)
	}
	if w.Bye {
		if _, err := p.conn.Write(closeFrame); err != nil {
			return true, nil
		}
	}
	_, err = io.Copy(io.Discard, p.in)
	return err != nil, nil
}

func (w cycle) check(address string) error {
	_, err := w.once(address)
	return err
}

func (w cycle) measure(p *process, length time.Duration) (figures, error) {
	var done, resets atomic.Int64
	var failed atomic.Pointer[error]
	var over atomic.Bool
	var workers sync.WaitGroup
	for range w.atOnce {
		workers.Go(func() {
			for !over.Load() {
				reset, err := w.once(p.address)
				if err != nil {
					failed.Store(&err)
					return
				}
				if done.Add(1); reset {
					resets.Add(1)
				}
			}
		})
	}
	time.Sleep(length / 4)
	before, err := p.usage(false)
	doneBefore := done.Load()
	time.Sleep(length)
	n := done.Load() - doneBefore
	after, second := p.usage(false)
	over.Store(true)
	workers.Wait()
	if err = errors.Join(err, second); failed.Load() != nil {
		err = *failed.Load()
	}
	if err != nil || n == 0 {
		return figures{}, fmt.Errorf("%s, %v: %d cycles: %w", p.name, w, n, err)
	}
	return figures{
		CPU:    micros(after.CPU-before.CPU) / float64(n),
		Allocs: float64(after.Allocs-before.Allocs) / float64(n),
		Resets: float64(resets.Load()) / float64(done.Load()),
	}, nil
}
