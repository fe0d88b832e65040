package main

import (
	"errors"
	"fmt"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// The stops here are made from tables: rules that a raw peer breaks, codes that
// applications use, and numbers that nobody may send.

// brokenRule is a rule that a rawPeer breaks with the bytes that it sends.
type brokenRule struct {
	by        protocol.Role
	name      string
	situation string
	bytes     string
	sent      websocket.StatusCode // by the end that finds out
	cause     protocol.Cause
	rule      wire.Rule
	section   string // that of rule, said again
}

// The frames here are written byte by byte. A masked one has the key 0, which
// leaves its payload readable.
var brokenRules = []brokenRule{
	{protocol.Client, "unmasked", "the client does not mask its frame",
		"\x81\x02hi", 1002, protocol.CauseProtocolError, wire.RuleUnmasked, "5.1"},
	{protocol.Server, "masked", "the server masks its frame",
		"\x81\x82\x00\x00\x00\x00hi", 1002, protocol.CauseProtocolError, wire.RuleMasked, "5.1"},
	{protocol.Client, "reserved-bits", "the client sets RSV1, and no extension defines it",
		"\xc1\x82\x00\x00\x00\x00hi", 1002, protocol.CauseProtocolError, wire.RuleReservedBits, "5.2"},
	{protocol.Server, "reserved-opcode", "the server sends a frame with the opcode 11",
		"\x8b\x00", 1002, protocol.CauseProtocolError, wire.RuleReservedOpcode, "5.2"},
	{protocol.Client, "length-not-minimal", "the client writes the length 2 in two bytes",
		"\x82\xfe\x00\x02\x00\x00\x00\x00hi", 1002, protocol.CauseProtocolError, wire.RuleLengthNotMinimal, "5.2"},
	{protocol.Server, "length-top-bit", "the server announces a payload of 2^63 bytes",
		"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 1002, protocol.CauseProtocolError, wire.RuleLengthTopBit, "5.2"},
	{protocol.Client, "continuation-without-start", "the client continues a message that it did not begin",
		"\x80\x82\x00\x00\x00\x00hi", 1002, protocol.CauseProtocolError, wire.RuleContinuationWithoutStart, "5.4"},
	{protocol.Server, "message-inside-message", "the server begins a message inside another",
		"\x01\x02hi\x81\x02ho", 1002, protocol.CauseProtocolError, wire.RuleMessageInsideMessage, "5.4"},
	{protocol.Client, "control-fragmented", "the client fragments a Ping",
		"\x09\x80\x00\x00\x00\x00", 1002, protocol.CauseProtocolError, wire.RuleControlFragmented, "5.5"},
	{protocol.Server, "control-too-long", "the server's Ping has 126 bytes",
		"\x89\x7e\x00\x7e", 1002, protocol.CauseProtocolError, wire.RuleControlTooLong, "5.5"},
	{protocol.Client, "close-one-byte", "the client's Close frame has a payload of one byte",
		"\x88\x81\x00\x00\x00\x00\x03", 1002, protocol.CauseProtocolError, wire.RuleClosePayloadOneByte, "5.5.1"},
	{protocol.Server, "close-one-byte-server", "the server's Close frame has a payload of one byte",
		"\x88\x01\x03", 1002, protocol.CauseProtocolError, wire.RuleClosePayloadOneByte, "5.5.1"},
	{protocol.Client, "text-not-utf8", "the client sends as text what is not UTF-8",
		"\x81\x84\x00\x00\x00\x00caf\xe9", 1007, protocol.CauseInvalidUTF8, wire.RuleTextUTF8, "8.1"},
	{protocol.Server, "text-cut-off", "the server's text ends in the middle of a character",
		"\x81\x04caf\xc3", 1007, protocol.CauseInvalidUTF8, wire.RuleTextUTF8, "8.1"},
	{protocol.Client, "reason-not-utf8", "the reason of the client's Close frame is not UTF-8",
		"\x88\x83\x00\x00\x00\x00\x03\xe8\xff", 1007, protocol.CauseInvalidUTF8, wire.RuleCloseReasonUTF8, "8.1"},
}

func (r brokenRule) stop() tourStop {
	told := say(r.sent, r.rule.String())
	t := tourStop{
		code: r.sent, name: r.name, situation: r.situation, section: r.section,
		client: saw("fin", told), server: fails(told, r.cause, "RFC 6455, section "+r.section),
		play: rawClient{client: func(p *rawPeer) { p.write([]byte(r.bytes)); p.watch() }}.play,
	}
	if r.by == protocol.Server {
		t.client, t.server = t.server, t.client
		t.play = rawServer{server: func(p *rawPeer) { p.write([]byte(r.bytes)); p.watch() }}.play
	}
	return t
}

// privateCodes are among those that applications use as they like, with the
// edges of the ranges.
var privateCodes = []websocket.StatusCode{3001, 3004, 3999, 4000, 4001, 4404, 4999}

// usedStops are a code that the application says, from either end.
func usedStops(code websocket.StatusCode) []tourStop {
	return []tourStop{
		{code, fmt.Sprintf("client-%d", code), "the client's application closes with it", "7.4.2",
			pair{client: closes(code, "as agreed"), server: reads}.play,
			clean(code, "as agreed", byLocal), clean(code, "as agreed", byRemote)},
		{code, fmt.Sprintf("server-%d", code), "the server's application closes with it", "7.4.2",
			pair{client: reads, server: closes(code, "as agreed")}.play,
			clean(code, "as agreed", byRemote), clean(code, "as agreed", byLocal)},
	}
}

// forbiddenCodes are numbers that nobody may send, with the edges of the ranges.
var forbiddenCodes = []websocket.StatusCode{0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535}

// forbiddenStops are a number that nobody may send: refused at the call, and
// answered with 1002 when a peer sends it nevertheless.
func forbiddenStops(code websocket.StatusCode) []tourStop {
	told := say(1002, wire.RuleCloseCode.String())
	found := fails(told, protocol.CauseProtocolError, "RFC 6455, section 7.4").with("offendingCode", code)
	sends := func(p *rawPeer) { p.write(p.close(code)); p.watch() }
	return []tourStop{
		{code, fmt.Sprintf("call-%d", code), "Close refuses the number at the call, and nothing is written", "7.4",
			refusedAtCall(code, ""),
			clean(1000, "still open", byLocal), saw("fin", say(1000, "still open"))},
		{code, fmt.Sprintf("wire-client-%d", code), "a raw client sends the number: the server answers with 1002", "7.4",
			rawClient{client: sends}.play, saw("fin", told), found},
		{code, fmt.Sprintf("wire-server-%d", code), "a raw server sends the number: the client answers with 1002", "7.4",
			rawServer{server: sends}.play, found, saw("fin", told)},
	}
}

// refusedAtCall plays a Close that is Misuse. The connection stays open, and
// what the peer then sees is the Close frame of the call behind it.
func refusedAtCall(code websocket.StatusCode, reason string) func(*stage) {
	return rawServer{
		client: func(s *stage, c *websocket.Conn) {
			var misuse *protocol.MisuseError
			if err := c.Close(code, reason); !errors.As(err, &misuse) {
				s.fault("Close(%d) returned %v, expected a MisuseError", code, err)
			}
			closes(1000, "still open")(s, c)
		},
		server: func(p *rawPeer) {
			if p.untilClose() {
				p.write(p.answer())
			}
			p.halfClose()
			p.watch()
		},
	}.play
}
