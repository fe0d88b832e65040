//go:build linux

package faults

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// starve leaves this process only that many descriptors more than it has.
func starve(more int) error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	limit := uint64(len(entries) + more)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: limit})
}

// serveStarved is a child: an echo server with room for ten connections and a
// few descriptors of the runtime.
func serveStarved([]string) error {
	go leash()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	say(l.Addr())
	if err := starve(10); err != nil {
		return err
	}
	return http.Serve(l, websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(background) {
			if err != nil {
				return
			}
			c.Write(background, m.Type, m.Data)
		}
	}, nil))
}

// A server that has no descriptor left serves the connections that it has. Who
// comes then waits in the kernel's queue, and gives up or gets a place.
func TestAServerWithoutDescriptorsLosesNoConnectionThatItHas(t *testing.T) {
	server := start(t, "starved")
	url := "ws://" + server.line()
	var events ledger
	opts := &websocket.DialOptions{Trace: events.trace(), Limits: websocket.Limits{OpeningTimeout: 2 * time.Second}}
	var conns []*websocket.Conn
	for {
		c, err := websocket.Dial(background, url, opts)
		if err == nil {
			t.Cleanup(c.Abort)
			conns = append(conns, c)
			continue
		}
		closed, ok := errors.AsType[*websocket.CloseError](err)
		if !ok || closed.Event != events.one(t, nil) || closed.Event.Cause != "open-timeout" || closed.Event.Phase != "opening" || byType(err) != "open-timeout" {
			t.Errorf("a client that finds no place: %v", err)
		}
		break
	}
	if len(conns) < 5 || len(conns) > 20 {
		t.Fatalf("%d connections opened on 10 descriptors", len(conns))
	}
	for _, c := range conns {
		if err := c.Write(background, websocket.Text, []byte("still here")); err != nil {
			t.Error(err)
		}
		if _, p, err := c.Read(background); string(p) != "still here" {
			t.Errorf("the echo is %q, %v", p, err)
		}
	}
	if err := conns[0].Close(4000, "my place is yours"); err != nil {
		t.Error(err)
	}
	late, err := websocket.Dial(background, url, &websocket.DialOptions{Trace: events.trace(), Limits: websocket.Limits{OpeningTimeout: eventually}})
	if err != nil {
		t.Fatalf("nobody gets the place that is free again: %v", err)
	}
	for _, c := range append(conns[1:], late) {
		if err := c.Close(4001, ""); err != nil {
			t.Error(err)
		}
	}
	for _, c := range append(conns, late) {
		events.one(t, c)
	}
}

// dialStarved is a child: a client that dials as often as it can, prints the
// event of the Dial that fails, frees a descriptor, and dials again.
func dialStarved(args []string) error {
	go leash()
	var events ledger
	opts := &websocket.DialOptions{Trace: events.trace()}
	first, err := websocket.Dial(background, args[0], opts)
	if err != nil {
		return err
	}
	if err := starve(10); err != nil {
		return err
	}
	for {
		_, err := websocket.Dial(background, args[0], opts)
		if err == nil {
			continue
		}
		say(errors.Is(err, syscall.EMFILE), byType(err), len(events.events[nil]))
		sayEvent(events.events[nil][0])
		break
	}
	if err := first.Close(4000, "one is enough"); err != nil {
		return err
	}
	again, err := websocket.Dial(background, args[0], opts)
	if err != nil {
		return err
	}
	say("again", again.Close(websocket.NormalClosure, ""))
	return nil
}

func TestADialWithoutDescriptorsFailsAloneAndOnce(t *testing.T) {
	address, _ := accept(t, nil)
	client := start(t, "hungry", "ws://"+address)
	if got := client.line(); got != "true dial-failed 1" {
		t.Errorf("EMFILE, cause by type, events: %s", got)
	}
	ev := client.event()
	if ev.Code != websocket.AbnormalClosure || ev.Cause != "dial-failed" || ev.Phase != "dialing" || ev.Transport != "none" {
		t.Error(ev)
	}
	if got := client.line(); strings.TrimSpace(got) != "again <nil>" {
		t.Errorf("with a descriptor free again: %s", got)
	}
	if status := client.wait(); status != 0 {
		t.Errorf("the client's exit status is %d", status)
	}
}
