package interop

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

// messages of either type and of the lengths around those where a frame's
// header grows: 125, 126, 65535, 65536. RFC 6455, section 5.2.
func messages() []Message {
	list := []Message{
		{Text: ""}, {Text: "hello"}, {Text: "à bientôt ✓ 😀"}, {Text: "a\x00b"},
		{Binary: []byte{}}, {Binary: []byte{0, 0xff, 0x80}},
	}
	for _, n := range []int{125, 126, 65535, 65536, 200_000} {
		list = append(list, Message{Text: strings.Repeat("t", n)}, Message{Binary: bytes.Repeat([]byte{0, 0xfe}, n/2)})
	}
	return list
}

// TestEcho: what a client sends comes back, in order and unchanged, whichever
// extensions it has agreed upon with the server.
func TestEcho(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, c peer) {
		name := id(t, "echo")
		job := Job{URL: c.server.WebSocket("/echo", name), Send: messages(), Close: []any{4001, "done"}}
		results, err := c.Run(within(t, time.Minute), []Job{job}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range job.Send {
			if i >= len(results[0].Messages) {
				t.Errorf("%d messages came back, want %d", i, len(job.Send))
				break
			}
			if got := results[0].Messages[i]; !reflect.DeepEqual(got, want) {
				t.Errorf("message %d: got %.40q %.20x, want %.40q %.20x", i, got.Text, got.Binary, want.Text, want.Binary)
			}
		}
		v := verdicts{t: t}
		v.compare("client", endingOf(results[0]), ending{"open close", 4001, "done", true})
		v.compare("server", c.account(t, name), account{4001, "done", true, "remote", ""})
	})
}
