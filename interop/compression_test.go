package interop

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// compressedMessages is how many messages each way are sent with each set of
// parameters. The campaign is
//
//	go test ./interop -run Compress -compressed 1000 -timeout 0 -v
var compressedMessages = flag.Int("compressed", 40, "random messages each way with each set of parameters of permessage-deflate")

// compressor is a client, and how it handles compression.
type compressor struct {
	name string
	// offer is what it offers by itself, nil for nothing.
	offer *Deflate
	// chooses says whether it can be told what to offer.
	chooses bool
	// inflates is set for one that sends no message compressed.
	inflates bool
	// nameOnly is set for one whose attribute extensions has no parameters.
	nameOnly bool
}

var compressors = []compressor{
	{name: "chromium", offer: &Deflate{ClientMaxWindowBits: true}},
	{name: "firefox", offer: &Deflate{}, nameOnly: true},
	{name: "ws", offer: &Deflate{ClientMaxWindowBits: true}, chooses: true, nameOnly: true},
	{name: "undici", offer: &Deflate{ClientMaxWindowBits: true}, inflates: true},
	{name: "bun", offer: &Deflate{ClientMaxWindowBits: true}},
	{name: "deno"},
	{name: "python-websockets", offer: &Deflate{ClientMaxWindowBits: true}, chooses: true},
}

// client is the Client itself.
func (c compressor) client(t *testing.T) Client {
	t.Helper()
	if c.name != "python-websockets" {
		return client(t, c.name).Client
	}
	r, err := FindRuntime(c.name)
	if err != nil {
		missing(t, err)
	}
	return r
}

// cannot says whether a peer fails with this much window for what it sends:
// zlib, as Python has it, refuses to compress with 8 bits. Node takes 9 instead,
// of which zlib uses no more than 8 allow.
func cannot(peer string, bits any) bool { return peer == "python-websockets" && bits == 8 }

// TestServeCompresses: each client talks with `onclose serve` in each of the
// ways that the server can want.
func TestServeCompresses(t *testing.T) {
	t.Parallel()
	var table compressionTable
	t.Cleanup(func() { t.Log(table.String()) })
	for _, c := range compressors {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var trials []*trial
			for i, wish := range compressionWishes() {
				trials = append(trials, newTrial(t, uint64(i), c, wish, nil))
			}
			c.converse(t, trials, table.row(t))
		})
	}
}

// TestServeCompressesAsOffered: the clients that can choose offer all that can be
// offered to an `onclose serve` that takes everything.
func TestServeCompressesAsOffered(t *testing.T) {
	t.Parallel()
	var table compressionTable
	t.Cleanup(func() { t.Log(table.String()) })
	for _, c := range compressors {
		if !c.chooses {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var trials []*trial
			for i, offer := range deflateOffers() {
				trials = append(trials, newTrial(t, uint64(i), c, generous, &offer))
			}
			c.converse(t, trials, table.row(t))
		})
	}
}

// trial is one connection of a client, with one set of parameters.
type trial struct {
	server *Server
	id     string
	stream uint64 // of its random messages
	tap    *tap
	job    Job
	offer  string // as it stands in the request
	agreed string // and the answer in the response
	cannot bool   // whether the client fails
}

// newTrial prepares a connection of c to an `onclose serve` that wants what wish
// says; offer is nil for what c offers by itself.
func newTrial(t *testing.T, stream uint64, c compressor, wish websocket.Compression, offer *Deflate) *trial {
	t.Helper()
	x := &trial{server: compressingServer(t, wish), stream: stream}
	x.id = id(t, "%s", wished(wish))
	if offer != nil {
		x.id = id(t, "%s", offer)
	}
	if offered := cmp.Or(offer, c.offer); offered != nil {
		answer := agreed(wish, *offered)
		x.offer, x.agreed = offered.String(), answer.String()
		x.cannot = cannot(c.name, answer.ClientMaxWindowBits) || cannot(c.name, offered.ClientMaxWindowBits)
	}
	var err error
	if x.tap, err = startTap(x.server.Host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.tap.close)
	x.job = Job{
		URL: "ws://" + x.tap.host + "/echo?" + url.Values{"id": {x.id}}.Encode(), Offer: offer,
		Close: []any{4001, "done"}, WaitMillis: 60_000 + 100**compressedMessages,
	}
	return x
}

// converse runs the trials and judges each. A page's jobs and results travel as
// one message each, so there are not too many at once.
func (c compressor) converse(t *testing.T, trials []*trial, row *compressionRow) {
	client := c.client(t)
	for some := range slices.Chunk(trials, max(1, 1500 / *compressedMessages)) {
		c.converseInSome(t, client, some, row)
	}
}

// converseInSome runs and judges what one Run of the client takes.
func (c compressor) converseInSome(t *testing.T, client Client, some []*trial, row *compressionRow) {
	var jobs []Job
	for _, x := range some {
		x.job.Send = randomMessages(t, x.stream, *compressedMessages)
		jobs = append(jobs, x.job)
	}
	// Twelve of these share the machine.
	limit := time.Minute + time.Duration(len(some)**compressedMessages)*200*time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	results, err := client.Run(ctx, jobs, 4)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range some {
		t.Run(strings.TrimPrefix(x.id, t.Name()+"/"), func(t *testing.T) {
			x.judge(ctx, t, c, results[i])
			row.enter(t, x.tap, x.cannot)
		})
		x.job.Send = nil
	}
}

// judge compares what came back with what was sent, and what all three, the
// server, the client and the tap between them, say of the compression.
func (x *trial) judge(ctx context.Context, t *testing.T, c compressor, r Result) {
	event, err := x.server.CloseEvent(ctx, x.id)
	if err != nil {
		t.Fatal(err)
	}
	x.tap.close()
	v := verdicts{t: t}
	v.compare("offered", x.tap.up.extensions, x.offer)
	v.compare("answered", x.tap.down.extensions, x.agreed)
	v.compare("our extensions", event.Extensions, x.agreed)
	if x.cannot {
		if len(r.Messages) > 0 || !strings.Contains(r.Reason, "Invalid initialization option") {
			t.Errorf("%s got %d messages and ends with %q: can it compress with 8 bits now?", c.name, len(r.Messages), r.Reason)
		}
		return
	}
	shown := x.agreed
	if c.nameOnly {
		shown, _, _ = strings.Cut(shown, ";")
	}
	v.compare("the client's extensions", r.Extensions, shown)
	compareMessages(t, r.Messages, x.job.Send)
	v.compare("client", endingOf(r), ending{"open close", 4001, "done", true})
	v.compare("server", accountOf(event), account{4001, "done", true, "remote", ""})
	if x.agreed == "" {
		v.compare("compressed messages", [2]int{x.tap.up.compressed, x.tap.down.compressed}, [2]int{})
		return
	}
	v.compare("compressed messages of ours", x.tap.down.compressed, len(x.job.Send))
	v.compare("whether the client compresses", x.tap.up.compressed > 0, !c.inflates)
}

// compareMessages demands the same messages, byte for byte.
func compareMessages(t *testing.T, got, want []Message) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d messages came back, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		same := got[i].Text == want[i].Text && bytes.Equal(got[i].Binary, want[i].Binary)
		if !same || (got[i].Binary == nil) != (want[i].Binary == nil) {
			t.Fatalf("message %d: got %.40q %.20x, want %.40q %.20x", i, got[i].Text, got[i].Binary, want[i].Text, want[i].Binary)
		}
	}
}
