package websocket_test

import (
	"time"

	"github.com/onclose/websocket/handshake"
)

func acceptOf(key string) string { return handshake.Accept(key) }

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }
