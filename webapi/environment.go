package webapi

import (
	"context"
	"sync"

	"github.com/onclose/websocket"
)

// Environment is what all WebSockets of one program have in common: the web's
// settings object.
type Environment struct {
	// Tasks is where everything happens. It must be set.
	Tasks *Tasks
	// BaseURL resolves relative URLs, and its origin is the handshake's Origin.
	// Empty means neither.
	BaseURL string
	// Report is told the errors of listeners. Nil means the standard logger.
	Report func(error)
	// Dial configures the connections below: TLS, Dial, Header, Jar, Compression,
	// Context, Trace, Limits. Nil means the defaults. Subprotocols are not used.
	// As in a browser, Limits.MessageBytes is 64 MiB by default here, and no Pings
	// are sent unless Limits.PingInterval is set.
	Dial *websocket.DialOptions
	// SendQueueBytes is how much a WebSocket may have accepted and not yet handed
	// to the network: default 64 MiB. One byte more closes the connection.
	SendQueueBytes int64

	mu    sync.Mutex
	turns map[string]*turn // by address
}

// turn is the right to open a connection to an address.
type turn struct {
	taken chan struct{} // full while somebody has it
	users int           // who have it or wait for it
}

const (
	defaultMessageBytes   = 64 << 20
	defaultSendQueueBytes = 64 << 20
)

// dialOptions are the options of one connection.
func (e *Environment) dialOptions(subprotocols []string) *websocket.DialOptions {
	var opts websocket.DialOptions
	if e.Dial != nil {
		opts = *e.Dial
	}
	opts.Subprotocols = subprotocols
	if opts.MessageBytes == 0 {
		opts.MessageBytes = defaultMessageBytes
	}
	if opts.Jar != nil {
		opts.Jar = &lateJar{CookieJar: opts.Jar}
	}
	if opts.PingInterval == 0 {
		opts.PingInterval = websocket.NoLimit
	}
	if e.BaseURL != "" {
		opts.Header = opts.Header.Clone()
		if opts.Header == nil {
			opts.Header = map[string][]string{}
		}
		opts.Header.Set("Origin", origin(e.BaseURL))
	}
	return &opts
}

func (e *Environment) sendQueueBytes() int64 {
	if e.SendQueueBytes == 0 {
		return defaultSendQueueBytes
	}
	return e.SendQueueBytes
}

// takeTurn waits until no other connection to the address is being established:
// "there MUST be no more than one connection in a CONNECTING state" (RFC 6455,
// section 4.1). When ctx ends it gives up.
func (e *Environment) takeTurn(ctx context.Context, address string) (release func(), err error) {
	t := e.joinTurn(address)
	select {
	case t.taken <- struct{}{}:
		return func() {
			<-t.taken
			e.leaveTurn(address)
		}, nil
	case <-ctx.Done():
		e.leaveTurn(address)
		return nil, context.Cause(ctx)
	}
}

func (e *Environment) joinTurn(address string) *turn {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.turns[address]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		if e.turns == nil {
			e.turns = map[string]*turn{}
		}
		e.turns[address] = t
	}
	t.users++
	return t
}

// leaveTurn forgets the address when nobody wants it any more.
func (e *Environment) leaveTurn(address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns[address].users--; e.turns[address].users == 0 {
		delete(e.turns, address)
	}
}
