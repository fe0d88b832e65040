package handshake

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The pair that RFC 6455, section 1.3, works out.
const (
	sampleKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func TestKeyAndAcceptOfSection1_3(t *testing.T) {
	if got := NewKey([16]byte([]byte("the sample nonce"))); got != sampleKey {
		t.Errorf("NewKey: got %q, want %q", got, sampleKey)
	}
	if got := Accept(sampleKey); got != sampleAccept {
		t.Errorf("Accept: got %q, want %q", got, sampleAccept)
	}
}

func TestValidKey(t *testing.T) {
	tests := []struct {
		name, key string
		want      bool
	}{
		{"16 bytes in base64, section 4.2.1", sampleKey, true},
		{"16 bytes of zeros", "AAAAAAAAAAAAAAAAAAAAAA==", true},
		{"15 bytes", "AAAAAAAAAAAAAAAAAAAA", false},
		{"17 bytes have the same length in base64", "AAAAAAAAAAAAAAAAAAAAAAA=", false},
		{"18 bytes", "AAAAAAAAAAAAAAAAAAAAAAAA", false},
		{"no padding", "AAAAAAAAAAAAAAAAAAAAAA", false},
		{"bits behind the 16th byte", "AAAAAAAAAAAAAAAAAAAAAB==", false},
		{"the alphabet of URLs", "-_AAAAAAAAAAAAAAAAAAAA==", false},
		{"line feeds, which package base64 skips", "AAAAAAAAAAAAAAAAAAAAAA\n\n", false},
		{"not base64", "AAAAAAAAAAAAAAAAAAAA!!==", false},
		{"empty", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := validKey(test.key); got != test.want {
				t.Errorf("validKey(%q): got %v, want %v", test.key, got, test.want)
			}
		})
	}
}

// Where FIPS 140-3 is enforced crypto/sha1 panics, unless told that it protects
// nothing. Enforcement is a property of the process, so the test starts one.
func TestAcceptUnderFIPSEnforcement(t *testing.T) {
	if fips140.Enforced() {
		if got := Accept(sampleKey); got != sampleAccept {
			t.Errorf("Accept: got %q, want %q", got, sampleAccept)
		}
		t.Log("enforced")
		return
	}
	executable, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot start itself:", err)
	}
	command := exec.Command(executable, "-test.run=^TestAcceptUnderFIPSEnforcement$", "-test.v")
	command.Env = append(os.Environ(), "GODEBUG=fips140=only")
	output, err := command.CombinedOutput()
	switch text := string(output); {
	case err != nil && strings.Contains(text, "not supported"):
		t.Skip("FIPS 140-3 mode is not supported here")
	case err != nil || !strings.Contains(text, "enforced"):
		t.Errorf("got %v\n%s", err, text)
	}
}
