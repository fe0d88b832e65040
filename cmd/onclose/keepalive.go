package main

import (
	"time"

	"github.com/onclose/websocket"
)

// keepaliveFlags are the flags of the keepalive, of dial and of serve.
type keepaliveFlags struct {
	PingInterval time.Duration `default:"25s" placeholder:"DURATION" help:"Send a Ping when the other end has been silent for so long; 0 means never. Default: ${default}."`
	PongTimeout  time.Duration `default:"10s" placeholder:"DURATION" help:"How long it may take to answer that Ping, before the connection ends with 1006 and the cause pong-timeout; 0 means for ever. Default: ${default}."`
}

// limit sets what Dial and Accept are to be given.
func (f *keepaliveFlags) limit(l *websocket.Limits) error {
	switch {
	case f.PingInterval < 0:
		return usage("--ping-interval %v: a time cannot be negative", f.PingInterval)
	case f.PongTimeout < 0:
		return usage("--pong-timeout %v: a time cannot be negative", f.PongTimeout)
	}
	l.PingInterval, l.PongTimeout = orNever(f.PingInterval), orNever(f.PongTimeout)
	return nil
}

// orNever is d, or for 0 what means never.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return websocket.NoLimit
	}
	return d
}
