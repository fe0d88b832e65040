package deflate_test

import (
	"fmt"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/handshake"
)

// A client offers, a server accepts, and a message goes through.
func Example() {
	client := deflate.Options{ClientTakeover: true}
	server := deflate.Options{ClientTakeover: true, ClientWindowBits: 12}

	offers := client.Offers()
	fmt.Printf("offer:  %s\n", handshake.AppendExtensions(nil, offers))
	_, answer, _ := server.Accept(offers)
	fmt.Printf("answer: %s\n", handshake.AppendExtensions(nil, []handshake.Extension{answer}))
	params, err := client.Agree(offers, answer)
	if err != nil {
		fmt.Println(err) // the client fails the connection
		return
	}

	var c deflate.Compressor
	var d deflate.Decompressor
	c.Init(params.ClientWindowBits, params.ClientTakeover, 0)
	d.Init(params.ClientWindowBits, params.ClientTakeover)
	for range 2 {
		data := c.Append(nil, []byte("How much wood would a woodchuck chuck?"), true)
		c.Commit()
		size := len(data)
		var text []byte
		for done := false; !done; {
			var out []byte
			var n int
			out, n, done, err = d.Inflate(data, true)
			if err != nil {
				fmt.Println(err)
				return
			}
			text = append(text, out...)
			data = data[n:]
		}
		fmt.Printf("%d bytes: %s\n", size, text)
	}
	// Output:
	// offer:  permessage-deflate; server_no_context_takeover; client_max_window_bits
	// answer: permessage-deflate; server_no_context_takeover; client_max_window_bits=12
	// 37 bytes: How much wood would a woodchuck chuck?
	// 4 bytes: How much wood would a woodchuck chuck?
}
