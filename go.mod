module github.com/onclose/websocket

go 1.26.0

require github.com/segmentio/asm v1.2.1

require golang.org/x/sys v0.0.0-20220412211240-33da011f77ad // indirect
