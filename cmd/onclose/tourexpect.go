package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// members is what is expected of an end's account: some of the members of its
// JSON, in their order. What is not named may be anything; that is for what the
// network, and not the protocol, decides. A nil members expects no account.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members as one object, in their order.
func (m members) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("null"), nil
	}
	b := bytes.NewBufferString("{")
	for i, each := range m {
		value, err := json.Marshal(each.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%q:%s", each.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// with is a copy of m in which a member has another value, or is added.
func (m members) with(name string, value any) members {
	m = slices.Clone(m)
	for i := range m {
		if m[i].name == name {
			m[i].value = value
			return m
		}
	}
	return append(m, member{name, value})
}

// differences lists in what an account is not as expected.
func (m members) differences(account any) []string {
	got, err := object(account)
	if err != nil {
		return []string{err.Error()}
	}
	want, err := object(m)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, each := range m {
		value, there := got[each.name]
		switch {
		case !there:
			found = append(found, each.name+" is missing")
		case !reflect.DeepEqual(value, want[each.name]):
			found = append(found, fmt.Sprintf("%s is %s, expected %s", each.name, compact(value), compact(want[each.name])))
		}
	}
	return found
}

// object is v as JSON has it.
func object(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	return o, json.Unmarshal(data, &o)
}

func compact(v any) string {
	data, _ := json.Marshal(v) // v came from JSON
	return string(data)
}

// Whose Close frame is expected to have come first.
const (
	byLocal  = protocol.Local
	byRemote = protocol.Remote
	byBoth   = protocol.Both
	byNobody = protocol.Nobody
)

// say is a Close frame. The code NoStatusRcvd stands for one without a code.
func say(code websocket.StatusCode, reason string) *websocket.CloseFrame {
	return &websocket.CloseFrame{Code: code, Reason: reason}
}

// silence stands where no Close frame is expected.
var silence *websocket.CloseFrame

// clean expects a closing handshake in which both ends said the same.
func clean(code websocket.StatusCode, reason string, by protocol.Initiator) members {
	return exchanged(say(code, reason), say(code, reason), by)
}

// exchanged expects a closing handshake with these two Close frames.
func exchanged(sent, received *websocket.CloseFrame, by protocol.Initiator) members {
	return members{
		{"code", received.Code}, {"reason", received.Reason}, {"wasClean", true},
		{"initiator", by}, {"phase", protocol.PhaseClosing}, {"cause", ""}, {"rule", ""},
		{"sent", sent}, {"received", received},
		{"transport", protocol.EndFIN}, {"httpStatus", 101}, {"offendingCode", nil},
	}
}

// lost expects that no Close frame came, and that none was sent.
func lost(cause protocol.Cause, transport protocol.TransportEnd) members {
	return members{
		{"code", websocket.AbnormalClosure}, {"reason", ""}, {"wasClean", false},
		{"initiator", byNobody}, {"phase", protocol.PhaseOpen}, {"cause", cause}, {"rule", ""},
		{"sent", silence}, {"received", silence},
		{"transport", transport}, {"httpStatus", 101}, {"offendingCode", nil},
	}
}

// unanswered expects that this end's Close frame was not answered.
func unanswered(sent *websocket.CloseFrame, cause protocol.Cause, transport protocol.TransportEnd) members {
	return lost(cause, transport).with("initiator", byLocal).with("phase", protocol.PhaseClosing).with("sent", sent)
}

// fails expects that this end found the other in the wrong, told it so, and
// processed nothing more.
func fails(sent *websocket.CloseFrame, cause protocol.Cause, rule string) members {
	return lost(cause, protocol.EndFIN).with("initiator", byLocal).with("rule", rule).with("sent", sent)
}

// neverOpened expects that a client's Dial failed. The status is that of the
// HTTP response, nil if there was none.
func neverOpened(phase protocol.Phase, cause protocol.Cause, transport protocol.TransportEnd, status any) members {
	return lost(cause, transport).with("phase", phase).with("httpStatus", status).with("openedAt", nil)
}

// saw expects that these Close frames, and no others, came to a rawPeer.
func saw(end protocol.TransportEnd, frames ...*websocket.CloseFrame) members {
	seen := []seenFrame{}
	for _, frame := range frames {
		length := int64(0)
		if frame.Code != websocket.NoStatusRcvd {
			length = int64(2 + len(frame.Reason))
		}
		seen = append(seen, seenFrame{Opcode: "Close", Length: length, Close: frame})
	}
	return members{{"type", "wire"}, {"frames", seen}, {"end", end}}
}

// refusedWith expects a server's word of a request that it refused.
func refusedWith(status int) members {
	return members{{"type", "refused"}, {"httpStatus", status}}
}
