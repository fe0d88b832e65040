module github.com/onclose/websocket/cmd/onclose

go 1.26

require github.com/onclose/websocket v0.0.0

require github.com/alecthomas/kong v1.17.0
