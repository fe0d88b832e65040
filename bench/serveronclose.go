package main

import (
	"context"
	"net"

	"github.com/onclose/websocket"
)

func acceptOptions(s setting) *websocket.AcceptOptions {
	opts := &websocket.AcceptOptions{Limits: websocket.Limits{MessageBytes: maxMessage, PingInterval: s.PingInterval}}
	if s.Compress {
		opts.Compression = &websocket.Compression{Threshold: -1, ServerTakeover: s.Takeover, ClientTakeover: s.Takeover}
	}
	return opts
}

// serveEvents is onclose in the event style.
func serveEvents(l net.Listener, s setting) error {
	var everyone crowd[*websocket.Conn]
	return overHTTP(l, websocket.Events{
		OnOpen: func(c *websocket.Conn) {
			if s.Broadcast {
				everyone.add(c)
			}
		},
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			switch {
			case s.Bye:
				c.Close(websocket.NormalClosure, "")
			case s.Broadcast:
				broadcast(&everyone, typ, p)
			default:
				c.Write(context.Background(), typ, p)
			}
		},
		OnClose: func(c *websocket.Conn, _ websocket.CloseEvent) {
			everyone.remove(c)
		},
	}.Handler(acceptOptions(s)))
}

// broadcast sends a message to everyone. It is the one place to change when the
// library offers more than a Write for each.
func broadcast(everyone *crowd[*websocket.Conn], typ websocket.MessageType, p []byte) {
	everyone.each(func(c *websocket.Conn) { c.Write(context.Background(), typ, p) })
}

// serveReads is onclose in the blocking style.
func serveReads(l net.Listener, s setting) error {
	var everyone crowd[*websocket.Conn]
	return overHTTP(l, websocket.Handler(func(c *websocket.Conn) {
		if s.Broadcast {
			everyone.add(c)
			defer everyone.remove(c)
		}
		var buffer []byte
		for {
			typ, message, err := c.ReadAppend(context.Background(), buffer[:0])
			if err != nil || s.Bye {
				return // and the connection is closed with 1000, if it has not ended
			}
			if s.Broadcast {
				broadcast(&everyone, typ, message)
			} else {
				c.Write(context.Background(), typ, message)
			}
			buffer = message
		}
	}, acceptOptions(s)))
}
