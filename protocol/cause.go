package protocol

// Cause is the stable word for what ended a connection. The words are a
// contract: scripts and logs may compare them.
type Cause string

// The causes. CauseNone is that of a connection whose closing handshake was
// completed because one of the endpoints wanted it so.
const (
	CauseNone Cause = ""

	// Before the connection opened (Phase says where).
	CauseBadURL       Cause = "bad-url"       // the address cannot be used
	CauseDNS          Cause = "dns"           // the host name has no address
	CauseRefused      Cause = "refused"       // nobody listens at the address
	CauseUnreachable  Cause = "unreachable"   // no route, or the network is down
	CauseDialFailed   Cause = "dial-failed"   // connecting failed in another way
	CauseTLS          Cause = "tls"           // the TLS handshake failed: what 1015 stands for
	CauseBadHandshake Cause = "bad-handshake" // the HTTP response does not open a WebSocket
	CauseOpenTimeout  Cause = "open-timeout"  // the opening handshake took too long

	// The transport was lost.
	CauseEOF          Cause = "eof"            // the stream ended between two messages
	CauseEOFInFrame   Cause = "eof-in-frame"   // it ended inside a frame
	CauseEOFInMessage Cause = "eof-in-message" // it ended between two fragments of a message
	CauseReset        Cause = "reset"          // the peer or the network reset it
	CauseTLSTruncated Cause = "tls-truncated"  // TCP ended without close_notify
	CauseTLSAlert     Cause = "tls-alert"      // a fatal alert on an open connection
	CauseStreamReset  Cause = "stream-reset"   // the HTTP stream was reset
	CauseReadFailed   Cause = "read-failed"    // reading failed in another way
	CauseWriteFailed  Cause = "write-failed"   // writing failed in another way

	// A wait ended.
	CauseWriteTimeout Cause = "write-timeout" // the peer took nothing for the write timeout
	CauseCloseTimeout Cause = "close-timeout" // the peer did not answer our Close frame
	CausePongTimeout  Cause = "pong-timeout"  // the peer did not answer a keepalive Ping

	// The peer broke a rule, or one of our limits (Rule says which).
	CauseProtocolError      Cause = "protocol-error"
	CauseInvalidUTF8        Cause = "invalid-utf8"
	CauseInvalidDeflate     Cause = "invalid-deflate" // compressed data are broken
	CauseMessageTooBig      Cause = "message-too-big"
	CauseTooManyFragments   Cause = "too-many-fragments"
	CauseRateExceeded       Cause = "rate-exceeded" // more messages or bytes in a second
	CauseMandatoryExtension Cause = "mandatory-extension"

	// This side's application ended it.
	CauseAborted         Cause = "aborted"          // Abort was called
	CauseContextCanceled Cause = "context-canceled" // a context ended it
	CauseSlowConsumer    Cause = "slow-consumer"    // the peer took less than was sent, beyond the queue's bound
	CausePanic           Cause = "panic"            // the handler panicked
	CauseUnsupportedData Cause = "unsupported-data" // a message of a type that is not taken came
)
