package protocol

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/wire"
)

var (
	openedAt = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	closedAt = openedAt.Add(4*time.Minute + 12*time.Second + 345600*time.Microsecond)
)

func codeOf(c StatusCode) *StatusCode { return &c }

// events are one CloseEvent of every kind, with their line and their JSON. The
// JSON is a contract of scripts: members may be added, none may go or move.
var events = []struct {
	name  string
	event CloseEvent
	line  string
	json  string
}{
	{
		"the example of the contract (DESIGN, section 4)",
		CloseEvent{
			Code: 4001, Reason: "bye", WasClean: true, Initiator: Remote, Phase: PhaseClosing,
			Sent: &CloseFrame{4001, "bye"}, Received: &CloseFrame{4001, "bye"}, Transport: EndFIN,
			Opening:  Opening{Role: Client, URL: "ws://example.com/chat", HTTPVersion: "HTTP/1.1", HTTPStatus: 101, OpenedAt: openedAt},
			ClosedAt: closedAt,
		},
		`closed 4001 "bye" clean, by remote after 4m12.346s`,
		`{"type":"close","code":4001,"name":"","reason":"bye","wasClean":true,` +
			`"initiator":"remote","phase":"closing","cause":"","rule":"",` +
			`"sent":{"code":4001,"reason":"bye"},"received":{"code":4001,"reason":"bye"},` +
			`"transport":"fin","httpVersion":"HTTP/1.1","httpStatus":101,"role":"client","subprotocol":"","extensions":"","url":"ws://example.com/chat",` +
			`"openedAt":"2026-11-22T10:00:00Z","closedAt":"2026-11-22T10:04:12.3456Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":null}`,
	},
	{
		"an empty Close frame is 1005 (7.1.5)",
		CloseEvent{
			Code: wire.NoStatusRcvd, WasClean: true, Initiator: Local, Phase: PhaseClosing, Cause: CauseContextCanceled,
			Sent: &CloseFrame{Code: 1001}, Received: &CloseFrame{Code: wire.NoStatusRcvd}, Transport: EndReset,
			Opening:  Opening{Role: Server, URL: "wss://example.com/", HTTPVersion: "HTTP/1.1", HTTPStatus: 101, Subprotocol: "chat", Extensions: "permessage-deflate", OpenedAt: openedAt},
			ClosedAt: closedAt, Lost: Lost{UnsentBytes: 1, UnsentMessages: 2, DiscardedBytes: 3},
		},
		`closed 1005 NoStatusRcvd clean, by local: context-canceled after 4m12.346s`,
		`{"type":"close","code":1005,"name":"NoStatusRcvd","reason":"","wasClean":true,` +
			`"initiator":"local","phase":"closing","cause":"context-canceled","rule":"",` +
			`"sent":{"code":1001,"reason":""},"received":{"code":1005,"reason":""},` +
			`"transport":"reset","httpVersion":"HTTP/1.1","httpStatus":101,"role":"server","subprotocol":"chat","extensions":"permessage-deflate","url":"wss://example.com/",` +
			`"openedAt":"2026-11-22T10:00:00Z","closedAt":"2026-11-22T10:04:12.3456Z","unsentBytes":1,"unsentMessages":2,"discardedBytes":3,"offendingCode":null}`,
	},
	{
		"a broken rule, with the number that is not allowed (7.4)",
		CloseEvent{
			Code: wire.AbnormalClosure, Initiator: Local, Phase: PhaseOpen, Cause: CauseProtocolError, Rule: "RFC 6455, section 7.4",
			Sent: &CloseFrame{1002, "no"}, OffendingCode: codeOf(999), Transport: EndFIN,
			Opening: Opening{Role: Server, URL: "ws://h/", HTTPVersion: "HTTP/2.0", HTTPStatus: 200, OpenedAt: openedAt}, ClosedAt: openedAt,
		},
		`closed 1006 AbnormalClosure not clean: protocol-error (open, fin), RFC 6455, section 7.4, sent 1002 after 0s`,
		`{"type":"close","code":1006,"name":"AbnormalClosure","reason":"","wasClean":false,` +
			`"initiator":"local","phase":"open","cause":"protocol-error","rule":"RFC 6455, section 7.4",` +
			`"sent":{"code":1002,"reason":"no"},"received":null,` +
			`"transport":"fin","httpVersion":"HTTP/2.0","httpStatus":200,"role":"server","subprotocol":"","extensions":"","url":"ws://h/",` +
			`"openedAt":"2026-11-22T10:00:00Z","closedAt":"2026-11-22T10:00:00Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":999}`,
	},
	{
		"a connection that never opened has nulls",
		NeverOpened(Opening{Role: Client, URL: "ws://h/"}, Blame{Phase: PhaseDialing, Cause: CauseRefused}, EndNone, closedAt),
		`closed 1006 AbnormalClosure not clean: refused (dialing, none)`,
		`{"type":"close","code":1006,"name":"AbnormalClosure","reason":"","wasClean":false,` +
			`"initiator":"none","phase":"dialing","cause":"refused","rule":"",` +
			`"sent":null,"received":null,` +
			`"transport":"none","httpVersion":"","httpStatus":null,"role":"client","subprotocol":"","extensions":"","url":"ws://h/",` +
			`"openedAt":null,"closedAt":"2026-11-22T10:04:12.3456Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":null}`,
	},
	{
		"a reason that would play tricks on a terminal (threats, section 5)",
		CloseEvent{
			Code: 1000, Reason: "a\x1b[2J\r\n\x00\"\u2028\u0085\u009b\x7f<é>", WasClean: true, Initiator: Remote, Phase: PhaseClosing,
			Sent: &CloseFrame{Code: 1000}, Received: &CloseFrame{1000, "\u009b\x7f"}, Transport: EndFIN, Opening: Opening{Role: Client}, ClosedAt: closedAt,
		},
		`closed 1000 NormalClosure "a\x1b[2J\r\n\x00\"\u2028\u0085\u009b\x7f<é>" clean, by remote`,
		`{"type":"close","code":1000,"name":"NormalClosure","reason":"a\u001b[2J\r\n\u0000\"\u2028\u0085\u009b\u007f\u003cé\u003e","wasClean":true,` +
			`"initiator":"remote","phase":"closing","cause":"","rule":"",` +
			`"sent":{"code":1000,"reason":""},"received":{"code":1000,"reason":"\u009b\u007f"},` +
			`"transport":"fin","httpVersion":"","httpStatus":null,"role":"client","subprotocol":"","extensions":"","url":"",` +
			`"openedAt":null,"closedAt":"2026-11-22T10:04:12.3456Z","unsentBytes":0,"unsentMessages":0,"discardedBytes":0,"offendingCode":null}`,
	},
}

func TestCloseEventAsALineAndAsJSON(t *testing.T) {
	for _, test := range events {
		t.Run(test.name, func(t *testing.T) {
			if got := test.event.String(); got != test.line {
				t.Errorf("got  %s\nwant %s", got, test.line)
			}
			got, err := json.Marshal(test.event)
			if err != nil || string(got) != test.json {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.json)
			}
			var back CloseEvent
			if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, test.event) {
				t.Errorf("comes back as %+v, %v\nwant %+v", back, err, test.event)
			}
		})
	}
}

func TestCloseEventReadsJSONThatHasGrown(t *testing.T) {
	grown := strings.Replace(events[0].json, `"code":`, `"invented":{"later":[1]},"code":`, 1)
	var e CloseEvent
	if err := json.Unmarshal([]byte(grown), &e); err != nil || e.Code != 4001 {
		t.Errorf("%v, %v, want 4001", e, err)
	}
}

func TestCloseEventRefusesOtherJSON(t *testing.T) {
	for _, text := range []string{`{}`, `{"type":"open"}`, `{"type":"close","role":"referee"}`, `{"type":"close","code":65536}`, `{"type":"close","code":"1000"}`, `[]`} {
		e := events[0].event
		if err := json.Unmarshal([]byte(text), &e); err == nil {
			t.Errorf("%s is read as %v", text, e)
		}
		if !reflect.DeepEqual(e, events[0].event) {
			t.Errorf("%s changed the event", text)
		}
	}
}

func TestCloseEventThatJSONCannotHold(t *testing.T) {
	if data, err := json.Marshal(CloseEvent{ClosedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Errorf("the year 10000 is written as %s", data)
	}
}

func TestRolesAsWords(t *testing.T) {
	for role, want := range map[Role]string{Client: "client", Server: "server", 0: "role(0)", 7: "role(7)"} {
		if got := role.String(); got != want {
			t.Errorf("role %d is %q, want %q", uint8(role), got, want)
		}
	}
}

func TestACloseFrameIsAnError(t *testing.T) {
	tests := []struct {
		frame CloseFrame
		want  string
	}{
		{CloseFrame{Code: 1000}, "close 1000 NormalClosure"},
		{CloseFrame{4001, "bye"}, "close 4001: bye"},
	}
	for _, test := range tests {
		if got := test.frame.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestEndedWellIsACleanEndWithoutComplaint(t *testing.T) {
	for code := range StatusCode(5001) {
		for _, clean := range []bool{false, true} {
			want := clean && (code == 1000 || code == 1001 || code == 1005)
			if got := (CloseEvent{Code: code, WasClean: clean}).EndedWell(); got != want {
				t.Errorf("%d, clean %t: %t, want %t", code, clean, got, want)
			}
		}
	}
}

// close-semantics, section 5, rows 19 and 22, and decision A18: whatever kept a
// client's connection from opening, the web's view is the same 1006.
func TestNeverOpened(t *testing.T) {
	tests := []struct {
		name  string
		blame Blame
		end   TransportEnd
	}{
		{"row 19: TCP is refused", Blame{Phase: PhaseDialing, Cause: CauseRefused}, EndNone},
		{"row 19: the name has no address", Blame{Phase: PhaseDialing, Cause: CauseDNS}, EndNone},
		{"row 19, A18: TLS fails, and 1015 stays in the dictionary", Blame{Phase: PhaseTLS, Cause: CauseTLS}, EndTLSAlert},
		{"row 19: a bad response", Blame{Phase: PhaseOpening, Cause: CauseBadHandshake, Rule: "RFC 6455, section 4.1"}, EndLocal},
		{"row 22: close() while connecting", Blame{Phase: PhaseOpening, Cause: CauseContextCanceled}, EndLocal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opening := Opening{Role: Client, URL: "ws://h/", HTTPStatus: 403}
			got := NeverOpened(opening, test.blame, test.end, closedAt)
			want := CloseEvent{
				Code: 1006, Initiator: "none", Phase: test.blame.Phase, Cause: test.blame.Cause, Rule: test.blame.Rule,
				Transport: test.end, Opening: opening, ClosedAt: closedAt,
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if s := fmt.Sprint(got); strings.Contains(s, "1015") {
				t.Errorf("%s mentions 1015", s)
			}
		})
	}
}
