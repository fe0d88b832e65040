package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// slowPeer is the client's end of a pipe that holds 64 KiB. As long as nobody reads
// from it, it takes nothing more.
type slowPeer struct {
	*wstest.Conn
	trace *wstest.Trace
}

// queueing is a server's end with a send queue, and its peer.
func queueing(t *testing.T, q websocket.SendQueue) (*websocket.Conn, slowPeer) {
	return queueingWithin(t, q, websocket.Limits{})
}

func queueingWithin(t *testing.T, q websocket.SendQueue, limits websocket.Limits) (*websocket.Conn, slowPeer) {
	c, peer := rawClient(t, &websocket.AcceptOptions{SendQueue: q, Limits: limits})
	t.Cleanup(func() {
		c.Abort()
		peer.Close()
	})
	return c, slowPeer{peer, peer.Record()}
}

// sent is what the endpoint has written so far.
func (p slowPeer) sent() []message { return messages(p.trace.Frames(wstest.Server)) }

// takeAll reads to the end, answering the Close frame, and returns the messages and
// that frame.
func (p slowPeer) takeAll(t *testing.T) ([]message, *websocket.CloseFrame) {
	var closed *websocket.CloseFrame
	buffer := make([]byte, 64<<10)
	for {
		if _, err := p.Read(buffer); err == io.EOF {
			p.CloseWrite()
			if frames := p.trace.Frames(wstest.Server); closed != nil && frames[len(frames)-1].Opcode != wire.Close {
				t.Errorf("%v behind the Close frame", frames[len(frames)-1])
			}
			return p.sent(), closed
		} else if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if f := closeFrameOf(p.trace.Frames(wstest.Server)); f != nil && closed == nil {
			closed = f
			payload := wire.AppendClose(nil, f.Code, f.Reason)
			p.Write(append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Close, Masked: true, Length: int64(len(payload))}), payload...))
		}
	}
}

// numbered is the n-th message of a size.
func numbered(n, size int) []byte {
	p := fmt.Appendf(nil, "%06d", n)
	return append(p, strings.Repeat("x", size-len(p))...)
}

// fillQueue sends numbered messages until one meets an error, and returns how many
// were taken.
func fillQueue(c *websocket.Conn, size int) (n int, err error) {
	for {
		if err = c.Send(background, websocket.Binary, numbered(n, size)); err != nil {
			return n, err
		}
		n++
		synctest.Wait()
	}
}

// inOrder reports whether these are the numbered messages from the first on.
func inOrder(all []message, size int) bool {
	for i, m := range all {
		if m.payload != string(numbered(i, size)) {
			return false
		}
	}
	return true
}

// Send waits for nobody, and what waits is counted to the byte.
func TestSendQueuesWhatThePeerDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{})
		began := time.Now()
		for i := range 300 {
			if err := c.Send(background, websocket.Binary, numbered(i, 1000)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if time.Since(began) != 0 {
			t.Errorf("300 messages took %v", time.Since(began))
		}
		// A write under way counts in full until it returns: at most one batch.
		taken := len(peer.trace.Wrote(wstest.Server)) / 1004 * 1000
		if n := c.BufferedAmount(); n < 300_000-taken-1000 || n > 300_000 {
			t.Errorf("%d bytes of 300,000 wait, and %d are in the pipe", n, taken)
		}
		io.CopyN(io.Discard, peer, 300*1004)
		synctest.Wait()
		if n := c.BufferedAmount(); n != 0 || len(peer.sent()) != 300 || !inOrder(peer.sent(), 1000) {
			t.Errorf("%d bytes wait, %d messages left", n, len(peer.sent()))
		}
	})
}

// While nothing is queued there is no goroutine for it.
func TestSendLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{})
		flushes := func() int {
			stacks := make([]byte, 1<<20)
			return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "(*Conn).flush(")
		}
		before := flushes() // of tests that run beside this one
		for i := range 100 {
			c.Send(background, websocket.Binary, numbered(i, 1000))
		}
		synctest.Wait()
		if n := flushes() - before; n > 1 {
			t.Errorf("%d goroutines write", n)
		}
		io.CopyN(io.Discard, peer, 100*1004)
		synctest.Wait()
		if n := flushes() - before; n != 0 {
			t.Errorf("%d goroutines are left", n)
		}
	})
}

// A slow consumer gets what was queued, and then a Close frame that says why.
func TestASlowConsumerIsClosed(t *testing.T) {
	for _, test := range []struct {
		frame, want websocket.CloseFrame
	}{
		{websocket.CloseFrame{}, websocket.CloseFrame{Code: 1013, Reason: "slow consumer"}},
		{websocket.CloseFrame{Code: 1008, Reason: "too slow"}, websocket.CloseFrame{Code: 1008, Reason: "too slow"}},
		{websocket.CloseFrame{Code: 1006}, websocket.CloseFrame{Code: 1013, Reason: "slow consumer"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := queueing(t, websocket.SendQueue{Bytes: 200_000, Close: test.frame})
			n, err := fillQueue(c, 1000)
			if err != websocket.ErrBehind || c.BufferedAmount() > 200_000 || n < 199 {
				t.Errorf("message %d: %v, with %d bytes queued", n, err, c.BufferedAmount())
			}
			if err := c.Send(background, websocket.Text, nil); err != websocket.ErrClosing {
				t.Errorf("behind it: %v", err)
			}
			got, closed := peer.takeAll(t)
			if len(got) != n || !inOrder(got, 1000) || *closed != test.want {
				t.Errorf("%d of %d messages arrived, and %v", len(got), n, closed)
			}
			<-c.Done()
			ev, _ := c.CloseEvent()
			if !ev.WasClean || ev.Code != test.want.Code || ev.Cause != protocol.CauseSlowConsumer || ev.Initiator != protocol.Local || ev.UnsentBytes+ev.UnsentMessages != 0 {
				t.Errorf("%v, %d bytes unsent", ev, ev.UnsentBytes)
			}
			if _, err := c.Ping(background); !errors.Is(err, websocket.ErrBehind) {
				t.Errorf("the cause is %v", err)
			}
		})
	}
}

// One that takes nothing at all ends within the timeouts. What it did not take is
// counted: what was queued, to the byte.
func TestAConsumerThatTakesNothingEndsInTime(t *testing.T) {
	for _, test := range []struct {
		name  string
		end   func(*websocket.Conn) (more int) // messages
		cause protocol.Cause
		bound time.Duration
	}{
		{"slow consumer", func(c *websocket.Conn) int { n, _ := fillQueue(c, 1000); return n }, protocol.CauseSlowConsumer, 3 * time.Second},
		{"Close", func(c *websocket.Conn) int { c.Close(4001, "bye"); return 0 }, protocol.CauseWriteTimeout, 3 * time.Second},
		{"Abort", func(c *websocket.Conn) int { c.Abort(); return 0 }, protocol.CauseAborted, 0},
		{"the write timeout", func(c *websocket.Conn) int { return 0 }, protocol.CauseWriteTimeout, 46 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limits := websocket.Limits{WriteTimeout: 20 * time.Second, CloseTimeout: 3 * time.Second}
				c, peer := queueingWithin(t, websocket.SendQueue{Bytes: 200_000}, limits)
				queued := 150
				for i := range queued {
					c.Send(background, websocket.Binary, numbered(i, 1000))
				}
				synctest.Wait()
				began, left := time.Now(), len(peer.trace.Wrote(wstest.Server))
				queued += test.end(c)
				<-c.Done()
				took := time.Since(began)
				ev, _ := c.CloseEvent()
				whole := left / 1004
				wantMessages, wantBytes := queued-whole, (queued-whole)*1000-max(0, left%1004-4)
				if ev.Code != 1006 || ev.Cause != test.cause || took > test.bound || int(ev.UnsentMessages) != wantMessages || int(ev.UnsentBytes) != wantBytes {
					t.Errorf("%v after %v, with %d bytes of %d messages unsent, want %d of %d", ev, took, ev.UnsentBytes, ev.UnsentMessages, wantBytes, wantMessages)
				}
				if n := c.BufferedAmount(); n != 0 {
					t.Errorf("%d bytes wait behind the end", n)
				}
			})
		})
	}
}

// Close behind Send: what is queued goes out first, as the peer takes it.
func TestWhatIsQueuedLeavesBeforeTheCloseFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{})
		for i := range 900 {
			c.Send(background, websocket.Binary, numbered(i, 1000))
		}
		closed := make(chan error)
		go func() { closed <- c.Close(4001, "bye") }()
		pass(9 * time.Second)
		peer.Write(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Ping, Masked: true}))
		got, frame := peer.takeAll(t)
		if len(got) != 900 || !inOrder(got, 1000) || *frame != (websocket.CloseFrame{Code: 4001, Reason: "bye"}) {
			t.Errorf("%d messages, %v", len(got), frame)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		// The Pong did not wait for all of it.
		frames := peer.trace.Frames(wstest.Server)
		if at := slices.IndexFunc(frames, func(f wstest.Frame) bool { return f.Opcode == wire.Pong }); at < 0 || at > 300 {
			t.Errorf("the Pong is frame %d of %d", at, len(frames))
		}
	})
}

// With Skip the connection goes on, and a message that found no room is the
// sender's to know of, or with Quiet the CloseEvent's.
func TestAMessageWithoutRoomCanBeSkipped(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := queueing(t, websocket.SendQueue{Bytes: 100_000, Skip: true, Quiet: quiet})
			taken := 0
			for i := range 500 {
				switch err := c.Send(background, websocket.Binary, numbered(taken, 1000)); {
				case err == nil && !quiet:
					taken++
				case err != nil && (quiet || err != websocket.ErrBehind):
					t.Fatalf("message %d: %v", i, err)
				}
				synctest.Wait()
				if n := c.BufferedAmount(); n > 100_000 {
					t.Fatalf("%d bytes are queued", n)
				}
			}
			go c.Close(1000, "")
			got, _ := peer.takeAll(t)
			<-c.Done()
			ev, _ := c.CloseEvent()
			skipped := 0
			if quiet {
				skipped = 500 - len(got)
			} else if len(got) != taken || !inOrder(got, 1000) {
				t.Errorf("%d of %d messages arrived", len(got), taken)
			}
			if !ev.WasClean || len(got) > 170 || int(ev.UnsentMessages) != skipped || int(ev.UnsentBytes) != skipped*1000 {
				t.Errorf("%v, %d arrived, %d bytes of %d messages unsent", ev, len(got), ev.UnsentBytes, ev.UnsentMessages)
			}
		})
	}
}

func TestSendCanWaitForRoom(t *testing.T) {
	full := func(t *testing.T, wait time.Duration) (*websocket.Conn, slowPeer, int) {
		c, peer := queueing(t, websocket.SendQueue{Bytes: 100_000, Wait: wait})
		n := 0
		for ; c.BufferedAmount() < 98_000; n++ {
			c.Send(background, websocket.Binary, numbered(n, 1000))
			synctest.Wait()
		}
		return c, peer, n
	}
	last := make([]byte, 5000)
	timed := func(c *websocket.Conn, ctx context.Context) (time.Duration, error) {
		began := time.Now()
		err := c.Send(ctx, websocket.Binary, last)
		return time.Since(began), err
	}
	for _, test := range []struct {
		name string
		wait time.Duration
		act  func(*websocket.Conn, slowPeer) // a second later
		err  error
		took time.Duration
	}{
		{"for room", -1, func(_ *websocket.Conn, peer slowPeer) { io.CopyN(io.Discard, peer, 80_000) }, nil, time.Second},
		{"until its context ends", -1, nil, context.DeadlineExceeded, 5 * time.Second},
		{"until the connection closes", -1, func(c *websocket.Conn, _ slowPeer) { go c.Close(1000, "") }, websocket.ErrClosing, time.Second},
		{"as long as it may", 3 * time.Second, nil, websocket.ErrBehind, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer, n := full(t, test.wait)
				ctx, cancel := context.WithTimeout(background, 5*time.Second)
				defer cancel()
				if test.act != nil {
					time.AfterFunc(time.Second, func() { test.act(c, peer) })
				}
				took, err := timed(c, ctx)
				if err != test.err || took != test.took {
					t.Errorf("Send = %v after %v", err, took)
				}
				if err == websocket.ErrBehind {
					<-c.Done() // it was closed for that
					if ev, _ := c.CloseEvent(); ev.Cause != protocol.CauseSlowConsumer {
						t.Error(ev)
					}
					return
				}
				go c.Close(1000, "")
				got, _ := peer.takeAll(t)
				if arrived := len(got) == n+1; len(got) < n || !inOrder(got[:n], 1000) || arrived != (err == nil) {
					t.Errorf("%d messages, %d arrived", n, len(got))
				}
			})
		})
	}
}

// A message of any length finds room when nothing waits.
func TestALongMessageFindsRoomWhenNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{Bytes: 1000})
		if err := c.Send(background, websocket.Binary, numbered(0, 300_000)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		before := c.BufferedAmount()
		io.CopyN(io.Discard, peer, 200_000)
		synctest.Wait()
		if after := c.BufferedAmount(); before < 230_000 || after < 30_000 || after > 110_000 {
			t.Errorf("%d bytes wait, and %d when 200,000 have been read", before, after)
		}
		go c.Close(1000, "")
		if got, _ := peer.takeAll(t); len(got) != 1 || !inOrder(got, 300_000) {
			t.Errorf("%d messages", len(got))
		}
	})
}

// Nor does it matter that somebody writes meanwhile.
func TestALongMessageFindsRoomBehindAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{Bytes: 1000})
		go c.Write(background, websocket.Binary, numbered(0, 300_000))
		synctest.Wait()
		if err := c.Send(background, websocket.Binary, numbered(1, 2000)); err != nil {
			t.Error(err)
		}
		if err := c.Send(background, websocket.Binary, numbered(2, 10)); !errors.Is(err, websocket.ErrBehind) {
			t.Errorf("another message: %v", err)
		}
		if got, _ := peer.takeAll(t); len(got) != 2 {
			t.Errorf("%d messages", len(got))
		}
	})
}

// Messages leave in the order of the calls, whichever they are.
func TestSendKeepsTheOrder(t *testing.T) {
	for _, asClient := range []bool{false, true} {
		for _, compression := range []*websocket.Compression{nil, {Threshold: -1}, {Threshold: -1, ServerTakeover: true, ClientTakeover: true}} {
			synctest.Test(t, func(t *testing.T) {
				client, server, pipe := wstest.Pair(t, &websocket.DialOptions{Compression: compression}, &websocket.AcceptOptions{Compression: compression})
				from, to, side := server, client, wstest.Server
				if asClient {
					from, to, side = client, server, wstest.Client
				}
				pipe.Inject(wstest.Fault{From: side, Effect: wstest.Delay, For: time.Millisecond})
				const rounds = 40
				go func() {
					for i := range rounds {
						p := numbered(i, 5000)
						m := must(websocket.Prepare(websocket.Binary, p, nil))
						switch i % 5 {
						case 0, 1:
							from.Send(background, websocket.Binary, p)
						case 2:
							from.Write(background, websocket.Binary, p)
						case 3:
							from.WritePrepared(background, m)
						case 4:
							websocket.Broadcast(slices.Values([]*websocket.Conn{from}), m, nil)
						}
					}
				}()
				for i := range rounds {
					pass(time.Millisecond)
					if _, p, err := to.Read(background); string(p) != string(numbered(i, 5000)) || err != nil {
						t.Fatalf("message %d is %.6s, %v", i, p, err)
					}
				}
			})
		}
	}
}

// Behind a message that NextWriter has begun, Send queues; and when that lasts, it
// is not the peer that is slow.
func TestSendBehindAMessageThatIsOpen(t *testing.T) {
	for _, compression := range []*websocket.Compression{nil, {Threshold: -1, ServerTakeover: true}} {
		synctest.Test(t, func(t *testing.T) {
			client, server, _ := wstest.Pair(t, &websocket.DialOptions{Compression: compression}, &websocket.AcceptOptions{Compression: compression, SendQueue: websocket.SendQueue{Bytes: 10_000}})
			w, _ := server.NextWriter(background, websocket.Text)
			io.WriteString(w, "one ")
			for i := range 9 {
				if err := server.Send(background, websocket.Binary, numbered(i, 1000)); err != nil {
					t.Fatal(err)
				}
			}
			if err := server.Send(background, websocket.Binary, numbered(9, 1000)); err != websocket.ErrBehind {
				t.Errorf("without room: %v", err)
			}
			io.WriteString(w, "message")
			w.Close()
			server.Write(background, websocket.Text, []byte("last"))
			for i := range 11 {
				want := "one message"
				if i == 10 {
					want = "last"
				} else if i > 0 {
					want = string(numbered(i-1, 1000))
				}
				if _, p, err := client.Read(background); string(p) != want || err != nil {
					t.Errorf("message %d is %.20q, %v", i, p, err)
				}
			}
			w, _ = server.NextWriter(background, websocket.Text)
			io.WriteString(w, "cut")
			server.Send(background, websocket.Binary, numbered(0, 1000))
			go client.Read(background)
			server.Close(1000, "")
			if ev, _ := server.CloseEvent(); !ev.WasClean || ev.UnsentMessages != 2 || ev.UnsentBytes != 1000 {
				t.Errorf("%v, %d bytes of %d messages unsent", ev, ev.UnsentBytes, ev.UnsentMessages)
			}
		})
	}
}

// A Write has its place in the queue, however much is sent behind it.
func TestSendDoesNotOvertakeAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{Bytes: 300_000, Skip: true})
		n := 0
		refill := func() {
			for c.Send(background, websocket.Binary, numbered(n, 1000)) == nil {
				n++
				synctest.Wait()
			}
		}
		refill()
		ahead, wrote := n, false
		go func() {
			c.Write(background, websocket.Binary, []byte("written"))
			wrote = true
		}()
		for range 100 {
			synctest.Wait()
			io.CopyN(io.Discard, peer, 10_000)
			refill()
		}
		at := slices.IndexFunc(peer.sent(), func(m message) bool { return m.payload == "written" })
		if !wrote || at != ahead {
			t.Fatalf("behind %d messages, of %d that were sent before it", at, ahead)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := c.Write(ctx, websocket.Binary, []byte("given up")); err != context.DeadlineExceeded {
			t.Error(err)
		}
		go c.Close(1000, "")
		got, _ := peer.takeAll(t)
		if got = slices.Delete(got, at, at+1); len(got) != n || !inOrder(got, 1000) {
			t.Errorf("%d of %d messages arrived", len(got), n)
		}
	})
}

// Nor does the first message that is ever queued.
func TestTheFirstSendDoesNotOvertakeAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{})
		for i := range 2 {
			go c.Write(background, websocket.Binary, numbered(i, 100_000))
			synctest.Wait()
		}
		c.Send(background, websocket.Binary, numbered(2, 100_000))
		io.CopyN(io.Discard, peer, 250_000)
		synctest.Wait()
		if got := peer.sent(); len(got) != 3 || !inOrder(got, 100_000) {
			t.Errorf("%d messages, not in the order of the calls", len(got))
		}
	})
}

// A Write for which the queue pauses, and which gives up or is too late at that very
// moment, leaves no pause behind, and no Close frame before the queue.
func TestAWriteThatGivesUpLeavesTheQueueGoing(t *testing.T) {
	for i := range 400 {
		closes := i%2 == 0
		synctest.Test(t, func(t *testing.T) {
			c, peer := queueing(t, websocket.SendQueue{})
			sendSome := func() {
				for i := range 70 {
					c.Send(background, websocket.Binary, numbered(i, 1000))
				}
				synctest.Wait()
			}
			sendSome()
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			gaveUp := make(chan error)
			go func() { gaveUp <- c.Write(ctx, websocket.Binary, numbered(0, 1000)) }()
			synctest.Wait()
			sendSome() // behind the Write
			go io.CopyN(io.Discard, peer, 140*1004)
			if closes {
				go c.Close(1000, "")
			} else {
				go cancel()
			}
			written := 0
			switch err := <-gaveUp; {
			case err == nil:
				written = 1
			case err == websocket.ErrClosing && !closes:
				return // some of it had left: the frame is torn
			}
			synctest.Wait()
			if closes {
				peer.takeAll(t) // nothing is behind the Close frame
			}
			if n := len(peer.sent()); n != 140+written || c.BufferedAmount() != 0 {
				t.Errorf("%d messages left, %d bytes wait", n, c.BufferedAmount())
			}
		})
	}
}

func TestSendRefusesWhatWriteRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := queueing(t, websocket.SendQueue{})
		ended, cancel := context.WithCancelCause(background)
		cancel(io.ErrNoProgress)
		var misuse *protocol.MisuseError
		if err := c.Send(background, websocket.Text, []byte("\xff")); !errors.As(err, &misuse) {
			t.Errorf("a text that is none: %v", err)
		}
		if err := c.Send(ended, websocket.Text, nil); err != io.ErrNoProgress {
			t.Errorf("a context that has ended: %v", err)
		}
		c.Abort()
		var closed *websocket.CloseError
		if err := c.Send(background, websocket.Text, nil); !errors.As(err, &closed) {
			t.Errorf("behind the end: %v", err)
		}
		if len(peer.trace.Wrote(wstest.Server)) > 0 {
			t.Error("something was sent")
		}
	})
}

// One consumer takes nothing. It costs its bound, is closed for it, and the others
// get everything at once.
func TestThreatFullSendQueue(t *testing.T) {
	const others, messages, size, bound = 5, 400, 4000, 1 << 20
	synctest.Test(t, func(t *testing.T) {
		group := make([]*websocket.Conn, 1+others)
		var peer slowPeer
		group[0], peer = queueing(t, websocket.SendQueue{})
		heard := make(chan int)
		for i := range others {
			client, server, _ := wstest.Pair(t, nil, nil)
			group[1+i] = server
			go func() {
				n := 0
				for range client.Messages(background) {
					n++
				}
				heard <- n - 1 // the last pair is the end
			}()
		}
		began, before, most := time.Now(), inUse(), 0
		refused := 0
		for range messages {
			for _, c := range group {
				if c.Send(background, websocket.Binary, make([]byte, size)) != nil {
					refused++
				}
			}
			synctest.Wait()
			most = max(most, group[0].BufferedAmount())
		}
		if more := inUse() - before; most > bound || most < bound-2*size || more > bound+bound/2 {
			t.Errorf("%d bytes of payload waited, in %d bytes of memory", most, more)
		}
		for _, c := range group[1:] {
			go c.Close(1000, "")
		}
		for range others {
			if n := <-heard; n != messages {
				t.Errorf("another consumer got %d messages", n)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the others waited for %v", took)
		}
		<-group[0].Done()
		left := len(peer.trace.Wrote(wstest.Server))
		ev, _ := group[0].CloseEvent()
		check(t, "slow", ev, "1006||unclean|local|open|slow-consumer|timeout")
		if queued := int64(messages - refused); ev.UnsentMessages != queued-int64(left/(size+4)) || ev.UnsentBytes > bound || ev.Sent != nil {
			t.Errorf("%d bytes of %d messages unsent, %d were taken and %d bytes left", ev.UnsentBytes, ev.UnsentMessages, queued, left)
		}
	})
}

func TestSendAllocatesNothing(t *testing.T) {
	if raceEnabled || !websocket.FastPaths {
		t.Skip("with the race detector pools forget, and the slow build writes on goroutines")
	}
	server, clients := broadcastTo(t, 1)
	payload, buffer := numbered(0, 128), make([]byte, 0, 1000)
	once := func() {
		server[0].Send(background, websocket.Binary, payload)
		if _, p, err := clients[0].ReadAppend(background, buffer); string(p) != string(payload) || err != nil {
			t.Fatalf("%q, %v", p, err)
		}
	}
	once()
	if allocs := testing.AllocsPerRun(1000, once); allocs >= 1 {
		t.Errorf("%v allocations", allocs)
	}
}
