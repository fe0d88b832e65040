package websocket_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// docs/threats.md is an index: no row without a test, no test without a row.
func TestEveryThreatHasItsTest(t *testing.T) {
	tests := threatTests(t)
	text, err := os.ReadFile("docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| threat") {
			continue
		}
		if rows++; len(cells) != 4 {
			t.Errorf("%d cells, want threat, what we do, test, package: %s", len(cells), line)
			continue
		}
		name, folder := strings.Trim(cells[2], "`"), strings.Trim(strings.TrimSuffix(cells[3], " |"), "`")
		if folder == "websocket" {
			folder = "."
		}
		if found, ok := tests[name]; !ok || found != folder {
			t.Errorf("%s is in %q, not in %q, or has a row already", name, found, folder)
		}
		delete(tests, name)
	}
	for name, folder := range tests {
		t.Errorf("%s in %s has no row in docs/threats.md", name, folder)
	}
	if rows < 50 {
		t.Errorf("%d rows", rows)
	}
}

// threatTests are the functions TestThreat..., with the folder of each.
func threatTests(t *testing.T) map[string]string {
	t.Helper()
	tests := map[string]string{}
	for folder := range sources(t) {
		paths, _ := filepath.Glob(filepath.Join(folder, "*_test.go"))
		for _, path := range slices.Sorted(slices.Values(paths)) {
			for _, declared := range parse(t, path, 0).Decls {
				f, ok := declared.(*ast.FuncDecl)
				if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "TestThreat") {
					continue
				}
				if other, twice := tests[f.Name.Name]; twice {
					t.Errorf("%s is in %s and in %s", f.Name.Name, other, folder)
				}
				tests[f.Name.Name] = folder
			}
		}
	}
	return tests
}
