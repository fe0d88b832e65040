package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/onclose/websocket"
)

// The blocking style: a server's handler, and a client that closes.
func ExampleHandler() {
	ended := make(chan websocket.CloseEvent)
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(context.Background()) {
			if err != nil {
				break
			}
			c.Write(context.Background(), m.Type, m.Data)
		}
		ev, _ := c.CloseEvent()
		ended <- ev
	}, nil))
	defer server.Close()

	ctx := context.Background()
	c, err := websocket.Dial(ctx, server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Write(ctx, websocket.Text, []byte("hello"))
	_, p, _ := c.Read(ctx)
	fmt.Printf("%s\n", p)
	c.Close(4001, "bye")
	ev := <-ended
	fmt.Println(ev.Code, ev.Reason, ev.WasClean, ev.Initiator)
	// Output:
	// hello
	// 4001 bye true remote
}

// Connections that never reach net/http, beside pages that do.
func ExampleDirect() {
	greet := websocket.Handler(func(c *websocket.Conn) {
		c.Write(context.Background(), websocket.Text, []byte("hello"))
	}, nil)
	mux := http.NewServeMux()
	mux.Handle("/greet", greet)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(websocket.Direct(l, map[string]http.Handler{"/greet": greet}))
	defer server.Close()

	ctx := context.Background()
	c, err := websocket.Dial(ctx, "ws://"+l.Addr().String()+"/greet", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, p, _ := c.Read(ctx)
	fmt.Printf("%s\n", p)
	c.Close(websocket.NormalClosure, "")
	response, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%s\n", body)
	// Output:
	// hello
	// a page
}

// The event style: the web's listeners.
func ExampleEvents() {
	done := make(chan bool)
	server := httptest.NewServer(websocket.Events{
		OnOpen: func(c *websocket.Conn) { c.Write(context.Background(), websocket.Text, []byte("welcome")) },
	}.Handler(nil))
	defer server.Close()

	listener := websocket.Events{
		OnOpen: func(*websocket.Conn) { fmt.Println("open") },
		OnMessage: func(c *websocket.Conn, _ websocket.MessageType, p []byte) {
			fmt.Printf("message %s\n", p)
			c.Close(websocket.NormalClosure, "")
		},
		OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) {
			fmt.Println("close", ev.Code, ev.WasClean)
			close(done)
		},
	}
	if _, err := listener.Dial(context.Background(), server.URL, nil); err != nil {
		fmt.Println(err)
		return
	}
	<-done
	// Output:
	// open
	// message welcome
	// close 1000 NormalClosure true
}

// What a page would see of the end, and what it would not.
func ExampleCloseEvent() {
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		c.Close(4001, "opened elsewhere")
	}, nil))
	defer server.Close()

	ctx := context.Background()
	c, err := websocket.Dial(ctx, server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = c.Read(ctx)
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		ev := closed.Event
		fmt.Println(ev.Code, ev.Reason, ev.WasClean)
		fmt.Println(ev.Initiator, ev.Phase, ev.Received.Code, ev.Sent.Code)
	}
	// Output:
	// 4001 opened elsewhere true
	// remote closing 4001 4001
}

// A connection that cannot be opened has its one CloseEvent too.
func ExampleDial_failed() {
	_, err := websocket.Dial(context.Background(), "ws://127.0.0.1:1/", nil)
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		fmt.Println(closed.Event.Code, closed.Event.Phase, closed.Event.Cause)
	}
	// Output: 1006 AbnormalClosure dialing refused
}

// A context with a CloseFrame as its cause closes connections with that code:
// here all that a server has.
func ExampleCloseFrame() {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	server := httptest.NewServer(websocket.Events{}.Handler(&websocket.AcceptOptions{Context: ctx}))
	defer server.Close()
	c, err := websocket.Dial(context.Background(), server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	stop(websocket.CloseFrame{Code: websocket.ServiceRestart, Reason: "deploy"})
	_, _, err = c.Read(context.Background())
	ev, _ := c.CloseEvent()
	fmt.Println(ev.Code, ev.Reason, err != nil)
	// Output: 1012 ServiceRestart deploy true
}
