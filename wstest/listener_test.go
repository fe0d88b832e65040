package wstest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/wstest"
)

func TestAListenerThatIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := wstest.NewListener()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.DialContext(ctx, "tcp", "anything"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("DialContext = %v", err)
		}
		l.Close()
		l.Close()
		if _, err := l.DialContext(t.Context(), "tcp", "anything"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("DialContext = %v", err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept = %v", err)
		}
	})
}

// What a server's handler learns when its client vanishes.
func ExampleListener() {
	ended := make(chan websocket.CloseEvent)
	handler := websocket.Events{OnClose: func(_ *websocket.Conn, ev websocket.CloseEvent) { ended <- ev }}.Handler(nil)
	l := wstest.NewListener()
	defer l.Close()
	go http.Serve(l, handler)

	client, err := websocket.Dial(context.Background(), "ws://test/", &websocket.DialOptions{Dial: l.DialContext})
	if err != nil {
		fmt.Println(err)
		return
	}
	client.Abort()
	ev := <-ended
	fmt.Println(ev.Code, ev.WasClean, ev.Cause)
	// Output: 1006 AbnormalClosure false eof
}
