package websocket_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

// TestRandomLives lets two endpoints live with several goroutines each that
// write, read, ping, close and abort at random, over a pipe that may break at
// any time, and asserts the invariants of threats.md, section 6. The bubble
// itself asserts that nothing hangs and no goroutine is left.
func TestRandomLives(t *testing.T) {
	lives := uint64(300)
	if testing.Short() {
		lives = 30
	}
	for seed := range lives {
		synctest.Test(t, func(t *testing.T) { randomLife(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// soul is one of the two endpoints.
type soul struct {
	conn   *websocket.Conn
	closed int // calls of Trace.Closed

	mu       sync.Mutex
	accepted [2][]uint32 // of each writer: the messages for which Write gave nil
	heard    [2][]uint32 // from each writer of the other end
	ended    error       // what reading ended with
	began    time.Time   // when the end was first asked for here
}

func (s *soul) asked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began.IsZero() {
		s.began = time.Now()
	}
}

const lifeTimeout = time.Second // of everything

func randomLife(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	limits := websocket.Limits{
		ReadAheadBytes: 1 << random.IntN(17), CloseTimeout: lifeTimeout, WriteTimeout: lifeTimeout, TransportTimeout: lifeTimeout,
	}
	var souls [2]*soul
	for i := range souls {
		souls[i] = &soul{}
	}
	ctx, cancel := context.WithCancelCause(background)
	defer cancel(nil)
	accepted := make(chan *websocket.Conn, 1)
	l := serve(t, websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		<-c.Done()
	}, &websocket.AcceptOptions{Limits: limits, Context: ctx, Trace: websocket.Trace{Closed: func(*websocket.Conn, websocket.CloseEvent) { souls[1].closed++ }}}))
	pipe := make(chan *wstest.Conn, 1)
	c, err := websocket.Dial(background, "ws://test/", &websocket.DialOptions{
		Limits: limits,
		Trace:  websocket.Trace{Closed: func(*websocket.Conn, websocket.CloseEvent) { souls[0].closed++ }},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := l.DialContext(ctx, network, address)
			pipe <- conn.(*wstest.Conn)
			return conn, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	souls[0].conn, souls[1].conn = c, <-accepted

	var wg sync.WaitGroup
	for _, s := range souls {
		for writer := range 2 {
			r := rand.New(rand.NewPCG(random.Uint64(), 0))
			wg.Go(func() { s.write(r, writer) })
		}
		r := rand.New(rand.NewPCG(random.Uint64(), 0))
		lazy := random.IntN(3) == 0
		wg.Go(func() { s.read(t, r, lazy) })
		pinger := rand.New(rand.NewPCG(random.Uint64(), 0))
		wg.Go(func() { s.ping(pinger) })
	}
	for range 1 + random.IntN(3) {
		wait, who, what := randomTime(random), souls[random.IntN(2)], random.IntN(10)
		wg.Go(func() {
			pass(wait)
			who.asked()
			switch what {
			case 0, 1, 2, 3, 4:
				who.conn.Close(websocket.StatusCode(4000+what), "bye")
			case 5:
				who.conn.CloseEmpty()
			case 6:
				who.conn.Abort()
			case 7:
				souls[1].asked()
				cancel(websocket.CloseFrame{Code: 1012, Reason: "deploy"})
			case 8:
				souls[0].asked()
				souls[1].asked()
				conn := <-pipe
				conn.Reset()
				pipe <- conn
			case 9:
				souls[0].asked()
				souls[1].asked()
				conn := <-pipe
				conn.CloseWrite()
				pipe <- conn
			}
		})
	}
	wg.Wait()
	for i, s := range souls {
		s.judge(t, []string{"client", "server"}[i])
	}
	agree(t, souls[0], souls[1])
	agree(t, souls[1], souls[0])
	if t.Failed() {
		t.Logf("client %v", eventOf(souls[0].conn))
		t.Logf("server %v", eventOf(souls[1].conn))
	}
}

func randomTime(r *rand.Rand) time.Duration {
	return time.Duration(r.IntN(1 << r.IntN(32)))
}

func (s *soul) write(r *rand.Rand, writer int) {
	for n := uint32(0); ; n++ {
		ctx, cancel := background, func() {}
		if r.IntN(3) == 0 {
			ctx, cancel = context.WithTimeout(background, randomTime(r))
		}
		message := make([]byte, 5+r.IntN(1<<r.IntN(18)))
		message[0] = byte(writer)
		binary.BigEndian.PutUint32(message[1:], n)
		err := s.send(ctx, r, message)
		cancel()
		switch {
		case err == nil:
			s.mu.Lock()
			s.accepted[writer] = append(s.accepted[writer], n)
			s.mu.Unlock()
		case errors.Is(err, net.ErrClosed):
			<-s.conn.Done()
			return
		default:
			s.asked() // a context that ended inside a frame ends the connection
		}
		pass(randomTime(r))
	}
}

func (s *soul) send(ctx context.Context, r *rand.Rand, message []byte) error {
	if r.IntN(3) > 0 {
		return s.conn.Write(ctx, websocket.Binary, message)
	}
	w, err := s.conn.NextWriter(ctx, websocket.Binary)
	for err == nil && len(message) > 0 {
		n := 1 + r.IntN(len(message))
		_, err = w.Write(message[:n])
		message = message[n:]
	}
	if err != nil {
		return err
	}
	return w.Close()
}

func (s *soul) read(t *testing.T, r *rand.Rand, lazy bool) {
	for {
		ctx, cancel := background, func() {}
		if r.IntN(3) == 0 {
			ctx, cancel = context.WithTimeout(background, randomTime(r))
		}
		message, err := s.receive(ctx, r)
		cancel()
		switch {
		case err == nil && len(message) >= 5:
			writer := message[0]
			s.heard[writer] = append(s.heard[writer], binary.BigEndian.Uint32(message[1:]))
		case err == nil:
			t.Errorf("a message of %d bytes", len(message))
		case errors.Is(err, net.ErrClosed):
			s.ended = err
			return
		}
		if lazy {
			pass(randomTime(r))
		}
	}
}

func (s *soul) receive(ctx context.Context, r *rand.Rand) ([]byte, error) {
	if r.IntN(3) > 0 {
		_, message, err := s.conn.Read(ctx)
		return message, err
	}
	_, reader, err := s.conn.NextReader(ctx)
	if err != nil {
		return nil, err
	}
	message, err := io.ReadAll(reader)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		// What is left of the message would be skipped: this reader gives up, and
		// the connection has to end without it.
		return nil, net.ErrClosed
	}
	return message, err
}

func (s *soul) ping(r *rand.Rand) {
	for {
		ctx, cancel := context.WithTimeout(background, randomTime(r))
		_, err := s.conn.Ping(ctx)
		cancel()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		pass(randomTime(r))
	}
}

// judge asserts what must be true of one end.
func (s *soul) judge(t *testing.T, who string) {
	ev := eventOf(s.conn)
	if s.closed != 1 {
		t.Errorf("%s: %d CloseEvents", who, s.closed)
	}
	if ev.WasClean != (ev.Sent != nil && ev.Received != nil) {
		t.Errorf("%s: clean %t, sent %v, received %v", who, ev.WasClean, ev.Sent, ev.Received)
	}
	if (ev.Code == websocket.AbnormalClosure) != (ev.Received == nil) || ev.Received != nil && ev.Code != ev.Received.Code {
		t.Errorf("%s: code %v, received %v", who, ev.Code, ev.Received)
	}
	if !ev.WasClean && ev.Cause == "" {
		t.Errorf("%s: not clean and no cause", who)
	}
	// Invariant 8. A write that stands in the way has one write timeout more.
	if took := ev.ClosedAt.Sub(s.began); !s.began.IsZero() && took > 3*lifeTimeout+lifeTimeout/4 {
		t.Errorf("%s: it took %v to end", who, took)
	}
	for name, err := range map[string]error{
		"Write": s.conn.Write(background, websocket.Text, nil), "Close": s.conn.Close(1000, ""), "read": s.ended,
	} {
		var closed *websocket.CloseError
		if err != net.ErrClosed && (!errors.As(err, &closed) || closed.Event != ev) {
			t.Errorf("%s: %s gives %v behind the end", who, name, err)
		}
	}
}

// agree asserts that what b heard is a beginning of what a sent, and all of it
// when b processed a Close frame that it had not provoked.
func agree(t *testing.T, a, b *soul) {
	from, to := eventOf(a.conn), eventOf(b.conn)
	if to.Received != nil && (from.Sent == nil || *from.Sent != *to.Received) {
		// A write whose end was not seen may have been whole for the peer.
		if from.WasClean || from.Sent != nil {
			t.Errorf("sent %v, received %v", from.Sent, to.Received)
		}
	}
	for writer := range a.accepted {
		sent, heard := a.accepted[writer], b.heard[writer]
		if len(heard) > len(sent)+1 {
			t.Errorf("writer %d: %d messages sent, %d heard", writer, len(sent), len(heard))
			continue
		}
		for i := range min(len(heard), len(sent)) {
			if heard[i] != sent[i] {
				t.Errorf("writer %d: message %d heard in place of %d", writer, heard[i], sent[i])
				break
			}
		}
		if to.Initiator == "remote" && to.DiscardedBytes == 0 && b.ended != net.ErrClosed && len(heard) < len(sent) {
			t.Errorf("writer %d: %d messages sent before the Close frame, %d heard", writer, len(sent), len(heard))
		}
	}
}
