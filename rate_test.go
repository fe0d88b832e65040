package websocket_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// limited is a client that may send so much, and the server's end, which reads all
// when reads is true. Neither sends Pings, which count as bytes.
func limited(t *testing.T, limits websocket.Limits, reads bool) (client, server *websocket.Conn) {
	limits.PingInterval = -1
	client, server, _ = wstest.Pair(t, &websocket.DialOptions{Limits: limits}, &websocket.AcceptOptions{Limits: limits})
	if reads {
		go func() {
			for range server.Messages(background) {
			}
		}()
	}
	go client.Read(background)
	return client, server
}

// A peer that sends faster than the limit is closed: not one that keeps to it for
// minutes, and one that is a nanosecond early.
func TestThreatTooFast(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits websocket.Limits
		reason string
		rule   wire.Rule
	}{
		{"messages", websocket.Limits{MessagesPerSecond: 10}, "more messages in a second than the limit", wire.RuleTooManyMessages},
		{"bytes", websocket.Limits{BytesPerSecond: 1060}, "more bytes in a second than the limit", wire.RuleTooManyBytes}, // ten frames of 106
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := limited(t, test.limits, true)
				send := func() { client.Write(background, websocket.Binary, make([]byte, 100)); synctest.Wait() }
				for range 10 { // a second's worth at once
					send()
				}
				for range 1000 { // and then at the rate
					pass(time.Second / 10)
					send()
				}
				if _, ended := server.CloseEvent(); ended {
					t.Fatal("closed before the limit")
				}
				pass(time.Second/10 - time.Nanosecond)
				send()
				<-client.Done()
				<-server.Done()
				ev, _ := server.CloseEvent()
				told, _ := client.CloseEvent()
				if ev.Code != 1006 || ev.Cause != protocol.CauseRateExceeded || ev.Rule != "RFC 6455, section 10.4" || ev.Sent.Code != 1008 || ev.DiscardedBytes != 100 {
					t.Errorf("%v, %d bytes discarded", ev, ev.DiscardedBytes)
				}
				if told.Code != 1008 || told.Reason != test.reason {
					t.Errorf("the peer is told %v", told)
				}
				var v *protocol.Violation
				if _, err := server.Ping(background); !errors.As(err, &v) || v.Rule != test.rule {
					t.Error(err)
				}
			})
		})
	}
}

// An application that stays away does not make its peer fast: not with what waits
// in the pipe, and not with what was read ahead.
func TestAPeerIsNotAccusedOfWhatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := limited(t, websocket.Limits{MessagesPerSecond: 10, BytesPerSecond: 11_000, ReadAheadBytes: 4000}, false)
		const messages = 50 // of the pipe's 64 KiB
		for range messages {
			client.Write(background, websocket.Binary, make([]byte, 1000))
			pass(time.Second / 10)
		}
		pass(time.Minute)
		for i := range messages {
			if _, _, err := server.Read(background); err != nil {
				t.Fatalf("message %d: %v", i, err)
			}
		}
	})
}

// While this side closes, nobody is accused of being fast: the peer's Close frame is
// what counts.
func TestNoRateIsLimitedWhileClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := rawClient(t, &websocket.AcceptOptions{Limits: websocket.Limits{MessagesPerSecond: 1}})
		go c.Close(4001, "bye")
		synctest.Wait()
		message := wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Binary, Masked: true})
		for range 100 {
			peer.Write(message)
			synctest.Wait()
		}
		payload := wire.AppendClose(nil, 4001, "bye")
		peer.Write(append(wire.AppendHeader(nil, wire.Header{Fin: true, Opcode: wire.Close, Masked: true, Length: int64(len(payload))}), payload...))
		peer.CloseWrite()
		<-c.Done()
		peer.Close()
		if ev, _ := c.CloseEvent(); !ev.WasClean || ev.Code != 4001 {
			t.Error(ev)
		}
	})
}
