package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"os"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/transport"
	"github.com/onclose/websocket/wire"
)

// rawPeer is an endpoint without manners: a socket, the opening handshake and
// frames, and nothing that keeps it from sending what no honest endpoint sends.
// It has no CloseEvent; it keeps an account of what it saw.
type rawPeer struct {
	conn   net.Conn
	role   protocol.Role
	behind []byte // read and not yet parsed
	rawAccount
}

// rawAccount is what a rawPeer saw of a connection. Its JSON stands where an
// endpoint's CloseEvent would.
type rawAccount struct {
	Type string `json:"type"` // "wire"
	// Sent is the beginning of what the peer sent behind the opening handshake,
	// in hexadecimal: 32 bytes at most.
	Sent string `json:"sent"`
	// Frames are the frames that came, one after the other.
	Frames []seenFrame `json:"frames"`
	// End is how the stream ended, in the words of CloseEvent.Transport.
	End protocol.TransportEnd `json:"end"`
}

// seenFrame is a frame as it came.
type seenFrame struct {
	Opcode string `json:"opcode"`
	Length int64  `json:"length"` // bytes of payload
	// Close is what a Close frame says, nil for other frames.
	Close *websocket.CloseFrame `json:"close"`
}

// maxSentShown is how much of what a rawPeer sent is kept, in bytes.
const maxSentShown = 32

// newRawPeer makes a peer of a connection that has not seen its opening
// handshake. Nothing it does lasts longer than ctx.
func newRawPeer(ctx context.Context, conn net.Conn, role protocol.Role) *rawPeer {
	if at, ok := ctx.Deadline(); ok {
		conn.SetDeadline(at)
	}
	return &rawPeer{conn: conn, role: role, rawAccount: rawAccount{Type: "wire", Frames: []seenFrame{}}}
}

// ask opens a WebSocket as a client.
func (p *rawPeer) ask() error {
	var nonce [16]byte
	rand.Read(nonce[:])
	rules := handshake.ClientRules{Key: handshake.NewKey(nonce)}
	request, err := rules.AppendRequest(nil, "/", p.conn.RemoteAddr().String(), nil)
	if err != nil {
		return err
	}
	if _, err := p.conn.Write(request); err != nil {
		return err
	}
	for {
		response, n, err := handshake.ParseResponse(p.behind, handshake.Limits{})
		if err != nil {
			return err
		}
		if n > 0 {
			p.behind = p.behind[n:]
			_, err := rules.Check(&response)
			return err
		}
		if err := p.read(); err != nil {
			return err
		}
	}
}

// agree opens the WebSocket that a client asks for, with the extensions that the
// value of Sec-WebSocket-Extensions names.
func (p *rawPeer) agree(extensions string) error {
	request, err := p.request()
	if err != nil {
		return err
	}
	reply, refusal := new(handshake.ServerRules).Check(&request)
	if refusal != nil {
		return refusal
	}
	response, err := reply.AppendResponse(nil, extensions, nil)
	if err != nil {
		return err
	}
	_, err = p.conn.Write(response)
	return err
}

// request waits for a client's opening request.
func (p *rawPeer) request() (handshake.Request, error) {
	for {
		request, n, err := handshake.ParseRequest(p.behind, handshake.Limits{})
		if n > 0 || err != nil {
			p.behind = p.behind[n:]
			return request, err
		}
		if err := p.read(); err != nil {
			return request, err
		}
	}
}

// write sends bytes as they are. That nobody takes them shows in the account.
func (p *rawPeer) write(b []byte) {
	room := maxSentShown - len(p.Sent)/2
	p.Sent += hex.EncodeToString(b[:min(len(b), room)])
	p.conn.Write(b)
}

// frame is a whole frame of this peer's role: masked, if it is a client.
func (p *rawPeer) frame(opcode wire.Opcode, payload string) []byte {
	return frameOf(wire.Header{Fin: true, Opcode: opcode, Masked: p.role == protocol.Client}, payload)
}

// frameOf is a frame with any header: its length is set, and its key if it is
// masked.
func frameOf(h wire.Header, payload string) []byte {
	if h.Masked {
		h.Key = 0x04030201 // no secret: nobody else's bytes are in these frames
	}
	h.Length = int64(len(payload))
	b := wire.AppendHeader(nil, h)
	start := len(b)
	b = append(b, payload...)
	wire.Mask(b[start:], h.Key, 0)
	return b
}

// close is a Close frame with any number.
func (p *rawPeer) close(code websocket.StatusCode) []byte {
	return p.frame(wire.Close, string([]byte{byte(code >> 8), byte(code)}))
}

// answer is the Close frame that repeats the last frame that came.
func (p *rawPeer) answer() []byte {
	last := p.Frames[len(p.Frames)-1].Close
	return p.frame(wire.Close, string(wire.AppendClose(nil, last.Code, last.Reason)))
}

// watch takes frames until the stream ends.
func (p *rawPeer) watch() {
	for p.next() {
	}
}

// untilClose takes frames until a Close frame has come; false if none came.
func (p *rawPeer) untilClose() bool {
	for p.next() {
		if p.Frames[len(p.Frames)-1].Close != nil {
			return true
		}
	}
	return false
}

// next waits for a frame. It is false when the stream has ended.
func (p *rawPeer) next() bool {
	for !p.take() {
		if p.read() != nil {
			return false
		}
	}
	return true
}

// take takes a frame from the front of what was read, if it is whole.
func (p *rawPeer) take() bool {
	h, n, rule := wire.ParseHeader(p.behind)
	if rule != 0 || n == 0 || int64(len(p.behind)-n) < h.Length {
		return false
	}
	end := n + int(h.Length)
	payload := p.behind[n:end]
	p.behind = p.behind[end:]
	wire.Mask(payload, h.Key, 0)
	frame := seenFrame{Opcode: h.Opcode.String(), Length: h.Length}
	if h.Opcode == wire.Close {
		code, reason, _ := wire.ParseClose(payload)
		frame.Close = &websocket.CloseFrame{Code: code, Reason: string(reason)}
	}
	p.Frames = append(p.Frames, frame)
	return true
}

// read reads more bytes. Its error is the end of the stream.
func (p *rawPeer) read() error {
	var b [4 << 10]byte
	n, err := p.conn.Read(b[:])
	p.behind = append(p.behind, b[:n]...)
	if n > 0 || err == nil {
		return nil
	}
	p.end(err)
	return err
}

// end keeps how the stream ended, given the error that says so.
func (p *rawPeer) end(err error) {
	if p.End, _ = transport.ReadEnd(err); errors.Is(err, os.ErrDeadlineExceeded) {
		p.End = protocol.EndTimeout
	}
}

// halfClose ends this peer's side of the stream with a FIN.
func (p *rawPeer) halfClose() { transport.OverConn(p.conn).CloseWrite() }

// halfCloseBelow ends this peer's side of the TCP connection below TLS, after a
// last few bytes, and without the close_notify that TLS wants.
func (p *rawPeer) halfCloseBelow(last string) {
	below := p.conn.(*tls.Conn).NetConn()
	below.Write([]byte(last))
	transport.OverConn(below).CloseWrite()
}

// reset ends the connection with a RST, and looks no further.
func (p *rawPeer) reset() {
	if tcp, ok := p.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	p.conn.Close()
	p.End = protocol.EndLocal
}

// crossingLink is a client's connection on which the first bytes that both ends
// say cross: from the moment it is armed, neither end hears the other before
// both have spoken.
type crossingLink struct {
	net.Conn
	ctx    context.Context
	armed  <-chan struct{} // closed by whoever wants the crossing
	heard  chan struct{}   // closed when the server has spoken
	spoken chan struct{}   // closed when the client has
}

func newCrossingLink(ctx context.Context, conn net.Conn, armed <-chan struct{}) *crossingLink {
	return &crossingLink{conn, ctx, armed, make(chan struct{}), make(chan struct{})}
}

// Read holds back what the server says until the client has spoken.
func (l *crossingLink) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 && isClosed(l.armed) && !isClosed(l.heard) {
		close(l.heard)
		waitFor(l.ctx, l.spoken)
	}
	return n, err
}

// Write holds back what the client says until the server has spoken.
func (l *crossingLink) Write(b []byte) (int, error) {
	if isClosed(l.armed) && !isClosed(l.spoken) {
		close(l.spoken)
		waitFor(l.ctx, l.heard)
	}
	return l.Conn.Write(b)
}

// waitFor waits until a channel is closed, or ctx has ended.
func waitFor(ctx context.Context, fact <-chan struct{}) {
	select {
	case <-fact:
	case <-ctx.Done():
	}
}

func isClosed(fact <-chan struct{}) bool {
	select {
	case <-fact:
		return true
	default:
		return false
	}
}
