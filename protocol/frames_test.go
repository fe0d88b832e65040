package protocol

import (
	"testing"

	"github.com/onclose/websocket/internal/closingtest"
)

// The tests of this package write and read frames as words: closingtest has the
// language.

// peerFrame makes the frame that the peer of an endpoint sends.
func peerFrame(t testing.TB, role Role, words string) []byte {
	return closingtest.PeerFrame(role.String(), words)
}

// readFrames reads the frames that an endpoint wrote, as words. It checks what
// every frame of that role must be.
func readFrames(t testing.TB, role Role, p []byte) []string {
	t.Helper()
	frames, rest, err := closingtest.ReadFrames(role.String(), p)
	if err != nil || len(rest) > 0 {
		t.Fatalf("%x is no frame of a %v: %v", rest, role, err)
	}
	return frames
}

// bothRoles runs a test for an endpoint of either role.
func bothRoles(t *testing.T, test func(t *testing.T, role Role)) {
	for _, role := range []Role{Client, Server} {
		t.Run(role.String(), func(t *testing.T) { test(t, role) })
	}
}
