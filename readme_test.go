package websocket_test

import (
	"fmt"
	"os"
	"strconv"
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

// docs/reconnect.md says what the tests demand of Reconnect and its twin.
func TestTheTableOfReconnectIsDocumented(t *testing.T) {
	page := read(t, "docs/reconnect.md")
	for _, row := range retryRows(t) {
		if row.Reason != "" {
			continue // a slot, which stands below the table
		}
		says := documentedRetry(page, row.Code)
		want := fmt.Sprintf("again after %g to %g s", row.First[0], row.First[1])
		if row.Later != row.First {
			want += fmt.Sprintf(", later up to %g s", row.Later[1])
		}
		if row.Does == "stop" {
			want = "it stops"
		}
		if !strings.Contains(says, want) || strings.Contains(says, "`refresh`, then") != (row.Does == "refresh") {
			t.Errorf("docs/reconnect.md: %v: %q, want %s, %s", row.Code, says, row.Does, want)
		}
	}
}

// documentedRetry is the cell of the table that is about a code, or about all
// others.
func documentedRetry(page string, code websocket.StatusCode) string {
	others := ""
	for line := range strings.SplitSeq(page, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 2 {
			continue
		}
		codes := strings.TrimPrefix(cells[0], "| ")
		if codes == "all others" {
			others = cells[1]
		}
		for of := range strings.SplitSeq(codes, ", ") {
			first, last, ranged := strings.Cut(of, "-")
			from, err := strconv.Atoi(first)
			to := from
			if ranged {
				to, _ = strconv.Atoi(last)
			}
			if err == nil && from <= int(code) && int(code) <= to {
				return cells[1]
			}
		}
	}
	return others
}

func read(t *testing.T, path string) string {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(p), "\r\n", "\n")
}
