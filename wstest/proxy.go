package wstest

import (
	"net"
	"sync"
	"time"
)

// Damage is what a Proxy does to the bytes of one direction of every connection.
// The zero value passes them on as they come.
type Damage struct {
	// Delay is how much later everything arrives, the end of the stream too.
	Delay time.Duration
	// SegmentBytes is how many bytes are sent at once, at most; 0 means as many
	// as came. A receiver that is slow may still find several segments together.
	SegmentBytes int
	// Break is what happens once, behind byte At; the zero Break is nothing.
	Break Break
	// At is how many bytes pass before the break.
	At int64
	// BehindHead lets At count from behind the first empty line: of a WebSocket,
	// the bytes of its frames alone.
	BehindHead bool
}

// Break says how a direction breaks off.
type Break uint8

// The breaks. What the sender sends afterwards is read and dropped.
const (
	// BreakCut ends the direction in order: a FIN. The other one goes on.
	BreakCut Break = iota + 1
	// BreakReset resets the connection towards both ends.
	BreakReset
	// BreakResetReceiver and BreakResetSender reset it towards the one end alone:
	// the other hears nothing more, neither a byte nor an end.
	BreakResetReceiver
	BreakResetSender
	// BreakBlackHole lets nothing arrive any more, neither a byte nor an end, while
	// TCP stays up. The other direction goes on.
	BreakBlackHole
)

// Proxy passes TCP connections on to a target, and does damage to them: what a
// bad network does to a good endpoint, on real sockets. Without damage it passes
// on bytes, FIN and reset as they come. Its methods may be called from any
// goroutine.
type Proxy struct {
	target             string
	toTarget, toClient Damage
	listener           net.Listener
	done               chan struct{}
	running            sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[*net.TCPConn]bool
}

// NewProxy listens on a free port of 127.0.0.1 and passes connections on to the
// target, "127.0.0.1:9000", with damage to what the client sends and to what it
// is sent. Each connection counts its bytes from its own beginning. A target that
// cannot be reached shows itself as a reset. The caller closes the Proxy.
func NewProxy(target string, toTarget, toClient Damage) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		target: target, toTarget: toTarget, toClient: toClient,
		listener: listener, done: make(chan struct{}), conns: make(map[*net.TCPConn]bool),
	}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where the Proxy listens: "127.0.0.1:PORT".
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close stops listening, closes every connection in both directions, and waits
// until no goroutine of the Proxy is left.
func (p *Proxy) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.done)
	}
	for conn := range p.conns {
		conn.Close()
	}
	p.mu.Unlock()
	err := p.listener.Close()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.relay(conn.(*net.TCPConn)) })
	}
}

// relay serves one connection until both of its directions have ended.
func (p *Proxy) relay(client *net.TCPConn) {
	if !p.hold(client) {
		return
	}
	defer p.release(client)
	conn, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	target := conn.(*net.TCPConn)
	if !p.hold(target) {
		return
	}
	defer p.release(target)
	there := &lane{proxy: p, damage: p.toTarget, from: client, to: target}
	back := &lane{proxy: p, damage: p.toClient, from: target, to: client}
	there.reverse, back.reverse = back, there
	for _, l := range []*lane{there, back} {
		l.breakIfDue() // before either sees how the other ends
	}
	var lanes sync.WaitGroup
	lanes.Go(there.run)
	lanes.Go(back.run)
	lanes.Wait()
}

// hold keeps a connection for Close to find, or closes it when that came before.
func (p *Proxy) hold(conn *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		conn.Close()
		return false
	}
	p.conns[conn] = true
	return true
}

func (p *Proxy) release(conn *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	conn.Close()
	delete(p.conns, conn)
}
