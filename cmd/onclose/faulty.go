package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
)

// This file breaks the rules on purpose, which websocket.Conn lets nobody do: it
// drives the machines of package protocol itself. They are told what really
// happens, so the CloseEvent is truthful all the same.

// fault is one way to misbehave. Up to the moment that the client chose, and in
// everything that its fields leave out, the endpoint keeps to the rules.
type fault struct {
	frame   []byte        // sent at the moment: no client may take it
	cut     func(*faulty) // ends the transport at the moment
	answers answering
}

// answering says when Close frames are answered.
type answering uint8

const (
	atOnce      answering = iota
	atTheMoment           // not before it
	never                 // nor are Pings: nothing is sent at all
)

// faults are the values of the parameter how, but for the ordinary one.
var faults = map[string]fault{
	"drop":           {cut: (*faulty).drop},
	"reset":          {cut: (*faulty).reset},
	"silent":         {answers: never},
	"late":           {answers: atTheMoment},
	"invalid-utf8":   {frame: invalidUTF8},
	"protocol-error": {frame: reservedOpcode},
	"too-big":        {frame: tooBig},
}

var (
	invalidUTF8    = append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Text, Length: 4}), "abc\xFF"...)
	reservedOpcode = append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: 3, Length: 3}), "abc"...)
	// tooBig announces 4 EiB, and begins.
	tooBig = append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Length: 1 << 62}), "abc"...)
)

// The waits of a faulty endpoint. A page that is open may think before it
// closes, but not for ever; patience is for its next step once something is
// wrong, and is longer than clients have (Chromium gives up after 60 s).
const (
	maxLife       = 15 * time.Minute
	patience      = 2 * time.Minute
	faultyWrite   = 10 * time.Second // for one write
	transportWait = time.Second      // for the end of the transport
)

// faulty is an endpoint with a fault. One goroutine plays it.
type faulty struct {
	fault   fault
	moment  time.Time       // of the fault; zero once it has passed
	until   time.Time       // the end of our patience
	leaving context.Context // ends, with a CloseFrame as cause, when the server stops

	conn     net.Conn
	stream   transport.Stream
	received []byte // and not yet parsed; its capacity is the room to read into
	partial  int64  // bytes of a message whose end has not come

	opening  protocol.Opening
	receiver protocol.Receiver
	sender   protocol.Sender
	closing  protocol.Closing
}

// faultyHandler opens WebSockets that misbehave after a while.
func (s *site) faultyHandler(fault fault, after time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rules := handshake.ServerRules{Origins: s.options.Origins}
		reply, refusal := rules.Check(transport.OpeningRequest(r))
		if refusal != nil {
			s.refuse(w, r, refusal)
			return
		}
		response, err := reply.AppendResponse(nil, "", nil)
		if err != nil {
			panic(err) // only an extension or a header of ours could be wrong
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			s.refuse(w, r, &handshake.Refusal{Status: http.StatusInternalServerError, Message: err.Error()})
			return
		}
		early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
		f := newFaulty(conn, early, protocol.Limits{MessageBytes: s.options.MessageBytes})
		if err := f.write(response); err != nil {
			conn.Close()
			s.refused(r, err)
			return
		}
		f.opening.URL, f.opening.OpenedAt = transport.RequestURL(r), time.Now()
		f.fault, f.leaving = fault, s.options.Context
		f.moment, f.until = f.opening.OpenedAt.Add(after), f.opening.OpenedAt.Add(maxLife)
		s.counts.Opened(nil)
		s.opened(f)
		ev := f.play()
		s.counts.Closed(nil, ev)
		s.ended(f, ev)
	})
}

// newFaulty is an endpoint without a fault. early are the bytes behind the
// request.
func newFaulty(conn net.Conn, early []byte, limits protocol.Limits) *faulty {
	f := &faulty{
		conn:     conn,
		stream:   transport.OverConn(conn),
		received: append(make([]byte, 0, len(early)+4<<10), early...),
		opening: protocol.Opening{
			Role: protocol.Server, HTTPVersion: "HTTP/1.1", HTTPStatus: http.StatusSwitchingProtocols,
		},
	}
	f.receiver.Init(protocol.Server, limits)
	f.sender.Init(protocol.Server, nil)
	// How long an answer may take is decided here, by until.
	f.closing.Init(protocol.Server, protocol.Timeouts{Close: maxLife, Transport: transportWait})
	return f
}

// play is the whole life of the connection.
func (f *faulty) play() websocket.CloseEvent {
	stop := context.AfterFunc(f.leaving, func() { f.stream.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	f.parse()
	for {
		f.act(time.Now())
		if f.closing.Over() {
			break
		}
		f.stream.SetReadDeadline(f.nextAct())
		if f.leaving.Err() == nil { // or the deadline came too late to be overwritten
			f.read()
		}
	}
	_ = f.stream.Close() // how the transport ended is known already
	return f.closing.Event(f.opening, protocol.Lost{DiscardedBytes: f.partial}, time.Now())
}

// Abort ends the connection at once: play finds it closed.
func (f *faulty) Abort() { _ = f.conn.Close() }

// act does what the time asks for.
func (f *faulty) act(now time.Time) {
	switch {
	case f.leaving.Err() != nil:
		f.goAway(now)
	case !f.moment.IsZero() && !now.Before(f.moment):
		f.misbehave(now)
	case !now.Before(f.until):
		f.closing.Cut(protocol.Blame{Cause: protocol.CauseAborted, Err: errPatience})
	}
	f.closing.Tick(now)
	f.send(now)
}

var (
	errPatience  = errors.New("onclose: the client did nothing for too long")
	errOnPurpose = errors.New("onclose: cut on purpose")
)

// nextAct is when act has something to do, if nothing comes from the client.
func (f *faulty) nextAct() time.Time {
	next := f.until
	for _, t := range []time.Time{f.moment, f.closing.Deadline()} {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return next
}

// misbehave is the moment. A client that was faster, and closed, is spared.
func (f *faulty) misbehave(now time.Time) {
	f.moment = time.Time{}
	switch {
	case f.closing.Started():
	case f.fault.cut != nil:
		f.closing.Cut(protocol.Blame{Cause: protocol.CauseAborted, Err: errOnPurpose})
		f.fault.cut(f)
	case f.fault.frame != nil:
		f.until = now.Add(patience)
		if err := f.write(f.fault.frame); err != nil {
			f.closing.WriteFailed(transport.WriteBlame(err), now)
		}
	}
}

// drop ends TCP in order and without a Close frame. It reads to the end of the
// stream: with unread bytes the kernel would send a reset.
func (f *faulty) drop() {
	_ = f.stream.CloseWrite()
	f.stream.SetReadDeadline(time.Now().Add(transportWait))
	_, _ = io.Copy(io.Discard, f.stream)
}

// reset makes the kernel send an RST, also below TLS.
func (f *faulty) reset() {
	conn := f.conn
	for {
		upper, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = upper.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// goAway ends the connection because the server stops. An answer that was
// withheld until now is never given.
func (f *faulty) goAway(now time.Time) {
	var frame websocket.CloseFrame
	errors.As(context.Cause(f.leaving), &frame)
	f.leaving = context.Background() // it was told
	switch {
	case !f.closing.Started():
		f.fault = fault{} // from here on it behaves
		_ = f.closing.Start(frame, now)
	case f.withholds():
		f.closing.Cut(protocol.Blame{Cause: protocol.CauseContextCanceled, Err: frame})
	}
}

// withholds reports whether what is owed to the client stays unsent.
func (f *faulty) withholds() bool {
	switch f.fault.answers {
	case never:
		return true
	case atTheMoment:
		return !f.moment.IsZero() && f.closing.Started()
	}
	return false
}

// send writes what is owed to the client.
func (f *faulty) send(now time.Time) {
	if f.withholds() {
		return
	}
	if f.closing.Owed() {
		if err := f.write(f.closing.AppendOwed(nil, &f.sender)); err != nil {
			f.closing.WriteFailed(transport.WriteBlame(err), now)
		} else {
			f.closing.Written(now)
		}
	}
	if f.closing.HalfClose() {
		_ = f.stream.CloseWrite() // a second one does nothing
	}
}

func (f *faulty) write(p []byte) error {
	f.stream.SetWriteDeadline(time.Now().Add(faultyWrite))
	_, err := f.stream.Write(p)
	return err
}

// read waits for something of the client, and deals with it.
func (f *faulty) read() {
	n, err := f.stream.Read(f.received[len(f.received):cap(f.received)])
	f.received = f.received[:len(f.received)+n]
	f.parse()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		f.streamEnded(err)
	}
}

// parse deals with the frames in what was received.
func (f *faulty) parse() {
	p := f.received
	for {
		ev, n := f.receiver.Receive(p)
		p = p[n:]
		if n == 0 && ev.Kind == protocol.NeedMore {
			break
		}
		f.dispatch(ev, time.Now())
	}
	f.received = f.received[:copy(f.received, p)]
}

func (f *faulty) dispatch(ev protocol.Event, now time.Time) {
	switch ev.Kind {
	case protocol.Data: // messages are read, and that is all
		f.partial += int64(len(ev.Payload))
		if ev.Fin {
			f.partial = 0
		}
	case protocol.Ping:
		f.closing.Ping(ev.Payload)
	case protocol.Close:
		f.closing.Received(ev.Payload, f.receiver.FrameOffset(), nil, now)
		f.until = now.Add(patience)
		if f.moment.After(now) {
			f.until = f.moment.Add(patience)
		}
	case protocol.Violated:
		f.fault = fault{} // now the fault is the client's: it is told
		f.closing.Violated(ev.Violation, now)
	}
	f.send(now)
}

// streamEnded says that nothing more can be read. One that never answers has
// seen the client give up. One that answers late may still do so: the client may
// have ended its own side only.
func (f *faulty) streamEnded(err error) {
	now := time.Now()
	end, blame := transport.ReadEnd(err)
	if blame.Cause == protocol.CauseEOF {
		switch {
		case f.receiver.Left() > 0 || len(f.received) > 0:
			blame.Cause = protocol.CauseEOFInFrame
		case f.receiver.InMessage():
			blame.Cause = protocol.CauseEOFInMessage
		}
	}
	f.closing.StreamEnded(end, blame, now)
	if f.fault.answers == never {
		f.closing.WriteFailed(blame, now)
	}
	if f.closing.Over() {
		return
	}
	select {
	case <-time.After(time.Until(f.nextAct())):
	case <-f.leaving.Done():
	}
}
