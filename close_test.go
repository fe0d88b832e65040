package websocket_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

// pair opens a connection in memory, inside a bubble, and returns both ends.
// The server's end belongs to the test; its handler waits for the end.
func pair(t *testing.T, dialOpts *websocket.DialOptions, acceptOpts *websocket.AcceptOptions) (client, server *websocket.Conn) {
	t.Helper()
	accepted := make(chan *websocket.Conn, 1)
	l := serve(t, websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		<-c.Done()
	}, acceptOpts))
	client = dial(t, l, dialOpts)
	return client, <-accepted
}

// eventOf waits for the CloseEvent.
func eventOf(c *websocket.Conn) websocket.CloseEvent {
	<-c.Done()
	ev, _ := c.CloseEvent()
	return ev
}

// check compares an event with what is said of it: "4000 mine clean local".
func check(t *testing.T, who string, ev websocket.CloseEvent, want string) {
	t.Helper()
	clean := "unclean"
	if ev.WasClean {
		clean = "clean"
	}
	got := strings.Join([]string{strings.Fields(ev.Code.String())[0], ev.Reason, clean, string(ev.Initiator), string(ev.Phase), string(ev.Cause), string(ev.Transport)}, "|")
	if got != want {
		t.Errorf("%s: got  %s\nwant %s\n%v", who, got, want, ev)
	}
}

func TestEitherEndMayCloseWithoutAReader(t *testing.T) {
	for _, byServer := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t, nil, nil)
			closer := client
			if byServer {
				closer = server
			}
			if err := closer.Close(4000, "bye"); err != nil {
				t.Fatal(err)
			}
			local, remote := "4000|bye|clean|local|closing||fin", "4000|bye|clean|remote|closing||fin"
			if byServer {
				check(t, "server", eventOf(server), local)
				check(t, "client", eventOf(client), remote)
			} else {
				check(t, "client", eventOf(client), local)
				check(t, "server", eventOf(server), remote)
			}
		})
	}
}

func TestAServerMayChooseItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, &websocket.AcceptOptions{
			AnswerClose: func(f websocket.CloseFrame) websocket.CloseFrame {
				return websocket.CloseFrame{Code: f.Code + 1, Reason: "mine"}
			},
		})
		client.Close(4000, "")
		check(t, "client", eventOf(client), "4001|mine|clean|both|closing||fin")
		check(t, "server", eventOf(server), "4000||clean|remote|closing||fin")
	})
}

func TestCloseRefusesWhatMayNotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		for _, f := range []websocket.CloseFrame{
			{Code: 0}, {Code: 999}, {Code: 1004}, {Code: 1005}, {Code: 1006}, {Code: 1015}, {Code: 1016}, {Code: 2999}, {Code: 5000}, {Code: 65535},
			{Code: 1000, Reason: strings.Repeat("r", 124)}, {Code: 1000, Reason: "\xff"},
		} {
			var misuse *protocol.MisuseError
			if err := client.Close(f.Code, f.Reason); !errors.As(err, &misuse) {
				t.Errorf("Close(%d, %q) = %v, want a MisuseError", f.Code, f.Reason, err)
			}
		}
		reason := strings.Repeat("r", 123)
		if err := client.Close(1000, reason); err != nil {
			t.Fatal(err)
		}
		check(t, "server", eventOf(server), "1000|"+reason+"|clean|remote|closing||fin")
	})
}

func TestAfterTheEndEveryMethodReturnsTheSameCloseError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, nil)
		client.Close(4000, "bye")
		ctx := context.Background()
		_, _, read := client.Read(ctx)
		_, _, reader := client.NextReader(ctx)
		_, err := client.NextWriter(ctx, websocket.Text)
		_, ping := client.Ping(ctx)
		var data any
		errs := map[string]error{
			"Read": read, "NextReader": reader, "Ping": ping,
			"Write": client.Write(ctx, websocket.Text, nil), "Close": client.Close(1000, ""),
			"CloseEmpty": client.CloseEmpty(), "ReadJSON": client.ReadJSON(ctx, &data), "WriteJSON": client.WriteJSON(ctx, 1),
			"NextWriter": err,
		}
		for name, err := range errs {
			if err != read {
				t.Errorf("%s returns %v, not the same *CloseError", name, err)
			}
		}
		var closed *websocket.CloseError
		if !errors.Is(read, net.ErrClosed) || !errors.As(read, &closed) || closed.Event.Code != 4000 {
			t.Errorf("Read = %v", read)
		}
	})
}

// rawServer answers the opening handshake and hands the test the pipe.
func rawServer(t *testing.T, opts *websocket.DialOptions) (*websocket.Conn, *wstest.Conn) {
	t.Helper()
	raw := make(chan *wstest.Conn, 1)
	l := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Upgrade", "websocket")
		h.Set("Connection", "Upgrade")
		h.Set("Sec-WebSocket-Accept", acceptOf(r.Header.Get("Sec-WebSocket-Key")))
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.SetDeadline(time.Time{})
		raw <- conn.(*wstest.Conn)
	}))
	c := dial(t, l, opts)
	return c, <-raw
}

// The closing scenarios set these waits; here they are the defaults of Limits.
func TestTheWaitsOfTheClosingHandshake(t *testing.T) {
	for _, test := range []struct {
		asClient  bool
		transport time.Duration
	}{{true, 2 * time.Second}, {false, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := rawPeer(t, test.asClient, websocket.Trace{})
			start := time.Now()
			c.Close(1000, "")
			if took := time.Since(start); took != 10*time.Second {
				t.Errorf("unanswered, Close took %v, want 10s", took)
			}
			peer.Close()

			c, peer = rawPeer(t, test.asClient, websocket.Trace{})
			role := map[bool]string{true: closingtest.Client, false: closingtest.Server}[test.asClient]
			peer.Write(closingtest.PeerFrame(role, "close 1000"))
			start = time.Now()
			c.Close(1000, "")
			if took := time.Since(start); took != test.transport {
				t.Errorf("as a %s, Close took %v behind both Close frames, want %v", role, took, test.transport)
			}
			peer.Close()
		})
	}
}

func TestCloseBehindABlockedWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, &websocket.DialOptions{Limits: websocket.Limits{CloseTimeout: time.Second}})
		defer peer.Close()
		written := make(chan error, 1)
		go func() { written <- c.Write(background, websocket.Binary, make([]byte, 1<<20)) }()
		synctest.Wait()
		start := time.Now()
		c.Close(1000, "")
		if took := time.Since(start); took != time.Second {
			t.Errorf("Close took %v, want 1s", took)
		}
		ev := eventOf(c)
		check(t, "client", ev, "1006||unclean|local|closing|write-timeout|timeout")
		if ev.UnsentMessages != 1 || ev.UnsentBytes < 1<<20-128<<10 || ev.UnsentBytes >= 1<<20 || ev.Sent != nil {
			t.Errorf("unsent %d bytes of %d messages, sent %v", ev.UnsentBytes, ev.UnsentMessages, ev.Sent)
		}
		if err := <-written; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
	})
}

func TestTheCloseFrameArrivesThoughThePeerFloods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		go func() {
			for client.Write(ctx, websocket.Binary, make([]byte, 10000)) == nil {
			}
		}()
		if err := server.Write(background, websocket.Binary, make([]byte, 1<<20)); err == nil {
			t.Log("written")
		}
		go server.Close(4000, "x")
		for {
			if _, _, err := client.Read(background); err != nil {
				break
			}
		}
		check(t, "client", eventOf(client), "4000|x|clean|remote|closing||fin")
		ev := eventOf(server)
		if ev.DiscardedBytes == 0 {
			t.Errorf("nothing discarded: %v", ev)
		}
		check(t, "server", ev, "4000|x|clean|local|closing||fin")
	})
}

func TestMessagesBeforeTheCloseAreReadFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		server.Write(background, websocket.Text, []byte("one"))
		server.Write(background, websocket.Text, []byte("two"))
		if err := server.Close(1001, ""); err != nil {
			t.Fatal(err) // the client's attendant has answered
		}
		check(t, "client", eventOf(client), "1001||clean|remote|closing||fin")
		var got []string
		var last error
		for m, err := range client.Messages(background) {
			if last = err; err == nil {
				got = append(got, string(m.Data))
			}
		}
		if strings.Join(got, " ") != "one two" || !errors.Is(last, net.ErrClosed) {
			t.Errorf("read %v, %v", got, last)
		}
	})
}

func TestAContextEndsTheConnection(t *testing.T) {
	for _, test := range []struct {
		cause        error
		here, remote string
	}{
		{websocket.CloseFrame{Code: 1012, Reason: "deploy"}, "1012|deploy|clean|local|closing||fin", "1012|deploy|clean|remote|closing||fin"},
		{nil, "1001||clean|local|closing|context-canceled|fin", "1001||clean|remote|closing||fin"},
		{errors.New("out of cheese"), "1001|out of cheese|clean|local|closing|context-canceled|fin", "1001|out of cheese|clean|remote|closing||fin"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(background)
			client, server := pair(t, nil, &websocket.AcceptOptions{Context: ctx})
			cancel(test.cause)
			check(t, "server", eventOf(server), test.here)
			check(t, "client", eventOf(client), test.remote)
		})
	}
}

func TestAHandlerThatReturnsOrPanics(t *testing.T) {
	for _, test := range []struct {
		serve func(*websocket.Conn)
		want  string
	}{
		{func(*websocket.Conn) {}, "1000||clean|remote|closing||fin"},
		{func(*websocket.Conn) { panic("oops") }, "1011||clean|remote|closing||fin"},
	} {
		synctest.Test(t, func(t *testing.T) {
			panicked := make(chan any, 1)
			l := serve(t, websocket.Handler(test.serve, &websocket.AcceptOptions{Trace: websocket.Trace{
				Panicked: func(_ *websocket.Conn, value any, _ []byte) { panicked <- value },
			}}))
			check(t, "client", eventOf(dial(t, l, nil)), test.want)
		})
	}
}

func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil, nil)
		client.Abort()
		check(t, "client", eventOf(client), "1006||unclean|none|open|aborted|local")
		check(t, "server", eventOf(server), "1006||unclean|none|open|eof|fin")
	})
}

func TestAHookThatPanicsLetsTheOthersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := make(chan *websocket.Conn, 1)
		l := serve(t, websocket.Handler(func(c *websocket.Conn) { server <- c; c.Read(background) }, &websocket.AcceptOptions{
			Trace: websocket.Trace{
				Closed:   func(*websocket.Conn, websocket.CloseEvent) { panic("hook") },
				Panicked: func(*websocket.Conn, any, []byte) {},
			},
			AnswerClose: func(websocket.CloseFrame) websocket.CloseFrame { panic("answer") },
		}))
		c := dial(t, l, nil)
		s := <-server
		c.Close(4000, "")
		check(t, "server", eventOf(s), "4000||clean|remote|closing||fin")
	})
}

// After a failure 256 MiB are read and dropped, so that our Close frame is not
// overtaken by a reset; then the transport is cut.
func TestAFailedConnectionIsDrainedUpToABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawServer(t, nil)
		peer.Write([]byte{0x83, 0})
		flood, sent := make([]byte, 64<<10), 0
		start := time.Now()
		for {
			n, err := peer.Write(flood)
			if sent += n; err != nil {
				break
			}
			if sent > 300<<20 {
				t.Fatal("there is no bound")
			}
		}
		check(t, "client", eventOf(c), "1006||unclean|local|open|protocol-error|local")
		if sent < 256<<20 || time.Since(start) > time.Second {
			t.Errorf("cut after %d bytes and %v", sent, time.Since(start))
		}
		peer.Close()
	})
}
