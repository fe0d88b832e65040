package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
	"github.com/lxzan/gws"
	"github.com/onclose/websocket"
)

// client is one connection of a client that is measured.
type client interface {
	// run sends the message and waits for its echo, over and over, until over says
	// that it is enough. It returns how many echoes came.
	run(over func() bool) (int, error)
}

// repeat is run for a library whose call returns the echo.
func repeat(exchange func() error) (client, error) { return exchanging(exchange), nil }

type exchanging func() error

func (exchange exchanging) run(over func() bool) (n int, err error) {
	for !over() {
		if err := exchange(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// expect compares an echo with the message.
func expect(got, want []byte) error {
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes came back that are not the %d sent", len(got), len(want))
	}
	return nil
}

// dialRaw is no library: frames that were masked once. It looks at nothing but
// headers.
func dialRaw(address string, message []byte) (client, error) {
	p, err := connect(address, setting{})
	if err != nil {
		return nil, err
	}
	frame := maskFrame(0x82, message)
	return repeat(func() error {
		if _, err := p.conn.Write(frame); err != nil {
			return err
		}
		_, err := p.skip(1)
		return err
	})
}

// dialReads is onclose in the blocking style.
func dialReads(address string, message []byte) (client, error) {
	ctx := context.Background()
	c, err := websocket.Dial(ctx, "ws://"+address, nil)
	if err != nil {
		return nil, err
	}
	var buffer []byte
	return repeat(func() error {
		if err := c.Write(ctx, websocket.Binary, message); err != nil {
			return err
		}
		if _, buffer, err = c.ReadAppend(ctx, buffer[:0]); err != nil {
			return err
		}
		return expect(buffer, message)
	})
}

func dialGorilla(address string, message []byte) (client, error) {
	c, _, err := gorilla.DefaultDialer.Dial("ws://"+address, nil)
	if err != nil {
		return nil, err
	}
	return repeat(func() error {
		if err := c.WriteMessage(gorilla.BinaryMessage, message); err != nil {
			return err
		}
		_, echo, err := c.ReadMessage()
		if err != nil {
			return err
		}
		return expect(echo, message)
	})
}

func dialCoder(address string, message []byte) (client, error) {
	ctx := context.Background()
	c, _, err := coder.Dial(ctx, "ws://"+address, nil)
	if err != nil {
		return nil, err
	}
	c.SetReadLimit(maxMessage)
	return repeat(func() error {
		if err := c.Write(ctx, coder.MessageBinary, message); err != nil {
			return err
		}
		_, echo, err := c.Read(ctx)
		if err != nil {
			return err
		}
		return expect(echo, message)
	})
}

// called is run for a library that calls back with the echo.
type called struct {
	message []byte
	send    func([]byte) error
	over    func() bool
	n       int
	ended   chan error
}

func (c *called) run(over func() bool) (int, error) {
	c.over, c.n = over, 0
	if err := c.send(c.message); err != nil {
		return 0, err
	}
	err := <-c.ended
	return c.n, err
}

// echoed is called with every echo.
func (c *called) echoed(p []byte) {
	err := expect(p, c.message)
	if c.n++; err == nil && !c.over() {
		err = c.send(c.message)
		if err == nil {
			return
		}
	}
	c.ended <- err
}

// dialEvents is onclose in the event style.
func dialEvents(address string, message []byte) (client, error) {
	one := &called{message: message, ended: make(chan error, 1)}
	c, err := websocket.Events{
		OnMessage: func(_ *websocket.Conn, _ websocket.MessageType, p []byte) { one.echoed(p) },
		OnError:   func(_ *websocket.Conn, err error) { one.ended <- err },
	}.Dial(context.Background(), "ws://"+address, nil)
	one.send = func(p []byte) error { return c.Write(context.Background(), websocket.Binary, p) }
	return one, err
}

func dialGws(address string, message []byte) (client, error) {
	one := &called{message: message, ended: make(chan error, 1)}
	c, _, err := gws.NewClient(gwsCalled{called: one}, &gws.ClientOption{
		Addr: "ws://" + address, ReadMaxPayloadSize: maxMessage, RequestHeader: http.Header{}, HandshakeTimeout: 10 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	one.send = func(p []byte) error { return c.WriteMessage(gws.OpcodeBinary, p) }
	go c.ReadLoop()
	return one, nil
}

// gwsCalled is the event handler of gws.
type gwsCalled struct {
	gws.BuiltinEventHandler
	*called
}

func (g gwsCalled) OnMessage(_ *gws.Conn, message *gws.Message) {
	g.echoed(message.Bytes())
	message.Close()
}

func (g gwsCalled) OnClose(_ *gws.Conn, err error) {
	if err == nil {
		err = io.EOF
	}
	g.ended <- err
}
