package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// webapi/goja is what the command makes, and nothing else.
func TestTheBindingIsUpToDate(t *testing.T) {
	files, err := binding("../..")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is not up to date: go run ./scripts/gojabinding (%v)", path, err)
		}
	}
	there, err := filepath.Glob("../../webapi/goja/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if files[path] == nil && filepath.Base(path) != "doc.go" {
			t.Errorf("%s is made of nothing", path)
		}
	}
}
