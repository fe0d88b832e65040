package observe

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/visible"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// Recording is how a connection ended, and the last frames before.
type Recording struct {
	Event  websocket.CloseEvent
	Frames []RecordedFrame // oldest first
	// Forgotten is how many frames came before those.
	Forgotten int64
	// LeftOut is how many recordings of ends of this kind were not written in the
	// second before, since there were too many.
	LeftOut int
}

// RecordedFrame is a frame without the payload of its data.
type RecordedFrame struct {
	At        time.Time // UTC
	Direction protocol.Direction
	Opcode    wire.Opcode
	Fin       bool
	RSV       byte   // as in wire.Header
	Length    int64  // bytes of payload
	Payload   []byte // of a control frame, unmasked; nil for a data frame
}

// closeFrame is the Close frame that f is, nil when it is none or a bad one.
func (f RecordedFrame) closeFrame() *websocket.CloseFrame {
	if f.Opcode != wire.Close {
		return nil
	}
	code, reason, rule := wire.ParseClose(f.Payload)
	if rule != 0 {
		return nil
	}
	return &websocket.CloseFrame{Code: code, Reason: string(reason)}
}

// frameJSON has every member always, as a CloseEvent's JSON does.
type frameJSON struct {
	At         time.Time             `json:"at"`
	Direction  protocol.Direction    `json:"direction"`
	Opcode     string                `json:"opcode"`
	Fin        bool                  `json:"fin"`
	RSV        byte                  `json:"rsv"`
	Length     int64                 `json:"length"`
	Payload    *string               `json:"payload"`
	CloseFrame *websocket.CloseFrame `json:"closeFrame"`
}

// MarshalJSON writes the payload of a control frame in hexadecimal digits, and a
// Close frame also as code and reason, what does not show in that escaped. Both
// are null for other frames.
func (f RecordedFrame) MarshalJSON() ([]byte, error) {
	j := frameJSON{
		At: f.At, Direction: f.Direction, Opcode: f.Opcode.String(), Fin: f.Fin, RSV: f.RSV, Length: f.Length,
	}
	if frame := f.closeFrame(); frame != nil {
		j.CloseFrame = &websocket.CloseFrame{Code: frame.Code, Reason: visible.Text(frame.Reason)}
	}
	if f.Opcode.Control() {
		digits := hex.EncodeToString(f.Payload)
		j.Payload = &digits
	}
	return json.Marshal(j)
}

// MarshalJSON writes the CloseEvent's object with three more members: frames,
// forgotten and leftOut.
func (r Recording) MarshalJSON() ([]byte, error) {
	event, err := r.Event.MarshalJSON()
	if err != nil {
		return nil, err
	}
	frames := r.Frames
	if frames == nil {
		frames = []RecordedFrame{}
	}
	more, err := json.Marshal(struct {
		Frames    []RecordedFrame `json:"frames"`
		Forgotten int64           `json:"forgotten"`
		LeftOut   int             `json:"leftOut"`
	}{frames, r.Forgotten, r.LeftOut})
	if err != nil {
		return nil, err
	}
	event[len(event)-1] = ','
	return append(event, more[1:]...), nil
}

// String is the recording in one line:
//
//	closed 1006 AbnormalClosure not clean: eof (open, fin) after 3s; 12 frames forgotten; -2.1s received text 5 bytes; ...
//
// Times are seen from the end; what does not show is escaped.
func (r Recording) String() string {
	var b strings.Builder
	b.WriteString(r.Event.String())
	if r.Forgotten > 0 {
		fmt.Fprintf(&b, "; %d frames forgotten", r.Forgotten)
	}
	for _, f := range r.Frames {
		fmt.Fprintf(&b, "; %v %s", f.At.Sub(r.Event.ClosedAt).Round(time.Microsecond), f)
	}
	return b.String()
}

// String is the frame in a few words: `sent Close 4001 "bye"`, `received text, not
// fin, 5 bytes`.
func (f RecordedFrame) String() string {
	text := string(f.Direction) + " " + f.Opcode.String()
	if f.RSV != 0 {
		text += fmt.Sprintf(" rsv %d", f.RSV)
	}
	if !f.Fin {
		text += ", not fin,"
	}
	if frame := f.closeFrame(); frame != nil {
		return text + fmt.Sprintf(" %d %s", int(frame.Code), strconv.QuoteToGraphic(frame.Reason))
	}
	return text + fmt.Sprintf(" %d bytes", f.Length)
}
