package webapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/wstest"
)

func TestEchoAndClose(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) { w.SendText("hello\xff") })
		w.OnMessage(func(e *webapi.MessageEvent) {
			if e.Origin() != "ws://server" || !e.IsTrusted() || e.Target() != w {
				t.Errorf("%+v", e)
			}
			w.Close(new(uint16(4001)), "bye")
			p.note("closing %d", w.ReadyState())
		})
		w.OnClose(func(e *webapi.CloseEvent) {
			if truth, ok := e.Truth(); !ok || truth.Sent == nil || truth.Sent.Code != 4001 {
				t.Errorf("truth: %v, %v", truth, ok)
			}
		})
		p.run()
		p.wants("open 1", `message 1: "hello`+"\ufffd"+`"`, "closing 2", `close 3: 4001 "bye" true`)
	})
}

func TestTheRequestTargetIsThePathAndQueryOfTheURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := wstest.NewListener()
		requests := make(chan string, 1)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			requests <- line
			conn.Close()
		}()
		p := &page{t: t, env: &webapi.Environment{Tasks: webapi.NewTasks(), Dial: &websocket.DialOptions{Dial: listener.DialContext}}}
		p.open("ws://server/a|b^%zz%2F\u00fc?c|d'%&\u00fc")
		p.run()
		if got, want := <-requests, "GET /a|b%5E%zz%2F%C3%BC?c|d%27%&%C3%BC HTTP/1.1\r\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		p.wants("error 3", `close 3: 1006 "" false`)
		listener.Close()
	})
}

func TestNothingHappensBeforeTheCallerReturns(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/chat?x")
		synctest.Wait() // as far as it comes without the queue
		if w.ReadyState() != webapi.Connecting || w.URL() != "ws://server/chat?x" || w.Protocol() != "" || w.Extensions() != "" ||
			w.BufferedAmount() != 0 || w.BinaryType() != "blob" || len(p.log) != 0 {
			t.Errorf("%+v, %v", w, p.log)
		}
		var e *webapi.DOMException
		if err := w.SendText("too early"); !errors.As(err, &e) || e.Name != webapi.InvalidStateError || w.BufferedAmount() != 0 {
			t.Errorf("%v, %d buffered", err, w.BufferedAmount())
		}
		w.OnOpen(func(webapi.Event) { w.Close(nil, "") })
		p.run()
		p.wants("open 1", `close 3: 1005 "" true`)
	})
}

// The rows are calls of close() on an open connection: WHATWG WebSockets, section
// 3.1, close(code, reason).
func TestClose(t *testing.T) {
	long := strings.Repeat("\u00fc", 61) // 122 bytes
	for _, row := range []struct {
		what   string
		code   *uint16
		reason string
		throws string
		code2  uint16 // that the server gets, and sends back
		sent   string
	}{
		{"nothing: an empty Close frame", nil, "", "", 1005, ""},
		{"1000", new(uint16(1000)), "", "", 1000, ""},
		{"3000", new(uint16(3000)), "r", "", 3000, "r"},
		{"4999", new(uint16(4999)), "r", "", 4999, "r"},
		{"a reason alone goes with 1000", nil, "r", "", 1000, "r"},
		{"0", new(uint16(0)), "", webapi.InvalidAccessError, 0, ""},
		{"999", new(uint16(999)), "", webapi.InvalidAccessError, 0, ""},
		{"1001", new(uint16(1001)), "", webapi.InvalidAccessError, 0, ""},
		{"1005", new(uint16(1005)), "", webapi.InvalidAccessError, 0, ""},
		{"1006", new(uint16(1006)), "", webapi.InvalidAccessError, 0, ""},
		{"1015", new(uint16(1015)), "", webapi.InvalidAccessError, 0, ""},
		{"2999", new(uint16(2999)), "", webapi.InvalidAccessError, 0, ""},
		{"5000", new(uint16(5000)), "", webapi.InvalidAccessError, 0, ""},
		{"65535", new(uint16(65535)), "", webapi.InvalidAccessError, 0, ""},
		{"123 bytes", new(uint16(1000)), long + "a", "", 1000, long + "a"},
		{"124 bytes", new(uint16(1000)), long + "ab", webapi.SyntaxError, 0, ""},
		{"124 bytes in 62 letters", new(uint16(1000)), long + "\u00fc", webapi.SyntaxError, 0, ""},
		{"124 bytes without a code", nil, long + "ab", webapi.SyntaxError, 0, ""},
		{"the code is looked at first", new(uint16(1001)), long + "ab", webapi.InvalidAccessError, 0, ""},
		{"a byte that is not UTF-8 counts as U+FFFD", new(uint16(1000)), long[:120] + "\xff", "", 1000, long[:120] + "\ufffd"},
		{"and three bytes are too long then", new(uint16(1000)), long + "\xff", webapi.SyntaxError, 0, ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			browse(t, echo, func(p *page) {
				w := p.open("ws://server/")
				w.OnOpen(func(webapi.Event) {
					err := w.Close(row.code, row.reason)
					var e *webapi.DOMException
					switch {
					case row.throws == "" && (err != nil || w.ReadyState() != webapi.Closing):
						t.Errorf("%v, readyState %d", err, w.ReadyState())
					case row.throws != "" && (!errors.As(err, &e) || e.Name != row.throws || w.ReadyState() != webapi.Open):
						t.Errorf("%v, want %s, readyState %d", err, row.throws, w.ReadyState())
					}
					if row.throws != "" {
						w.Close(nil, "")
					}
				})
				w.OnClose(func(e *webapi.CloseEvent) {
					want := row.code2
					if row.throws != "" {
						want = 1005
					}
					if e.Code() != want || e.Reason() != row.sent || !e.WasClean() {
						t.Errorf("%d %q %v", e.Code(), e.Reason(), e.WasClean())
					}
				})
				p.run()
			})
		})
	}
}

func TestCloseTwiceChangesNothing(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			w.Close(new(uint16(4001)), "first")
			w.Close(new(uint16(4002)), "second")
		})
		w.OnClose(func(*webapi.CloseEvent) { w.Close(new(uint16(4003)), "third") })
		p.run()
		p.wants("open 1", `close 3: 4001 "first" true`)
	})
}

func TestCloseWhileConnecting(t *testing.T) {
	for what, wait := range map[string]func(){"at once": func() {}, "when it has opened, but nobody knows": synctest.Wait} {
		t.Run(what, func(t *testing.T) {
			browse(t, echo, func(p *page) {
				w := p.open("ws://server/")
				wait()
				if err := w.Close(nil, ""); err != nil || w.ReadyState() != webapi.Closing {
					t.Errorf("%v, readyState %d", err, w.ReadyState())
				}
				p.note("returned")
				p.run()
				p.wants("returned", "error 3", `close 3: 1006 "" false`)
			})
		})
	}
}

func TestMessagesBehindCloseAreNotTold(t *testing.T) {
	serve := func(c *websocket.Conn) {
		c.Read(context.Background())
		for range 3 {
			c.Write(context.Background(), websocket.Text, []byte("late"))
		}
		<-c.Done()
	}
	browse(t, serve, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			w.SendText("go")
			w.Close(nil, "")
		})
		p.run()
		p.wants("open 1", `close 3: 1005 "" true`)
	})
}

func TestMessagesGoOutBeforeTheClose(t *testing.T) {
	var got []string
	serve := func(c *websocket.Conn) {
		for m, err := range c.Messages(context.Background()) {
			if err == nil {
				got = append(got, string(m.Data))
			}
		}
	}
	browse(t, serve, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			data := []byte("one")
			w.SendBinary(data)
			data[0] = 'X' // it was copied
			w.SendText("two")
			w.Close(nil, "")
		})
		p.run()
		if strings.Join(got, " ") != "one two" {
			t.Errorf("%q", got)
		}
	})
}

func TestBinaryType(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) { w.SendBinary([]byte("a")) })
		w.OnMessage(func(*webapi.MessageEvent) {
			if w.BinaryType() == webapi.BinaryArrayBuffer {
				w.Close(nil, "")
				return
			}
			w.SetBinaryType("nonsense")
			if w.BinaryType() != webapi.BinaryBlob {
				t.Error(w.BinaryType())
			}
			w.SetBinaryType(webapi.BinaryArrayBuffer)
			w.SendBinary([]byte("b"))
		})
		p.run()
		p.wants("open 1", `message 1: blob "a"`, `message 1: bytes "b"`, `close 3: 1005 "" true`)
	})
}

func TestBufferedAmountFallsBetweenTasksOnly(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			w.SendText("\u00fc\u00fc")
			w.SendBinary(make([]byte, 10))
			synctest.Wait() // both have been written
			p.note("buffered %d", w.BufferedAmount())
			p.env.Tasks.Post(func() {
				p.env.Tasks.Post(func() {
					p.note("buffered %d", w.BufferedAmount())
					w.Close(nil, "")
					w.SendText("dropped")
				})
			})
		})
		w.OnMessage(nil)
		p.run()
		w.SendText("dropped")
		p.note("buffered %d", w.BufferedAmount())
		p.log = keep(p.log, "message")
		p.wants("open 1", "buffered 14", "buffered 0", `close 3: 1005 "" true`, "buffered 14")
	})
}

// keep leaves the lines out that begin with a word.
func keep(log []string, without string) (kept []string) {
	for _, line := range log {
		if !strings.HasPrefix(line, without) {
			kept = append(kept, line)
		}
	}
	return kept
}

// An answer shows that the network has taken what it answers.
func TestNothingIsBufferedWhenTheAnswerComes(t *testing.T) {
	for _, size := range []int{0, 1, 65_000, 256 << 10} {
		browse(t, echo, func(p *page) {
			w := p.open("ws://server/")
			w.OnOpen(func(webapi.Event) {
				w.SendBinary(make([]byte, size))
				if w.BufferedAmount() != int64(size) {
					t.Errorf("%d of %d bytes buffered behind send", w.BufferedAmount(), size)
				}
			})
			w.OnMessage(func(*webapi.MessageEvent) {
				if w.BufferedAmount() != 0 {
					t.Errorf("%d of %d bytes buffered when the answer came", w.BufferedAmount(), size)
				}
				w.Close(nil, "")
			})
			p.run()
		})
	}
}

func TestAMessageThatTheNetworkDoesNotTakeIsBuffered(t *testing.T) {
	serve := func(c *websocket.Conn) {
		time.Sleep(5 * time.Second) // of the bubble
		echo(c)
	}
	browse(t, serve, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			w.SendBinary(make([]byte, 1<<20)) // is read ahead
			w.SendBinary(make([]byte, 1<<20))
			w.SendText("x")
			time.AfterFunc(3*time.Second, func() { p.env.Tasks.Post(func() { p.note("buffered %d", w.BufferedAmount()) }) })
			time.AfterFunc(9*time.Second, func() { p.env.Tasks.Post(func() { p.note("buffered %d", w.BufferedAmount()); w.Close(nil, "") }) })
		})
		p.run()
		p.log = keep(p.log, "message")
		p.wants("open 1", "buffered 1048577", "buffered 0", `close 3: 1005 "" true`)
	})
}

func TestAFullSendQueueFailsTheConnection(t *testing.T) {
	serve := func(c *websocket.Conn) { // never reads
		time.Sleep(time.Minute) // of the bubble
		c.Abort()
	}
	browse(t, serve, func(p *page) {
		p.env.SendQueueBytes = 1 << 20
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) {
			w.SendBinary(make([]byte, 1<<20))
			p.note("ready %d", w.ReadyState())
			w.SendText("x")
			p.note("ready %d, buffered %d", w.ReadyState(), w.BufferedAmount())
		})
		p.run()
		p.wants("open 1", "ready 1", "ready 2, buffered 1048577", "error 3", `close 3: 1006 "" false`)
	})
}

func TestSubprotocol(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/", "other", "super")
		w.OnOpen(func(webapi.Event) {
			p.note("protocol %q, extensions %q", w.Protocol(), w.Extensions())
			w.Close(nil, "")
		})
		p.run()
		p.wants("open 1", `protocol "super", extensions ""`, `close 3: 1005 "" true`)
	})
}

func TestConnectionsThatCannotOpenAllLookAlike(t *testing.T) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		http.Error(w, "no", http.StatusForbidden)
	})
	for what, row := range map[string]struct {
		url   string
		names []string
		dial  func(context.Context, string, string) (net.Conn, error)
	}{
		"an HTTP error":         {url: "ws://server/"},
		"a redirect":            {url: "ws://server/moved"},
		"a blocked port":        {url: "ws://server:25/"},
		"no server":             {url: "ws://server/", dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }},
		"a server without TLS":  {url: "wss://server/"},
		"an unusable authority": {url: "ws://u%00@server/"},
	} {
		t.Run(what, func(t *testing.T) {
			browseHandler(t, refuse, func(p *page) {
				if row.dial != nil {
					p.env.Dial.Dial = row.dial
				}
				p.open(row.url, row.names...)
				p.run()
				p.wants("error 3", `close 3: 1006 "" false`)
			})
		})
	}
}

func TestABlockedPortIsNotDialed(t *testing.T) {
	browse(t, echo, func(p *page) {
		p.env.Dial.Dial = func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialed")
			return nil, errors.New("no")
		}
		w := p.open("ws://user:secret@server:25/path?query")
		w.OnClose(func(e *webapi.CloseEvent) {
			if truth, _ := e.Truth(); truth.Opening.URL != "ws://server:25/path?query" || truth.Cause != "bad-url" {
				t.Errorf("%+v", truth)
			}
		})
		p.run()
	})
}

func TestTheConstructorThrows(t *testing.T) {
	browse(t, echo, func(p *page) {
		for _, row := range [][]string{{"ftp://server/"}, {"ws://server/#a"}, {"ws://"}, {"/relative"}, {"ws://server/", "a b"}, {"ws://server/", "a", "A"}} {
			w, err := webapi.NewWebSocket(p.env, row[0], row[1:]...)
			var e *webapi.DOMException
			if w != nil || !errors.As(err, &e) || e.Name != webapi.SyntaxError {
				t.Errorf("%q: %v, %v", row, w, err)
			}
		}
		p.run() // nothing holds the queue
	})
}

func TestBaseURLGivesTheOrigin(t *testing.T) {
	var got []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Origin")+" "+r.Host+r.RequestURI)
		http.Error(w, "no", http.StatusForbidden)
	})
	browseHandler(t, h, func(p *page) {
		p.env.BaseURL = "http://server:81/app/page"
		p.open("chat?x")
		p.run()
		p.env.BaseURL = "about:blank"
		p.open("ws://server/a")
		p.run()
		p.env.BaseURL = ""
		p.open("ws://server/b")
		p.run()
		if want := "http://server:81 server:81/app/chat?x,null server/a, server/b"; strings.Join(got, ",") != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// RFC 6455, section 4.1: at most one connection to an address is connecting.
func TestOneConnectionToAnAddressOpensAtATime(t *testing.T) {
	browse(t, echo, func(p *page) {
		dialing, most := map[string]int{}, map[string]int{}
		dial := p.env.Dial.Dial
		p.env.Dial.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			p.env.Tasks.Post(func() { dialing[address]++; most[address] = max(most[address], dialing[address]) })
			defer p.env.Tasks.Post(func() { dialing[address]-- })
			time.Sleep(time.Second) // of the bubble
			return dial(ctx, network, address)
		}
		start := time.Now()
		for range 3 {
			for _, url := range []string{"ws://a/", "ws://a:80/x", "ws://b/"} {
				w := p.open(url)
				w.OnOpen(func(webapi.Event) { w.Close(nil, "") })
			}
		}
		waiting := p.open("ws://a/")
		waiting.Close(nil, "")
		p.run()
		if most["a:80"] != 1 || most["b:80"] != 1 || time.Since(start) < 6*time.Second {
			t.Errorf("%v at once, all open after %v", most, time.Since(start))
		}
	})
}

func TestAProgramThatDoesNotKeepUpHoldsItsPeerBack(t *testing.T) {
	var written atomic.Int64
	serve := func(c *websocket.Conn) {
		for range 200 {
			if c.Write(context.Background(), websocket.Binary, make([]byte, 16<<10)) != nil {
				return
			}
			written.Add(1)
		}
	}
	browse(t, serve, func(p *page) {
		w := p.open("ws://server/")
		told := 0
		w.OnMessage(func(*webapi.MessageEvent) {
			if told++; told == 1 {
				time.Sleep(5 * time.Second) // of the bubble: within the write timeout
				if n := written.Load(); n > 100 {
					t.Errorf("%d messages were taken while the program was away", n)
				}
			}
		})
		p.run()
		if told != 200 || written.Load() != 200 {
			t.Errorf("%d messages written, %d told", written.Load(), told)
		}
	})
}

func TestAProgramsOwnEventsReachTheListeners(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.DispatchEvent(webapi.NewCloseEvent("close", &webapi.CloseEventInit{Code: 4999, Reason: "mine"}))
		w.OnOpen(func(webapi.Event) { w.Close(nil, "") })
		p.run()
		p.wants(`close 0: 4999 "mine" false`, "open 1", `close 3: 1005 "" true`)
	})
}

func TestListenersErrorsAreReported(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.SetHandler("open", failing{errors.New("bug")})
		w.AddEventListener("open", webapi.Func(func(webapi.Event) { w.Close(nil, "") }), nil)
		p.run()
		p.wants("open 1", "report: bug", `close 3: 1005 "" true`)
	})
}

// WHATWG WebSockets, section 4, "when the WebSocket closing handshake is started":
// readyState is CLOSING from the peer's Close frame on, and not before the messages
// that came first were fired.
func TestReadyStateIsClosingFromThePeersCloseOn(t *testing.T) {
	for _, messages := range []int{0, 1, 100} {
		var lingering chan struct{}
		var traced []string
		h := func(w http.ResponseWriter, r *http.Request) { sayAndClose(t, w, r, messages, lingering) }
		browseHandler(t, http.HandlerFunc(h), func(p *page) {
			lingering = make(chan struct{})
			p.env.Dial.TransportTimeout = time.Minute
			p.env.Dial.Trace = websocket.Trace{
				Message: func(*websocket.Conn, protocol.Direction, websocket.MessageType, int64, int64) {
					traced = append(traced, "message")
				},
				Closing: func(*websocket.Conn, protocol.Initiator, websocket.CloseFrame) { traced = append(traced, "closing") },
			}
			w := p.open("ws://server/")
			seen := 0
			w.OnMessage(func(*webapi.MessageEvent) {
				if seen++; w.ReadyState() != webapi.Open {
					t.Errorf("readyState is %d in message %d of %d", w.ReadyState(), seen, messages)
				}
				if seen == 1 {
					time.Sleep(3 * time.Second) // the library comes to read ahead
				}
			})
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			p.env.Tasks.Run(ctx)
			if seen != messages || w.ReadyState() != webapi.Closing {
				t.Errorf("readyState is %d behind %d of %d messages", w.ReadyState(), seen, messages)
			}
			if err := w.SendText("late"); err != nil || w.BufferedAmount() != 4 {
				t.Errorf("late: %v, %d buffered", err, w.BufferedAmount())
			}
			w.Close(new(uint16(4000)), "")
			close(lingering)
			p.run()
			if got := p.log[len(p.log)-1]; got != `close 3: 4321 "x" true` {
				t.Errorf("the end: %s", got)
			}
			if len(traced) != messages+1 || traced[messages] != "closing" {
				t.Errorf("the environment's trace was told %v", traced)
			}
		})
	}
}

// As in a browser no Pings are sent, unless the program asks for it.
func TestAPageSendsNoPings(t *testing.T) {
	for _, interval := range []time.Duration{0, 10 * time.Second} {
		browse(t, echo, func(p *page) {
			pongs := 0
			p.env.Dial.PingInterval = interval
			p.env.Dial.Trace.Pong = func(*websocket.Conn, time.Duration) { pongs++ }
			w := p.open("ws://server/")
			w.OnOpen(func(webapi.Event) {
				time.AfterFunc(10*time.Minute, func() { p.env.Tasks.Post(func() { w.Close(nil, "") }) })
			})
			p.run()
			p.wants("open 1", `close 3: 1005 "" true`)
			if (pongs > 0) != (interval > 0) {
				t.Errorf("an interval of %v: %d Pongs", interval, pongs)
			}
		})
	}
}

// sayAndClose is a server that sends messages and a Close frame, and then does not
// end TCP for a while.
func sayAndClose(t *testing.T, w http.ResponseWriter, r *http.Request, messages int, until chan struct{}) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		handshake.Accept(r.Header.Get("Sec-WebSocket-Key")))
	for range messages {
		conn.Write([]byte("\x81\x01m"))
	}
	conn.Write([]byte("\x88\x03\x10\xe1x"))
	<-until
}
