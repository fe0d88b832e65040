package interop

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"

	"github.com/onclose/websocket/wire"
)

// tap stands between a client and a server for one connection. It passes every
// byte on, and sees what was offered, what was agreed upon and which messages
// are compressed: neither end has to be believed.
type tap struct {
	// host is where it listens, in place of the server.
	host string
	// up is what the client sent, down what the server did. They are complete
	// once close has returned.
	up, down passage

	server   string
	listener net.Listener
	passing  sync.WaitGroup
	mu       sync.Mutex
	client   net.Conn
}

// startTap listens for the one connection to the server at host.
func startTap(server string) (*tap, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tap{host: listener.Addr().String(), server: server, listener: listener}
	t.passing.Go(t.pass)
	return t, nil
}

// close ends the tap, and what still passes.
func (t *tap) close() {
	_ = t.listener.Close()
	t.mu.Lock()
	if t.client != nil {
		_ = t.client.Close()
	}
	t.mu.Unlock()
	t.passing.Wait()
}

// pass passes the first connection on. The end of either direction is passed on
// as such: who closes first, and how, is for the two ends to decide.
func (t *tap) pass() {
	client, err := t.listener.Accept()
	if err != nil {
		return
	}
	defer client.Close()
	t.mu.Lock()
	t.client = client
	t.mu.Unlock()
	server, err := net.Dial("tcp", t.server)
	if err != nil {
		return
	}
	defer server.Close()
	var up sync.WaitGroup
	up.Go(func() { forward(server, client, &t.up) })
	forward(client, server, &t.down)
	up.Wait()
}

func forward(to, from net.Conn, seen *passage) {
	_, _ = io.Copy(io.MultiWriter(to, seen), from)
	_ = to.(*net.TCPConn).CloseWrite()
}

// passage reads one direction of a connection as it passes.
type passage struct {
	// extensions is the Sec-WebSocket-Extensions of the opening handshake.
	extensions string
	// messages counts the messages, compressed those that are.
	messages, compressed int

	opened  bool
	payload int64  // bytes of the frame under way that are still to pass
	rest    []byte // a head, or a header, that has not come whole
}

// Write takes the next bytes.
func (p *passage) Write(data []byte) (int, error) {
	p.rest = append(p.rest, data...)
	for p.step() {
	}
	return len(data), nil
}

// step reads one thing from the front of rest, if it is there.
func (p *passage) step() bool {
	var n int
	switch {
	case !p.opened:
		n = p.readHead()
	case p.payload > 0:
		n = int(min(p.payload, int64(len(p.rest))))
		p.payload -= int64(n)
	default:
		n = p.readHeader()
	}
	p.rest = p.rest[n:]
	return n > 0
}

// readHead reads the request or the response of the opening handshake and
// returns its length.
func (p *passage) readHead() int {
	head, _, whole := bytes.Cut(p.rest, []byte("\r\n\r\n"))
	if !whole {
		return 0
	}
	n := len(head) + len("\r\n\r\n")
	lines := textproto.NewReader(bufio.NewReader(bytes.NewReader(p.rest[:n])))
	_, _ = lines.ReadLine()
	fields, _ := lines.ReadMIMEHeader()
	p.extensions = strings.Join(fields.Values("Sec-WebSocket-Extensions"), ", ")
	p.opened = true
	return n
}

// readHeader reads the header of a frame and returns its length. RSV1 on the
// first frame of a message says that it is compressed: RFC 7692, section 6.
func (p *passage) readHeader() int {
	h, n, _ := wire.ParseHeader(p.rest)
	if n == 0 {
		return 0
	}
	p.payload = h.Length
	if h.Opcode == wire.Text || h.Opcode == wire.Binary {
		p.messages++
		if h.RSV == wire.RSV1 {
			p.compressed++
		}
	}
	return n
}
