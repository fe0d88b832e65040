package handshake_test

import (
	"fmt"

	"github.com/onclose/websocket/handshake"
)

// Both sides of an opening handshake, without a network between them. A real
// nonce comes from crypto/rand.
func Example() {
	nonce := [16]byte([]byte("the sample nonce"))
	client := handshake.ClientRules{Key: handshake.NewKey(nonce), Subprotocols: []string{"chat"}}
	request, err := client.AppendRequest(nil, "/room", "example.com", nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	req, _, err := handshake.ParseRequest(request, handshake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := handshake.ServerRules{Subprotocols: []string{"superchat", "chat"}}
	reply, refusal := server.Check(&req)
	if refusal != nil {
		fmt.Println(refusal)
		return
	}
	response, err := reply.AppendResponse(nil, "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	resp, _, err := handshake.ParseResponse(response, handshake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	agreed, err := client.Check(&resp)
	fmt.Println(resp.Status, agreed.Subprotocol, err)
	// Output: 101 chat <nil>
}

// A page of another site asks to connect. The refusal says what to do, should
// that be wanted.
func ExampleServerRules_Check() {
	req, _, err := handshake.ParseRequest([]byte("GET /room HTTP/1.1\r\n"+
		"Host: example.com\r\n"+
		"Origin: https://evil.example\r\n"+
		"Upgrade: websocket\r\n"+
		"Connection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), handshake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, refusal := new(handshake.ServerRules).Check(&req)
	fmt.Println(refusal.Status)
	fmt.Println(refusal.Message)
	// Output:
	// 403
	// origin "https://evil.example" is not this server's "http://example.com"; to allow it, add it to AcceptOptions.Origins
}
