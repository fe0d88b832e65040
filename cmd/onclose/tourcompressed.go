package main

import (
	"strings"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// compressing is what both ends of a compressed stop want, and agreedDeflate what
// they agree to.
var compressing = &websocket.Compression{Threshold: -1}

const agreedDeflate = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

// compressedStops are about permessage-deflate.
var compressedStops = []tourStop{
	{1000, "compressed", "a message goes compressed, the Close frames do not", "RFC 7692, section 6",
		pair{
			dial: websocket.DialOptions{Compression: compressing}, accept: websocket.AcceptOptions{Compression: compressing},
			client: func(s *stage, c *websocket.Conn) {
				s.write(c, websocket.Text, strings.Repeat("again and ", 1000))
				closes(1000, "done")(s, c)
			},
			server: func(s *stage, c *websocket.Conn) {
				if _, message, _ := c.Read(s.ctx); len(message) != 10_000 {
					s.fault("%d bytes came of 10,000", len(message))
				}
				reads(s, c)
			},
		}.play,
		clean(1000, "done", byLocal).with("extensions", agreedDeflate),
		clean(1000, "done", byRemote).with("extensions", agreedDeflate)},
	{1007, "compressed-broken", "the server's compressed message is no DEFLATE", "RFC 7692, section 7.2.2",
		rawServer{
			dial: websocket.DialOptions{Compression: compressing}, agrees: agreedDeflate,
			server: func(p *rawPeer) { p.write([]byte("\xc1\x04\x07\xff\xff\xff")); p.watch() },
		}.play,
		fails(say(1007, wire.RuleCompressedData.String()), protocol.CauseInvalidDeflate, "RFC 7692, section 7.2.2"),
		saw("fin", say(1007, wire.RuleCompressedData.String()))},
	{1002, "compressed-continuation", "the server sets RSV1 on a fragment that is not the first", "RFC 7692, section 6",
		rawServer{
			dial: websocket.DialOptions{Compression: compressing}, agrees: agreedDeflate,
			server: func(p *rawPeer) { p.write([]byte("\x41\x00\xc0\x00")); p.watch() },
		}.play,
		fails(say(1002, wire.RuleCompressedFrame.String()), protocol.CauseProtocolError, "RFC 7692, section 6"),
		saw("fin", say(1002, wire.RuleCompressedFrame.String()))},
	{1009, "compressed-bomb", "the client's few KB would inflate to 4 MiB, over the server's limit", "10.4",
		pair{
			dial:   websocket.DialOptions{Compression: compressing},
			accept: websocket.AcceptOptions{Compression: compressing, Limits: websocket.Limits{MessageBytes: 64 << 10}},
			client: func(s *stage, c *websocket.Conn) { saysThis(websocket.Binary, string(make([]byte, 4<<20)))(s, c) },
			server: reads,
		}.play,
		clean(1009, wire.RuleMessageTooBig.String(), byRemote),
		fails(say(1009, wire.RuleMessageTooBig.String()), protocol.CauseMessageTooBig, "RFC 6455, section 10.4")},
	{1006, "compressed-badly-agreed", "the server agrees to compression with a window that cannot be", "RFC 7692, section 7.1.2.1",
		rawServer{
			dial: websocket.DialOptions{Compression: compressing}, agrees: agreedDeflate + "; server_max_window_bits=7",
			server: (*rawPeer).watch,
		}.play,
		neverOpened(protocol.PhaseOpening, protocol.CauseBadHandshake, protocol.EndLocal, 101).with("rule", "RFC 7692, section 7.1.2.1"),
		saw("fin")},
}
