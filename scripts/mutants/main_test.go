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

func TestWhichTestNoticed(t *testing.T) {
	for output, want := range map[string]string{
		"--- FAIL: TestA (0.1s)\n    --- FAIL: TestA/b (0.1s)\n        --- FAIL: TestA/b/c (0.1s)\n--- FAIL: TestD (1s)\n": "TestA/b/c",
		"--- FAIL: TestA (0.1s)\npanic: deadlock: main bubble goroutine has exited":                                        "TestA (hangs)",
		"panic: test timed out after 30s\n\trunning tests:\n\t\tTestA (29s)\n\t\tTestB (1s)\n":                             "TestA (hangs)",
		"panic: oops\nFAIL\tpackage\t1s\n": "a test that panics",
		"FAIL\tpackage [build failed]\n":   "DOES NOT COMPILE",
	} {
		if got := failure(output); got != want {
			t.Errorf("%q: %s, want %s", output, got, want)
		}
	}
}
