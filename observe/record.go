package observe

import (
	"io"
	"sync"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// RecordOptions are the options of Record. The zero value of each field is its
// default.
type RecordOptions struct {
	// Frames is how many of the last frames of a connection are kept: default 32.
	// Each takes 152 bytes, so a connection costs at most 5 KiB, and nothing
	// before its first frame.
	Frames int
	// PerSecond bounds the recordings of one kind of end in one second: default
	// 20, as LogOptions has it.
	PerSecond int
	// Clean also writes the recordings of clean ends.
	Clean bool
}

// Record is a flight recorder. It keeps the last frames of every connection and,
// when one does not end cleanly or a Dial fails, calls write with them and the
// CloseEvent: JSONLines writes a line of JSON, which onclose why reads, and
//
//	func(r observe.Recording) { logger.Warn("websocket recording", "recording", r) }
//
// a record of slog. Of data frames the headers alone are kept, since their payload
// may hold secrets; of control frames the payload too. write may be called by
// several goroutines at once and should not block: the end of the connection waits
// for it. Nil options are the defaults.
//
// A frame that was sent is told when the transport has taken it whole, so the
// answer to it may stand before it.
func Record(write func(Recording), opts *RecordOptions) websocket.Trace {
	if opts == nil {
		opts = &RecordOptions{}
	}
	r := &recorder{write: write, frames: opts.Frames, clean: opts.Clean, sampler: newSampler(opts.PerSecond)}
	if r.frames <= 0 {
		r.frames = defaultFrames
	}
	return websocket.Trace{Opened: r.opened, Frame: r.frame, Closed: r.closed}
}

const defaultFrames = 32

// JSONLines is for Record: it writes every recording to w as one line of JSON, with
// one Write each. Errors of w are dropped.
func JSONLines(w io.Writer) func(Recording) {
	var mu sync.Mutex
	return func(r Recording) {
		line, err := r.MarshalJSON()
		if err != nil {
			return // a CloseEvent can be written
		}
		mu.Lock()
		defer mu.Unlock()
		w.Write(append(line, '\n'))
	}
}

// recorder is what Record's hooks share.
type recorder struct {
	write  func(Recording)
	frames int
	clean  bool
	*sampler

	rings sync.Map // a *ring for each *websocket.Conn that is open
}

// ring holds the last frames of a connection.
type ring struct {
	mu     sync.Mutex
	frames []entry
	count  int64 // of all frames; the next takes the place count mod length
}

// entry is a frame as it is kept: small, and without pointers.
type entry struct {
	at      int64 // as time.UnixNano has it
	length  int64
	opcode  wire.Opcode
	rsv     byte
	fin     bool
	sent    bool
	size    uint8 // of payload
	payload [wire.MaxControl]byte
}

func (r *recorder) opened(c *websocket.Conn) { r.rings.Store(c, &ring{}) }

func (r *recorder) frame(c *websocket.Conn, d protocol.Direction, h wire.Header, control []byte) {
	known, ok := r.rings.Load(c)
	if !ok {
		return // its end has been told
	}
	e := entry{at: time.Now().UnixNano(), length: h.Length, opcode: h.Opcode, rsv: h.RSV, fin: h.Fin, sent: d == protocol.Sent}
	e.size = uint8(copy(e.payload[:], control))
	known.(*ring).put(e, r.frames)
}

// put keeps a frame, in place of the oldest when there are most already.
func (r *ring) put(e entry, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.frames) < most {
		r.frames = append(r.frames, e)
	} else {
		r.frames[r.count%int64(most)] = e
	}
	r.count++
}

func (r *recorder) closed(c *websocket.Conn, ev websocket.CloseEvent) {
	known, ok := r.rings.LoadAndDelete(c)
	if ev.WasClean && !r.clean {
		return
	}
	leftOut, admitted := r.admit(kindOf(ev), time.Now())
	if !admitted {
		return
	}
	recording := Recording{Event: ev, LeftOut: leftOut}
	if ok {
		recording.Frames, recording.Forgotten = known.(*ring).unroll()
	}
	r.write(recording)
}

// unroll is the frames, oldest first, and how many came before them.
func (r *ring) unroll() (frames []RecordedFrame, forgotten int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := int64(len(r.frames))
	for i := r.count - kept; i < r.count; i++ {
		frames = append(frames, r.frames[i%kept].frame())
	}
	return frames, r.count - kept
}

func (e entry) frame() RecordedFrame {
	f := RecordedFrame{At: time.Unix(0, e.at).UTC(), Direction: protocol.Received, Opcode: e.opcode, Fin: e.fin, RSV: e.rsv, Length: e.length}
	if e.sent {
		f.Direction = protocol.Sent
	}
	if e.opcode.Control() {
		f.Payload = e.payload[:e.size]
	}
	return f
}
