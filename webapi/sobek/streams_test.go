package sobek

import (
	"os"
	"strings"
	"testing"
)

// The scenarios print what Node prints.
func TestStreamsAreThoseOfTheStandard(t *testing.T) {
	script, err := os.ReadFile("testdata/streams.js")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/streams.golden")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, string(script), strings.Split(strings.TrimSpace(string(golden)), "\n")...)
}
