// A server that echoes messages, and logs how each connection ended.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/onclose/websocket"
)

func main() {
	http.Handle("/echo", websocket.Handler(echo, nil))
	log.Fatal(http.ListenAndServe("127.0.0.1:9000", nil))
}

func echo(c *websocket.Conn) {
	ctx := context.Background()
	for m, err := range c.Messages(ctx) {
		if err != nil {
			break
		}
		if err := c.Write(ctx, m.Type, m.Data); err != nil {
			break
		}
	}
	ev, _ := c.CloseEvent()
	log.Print(ev) // closed 4001 "bye" clean, by remote after 2ms
}
