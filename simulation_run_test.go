package websocket_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wstest"
)

// record is everything that is known of a life when it is over.
type record struct {
	script script
	began  time.Time // the time of all that follows counts from here
	dialed error     // nil when the connection opened
	steps  []wstest.Step
	frames [2][]wstest.Frame
	trace  *wstest.Trace
	ends   [2]account
}

// account is what an endpoint's application did and saw.
type account struct {
	exists  bool        // there is a Conn
	opened  int         // calls of Trace.Opened
	closed  int         // calls of Trace.Closed
	closing []beginning // calls of Trace.Closing
	ledger  *ledger     // calls of Trace.Frame and Trace.Message
	event   websocket.CloseEvent
	deeds   []result
	heard   []message
	torn    int64 // bytes of a message that a streaming reader did not get to the end of
	read    error // what reading ended with, nil when the application gave up
	faults  []string
}

// span is an interval of the simulation's time.
type span struct{ from, to time.Duration }

// result is a step that was done.
type result struct {
	step   step
	number int // of the messages of its lane
	span   span
	err    error
}

// sends reports whether the step is a message.
func (d result) sends() bool { return d.step.do == doText || d.step.do == doBinary }

// holdsTurn reports whether one message after the other goes this way.
func (d result) holdsTurn() bool { return !d.step.queued }

// message is one that was heard.
type message struct {
	typ     websocket.MessageType
	payload string
	at      time.Duration
}

// player is one endpoint's application.
type player struct {
	*account
	mind   mind
	who    wstest.Side
	steps  []step
	began  time.Time // as record.began
	birth  time.Time // when the program began: step.at counts from here
	born   chan struct{}
	conn   *websocket.Conn
	pipe   *wstest.Conn
	cancel context.CancelCauseFunc
	orders chan deed // for the server's handler

	mu sync.Mutex
}

func (a *player) now() time.Duration { return time.Since(a.began) }

func (a *player) fault(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// live plays a script in a bubble and returns its record. When the endpoints
// leave a goroutine behind, or all wait for ever, synctest panics.
func live(t *testing.T, s script) (r *record) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlay(s)
		p.open()
		p.perform()
		r = p.finish()
	})
	return r
}

// play is a life that is going on.
type play struct {
	*record
	players  [2]*player
	accepted chan *websocket.Conn
	server   *http.Server
	pipe     *wstest.Conn
}

func newPlay(s script) *play {
	p := &play{record: &record{script: s, began: time.Now()}, accepted: make(chan *websocket.Conn, 1)}
	for who := range p.players {
		p.ends[who].ledger = &ledger{}
		a := &player{account: &p.ends[who], mind: s.ends[who], who: wstest.Side(who), began: p.began, born: make(chan struct{}), orders: make(chan deed, 1)}
		for _, step := range s.steps {
			if step.who == a.who {
				a.steps = append(a.steps, step)
			}
		}
		p.players[who] = a
	}
	return p
}

// open lets the client dial the server, through net/http on both sides.
func (p *play) open() {
	client, server := p.players[wstest.Client], p.players[wstest.Server]
	var contexts [2]context.Context
	for who, a := range p.players {
		contexts[who], a.cancel = context.WithCancelCause(background)
	}
	accept := &websocket.AcceptOptions{Context: contexts[1], Trace: server.trace(), Limits: server.mind.limits, SendQueue: server.mind.queue}
	if code := server.mind.answer; code != 0 {
		accept.AnswerClose = func(websocket.CloseFrame) websocket.CloseFrame { return websocket.CloseFrame{Code: code} }
	}
	l := wstest.NewListener(p.script.faults...)
	p.server = &http.Server{Handler: server.handler(p.accepted, accept)}
	if server.mind.direct {
		go p.server.Serve(websocket.Direct(l, map[string]http.Handler{"/": p.server.Handler}))
	} else {
		go p.server.Serve(l)
	}
	dial := &websocket.DialOptions{
		Context: contexts[0], Trace: client.trace(), Limits: client.mind.limits, SendQueue: client.mind.queue,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := l.DialContext(ctx, network, address)
			p.pipe = conn.(*wstest.Conn)
			p.record.trace = p.pipe.Record()
			return conn, err
		},
	}
	client.conn, p.dialed = client.dial(dial)
	// When the client has given up, the server may still get its request.
	select {
	case server.conn = <-p.accepted:
	case <-time.After(time.Minute):
	}
	for _, a := range p.players {
		a.exists, a.birth, a.pipe = a.conn != nil, time.Now(), p.pipe
		close(a.born)
	}
}

func (a *player) trace() websocket.Trace {
	return websocket.Trace{
		Opened: func(*websocket.Conn) { a.opened++ },
		Frame:  a.ledger.frame, Message: a.ledger.message,
		Closing: func(_ *websocket.Conn, by protocol.Initiator, frame websocket.CloseFrame) {
			a.closing = append(a.closing, beginning{by, frame, a.closed})
		},
		Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			a.closed++
			a.event = ev
		},
		Panicked: func(*websocket.Conn, any, []byte) {},
	}
}

// handler is the server's: in the style of its application.
func (a *player) handler(accepted chan<- *websocket.Conn, opts *websocket.AcceptOptions) http.Handler {
	if a.mind.style == listens {
		events := a.events()
		events.OnOpen = func(c *websocket.Conn) { accepted <- c }
		return events.Handler(opts)
	}
	return websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		select {
		case order := <-a.orders:
			if order == doPanic {
				panic("as the script says")
			}
		case <-c.Done():
		}
	}, opts)
}

func (a *player) dial(opts *websocket.DialOptions) (*websocket.Conn, error) {
	if a.mind.style == listens {
		return a.events().Dial(background, "ws://test/", opts)
	}
	return websocket.Dial(background, "ws://test/", opts)
}

// events are the listeners of the event style.
func (a *player) events() websocket.Events {
	ended := false
	return websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			<-a.born
			if ended {
				a.fault("OnMessage behind OnClose")
			}
			a.heard = append(a.heard, message{typ, string(p), a.now()})
			a.rest()
		},
		OnError: func(_ *websocket.Conn, err error) {
			if ended {
				a.fault("OnError behind OnClose")
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			a.account.read = err
		},
		OnClose: func(c *websocket.Conn, ev websocket.CloseEvent) {
			if known, ok := c.CloseEvent(); ended || !ok || known != ev {
				a.fault("OnClose with %v, second %t", ev, ended)
			}
			ended = true
		},
	}
}

// perform lets all lanes do their steps, and then sees to it that the connection
// ends.
func (p *play) perform() {
	var last time.Duration
	for _, s := range p.script.steps {
		last = max(last, s.at)
	}
	var all sync.WaitGroup
	for _, a := range p.players {
		if a.conn == nil {
			continue
		}
		for l := range lanes {
			if l == laneReader && a.mind.style != listens {
				all.Go(a.listen)
			} else if l != laneReader {
				all.Go(func() { a.perform(l) })
			}
		}
		// Whatever the script says, the connection ends in the end.
		finale := step{at: (last + 2*time.Minute).Truncate(tick) + time.Duration(a.who)*time.Minute + residue(a.who, laneCloser), who: a.who, lane: laneCloser, do: doClose, code: 1000}
		all.Go(func() { a.do(finale, 0) })
	}
	all.Wait()
}

// perform does the steps of one lane.
func (a *player) perform(l lane) {
	number := 0
	for _, s := range a.steps {
		if s.lane == l {
			a.do(s, number)
			number++
		}
	}
}

// wait waits until an instant of the program, or when it has passed for the next
// instant of the lane.
func (a *player) wait(at time.Duration, l lane) {
	age := time.Since(a.birth)
	if at < age {
		at = age.Truncate(tick) + tick + residue(a.who, l)
	}
	time.Sleep(at - age)
}

func (a *player) do(s step, number int) {
	a.wait(s.at, s.lane)
	ctx, cancel := background, context.CancelFunc(func() {})
	if s.within > 0 {
		ctx, cancel = context.WithTimeout(background, s.within)
	}
	defer cancel()
	_, over := a.conn.CloseEvent()
	before := a.now()
	var err error
	switch s.do {
	case doText, doBinary:
		err = a.write(ctx, s, number)
	case doPing:
		_, err = a.conn.Ping(ctx)
	case doClose:
		err = a.conn.Close(s.code, s.reason)
	case doCloseEmpty:
		err = a.conn.CloseEmpty()
	case doAbort:
		a.conn.Abort()
	case doShutdown:
		if s.code != 0 {
			a.cancel(websocket.CloseFrame{Code: s.code, Reason: s.reason})
		} else {
			a.cancel(nil)
		}
	case doPanic, doReturn:
		select {
		case a.orders <- s.do:
		default: // there was an order before
		}
	case doNet:
		a.pipe.Inject(wstest.Fault{From: s.who, Effect: s.fault})
	}
	if over && a.now() != before {
		a.fault("%v waited behind the end", s)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deeds = append(a.deeds, result{s, number, span{before, a.now()}, err})
}

func (a *player) write(ctx context.Context, s step, number int) error {
	typ := websocket.Text
	if s.do == doBinary {
		typ = websocket.Binary
	}
	p := payload(s, number)
	if s.queued {
		return a.conn.Send(ctx, typ, p)
	}
	if s.pieces == 0 {
		return a.conn.Write(ctx, typ, p)
	}
	w, err := a.conn.NextWriter(ctx, typ)
	for i := range s.pieces {
		if err != nil {
			return err
		}
		if s.pause > 0 && i > 0 {
			a.wait(time.Since(a.birth)+s.pause, s.lane)
		}
		n := len(p) / (s.pieces - i)
		_, err = w.Write(p[:n])
		p = p[n:]
	}
	if err == nil {
		err = w.Close()
	}
	return err
}

// messageID is how the number-th message of a lane begins, in idBytes.
func messageID(l lane, number int) string {
	return string([]byte{'0' + byte(l), '0' + byte(number/64), '0' + byte(number%64)})
}

const idBytes = 3

// payload is the message that a step sends: its lane and its number, as far as
// there is room, and then some text.
func payload(s step, number int) []byte {
	id := messageID(s.lane, number)
	if s.size <= len(id) && s.lane == laneWriter { // the other's must be told from these
		return []byte(id[:s.size])
	}
	const filling = "é€𝄞 and so on. "
	room := max(0, s.size-len(id))
	whole := strings.Repeat(filling, room/len(filling))
	return []byte(id + whole + strings.Repeat("x", room-len(whole)))
}

// rest lets the pause pass in which the program is, if any. One without an end
// lasts as long as the connection.
func (a *player) rest() {
	for _, s := range a.steps {
		age := time.Since(a.birth)
		switch {
		case s.do != doPause || s.at > age:
		case s.pause == 0:
			<-a.conn.Done()
		case s.at+s.pause > age:
			select {
			case <-a.conn.Done():
			case <-time.After(s.at + s.pause - age):
			}
		}
	}
}

// listen reads until the connection has ended, pauses aside.
func (a *player) listen() {
	buffer := make([]byte, 1000)
	for {
		a.rest()
		var err error
		if a.mind.style == streams {
			err = a.stream(buffer)
		} else {
			err = a.receive()
		}
		if errors.Is(err, net.ErrClosed) {
			a.account.read = err
			return
		}
	}
}

// receive reads one message, or until the next pause begins.
func (a *player) receive() error {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	for _, s := range a.steps {
		if left := s.at - time.Since(a.birth); s.do == doPause && left > 0 {
			ctx, cancel = context.WithTimeout(ctx, left)
			defer cancel()
		}
	}
	typ, p, err := a.conn.Read(ctx)
	if err == nil {
		a.heard = append(a.heard, message{typ, string(p), a.now()})
	}
	return err
}

func (a *player) stream(buffer []byte) error {
	typ, r, err := a.conn.NextReader(background)
	if err != nil {
		return err
	}
	var p []byte
	for {
		n, err := r.Read(buffer)
		p = append(p, buffer[:n]...)
		if err == io.EOF {
			a.heard = append(a.heard, message{typ, string(p), a.now()})
			return nil
		}
		if err != nil {
			a.torn = int64(len(p))
			return err
		}
		a.rest()
	}
}

// finish waits for both ends, and for an hour in which nothing may happen.
func (p *play) finish() *record {
	for _, a := range p.players {
		if a.conn != nil {
			<-a.conn.Done()
			known, _ := a.conn.CloseEvent()
			if known != a.event {
				a.fault("Trace.Closed was told of %v, CloseEvent says %v", a.event, known)
			}
			a.afterwards()
		}
	}
	p.server.Close()
	synctest.Wait()
	quiet := len(p.record.trace.Steps())
	time.Sleep(time.Hour)
	if n := len(p.record.trace.Steps()); n != quiet {
		p.players[0].fault("%d steps on the pipe behind the end", n-quiet)
	}
	p.steps = p.record.trace.Steps()
	for who := range p.frames {
		p.frames[who] = p.record.trace.Frames(wstest.Side(who))
		slices.SortStableFunc(p.ends[who].deeds, func(x, y result) int { return cmp.Compare(x.span.from, y.span.from) })
	}
	return p.record
}

// afterwards asserts what every method gives behind the end.
func (a *player) afterwards() {
	start := a.now()
	_, ping := a.conn.Ping(background)
	a.mu.Lock()
	read := a.account.read
	a.mu.Unlock()
	for name, err := range map[string]error{
		"Write": a.conn.Write(background, websocket.Text, nil), "Send": a.conn.Send(background, websocket.Text, nil), "Close": a.conn.Close(1000, ""), "Ping": ping, "reading": read,
	} {
		var closed *websocket.CloseError
		if name == "reading" && (err == nil || a.mind.style == listens && err != nil) {
			continue
		}
		if !errors.As(err, &closed) || closed.Event != a.event {
			a.fault("%s gives %v behind the end", name, err)
		}
	}
	if a.now() != start {
		a.fault("a call waited behind the end")
	}
	if n := a.conn.BufferedAmount(); n != 0 {
		a.fault("%d bytes wait behind the end", n)
	}
}
