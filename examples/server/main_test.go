package main

import (
	"net/http/httptest"
	"testing"

	"github.com/onclose/websocket"
)

func TestEcho(t *testing.T) {
	server := httptest.NewServer(websocket.Handler(echo, nil))
	defer server.Close()
	c, err := websocket.Dial(t.Context(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(t.Context(), websocket.Text, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, p, err := c.Read(t.Context()); err != nil || string(p) != "hello" {
		t.Errorf("Read = %q, %v", p, err)
	}
	if err := c.Close(4001, "bye"); err != nil {
		t.Error(err)
	}
}
