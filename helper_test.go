package websocket_test

import "github.com/onclose/websocket/handshake"

func acceptOf(key string) string { return handshake.Accept(key) }
