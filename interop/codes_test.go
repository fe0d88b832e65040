package interop

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sendable are the status codes that a server may send: all of 1000 to 1014
// that may be on the wire, the three of 3000 to 3999 that IANA has registered,
// the edges of both ranges, and samples. RFC 6455, section 7.4.
var sendable = []int{
	1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
	3000, 3003, 3008, 3001, 3500, 3999,
	4000, 4001, 4040, 4404, 4500, 4999,
}

// closable are those of them that a page may give to close().
var closable = []int{1000, 3000, 3003, 3008, 3500, 3999, 4000, 4001, 4404, 4999}

// reasons of every kind; a reason may have 123 bytes.
var reasons = []string{
	"", "bye", "à bientôt ✓ 😀", "\ufeffbom", "a\x00b\r\n", strings.Repeat("r", 123), strings.Repeat("€", 41),
}

// runsOf is how often the server closes with each code: the promise to browsers
// is 100 times of 100.
func runsOf(client string) int {
	if client == "chromium" || client == "firefox" {
		return 100
	}
	return 20
}

// atOnce is how many connections a client has open at a time. Chromium delays
// each new one by a time that doubles with every one still connecting: a page
// with 20 is a hundred times slower than one with 8.
const atOnce = 8

// TestCodesOfTheServer is the promise of onclose: what a server says arrives,
// code, reason and wasClean, every time.
func TestCodesOfTheServer(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, c peer) {
		type sent struct {
			id     string
			code   int
			reason string
		}
		ask := func(s sent) Job {
			return Job{URL: c.server.WebSocket("/close", s.id, "code", strconv.Itoa(s.code), "reason", s.reason)}
		}
		var jobs []Job
		var closes []sent
		for run := range runsOf(c.Name()) {
			for n, code := range sendable {
				s := sent{id(t, "%d/%d", code, run), code, reasons[(run+n)%len(reasons)]}
				closes = append(closes, s)
				jobs = append(jobs, ask(s))
			}
		}
		results, err := c.Run(within(t, 3*time.Minute), jobs, atOnce)
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts{t: t}
		judge := func(s sent, got ending, gotServer account) {
			want, wantServer := closeOfTheServer(c.Name(), s.code, s.reason)
			v.compare(s.id+" in the client", got, want)
			v.compare(s.id+" in the server", gotServer, wantServer)
		}
		var again *sent
		for i, s := range closes {
			got, gotServer := endingOf(results[i]), c.account(t, s.id)
			if c.Name() == "firefox" && again == nil && got == (ending{"close", s.code, s.reason, false}) && gotServer == unanswered {
				t.Logf("%s: Firefox told the page of the Close frame without open, and did not answer it", s.id)
				again = &sent{s.id + "/again", s.code, s.reason}
				continue
			}
			judge(s, got, gotServer)
		}
		if again == nil {
			return
		}
		results, err = c.Run(within(t, time.Minute), []Job{ask(*again)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		judge(*again, endingOf(results[0]), c.account(t, again.id))
	})
}

// unanswered is our end of what was seen once, under the race detector on a crowded
// machine: the Close frame that followed the 101 at once had arrived, since the page
// knew its code and reason, but there was no open event and no Close frame came back.
// It looks like a Firefox that takes the frame before it has opened; that is not
// proven. One of a run is done again, and has to be right then.
var unanswered = account{1006, "", false, "local", "close-timeout"}

// closeOfTheServer is what becomes of the server's Close at both ends.
func closeOfTheServer(client string, code int, reason string) (ending, account) {
	want := ending{"open close", code, reason, true}
	wantServer := account{code, reason, true, "local", ""}
	switch {
	case client == "deno" && code == 1014:
		// Deno does not know 1014. It fails the connection with 1002, and
		// repeats the reason.
		return ending{"open error close", 0, "", false}, account{1002, reason, true, "both", ""}
	case client == "undici":
		// undici answers with the code alone, and takes a byte order mark for
		// one, where the WHATWG decodes without BOM.
		want.Reason = strings.TrimPrefix(reason, "\ufeff")
		wantServer.Reason = ""
	}
	return want, wantServer
}

// TestEmptyCloseOfTheServer: a Close frame without a code is 1005 to the page.
func TestEmptyCloseOfTheServer(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, c peer) {
		name := id(t, "empty")
		results, err := c.Run(within(t, time.Minute), []Job{{URL: c.server.WebSocket("/close", name)}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts{t: t}
		v.compare("client", endingOf(results[0]), ending{"open close", 1005, "", true})
		v.compare("server", c.account(t, name), account{1005, "", true, "local", ""})
	})
}

// TestCodesOfTheClient: what a client says arrives at the server, and comes
// back to the client in the server's answer.
func TestCodesOfTheClient(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, c peer) {
		var jobs []Job
		for _, code := range closable {
			for n, reason := range reasons {
				name := id(t, "%d/%d", code, n)
				jobs = append(jobs, Job{URL: c.server.WebSocket("/echo", name), Close: []any{code, reason}})
			}
		}
		jobs = append(jobs, Job{URL: c.server.WebSocket("/echo", id(t, "empty")), Close: []any{}})
		results, err := c.Run(within(t, time.Minute), jobs, atOnce)
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts{t: t}
		for i, job := range jobs {
			code, reason := 1005, ""
			if len(job.Close) == 2 {
				code, reason = job.Close[0].(int), job.Close[1].(string)
			}
			name := idOf(t, job.URL)
			want := ending{"open close", code, reason, true}
			if c.Name() == "undici" {
				want.Reason = strings.TrimPrefix(reason, "\ufeff") // as above
			}
			v.compare(name+" in the client", endingOf(results[i]), want)
			v.compare(name+" in the server", c.account(t, name), account{code, reason, true, "remote", ""})
		}
	})
}

func idOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("id")
}
