module github.com/onclose/websocket/cmd/onclose

go 1.26.0

require github.com/onclose/websocket v0.0.0

require (
	github.com/alecthomas/kong v1.17.0
	golang.org/x/term v0.47.0
)

require (
	github.com/segmentio/asm v1.2.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
