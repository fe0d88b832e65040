package interop

import (
	"testing"
	"time"
)

// TestSilentServer: the server never answers the client's Close. How long a
// client then waits is its own affair, and each has another answer: no time at
// all is in the standards.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	forsaken := map[string]struct {
		after time.Duration // until the close event; 0: the client waits for ever
		want  ending
	}{
		"chromium": {60 * time.Second, ending{"open close", 1006, "", false}},
		"firefox":  {20 * time.Second, ending{"open error close", 1006, "", false}},
		"ws":       {30 * time.Second, ending{"open close", 1006, "", false}},
		"bun":      {36 * time.Second, ending{"open close", 1006, "", false}},
		"undici":   {0, ending{Events: "open"}},
		"deno":     {0, ending{Events: "open"}},
	}
	eachClient(t, func(t *testing.T, c peer) {
		expected := forsaken[c.Name()]
		wait, want := expected.after+15*time.Second, expected.want
		if expected.after == 0 || testing.Short() {
			wait, want = 3*time.Second, ending{Events: "open"}
		}
		name := id(t, "silent")
		job := Job{
			URL:   c.server.WebSocket("/close", name, "how", "silent"),
			Close: []any{4001, "bye"}, WaitMillis: int(wait.Milliseconds()),
		}
		results, err := c.Run(within(t, wait+30*time.Second), []Job{job}, 1)
		if err != nil {
			t.Fatal(err)
		}
		v := verdicts{t: t}
		v.compare("client", endingOf(results[0]), want)
		took := time.Duration(results[0].ClosedAfterMillis) * time.Millisecond
		if results[0].Closed() && (took < expected.after-5*time.Second || took > expected.after+10*time.Second) {
			t.Errorf("closed after %v, want about %v", took, expected.after)
		}
		// The client's Close did arrive; that it went unanswered is why the end
		// was not clean.
		v.compare("server", c.account(t, name), account{4001, "bye", false, "remote", "eof"})
	})
}
