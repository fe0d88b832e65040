package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket"
)

// keepaliveCommand measures what the keepalive costs connections that do nothing
// else: bytes of heap and stack, and processor time of the server.
type keepaliveCommand struct {
	Server   string        `default:"onclose" enum:"onclose,onclose-read" help:"Which of the two styles: onclose or onclose-read."`
	Conns    int           `default:"10000" help:"Connections."`
	Interval time.Duration `default:"5s" help:"The ping interval that is measured. The figure for the default of 25 s is scaled from it."`
	Time     time.Duration `default:"20s" help:"Time of one measurement, behind the first interval."`
}

// standardInterval is the library's default.
const standardInterval = 25 * time.Second

func (c *keepaliveCommand) Run() error {
	if err := pin(loadProcessor); err != nil {
		return err
	}
	without, err := c.measure(websocket.NoLimit)
	if err != nil {
		return err
	}
	with, err := c.measure(c.Interval)
	if err != nil {
		return err
	}
	share := (with.share - without.share) * 100
	each := with.pings / float64(c.Conns) * float64(c.Interval) / float64(c.Time)
	fmt.Printf("%d idle connections of %s, with a Ping every %v and without, over %v\n", c.Conns, c.Server, c.Interval, c.Time)
	fmt.Printf("  heap and stack   %7.0f bytes each, %.0f without: %+.0f\n", with.bytes, without.bytes, with.bytes-without.bytes)
	fmt.Printf("  Pings            %7.2f for a connection and an interval\n", each)
	fmt.Printf("  processor        %7.2f %% of a core, %.2f without: %.1f us a Ping\n", with.share*100, without.share*100,
		(with.share-without.share)*float64(c.Time.Microseconds())/with.pings)
	fmt.Printf("  at %v           %7.2f %% of a core\n", standardInterval, share*float64(c.Interval)/float64(standardInterval))
	return nil
}

// keepaliveCost is what a crowd of idle connections costs.
type keepaliveCost struct {
	bytes float64 // heap and stack, each
	share float64 // of a processor
	pings float64 // that were answered in the time
}

// measure opens the connections to a server of their own, lets an interval pass,
// and looks what it uses until the time is over.
func (c *keepaliveCommand) measure(interval time.Duration) (cost keepaliveCost, err error) {
	p, err := start(c.Server, setting{PingInterval: interval})
	if err != nil {
		return cost, err
	}
	defer p.stop()
	before, err := p.usage(true)
	if err != nil {
		return cost, err
	}
	var pings, ended atomic.Int64
	for range c.Conns {
		peer, err := openIdle(p.address)
		if err != nil {
			return cost, err
		}
		defer peer.conn.Close()
		go func() {
			peer.pong(&pings)
			ended.Add(1)
		}()
	}
	time.Sleep(c.Interval)
	begin, err := p.usage(true)
	if err != nil {
		return cost, err
	}
	answered := pings.Load()
	time.Sleep(c.Time)
	cost.pings = float64(pings.Load() - answered)
	end, err := p.usage(false)
	if err != nil {
		return cost, err
	}
	if n := ended.Load(); n > 0 {
		return cost, fmt.Errorf("%d of %d connections have ended", n, c.Conns)
	}
	cost.bytes = float64(begin.Heap+begin.Stack-before.Heap-before.Stack) / float64(c.Conns)
	cost.share = float64(end.CPU-begin.CPU) / float64(c.Time)
	return cost, nil
}

// openIdle opens a connection and sends one message, whose echo pong reads.
func openIdle(address string) (*peer, error) {
	p, err := connect(address, setting{})
	if err != nil {
		return nil, err
	}
	messages := binaryContent.messages(125)
	_, err = p.conn.Write(frames(messages[:1], binaryContent.opcode(), false)[0])
	p.in = bufio.NewReaderSize(p.conn, 16) // what the load holds costs memory too
	return p, err
}

// pong answers the Pings of eight bytes that the library sends, until the
// connection ends.
func (p *peer) pong(pings *atomic.Int64) {
	var pong [14]byte
	binary.BigEndian.PutUint16(pong[:], 0x8a88) // a Pong of eight bytes, with a masking key of zeros
	for {
		first, length, err := p.frame()
		switch {
		case err != nil:
			return
		case first != 0x89 || length != 8:
			_, err = p.in.Discard(length)
		default:
			if _, err = io.ReadFull(p.in, pong[6:]); err == nil {
				_, err = p.conn.Write(pong[:])
				pings.Add(1)
			}
		}
		if err != nil {
			return
		}
	}
}
