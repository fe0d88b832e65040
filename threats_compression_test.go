package websocket_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// threats.md, section 3, the rows about compression.

// TestThreatInflateBomb: 61 KB that would become 60 MiB, against a limit of 64 KiB.
func TestThreatInflateBomb(t *testing.T) {
	for _, test := range []struct {
		name      string
		fragments int
		takeover  bool
	}{{"in one frame", 1, false}, {"in 60 fragments", 60, false}, {"with context takeover", 60, true}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := nothingKept
				if test.takeover {
					answer = "permessage-deflate"
				}
				c, peer := agreeingServer(t, &websocket.DialOptions{
					Compression: &websocket.Compression{ServerTakeover: test.takeover, ClientTakeover: test.takeover},
					Limits:      websocket.Limits{MessageBytes: 64 << 10},
				}, answer)
				if test.takeover {
					peer.Write(compressedFrames(make([]byte, 1000), 1))
					if _, p, err := c.Read(background); len(p) != 1000 || err != nil {
						t.Fatal(err)
					}
				}
				peer.Write(compressedFrames(make([]byte, 60<<20), test.fragments))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				typ, p, err := c.Read(background)
				runtime.ReadMemStats(&after)
				if err == nil || len(p) > 0 {
					t.Errorf("Read = %v, %d bytes, %v", typ, len(p), err)
				}
				if took := after.TotalAlloc - before.TotalAlloc; took > (64+72+256)<<10 {
					t.Errorf("%d bytes allocated, want at most the limit, a wide window of 72 KiB, and 256 KiB", took)
				}
				check(t, "client", eventOf(c), "1006||unclean|local|open|message-too-big|timeout")
				if frames := framesOf(t, peer); len(frames) != 1 || frames[0].Opcode != wire.Close {
					t.Errorf("sent %v, want a Close frame", frames)
				}
				peer.Close()
			})
		})
	}
}

// TestThreatBrokenDeflateData: garbage, and data that end too soon, are 1007;
// what breaks the framing is 1002; empty messages, stored blocks, several blocks
// and blocks with BFINAL are legal. Nothing partial is delivered.
func TestThreatBrokenDeflateData(t *testing.T) {
	const hello = "\xf2\x48\xcd\xc9\xc9\x07\x00" // RFC 7692, section 7.2.3.1
	for _, test := range []struct {
		name, payload string
		want          string // the message, or what the CloseEvent says
	}{
		{"a block of the reserved type", "\x07\xff\xff\xff", "1007 invalid-deflate"},
		{"a stored block whose length is not confirmed", "\x00\x05\x00\x00\x00hello", "1007 invalid-deflate"},
		{"a distance beyond the beginning", "\x4b\x04\xa2\x00\x00", "1007 invalid-deflate"},
		{"data that end inside a block", hello[:3], "1007 invalid-deflate"},
		{"data that end inside a stored block", "\x00\x05\x00\xfa\xffhel", "1007 invalid-deflate"},
		{"text that is not UTF-8 when inflated", "\x00\x02\x00\xfd\xff\xc3\x28\x00", "1007 invalid-utf8"},
		{"one block (7.2.3.1)", hello, "Hello"},
		{"a stored block (7.2.3.3)", "\x00\x05\x00\xfa\xffHello\x00", "Hello"},
		{"a block with BFINAL (7.2.3.4)", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello"},
		{"two blocks (7.2.3.5)", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello"},
		{"an empty message (7.2.3.6)", "\x00", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for cut := range len(test.payload) + 1 {
				synctest.Test(t, func(t *testing.T) {
					c, peer := agreeingServer(t, &websocket.DialOptions{Compression: &websocket.Compression{}}, nothingKept)
					first := wire.Header{Opcode: wire.Text, RSV: wire.RSV1, Length: int64(cut)}
					last := wire.Header{Fin: true, Length: int64(len(test.payload) - cut)}
					frames := append(wire.AppendHeader(nil, first), test.payload[:cut]...)
					frames = append(wire.AppendHeader(frames, last), test.payload[cut:]...)
					peer.Write(frames)
					peer.CloseWrite()
					_, p, err := c.Read(background)
					code, cause, broken := strings.Cut(test.want, " invalid-")
					switch {
					case !broken && (err != nil || string(p) != test.want):
						t.Errorf("cut at %d: Read = %q, %v", cut, p, err)
					case broken:
						ev := eventOf(c)
						var violation *protocol.Violation
						if len(p) > 0 || !errors.As(err, &violation) || ev.Code != websocket.AbnormalClosure || ev.WasClean ||
							string(ev.Cause) != "invalid-"+cause || ev.Sent == nil || !strings.HasPrefix(ev.Sent.Code.String(), code) {
							t.Errorf("cut at %d: Read = %q, %v; %v", cut, p, err, ev)
						}
						if bad, ok := errors.AsType[*deflate.Error](err); ok != (cause == "deflate") || ok && bad.Section == "" {
							t.Errorf("cut at %d: %v does not say what is wrong with the data", cut, err)
						}
					}
					c.Abort()
					peer.Close()
				})
			}
		})
	}
}

// TestThreatSecretsCompressedTogether: compression is off unless asked for, and
// without context takeover then; a message with a secret can be left out.
func TestThreatSecretsCompressedTogether(t *testing.T) {
	secret := []byte(strings.Repeat("the secret is 4711; ", 100))
	for _, test := range []struct {
		name   string
		opts   websocket.DialOptions
		answer string
		write  *websocket.WriteOptions
		want   bool // compressed
	}{
		{"by default", websocket.DialOptions{}, "", nil, false},
		{"asked for", websocket.DialOptions{Compression: &websocket.Compression{}}, nothingKept, nil, true},
		{"asked for, and left out", websocket.DialOptions{Compression: &websocket.Compression{}}, nothingKept, &websocket.WriteOptions{Compress: websocket.Never}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lengths []int64
			c, peer := agreeingServer(t, &test.opts, test.answer)
			for range 2 {
				c.WriteWith(background, websocket.Text, secret, test.write)
				for _, h := range framesOf(t, peer) {
					lengths = append(lengths, h.Length)
					if compressed := h.RSV == wire.RSV1; compressed != test.want {
						t.Errorf("%s: compressed %t, want %t", test.name, compressed, test.want)
					}
				}
			}
			if len(lengths) != 2 || lengths[0] != lengths[1] {
				t.Errorf("%s: the same message took %d bytes: the second one refers to the first", test.name, lengths)
			}
			c.Abort()
			peer.Close()
		})
	}
}

// compressedFrames is a binary message of a server, compressed by the standard
// library and cut into frames.
func compressedFrames(p []byte, fragments int) (frames []byte) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	w.Write(p)
	w.Flush()
	data := bytes.TrimSuffix(b.Bytes(), []byte("\x00\x00\xff\xff"))
	piece := (len(data) + fragments - 1) / fragments
	for i := range fragments {
		h := wire.Header{Fin: i == fragments-1}
		if i == 0 {
			h.Opcode, h.RSV = wire.Binary, wire.RSV1
		}
		part := data[i*piece : min(len(data), (i+1)*piece)]
		h.Length = int64(len(part))
		frames = append(wire.AppendHeader(frames, h), part...)
	}
	return frames
}
