package protocol

import (
	"testing"

	"github.com/onclose/websocket/wire"
)

func TestViolationNamesTheRuleAndThePlace(t *testing.T) {
	tests := []struct {
		name string
		v    Violation
		want string
	}{
		{"a rule about one bit", Violation{Rule: wire.RuleUnmasked, Offset: 7},
			"websocket: a client's frame is not masked, at byte 7 (RFC 6455, section 5.1)"},
		{"a number that is not allowed", Violation{Rule: wire.RuleCloseCode, Got: 1005},
			"websocket: the Close frame has a status code that must not be sent (1005), at byte 0 (RFC 6455, section 7.4)"},
		{"an opcode", Violation{Rule: wire.RuleReservedOpcode, Got: 3, Offset: 1 << 40},
			"websocket: the opcode is reserved (3), at byte 1099511627776 (RFC 6455, section 5.2)"},
		{"a limit", Violation{Rule: wire.RuleMessageTooBig, Got: 1 << 62, Limit: 1000},
			"websocket: the message is longer than the limit (4611686018427387904 > 1000), at byte 0 (RFC 6455, section 10.4)"},
		{"extensions that are missing", Violation{Rule: wire.RuleMandatoryExtension, Names: "a, b"},
			"websocket: the server did not agree to a required extension: a, b (RFC 6455, section 7.4.1)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.v.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
