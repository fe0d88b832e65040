// A client that says hello, hears the echo, and closes.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/onclose/websocket"
)

func main() {
	ev, err := talk("ws://127.0.0.1:9000/echo")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ev.Code, ev.Reason, ev.WasClean) // 4001 bye true
}

func talk(url string) (websocket.CloseEvent, error) {
	ctx := context.Background()
	c, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return websocket.CloseEvent{}, err
	}
	if err := c.Write(ctx, websocket.Text, []byte("hello")); err != nil {
		return websocket.CloseEvent{}, err
	}
	_, echo, err := c.Read(ctx)
	if err != nil {
		return websocket.CloseEvent{}, err
	}
	fmt.Printf("%s\n", echo) // hello
	err = c.Close(4001, "bye")
	ev, _ := c.CloseEvent()
	return ev, err
}
