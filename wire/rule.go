package wire

import "strconv"

// Rule is a rule for the bytes on a connection that a peer can break. The zero
// Rule is none.
type Rule uint8

// The rules, in the order of RFC 6455, and those of permessage-deflate, RFC 7692.
// The last ones are not about bytes that are wrong but about more bytes than
// this endpoint is willing to take.
const (
	_ Rule = iota
	// RuleUnmasked: a client must mask every frame.
	RuleUnmasked
	// RuleMasked: a server must not mask any frame.
	RuleMasked
	// RuleReservedBits: RSV1, RSV2 and RSV3 are 0 unless an extension says otherwise.
	RuleReservedBits
	// RuleReservedOpcode: opcodes 3 to 7 and 11 to 15 have no meaning.
	RuleReservedOpcode
	// RuleLengthNotMinimal: the shortest form of the payload length must be used.
	RuleLengthNotMinimal
	// RuleLengthTopBit: the top bit of a 64-bit payload length must be 0.
	RuleLengthTopBit
	// RuleContinuationWithoutStart: a continuation frame needs a message to continue.
	RuleContinuationWithoutStart
	// RuleMessageInsideMessage: a message must end before the next data frame starts one.
	RuleMessageInsideMessage
	// RuleControlFragmented: a control frame must not be fragmented.
	RuleControlFragmented
	// RuleControlTooLong: a control frame carries at most 125 bytes.
	RuleControlTooLong
	// RuleClosePayloadOneByte: a Close payload is empty or starts with a 2-byte code.
	RuleClosePayloadOneByte
	// RuleCloseCode: some numbers must never be sent as a status code.
	RuleCloseCode
	// RuleCloseReasonUTF8: the reason must be UTF-8.
	RuleCloseReasonUTF8
	// RuleTextUTF8: a text message must be UTF-8.
	RuleTextUTF8
	// RuleCompressedFrame: only the first frame of a message may have RSV1.
	RuleCompressedFrame
	// RuleCompressedData: compressed data must be DEFLATE within the agreed window.
	RuleCompressedData
	// RuleMandatoryExtension: the server did not agree to an extension that the client requires.
	RuleMandatoryExtension
	// RuleMessageTooBig: the message is longer than this endpoint's limit.
	RuleMessageTooBig
	// RuleTooManyFragments: the message has more fragments than this endpoint's limit.
	RuleTooManyFragments
	// RuleTooManyEmptyFragments: more empty fragments in a row than this endpoint's limit.
	RuleTooManyEmptyFragments
	// RuleTooManyMessages: more messages come in a second than this endpoint's limit.
	RuleTooManyMessages
	// RuleTooManyBytes: more bytes come in a second than this endpoint's limit.
	RuleTooManyBytes
	ruleEnd
)

var rules = [ruleEnd]struct{ section, sentence string }{
	RuleUnmasked:                 {rfc6455 + "5.1", "a client's frame is not masked"},
	RuleMasked:                   {rfc6455 + "5.1", "a server's frame is masked"},
	RuleReservedBits:             {rfc6455 + "5.2", "a reserved bit is set and no extension defines it"},
	RuleReservedOpcode:           {rfc6455 + "5.2", "the opcode is reserved"},
	RuleLengthNotMinimal:         {rfc6455 + "5.2", "the payload length is not in its shortest form"},
	RuleLengthTopBit:             {rfc6455 + "5.2", "the top bit of the 64-bit payload length is set"},
	RuleContinuationWithoutStart: {rfc6455 + "5.4", "a continuation frame continues no message"},
	RuleMessageInsideMessage:     {rfc6455 + "5.4", "a message starts inside another message"},
	RuleControlFragmented:        {rfc6455 + "5.5", "a control frame is fragmented"},
	RuleControlTooLong:           {rfc6455 + "5.5", "a control frame has more than 125 bytes of payload"},
	RuleClosePayloadOneByte:      {rfc6455 + "5.5.1", "the Close frame has a payload of one byte"},
	RuleCloseCode:                {rfc6455 + "7.4", "the Close frame has a status code that must not be sent"},
	RuleCloseReasonUTF8:          {rfc6455 + "8.1", "the reason of the Close frame is not UTF-8"},
	RuleTextUTF8:                 {rfc6455 + "8.1", "the text message is not UTF-8"},
	RuleCompressedFrame:          {rfc7692 + "6", "RSV1 is set on a frame that does not start a message"},
	RuleCompressedData:           {rfc7692 + "7.2.2", "the compressed data are broken"},
	RuleMandatoryExtension:       {rfc6455 + "7.4.1", "the server did not agree to a required extension"},
	RuleMessageTooBig:            {rfc6455 + "10.4", "the message is longer than the limit"},
	RuleTooManyFragments:         {rfc6455 + "10.4", "the message has more fragments than the limit"},
	RuleTooManyEmptyFragments:    {rfc6455 + "10.4", "more empty fragments in a row than the limit"},
	RuleTooManyMessages:          {rfc6455 + "10.4", "more messages in a second than the limit"},
	RuleTooManyBytes:             {rfc6455 + "10.4", "more bytes in a second than the limit"},
}

const (
	rfc6455 = "RFC 6455, section "
	rfc7692 = "RFC 7692, section "
)

// Section is where the rule stands: "RFC 6455, section 5.1". The zero Rule has
// none and gives "".
func (r Rule) Section() string {
	if r == 0 || r >= ruleEnd {
		return ""
	}
	return rules[r].section
}

// String is how the rule was broken, as one clause without a full stop.
func (r Rule) String() string {
	if r == 0 || r >= ruleEnd {
		return "rule(" + strconv.Itoa(int(r)) + ")"
	}
	return rules[r].sentence
}
