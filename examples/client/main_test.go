package main

import (
	"net/http/httptest"
	"testing"

	"github.com/onclose/websocket"
)

func TestTalk(t *testing.T) {
	server := httptest.NewServer(websocket.Events{
		OnMessage: func(c *websocket.Conn, typ websocket.MessageType, p []byte) { c.Write(t.Context(), typ, p) },
	}.Handler(nil))
	defer server.Close()
	ev, err := talk(server.URL)
	if err != nil || ev.Code != 4001 || ev.Reason != "bye" || !ev.WasClean {
		t.Errorf("talk = %v, %v", ev, err)
	}
}
