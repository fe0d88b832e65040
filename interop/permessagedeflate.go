package interop

import "fmt"

// Deflate are parameters of permessage-deflate: what somebody offers, wants or
// agrees to. The zero value asks for nothing. RFC 7692, section 7.1.
type Deflate struct {
	ServerNoContextTakeover bool `json:"server_no_context_takeover,omitempty"`
	ClientNoContextTakeover bool `json:"client_no_context_takeover,omitempty"`
	// ServerMaxWindowBits is 8 to 15, or 0 for no such parameter.
	ServerMaxWindowBits int `json:"server_max_window_bits,omitempty"`
	// ClientMaxWindowBits is 8 to 15, nil for no such parameter, or, in an
	// offer, true for one without a value.
	ClientMaxWindowBits any `json:"client_max_window_bits,omitempty"`
}

// String is the header field, with the parameters in the order in which
// RFC 7692 defines them. Every peer here keeps to it.
func (d Deflate) String() string {
	text := "permessage-deflate"
	if d.ServerNoContextTakeover {
		text += "; server_no_context_takeover"
	}
	if d.ClientNoContextTakeover {
		text += "; client_no_context_takeover"
	}
	if d.ServerMaxWindowBits > 0 {
		text += fmt.Sprint("; server_max_window_bits=", d.ServerMaxWindowBits)
	}
	switch bits := d.ClientMaxWindowBits.(type) {
	case bool:
		text += "; client_max_window_bits"
	case int:
		text += fmt.Sprint("; client_max_window_bits=", bits)
	}
	return text
}
