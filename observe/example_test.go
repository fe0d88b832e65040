package observe_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
)

// A server that keeps the last frames of its connections for the case that one is
// lost.
func ExampleRecord() {
	recordings := make(chan observe.Recording, 1)
	trace := observe.Record(func(r observe.Recording) { recordings <- r }, nil)
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(context.Background()) {
			if err != nil {
				return
			}
			c.Write(context.Background(), m.Type, m.Data)
		}
	}, &websocket.AcceptOptions{Trace: trace}))
	defer server.Close()

	c, err := websocket.Dial(context.Background(), server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Write(context.Background(), websocket.Text, []byte("a secret"))
	c.Read(context.Background())
	c.Abort() // no Close frame: the server is left in the dark

	r := <-recordings
	fmt.Println(r.Event.Code, r.Event.Cause)
	for _, frame := range r.Frames {
		fmt.Println(frame)
	}
	// Output:
	// 1006 AbnormalClosure eof
	// received text 8 bytes
	// sent text 8 bytes
}
