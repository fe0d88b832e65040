package deflate

import "github.com/onclose/websocket/handshake"

// Accept is the server's decision: the first offer of this extension that it
// can accept, what that means, and the answer, which says exactly what will be
// done. Offers of other extensions are passed over. It is false when no offer
// is acceptable: the connection then goes on without compression.
//
// "A server MUST decline an extension negotiation offer for this extension" if
// it has a parameter that is not defined, occurs twice or has an invalid value
// (RFC 7692, section 7.1); every other offer can be accepted.
func (o Options) Accept(offers []handshake.Extension) (Params, handshake.Extension, bool) {
	for _, e := range offers {
		if e.Name != Name {
			continue
		}
		if offer, fault := parseOffer(e); fault == nil {
			params, answer := o.accept(offer)
			return params, answer.extension(), true
		}
	}
	return Params{}, handshake.Extension{}, false
}

// accept answers a valid offer.
func (o Options) accept(offer parameters) (Params, parameters) {
	p := Params{
		ServerTakeover:   o.ServerTakeover && !offer.serverNoTakeover,
		ClientTakeover:   o.ClientTakeover && !offer.clientNoTakeover,
		ServerWindowBits: orDefault(o.ServerWindowBits),
		ClientWindowBits: orDefault(o.ClientWindowBits),
	}
	var answer parameters
	if offer.serverMaxBits > 0 {
		// "A server accepts an extension negotiation offer with this parameter by
		// including the "server_max_window_bits" extension parameter in the
		// extension negotiation response to send back to the client with the same
		// or smaller value as the offer." (section 7.1.2.1)
		p.ServerWindowBits = min(p.ServerWindowBits, offer.serverMaxBits)
		answer.serverMaxBits = p.ServerWindowBits
	}
	if p.ServerWindowBits < maxWindowBits {
		answer.serverMaxBits = p.ServerWindowBits
	}
	switch {
	case offer.clientMaxBits > 0:
		p.ClientWindowBits = min(p.ClientWindowBits, offer.clientMaxBits)
	case offer.clientMaxBits == 0 && p.ClientWindowBits < maxWindowBits:
		// "If a received extension negotiation offer doesn't have the
		// "client_max_window_bits" extension parameter, the corresponding extension
		// negotiation response to the offer MUST NOT include" it (section 7.1.2.2).
		// A window that cannot be bounded is not kept.
		p.ClientWindowBits, p.ClientTakeover = maxWindowBits, false
	}
	if p.ClientWindowBits < maxWindowBits {
		answer.clientMaxBits = p.ClientWindowBits
	}
	answer.serverNoTakeover, answer.clientNoTakeover = !p.ServerTakeover, !p.ClientTakeover
	return p, answer
}
