//go:build linux

package faults

import (
	"context"
	"flag"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

var crowdSize = flag.Int("crowd", 1000, "connections of TestShutdownOfACrowd; the campaign has 10,000")

// TestShutdownOfACrowd closes many connections at once, whose other ends are in
// another process, and compares what both sides count.
//
//	go test -v ./faults -run ShutdownOfACrowd -crowd 10000
func TestShutdownOfACrowd(t *testing.T) {
	n := *crowdSize
	var all websocket.Connections
	server := httptest.NewServer(websocket.Events{}.Handler(&websocket.AcceptOptions{Connections: &all}))
	defer server.Close()
	goroutines := runtime.NumGoroutine()
	clients := start(t, "crowd", server.Listener.Addr().String(), strconv.Itoa(n))
	if line := clients.line(); line != "open" {
		t.Fatal(line)
	}
	until(t, "all connections are open", func() bool { return all.Len() == n })
	ctx, cancel := context.WithTimeout(background, eventually)
	defer cancel()
	began := time.Now()
	report, err := all.Shutdown(ctx, websocket.GoingAway, "see you")
	t.Logf("%v, in %v", report, time.Since(began).Round(time.Millisecond))
	if err != nil || report.Connections != n || report.Clean != n || report.Forced != 0 || report.Codes[websocket.GoingAway] != n || report.UnsentBytes != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if line, want := clients.line(), strconv.Itoa(n)+" clean 1001 \"see you\""; line != want {
		t.Errorf("the clients saw %s, want %s", line, want)
	}
	until(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= goroutines })
}

// crowdOfClients opens connections to args[0], args[1] of them, and says how many
// were closed cleanly with 1001 and the reason.
func crowdOfClients(args []string) error {
	go leash()
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	clean, conns := 0, make(chan *websocket.Conn, n)
	var dialers sync.WaitGroup
	for d := range 16 {
		dialers.Go(func() {
			for i := d; i < n; i += 16 {
				c, err := websocket.Events{}.Dial(background, "ws://"+args[0], nil)
				if err != nil {
					say(err)
					return
				}
				conns <- c
			}
		})
	}
	dialers.Wait()
	say("open")
	for range n {
		c := <-conns
		<-c.Done()
		if ev, _ := c.CloseEvent(); ev.WasClean && ev.Code == websocket.GoingAway && ev.Reason == "see you" {
			clean++
		}
	}
	say(clean, "clean 1001 \"see you\"")
	return nil
}
