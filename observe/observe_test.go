package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"expvar"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
	"github.com/onclose/websocket/wstest"
)

var background = context.Background()

// server runs a handler over pipes and gives a Dial to it.
func server(t *testing.T, trace websocket.Trace, serve func(*websocket.Conn)) *websocket.DialOptions {
	t.Helper()
	l := wstest.NewListener()
	s := &http.Server{Handler: websocket.Handler(serve, &websocket.AcceptOptions{Trace: trace})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return &websocket.DialOptions{Dial: l.DialContext}
}

func records(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
	return all
}

func TestOneRecordForEachEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		opts := server(t, observe.Log(logger, &observe.LogOptions{Opened: true}), func(c *websocket.Conn) {
			_, p, _ := c.Read(background)
			if string(p) == "panic" {
				panic("on purpose")
			}
		})
		for _, end := range []func(*websocket.Conn){
			func(c *websocket.Conn) { c.Close(4001, "two\nlines \x1b[2J") },
			func(c *websocket.Conn) { time.Sleep(time.Minute); c.Abort() },
			func(c *websocket.Conn) {
				c.Write(background, websocket.Text, []byte("panic"))
				c.Read(background)
			},
		} {
			c, err := websocket.Dial(background, "ws://test/path", opts)
			if err != nil {
				t.Fatal(err)
			}
			end(c)
			synctest.Wait()
		}
		opts.Header = http.Header{"Origin": {"https://evil.example"}}
		websocket.Dial(background, "ws://test/path", opts)
		synctest.Wait()

		var story []string
		for _, r := range records(t, out.String()) {
			line := r["level"].(string) + " " + r["msg"].(string)
			for _, name := range []string{"code", "name", "reason", "wasClean", "initiator", "cause", "age", "panic", "path"} {
				if value, ok := r[name]; ok {
					text, _ := json.Marshal(value)
					line += " " + string(text)
				}
			}
			story = append(story, line)
		}
		want := []string{
			"DEBUG websocket opened",
			`INFO websocket closed 4001 "" "two\\nlines \\x1b[2J" true "remote" "" 0`,
			"DEBUG websocket opened",
			`WARN websocket closed 1006 "AbnormalClosure" "" false "none" "eof" 60000000000`,
			"DEBUG websocket opened",
			`ERROR websocket handler panicked "on purpose"`,
			`INFO websocket closed 1011 "InternalError" "" true "local" "panic" 0`,
			`WARN websocket refused "/path"`,
		}
		if got := strings.Join(story, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// A storm of ends gives some records and then the number of those left out.
func TestAStormIsSampled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		closed := observe.Log(slog.New(slog.NewJSONHandler(&out, nil)), &observe.LogOptions{PerSecond: 3}).Closed
		for range 100 {
			closed(nil, websocket.CloseEvent{Code: 1006, Cause: "eof"})
		}
		closed(nil, websocket.CloseEvent{Code: 1000, WasClean: true}) // another kind
		time.Sleep(time.Second)
		closed(nil, websocket.CloseEvent{Code: 1006, Cause: "eof"})
		all := records(t, out.String())
		if len(all) != 5 || all[3]["code"] != 1000.0 || all[4]["leftOut"] != 97.0 {
			t.Errorf("%d records, the last is %v", len(all), all[len(all)-1])
		}
	})
}

func TestCountersCountEveryEndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counters, clients observe.Counters
		var second atomic.Int64
		also := websocket.Trace{Closed: func(*websocket.Conn, websocket.CloseEvent) { second.Add(1) }}
		opts := server(t, observe.Join(counters.Trace(), also, websocket.Trace{}), func(c *websocket.Conn) { c.Read(background) })
		opts.Trace = clients.Trace()
		open := func() *websocket.Conn {
			c, err := websocket.Dial(background, "ws://test/", opts)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		open().Close(1000, "")
		open().Close(4321, "")
		talker := open()
		talker.Write(background, websocket.Text, []byte("hello"))
		talker.Abort()
		left := open()
		bad := *opts
		bad.Header = http.Header{"Origin": {"https://evil.example"}}
		websocket.Dial(background, "ws://test/", &bad)
		synctest.Wait()

		want := `{"open":1,"opened":4,"clean":2,"code":{"1000":1,"1006":1,"4xxx":1},"cause":{"eof":1,"none":2},"refused":{"403":1},"sent":{"messages":0,"bytes":0,"framed":0},"received":{"messages":1,"bytes":5,"framed":5},"closingSeconds":0}`
		if got := counters.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		want = `{"open":1,"opened":4,"clean":2,"code":{"1000":1,"1006":2,"4xxx":1},"cause":{"aborted":1,"bad-handshake":1,"none":2},"refused":null,"sent":{"messages":1,"bytes":5,"framed":5},"received":{"messages":0,"bytes":0,"framed":0},"closingSeconds":0}`
		if got := clients.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if second := second.Load(); second != 3 {
			t.Errorf("the second trace was told of %d ends", second)
		}
		expvar.Publish("observe_test", &counters)
		left.Close(1000, "")
		synctest.Wait()
		if now := counters.Count(); now.Open != 0 || now.Opened != 4 || !strings.Contains(expvar.Get("observe_test").String(), `"open":0`) {
			t.Error(now)
		}
	})
}

// Whatever peers send, the series stay few.
func TestSeriesAreBounded(t *testing.T) {
	codes := map[string]bool{}
	for code := range 65536 {
		codes[observe.CodeClass(websocket.StatusCode(code))] = true
	}
	if len(codes) != 21 || !codes["1006"] || !codes["3000"] || !codes["3xxx"] || !codes["other"] {
		t.Errorf("%d values: %v", len(codes), codes)
	}
	if observe.Word(websocket.CloseEvent{}.Cause) != "none" || observe.Word("eof") != "eof" {
		t.Error("the words are wrong")
	}
}

// A trace joined of some that have no hook for panics has none either, so that
// the panic is logged as net/http logs it.
func TestJoinKeepsTheDefaultForPanics(t *testing.T) {
	var counters observe.Counters
	joined := observe.Join(counters.Trace())
	if joined.Panicked != nil {
		t.Error("there is a hook for panics")
	}
	if none := observe.Join(websocket.Trace{}); joined.Frame != nil || none.Message != nil || none.Opened != nil || none.Refused != nil || none.Closing != nil || none.Closed != nil {
		t.Error("there is a hook that nobody has")
	}
	called := 0
	one := websocket.Trace{
		Accepted: func(*websocket.Conn, *http.Request) { called++ },
		Pong:     func(*websocket.Conn, time.Duration) { called++ },
	}
	all := observe.Join(one, websocket.Trace{}, one)
	all.Accepted(nil, nil)
	all.Pong(nil, 0)
	if called != 4 {
		t.Errorf("%d hooks of 4 were called", called)
	}
	var told any
	hook := func(_ *websocket.Conn, value any, _ []byte) { told = value }
	observe.Join(counters.Trace(), websocket.Trace{Panicked: hook}).Panicked(nil, "value", nil)
	var roundTrip time.Duration
	pong := websocket.Trace{Pong: func(_ *websocket.Conn, d time.Duration) { roundTrip += d }}
	if observe.Join(pong, websocket.Trace{}, pong).Pong(nil, time.Second); roundTrip != 2*time.Second {
		t.Errorf("told of %v", roundTrip)
	}
	if told != "value" {
		t.Error(told)
	}
}
