package webapi_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
)

// A page's script, in Go: everything between NewWebSocket and Run is what one would
// write in JavaScript.
func Example() {
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(context.Background()) {
			if err != nil {
				return
			}
			c.Write(context.Background(), m.Type, m.Data)
		}
	}, nil))
	defer server.Close()

	tasks := webapi.NewTasks()
	ws, err := webapi.NewWebSocket(&webapi.Environment{Tasks: tasks, BaseURL: server.URL}, "/echo")
	if err != nil {
		log.Fatal(err)
	}
	ws.OnOpen(func(webapi.Event) { ws.SendText("hello") })
	ws.OnMessage(func(e *webapi.MessageEvent) {
		fmt.Println("message:", e.Data())
		ws.Close(new(uint16(4001)), "bye")
	})
	ws.OnClose(func(e *webapi.CloseEvent) { fmt.Println("close:", e.Code(), e.Reason(), e.WasClean()) })
	if err := tasks.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// message: hello
	// close: 4001 bye true
}
