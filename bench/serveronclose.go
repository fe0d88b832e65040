package main

import (
	"context"
	"net"
	"net/http"

	"github.com/onclose/websocket"
)

func acceptOptions(s setting) *websocket.AcceptOptions {
	opts := &websocket.AcceptOptions{Limits: websocket.Limits{MessageBytes: maxMessage, PingInterval: s.PingInterval}}
	if s.Compress {
		opts.Compression = &websocket.Compression{Threshold: -1, ServerTakeover: s.Takeover, ClientTakeover: s.Takeover}
	}
	if s.Broadcast {
		opts.Connections = &websocket.Connections{}
	}
	return opts
}

// direct serves what Handler or Events.Handler returned.
func direct(l net.Listener, h http.Handler) error {
	return overHTTP(websocket.Direct(l, map[string]http.Handler{"/": h}), h)
}

// serveEvents is onclose in the event style.
func serveEvents(l net.Listener, s setting) error { return direct(l, events(s)) }

func events(s setting) http.Handler {
	opts := acceptOptions(s)
	return websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			switch {
			case s.Bye:
				c.Close(websocket.NormalClosure, "")
			case s.Broadcast:
				broadcast(opts.Connections, typ, p)
			default:
				c.Write(context.Background(), typ, p)
			}
		},
	}.Handler(opts)
}

// broadcast sends a message to everyone.
func broadcast(everyone *websocket.Connections, typ websocket.MessageType, p []byte) {
	if m, err := websocket.Prepare(typ, p, nil); err == nil {
		websocket.Broadcast(everyone.All(), m, nil)
	}
}

// serveHTTP is serveEvents with net/http in front of all connections.
func serveHTTP(l net.Listener, s setting) error { return overHTTP(l, events(s)) }

// serveReads is onclose in the blocking style.
func serveReads(l net.Listener, s setting) error {
	opts := acceptOptions(s)
	return direct(l, websocket.Handler(func(c *websocket.Conn) {
		var buffer []byte
		for {
			typ, message, err := c.ReadAppend(context.Background(), buffer[:0])
			if err != nil || s.Bye {
				return // and the connection is closed with 1000, if it has not ended
			}
			if s.Broadcast {
				broadcast(opts.Connections, typ, message)
			} else {
				c.Write(context.Background(), typ, message)
			}
			buffer = message
		}
	}, opts))
}
