//go:build linux

package faults

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

var (
	concurrencyFor  = flag.Duration("concurrency-for", 2*time.Second, "how long the concurrency test runs")
	concurrencySeed = flag.Uint64("concurrency-seed", 0, "seed of the concurrency test's first round; 0 takes one from the clock")
)

// One end of a connection has this many goroutines of each kind.
const (
	writers = 64
	closers = 8
	pingers = 8
)

// Each round is one connection on a real socket that all goroutines of both ends
// use at once until the closers close it. What is on the wire is read between
// the two, by a parser that knows nothing of the library's.
func TestConcurrencyLeavesTheWireInOrder(t *testing.T) {
	seed := *concurrencySeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	var total struct{ rounds, messages, pings int64 }
	var events ledger
	address, accepted := accept(t, &websocket.AcceptOptions{Trace: events.trace()})
	for began := time.Now(); time.Since(began) < *concurrencyFor && !t.Failed(); seed++ {
		r := &round{t: t, seed: seed}
		r.run(address, accepted, &events)
		total.rounds++
		total.messages += r.there.messages + r.back.messages
		total.pings += r.pings.Load()
		if t.Failed() {
			t.Logf("replay with -concurrency-seed %d", seed)
		}
	}
	t.Logf("%d connections, %d messages and %d answered Pings, last seed %d", total.rounds, total.messages, total.pings, seed-1)
	if total.messages == 0 || total.pings == 0 {
		t.Error("nothing happened")
	}
}

// round is one connection.
type round struct {
	t           *testing.T
	seed        uint64
	there, back direction
	pings       atomic.Int64 // that were answered
}

func (r *round) run(address string, accepted <-chan *websocket.Conn, events *ledger) {
	r.there = direction{name: "client", masked: true}
	r.back = direction{name: "server"}
	client, err := websocket.Dial(background, "ws://"+address, &websocket.DialOptions{
		Trace: events.trace(),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &tap{conn.(*net.TCPConn), &r.there, &r.back}, nil
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	server := <-accepted
	dice := rand.New(rand.NewPCG(r.seed, 0))
	life := time.Duration(dice.Int64N(int64(400 * time.Millisecond)))
	var all sync.WaitGroup
	for end, c := range []*websocket.Conn{client, server} {
		closing := make(chan struct{})
		time.AfterFunc(life+time.Duration(dice.Int64N(int64(time.Millisecond))), func() { close(closing) })
		for i := range writers {
			all.Go(func() { r.write(c, byte(i), rand.New(rand.NewPCG(r.seed, uint64(1+end*writers+i)))) })
		}
		for range pingers {
			all.Go(func() { r.ping(c) })
		}
		for i := range closers {
			all.Go(func() {
				<-closing
				if err := c.Close(websocket.StatusCode(4000+100*end+i), "enough"); err != nil && !is[*websocket.CloseError](err) {
					r.t.Errorf("Close = %v", err)
				}
			})
		}
		all.Go(func() { r.read(c) })
	}
	all.Wait()
	r.judge(ended(r.t, client).Event, events.one(r.t, client), &r.there, &r.back)
	r.judge(ended(r.t, server).Event, events.one(r.t, server), &r.back, &r.there)
}

// judge compares an end's event with the Close frames that were on the wire.
func (r *round) judge(ev, traced websocket.CloseEvent, sent, received *direction) {
	if ev != traced || !ev.WasClean || ev.Sent == nil || ev.Received == nil || *ev.Sent != sent.closed || *ev.Received != received.closed {
		r.t.Errorf("seed %d: %s sent %v and received %v: %v", r.seed, sent.name, sent.closed, received.closed, ev)
	}
	for _, fault := range sent.faults {
		r.t.Errorf("seed %d: from the %s: %s", r.seed, sent.name, fault)
	}
	if sent.closes != 1 {
		r.t.Errorf("seed %d: %d Close frames from the %s", r.seed, sent.closes, sent.name)
	}
}

// ok reports whether a call went well; if not, it may only be because the
// connection is closing or closed.
func (r *round) ok(what string, err error) bool {
	if err != nil && err != websocket.ErrClosing && !is[*websocket.CloseError](err) {
		r.t.Errorf("%s = %v", what, err)
	}
	return err == nil
}

// write writes messages, every fourth in fragments, until the connection closes.
func (r *round) write(c *websocket.Conn, writer byte, dice *rand.Rand) {
	for number := uint32(0); ; number++ {
		p := message(writer, number, [...]int{0, 10, 200, 5000, 40000}[dice.IntN(5)])
		if number%4 != 3 {
			if !r.ok("Write", c.Write(background, websocket.Binary, p)) {
				return
			}
			continue
		}
		w, err := c.NextWriter(background, websocket.Binary)
		for r.ok("writing fragments", err) && len(p) > 0 {
			n := 1 + dice.IntN(len(p))
			_, err = w.Write(p[:n])
			p = p[n:]
		}
		if err != nil || !r.ok("the writer's Close", w.Close()) {
			return
		}
	}
}

func (r *round) ping(c *websocket.Conn) {
	for {
		if _, err := c.Ping(background); !r.ok("Ping", err) {
			return
		}
		r.pings.Add(1)
	}
}

// read checks that every message is delivered whole and in its writer's order.
func (r *round) read(c *websocket.Conn) {
	var next [writers]uint32
	for m, err := range c.Messages(background) {
		if !r.ok("Read", err) {
			return
		}
		if fault := checkMessage(m.Data, &next); fault != nil {
			r.t.Errorf("seed %d: delivered: %v", r.seed, fault)
		}
	}
}

// A message says who wrote it, which of its writer's it is, and how long; the
// rest follows from that.
const messageHead = 1 + 4 + 4

func message(writer byte, number uint32, size int) []byte {
	p := binary.BigEndian.AppendUint32([]byte{writer}, number)
	p = binary.BigEndian.AppendUint32(p, uint32(size))
	for i := range size {
		p = append(p, filling(writer, number, i))
	}
	return p
}

func filling(writer byte, number uint32, i int) byte { return byte(i)*7 + writer + byte(number)*13 }

func checkMessage(p []byte, next *[writers]uint32) error {
	if len(p) < messageHead || p[0] >= writers || len(p) != messageHead+int(binary.BigEndian.Uint32(p[5:])) {
		return fmt.Errorf("a message of %d bytes begins with %x", len(p), p[:min(len(p), messageHead)])
	}
	writer, number := p[0], binary.BigEndian.Uint32(p[1:])
	if number != next[writer] {
		return fmt.Errorf("message %d of writer %d comes, and %d is due", number, writer, next[writer])
	}
	next[writer]++
	for i, b := range p[messageHead:] {
		if b != filling(writer, number, i) {
			return fmt.Errorf("message %d of writer %d is spoilt at byte %d", number, writer, i)
		}
	}
	return nil
}

// tap is a client's socket that shows what is written to it and read from it.
type tap struct {
	*net.TCPConn
	there, back *direction
}

func (c *tap) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.there.feed(p[:n])
	return n, err
}

func (c *tap) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.back.feed(p[:n])
	return n, err
}

// direction is what one end sent: an HTTP head, and frames. One goroutine at a
// time may feed it, as only one at a time reads or writes a stream.
type direction struct {
	name     string
	masked   bool
	head     bool // the HTTP head is through
	bytes    []byte
	pending  []byte // of a message in fragments
	inside   bool   // such a message has begun
	next     [writers]uint32
	messages int64
	closes   int
	closed   websocket.CloseFrame
	faults   []string
	busy     atomic.Bool
}

func (d *direction) fault(format string, args ...any) {
	if len(d.faults) < 10 {
		d.faults = append(d.faults, fmt.Sprintf(format, args...))
	}
}

func (d *direction) feed(p []byte) {
	if !d.busy.CompareAndSwap(false, true) {
		panic("two goroutines use one direction of the stream at once")
	}
	defer d.busy.Store(false)
	d.bytes = append(d.bytes, p...)
	if !d.head {
		i := indexEmptyLine(d.bytes)
		if i < 0 {
			return
		}
		d.head, d.bytes = true, d.bytes[i:]
	}
	for {
		n := d.parse()
		if n == 0 {
			return
		}
		d.bytes = d.bytes[n:]
	}
}

// indexEmptyLine is where the bytes behind an HTTP head begin, or -1.
func indexEmptyLine(p []byte) int {
	for i := 4; i <= len(p); i++ {
		if string(p[i-4:i]) == "\r\n\r\n" {
			return i
		}
	}
	return -1
}

// parse takes one frame, RFC 6455, section 5.2, and returns its length, or 0
// when it is not all there.
func (d *direction) parse() int {
	p := d.bytes
	if len(p) < 2 {
		return 0
	}
	if p[0]&0x70 != 0 || p[1]&0x80 != 0 != d.masked {
		d.fault("a frame begins with %x", p[:2])
	}
	at, size := 2, int(p[1]&0x7f)
	switch {
	case size == 126 && len(p) >= 4:
		at, size = 4, int(binary.BigEndian.Uint16(p[2:]))
	case size == 127 && len(p) >= 10:
		at, size = 10, int(binary.BigEndian.Uint64(p[2:]))
	case size >= 126:
		return 0
	}
	key := []byte{0, 0, 0, 0}
	if d.masked {
		if len(p) < at+4 {
			return 0
		}
		key, at = p[at:at+4], at+4
	}
	if size > 1<<20 {
		d.fault("a frame has %d bytes", size)
		return len(p)
	}
	if len(p) < at+size {
		return 0
	}
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = p[at+i] ^ key[i%4]
	}
	d.frame(p[0]&0x0f, p[0]&0x80 != 0, payload)
	return at + size
}

func (d *direction) frame(opcode byte, fin bool, payload []byte) {
	// Between the two Close frames a Ping still deserves its Pong (5.5.2).
	if d.closes > 0 && opcode != 10 {
		d.fault("a frame with opcode %d stands behind the Close frame", opcode)
	}
	switch opcode {
	case 0, 2:
		if (opcode == 0) != d.inside {
			d.fault("opcode %d comes inside a message: %t", opcode, d.inside)
		}
		d.pending, d.inside = append(d.pending, payload...), !fin
		if !fin {
			return
		}
		if err := checkMessage(d.pending, &d.next); err != nil {
			d.fault("%v", err)
		}
		d.messages++
		d.pending = d.pending[:0]
	case 8:
		d.closes++
		if len(payload) < 2 {
			d.fault("the Close frame holds %x", payload)
			return
		}
		d.closed = websocket.CloseFrame{Code: websocket.StatusCode(binary.BigEndian.Uint16(payload)), Reason: string(payload[2:])}
	case 9, 10:
		if !fin || len(payload) > 125 {
			d.fault("a control frame of %d bytes, FIN %t", len(payload), fin)
		}
	default:
		d.fault("a frame with opcode %d", opcode)
	}
}
