package wire

import "strconv"

// StatusCode is the status code of a Close frame: why a connection ends.
// It is a 16-bit number. Numbers from 0 to 4999 lie in the ranges of RFC 6455,
// section 7.4.2; 5000 to 65535 fit the frame but lie in no range.
//
// Three assigned codes are results and never inputs: NoStatusRcvd,
// AbnormalClosure and TLSHandshake are not allowed in a frame.
type StatusCode uint16

// The status codes that RFC 6455, section 7.4.1, and the IANA registry assign,
// by their IANA names.
const (
	NormalClosure           StatusCode = 1000
	GoingAway               StatusCode = 1001
	ProtocolError           StatusCode = 1002
	UnsupportedData         StatusCode = 1003
	NoStatusRcvd            StatusCode = 1005 // a result: the Close frame received had no code
	AbnormalClosure         StatusCode = 1006 // a result: no Close frame was received
	InvalidFramePayloadData StatusCode = 1007
	PolicyViolation         StatusCode = 1008
	MessageTooBig           StatusCode = 1009
	MandatoryExtension      StatusCode = 1010
	InternalError           StatusCode = 1011
	ServiceRestart          StatusCode = 1012
	TryAgainLater           StatusCode = 1013
	BadGateway              StatusCode = 1014
	TLSHandshake            StatusCode = 1015 // a result: never used by this library, see the cause "tls"
	Unauthorized            StatusCode = 3000
	Forbidden               StatusCode = 3003
	Timeout                 StatusCode = 3008
)

// Name is the code's IANA name as this library spells it, "NormalClosure" for
// 1000, or "" when the registry assigns the code to nobody.
func (c StatusCode) Name() string {
	switch c {
	case NormalClosure:
		return "NormalClosure"
	case GoingAway:
		return "GoingAway"
	case ProtocolError:
		return "ProtocolError"
	case UnsupportedData:
		return "UnsupportedData"
	case NoStatusRcvd:
		return "NoStatusRcvd"
	case AbnormalClosure:
		return "AbnormalClosure"
	case InvalidFramePayloadData:
		return "InvalidFramePayloadData"
	case PolicyViolation:
		return "PolicyViolation"
	case MessageTooBig:
		return "MessageTooBig"
	case MandatoryExtension:
		return "MandatoryExtension"
	case InternalError:
		return "InternalError"
	case ServiceRestart:
		return "ServiceRestart"
	case TryAgainLater:
		return "TryAgainLater"
	case BadGateway:
		return "BadGateway"
	case TLSHandshake:
		return "TLSHandshake"
	case Unauthorized:
		return "Unauthorized"
	case Forbidden:
		return "Forbidden"
	case Timeout:
		return "Timeout"
	}
	return ""
}

// String is the number followed by the name, "1000 NormalClosure", or the
// number alone when the code has no name.
func (c StatusCode) String() string {
	number := strconv.Itoa(int(c))
	if name := c.Name(); name != "" {
		return number + " " + name
	}
	return number
}

// OnWire reports whether a Close frame may carry the code: 1000 to 1003, 1007
// to 1014 and 3000 to 4999. All other numbers are unused, reserved, results
// that arise locally, unassigned, or in no range at all; an endpoint must not
// send them and this library does not accept them.
//
// RFC 6455, sections 7.4.1 and 7.4.2.
func (c StatusCode) OnWire() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
		return true
	}
	return false
}
