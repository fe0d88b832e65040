package deflate

import (
	"strconv"

	"github.com/onclose/websocket/handshake"
)

// Name is the registered name of the extension.
const Name = "permessage-deflate"

// The range of window bits.
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// Options is what an endpoint wants of the extension. The zero value keeps
// nothing between messages: no context takeover in either direction.
//
// Server and Client name the endpoint that sends, whichever of the two has
// these options.
type Options struct {
	// ServerTakeover and ClientTakeover allow context takeover for what the
	// server sends and for what the client sends. It makes small messages that
	// resemble each other smaller, and costs memory while the connection is
	// idle: for what is received up to the window, for what is sent up to 8 KiB
	// of it, or 3 while no message is longer than 1. False by default. Messages then compress together, which can
	// betray a secret in one of them (RFC 7692, section 8).
	ServerTakeover, ClientTakeover bool
	// ServerWindowBits and ClientWindowBits bound the windows, 8 (256 bytes) to
	// 15 (32 KiB); 0 means 15. Where the peer cannot be told of the bound on
	// what it sends, its window is 15 bits, but without context takeover: then
	// nothing of it is kept.
	ServerWindowBits, ClientWindowBits int
}

// Params is what both endpoints agreed on. Server and Client name the endpoint
// that sends.
type Params struct {
	// ServerTakeover and ClientTakeover: a message may refer to those before it.
	ServerTakeover, ClientTakeover bool
	// ServerWindowBits and ClientWindowBits are 8 to 15. No distance in what
	// that endpoint sends is greater than 2 to this power.
	ServerWindowBits, ClientWindowBits int
}

// Validate reports window bits that cannot be. The error is a
// *[handshake.MisuseError].
func (o Options) Validate() error {
	for _, window := range []struct {
		field   string
		bits    int
		section string
	}{
		{"ServerWindowBits", o.ServerWindowBits, "RFC 7692, section 7.1.2.1"},
		{"ClientWindowBits", o.ClientWindowBits, "RFC 7692, section 7.1.2.2"},
	} {
		if window.bits != 0 && (window.bits < minWindowBits || window.bits > maxWindowBits) {
			return &handshake.MisuseError{Field: window.field, Problem: strconv.Itoa(window.bits) + " is not between 8 and 15", Section: window.section}
		}
	}
	return nil
}

// orDefault is the window bits that an option stands for.
func orDefault(bits int) int {
	if bits == 0 {
		return maxWindowBits
	}
	return bits
}
