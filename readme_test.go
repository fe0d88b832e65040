package websocket_test

import (
	"os"
	"strings"
	"testing"

	"github.com/onclose/websocket"
)

// The README shows the examples as they are compiled and tested.
func TestTheREADMEShowsTheExamples(t *testing.T) {
	readme := read(t, "README.md")
	for _, path := range []string{"examples/server/main.go", "examples/client/main.go"} {
		if !strings.Contains(readme, "```go\n"+read(t, path)+"```\n") {
			t.Errorf("README.md does not show %s as it is", path)
		}
	}
	for _, command := range []string{"go run ./cmd/onclose serve", "go test work"} {
		if !strings.Contains(readme, command) {
			t.Errorf("README.md lacks the command %s", command)
		}
	}
}

// The README's table has a row for each row of the registry.
func TestTheREADMEHasTheTableOfCodes(t *testing.T) {
	readme := read(t, "README.md")
	for _, row := range websocket.StatusCodes("en") {
		first, _, _ := strings.Cut(row.First.String(), " ")
		last, _, _ := strings.Cut(row.Last.String(), " ")
		if first != last {
			first += "-" + last
		}
		want := "| " + first + " | " + row.Name + " | " + row.Description + " |\n"
		if !strings.Contains(readme, want) {
			t.Errorf("README.md lacks the row\n%s", want)
		}
	}
}

// docs/causes.md lists every word that a CloseEvent's cause can be.
func TestEveryCauseIsDocumented(t *testing.T) {
	page := read(t, "docs/causes.md")
	for line := range strings.SplitSeq(read(t, "protocol/cause.go"), "\n") {
		_, rest, isCause := strings.Cut(line, ` Cause = "`)
		if word, _, _ := strings.Cut(rest, `"`); isCause && word != "" && !strings.Contains(page, "| `"+word+"` |") {
			t.Errorf("docs/causes.md lacks %s", word)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(p), "\r\n", "\n")
}
