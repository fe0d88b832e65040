package main

import (
	"bufio"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket/wire"
)

// toAll is the work of sending one message to many: one of the connections sends
// it, and the server sends it to all of them, before the next comes.
type toAll struct {
	size       int
	recipients int
}

func (w toAll) String() string      { return fmt.Sprintf("%s to %d", bytesText(w.size), w.recipients) }
func (w toAll) with() setting       { return setting{Broadcast: true} }
func (w toAll) fits(s *server) bool { return s.has(w.with()) }

var pingFrame = maskFrame(0x89, nil)

// join opens a connection that gets all messages from now on. A server counts it
// in before it reads from it, so the Pong says that it has.
func (w toAll) join(address string) (*peer, error) {
	p, err := connect(address, w.with())
	if err != nil {
		return nil, err
	}
	p.in = bufio.NewReaderSize(p.conn, 512) // 64 KiB each would be much for many
	if _, err := p.conn.Write(pingFrame); err != nil {
		return nil, err
	}
	if first, length, err := p.frame(); err != nil || first != 0x8a || length != 0 {
		return nil, fmt.Errorf("%#02x and %d bytes instead of a Pong frame: %w", first, length, err)
	}
	return p, nil
}

func (w toAll) joinAll(address string, n int) (all []*peer, err error) {
	for range n {
		p, err := w.join(address)
		if err != nil {
			leaveAll(all)
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func leaveAll(all []*peer) {
	for _, p := range all {
		p.conn.Close()
	}
}

// check lets three connections compare what they get.
func (w toAll) check(address string) error {
	all, err := w.joinAll(address, 3)
	if err != nil {
		return err
	}
	defer leaveAll(all)
	messages := binaryContent.messages(w.size)
	for i, frame := range frames(messages, byte(wire.Binary), false) {
		if _, err := all[0].conn.Write(frame); err != nil {
			return err
		}
		for at, p := range all {
			if err := p.check(byte(wire.Binary), messages[i], false); err != nil {
				return fmt.Errorf("message %d at connection %d: %w", i, at, err)
			}
		}
	}
	return nil
}

// measure lets a server send to all for some time.
func (w toAll) measure(p *process, length time.Duration) (figures, error) {
	all, err := w.joinAll(p.address, w.recipients)
	if err != nil {
		return figures{}, err
	}
	var missing atomic.Int64 // who has not got the current message
	arrived := make(chan error, len(all))
	var readers sync.WaitGroup
	for _, one := range all {
		readers.Go(func() {
			for {
				if _, err := one.skip(1); err != nil {
					arrived <- err
					return
				}
				if missing.Add(-1) == 0 {
					arrived <- nil
				}
			}
		})
	}
	defer readers.Wait()
	defer leaveAll(all)
	frame := frames(binaryContent.messages(w.size), byte(wire.Binary), false)[0]
	var took latency
	once := func() error {
		began := time.Now()
		missing.Store(int64(len(all)))
		if _, err := all[0].conn.Write(frame); err != nil {
			return err
		}
		err := <-arrived
		took.add(time.Since(began))
		return err
	}
	for range 2 { // until buffers and pools have their sizes
		if err := once(); err != nil {
			return figures{}, err
		}
	}
	took = latency{}
	before, err := p.usage(false)
	if err != nil {
		return figures{}, err
	}
	n := 0
	for end := time.Now().Add(length); time.Now().Before(end); n += len(all) {
		if err := once(); err != nil {
			return figures{}, err
		}
	}
	after, err := p.usage(false)
	return figures{
		CPU:     micros(after.CPU-before.CPU) / float64(n),
		Allocs:  float64(after.Allocs-before.Allocs) / float64(n),
		Slowest: took.quantile(0.999),
	}, err
}
