//go:build linux && !onclose_slow

package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// collector is a connection that keeps what is written while it is told to, so that
// a test can send the records of TLS together or by halves.
type collector struct {
	net.Conn
	mu      sync.Mutex
	keeping bool
	kept    bytes.Buffer
}

func (c *collector) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeping {
		return c.kept.Write(p)
	}
	return c.Conn.Write(p)
}

// records are those that write makes.
func (c *collector) records(write func()) []byte {
	c.mu.Lock()
	c.keeping = true
	c.mu.Unlock()
	write()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keeping = false
	defer c.kept.Reset()
	return bytes.Clone(c.kept.Bytes())
}

// secureEar is an ear for TLS.
type secureEar struct {
	s      *watchedTLS
	room   chamber
	heard  chan string
	client *tls.Conn
	below  *collector
}

func listenTLS(t *testing.T, observed func(net.Listener) net.Listener) *secureEar {
	t.Helper()
	client, server := loopback(t, observed)
	e := &secureEar{heard: make(chan string, 100), below: &collector{Conn: client}}
	e.client = tls.Client(e.below, &tls.Config{InsecureSkipVerify: true})
	shaken := make(chan error, 1)
	go func() { shaken <- e.client.Handshake() }()
	authority := httptest.NewUnstartedServer(nil)
	authority.StartTLS()
	authority.Close()
	secure := tls.Server(server, authority.TLS)
	if err := errors.Join(secure.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	e.s = OverConn(secure).(*watchedTLS)
	e.s.arrivals.patience.after = time.Millisecond
	e.room = chamber{make([]byte, 32<<10), make(chan struct{}, 1000)}
	go e.Ready()
	return e
}

func (e *secureEar) Ready() (again bool) {
	for {
		n, err := e.s.ReadIntoNow(&e.room)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			e.s.SetReadDeadline(time.Time{})
			e.heard <- "nudge"
		case err != nil:
			e.heard <- end(err)
			return false
		case n > 0:
			e.heard <- string(e.room.memory[:n])
		case e.s.Await(e):
			return false
		}
	}
}

func (e *secureEar) hears(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-e.heard; got != w {
			t.Errorf("heard %q, not %q", got, w)
		}
	}
}

// idle waits until nobody reads.
func (e *secureEar) idle() {
	for e.s.arrivals.state.Load() != idles {
		runtime.Gosched()
	}
}

func TestRecordsThatComeTogetherAreAllRead(t *testing.T) {
	e := listenTLS(t, ordinary)
	e.idle()
	for range 3 {
		all := e.below.records(func() {
			for _, text := range []string{"one", "two", "three"} {
				e.client.Write([]byte(text))
			}
		})
		e.below.Write(all)
		e.hears(t, "one", "two", "three")
		e.idle()
		if len(e.room.gave) == 0 {
			t.Error("it keeps memory while it waits")
		}
	}
	e.s.Close()
	e.hears(t, "closed")
}

// A record that stays half is kept, whether somebody waits for the rest or not.
func TestHalfARecord(t *testing.T) {
	e := listenTLS(t, ordinary)
	e.idle()
	record := e.below.records(func() { e.client.Write([]byte("a whole record")) })
	for cut := 1; cut < len(record); cut += 9 {
		e.below.Write(record[:cut])
		if cut%2 == 0 {
			e.idle()
		}
		e.s.SetReadDeadline(longAgo)
		e.hears(t, "nudge")
		e.below.Write(record[cut:])
		e.hears(t, "a whole record")
		e.idle()
		record = e.below.records(func() { e.client.Write([]byte("a whole record")) })
	}
	e.below.Write(record)
	e.hears(t, "a whole record")
	e.idle()
	e.s.SetReadDeadline(longAgo)
	e.hears(t, "nudge")
}

// A record of 16 KiB and what comes right behind it are read, though the first read of
// the socket takes only a part.
func TestRecordsLargerThanARead(t *testing.T) {
	e := listenTLS(t, ordinary)
	e.idle()
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<10)
	e.below.Write(e.below.records(func() {
		e.client.Write(text)
		e.client.Write(text)
		e.client.Write([]byte("the end"))
	}))
	got := ""
	for len(got) < 2*len(text)+7 {
		got += <-e.heard
	}
	if got != string(text)+string(text)+"the end" {
		t.Error("other bytes came")
	}
	e.idle()
}

func TestHowTLSEndsIsHeard(t *testing.T) {
	for _, test := range []struct {
		how  func(e *secureEar)
		want string
	}{
		{func(e *secureEar) { e.client.Close() }, "EOF"},
		{func(e *secureEar) { e.below.Conn.Close() }, "unexpected EOF"},
		{func(e *secureEar) { e.below.Conn.(*net.TCPConn).SetLinger(0); e.below.Conn.Close() }, "reset"},
		{func(e *secureEar) { e.s.Close() }, "closed"},
	} {
		e := listenTLS(t, ObserveEOF)
		e.idle()
		test.how(e)
		e.hears(t, test.want)
	}
}
