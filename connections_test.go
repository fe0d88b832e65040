package websocket_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

// crowd is a server with a set of connections, and its clients.
type crowd struct {
	all      websocket.Connections
	listener *wstest.Listener
	clients  []*websocket.Conn
}

func newCrowd(t *testing.T, n int) *crowd {
	c := &crowd{}
	c.listener = serve(t, websocket.Handler(func(c *websocket.Conn) { <-c.Done() }, &websocket.AcceptOptions{Connections: &c.all}))
	for range n {
		c.clients = append(c.clients, dial(t, c.listener, nil))
	}
	synctest.Wait()
	if c.all.Len() != n || len(slices.Collect(c.all.All())) != n {
		t.Fatalf("%d connections, want %d", c.all.Len(), n)
	}
	return c
}

func TestShutdownClosesEveryConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 300
		c := newCrowd(t, n)
		c.clients[0].Close(4000, "") // one leaves before
		synctest.Wait()
		report, err := c.all.Shutdown(background, websocket.GoingAway, "see you")
		if err != nil || report.Connections != n-1 || report.Clean != n-1 || report.Forced != 0 || report.Codes[1001] != n-1 || len(report.Codes) != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		if c.all.Len() != 0 {
			t.Errorf("%d are left", c.all.Len())
		}
		for _, client := range c.clients[1:] {
			if ev := eventOf(client); ev.Code != 1001 || ev.Reason != "see you" || !ev.WasClean {
				t.Fatal(ev)
			}
		}
		var failed *websocket.CloseError
		_, err = websocket.Dial(background, "ws://test/", &websocket.DialOptions{Dial: c.listener.DialContext})
		if !errors.As(err, &failed) || failed.Event.HTTPStatus != 503 || failed.RetryAfter != 5*time.Second || string(failed.Body) != "the server is going away\n" {
			t.Errorf("Dial afterwards: %v", err)
		}
	})
}

func TestShutdownForcesWhatDoesNotEndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, 10)
		// Two clients are gone without a word, and one server writes to nobody.
		var silent []*wstest.Conn
		for range 2 {
			conn, err := c.listener.DialContext(background, "tcp", "test:80")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			silent = append(silent, conn.(*wstest.Conn))
		}
		synctest.Wait()
		for server := range c.all.All() {
			go server.Write(background, websocket.Binary, make([]byte, 100_000)) // a client that does not read takes 64 KiB
		}
		for _, client := range c.clients {
			go func() {
				for range client.Messages(background) {
				}
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		began := time.Now()
		report, err := c.all.Shutdown(ctx, websocket.ServiceRestart, "")
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
		if !errors.Is(err, context.DeadlineExceeded) || report.Connections != 12 || report.Clean != 10 || report.Forced != 2 ||
			report.Codes[1012] != 10 || report.Codes[1006] != 2 || report.UnsentMessages != 2 || report.UnsentBytes == 0 {
			t.Errorf("%+v, %v", report, err)
		}
		if text := report.String(); text != "12 connections: 10 clean, 2 forced, 2 messages unsent" {
			t.Error(text)
		}
		for _, conn := range silent {
			conn.Close()
		}
	})
}

func TestShutdownWithACodeThatMayNotBeSent(t *testing.T) {
	var all websocket.Connections
	var misuse *protocol.MisuseError
	if _, err := all.Shutdown(background, 1006, ""); !errors.As(err, &misuse) {
		t.Error(err)
	}
	if _, err := all.Drain(background, websocket.DrainOptions{}); !errors.As(err, &misuse) {
		t.Error(err)
	}
}

func TestRefuseRefusesByRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := serve(t, websocket.Handler(echo, &websocket.AcceptOptions{
			Refuse: func(r *http.Request) (int, string) {
				switch r.Header.Get("User") {
				case "":
					return http.StatusUnauthorized, "who are you?"
				case "mistake":
					return 200, ""
				}
				return 0, ""
			},
		}))
		for user, want := range map[string]string{"": "401 who are you?\n", "mistake": "500 AcceptOptions.Refuse gave the status 200, which is no error\n", "ann": ""} {
			header := http.Header{}
			if user != "" {
				header.Set("User", user)
			}
			c, err := websocket.Dial(background, "ws://test/", &websocket.DialOptions{Dial: l.DialContext, Header: header})
			var failed *websocket.CloseError
			if got := ""; errors.As(err, &failed) {
				got = fmt.Sprintf("%d %s", failed.Event.HTTPStatus, failed.Body)
				if got != want {
					t.Errorf("%q: %s", user, got)
				}
			} else if err != nil || want != "" {
				t.Errorf("%q: %v", user, err)
			} else {
				c.Close(1000, "")
			}
		}
	})
}

// Real connections drain, and their clients come back in their slots.
func TestDrainSpreadsTheClosesAndTheDials(t *testing.T) {
	for _, test := range []struct {
		name string
		opts websocket.DrainOptions
		over time.Duration // from the first close to the last
		away time.Duration // how long the last client is away
	}{
		{"as long as the slots need", websocket.DrainOptions{Code: 1012, DialsPerSecond: 10}, 5900 * time.Millisecond, 0},
		{"at once", websocket.DrainOptions{Code: 1012, DialsPerSecond: 10, Over: -1, Delay: time.Second}, 0, 6900 * time.Millisecond},
		{"slowly", websocket.DrainOptions{Code: 1012, DialsPerSecond: 1000, Over: time.Minute}, 59 * time.Second, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 60
				var old, young websocket.Connections
				current := &old
				dials := make(chan time.Time, n)
				handler := func(all *websocket.Connections) http.Handler {
					return websocket.Handler(func(c *websocket.Conn) { dials <- time.Now(); <-c.Done() }, &websocket.AcceptOptions{Connections: all})
				}
				oldHandler, youngHandler := handler(&old), handler(&young)
				l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if current == &old {
						oldHandler.ServeHTTP(w, r)
					} else {
						youngHandler.ServeHTTP(w, r)
					}
				}))
				var clients []*websocket.Reconnecting
				ends := make(chan time.Time, 2*n)
				for range n {
					opts := &websocket.ReconnectOptions{}
					opts.Dial = l.DialContext
					clients = append(clients, websocket.Reconnect("ws://test/", websocket.Events{
						OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) {
							if ev.Code == 1012 && strings.HasPrefix(ev.Reason, "drain; retry=") {
								ends <- time.Now()
							}
						},
					}, opts))
					<-dials
				}
				synctest.Wait()
				current = &young
				began := time.Now()
				report, err := old.Drain(background, test.opts)
				if err != nil || report.Clean != n || report.Codes[1012] != n {
					t.Errorf("%v, %v", report, err)
				}
				var closed, dialed []time.Duration
				for range n {
					closed, dialed = append(closed, (<-ends).Sub(began)), append(dialed, (<-dials).Sub(began))
				}
				slices.Sort(closed)
				slices.Sort(dialed)
				if over := closed[n-1] - closed[0]; (over - test.over).Abs() > 50*time.Millisecond {
					t.Errorf("closed over %v, want %v", over, test.over)
				}
				if away := dialed[n-1] - closed[n-1]; (away - test.away).Abs() > 50*time.Millisecond {
					t.Errorf("the last was away for %v, want %v", away, test.away)
				}
				if got := busiestSecond(dialed); got > test.opts.DialsPerSecond {
					t.Errorf("%d dials in one second", got)
				}
				for _, client := range clients {
					client.Close(1000, "")
				}
			})
		})
	}
}

// busiestSecond is how many instants lie within the second that has most of
// them, wherever it begins. They are in ascending order.
func busiestSecond(at []time.Duration) int {
	most, first := 0, 0
	for last := range at {
		for at[last]-at[first] >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

var fleetSize = flag.Int("fleet", 500, "clients of TestAFleetIsDrained; the campaign has 100,000")

// A fleet of clients, each with its connection, is drained, and comes back at no
// more than the planned rate in any second.
//
//	go test -run AFleetIsDrained . -fleet 100000 -v
func TestAFleetIsDrained(t *testing.T) {
	n := *fleetSize
	perSecond := max(n/100, 7)
	synctest.Test(t, func(t *testing.T) {
		var old, young websocket.Connections
		var back []time.Duration
		var began time.Time
		var mu sync.Mutex
		current := websocket.Events{}.Handler(&websocket.AcceptOptions{Connections: &old})
		l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if !began.IsZero() {
				back = append(back, time.Since(began))
			}
			mu.Unlock()
			current.ServeHTTP(w, r)
		}))
		ctx, cancel := context.WithCancel(background)
		clients := make([]*websocket.Reconnecting, n)
		for i := range clients {
			clients[i] = websocket.Reconnect("ws://test/", websocket.Events{}, &websocket.ReconnectOptions{
				DialOptions: websocket.DialOptions{Context: ctx, Dial: l.DialContext},
			})
			synctest.Wait()
		}
		if old.Len() != n {
			t.Fatalf("%d clients of %d are there", old.Len(), n)
		}
		began = time.Now()
		current = websocket.Events{}.Handler(&websocket.AcceptOptions{Connections: &young})
		report, err := old.Drain(background, websocket.DrainOptions{Code: websocket.ServiceRestart, DialsPerSecond: perSecond})
		if err != nil || report.Clean != n {
			t.Errorf("%v, %v", report, err)
		}
		time.Sleep(time.Minute) // of the bubble: for whoever comes late
		slices.Sort(back)
		if busiest := busiestSecond(back); young.Len() != n || len(back) != n || busiest > perSecond {
			t.Errorf("%d of %d are back with %d dials, %d of them in the busiest second, want %d", young.Len(), n, len(back), busiest, perSecond)
		} else {
			t.Logf("%v; back within %v, %d in the busiest second of %d planned", report, back[n-1], busiest, perSecond)
		}
		cancel()
		for _, client := range clients {
			<-client.Done()
		}
	})
}

// The schedule of a drain and the policy of the clients, put together for
// 100,000 clients, each told its slot, and other spreads.
func TestAFleetComesBackAtThePlannedRate(t *testing.T) {
	const clients, perSecond = 100_000, 700
	for _, over := range []time.Duration{0, -1, 10 * time.Second, time.Hour} {
		var dials []time.Duration
		websocket.DrainSchedule(&websocket.DrainOptions{Code: 1012, DialsPerSecond: perSecond, Over: over}, clients, func(closed time.Duration, frame websocket.CloseFrame) {
			ended := &websocket.CloseError{Event: websocket.CloseEvent{Code: frame.Code, Reason: frame.Reason}}
			next := websocket.NextTry(ended, 0)
			if next.Stop || next.Refresh {
				t.Fatalf("%+v", next)
			}
			dials = append(dials, closed+next.Wait)
		})
		slices.Sort(dials)
		if got := busiestSecond(dials); len(dials) != clients || got > perSecond {
			t.Errorf("closed over %v: %d of %d clients dial in the busiest second", over, got, len(dials))
		}
	}
}
