package deflate

import (
	"strconv"

	"github.com/onclose/websocket/handshake"
)

// The four parameters. RFC 7692, section 7.1.
const (
	serverNoTakeover = "server_no_context_takeover"
	clientNoTakeover = "client_no_context_takeover"
	serverMaxBits    = "server_max_window_bits"
	clientMaxBits    = "client_max_window_bits"
)

// sections say where each parameter is defined.
var sections = map[string]string{
	serverNoTakeover: "RFC 7692, section 7.1.1.1",
	clientNoTakeover: "RFC 7692, section 7.1.1.2",
	serverMaxBits:    "RFC 7692, section 7.1.2.1",
	clientMaxBits:    "RFC 7692, section 7.1.2.2",
}

// parameters are those of one offer or answer.
type parameters struct {
	serverNoTakeover, clientNoTakeover bool
	serverMaxBits, clientMaxBits       int // 0 when missing
}

// bare is the value of a client_max_window_bits that has none: in an offer "this
// parameter has no value or has a decimal integer value" (section 7.1.2.2).
const bare = -1

// fault is a parameter that makes an offer or an answer invalid.
type fault struct {
	parameter string
	problem   string // the clause behind the parameter
	section   string
}

// parseOffer reads an offer's parameters, and parseAnswer those of an answer.
func parseOffer(e handshake.Extension) (parameters, *fault) { return parse(e, true) }

func parseAnswer(e handshake.Extension) (parameters, *fault) { return parse(e, false) }

// parse applies the rules of section 7.1: no parameter that is not defined, none
// twice, and none with a value that is not valid.
func parse(e handshake.Extension, offer bool) (parameters, *fault) {
	var p parameters
	for i, param := range e.Params {
		section, known := sections[param.Name]
		if !known {
			return parameters{}, &fault{param.Name, "is not defined", "RFC 7692, section 7.1"}
		}
		for _, before := range e.Params[:i] {
			if before.Name == param.Name {
				return parameters{}, &fault{param.Name, "occurs twice", "RFC 7692, section 7.1"}
			}
		}
		if problem := p.set(param, offer); problem != "" {
			return parameters{}, &fault{param.Name, problem, section}
		}
	}
	return p, nil
}

// set takes one parameter over, or says what is wrong with its value.
func (p *parameters) set(param handshake.Param, offer bool) (problem string) {
	switch param.Name {
	case serverNoTakeover:
		p.serverNoTakeover = true
	case clientNoTakeover:
		p.clientNoTakeover = true
	case serverMaxBits:
		p.serverMaxBits = windowBits(param.Value)
		return badBits(param, p.serverMaxBits)
	case clientMaxBits:
		if offer && !param.HasValue {
			p.clientMaxBits = bare
			return ""
		}
		p.clientMaxBits = windowBits(param.Value)
		return badBits(param, p.clientMaxBits)
	}
	if param.HasValue {
		return "has a value"
	}
	return ""
}

func badBits(param handshake.Param, bits int) (problem string) {
	switch {
	case bits != 0:
		return ""
	case !param.HasValue:
		return "has no value"
	}
	return "is " + strconv.Quote(clip(param.Value)) + ", not 8 to 15"
}

// clip bounds what a message repeats of the peer's text.
func clip(text string) string {
	const most = 32
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// windowBits is the number that text stands for, "a decimal integer value
// without leading zeroes between 8 to 15 inclusive", or 0.
func windowBits(text string) int {
	for bits := minWindowBits; bits <= maxWindowBits; bits++ {
		if text == strconv.Itoa(bits) {
			return bits
		}
	}
	return 0
}

// extension writes the parameters, always in the same order.
func (p parameters) extension() handshake.Extension {
	e := handshake.Extension{Name: Name}
	flag := func(name string, set bool) {
		if set {
			e.Params = append(e.Params, handshake.Param{Name: name})
		}
	}
	number := func(name string, bits int) {
		if bits > 0 {
			e.Params = append(e.Params, handshake.Param{Name: name, Value: strconv.Itoa(bits), HasValue: true})
		}
	}
	flag(serverNoTakeover, p.serverNoTakeover)
	flag(clientNoTakeover, p.clientNoTakeover)
	number(serverMaxBits, p.serverMaxBits)
	flag(clientMaxBits, p.clientMaxBits == bare)
	number(clientMaxBits, p.clientMaxBits)
	return e
}
