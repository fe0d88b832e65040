package wstest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

// A client hears nothing more from its server, although TCP stays up, and closes:
// within the closing handshake's time it knows that there was no answer.
func ExampleProxy() {
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for range c.Messages(context.Background()) {
		}
	}, nil))
	defer server.Close()
	proxy, err := wstest.NewProxy(server.Listener.Addr().String(), wstest.Damage{},
		wstest.Damage{Break: wstest.BreakBlackHole, BehindHead: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()

	c, err := websocket.Dial(context.Background(), "ws://"+proxy.Addr(), &websocket.DialOptions{
		Limits: websocket.Limits{CloseTimeout: 100 * time.Millisecond},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Close(4001, "bye")
	ev, _ := c.CloseEvent()
	fmt.Println(ev.Code, ev.WasClean, ev.Cause, ev.Transport)
	// Output: 1006 AbnormalClosure false close-timeout timeout
}

// through connects to a raw server through a Proxy, and returns both ends.
func through(t *testing.T, toTarget, toClient wstest.Damage) (client, target *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, err := wstest.NewProxy(l.Addr().String(), toTarget, toClient)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	there, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close(); here.Close() })
	return there.(*net.TCPConn), here.(*net.TCPConn)
}

// heard is what an end reads until the stream ends: the bytes, and "fin",
// "reset", or "nothing" when no end comes for a while.
func heard(c *net.TCPConn) string {
	c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	p, err := io.ReadAll(c)
	end := "fin"
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		end = "nothing"
	case errors.Is(err, syscall.ECONNRESET):
		end = "reset"
	case err != nil:
		end = err.Error()
	}
	return string(p) + " " + end
}

func TestWhatBothEndsHearOfABreak(t *testing.T) {
	const head = "GET / HTTP/1.1\r\nHost: \r\r\n\r\n"
	for _, test := range []struct {
		name           string
		damage         wstest.Damage
		sent           string
		sender, target string
	}{
		{"none", wstest.Damage{}, "abcdef", "answer nothing", "abcdef nothing"},
		{"cut", wstest.Damage{Break: wstest.BreakCut, At: 3}, "abcdef", "answer nothing", "abc fin"},
		{"cut at once", wstest.Damage{Break: wstest.BreakCut}, "abcdef", "answer nothing", " fin"},
		{"cut behind the last byte", wstest.Damage{Break: wstest.BreakCut, At: 6}, "abcdef", "answer nothing", "abcdef fin"},
		{"not yet", wstest.Damage{Break: wstest.BreakCut, At: 7}, "abcdef", "answer nothing", "abcdef nothing"},
		{"cut, counted behind the head", wstest.Damage{Break: wstest.BreakCut, At: 2, BehindHead: true}, head + "abcdef", "answer nothing", head + "ab fin"},
		{"cut right behind the head", wstest.Damage{Break: wstest.BreakCut, BehindHead: true, SegmentBytes: 5}, head + "abcdef", "answer nothing", head + " fin"},
		{"reset", wstest.Damage{Break: wstest.BreakReset, At: 3}, "abcdef", "reset", "reset"},
		{"reset of the receiver alone", wstest.Damage{Break: wstest.BreakResetReceiver, At: 3}, "abcdef", " nothing", "reset"},
		{"reset of the sender alone", wstest.Damage{Break: wstest.BreakResetSender, At: 3}, "abcdef", "reset", "abc nothing"},
		{"black hole", wstest.Damage{Break: wstest.BreakBlackHole, At: 3}, "abcdef", "answer nothing", "abc nothing"},
		{"one byte a segment", wstest.Damage{SegmentBytes: 1}, "abcdef", "answer nothing", "abcdef nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, target := through(t, test.damage, wstest.Damage{})
			if answered := strings.HasPrefix(test.sender, "answer"); answered {
				io.WriteString(target, "answer")
			}
			io.WriteString(client, test.sent)
			got := make(chan string)
			go func() { got <- heard(client) }()
			if target := heard(target); !same(target, test.target) {
				t.Errorf("the target hears %q, want %q", target, test.target)
			}
			if sender := <-got; !same(sender, test.sender) {
				t.Errorf("the sender hears %q, want %q", sender, test.sender)
			}
		})
	}
}

// same compares what was heard. How much a reset destroys on its way is not said.
func same(got, want string) bool {
	return got == want || want == "reset" && strings.HasSuffix(got, " reset")
}

func TestAProxyPassesOnHowEachEndEnds(t *testing.T) {
	for _, reset := range []bool{false, true} {
		client, target := through(t, wstest.Damage{}, wstest.Damage{})
		want := " fin"
		if reset {
			want = " reset"
			client.SetLinger(0)
		}
		client.Close()
		if got := heard(target); got != want {
			t.Errorf("the target hears %q, want %q", got, want)
		}
	}
}

func TestInABlackHoleNobodyHearsThatTheOtherEndIsGone(t *testing.T) {
	hole := wstest.Damage{Break: wstest.BreakBlackHole}
	client, target := through(t, hole, wstest.Damage{})
	client.SetLinger(0)
	client.Close()
	for range 3 { // the first is answered with a reset, the second fails
		if _, err := io.WriteString(target, "still there?"); err != nil {
			t.Error(err)
		}
		if got := heard(target); got != " nothing" {
			t.Errorf("the target hears %q", got)
		}
	}
}

func TestADelayedDirectionKeepsItsOrderAndItsPace(t *testing.T) {
	const late = 200 * time.Millisecond
	client, target := through(t, wstest.Damage{Delay: late}, wstest.Damage{})
	began := time.Now()
	sent := strings.Repeat("0123456789abcdef", 20<<10) // more than a lane holds: 320 KiB
	io.WriteString(client, sent)
	client.CloseWrite()
	p, err := io.ReadAll(target)
	took := time.Since(began)
	if string(p) != sent || err != nil {
		t.Errorf("%d bytes came, of %d, or others: %v", len(p), len(sent), err)
	}
	// It comes in 20 pieces at least, and not one after the other.
	if took < late || took > 15*late {
		t.Errorf("it took %v, with a delay of %v", took, late)
	}
}

func TestATargetThatIsNotThereIsAReset(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	l.Close()
	p, err := wstest.NewProxy(l.Addr().String(), wstest.Damage{}, wstest.Damage{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	conn, err := net.Dial("tcp", p.Addr())
	if errors.Is(err, syscall.ECONNRESET) {
		return // it came that soon
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := heard(conn.(*net.TCPConn)); got != " reset" {
		t.Errorf("the client hears %q", got)
	}
}

// A closed Proxy leaves nothing behind, whatever its connections were doing: one
// waits for room, one for its delay, one sits in a black hole.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	before := runtime.NumGoroutine()
	var conns []net.Conn
	for _, damage := range []wstest.Damage{{}, {Delay: time.Hour}, {Break: wstest.BreakBlackHole}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p, err := wstest.NewProxy(l.Addr().String(), damage, wstest.Damage{})
		if err != nil {
			t.Fatal(err)
		}
		client, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		target, _ := l.Accept()
		conns = append(conns, client, target)
		client.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		client.Write(make([]byte, 16<<20)) // more than all buffers hold
		p.Close()
		p.Close()
		if _, err := net.Dial("tcp", p.Addr()); err == nil {
			t.Error("it still listens")
		}
		l.Close()
	}
	for _, conn := range conns {
		conn.Close()
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
	}
}
