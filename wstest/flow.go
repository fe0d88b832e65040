package wstest

import (
	"io"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// pipeBytes is how much one direction of a pipe holds before a write blocks,
// unless it is narrowed.
const pipeBytes = 64 << 10

// flow is one direction of a pipe:
//
//	write -> on its way (flight) -> arrived (bytes) -> read
//
// All of it is under pipe.mu.
type flow struct {
	pipe    *pipe
	from    Side
	changed sync.Cond

	// Where the bytes enter.
	written  int64 // how many have been
	writeErr error
	writers  deadline
	coming   []Fault // those that have not happened, in the order of their offsets

	// What has happened to the direction.
	room    int           // bytes that it holds
	latency time.Duration // how long a byte is on its way
	stall   time.Duration // how much longer the next one is
	holding bool          // nothing arrives until heal
	lost    bool          // nothing arrives ever again
	segment int           // bytes of a segment; 0 means that reads see no segments
	gap     time.Duration // between two segments

	// On its way.
	underway int       // bytes
	latest   time.Time // when the newest arrives
	held     []parcel

	// Where they leave.
	bytes   []byte  // arrived and not yet read
	taken   int64   // how many have been read
	cuts    []int64 // offsets that no Read goes beyond
	readErr error   // behind the last byte
	readers deadline
}

func (f *flow) init(p *pipe, from Side) {
	f.pipe, f.from, f.room = p, from, pipeBytes
	f.changed.L = &p.mu
	f.readers.flow, f.writers.flow = f, f
}

func (f *flow) write(p []byte) (n int, err error) {
	f.pipe.mu.Lock()
	defer f.pipe.mu.Unlock()
	for {
		switch {
		case n > 0 && n == len(p):
			return n, nil
		case f.writeErr != nil:
			return n, f.writeErr
		case f.writers.passed:
			return n, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		}
		room := f.free()
		if room <= 0 {
			f.changed.Wait()
			continue
		}
		piece := p[n:][:min(len(p)-n, room)]
		f.take(piece)
		n += len(piece)
	}
}

// free is how many bytes may be written now, up to the next fault.
func (f *flow) free() int {
	free := f.room - f.underway - len(f.bytes)
	if f.lost {
		free = math.MaxInt32
	}
	if len(f.coming) > 0 {
		free = int(min(int64(free), f.coming[0].At-f.written))
	}
	return free
}

// take lets bytes that were written into the pipe.
func (f *flow) take(piece []byte) {
	f.pipe.trace.wrote(f, piece)
	f.written += int64(len(piece))
	for len(piece) > 0 && !f.lost {
		n := len(piece)
		if f.segment > 0 {
			n = min(n, f.segment)
		}
		f.send(parcel{flow: f, data: piece[:n], apart: f.segment > 0})
		piece = piece[n:]
	}
	f.strike()
}

// send puts a parcel on its way.
func (f *flow) send(x parcel) {
	if f.holding {
		x.data = slices.Clone(x.data)
		f.underway += len(x.data)
		f.held = append(f.held, x)
		return
	}
	now := time.Now()
	x.at = now.Add(f.latency)
	if next := f.latest.Add(f.gap); x.at.Before(next) {
		x.at = next // nothing overtakes
	}
	x.at = x.at.Add(f.stall)
	f.latest, f.stall = x.at, 0
	switch {
	case x.at.After(now):
		x.data = slices.Clone(x.data)
		f.underway += len(x.data)
		f.pipe.flight.add(f.pipe, x)
	default:
		f.land(x)
	}
}

func (f *flow) heal() {
	held := f.held
	f.holding, f.held = false, nil
	for _, x := range held {
		f.underway -= len(x.data)
		f.send(x)
	}
}

// land is the arrival of a parcel.
func (f *flow) land(x parcel) {
	back := &f.pipe.flows[f.from.other()]
	switch {
	case x.reset:
		f.pipe.trace.note(f, ResetArrived, f.taken, int64(len(f.bytes)))
		f.kill()
		back.refuse(syscall.ECONNRESET)
		if x.both {
			f.refuse(syscall.ECONNRESET)
			back.kill()
		}
	case x.end != nil:
		if f.readErr == nil {
			f.pipe.trace.note(f, EndArrived, f.taken+int64(len(f.bytes)), 0)
			f.readErr = x.end
		}
	case x.refusal:
		back.refuse(syscall.EPIPE)
	case f.readErr == net.ErrClosed:
		if !back.lost {
			back.send(parcel{flow: back, refusal: true}) // TCP answers with a reset
		}
	case f.readErr == nil:
		f.pipe.trace.note(f, Arrived, f.taken+int64(len(f.bytes)), int64(len(x.data)))
		if x.apart {
			f.cut()
		}
		f.bytes = append(f.bytes, x.data...)
		if x.apart {
			f.cut()
		}
	}
	f.changed.Broadcast()
}

// cut keeps reads from joining what has arrived with what will.
func (f *flow) cut() {
	if len(f.bytes) > 0 {
		f.cuts = append(f.cuts, f.taken+int64(len(f.bytes)))
	}
}

func (f *flow) read(p []byte) (int, error) {
	f.pipe.mu.Lock()
	defer f.pipe.mu.Unlock()
	for {
		switch {
		case f.readErr == net.ErrClosed:
			return 0, f.readErr
		case f.readers.passed:
			return 0, os.ErrDeadlineExceeded
		case len(f.bytes) > 0:
			return f.hand(p), nil
		case f.readErr != nil:
			return 0, f.readErr
		case len(p) == 0:
			return 0, nil
		}
		f.changed.Wait()
	}
}

// hand moves bytes to a reader, not beyond a cut.
func (f *flow) hand(p []byte) int {
	n := min(len(p), len(f.bytes))
	if len(f.cuts) > 0 {
		n = int(min(int64(n), f.cuts[0]-f.taken))
	}
	copy(p, f.bytes[:n])
	f.bytes = f.bytes[n:]
	f.taken += int64(n)
	for len(f.cuts) > 0 && f.cuts[0] == f.taken {
		f.cuts = f.cuts[1:]
	}
	f.changed.Broadcast()
	return n
}

// finish ends the direction in order: reads end with end behind the last byte,
// and writes with writeErr. The first call counts, but closing one's own end is
// always seen.
func (f *flow) finish(end, writeErr error) {
	if f.writeErr == nil {
		f.pipe.trace.note(f, Ended, f.written, 0)
		if !f.lost {
			f.send(parcel{flow: f, end: end})
		}
	}
	f.refuse(writeErr)
}

// refuse makes writes fail. The first reason counts, but closing one's own end
// is always seen.
func (f *flow) refuse(err error) {
	if f.writeErr == nil || err == net.ErrClosed {
		f.writeErr = err
	}
	f.changed.Broadcast()
}

// abandon is the end of reading at the reader's own wish.
func (f *flow) abandon() {
	f.readErr, f.bytes, f.cuts = net.ErrClosed, nil, nil
	f.changed.Broadcast()
}

// sendReset ends the direction at the wish of the writer, without order.
func (f *flow) sendReset() {
	if f.writeErr == nil || f.readErr == nil {
		f.pipe.trace.note(f, ResetSent, f.written, 0)
	}
	f.refuse(syscall.ECONNRESET)
	if !f.lost {
		f.send(parcel{flow: f, reset: true})
	}
}

// kill is a reset where it is read: nothing arrives any more.
func (f *flow) kill() {
	f.bytes, f.cuts = nil, nil
	if f.readErr != net.ErrClosed {
		f.readErr = syscall.ECONNRESET
	}
	f.changed.Broadcast()
}

// inject lets a fault come.
func (f *flow) inject(fault Fault) {
	fault.At += f.written
	at, _ := slices.BinarySearchFunc(f.coming, fault.At+1, func(x Fault, at int64) int { return int(x.At - at) })
	f.coming = slices.Insert(f.coming, at, fault)
	f.strike()
}

// strike lets the faults happen whose offset is reached.
func (f *flow) strike() {
	for len(f.coming) > 0 && f.coming[0].At <= f.written && f.writeErr == nil {
		fault := f.coming[0]
		f.coming = f.coming[1:]
		f.pipe.trace.struck(f, fault)
		f.suffer(fault)
	}
}

func (f *flow) suffer(fault Fault) {
	switch fault.Effect {
	case Delay:
		f.latency = fault.For
	case Split:
		f.segment, f.gap = fault.Bytes, fault.For
	case Stall:
		f.stall, f.holding = fault.For, f.holding || fault.For == 0
	case Narrow:
		f.room = fault.Bytes
	case HalfClose:
		f.finish(io.EOF, syscall.EPIPE)
	case Truncate:
		f.finish(io.ErrUnexpectedEOF, syscall.EPIPE)
	case FIN:
		f.finish(io.EOF, syscall.EPIPE)
		f.pipe.flows[f.from.other()].finish(io.EOF, syscall.EPIPE)
	case Reset:
		f.send(parcel{flow: f, reset: true, both: true})
	case Drop:
		f.lost = true
	}
	f.changed.Broadcast()
}
