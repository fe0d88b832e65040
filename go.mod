module github.com/onclose/websocket

go 1.26.0
