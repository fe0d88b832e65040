module github.com/onclose/websocket/interop

go 1.26.0

require github.com/onclose/websocket v0.0.0
