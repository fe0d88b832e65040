package main

import (
	"os"
	"testing"
)

// Each fault still has its one place in the code, and makes a difference there.
func TestEveryFaultHasItsPlace(t *testing.T) {
	t.Chdir("../..")
	names := map[string]bool{}
	for _, m := range mutants {
		if _, err := m.overlay(t.TempDir()); err != nil {
			t.Errorf("%s, in %s: %v", m.name, m.file, err)
		}
		if names[m.name] || m.old == m.new {
			t.Errorf("%s: twice, or no fault", m.name)
		}
		names[m.name] = true
	}
	if _, err := (mutant{file: "close.go", old: "c.mu.Lock()"}).overlay(t.TempDir()); err == nil {
		t.Error("a place that occurs more than once is taken for one")
	}
	if _, err := os.Stat("go.work"); err != nil {
		t.Error(err)
	}
}
