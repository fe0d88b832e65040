package interop

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/onclose/websocket"
)

// compressionWishes are what one end of ours can want. What either end sends
// depends on its own takeover and window alone, so all of these are met in
// either direction, and not every window with every other.
func compressionWishes() (all []websocket.Compression) {
	for takeovers := range 4 {
		for bits := 8; bits <= 15; bits++ {
			all = append(all, websocket.Compression{
				Threshold: -1, ServerTakeover: takeovers&1 != 0, ClientTakeover: takeovers&2 != 0,
				ServerWindowBits: bits, ClientWindowBits: 23 - bits,
			})
		}
	}
	return all
}

// generous wants what costs most: every window whole, and takeover.
var generous = websocket.Compression{
	Threshold: -1, ServerTakeover: true, ClientTakeover: true, ServerWindowBits: 15, ClientWindowBits: 15,
}

// deflateOffers are what a client can offer, with each of its values.
func deflateOffers() (all []Deflate) {
	for takeovers := range 4 {
		for i, clientBits := range []any{nil, true, 8, 9, 10, 11, 12, 13, 14, 15} {
			all = append(all, Deflate{
				ServerNoContextTakeover: takeovers&1 != 0, ClientNoContextTakeover: takeovers&2 != 0,
				ServerMaxWindowBits: []int{0, 15, 14, 13, 12, 11, 10, 9, 8, 0}[i], ClientMaxWindowBits: clientBits,
			})
		}
	}
	return all
}

// wished is the name of a set of parameters.
func wished(c websocket.Compression) string {
	return fmt.Sprintf("takeover=%s,server=%d,client=%d", takeoverOf(c), c.ServerWindowBits, c.ClientWindowBits)
}

func takeoverOf(c websocket.Compression) string {
	switch {
	case c.ServerTakeover && c.ClientTakeover:
		return "both"
	case c.ServerTakeover:
		return "server"
	case c.ClientTakeover:
		return "client"
	}
	return "none"
}

// compressingServer is the `onclose serve` that wants this.
func compressingServer(t *testing.T, c websocket.Compression) *Server {
	t.Helper()
	return servers.get(t, wished(c), "--origin", "*", "--compress", "--compress-threshold", "0",
		"--takeover", takeoverOf(c),
		"--server-window-bits", fmt.Sprint(c.ServerWindowBits), "--client-window-bits", fmt.Sprint(c.ClientWindowBits))
}

// agreed is what a server that wants this has to answer to an offer: nothing
// that it does not do, and everything that both of them can. RFC 7692, section 7.1.
func agreed(server websocket.Compression, offer Deflate) Deflate {
	answer := Deflate{
		ServerNoContextTakeover: offer.ServerNoContextTakeover || !server.ServerTakeover,
		ClientNoContextTakeover: offer.ClientNoContextTakeover || !server.ClientTakeover,
	}
	bits := min(server.ServerWindowBits, cmp.Or(offer.ServerMaxWindowBits, 15))
	if bits < 15 || offer.ServerMaxWindowBits > 0 {
		answer.ServerMaxWindowBits = bits
	}
	bits = server.ClientWindowBits
	if offered, ok := offer.ClientMaxWindowBits.(int); ok {
		bits = min(bits, offered)
	}
	switch {
	case bits == 15: // is what is meant without the parameter
	case offer.ClientMaxWindowBits == nil:
		// It may not be told (section 7.1.2.2). The server wants no more than
		// its window, so it keeps nothing.
		answer.ClientNoContextTakeover = true
	default:
		answer.ClientMaxWindowBits = bits
	}
	return answer
}
