package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	gorilla "github.com/gorilla/websocket"
	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	nbio "github.com/lesismal/nbio/nbhttp/websocket"
	"github.com/lxzan/gws"
)

// The other libraries, each as its own documentation says an echo server is
// written, with messages of every length compressed where compression is asked
// for. Every one that can be told to skip the check of UTF-8 does so by default.

func serveGorilla(l net.Listener, s setting) error {
	upgrader := gorilla.Upgrader{
		EnableCompression: s.Compress,
		CheckOrigin:       func(*http.Request) bool { return true },
	}
	var everyone crowd[*gorilla.Conn]
	return overHTTP(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		if s.Broadcast {
			everyone.add(c)
			defer everyone.remove(c)
		}
		c.SetReadLimit(maxMessage)
		for {
			typ, message, err := c.ReadMessage()
			if s.Broadcast && err == nil {
				prepared, _ := gorilla.NewPreparedMessage(typ, message)
				everyone.each(func(c *gorilla.Conn) { c.WritePreparedMessage(prepared) })
				continue
			}
			if s.Bye && err == nil {
				typ, message = gorilla.CloseMessage, gorilla.FormatCloseMessage(gorilla.CloseNormalClosure, "")
			}
			if err != nil || c.WriteMessage(typ, message) != nil {
				return
			}
		}
	}))
}

func serveCoder(l net.Listener, s setting) error {
	opts := &coder.AcceptOptions{CompressionThreshold: 1, CompressionMode: coder.CompressionDisabled}
	switch {
	case s.Compress && s.Takeover:
		opts.CompressionMode = coder.CompressionContextTakeover
	case s.Compress:
		opts.CompressionMode = coder.CompressionNoContextTakeover
	}
	var everyone crowd[*coder.Conn]
	return overHTTP(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := coder.Accept(w, r, opts)
		if err != nil {
			return
		}
		defer c.CloseNow()
		if s.Broadcast {
			everyone.add(c)
			defer everyone.remove(c)
		}
		c.SetReadLimit(maxMessage)
		ctx := context.Background()
		for {
			typ, message, err := c.Read(ctx)
			if s.Broadcast && err == nil {
				everyone.each(func(c *coder.Conn) { c.Write(ctx, typ, message) })
				continue
			}
			if s.Bye && err == nil {
				c.Close(coder.StatusNormalClosure, "")
			}
			if err != nil || c.Write(ctx, typ, message) != nil {
				return
			}
		}
	}))
}

// gwsEcho is the event handler of gws.
type gwsEcho struct {
	gws.BuiltinEventHandler
	setting
	everyone *crowd[*gws.Conn]
}

func (e gwsEcho) OnOpen(c *gws.Conn) {
	if e.Broadcast {
		e.everyone.add(c)
	}
}

func (e gwsEcho) OnClose(c *gws.Conn, _ error) { e.everyone.remove(c) }

func (e gwsEcho) OnMessage(c *gws.Conn, message *gws.Message) {
	defer message.Close()
	switch {
	case e.Bye:
		c.WriteClose(1000, nil)
	case e.Broadcast:
		all := gws.NewBroadcaster(message.Opcode, message.Bytes())
		e.everyone.each(func(c *gws.Conn) { all.Broadcast(c) })
		all.Close()
	default:
		c.WriteMessage(message.Opcode, message.Bytes())
	}
}

func serveGws(l net.Listener, s setting) error {
	upgrader := gws.NewUpgrader(gwsEcho{setting: s, everyone: &crowd[*gws.Conn]{}}, &gws.ServerOption{
		ReadMaxPayloadSize: maxMessage, WriteMaxPayloadSize: maxMessage,
		PermessageDeflate: gws.PermessageDeflate{
			Enabled: s.Compress, ServerContextTakeover: s.Takeover, ClientContextTakeover: s.Takeover, Threshold: 1,
		},
	})
	return overHTTP(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := upgrader.Upgrade(w, r); err == nil {
			go c.ReadLoop()
		}
	}))
}

// serveGobwas is gobwas's low-level API with one write a message.
func serveGobwas(l net.Listener, s setting) error {
	var everyone crowd[net.Conn]
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if _, err := ws.Upgrade(conn); err != nil {
				return
			}
			if s.Broadcast {
				everyone.add(conn)
				defer everyone.remove(conn)
			}
			var buffer []byte
			for {
				header, err := ws.ReadHeader(conn)
				if err != nil {
					return
				}
				need := ws.MaxHeaderSize + int(header.Length)
				if cap(buffer) < need {
					buffer = make([]byte, need)
				}
				payload := buffer[ws.MaxHeaderSize:need]
				if _, err := io.ReadFull(conn, payload); err != nil {
					return
				}
				ws.Cipher(payload, header.Mask, 0)
				out := frameInPlace(buffer[:need], ws.MaxHeaderSize, byte(header.OpCode), len(payload))
				switch {
				case s.Bye && header.OpCode == ws.OpClose:
					return // the answer
				case s.Bye:
					out = ws.CompiledCloseNormalClosure
				case header.OpCode == ws.OpPing:
					out = ws.CompiledPong
				case s.Broadcast && header.OpCode != ws.OpClose:
					everyone.each(func(c net.Conn) { c.Write(out) })
					continue
				}
				if _, err := conn.Write(out); err != nil || header.OpCode == ws.OpClose {
					return
				}
			}
		}()
	}
}

func serveNbio(l net.Listener, s setting) error {
	logging.SetLevel(logging.LevelNone) // it talks on standard output
	upgrader := nbio.NewUpgrader()
	upgrader.CheckOrigin = func(*http.Request) bool { return true }
	var everyone crowd[*nbio.Conn]
	upgrader.OnMessage(func(c *nbio.Conn, typ nbio.MessageType, message []byte) {
		switch {
		case s.Bye:
			c.WriteClose(1000, "")
		case s.Broadcast:
			everyone.each(func(c *nbio.Conn) { c.WriteMessage(typ, message) })
		default:
			c.WriteMessage(typ, message)
		}
	})
	if s.Broadcast {
		upgrader.OnOpen(everyone.add)
		upgrader.OnClose(func(c *nbio.Conn, _ error) { everyone.remove(c) })
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if c, err := upgrader.Upgrade(w, r, nil); err == nil {
			c.SetDeadline(time.Time{})
		}
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Handler: mux, NPoller: 1, ReadBufferSize: 64 << 10,
		Listen: func(string, string) (net.Listener, error) { return l, nil },
		Addrs:  []string{l.Addr().String()}, ReleaseWebsocketPayload: true, MaxWebsocketFramePayloadSize: maxMessage,
	})
	if err := engine.Start(); err != nil {
		return err
	}
	select {}
}
