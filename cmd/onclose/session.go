package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket"
)

// session is the run of one open connection. One goroutine, in run, owns its
// fields and prints; listen, talk and the others do what blocks and post to it
// what they found.
type session struct {
	conn       *websocket.Conn
	plan       *plan
	in         *prompt
	print      *printer
	interrupts <-chan os.Signal

	posts chan func()
	over  chan struct{} // closed when nobody takes posts any more

	inputOpen bool // lines may still come
	heardAll  bool // all messages are printed, and the connection has ended
	closing   bool // a wish to close, or to cut, is under way
	received  int  // messages
	failed    bool
	stopped   bool             // there was an interrupt
	timedOut  bool             // --timeout passed
	grace     <-chan time.Time // after --timeout: when the connection is cut

	began     time.Time
	lastFrame atomic.Int64 // of a message, in either direction: nanoseconds since began
}

// timeoutGrace is how long closing may take once --timeout has passed.
const timeoutGrace = time.Second

func newSession(conn *websocket.Conn, p *plan, in *prompt, interrupts <-chan os.Signal, json bool) *session {
	s := &session{
		conn: conn, plan: p, in: in, interrupts: interrupts,
		print:     &printer{out: in.out, err: in.err, json: json},
		posts:     make(chan func()),
		over:      make(chan struct{}),
		inputOpen: true,
		began:     time.Now(),
	}
	if in.edited && in.out == in.err && !json {
		s.print.received = "< "
	}
	return s
}

// run holds the connection until it has ended. It leaves a goroutine behind
// only where standard input is still open: nothing can end a blocked read of it.
func (s *session) run() {
	defer close(s.over)
	if s.in.typed {
		s.print.say("%s", s.greeting())
	}
	lines := make(chan line, 16)
	go s.readLines(lines)
	go s.talk(lines)
	go s.listen()
	for !s.heardAll {
		var quiet <-chan time.Time
		if wait, ends := s.patience(); ends && wait <= 0 {
			s.close(s.plan.close)
		} else if ends {
			quiet = time.After(wait)
		}
		select {
		case f := <-s.posts:
			f()
		case <-quiet:
		case <-s.interrupts:
			s.interrupt()
		case <-s.plan.timeout:
			s.timeUp()
		case <-s.grace:
			s.cut()
		}
	}
}

func (s *session) greeting() string {
	text := "open"
	if subprotocol := s.conn.Subprotocol(); subprotocol != "" {
		text += ", subprotocol " + subprotocol
	}
	if extensions := s.conn.Extensions(); extensions != "" {
		text += ", " + extensions
	}
	return text + "; lines are messages, /help lists the commands, Ctrl-C closes"
}

// patience says whether the session now waits for its own end, and how long
// that is to come.
func (s *session) patience() (wait time.Duration, ends bool) {
	expects := s.plan.expect != nil
	met := expects && s.received >= *s.plan.expect
	switch {
	case s.closing:
		return 0, false
	case expects && !met:
		return 0, false // for as long as it takes
	case met && !s.inputOpen:
		return 0, true
	case s.inputOpen && !met:
		return 0, false // the input decides
	}
	return s.plan.wait - (time.Since(s.began) - time.Duration(s.lastFrame.Load())), true
}

// touch says that a frame of a message went or came.
func (s *session) touch() { s.lastFrame.Store(int64(time.Since(s.began))) }

// post has f run by the goroutine that owns the session. It reports false when
// that has ended.
func (s *session) post(f func()) bool {
	select {
	case s.posts <- f:
		return true
	case <-s.over:
		return false
	}
}

// listen posts the messages that come, and last that there are no more.
func (s *session) listen() {
	for {
		typ, data, err := s.next()
		if err != nil {
			s.post(func() { s.heardAll = true })
			return
		}
		s.post(func() {
			s.received++
			if s.print.message(typ, data); s.print.broken != nil {
				s.failed = true
				s.close(s.plan.close)
			}
		})
	}
}

// next reads a message piece by piece: a long one is a sign of life all along.
func (s *session) next() (websocket.MessageType, []byte, error) {
	typ, r, err := s.conn.NextReader(context.Background())
	if err != nil {
		return 0, nil, err
	}
	s.touch()
	data, err := io.ReadAll(touchingReader{r, s})
	return typ, data, err
}

type touchingReader struct {
	io.Reader
	session *session
}

func (r touchingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.session.touch()
	return n, err
}

// close starts the closing handshake; run goes on until it is done.
func (s *session) close(frame websocket.CloseFrame) {
	if s.closing {
		return
	}
	s.closing = true
	go s.conn.Close(frame.Code, frame.Reason) // its error is the CloseEvent
}

// cut ends the connection without waiting for the peer.
func (s *session) cut() {
	s.closing = true
	go s.conn.Abort()
}

// interrupt is Ctrl-C: close, and when that takes too long for the person, cut.
// It is the second one that cuts, not the first while closing: an editor ends
// its input with Ctrl-C too, which may be seen before the interrupt.
func (s *session) interrupt() {
	if s.stopped {
		s.cut()
		return
	}
	if s.stopped = true; s.closing && !s.in.typed {
		s.print.say("closing; Ctrl-C again cuts the connection")
	}
	s.close(websocket.CloseFrame{Code: websocket.NormalClosure})
}

// timeUp is the end of --timeout.
func (s *session) timeUp() {
	s.timedOut = true
	if s.closing {
		s.cut()
		return
	}
	s.close(s.plan.close)
	s.grace = time.After(timeoutGrace)
}

// fail closes because something went wrong on this side.
func (s *session) fail(format string, args ...any) {
	s.failed = true
	s.print.complain(format, args...)
	s.close(s.plan.close)
}

// conclude says what is wrong with how it ended, writes the CloseEvent, and
// finds the exit status.
func (s *session) conclude(p *printer) exitStatus {
	ev, _ := s.conn.CloseEvent()
	unmet := s.plan.expect != nil && s.received < *s.plan.expect
	if s.timedOut {
		p.complain("--timeout passed")
	}
	if unmet {
		p.complain("--expect: %d of %d messages came", s.received, *s.plan.expect)
	}
	p.broken = s.print.broken
	p.event(ev)
	status := statusOfEvent(ev)
	switch {
	case s.timedOut:
		return exitOther
	case status == exitNotClean:
		return status
	case s.failed, unmet, p.broken != nil:
		return exitOther
	}
	return status
}

// line is one line of the input, or the error behind the last.
type line struct {
	text []byte
	err  error
}

// readLines passes on the lines of the input. It is a goroutine of its own so
// that an editor sees Ctrl-C while a message is still being written.
func (s *session) readLines(lines chan<- line) {
	for {
		text, err := s.in.next()
		select {
		case lines <- line{text, err}:
		case <-s.over:
			return
		}
		if err != nil {
			return
		}
	}
}

// talk sends what there is to send, and then posts that this is all.
func (s *session) talk(lines <-chan line) {
	for i, text := range s.plan.send {
		if !s.send(websocket.Text, []byte(text), "--send "+strconv.Itoa(i+1)) {
			return
		}
	}
	for number := 1; ; number++ {
		var l line
		select {
		case l = <-lines:
		case <-s.over:
			return
		}
		switch {
		case l.err == io.EOF:
			s.post(s.inputEnded)
			return
		case l.err != nil:
			s.post(func() { s.fail("standard input, line %d: %v", number, l.err) })
			return
		}
		if goesOn := s.say(l.text, number); !goesOn {
			return
		}
	}
}

// inputEnded is the end of standard input.
func (s *session) inputEnded() {
	s.inputOpen = false
	s.touch() // the wait starts here, or at a later frame
	if s.in.typed {
		s.close(websocket.CloseFrame{Code: websocket.NormalClosure}) // Ctrl-D
	}
}

// say does what a line of the input asks for. It reports false when nothing can
// follow.
func (s *session) say(text []byte, number int) bool {
	if at := indexNotUTF8(text); at >= 0 {
		s.post(func() {
			complain := s.fail
			if s.in.typed {
				complain = s.print.complain
			}
			complain("standard input, line %d is not UTF-8 at byte %d: it was not sent", number, at)
		})
		return s.in.typed
	}
	if s.in.typed {
		return s.obey(text)
	}
	return s.send(websocket.Text, text, "standard input, line "+strconv.Itoa(number))
}

// obey does what a typed line asks for.
func (s *session) obey(text []byte) bool {
	o, err := parseOrder(text)
	if err != nil {
		return s.post(func() { s.print.complain("%v", err) })
	}
	switch o.verb {
	case "close":
		frame := s.plan.close
		if o.frame != nil {
			frame = *o.frame
		}
		s.post(func() { s.close(frame) })
		return false
	case "ping":
		go s.ping()
	case "help":
		return s.post(func() {
			for text := range strings.Lines(commandHelp) {
				s.print.say("%s", strings.TrimSuffix(text, "\n"))
			}
		})
	case "binary":
		data, err := readBinary(o.file)
		if err != nil {
			return s.post(func() { s.print.complain("/binary: %v", err) })
		}
		return s.send(websocket.Binary, data, "/binary "+o.file)
	default:
		return s.send(websocket.Text, o.text, "the line")
	}
	return true
}

// send writes a message. It reports false when nothing can follow.
func (s *session) send(typ websocket.MessageType, data []byte, what string) bool {
	err := s.conn.Write(context.Background(), typ, data)
	s.touch()
	if err == nil {
		return true
	}
	s.post(func() { s.print.complain("%s: not sent, the connection is closing", what) })
	return false
}

// pongWait is how long /ping waits for an answer.
const pongWait = 10 * time.Second

// ping measures the round-trip time.
func (s *session) ping() {
	ctx, cancel := context.WithTimeout(context.Background(), pongWait)
	defer cancel()
	roundTrip, err := s.conn.Ping(ctx)
	switch {
	case err == nil:
		s.post(func() { s.print.say("pong after %v", roundTrip.Round(time.Microsecond)) })
	case errors.Is(err, context.DeadlineExceeded):
		s.post(func() { s.print.say("no pong within %v", pongWait) })
	}
}
