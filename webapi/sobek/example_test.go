package sobek_test

import (
	"context"
	"log"
	"net/http/httptest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/webapi/sobek"
)

// A script as a page would have it, in a program of Go.
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

	ctx := context.Background()
	scope, err := sobek.New(&sobek.Options{Environment: &webapi.Environment{BaseURL: server.URL}})
	if err != nil {
		log.Fatal(err)
	}
	err = scope.RunScript(ctx, "talk.js", `
		const ws = new WebSocket("/echo");
		ws.onopen = () => ws.send("hello");
		ws.onmessage = (e) => { console.log("message:", e.data); ws.close(4001, "bye") };
		ws.onclose = (e) => console.log("close:", e.code, e.reason, e.wasClean);
	`)
	if err != nil {
		log.Fatal(err)
	}
	if err := scope.Run(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// message: hello
	// close: 4001 bye true
}
