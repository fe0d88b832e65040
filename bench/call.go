package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// exchange is the work of a client: to send messages to raw and wait for their
// echoes, on some connections at once. The client stands in the process that is
// measured, and raw beside the load.
type exchange struct {
	size  int
	conns int
}

func (w exchange) String() string      { return fmt.Sprintf("%s c%d", bytesText(w.size), w.conns) }
func (w exchange) with() setting       { return setting{Call: echoing(), Size: w.size, Conns: w.conns} }
func (w exchange) fits(s *server) bool { return s.call != nil }

// check does nothing: every client compares every echo, except raw.
func (w exchange) check(string) error { return nil }

// echoing is the address of raw in this process.
var echoing = sync.OnceValue(func() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "" // and the clients say so
	}
	go serveRaw(l, setting{})
	return l.Addr().String()
})

func (w exchange) measure(p *process, length time.Duration) (figures, error) {
	if _, err := p.ask(strconv.FormatInt(int64(length/4), 10)); err != nil { // until buffers and pools have their sizes
		return figures{}, err
	}
	used, err := p.ask(strconv.FormatInt(int64(length), 10))
	if err != nil || used.Done == 0 {
		return figures{}, fmt.Errorf("%s, %v: %d messages: %w", p.name, w, used.Done, err)
	}
	return figures{CPU: micros(used.CPU) / float64(used.Done), Allocs: float64(used.Allocs) / float64(used.Done)}, nil
}

// call is the process of one client: for every line with a time it works as long,
// and answers with what that took.
func (c *serveCommand) call(dial func(string, []byte) (client, error)) error {
	message := binaryContent.messages(c.Size)[0]
	var clients []client
	for range c.Conns {
		one, err := dial(c.Call, message)
		if err != nil {
			return err
		}
		clients = append(clients, one)
	}
	fmt.Println("it is a client")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		length, err := strconv.ParseInt(in.Text(), 10, 64)
		if err != nil {
			return err
		}
		before := measureUsage()
		done, err := runAll(clients, time.Duration(length))
		if err != nil {
			return err
		}
		after := measureUsage()
		text, _ := json.Marshal(usage{CPU: after.CPU - before.CPU, Allocs: after.Allocs - before.Allocs, Done: done})
		fmt.Println(string(text))
	}
	return nil
}

// runAll lets all clients work for some time.
func runAll(clients []client, length time.Duration) (done int64, err error) {
	var over atomic.Bool
	var total atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for _, one := range clients {
		all.Go(func() {
			n, err := one.run(over.Load)
			total.Add(int64(n))
			if err != nil {
				failed.Store(&err)
			}
		})
	}
	time.AfterFunc(length, func() { over.Store(true) })
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return total.Load(), nil
}
