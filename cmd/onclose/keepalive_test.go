package main

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/onclose/websocket"
)

// muted is a connection on which nothing leaves any more.
type muted struct {
	net.Conn
	on *atomic.Bool
}

func (m muted) Write(p []byte) (int, error) {
	if m.on.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

func TestServeGivesUpWhoAnswersNoPing(t *testing.T) {
	s := startServe(t, "--ping-interval=50ms", "--pong-timeout=100ms")
	var mute atomic.Bool
	c := s.dial("/echo", "muted", &websocket.DialOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return muted{conn, &mute}, err
	}})
	defer c.Abort()
	mute.Store(true)
	if ev := s.events.await(t, "muted"); ev.Code != websocket.AbnormalClosure || ev.Cause != "pong-timeout" {
		t.Errorf("%v", ev)
	}
}

func TestZeroSwitchesTheKeepaliveOff(t *testing.T) {
	var l websocket.Limits
	if err := (&keepaliveFlags{}).limit(&l); err != nil || l.PingInterval != websocket.NoLimit || l.PongTimeout != websocket.NoLimit {
		t.Errorf("%+v, %v", l, err)
	}
}
