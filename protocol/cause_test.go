package protocol

import (
	"regexp"
	"testing"
)

// The words are a contract: scripts and logs compare them (DESIGN, section 4).
var causes = map[Cause]string{
	CauseNone: "", CauseBadURL: "bad-url", CauseDNS: "dns", CauseRefused: "refused", CauseUnreachable: "unreachable",
	CauseDialFailed: "dial-failed", CauseTLS: "tls", CauseBadHandshake: "bad-handshake", CauseOpenTimeout: "open-timeout",
	CauseEOF: "eof", CauseEOFInFrame: "eof-in-frame", CauseEOFInMessage: "eof-in-message", CauseReset: "reset",
	CauseTLSTruncated: "tls-truncated", CauseTLSAlert: "tls-alert", CauseStreamReset: "stream-reset",
	CauseReadFailed: "read-failed", CauseWriteFailed: "write-failed", CauseWriteTimeout: "write-timeout",
	CauseCloseTimeout: "close-timeout", CausePongTimeout: "pong-timeout", CauseProtocolError: "protocol-error",
	CauseInvalidUTF8: "invalid-utf8", CauseInvalidDeflate: "invalid-deflate", CauseMessageTooBig: "message-too-big", CauseTooManyFragments: "too-many-fragments",
	CauseMandatoryExtension: "mandatory-extension", CauseAborted: "aborted", CauseContextCanceled: "context-canceled",
	CauseSlowConsumer: "slow-consumer", CauseRateExceeded: "rate-exceeded", CausePanic: "panic", CauseUnsupportedData: "unsupported-data",
}

func TestCausesAreStableWords(t *testing.T) {
	kebab := regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*)?$`)
	for cause, want := range causes {
		if string(cause) != want || !kebab.MatchString(want) {
			t.Errorf("the cause %q is %q by contract", cause, want)
		}
	}
}
