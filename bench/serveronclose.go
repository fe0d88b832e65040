package main

import (
	"context"
	"net"

	"github.com/onclose/websocket"
)

func acceptOptions(s setting) *websocket.AcceptOptions {
	opts := &websocket.AcceptOptions{Limits: websocket.Limits{MessageBytes: maxMessage}}
	if s.Compress {
		opts.Compression = &websocket.Compression{Threshold: -1, ServerTakeover: s.Takeover, ClientTakeover: s.Takeover}
	}
	return opts
}

// serveEvents is onclose in the event style.
func serveEvents(l net.Listener, s setting) error {
	return overHTTP(l, websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			if s.Bye {
				c.Close(websocket.NormalClosure, "")
				return
			}
			c.Write(context.Background(), typ, p)
		},
	}.Handler(acceptOptions(s)))
}

// serveReads is onclose in the blocking style.
func serveReads(l net.Listener, s setting) error {
	return overHTTP(l, websocket.Handler(func(c *websocket.Conn) {
		var buffer []byte
		for {
			typ, message, err := c.ReadAppend(context.Background(), buffer[:0])
			if err != nil || s.Bye || c.Write(context.Background(), typ, message) != nil {
				return // and the connection is closed with 1000, if it has not ended
			}
			buffer = message
		}
	}, acceptOptions(s)))
}
