package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/onclose/websocket"
)

// dial and serve talk to each other, compressed, and both say what was agreed.
func TestDialAndServeAgreeOnCompression(t *testing.T) {
	for _, test := range []struct {
		name        string
		serve, dial []string
		want        string
	}{
		{"neither", nil, nil, ""},
		{"dial alone", nil, []string{"--compress"}, ""},
		{"serve alone", []string{"--compress"}, nil, ""},
		{"both: serve keeps nothing unless told to", []string{"--compress"}, []string{"--compress"},
			"permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"takeover", []string{"--compress", "--takeover=both"}, []string{"--compress"}, "permessage-deflate"},
		{"takeover of the server, refused by dial", []string{"--compress", "--takeover=server"}, []string{"--compress", "--takeover=none"},
			"permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"windows", []string{"--compress", "--takeover=both", "--client-window-bits=10"}, []string{"--compress", "--server-window-bits=9"},
			"permessage-deflate; server_max_window_bits=9; client_max_window_bits=10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startServe(t, test.serve...)
			message := strings.Repeat("again and ", 500)
			args := append([]string{"--json", "--send", message, "--expect=1", s.ws + "/echo?id=1"}, test.dial...)
			got := dialed(t, args...)
			lines := strings.Split(strings.TrimSpace(got.out), "\n")
			var echoed struct{ Data string }
			var ev websocket.CloseEvent
			if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &echoed) != nil || json.Unmarshal([]byte(lines[1]), &ev) != nil {
				t.Fatalf("status %d, %q, %q", got.status, got.out, got.err)
			}
			if got.status != exitOK || echoed.Data != message {
				t.Errorf("status %d, echo of %d bytes", got.status, len(echoed.Data))
			}
			if server := s.events.await(t, "1"); ev.Extensions != test.want || server.Extensions != test.want {
				t.Errorf("dial has %q, serve %q, want %q", ev.Extensions, server.Extensions, test.want)
			}
		})
	}
}

// dialed runs onclose dial with nothing on standard input.
func dialed(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, err strings.Builder
	s := &streams{strings.NewReader(""), &out, &err}
	status := statusOf(parseDial(t, args...).run(s, nil), s)
	return outcome{status, out.String(), err.String()}
}

func TestCompressFlagsThatCannotBe(t *testing.T) {
	for _, test := range []struct{ flag, want string }{
		{"--compress-threshold=-1", "--compress-threshold -1: a number of bytes cannot be negative"},
		{"--compress-level=0", "--compress-level 0: it is not between 1 and 9"},
		{"--compress-level=10", "--compress-level 10: it is not between 1 and 9"},
		{"--server-window-bits=7", "--server-window-bits 7: it is not between 8 and 15"},
		{"--client-window-bits=16", "--client-window-bits 16: it is not between 8 and 15"},
	} {
		for _, command := range [][]string{{"dial", test.flag, "ws://127.0.0.1:1/"}, {"serve", test.flag}} {
			var err strings.Builder
			status := run(command, &streams{strings.NewReader(""), &err, &err})
			if status != exitUsage || !strings.Contains(err.String(), test.want) {
				t.Errorf("%v: status %d, %q", command, status, err.String())
			}
		}
	}
}

func TestEveryMessageIsCompressedFromAThresholdOfZero(t *testing.T) {
	flags := compressFlags{Compress: true, CompressLevel: 1, ServerWindowBits: 15, ClientWindowBits: 15}
	wanted, err := flags.compression("client")
	if err != nil || wanted.Threshold >= 0 || wanted.ServerTakeover || !wanted.ClientTakeover {
		t.Errorf("%+v, %v", wanted, err)
	}
}
