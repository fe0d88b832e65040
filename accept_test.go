package websocket_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
)

func TestARequestThatIsRefusedGetsAnHTTPErrorThatSaysWhy(t *testing.T) {
	var refusals []error
	h := websocket.Handler(echo, &websocket.AcceptOptions{Trace: websocket.Trace{
		Refused: func(_ *http.Request, err error) { refusals = append(refusals, err) },
	}})
	server := httptest.NewServer(h)
	defer server.Close()
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		status int
		body   string
	}{
		{"no WebSocket request", func(r *http.Request) { r.Header = http.Header{} }, 426, "Upgrade"},
		{"POST", func(r *http.Request) { r.Method = "POST" }, 405, "POST"},
		{"another version", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }, 426, "Sec-WebSocket-Version"},
		{"a key that is none", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "x") }, 400, "Sec-WebSocket-Key"},
		{"another origin", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403, "AcceptOptions.Origins"},
		{"another scheme", func(r *http.Request) { r.Header.Set("Origin", "https://"+r.URL.Host) }, 403, "TrustForwardedScheme"},
		{"too many headers", func(r *http.Request) { r.Header["X"] = make([]string, 200) }, 431, "128"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := http.NewRequest("GET", server.URL, nil)
			r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"keep-alive, Upgrade"}}
			r.Header.Set("Sec-WebSocket-Version", "13")
			r.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
			test.change(r)
			refusals = nil
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode != test.status || !strings.Contains(string(body), test.body) || !response.Close {
				t.Errorf("%d %q, close %v; want %d with %q", response.StatusCode, body, response.Close, test.status, test.body)
			}
			if response.StatusCode == 426 && response.Header.Get("Sec-WebSocket-Version") != "13" {
				t.Errorf("426 with %v", response.Header)
			}
			var refusal *handshake.Refusal
			if len(refusals) != 1 || !errors.As(refusals[0], &refusal) || refusal.Status != test.status {
				t.Errorf("told of %v", refusals)
			}
		})
	}
}

func TestAcceptInAPlainHandler(t *testing.T) {
	events := make(chan websocket.CloseEvent, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		go func() { // the handler returns, and its context ends: the Conn lives on
			<-r.Context().Done()
			echo(c)
			events <- eventOf(c)
		}()
	}))
	defer server.Close()
	c, err := websocket.Dial(background, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Write(background, websocket.Text, []byte("x"))
	if _, p, err := c.Read(background); err != nil || string(p) != "x" {
		t.Errorf("Read = %q, %v", p, err)
	}
	c.Close(1000, "")
	check(t, "server", <-events, "1000||clean|remote|closing||fin")
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	for _, opts := range []*websocket.AcceptOptions{
		{Subprotocols: []string{"a b"}}, {Origins: []string{"https://"}},
		{Header: http.Header{"Upgrade": {"x"}}}, {Header: http.Header{"X": {"a\nb"}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Handler took %+v", opts)
				}
			}()
			websocket.Handler(echo, opts)
		}()
		w := httptest.NewRecorder()
		if _, err := websocket.Accept(w, httptest.NewRequest("GET", "/", nil), opts); err == nil || w.Code != 500 {
			t.Errorf("Accept took %+v", opts)
		}
	}
}
