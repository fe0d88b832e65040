package interop

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// TestDialCompresses: our client talks with servers that others wrote, in each
// of the ways that it can want, and in each that they can.
func TestDialCompresses(t *testing.T) {
	t.Parallel()
	var table compressionTable
	t.Cleanup(func() { t.Log(table.String()) })
	eachPeerServer(t, func(t *testing.T, s *PeerServer) {
		row := table.row(t)
		for i, wish := range compressionWishes() {
			server := Deflate{
				ServerNoContextTakeover: !wish.ServerTakeover, ClientNoContextTakeover: !wish.ClientTakeover,
				ServerMaxWindowBits: wish.ServerWindowBits, ClientMaxWindowBits: wish.ClientWindowBits,
			}
			for _, d := range []dialing{{client: wish}, {client: generous, server: server}} {
				d.peer, d.stream = s, uint64(i)
				t.Run(d.String(), func(t *testing.T) { d.run(t, row) })
			}
		}
	})
}

// dialing is one connection of our client, with one set of parameters.
type dialing struct {
	peer   *PeerServer
	stream uint64 // of its random messages
	client websocket.Compression
	server Deflate // what the server wants
}

func (d dialing) String() string {
	if d.server == (Deflate{}) {
		return "client wants/" + wished(d.client)
	}
	return "server wants/" + d.server.String()
}

// url is the server's, behind a tap.
func (d dialing) url(t *testing.T, host string) string {
	wanted, err := json.Marshal(d.server)
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"id": {t.Name()}, "deflate": {string(wanted)}}
	return "ws://" + host + "/echo?" + query.Encode()
}

// demanded are parameters that the answer must have: what a server wants it
// says, and what we ask of it it grants. Of what we send ourselves it need say
// nothing. RFC 7692, section 7.1.
func (d dialing) demanded() Deflate {
	demanded := d.server
	demanded.ServerNoContextTakeover = d.server.ServerNoContextTakeover || !d.client.ServerTakeover
	if d.client.ServerWindowBits < 15 {
		demanded.ServerMaxWindowBits = d.client.ServerWindowBits
	}
	return demanded
}

// run talks with the server, and compares what came back with what was sent, and
// what we and the server say of the compression with what was seen between us.
func (d dialing) run(t *testing.T, row *compressionRow) {
	ctx := within(t, time.Minute+time.Duration(*compressedMessages)*100*time.Millisecond)
	tap, err := startTap(d.peer.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer tap.close()
	messages := randomMessages(t, d.stream, *compressedMessages)
	event, got, err := converse(ctx, d.url(t, tap.host), d.client, messages)
	tap.close()
	impossible := cannot(d.peer.Name, d.demanded().ServerMaxWindowBits)
	defer row.enter(t, tap, impossible)
	agreed := tap.down.extensions
	if impossible {
		if err == nil {
			t.Error("the server can compress with 8 bits now")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	compareMessages(t, got, messages)
	for demanded := range strings.SplitSeq(d.demanded().String(), "; ") {
		if !slices.Contains(strings.Split(agreed, "; "), demanded) {
			t.Errorf("the answer %q lacks %s", agreed, demanded)
		}
	}
	v := verdicts{t: t}
	v.compare("our client", accountOf(event), account{4001, "done", true, "local", ""})
	v.compare("our extensions", event.Extensions, agreed)
	end, err := d.peer.End(ctx, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	if d.peer.Name == "ws" { // whose attribute has no parameters
		agreed, _, _ = strings.Cut(agreed, ";")
	}
	v.compare("the server's extensions", end.Extensions, agreed)
	v.compare("compressed messages", [2]int{tap.up.compressed, tap.down.compressed}, [2]int{len(messages), len(messages)})
}

// converse dials, sends all messages while it reads what comes back, and closes.
func converse(ctx context.Context, address string, wish websocket.Compression, messages []Message) (event websocket.CloseEvent, got []Message, err error) {
	c, err := websocket.Dial(ctx, address, &websocket.DialOptions{Compression: &wish})
	if err != nil {
		return event, nil, err
	}
	defer c.Abort()
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, m := range messages {
			kind, payload := websocket.Text, []byte(m.Text)
			if m.Binary != nil {
				kind, payload = websocket.Binary, m.Binary
			}
			if c.Write(ctx, kind, payload) != nil {
				return // Read says why
			}
		}
	})
	for range messages {
		kind, payload, err := c.Read(ctx)
		if err != nil {
			c.Abort()
			sending.Wait()
			return event, got, err
		}
		if kind == websocket.Binary {
			got = append(got, Message{Binary: append([]byte{}, payload...)}) // not nil
		} else {
			got = append(got, Message{Text: string(payload)})
		}
	}
	sending.Wait()
	err = c.Close(4001, "done")
	event, _ = c.CloseEvent()
	return event, got, err
}
