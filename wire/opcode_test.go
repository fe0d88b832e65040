package wire

import "testing"

// RFC 6455, section 5.2: every opcode there can be.
func TestOpcodeOfEveryNumber(t *testing.T) {
	tests := []struct {
		name              string
		control, reserved bool
	}{
		0x0: {"continuation", false, false},
		0x1: {"text", false, false},
		0x2: {"binary", false, false},
		0x3: {"opcode(3)", false, true},
		0x4: {"opcode(4)", false, true},
		0x5: {"opcode(5)", false, true},
		0x6: {"opcode(6)", false, true},
		0x7: {"opcode(7)", false, true},
		0x8: {"Close", true, false},
		0x9: {"Ping", true, false},
		0xA: {"Pong", true, false},
		0xB: {"opcode(11)", true, true},
		0xC: {"opcode(12)", true, true},
		0xD: {"opcode(13)", true, true},
		0xE: {"opcode(14)", true, true},
		0xF: {"opcode(15)", true, true},
	}
	for number, want := range tests {
		o := Opcode(number)
		if o.String() != want.name || o.Control() != want.control || o.Reserved() != want.reserved {
			t.Errorf("opcode %d is %q, control %t, reserved %t, want %+v", number, o, o.Control(), o.Reserved(), want)
		}
	}
	if len(tests) != 16 {
		t.Errorf("%d opcodes tested, want 16", len(tests))
	}
}
