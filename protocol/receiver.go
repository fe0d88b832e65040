package protocol

import (
	"math"

	"github.com/onclose/websocket/wire"
)

// Limits bound what a Receiver takes. In each field 0 means the default and
// NoLimit no bound.
type Limits struct {
	MessageBytes   int64 // payload of one message, default 1 MiB
	Fragments      int   // frames of one message, default 131,072
	EmptyFragments int   // frames of one message without payload in a row, default 64

	// How much may come in a second, and at once: default no bound. Bytes are all
	// bytes of frames.
	MessagesPerSecond, BytesPerSecond int64
}

// The defaults of Limits.
const (
	DefaultMessageBytes   = 1 << 20
	DefaultFragments      = 131072
	DefaultEmptyFragments = 64
)

// NoLimit switches a bound off. Memory then is the peer's to spend.
const NoLimit = -1

func (l Limits) withDefaults() Limits {
	return Limits{
		MessageBytes:   bound(l.MessageBytes, DefaultMessageBytes, math.MaxInt64),
		Fragments:      bound(l.Fragments, DefaultFragments, math.MaxInt),
		EmptyFragments: bound(l.EmptyFragments, DefaultEmptyFragments, math.MaxInt),

		MessagesPerSecond: max(0, l.MessagesPerSecond),
		BytesPerSecond:    max(0, l.BytesPerSecond),
	}
}

func bound[N int | int64](n, standard, unlimited N) N {
	switch {
	case n == 0:
		return standard
	case n < 0:
		return unlimited
	}
	return n
}

// Kind says what an Event is.
type Kind uint8

// The kinds of events.
const (
	// NeedMore: the bytes given do not suffice for an event.
	NeedMore Kind = iota
	// Data is a piece of a message's payload: Opcode, Payload and Fin are set.
	Data
	// Ping and Pong are control frames: Payload is set, 0 to 125 bytes.
	Ping
	Pong
	// Close is the peer's Close frame: Payload is set, 0 to 125 bytes, and not
	// yet judged. Everything behind it is taken and dropped.
	Close
	// Violated: the peer broke a rule; Violation is set, and Opcode and Payload
	// for the good bytes of a message before its first bad one. Everything
	// behind it is taken and dropped.
	Violated
)

// Event is what a Receiver found.
type Event struct {
	Kind   Kind
	Opcode wire.Opcode // of Data: Text or Binary, also for continuation frames
	Fin    bool        // of Data: the message ends with this piece
	// Payload aliases the bytes given to Receive, unmasked in place, or memory of
	// the Inflater. It is valid until the next Receive.
	Payload   []byte
	Placed    bool // Payload lies in the memory that was given to Place
	Violation *Violation
}

// Receiver parses the frames of one peer. One goroutine at a time may use it.
type Receiver struct {
	// What every message asks for stands first, in one line of the processor's cache.
	role       Role
	state      receiverState
	masked     bool        // the frame whose payload is being received
	fin        bool        // that one is its message's last
	opcode     wire.Opcode // of the message that frames belong to; Continuation between messages
	compressed bool        // that message is
	placed     bool        // place is set

	left   int64                     // payload bytes of the frame still to come
	size   int64                     // payload announced by the message's frames so far
	offset int64                     // bytes taken since the opening handshake
	told   func(wire.Header, []byte) // see TellFrames
	rates  *rates                    // nil: none is limited
	limits Limits

	done    int64 // payload bytes of the frame taken
	key     uint32
	text    wire.UTF8
	frames  int    // of the message
	empties int    // frames without payload in a row
	place   []byte // see Place

	// Compressed messages; see compressed.go.
	inflater Inflater
	inflated int64 // payload of the message returned so far
	frameAt  int64 // offset of the frame
	clear    int   // bytes at the front of what comes next that are unmasked already
}

type receiverState uint8

const (
	atHeader  receiverState = iota
	inPayload               // of a data frame
	finished                // after Close or Violated: drop what comes
)

// Init makes r ready for a new connection on which this endpoint plays role.
func (r *Receiver) Init(role Role, limits Limits) {
	limits = limits.withDefaults()
	*r = Receiver{role: role, limits: limits, rates: limits.rates()}
}

// TellFrames has f called for every frame whose header breaks no rule: when the
// header of a data frame has come, before its payload, and when a control frame
// has come whole, with its payload, which f must not keep. A frame that
// goes over a limit is among them; what comes behind a Close frame or a violation
// is not.
func (r *Receiver) TellFrames(f func(h wire.Header, control []byte)) { r.told = f }

// Sizes are the lengths of the message that came last, in bytes, right behind its
// last piece: its own, and that of the payload of its frames, which is another
// when it was compressed.
func (r *Receiver) Sizes() (size, framed int64) {
	if r.compressed {
		return r.inflated, r.size
	}
	return r.size, r.size
}

// Left is how many payload bytes of the data frame being received are still to
// come and may be read straight into their destination, and then given to
// Receive; 0 between frames, and in a message that is compressed.
func (r *Receiver) Left() int64 {
	if r.state != inPayload || r.compressed {
		return 0
	}
	return r.left
}

// InFrame reports whether the bytes taken so far end inside a data frame's
// payload, and InMessage whether they end inside a message. (Bytes of a header
// or a control frame are not taken before they are complete.)
func (r *Receiver) InFrame() bool { return r.state == inPayload }

// InMessage reports whether the bytes taken so far end inside a message.
func (r *Receiver) InMessage() bool { return r.opcode != wire.Continuation }

// FrameOffset is where the data frame or the Close frame that came last begins in the
// stream of bytes received since the opening handshake.
func (r *Receiver) FrameOffset() int64 { return r.frameAt }

// Message is the type of the message whose fragments are being received, or
// Continuation between messages.
func (r *Receiver) Message() wire.Opcode { return r.opcode }

// Ended reports whether everything that still comes is dropped: a Close frame
// came, or a rule was broken.
func (r *Receiver) Ended() bool { return r.state == finished }

// Place gives memory in which the payload of the next event may be left: it is used
// for a data frame that is not compressed, and then the bytes given to Receive are
// not changed. What a frame is longer than the memory comes with another event.
func (r *Receiver) Place(memory []byte) { r.place, r.placed = memory, true }

// Receive takes n bytes from the front of p and returns at most one event. When
// n is 0 and the kind NeedMore, call again with more bytes behind the same
// ones: a header and a control frame are only taken whole, so p must be able to
// grow to 139 bytes. A data frame's payload is taken as it comes.
func (r *Receiver) Receive(p []byte) (ev Event, n int) {
	switch r.state {
	case atHeader:
		if ev, n = r.receiveShort(p); n == 0 {
			ev, n = r.receiveFrame(p)
		}
	case inPayload:
		ev, n = r.receivePayload(p)
	case finished:
		n = len(p)
	}
	r.offset += int64(n)
	if r.placed {
		r.place, r.placed = nil, false
	}
	if r.rates != nil {
		ev = r.spend(ev, n)
	}
	return ev, n
}

// receiveFrame takes a header, and with it the payload of a control frame or
// what is there of a data frame's.
func (r *Receiver) receiveFrame(p []byte) (Event, int) {
	h, n, rule := wire.ParseHeader(p)
	switch rule = r.judge(h, len(p), rule); rule {
	case 0:
	case wire.RuleReservedOpcode:
		return r.violate(rule, int64(h.Opcode), 0), 0
	default:
		return r.violate(rule, 0, 0), 0
	}
	if n == 0 {
		return Event{}, 0
	}
	if h.Opcode.Control() {
		return r.receiveControl(h, p, n)
	}
	if ev, broken := r.startFrame(h); broken {
		return ev, 0
	}
	// What receivePayload finds at p[n:] stands n bytes behind the offset.
	r.offset += int64(n)
	ev, m := r.receivePayload(p[n:])
	r.offset -= int64(n)
	return ev, n + m
}

// judge looks for the first broken rule in the part of a header that is there,
// size bytes of it: what the first byte breaks comes before what the second
// breaks, so the verdict is the same however the bytes were cut.
func (r *Receiver) judge(h wire.Header, size int, encoding wire.Rule) wire.Rule {
	switch {
	case size == 0:
		return 0
	case encoding == wire.RuleReservedOpcode:
		return encoding
	case r.judgeReserved(h) != 0:
		return r.judgeReserved(h)
	case encoding == wire.RuleControlFragmented:
		return encoding
	case h.Opcode == wire.Continuation && !r.InMessage():
		return wire.RuleContinuationWithoutStart
	case (h.Opcode == wire.Text || h.Opcode == wire.Binary) && r.InMessage():
		return wire.RuleMessageInsideMessage
	case size == 1:
		return 0
	case r.role == Server && !h.Masked:
		// "The server MUST close the connection upon receiving a frame that is
		// not masked."
		return wire.RuleUnmasked
	case r.role == Client && h.Masked:
		// "A client MUST close a connection if it detects a masked frame."
		return wire.RuleMasked
	}
	return encoding
}

// receiveControl takes a control frame when all of it is there.
func (r *Receiver) receiveControl(h wire.Header, p []byte, n int) (Event, int) {
	end := n + int(h.Length)
	if len(p) < end {
		return Event{}, 0
	}
	payload := p[n:end:end]
	if h.Masked {
		wire.Mask(payload, h.Key, 0)
	}
	if r.told != nil {
		r.told(h, payload)
	}
	ev := Event{Payload: payload}
	switch h.Opcode {
	case wire.Ping:
		ev.Kind = Ping
	case wire.Pong:
		ev.Kind = Pong
	case wire.Close:
		// "After receiving a control frame indicating the connection should be
		// closed, a peer discards any further data received." (section 1.4)
		ev.Kind, r.frameAt, r.state = Close, r.offset, finished
	}
	return ev, end
}

// startFrame enters a data frame, after comparing what it announces with the
// limits: nothing is converted, added or allocated before.
func (r *Receiver) startFrame(h wire.Header) (ev Event, broken bool) {
	if r.told != nil {
		r.told(h, nil)
	}
	if h.Opcode != wire.Continuation {
		r.opcode, r.compressed = h.Opcode, h.RSV == wire.RSV1
		r.size, r.inflated = 0, 0
	}
	if limit := r.mayAnnounce(); h.Length > limit-r.size {
		announced := r.size + h.Length
		if announced < 0 {
			announced = math.MaxInt64
		}
		return r.violate(wire.RuleMessageTooBig, announced, limit), true
	}
	if r.frames++; r.frames > r.limits.Fragments {
		return r.violate(wire.RuleTooManyFragments, int64(r.frames), int64(r.limits.Fragments)), true
	}
	if h.Length > 0 {
		r.empties = 0
	} else if r.empties++; r.empties > r.limits.EmptyFragments {
		return r.violate(wire.RuleTooManyEmptyFragments, int64(r.empties), int64(r.limits.EmptyFragments)), true
	}
	r.size += h.Length
	r.left, r.done, r.key, r.masked, r.fin = h.Length, 0, h.Key, h.Masked, h.Fin
	r.state, r.frameAt = inPayload, r.offset
	return Event{}, false
}

// receivePayload takes what is there of a data frame's payload, up to the first
// byte that is not UTF-8.
func (r *Receiver) receivePayload(p []byte) (Event, int) {
	if r.compressed {
		return r.receiveCompressed(p)
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	if len(p) == 0 && r.left > 0 {
		return Event{}, 0
	}
	place, placed := p, len(r.place) > 0
	if placed {
		p = p[:min(len(p), len(r.place))]
		place = r.place[:len(p)]
	}
	if bad := r.unmask(place, p); bad >= 0 {
		return r.violateText(place[:bad:bad]), bad
	}
	r.done += int64(len(p))
	r.left -= int64(len(p))
	ev := Event{Kind: Data, Opcode: r.opcode, Payload: place, Placed: placed}
	if r.left > 0 {
		return ev, len(p)
	}
	r.state = atHeader
	if !r.fin {
		return ev, len(p)
	}
	return r.endMessage(ev), len(p)
}

// nearBytes is how much payload is unmasked and checked at a time: what stays in the
// nearest cache of a processor.
const nearBytes = 16 << 10

// unmask puts the payload p where it belongs, which may be where it is, and finds
// the first byte that is not UTF-8, or -1.
func (r *Receiver) unmask(place, p []byte) (bad int) {
	if r.opcode != wire.Text {
		wire.MaskTo(place, p, r.key, r.done)
		return -1
	}
	for at := 0; at < len(p); at += nearBytes {
		piece := p[at:min(at+nearBytes, len(p))]
		wire.MaskTo(place[at:], piece, r.key, r.done+int64(at))
		if bad := r.text.Check(place[at : at+len(piece)]); bad >= 0 {
			return at + bad
		}
	}
	return -1
}

// endMessage makes ev the last piece of the message.
func (r *Receiver) endMessage(ev Event) Event {
	if r.opcode == wire.Text && !r.text.Whole() {
		// Every byte was good so far; the end of the message is what is wrong.
		return r.violateText(ev.Payload)
	}
	ev.Fin = true
	r.state = atHeader
	r.opcode, r.frames, r.empties = wire.Continuation, 0, 0
	return ev
}

// violateText ends the Receiver behind the good bytes of a text.
func (r *Receiver) violateText(good []byte) Event {
	v := &Violation{Rule: wire.RuleTextUTF8, Offset: r.offset + int64(len(good))}
	return r.violateMessage(v, good)
}

// violate ends the Receiver: the frame at the offset broke the rule.
func (r *Receiver) violate(rule wire.Rule, got, limit int64) Event {
	r.state = finished
	return Event{Kind: Violated, Violation: &Violation{Rule: rule, Offset: r.offset, Got: got, Limit: limit}}
}

// violateMessage ends the Receiver behind what was good of a message.
func (r *Receiver) violateMessage(v *Violation, good []byte) Event {
	if r.state = finished; r.compressed {
		v.Offset = r.frameAt
	}
	return Event{Kind: Violated, Violation: v, Opcode: r.opcode, Payload: good}
}
