package deflate

import (
	"strconv"

	"github.com/onclose/websocket/handshake"
)

// Offers is what a client offers, the preferred offer first. There is a second
// one when the server's window shall be bounded: for servers that cannot, it
// asks for no context takeover instead, so that nothing of that window is kept.
//
// RFC 7692, section 7.1.
func (o Options) Offers() []handshake.Extension {
	first := parameters{
		serverNoTakeover: !o.ServerTakeover,
		clientNoTakeover: !o.ClientTakeover,
		clientMaxBits:    bare,
	}
	if bits := orDefault(o.ClientWindowBits); bits < maxWindowBits {
		first.clientMaxBits = bits
	}
	bits := orDefault(o.ServerWindowBits)
	if bits == maxWindowBits {
		return []handshake.Extension{first.extension()}
	}
	second := first
	first.serverMaxBits, second.serverNoTakeover = bits, true
	return []handshake.Extension{first.extension(), second.extension()}
}

// Agree is the client's judgement of the server's answer to its offers: what was
// agreed on. When the answer is invalid or fits none of the offers the error is
// a *[handshake.ResponseError] that names the parameter and the section, and the
// client must fail the connection.
//
// RFC 7692, section 7.1.
func (o Options) Agree(offers []handshake.Extension, answer handshake.Extension) (Params, error) {
	a, bad := parseAnswer(answer)
	if bad != nil {
		return Params{}, bad.responseError()
	}
	if bad = fitsOne(offers, a); bad != nil {
		return Params{}, bad.responseError()
	}
	p := Params{
		ServerTakeover: !a.serverNoTakeover,
		// What the client itself does it may always do with less: its offer said
		// so, "even if the server doesn't include" the parameter (7.1.1.2, 7.1.2.2).
		ClientTakeover:   o.ClientTakeover && !a.clientNoTakeover,
		ServerWindowBits: orDefault(a.serverMaxBits),
		ClientWindowBits: min(orDefault(o.ClientWindowBits), orDefault(a.clientMaxBits)),
	}
	return p, nil
}

// fitsOne finds an offer that the answer accepts, or says why it accepts the
// preferred one not.
func fitsOne(offers []handshake.Extension, answer parameters) *fault {
	bad := &fault{Name, "was not offered", "RFC 7692, section 5.1"}
	first := true
	for _, e := range offers {
		if e.Name != Name {
			continue
		}
		offer, invalid := parseOffer(e)
		if invalid != nil {
			continue // no server may accept it
		}
		unfit := fits(offer, answer)
		if unfit == nil {
			return nil
		}
		if first {
			bad, first = unfit, false
		}
	}
	return bad
}

// fits says why an answer does not accept an offer, or nil.
func fits(offer, answer parameters) *fault {
	switch {
	case offer.serverNoTakeover && !answer.serverNoTakeover:
		return &fault{serverNoTakeover, "was offered and is missing", sections[serverNoTakeover]}
	case offer.serverMaxBits > 0 && answer.serverMaxBits == 0:
		return &fault{serverMaxBits, "was offered and is missing", sections[serverMaxBits]}
	case offer.serverMaxBits > 0 && answer.serverMaxBits > offer.serverMaxBits:
		return &fault{serverMaxBits, "is " + strconv.Itoa(answer.serverMaxBits) + ", more than the offered " + strconv.Itoa(offer.serverMaxBits), sections[serverMaxBits]}
	case offer.clientMaxBits == 0 && answer.clientMaxBits > 0:
		return &fault{clientMaxBits, "was not offered", sections[clientMaxBits]}
	}
	return nil
}

func (f *fault) responseError() error {
	const field = "Sec-WebSocket-Extensions"
	return &handshake.ResponseError{
		Status: 101, Header: field, Section: f.section,
		Message: "the header field " + field + " agrees to " + Name + " wrongly: " + clip(f.parameter) + " " + f.problem,
	}
}
