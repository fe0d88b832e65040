//go:build linux

package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// serveEvents is a child: an echo server that prints each connection's event.
func serveEvents([]string) error {
	go leash()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	say(l.Addr())
	return http.Serve(l, websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(background) {
			if err != nil {
				return
			}
			c.Write(background, m.Type, m.Data)
		}
	}, &websocket.AcceptOptions{Trace: websocket.Trace{
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { sayEvent(ev) },
	}}))
}

// verdict is what an end has to say: "1006 close-timeout closing timeout".
func verdict(ev websocket.CloseEvent) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s %s", ev.Code, ev.Cause, ev.Phase, ev.Transport))
}

func check(t *testing.T, who string, ev websocket.CloseEvent, want string) {
	t.Helper()
	if got := verdict(ev); got != want {
		t.Errorf("%s: %s, want %s: %v", who, got, want, ev)
	}
}

// stopped stops a child, and returns when it has stopped.
func stopped(t *testing.T, c *child) {
	t.Helper()
	c.signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the child does not stop: %v", err)
	}
}

func TestAPeerThatIsStopped(t *testing.T) {
	const bound = 300 * time.Millisecond
	server := start(t, "echo")
	url := "ws://" + server.line()
	open := func(l websocket.Limits) (*websocket.Conn, *ledger) {
		events := &ledger{}
		return dial(t, url, &websocket.DialOptions{Trace: events.trace(), Limits: l}), events
	}
	patient, itsEvents := open(websocket.Limits{})
	closing, closingEvents := open(websocket.Limits{CloseTimeout: bound})
	writing, writingEvents := open(websocket.Limits{WriteTimeout: bound, TransportTimeout: bound})
	stopped(t, server)

	ctx, cancel := context.WithTimeout(background, bound)
	defer cancel()
	if _, err := patient.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping = %v", err)
	}
	began := time.Now()
	closing.Close(4000, "bye")
	if took := time.Since(began); took < bound {
		t.Errorf("Close took %v", took)
	}
	check(t, "closing", closingEvents.one(t, closing), "1006 close-timeout closing timeout")
	for writing.Write(background, websocket.Binary, make([]byte, 1<<20)) == nil {
	}
	ended(t, writing)
	check(t, "writing", writingEvents.one(t, writing), "1006 write-timeout open timeout")
	_, err := websocket.Dial(background, url, &websocket.DialOptions{Limits: websocket.Limits{OpeningTimeout: bound}})
	if byType(err) != "open-timeout" {
		t.Errorf("Dial = %v", err)
	}

	// It goes on. Who had waited goes on too; of the others it hears how they
	// ended: a Close frame that had reached its kernel is not lost.
	server.signal(syscall.SIGCONT)
	if err := patient.Write(background, websocket.Text, []byte("are you back?")); err != nil {
		t.Error(err)
	}
	if _, p, err := patient.Read(background); string(p) != "are you back?" {
		t.Errorf("the echo is %q, %v", p, err)
	}
	if err := patient.Close(4001, "thanks"); err != nil {
		t.Error(err)
	}
	check(t, "patient", itsEvents.one(t, patient), "4001  closing fin")
	codes := map[websocket.StatusCode]int{}
	for range 3 {
		codes[server.event().Code]++
	}
	if codes[4000] != 1 || codes[4001] != 1 || codes[websocket.AbnormalClosure] != 1 {
		t.Errorf("the server's events have the codes %v", codes)
	}
}

// A socket that is killed from outside, as ss -K does, is reset at both ends.
func TestASocketThatIsKilled(t *testing.T) {
	if _, err := exec.LookPath("ss"); err != nil {
		missing(t, "ss of iproute2")
	}
	var events ledger
	address, accepted := accept(t, &websocket.AcceptOptions{Trace: events.trace()})
	c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: events.trace()})
	server := <-accepted
	go receive(c)
	go receive(server)
	_, from, _ := net.SplitHostPort(c.LocalAddr().String())
	_, to, _ := net.SplitHostPort(c.RemoteAddr().String())
	out, err := exec.Command("ss", "-K", "-tn", "sport", "=", ":"+from, "dport", "=", ":"+to).CombinedOutput()
	if err != nil || !strings.Contains(string(out), from) {
		missing(t, "permission to kill sockets: ss says %q, %v", out, err)
	}
	for who, c := range map[string]*websocket.Conn{"client": c, "server": server} {
		err := ended(t, c)
		check(t, who, events.one(t, c), "1006 reset open reset")
		if byType(err) != "reset" {
			t.Errorf("%s: by type it is %s", who, byType(err))
		}
	}
}

// frame reads one short frame without its payload's meaning; a client's is masked.
func frame(conn io.Reader) error {
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	size := int64(head[1] & 0x7f)
	if head[1]&0x80 != 0 {
		size += 4
	}
	_, err := io.CopyN(io.Discard, conn, size)
	return err
}

func TestAPeerThatAnswersLate(t *testing.T) {
	const answer = "\x88\x02\x0f\xa1" // Close 4001
	late := make(chan struct{})
	address := opened(t, func(conn *net.TCPConn) {
		if frame(conn) == nil {
			<-late
			io.WriteString(conn, answer)
			conn.CloseWrite()
			io.Copy(io.Discard, conn)
		}
	})
	t.Run("in time", func(t *testing.T) {
		var events ledger
		c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: events.trace(), Limits: websocket.Limits{CloseTimeout: eventually}})
		closed := make(chan error, 1)
		go func() { closed <- c.Close(4000, "bye") }()
		until(t, "our Close frame has left", func() bool {
			return c.Write(background, websocket.Text, nil) == websocket.ErrClosing && sendQueue(t, c) == 0
		})
		late <- struct{}{}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		check(t, "client", events.one(t, c), "4001  closing fin")
	})
	t.Run("too late", func(t *testing.T) {
		var events ledger
		c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: events.trace(), Limits: websocket.Limits{CloseTimeout: 100 * time.Millisecond}})
		c.Close(4000, "bye")
		late <- struct{}{}
		check(t, "client", events.one(t, c), "1006 close-timeout closing timeout")
	})
}

// After both Close frames the transport has its own bound, at either end.
func TestAPeerThatNeverEndsTCP(t *testing.T) {
	limits := websocket.Limits{CloseTimeout: time.Hour, TransportTimeout: 200 * time.Millisecond}
	keeps := func(conn io.ReadWriter, answer string) {
		if frame(conn) == nil {
			io.WriteString(conn, answer)
		}
	}
	t.Run("a server", func(t *testing.T) {
		var events ledger
		address := opened(t, func(conn *net.TCPConn) {
			keeps(conn, "\x88\x02\x0f\xa0")
			<-t.Context().Done()
		})
		c := dial(t, "ws://"+address, &websocket.DialOptions{Trace: events.trace(), Limits: limits})
		if err := c.Close(4000, ""); err != nil {
			t.Error(err)
		}
		check(t, "client", events.one(t, c), "4000  closing timeout")
	})
	t.Run("a server over TLS", func(t *testing.T) {
		var events ledger
		address, config := openedTLS(t, func(secure *tls.Conn, _ *net.TCPConn) {
			keeps(secure, "\x88\x02\x0f\xa0")
			<-t.Context().Done()
		})
		c := dial(t, "wss://"+address, &websocket.DialOptions{TLS: config, Trace: events.trace(), Limits: limits})
		if err := c.Close(4000, ""); err != nil {
			t.Error(err)
		}
		check(t, "client", events.one(t, c), "4000  closing timeout")
	})
	t.Run("a client", func(t *testing.T) {
		var events ledger
		address, accepted := accept(t, &websocket.AcceptOptions{Trace: events.trace(), Limits: limits})
		conn, err := rawDial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go keeps(conn, "\x88\x82\x00\x00\x00\x00\x0f\xa0")
		c := <-accepted
		if err := c.Close(4000, ""); err != nil {
			t.Error(err)
		}
		check(t, "server", events.one(t, c), "4000  closing timeout")
	})
}

// A peer that is gone answers the next bytes with a reset. Whether the reader or
// a writer hears of its end first must not change what is said of it.
func TestAPeerThatWentInOrderIsAnEOFAlsoForAWriter(t *testing.T) {
	for range 20 {
		var events ledger
		gone := make(chan struct{})
		c := dial(t, "ws://"+opened(t, func(conn *net.TCPConn) {
			conn.Close() // with nothing unread: a FIN
			close(gone)
		}), &websocket.DialOptions{Trace: events.trace()})
		<-gone
		for c.Write(background, websocket.Text, []byte("hello")) == nil {
		}
		err := ended(t, c)
		check(t, "client", events.one(t, c), "1006 eof open fin")
		if byType(err) != "eof" {
			t.Errorf("by type it is %s: %v", byType(err), err)
		}
	}
}
