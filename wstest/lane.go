package wstest

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// lane is one direction of one connection.
type lane struct {
	proxy    *Proxy
	damage   Damage
	from, to *net.TCPConn
	reverse  *lane

	passed int64       // bytes that count
	line   int         // how much of an empty line the head ends with so far
	over   bool        // nothing is passed on any more
	deaf   atomic.Bool // to is not even told how from ends
}

// segment is what was read at once, or the error that reading ended with.
type segment struct {
	bytes []byte
	due   time.Time
	err   error
}

// A lane holds at most this many parcels of this many bytes: 256 KiB.
const (
	laneParcels = 16
	parcelBytes = 16 << 10
)

func (l *lane) run() {
	parcels := make(chan segment, laneParcels)
	l.proxy.running.Go(func() { l.read(parcels) })
	for next := range parcels {
		if l.damage.Delay > 0 {
			select {
			case <-time.After(time.Until(next.due)):
			case <-l.proxy.done:
			}
		}
		if next.err != nil {
			l.end(next.err)
		} else {
			l.pass(next.bytes)
		}
	}
}

func (l *lane) read(parcels chan<- segment) {
	defer close(parcels)
	for {
		p := make([]byte, parcelBytes)
		n, err := l.from.Read(p)
		due := time.Now().Add(l.damage.Delay)
		if n > 0 {
			parcels <- segment{bytes: p[:n], due: due}
		}
		if err != nil {
			parcels <- segment{err: err, due: due}
			return
		}
	}
}

// end tells the receiver how the sender has ended.
func (l *lane) end(err error) {
	switch {
	case l.deaf.Load():
	case err != io.EOF:
		reset(l.to)
	case !l.over:
		l.to.CloseWrite()
	}
}

// pass passes bytes on up to the break.
func (l *lane) pass(p []byte) {
	for len(p) > 0 && !l.over {
		n := min(len(p), l.room(p))
		if _, err := l.to.Write(p[:n]); err != nil {
			// The receiver is gone, and the sender hears of it as it would from TCP.
			l.over = true
			if !l.reverse.deaf.Load() {
				reset(l.from)
			}
			return
		}
		if l.counts() {
			l.passed += int64(n)
		}
		l.readHead(p[:n])
		p = p[n:]
		l.breakIfDue()
	}
}

// room is how many bytes of p may be written at once.
func (l *lane) room(p []byte) int {
	room := len(p)
	if l.damage.SegmentBytes > 0 {
		room = min(room, l.damage.SegmentBytes)
	}
	if l.damage.Break == 0 {
		return room
	}
	if l.counts() {
		return int(min(int64(room), l.damage.At-l.passed))
	}
	line := l.line
	for i, b := range p[:room] {
		if line = inEmptyLine(line, b); line == len(emptyLine) {
			return i + 1
		}
	}
	return room
}

const emptyLine = "\r\n\r\n"

// inEmptyLine is how much of an empty line has been seen, after one more byte.
func inEmptyLine(seen int, b byte) int {
	switch {
	case b == emptyLine[seen]:
		return seen + 1
	case b == emptyLine[0]:
		return 1
	}
	return 0
}

func (l *lane) readHead(p []byte) {
	for _, b := range p {
		if l.line < len(emptyLine) {
			l.line = inEmptyLine(l.line, b)
		}
	}
}

// counts reports whether the bytes that come now count.
func (l *lane) counts() bool { return !l.damage.BehindHead || l.line == len(emptyLine) }

func (l *lane) breakIfDue() {
	if l.damage.Break == 0 || l.over || !l.counts() || l.passed < l.damage.At {
		return
	}
	l.over = true
	switch l.damage.Break {
	case BreakCut:
		l.to.CloseWrite()
	case BreakReset:
		reset(l.from)
		reset(l.to)
	case BreakResetReceiver:
		l.silence()
		reset(l.to)
	case BreakResetSender:
		l.silence()
		reset(l.from)
	case BreakBlackHole:
		l.deaf.Store(true)
	}
}

// silence lets neither end hear of the other any more.
func (l *lane) silence() {
	l.deaf.Store(true)
	l.reverse.deaf.Store(true)
}

// reset ends a connection with a RST.
func reset(conn *net.TCPConn) {
	conn.SetLinger(0)
	conn.Close()
}
