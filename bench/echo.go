package main

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// echo is the work of sending messages and reading their echoes, on some
// connections at once with some messages in flight on each.
type echo struct {
	content  content
	size     int
	conns    int
	inFlight int
	setting
}

func (w echo) String() string {
	text := fmt.Sprintf("%s c%d p%d", bytesText(w.size), w.conns, w.inFlight)
	switch w.content {
	case asciiContent:
		text = "ASCII " + text
	case mixedContent:
		text = "mixed " + text
	}
	switch {
	case w.Takeover:
		text += ", deflate with takeover"
	case w.Compress:
		text += ", deflate"
	}
	return text
}

// bytesText is a size in the unit that has no fraction.
func bytesText(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

func (w echo) with() setting       { return w.setting }
func (w echo) fits(s *server) bool { return s.has(w.setting) }

// check compares the echoes of some messages with what they have to be.
func (w echo) check(address string) error {
	p, err := connect(address, w.setting)
	if err != nil {
		return err
	}
	defer p.conn.Close()
	messages := w.content.messages(w.size)
	messages = messages[:min(len(messages), 12)]
	for i, frame := range frames(messages, w.content.opcode(), w.Compress) {
		if _, err := p.conn.Write(frame); err != nil {
			return err
		}
		if err := p.check(w.content.opcode(), messages[i], w.Compress); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

// measure lets a server work for some time.
func (w echo) measure(p *process, length time.Duration) (figures, error) {
	batches := w.batches()
	var done, payload atomic.Int64
	var over atomic.Bool
	var failed error
	var fail sync.Once
	var workers sync.WaitGroup
	latencies := make([]*latency, w.conns)
	var ready sync.WaitGroup
	ready.Add(w.conns)
	var peers []*peer
	defer func() { leaveAll(peers) }()
	for range w.conns { // all, before any works: opening would take long beside it
		one, err := connect(p.address, w.setting)
		if err != nil {
			return figures{}, err
		}
		peers = append(peers, one)
	}
	for i, peer := range peers {
		latencies[i] = &latency{}
		workers.Go(func() {
			for turn := i; !over.Load(); turn++ {
				began := time.Now()
				n, err := peer.exchange(batches[turn%len(batches)], w.inFlight)
				if err != nil {
					fail.Do(func() { failed = err })
					over.Store(true)
				}
				latencies[i].add(time.Since(began))
				done.Add(int64(w.inFlight))
				payload.Add(n)
				if turn == i {
					ready.Done()
				}
			}
		})
	}
	ready.Wait()
	time.Sleep(length / 4) // until buffers and pools have their sizes
	before, err := p.usage(false)
	if err != nil {
		return figures{}, err
	}
	doneBefore, payloadBefore := done.Load(), payload.Load()
	for _, l := range latencies {
		l.reset.Store(true)
	}
	for range 20 { // a slow server on a crowded machine may not end one message in time
		time.Sleep(length)
		if done.Load() > doneBefore || over.Load() {
			break
		}
	}
	n, bytes := done.Load()-doneBefore, payload.Load()-payloadBefore
	after, err := p.usage(false)
	over.Store(true)
	workers.Wait()
	if err == nil {
		err = failed
	}
	if err != nil || n == 0 {
		return figures{}, fmt.Errorf("%s, %v: %d messages: %w", p.name, w, n, err)
	}
	waited := join(latencies)
	return figures{
		CPU:     float64((after.CPU - before.CPU).Nanoseconds()) / 1000 / float64(n),
		Allocs:  float64(after.Allocs-before.Allocs) / float64(n),
		Payload: float64(bytes) / float64(n),
		Half:    waited.quantile(0.5),
		Late:    waited.quantile(0.99),
		Slowest: waited.quantile(0.999),
	}, nil
}

// batches are what is sent at once.
func (w echo) batches() [][]byte {
	all := frames(w.content.messages(w.size), w.content.opcode(), w.Compress)
	batches := make([][]byte, len(all))
	for i := range all {
		var b bytes.Buffer
		for j := range w.inFlight {
			b.Write(all[(i+j)%len(all)])
		}
		batches[i] = b.Bytes()
	}
	return batches
}

// exchange sends a batch and waits for all its echoes. What does not fit into the
// buffers of both sockets is written while the echoes are read.
func (p *peer) exchange(batch []byte, messages int) (payload int64, err error) {
	const safe = 64 << 10
	if len(batch) <= safe {
		if _, err := p.conn.Write(batch); err != nil {
			return 0, err
		}
		return p.skip(messages)
	}
	written := make(chan error, 1)
	go func() {
		_, err := p.conn.Write(batch)
		written <- err
	}()
	payload, err = p.skip(messages)
	if failed := <-written; failed != nil {
		return payload, failed
	}
	return payload, err
}
