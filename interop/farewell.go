package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/transport"
)

// farewell is a server of ours that has much to say when it parts from its
// clients: at /farewell it sends farewellBytes and then closes, while what the
// client sent lies unread.
type farewell struct {
	// host is where it listens without TLS, secureHost with.
	host, secureHost string

	servers []*http.Server
	accept  websocket.AcceptOptions
	events  *ledger[websocket.CloseEvent]
}

// What the server says before it closes: messages that together are 1 MiB.
const (
	farewellMessages = 16
	messageBytes     = 64 << 10
	farewellBytes    = farewellMessages * messageBytes
)

var farewellFrame = websocket.CloseFrame{Code: 4000, Reason: "x"}

// connKey is the key of the net.Conn in a request's context.
type connKey struct{}

// startFarewell listens on two free ports of the loopback.
func startFarewell(pair tls.Certificate) (*farewell, error) {
	f := &farewell{events: newLedger[websocket.CloseEvent]()}
	f.accept = websocket.AcceptOptions{
		Origins: []string{"*"}, // a browser's page comes from elsewhere
		Trace: websocket.Trace{
			Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) { f.events.enter(ev.URL, ev) },
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("/farewell", f.serve)
	for _, host := range []*string{&f.host, &f.secureHost} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			f.close()
			return nil, err
		}
		*host = listener.Addr().String()
		if host == &f.secureHost {
			listener = tls.NewListener(transport.ObserveEOF(listener), &tls.Config{
				Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"},
			})
		}
		server := &http.Server{
			Handler:  mux,
			ErrorLog: log.New(io.Discard, "", 0), // browsers open TLS ahead and leave it
			ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
				return context.WithValue(ctx, connKey{}, conn)
			},
		}
		f.servers = append(f.servers, server)
		go server.Serve(listener)
	}
	return f, nil
}

// serve waits until the number of bytes that the query calls unread has come,
// reads none of them, speaks and closes.
func (f *farewell) serve(w http.ResponseWriter, r *http.Request) {
	unread, err := strconv.Atoi(r.URL.Query().Get("unread"))
	if err != nil || unread < 1 {
		http.Error(w, "unread is not a number of bytes", http.StatusBadRequest)
		return
	}
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	c, err := websocket.Accept(w, r, &f.accept)
	if err != nil {
		return // the response has been written
	}
	if err := awaitUnread(conn, unread); err != nil {
		_ = c.Close(websocket.InternalError, err.Error())
		return
	}
	message := bytes.Repeat([]byte{'x'}, messageBytes)
	for range farewellMessages {
		if c.Write(context.Background(), websocket.Binary, message) != nil {
			break // the CloseEvent says why
		}
	}
	_ = c.Close(farewellFrame.Code, farewellFrame.Reason)
}

// close ends the listeners; connections that became WebSockets live on.
func (f *farewell) close() error {
	var all error
	for _, server := range f.servers {
		all = errors.Join(all, server.Close())
	}
	return all
}
