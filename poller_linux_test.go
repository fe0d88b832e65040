//go:build linux && !onclose_slow

package websocket_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// A connection that waits has no goroutine, over TLS neither.
func TestNoGoroutineWaits(t *testing.T) {
	overBoth(t, func(t *testing.T, serve serveFunc) {
		const many = 50
		dial := serve(t, websocket.Events{OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
			c.Write(background, typ, p)
		}}.Handler(nil))
		before := runtime.NumGoroutine()
		for range many {
			c := dial()
			c.Write(background, websocket.Text, []byte("x"))
			if _, _, err := c.Read(background); err != nil {
				t.Fatal(err)
			}
		}
		for begin := time.Now(); time.Since(begin) < 10*time.Second; runtime.Gosched() {
			if runtime.NumGoroutine() < before+many/2 {
				return
			}
		}
		t.Errorf("%d connections have %d goroutines more", many, runtime.NumGoroutine()-before)
	})
}
