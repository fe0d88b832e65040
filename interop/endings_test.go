package interop

import (
	"testing"
	"time"
)

// tale is one ending that `onclose serve` plays, and what becomes of it at both
// ends. The peers' accounts start from what the standards demand; each peer
// that does otherwise has a row of its own, from measurements of these very
// versions against a server that is not ours.
type tale struct {
	how, after string
	code       string // the server's, where it has one
	reason     string
	close      []any // the client's close(), at open
	standard   ending
	but        map[string]ending // deviations by client
	server     account
	butServer  map[string]account // where the client's conduct shows at our end
	// tookMillis is the least time from open to close. It is less than after,
	// which counts from the 101: a busy client learns of that late.
	tookMillis int
}

// The connection is ended a moment after the 101: Firefox may drop the open
// event when the end arrives together with it.
const moment = "2s"

var tales = []tale{
	{
		how: "close", after: moment, code: "4001", reason: "bye",
		standard:  ending{"open close", 4001, "bye", true},
		server:    account{4001, "bye", true, "local", ""},
		butServer: map[string]account{"undici": {4001, "", true, "local", ""}}, // answers with the code alone
	},
	{
		// RFC 6455, section 7.2.1: to lose the transport is to fail the
		// connection, so WHATWG fires error. Most do not.
		how: "drop", after: moment,
		standard: ending{"open error close", 1006, "", false},
		but: map[string]ending{
			"chromium": {"open close", 1006, "", false},
			"firefox":  {"open close", 1006, "", false},
			"ws":       {"open close", 1006, "", false},
			"bun":      {"open close", 1006, "", false},
			"deno":     {"open error close", 0, "", false}, // 0 for every failure
		},
		server: account{1006, "", false, "none", "aborted"},
	},
	{
		how: "reset", after: moment,
		standard: ending{"open error close", 1006, "", false},
		but: map[string]ending{
			"chromium": {"open close", 1006, "", false},
			"ws":       {"open close", 1006, "", false},
			"bun":      {"open close", 1006, "", false},
			"deno":     {"open error close", 0, "", false},
		},
		server: account{1006, "", false, "none", "aborted"},
	},
	{
		how: "late", after: "3s", close: []any{4001, "bye"}, tookMillis: 1500,
		standard: ending{"open close", 4001, "bye", true},
		server:   account{4001, "bye", true, "remote", ""},
	},
	{
		// The client fails the connection with 1007. RFC 6455, section 8.1.
		how: "invalid-utf8", after: moment,
		standard: ending{"open error close", 1006, "", false},
		but:      map[string]ending{"deno": {"open error close", 0, "", false}},
		server:   account{1007, "", true, "remote", ""},
		butServer: map[string]account{
			"chromium": {1002, "Invalid UTF-8 in text frame", true, "remote", ""},
			"firefox":  {1006, "", false, "none", "eof"}, // drops TCP without a Close frame
			"deno":     {1006, "", false, "none", "eof"}, // so does Deno
			"undici":   {1007, "Received invalid UTF-8 in text frame.", true, "remote", ""},
		},
	},
	{
		// The client fails the connection with 1002. RFC 6455, section 5.2.
		how: "protocol-error", after: moment,
		standard: ending{"open error close", 1006, "", false},
		but:      map[string]ending{"deno": {"open error close", 0, "", false}},
		server:   account{1002, "", true, "remote", ""},
		butServer: map[string]account{
			"chromium": {1002, "Unknown opcode", true, "remote", ""},
			"firefox":  {1006, "", false, "none", "eof"},
			"deno":     {1006, "", false, "none", "eof"},
			"undici":   {1002, "Invalid opcode received", true, "remote", ""},
		},
	},
	{
		// The client fails the connection with 1009. RFC 6455, section 10.4.
		how: "too-big", after: moment,
		standard: ending{"open error close", 1006, "", false},
		but: map[string]ending{
			"chromium": {"open close", 1006, "", false},
			"deno":     {"open error close", 0, "", false},
		},
		server: account{1009, "", true, "remote", ""},
		butServer: map[string]account{
			"chromium": {1006, "", false, "none", "eof"},
			"firefox":  {1006, "", false, "none", "eof"},
			"deno":     {1006, "", false, "none", "eof"},
			"undici":   {1009, "Received payload length > 2^31 bytes.", true, "remote", ""},
		},
	},
}

// TestEndings plays each ending once in each client.
func TestEndings(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, c peer) {
		var jobs []Job
		for _, tale := range tales {
			pairs := []string{"how", tale.how, "after", tale.after}
			if tale.code != "" {
				pairs = append(pairs, "code", tale.code, "reason", tale.reason)
			}
			jobs = append(jobs, Job{URL: c.server.WebSocket("/close", id(t, "%s", tale.how), pairs...), Close: tale.close})
		}
		results, err := c.Run(within(t, time.Minute), jobs, len(jobs))
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts{t: t}
		for i, tale := range tales {
			want, ok := tale.but[c.Name()]
			if !ok {
				want = tale.standard
			}
			wantServer, ok := tale.butServer[c.Name()]
			if !ok {
				wantServer = tale.server
			}
			v.compare(tale.how+" in the client", endingOf(results[i]), want)
			v.compare(tale.how+" in the server", c.account(t, id(t, "%s", tale.how)), wantServer)
			if took := results[i].ClosedAfterMillis; took < tale.tookMillis {
				t.Errorf("%s: closed after %d ms, want %d or more", tale.how, took, tale.tookMillis)
			}
		}
	})
}
