package interop

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// eachPeerServer runs a subtest for each server that others wrote.
func eachPeerServer(t *testing.T, test func(t *testing.T, s *PeerServer)) {
	for _, name := range PeerServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := StartPeerServer(name)
			if err != nil {
				missing(t, err)
			}
			t.Cleanup(s.Close)
			test(t, s)
		})
	}
}

// eachClose runs a function for every sendable code, some at a time, each with
// one of the reasons.
func eachClose(run func(code int, reason string)) {
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for n, code := range sendable {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			run(code, reasons[n%len(reasons)])
		})
	}
	all.Wait()
}

// TestDialEchoes: our client's messages come back unchanged from servers that
// others wrote.
func TestDialEchoes(t *testing.T) {
	t.Parallel()
	eachPeerServer(t, func(t *testing.T, s *PeerServer) {
		ctx := within(t, 30*time.Second)
		c, err := websocket.Dial(ctx, "ws://"+s.Host+"/echo?id=echo", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Abort()
		for i, m := range messages() {
			kind, payload := websocket.Binary, m.Binary
			if m.Binary == nil {
				kind, payload = websocket.Text, []byte(m.Text)
			}
			if err := c.Write(ctx, kind, payload); err != nil {
				t.Fatalf("message %d: %v", i, err)
			}
			gotKind, got, err := c.Read(ctx)
			if err != nil {
				t.Fatalf("message %d: %v", i, err)
			}
			if gotKind != kind || !bytes.Equal(got, payload) {
				t.Errorf("message %d: got %v of %d bytes, want %v of %d", i, gotKind, len(got), kind, len(payload))
			}
		}
		if err := c.Close(4001, "done"); err != nil {
			t.Error(err)
		}
	})
}

// TestDialLearnsTheServersClose: a peer's server closes, and our client's
// CloseEvent has its code and reason.
func TestDialLearnsTheServersClose(t *testing.T) {
	t.Parallel()
	eachPeerServer(t, func(t *testing.T, s *PeerServer) {
		ctx := within(t, 30*time.Second)
		eachClose(func(code int, reason string) {
			name := strconv.Itoa(code)
			query := url.Values{"id": {name}, "code": {name}, "reason": {reason}}
			c, err := websocket.Dial(ctx, "ws://"+s.Host+"/close?"+query.Encode(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Abort()
			_, _, err = c.Read(ctx)
			var end *websocket.CloseError
			if !errors.As(err, &end) {
				t.Errorf("%d: Read: got %v, want a *CloseError", code, err)
				return
			}
			v := verdicts{t: t}
			v.compare(name+" in our client", accountOf(end.Event), account{code, reason, true, "remote", ""})
			comparePeer(ctx, t, s, name, code, reason)
		})
	})
}

// TestDialClosesTheServer: our client closes, and both ends hold its code and
// reason, since both peers repeat them in their answer.
func TestDialClosesTheServer(t *testing.T) {
	t.Parallel()
	eachPeerServer(t, func(t *testing.T, s *PeerServer) {
		ctx := within(t, 30*time.Second)
		eachClose(func(code int, reason string) {
			name := strconv.Itoa(code)
			c, err := websocket.Dial(ctx, "ws://"+s.Host+"/echo?id="+name, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Abort()
			if err := c.Close(websocket.StatusCode(code), reason); err != nil {
				t.Errorf("%d: Close: %v", code, err)
			}
			event, known := c.CloseEvent()
			if !known {
				t.Errorf("%d: no CloseEvent after Close", code)
			}
			v := verdicts{t: t}
			v.compare(name+" in our client", accountOf(event), account{code, reason, true, "local", ""})
			comparePeer(ctx, t, s, name, code, reason)
		})
	})
}

// comparePeer compares what the peer's server says of the end.
func comparePeer(ctx context.Context, t *testing.T, s *PeerServer, name string, code int, reason string) {
	t.Helper()
	got, err := s.End(ctx, name)
	if err != nil {
		t.Error(err)
		return
	}
	got.URL = ""
	v := verdicts{t: t}
	v.compare(name+" in the peer", got, PeerEnd{Code: code, Reason: reason})
}

// TestDialLearnsAnEmptyClose: a Close frame without a code is 1005. Only ws can
// send one; python3-websockets cannot.
func TestDialLearnsAnEmptyClose(t *testing.T) {
	t.Parallel()
	s, err := StartPeerServer("ws")
	if err != nil {
		missing(t, err)
	}
	defer s.Close()
	ctx := within(t, 30*time.Second)
	c, err := websocket.Dial(ctx, "ws://"+s.Host+"/close?id=empty", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	select { // without anybody who reads
	case <-c.Done():
	case <-ctx.Done():
		t.Fatal("the connection does not end while nobody reads")
	}
	event, _ := c.CloseEvent()
	v := verdicts{t: t}
	v.compare("our client", accountOf(event), account{1005, "", true, "remote", ""})
	comparePeer(ctx, t, s, "empty", 1005, "")
}
