package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// shown are results for a table, one of each kind of account.
var shown = []tourResult{
	{Code: 1000, Situation: "both say goodbye", Section: "RFC 6455, section 7.4.1", OK: true,
		Client: websocket.CloseEvent{Code: 1000, Reason: "bye\x1b[2J", WasClean: true, Initiator: "local", Transport: "fin"},
		Server: websocket.CloseEvent{Code: 1000, Reason: "bye\x1b[2J", WasClean: true, Initiator: "remote", Transport: "fin"}},
	{Code: 1006, Situation: "the client is gone", Section: "RFC 6455, section 7.1.5", OK: true,
		Client: rawAccount{End: "local"},
		Server: websocket.CloseEvent{Code: 1006, Initiator: "none", Phase: "open", Cause: "reset", Transport: "reset"}},
	{Code: 1006, Situation: "the server refuses", Section: "RFC 6455, section 4.1", Differences: []string{"client: \x1bcause"},
		Client: websocket.CloseEvent{Code: 1006, Phase: "opening", Cause: "bad-handshake", Transport: "local", Opening: protocol.Opening{HTTPStatus: 403}},
		Server: refusedAccount{HTTPStatus: 403}},
	{Code: 4000, Situation: "a forbidden number", Section: "RFC 6455, section 7.4", OK: true,
		Client: rawAccount{Frames: []seenFrame{{Opcode: "Ping"}, {Opcode: "Close", Close: say(1002, strings.Repeat("é", 60))}}, End: "fin"},
		Server: websocket.CloseEvent{Code: 1006, Phase: "open", Cause: "protocol-error", Transport: "fin", Sent: say(1002, ""), OffendingCode: new(websocket.StatusCode(999))}},
	{Code: 4000, Situation: "nobody", Section: "WHATWG WebSockets", OK: true},
}

const wantTable = `1000 NormalClosure
  both say goodbye                                                           RFC 6455, section 7.4.1     ok
    client 1000 "bye\x1b[2J" clean, by local               server 1000 "bye\x1b[2J" clean, by remote

1006 AbnormalClosure
  the client is gone                                                         RFC 6455, section 7.1.5     ok
    client (raw) no frame, and cut it                      server 1006 not clean, reset, open
  the server refuses                                                         RFC 6455, section 4.1       DIFFERS
    client 1006 not clean, bad-handshake, opening, local, HTTP 403
    server refused the request: HTTP 403
    differs: client: \x1bcause

4000 (private)
  a forbidden number                                                         RFC 6455, section 7.4       ok
    client (raw) Ping Close 1002 "éééééééééééééééééééééééééééé"…, then fin
    server 1006 not clean, protocol-error, open, got 999, said 1002
  nobody                                                                     WHATWG WebSockets           ok
    client -                                               server -

5 stops in 1.5 s: 1 DIFFERS, 2 goroutines and 0 descriptors LEFT BEHIND
`

func TestTable(t *testing.T) {
	var out bytes.Buffer
	writeTable(t, newTableReport(&out))
	if out.String() != wantTable {
		t.Errorf("got\n%swant\n%s", &out, wantTable)
	}
}

func writeTable(t *testing.T, r *tableReport) {
	t.Helper()
	for _, result := range shown {
		if err := r.stop(result); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.summary(tourSummary{Stops: 5, Differing: 1, GoroutinesLeft: 2, Seconds: 1.5}); err != nil {
		t.Fatal(err)
	}
}

func TestTableInColourSaysTheSame(t *testing.T) {
	var out bytes.Buffer
	writeTable(t, &tableReport{out: &out, colour: true})
	plain := out.String()
	for _, sgr := range []string{bold, faint, green, red, "0"} {
		if !strings.Contains(plain, "\x1b["+sgr+"m") {
			t.Errorf("nothing has the colour %s", sgr)
		}
		plain = strings.ReplaceAll(plain, "\x1b["+sgr+"m", "")
	}
	if plain != wantTable {
		t.Errorf("got\n%swant\n%s", plain, wantTable)
	}
}

func TestNoColourWhereThereIsNoTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if newTableReport(null).colour || newTableReport(new(bytes.Buffer)).colour {
		t.Error("colours outside a terminal")
	}
}
