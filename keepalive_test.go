package websocket_test

import (
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// The defaults, as the docs of Limits name them.
const (
	interval = 25 * time.Second
	earliest = interval - interval/6
	timeout  = 10 * time.Second
)

// bothRoles runs a test in a bubble with an endpoint of each role and a raw peer.
func bothRoles(t *testing.T, limits websocket.Limits, test func(t *testing.T, c *websocket.Conn, peer *wstest.Conn)) {
	for _, asClient := range []bool{true, false} {
		t.Run(fmt.Sprintf("client %v", asClient), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := rawPeerWithin(t, asClient, websocket.Trace{}, limits)
				test(t, c, peer)
				c.Abort()
				peer.Close()
				if members, timer := c.LookedAfter(); members != 0 || timer {
					t.Errorf("%d members are left, timer %v", members, timer)
				}
			})
		})
	}
}

// pinged is when an endpoint sent its Pings, since a time.
func pinged(trace *wstest.Trace, from wstest.Side) (at []time.Duration) {
	for _, f := range trace.Frames(from) {
		for _, s := range trace.Steps() {
			if f.Opcode == wire.Ping && s.From == from && s.What == wstest.Wrote && s.Offset+s.Bytes == f.End() {
				at = append(at, s.At)
			}
		}
	}
	return at
}

// A peer that is gone without a word is sent a Ping when it has been silent for an
// interval, and given up when a timeout has passed after that.
func TestADeadPeerIsFound(t *testing.T) {
	for _, reading := range []bool{true, false} {
		bothRoles(t, websocket.Limits{}, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
			trace, began := peer.Record(), time.Now()
			if reading {
				go c.Read(background)
			}
			<-c.Done()
			ev, pings := eventOf(c), pinged(trace, peer.Side()^1)
			check(t, "endpoint", ev, "1006||unclean|none|open|pong-timeout|local")
			if len(pings) != 1 || pings[0] < earliest || pings[0] > interval || ev.ClosedAt.Sub(began) != pings[0]+timeout {
				t.Errorf("Pings at %v, closed at %v", pings, ev.ClosedAt.Sub(began))
			}
		})
	}
}

// Whatever a peer sends is a sign of life. It is not even asked for one while it
// sends often enough.
func TestAPeerThatSendsIsAlive(t *testing.T) {
	for every, asked := range map[time.Duration]bool{earliest: false, interval + timeout/2: true} {
		bothRoles(t, websocket.Limits{}, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
			trace := peer.Record()
			go io.Copy(io.Discard, peer)
			heard := make(chan error)
			go func() {
				for _, err := range c.Messages(background) {
					heard <- err
				}
			}()
			for range 100 {
				pass(every - time.Second)
				peer.Write(encode(data(wire.Text, false, 1), peer.Side() == wstest.Client))
				pass(time.Second)
				peer.Write(encode(data(wire.Continuation, true, 1), peer.Side() == wstest.Client))
				if err := <-heard; err != nil {
					t.Fatalf("every %v: %v", every, err)
				}
			}
			if n := len(pinged(trace, peer.Side()^1)); (n > 0) != asked {
				t.Errorf("every %v: %d Pings", every, n)
			}
			go c.Abort()
			<-heard
		})
	}
}

// Two endpoints that say nothing stay together, and each learns how far the other
// is. Once a Pong has come nothing is left of the Ping but a time in the heap.
func TestSilentEndpointsStayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [2][]time.Duration
		limits := websocket.Limits{}
		traces := [2]websocket.Trace{}
		for i := range traces {
			traces[i].Pong = func(_ *websocket.Conn, roundTrip time.Duration) { told[i] = append(told[i], roundTrip) }
		}
		client, server, pipe := wstest.Pair(t, &websocket.DialOptions{Trace: traces[0], Limits: limits},
			&websocket.AcceptOptions{Trace: traces[1], Limits: limits})
		pipe.Inject(wstest.Fault{From: wstest.Client, Effect: wstest.Delay, For: 20 * time.Millisecond})
		go client.Read(background)
		go server.Read(background)
		pass(2 * time.Second) // nobody attends any more
		synctest.Wait()
		before := runtime.NumGoroutine()
		pass(time.Hour)
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before {
			t.Errorf("%d goroutines, %d before", after, before)
		}
		for who, roundTrips := range told {
			// The peer's Pings are signs of life too: not every end has to ask.
			if n := len(roundTrips); n > int(time.Hour/earliest) || len(told[0])+len(told[1]) < int(time.Hour/interval) {
				t.Errorf("%d Pongs in an hour", n)
			}
			for _, roundTrip := range roundTrips {
				if roundTrip != 20*time.Millisecond {
					t.Fatalf("end %d: a round trip of %v", who, roundTrip)
				}
			}
		}
		client.Close(1000, "")
		check(t, "server", eventOf(server), "1000||clean|remote|closing||fin")
	})
}

// While the application reads nothing and the read-ahead bound is reached, a Pong
// cannot be seen: then nobody is blamed. Pings go on, since a peer that is gone for
// good lets them fail. When the application has read, the silent peer is found.
func TestAPeerIsNotBlamedForAnApplicationThatDoesNotRead(t *testing.T) {
	limits := websocket.Limits{ReadAheadBytes: 100}
	bothRoles(t, limits, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
		trace := peer.Record()
		message := encode(data(wire.Binary, true, 100), peer.Side() == wstest.Client)
		peer.Write(slices.Concat(message, message, message))
		pass(time.Hour)
		if _, ended := c.CloseEvent(); ended {
			t.Fatal(eventOf(c))
		}
		if n := len(pinged(trace, peer.Side()^1)); n < int(time.Hour/interval)-1 || n > int(time.Hour/earliest) {
			t.Errorf("%d Pings in an hour", n)
		}
		read := time.Now()
		for range 3 {
			if _, _, err := c.Read(background); err != nil {
				t.Fatal(err)
			}
		}
		ev := eventOf(c)
		check(t, "endpoint", ev, "1006||unclean|none|open|pong-timeout|local")
		if took := ev.ClosedAt.Sub(read); took < timeout || took > interval+timeout {
			t.Errorf("it took %v", took)
		}
	})
}

// A visit that comes late says that this process was held up: what the peer sent
// meanwhile may lie unread.
func TestAPeerIsNotBlamedForAProcessThatWasHeldUp(t *testing.T) {
	bothRoles(t, websocket.Limits{}, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
		trace, began := peer.Record(), time.Now()
		go c.Read(background)
		pass(interval)
		asked := pinged(trace, peer.Side()^1)[0]
		c.LookAfter(timeout, interval)
		pass(timeout)
		if _, ended := c.CloseEvent(); ended {
			t.Fatal("it was blamed")
		}
		if took := eventOf(c).ClosedAt.Sub(began) - asked; took < earliest+timeout || took > interval+timeout {
			t.Errorf("found %v after the first Ping", took)
		}
	})
}

// Once the connection is closing its own timeouts hold: no Ping is sent any more,
// and none that waits is missed.
func TestTheKeepaliveEndsWithTheClosingHandshake(t *testing.T) {
	limits := websocket.Limits{CloseTimeout: time.Hour}
	bothRoles(t, limits, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
		trace, began := peer.Record(), time.Now()
		go c.Read(background)
		pass(interval + timeout/2)
		c.Close(1000, "")
		ev := eventOf(c)
		check(t, "endpoint", ev, "1006||unclean|local|closing|close-timeout|timeout")
		if took := ev.ClosedAt.Sub(began); took != interval+timeout/2+time.Hour {
			t.Errorf("it took %v", took)
		}
		if pings := pinged(trace, peer.Side()^1); len(pings) != 1 {
			t.Errorf("Pings at %v", pings)
		}
	})
}

// Limits that are negative, and a timeout that is longer than the interval.
func TestTheKeepaliveIsWhatTheLimitsSay(t *testing.T) {
	for _, test := range []struct {
		name             string
		interval         time.Duration
		timeout, ends    time.Duration // ends: 0 for never
		leastPings, most int           // in the hour
	}{
		{"no Pings", websocket.NoLimit, 0, 0, 0, 0},
		{"Pings without an answer", time.Minute, websocket.NoLimit, 0, 58, 72},
		{"a long timeout", time.Second, time.Minute, 61 * time.Second, 1, 1},
		{"both short", time.Millisecond, time.Millisecond, 2 * time.Millisecond, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := rawPeerWithin(t, true, websocket.Trace{}, websocket.Limits{PingInterval: test.interval, PongTimeout: test.timeout})
				trace, began := peer.Record(), time.Now()
				go c.Read(background)
				pass(time.Hour)
				ev, ended := c.CloseEvent()
				if took := ev.ClosedAt.Sub(began); ended != (test.ends > 0) || ended && (took > test.ends || took < test.ends*4/5) {
					t.Errorf("%v after %v", ev, took)
				}
				if n := len(pinged(trace, wstest.Client)); n < test.leastPings || n > test.most {
					t.Errorf("%d Pings", n)
				}
				c.Abort()
				peer.Close()
			})
		})
	}
}

// An application that reads a message while a Ping waits for its Pong leaves no
// goroutine behind when it goes on reading.
func TestAnAttendantMakesRoomForGood(t *testing.T) {
	bothRoles(t, websocket.Limits{}, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
		go io.Copy(io.Discard, peer)
		received := make(chan bool)
		go func() {
			for _, err := range c.Messages(background) {
				received <- err == nil
			}
		}()
		pass(interval)
		synctest.Wait()
		before := runtime.NumGoroutine()
		peer.Write(encode(data(wire.Text, true, 1), peer.Side() == wstest.Client))
		synctest.Wait() // the application has its message, and does not read
		if !<-received {
			t.Fatal("no message")
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before {
			t.Errorf("%d goroutines, %d before", after, before)
		}
		go c.Abort()
		<-received
	})
}

// The next interval begins with the Pong, also when that took longer than an
// interval.
func TestASlowPongBeginsTheNextInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, pipe := wstest.Pair(t, &websocket.DialOptions{Limits: websocket.Limits{PingInterval: time.Second}},
			&websocket.AcceptOptions{Limits: noKeepalive})
		trace := pipe.Record()
		pipe.Inject(wstest.Fault{From: wstest.Client, Effect: wstest.Delay, For: 3 * time.Second})
		go client.Read(background)
		go server.Read(background)
		pass(time.Minute)
		pings := pinged(trace, wstest.Client)
		for i, at := range pings[1:] {
			if apart := at - pings[i]; apart < 3*time.Second+time.Second*5/6 || apart > 5*time.Second {
				t.Errorf("Pings %v apart", apart)
			}
		}
		if len(pings) < 12 {
			t.Errorf("%d Pings in a minute", len(pings))
		}
		client.Close(1000, "")
	})
}

// One Pong answers the Ping that it names and all before, whoever sent them; and
// the trace is told of both kinds.
func TestAPongAnswersAllPingsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []time.Duration
		c, peer := rawPeerWithin(t, true, websocket.Trace{Pong: func(_ *websocket.Conn, roundTrip time.Duration) {
			told = append(told, roundTrip)
		}}, websocket.Limits{})
		trace := peer.Record()
		go c.Read(background)
		pass(interval)
		own := pinged(trace, wstest.Client)[0]
		answered := make(chan time.Duration)
		go func() {
			roundTrip, err := c.Ping(background)
			if err != nil {
				t.Error(err)
			}
			answered <- roundTrip
		}()
		synctest.Wait()
		pass(time.Second)
		frames := trace.Frames(wstest.Client)
		if len(frames) != 2 || frames[0].Opcode != wire.Ping || frames[1].Opcode != wire.Ping {
			t.Fatalf("frames %v", frames)
		}
		peer.Write(encode(wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Pong}, Payload: frames[1].Payload}, false))
		roundTrip := <-answered
		synctest.Wait()
		if roundTrip != time.Second || !slices.Equal(told, []time.Duration{time.Second}) {
			t.Errorf("a round trip of %v, told %v", roundTrip, told)
		}
		peer.Write(encode(wstest.Frame{Header: wire.Header{Fin: true, Opcode: wire.Pong}, Payload: frames[0].Payload}, false))
		<-c.Done()
		if n := len(told); n != 1 {
			t.Errorf("told %v: the second Pong answers nothing", told)
		}
		if pings := pinged(trace, wstest.Client); len(pings) != 2 && len(pings) != 3 || pings[0] != own {
			t.Errorf("Pings at %v", pings)
		}
		peer.Close()
	})
}

// A Ping that cannot leave is no reason to miss a Pong: the write timeout judges.
func TestAPingThatDoesNotLeaveIsNotMissed(t *testing.T) {
	limits := websocket.Limits{PingInterval: 5 * time.Second, PongTimeout: time.Second, WriteTimeout: time.Minute}
	bothRoles(t, limits, func(t *testing.T, c *websocket.Conn, peer *wstest.Conn) {
		peer.Inject(wstest.Fault{From: peer.Side() ^ 1, Effect: wstest.Narrow, Bytes: 1000})
		go c.Read(background)
		if err := c.Write(background, websocket.Binary, make([]byte, 10_000)); err == nil {
			t.Error("it was written")
		}
		if ev := eventOf(c); ev.Cause != protocol.CauseWriteTimeout {
			t.Errorf("%v", ev)
		}
	})
}

// Connections that opened at one instant are not sent their Pings at one.
func TestPingsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		accepted := make(chan *websocket.Conn, n)
		l := serve(t, websocket.Handler(func(c *websocket.Conn) {
			accepted <- c
			c.Read(background)
		}, nil))
		var mu sync.Mutex
		at := map[time.Duration]int{}
		began := time.Now()
		for range n {
			conn, err := l.DialContext(background, "", "")
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			go func() {
				defer conn.Close()
				p := make([]byte, 1000)
				for n, err := conn.Read(p); err == nil; n, err = conn.Read(p) {
					if n >= 10 && p[0] == 0x89 {
						mu.Lock()
						at[time.Since(began)]++
						mu.Unlock()
					}
				}
			}()
		}
		var last *websocket.Conn
		for range n {
			last = <-accepted
		}
		if members, timer := last.LookedAfter(); members != n || !timer {
			t.Errorf("%d members, timer %v", members, timer)
		}
		pass(time.Minute)
		if members, timer := last.LookedAfter(); members != 0 || timer {
			t.Errorf("%d members are left, timer %v", members, timer)
		}
		for when, together := range at {
			if when < earliest || when > interval || together > n/5 {
				t.Errorf("%d Pings at %v", together, when)
			}
		}
		if len(at) < 20 {
			t.Errorf("Pings at %d instants", len(at))
		}
	})
}

// A handler may serve one bubble after the other: nothing of the first is left in
// it.
func TestAHandlerOutlivesItsBubble(t *testing.T) {
	ends := make(chan *websocket.Conn, 1)
	h := websocket.Handler(func(c *websocket.Conn) {
		ends <- c
		c.Read(background)
	}, nil)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			c := dial(t, serve(t, h), &websocket.DialOptions{Limits: noKeepalive})
			go c.Read(background)
			pass(time.Hour)
			c.Close(1000, "")
			served := <-ends
			<-served.Done()
			if n, timer := served.LookedAfter(); n != 0 || timer {
				t.Errorf("%d members are left, timer %v", n, timer)
			}
		})
	}
}

// On a socket a Ping and its Pong cost no allocation.
func TestAPingOfTheKeepaliveAllocatesNothing(t *testing.T) {
	opened, told := make(chan *websocket.Conn, 1), make(chan bool)
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		opened <- c
		c.Read(background)
	}, &websocket.AcceptOptions{Trace: websocket.Trace{Pong: func(*websocket.Conn, time.Duration) { told <- true }}}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	c := <-opened
	conn.Read(make([]byte, 1000)) // the response
	go func() {
		var frame [14]byte
		for n, err := 1, error(nil); err == nil; n, err = io.ReadFull(conn, frame[:10]) {
			if n == 10 && frame[0] == 0x89 {
				copy(frame[6:], frame[2:10])
				frame[0], frame[1] = 0x8a, 0x88
				clear(frame[2:6])
				conn.Write(frame[:])
			}
		}
	}()
	ping := func() {
		c.Forget()
		c.LookAfter(0, 0)
		<-told
	}
	ping()
	if allocs := testing.AllocsPerRun(100, ping); allocs >= 1 && !raceEnabled && websocket.FastPaths {
		t.Errorf("%v allocations", allocs)
	}
}
