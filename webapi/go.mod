module github.com/onclose/websocket/webapi

go 1.26.0

require github.com/onclose/websocket v0.0.0

require (
	github.com/segmentio/asm v1.2.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

require (
	github.com/bits-and-blooms/bitset v1.20.0 // indirect
	github.com/nlnwa/whatwg-url v0.6.2
	golang.org/x/net v0.62.0
	golang.org/x/text v0.44.0 // indirect
)
