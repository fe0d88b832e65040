package websocket_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// retryRow says what follows an end: its wait in seconds lies in a range after the
// first failure, and in another after many.
type retryRow struct {
	ended        *websocket.CloseError
	Code         websocket.StatusCode
	Reason       string
	WasClean     bool
	Does         string // stop, refresh, or dial
	First, Later [2]float64
}

// retryRows are the table by code, which reconnect/reconnect.js has too.
func retryRows(t *testing.T) []retryRow {
	t.Helper()
	var rows []retryRow
	if err := json.Unmarshal([]byte(read(t, "reconnect/testdata/retries.json")), &rows); err != nil || len(rows) < 50 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	return rows
}

func TestWhatReconnectDoesAfterEachCode(t *testing.T) {
	for _, row := range retryRows(t) {
		row.ended = &websocket.CloseError{Event: websocket.CloseEvent{Code: row.Code, Reason: row.Reason, WasClean: row.WasClean}}
		row.check(t)
	}
}

// What stands behind 1006, which a page does not see.
func TestWhatReconnectDoesAfterEachCause(t *testing.T) {
	abnormal := func(cause protocol.Cause, status int, retryAfter time.Duration) *websocket.CloseError {
		ended := &websocket.CloseError{Event: websocket.CloseEvent{Code: websocket.AbnormalClosure, Cause: cause}, RetryAfter: retryAfter}
		ended.Event.HTTPStatus = status
		return ended
	}
	backOff := retryRow{Does: "dial", First: [2]float64{0.5, 1}, Later: [2]float64{0.5, 30}}
	stop := retryRow{Does: "stop"}
	refresh := retryRow{Does: "refresh", First: [2]float64{0, 1}, Later: [2]float64{0, 30}}
	for _, test := range []struct {
		ended *websocket.CloseError
		row   retryRow
	}{
		{abnormal(protocol.CauseTLS, 0, 0), stop},
		{abnormal(protocol.CauseBadURL, 0, 0), stop},
		{abnormal(protocol.CauseRefused, 0, 0), backOff},
		{abnormal(protocol.CauseReset, 101, 0), backOff},
		{abnormal(protocol.CausePongTimeout, 101, 0), backOff},
		{abnormal(protocol.CauseMandatoryExtension, 101, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 400, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 401, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 403, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 404, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 426, 0), refresh},
		{abnormal(protocol.CauseBadHandshake, 408, 0), backOff},
		{abnormal(protocol.CauseBadHandshake, 425, 0), backOff},
		{abnormal(protocol.CauseBadHandshake, 429, 20*time.Second), backOff},
		{abnormal(protocol.CauseBadHandshake, 503, 90*time.Second), backOff},
		{abnormal(protocol.CauseBadHandshake, 500, 0), backOff},
	} {
		test.row.ended = test.ended
		test.row.check(t)
	}
}

func (row retryRow) check(t *testing.T) {
	t.Helper()
	for failures, seconds := range map[int][2]float64{0: row.First, 9: row.Later, 1 << 30: row.Later} {
		low, high := math.Inf(1), math.Inf(-1)
		for range 200 {
			next := websocket.NextTry(row.ended, failures)
			if next.Stop != (row.Does == "stop") || next.Refresh != (row.Does == "refresh") {
				t.Fatalf("%v: %+v, want %s", row.ended.Event, next, row.Does)
			}
			wait := (next.Wait - row.ended.RetryAfter).Seconds()
			low, high = min(low, wait), max(high, wait)
		}
		if from, to := seconds[0], seconds[1]; row.Does != "stop" && (low < from || high > to || high < (from+to)/2) {
			t.Errorf("%v: after %d failures: waits from %g s to %g s, want from %g s to %g s", row.ended.Event, failures, low, high, from, to)
		}
	}
}

// A hook that succeeds each time against a server that refuses each time.
func TestARefusalOfWhatIsFreshIsNotDialedInALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refreshed := 0
		f := reconnect(t, &websocket.ReconnectOptions{
			Refresh: func(context.Context, websocket.CloseEvent, *websocket.DialOptions) error {
				refreshed++
				return nil
			},
		}, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
		})
		time.Sleep(10 * time.Minute)
		f.r.Close(1000, "")
		// 15 s on average from the sixth on, and 600 s: about 45.
		if refreshed < 20 || refreshed > 100 {
			t.Errorf("dialed %d times in 10 minutes", refreshed)
		}
	})
}

// fleet is a server whose connections a test ends one after the other, and a
// Reconnecting that dials it. It notes when each connection opened and ended.
type fleet struct {
	begin    time.Time
	story    []string
	accepted chan *websocket.Conn
	r        *websocket.Reconnecting
}

func (f *fleet) note(format string, args ...any) {
	f.story = append(f.story, fmt.Sprintf(format, args...))
}

func reconnect(t *testing.T, opts *websocket.ReconnectOptions, around func(http.Handler) http.Handler) *fleet {
	f := &fleet{begin: time.Now(), accepted: make(chan *websocket.Conn, 10)}
	h := websocket.Handler(func(c *websocket.Conn) {
		f.accepted <- c
		<-c.Done()
	}, nil)
	if around != nil {
		h = around(h)
	}
	l := serve(t, h)
	if opts == nil {
		opts = &websocket.ReconnectOptions{}
	}
	opts.Dial = l.DialContext
	f.r = websocket.Reconnect("ws://test/", websocket.Events{
		OnOpen:    func(*websocket.Conn) { f.note("open") },
		OnMessage: func(_ *websocket.Conn, _ websocket.MessageType, p []byte) { f.note("message %s", p) },
		OnClose:   func(_ *websocket.Conn, ev websocket.CloseEvent) { f.note("close %d", ev.Code) },
	}, opts)
	return f
}

func TestReconnectDialsAgainUntilItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := reconnect(t, nil, nil)
		first := <-f.accepted
		first.Write(background, websocket.Text, []byte("one"))
		first.Close(1012, "drain; retry=7.5")
		began := time.Now()
		second := <-f.accepted
		if waited := time.Since(began); waited.Round(100*time.Millisecond) != 7500*time.Millisecond {
			t.Errorf("dialed again after %v", waited)
		}
		second.Close(1000, "done")
		<-f.r.Done()
		if ev, ok := f.r.CloseEvent(); !ok || ev.Code != 1000 || ev.Reason != "done" {
			t.Errorf("the last event is %v, %t", ev, ok)
		}
		want := []string{"open", "message one", "close 1012", "open", "close 1000"}
		if !slices.Equal(f.story, want) {
			t.Errorf("%q, want %q", f.story, want)
		}
		if err := f.r.Write(background, websocket.Text, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write gives %v after the end", err)
		}
	})
}

func TestReconnectClosesForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := reconnect(t, nil, nil)
		server := <-f.accepted
		synctest.Wait()
		var misuse *protocol.MisuseError
		if err := f.r.Close(1006, ""); !errors.As(err, &misuse) {
			t.Errorf("Close(1006) = %v", err)
		}
		if err := f.r.Close(4001, "bye"); err != nil {
			t.Errorf("Close = %v", err)
		}
		if ev := eventOf(server); ev.Code != 4001 || ev.Reason != "bye" || !ev.WasClean {
			t.Errorf("the server has %v", ev)
		}
	})
}

func TestReconnectEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := reconnect(t, nil, nil)
		(<-f.accepted).Abort()
		synctest.Wait()
		began := time.Now()
		if err := f.r.Close(1000, ""); err == nil || time.Since(began) > 0 {
			t.Errorf("Close = %v after %v", err, time.Since(began))
		}
	})
}

func TestMessagesBetweenTwoConnections(t *testing.T) {
	for _, test := range []struct {
		queueBytes int
		drop       bool
		errors     [3]error
		heard      []string
	}{
		{0, false, [3]error{websocket.ErrBetween, websocket.ErrBetween, websocket.ErrBetween}, nil},
		{0, true, [3]error{}, nil},
		{2*32 + 11, false, [3]error{nil, nil, websocket.ErrBetween}, []string{"first", "second"}},
		{2*32 + 11, true, [3]error{}, []string{"first", "second"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := reconnect(t, &websocket.ReconnectOptions{QueueBytes: test.queueBytes, Drop: test.drop}, nil)
			(<-f.accepted).Close(1001, "")
			synctest.Wait()
			for i, message := range []string{"first", "second", "third"} {
				if err := f.r.Write(background, websocket.Text, []byte(message)); err != test.errors[i] {
					t.Errorf("%+v: %s: %v", test, message, err)
				}
			}
			server := <-f.accepted
			synctest.Wait()
			if err := f.r.Write(background, websocket.Text, []byte("last")); err != nil {
				t.Error(err)
			}
			for _, want := range append(test.heard, "last") {
				if _, p, err := server.Read(background); err != nil || string(p) != want {
					t.Errorf("%+v: %q, %v, want %q", test, p, err, want)
				}
			}
			f.r.Close(1000, "")
		})
	}
}

func TestRefreshComesBeforeTheNextDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		opts := &websocket.ReconnectOptions{
			Refresh: func(_ context.Context, ended websocket.CloseEvent, next *websocket.DialOptions) error {
				asked = append(asked, fmt.Sprint(ended.Code, ended.HTTPStatus))
				if len(asked) == 2 {
					return errors.New("no more")
				}
				next.Header = http.Header{"Authorization": {"Bearer new"}}
				return nil
			},
		}
		f := reconnect(t, opts, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer new" {
					http.Error(w, "who are you?", http.StatusUnauthorized)
					return
				}
				h.ServeHTTP(w, r)
			})
		})
		(<-f.accepted).Close(1008, "") // and now nothing helps
		<-f.r.Done()
		if got := strings.Join(asked, ", "); got != "1006 AbnormalClosure 401, 1008 PolicyViolation 101" {
			t.Errorf("Refresh was asked for %s", got)
		}
	})
}

func TestBackingOffBeginsAnewAfterAUsefulConnection(t *testing.T) {
	for _, test := range []struct {
		name  string
		use   func(*websocket.Conn)
		anew  bool
		ended websocket.StatusCode
	}{
		{"nothing happened", func(*websocket.Conn) {}, false, 1011},
		{"it carried a message", func(c *websocket.Conn) { c.Write(background, websocket.Text, nil) }, true, 1011},
		{"it lived 5 s", func(*websocket.Conn) { time.Sleep(5 * time.Second) }, true, 1011},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var waits []time.Duration
				f := reconnect(t, &websocket.ReconnectOptions{
					Decide: func(_ websocket.CloseEvent, next websocket.Retry) websocket.Retry {
						waits = append(waits, next.Wait)
						next.Stop = len(waits) == 40
						return next
					},
				}, nil)
				for range 40 {
					c := <-f.accepted
					test.use(c)
					c.Close(test.ended, "")
				}
				<-f.r.Done()
				if longest := slices.Max(waits); (longest <= time.Second) != test.anew {
					t.Errorf("the longest wait is %v", longest)
				}
			})
		})
	}
}

func TestADialThatFailsHonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		values := []string{"17", time.Now().Add(40 * time.Second).UTC().Format(http.TimeFormat), "soon"}
		f := reconnect(t, &websocket.ReconnectOptions{
			Decide: func(_ websocket.CloseEvent, next websocket.Retry) websocket.Retry {
				waits = append(waits, next.Wait)
				next.Stop, next.Wait = len(waits) == len(values), 0
				return next
			},
		}, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", values[len(waits)])
				w.WriteHeader(http.StatusServiceUnavailable)
			})
		})
		<-f.r.Done()
		if waits[0] < 17500*time.Millisecond || waits[0] > 18*time.Second || waits[1] < 39*time.Second || waits[1] > 42*time.Second || waits[2] > 4*time.Second {
			t.Errorf("waits %v", waits)
		}
	})
}
