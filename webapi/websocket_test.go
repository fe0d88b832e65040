package webapi_test

import (
	"testing"

	"github.com/onclose/websocket/webapi"
)

func TestEchoAndClose(t *testing.T) {
	browse(t, echo, func(p *page) {
		w := p.open("ws://server/")
		w.OnOpen(func(webapi.Event) { w.SendText("hello") })
		w.OnMessage(func(*webapi.MessageEvent) { w.Close(new(uint16(4001)), "bye") })
		p.run()
		p.wants("open 1", `message 1: "hello"`, `close 3: 4001 "bye" true`)
	})
}
