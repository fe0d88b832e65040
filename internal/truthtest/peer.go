package truthtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Peer is what the scripted server (server.go) and the scripted client (the root's
// truthmirror_test.go) of the truth tables have in common: it sends
// frames, right or wrong, on one TCP connection, and writes down what the
// endpoint under test puts on the wire. It shares no code with the library.
type Peer struct {
	Client bool            // the script plays the client: its frames are masked
	Opened <-chan struct{} // the endpoint has been told that it is open
	Over   <-chan struct{} // the endpoint's story has been told

	TCP      *net.TCPConn
	Conn     net.Conn // TCP, or TLS over it
	In       *bufio.Reader
	Upgraded bool

	cork     bool
	corked   []byte
	readOnce sync.Once
	readErr  error      // what ended the reading
	gate     sync.Mutex // held while reading is paused

	mu      sync.Mutex
	seen    Wire
	changed chan struct{} // closed and replaced when seen changes
}

// Do does one step that both sides know.
func (p *Peer) Do(step Step) {
	timeout := time.Duration(step.TimeoutMS) * time.Millisecond
	switch {
	case step.Client != "", step.Listen != "":
	case step.ReadSome:
		p.In.Peek(1)
		p.In.Discard(p.In.Buffered())
	case step.RawHex != "":
		p.write(unhex(step.RawHex))
	case step.RawText != "":
		p.write([]byte(step.RawText))
	case step.SendFrame != nil:
		p.Dribble(step.SendFrame.bytes(p.Client), step.SendFrame.SplitBytes, step.SendFrame.SplitMS)
	case step.Cork != nil:
		p.cork = *step.Cork
		p.write(nil)
	case step.EchoClose:
		p.echoClose()
	case step.WaitClientClose:
		p.wait(func(w *Wire) bool { return w.Close != nil }, timeout)
	case step.WaitClientMessage > 0:
		p.wait(func(w *Wire) bool { return w.Messages >= step.WaitClientMessage }, timeout)
	case step.WaitClientPong:
		p.wait(func(w *Wire) bool { return w.Pongs > 0 }, timeout)
	case step.WaitEOF:
		p.wait(nil, timeout)
	case step.SleepMS > 0:
		// Short sleeps let the endpoint act, which takes longer on a busy machine.
		p.sleep(max(time.Duration(step.SleepMS)*time.Millisecond, 250*time.Millisecond))
	case step.SettleMS > 0:
		select {
		case <-p.Opened:
		case <-p.Over:
		}
	case step.Fin:
		p.fin(!step.TLSTruncate)
	case step.RST:
		p.leave()
		p.TCP.SetLinger(0)
		p.TCP.Close()
	case step.CloseNotify:
		p.Conn.(*tls.Conn).CloseWrite()
	case step.PauseReading:
		p.gate.Lock()
	case step.ResumeReading:
		p.gate.Unlock()
	default:
		panic(fmt.Sprintf("a step that nobody knows: %+v", step))
	}
}

// NewPeer makes a Peer whose endpoint closes the two channels.
func NewPeer(opened, over <-chan struct{}) Peer {
	return Peer{Opened: opened, Over: over, changed: make(chan struct{})}
}

// Seen is what the endpoint put on the wire so far.
func (p *Peer) Seen() Wire {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// leave writes down that the script ends its side now.
func (p *Peer) leave() { p.note(func(w *Wire) { w.left = true }) }

// HangUp waits for the end of the endpoint's stream, and ends the connection.
func (p *Peer) HangUp() {
	p.wait(nil, 0)
	p.leave()
	p.TCP.Close()
	for ended := false; !ended; {
		ended = p.wait(nil, Patience)
	}
}

// write sends b, or keeps it while the script is corked. The endpoint may be gone:
// what it makes of that is what the test is about.
func (p *Peer) write(b []byte) {
	p.corked = append(p.corked, b...)
	if !p.cork {
		p.Conn.Write(p.corked)
		p.corked = p.corked[:0]
	}
}

// Dribble writes b, in pieces of so many bytes when there are pauses.
func (p *Peer) Dribble(b []byte, size, pauseMS int) {
	if pauseMS == 0 {
		p.write(b)
		return
	}
	for piece := range slices.Chunk(b, size) {
		p.write(piece)
		p.sleep(time.Duration(pauseMS) * time.Millisecond)
	}
}

// sleep lets time pass, unless nobody is there any more for whom it would.
func (p *Peer) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.Over:
	}
}

func (p *Peer) fin(notify bool) {
	p.leave()
	if secure, ok := p.Conn.(*tls.Conn); ok && notify {
		secure.CloseWrite()
	}
	p.TCP.CloseWrite()
}

func (p *Peer) echoClose() {
	p.mu.Lock()
	payload := p.seen.Close
	p.mu.Unlock()
	if payload != nil {
		echo := Frame{Opcode: 8, Fin: true, PayloadHex: hex.EncodeToString(payload)}
		p.write(echo.bytes(p.Client))
	}
}

// wait waits until what the endpoint sent fulfills a condition, or the endpoint has
// ended, which it reports. A busy machine gets at least ten seconds.
func (p *Peer) wait(condition func(*Wire) bool, timeout time.Duration) (ended bool) {
	p.StartReading()
	timer := time.NewTimer(max(timeout, 10*time.Second))
	defer timer.Stop()
	for {
		p.mu.Lock()
		ended, changed := p.seen.ended, p.changed
		met := ended || condition != nil && condition(&p.seen)
		p.mu.Unlock()
		if met {
			return ended
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

// StartReading reads from here on, until the endpoint ends.
func (p *Peer) StartReading() {
	p.readOnce.Do(func() {
		go func() {
			if p.Upgraded {
				for p.readFrame() {
				}
			} else {
				_, p.readErr = io.Copy(io.Discard, p.In)
			}
			p.note(func(w *Wire) {
				w.ended, w.First = true, !w.left
				if p.readErr != io.EOF {
					w.End = p.readErr
				}
			})
		}()
	})
}

func (p *Peer) note(change func(*Wire)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.seen)
	close(p.changed)
	p.changed = make(chan struct{})
}

// readFrame reads a frame of the endpoint and writes it down.
func (p *Peer) readFrame() bool {
	header := make([]byte, 14)
	if !p.read(header[:2]) {
		return false
	}
	n := uint64(header[1] & 0x7f)
	switch n {
	case 126:
		p.read(header[2:4])
		n = uint64(binary.BigEndian.Uint16(header[2:]))
	case 127:
		p.read(header[2:10])
		n = binary.BigEndian.Uint64(header[2:])
	}
	masked, key := header[1]&0x80 != 0, header[10:]
	if masked && !p.read(key) || n > 1<<24 {
		return false
	}
	payload := make([]byte, n)
	if !p.read(payload) {
		return false
	}
	for i := range payload {
		payload[i] ^= key[i&3]
	}
	p.note(func(w *Wire) { w.frame(header[0], masked != p.Client, payload) })
	return true
}

func (p *Peer) read(b []byte) bool {
	for len(b) > 0 {
		p.passGate()
		n, err := p.In.Read(b)
		if b = b[n:]; err != nil {
			p.readErr = err
			return false
		}
	}
	return true
}

// passGate waits while reading is paused.
func (p *Peer) passGate() {
	p.gate.Lock()
	defer p.gate.Unlock()
}

// frame writes a frame down, and what is wrong with it.
func (w *Wire) frame(first byte, maskedRight bool, payload []byte) {
	opcode := first & 0x0f
	switch {
	case !maskedRight:
		w.Faults = append(w.Faults, fmt.Sprintf("the endpoint sent opcode %d masked as only the other role may", opcode))
	case w.Close != nil && opcode != 10: // a Ping is answered until a Close frame came
		w.Faults = append(w.Faults, fmt.Sprintf("the endpoint sent opcode %d behind its Close frame", opcode))
	}
	switch opcode {
	case 0, 1, 2:
		w.DataFrames++
		w.DataBytes += len(payload)
		if first&0x80 != 0 {
			w.Messages++
		}
	case 8:
		w.Close = payload
	case 10:
		w.Pongs++
	}
}

// Wire is what the endpoint under test put on the wire.
type Wire struct {
	Close                                  []byte // payload of its Close frame, nil for none
	DataFrames, DataBytes, Messages, Pongs int
	Faults                                 []string
	ended                                  bool  // so has its stream
	left                                   bool  // the script has ended its own
	First                                  bool  // its stream ended before the script's
	End                                    error // what ended it, nil for an orderly end
}

// Frame is a frame of the script, which may break every rule.
type Frame struct {
	Opcode                byte
	Fin, RSV1, RSV2, RSV3 bool
	Mask                  *bool  // nil: as the role has it
	PayloadHex            string `json:"payload_hex"`
	PayloadText           string `json:"payload_text"`
	PayloadLen            int    `json:"payload_len"`
	LenForm               int    `json:"len_form"`
	AnnounceHex           string `json:"announce_hex"`
	Repeat                int
	SplitBytes            int `json:"split_bytes"`
	SplitMS               int `json:"split_ms"`
}

func (f *Frame) bytes(masked bool) []byte {
	payload := append(unhex(f.PayloadHex), f.PayloadText...)
	payload = append(payload, strings.Repeat("a", f.PayloadLen)...)
	first := f.Opcode
	for i, set := range []bool{f.Fin, f.RSV1, f.RSV2, f.RSV3} {
		if set {
			first |= 0x80 >> i
		}
	}
	var mask byte
	if f.Mask != nil {
		masked = *f.Mask
	}
	if masked {
		mask = 0x80
	}
	n, form := len(payload), f.LenForm
	switch {
	case form != 0:
	case n < 126:
		form = 7
	case n < 1<<16:
		form = 16
	default:
		form = 64
	}
	frame := []byte{first, mask | byte(n)}
	switch {
	case form == 16:
		frame = binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(n))
	case f.AnnounceHex != "":
		frame = append([]byte{first, mask | 127}, unhex(f.AnnounceHex)...)
	case form == 64:
		frame = binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(n))
	}
	if masked {
		key := []byte{0x11, 0x22, 0x33, 0x44}
		frame = append(frame, key...)
		for i := range payload {
			payload[i] ^= key[i&3]
		}
	}
	return bytes.Repeat(append(frame, payload...), max(f.Repeat, 1))
}

func unhex(s string) []byte {
	p, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return p
}
