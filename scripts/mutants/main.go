// Command mutants puts deliberate faults into the code that ends connections, and
// into what calls their readers, one at a time, and says which test notices each.
//
//	go run ./scripts/mutants              # all, some minutes
//	go run ./scripts/mutants half-close   # those whose name contains a word
//	go run ./scripts/mutants queue Send   # and only the tests that match, see go test -run
//
// The checkout is not touched: the go command is given the changed file as an
// overlay. A fault that no test notices, or whose place in the code is no longer
// there, makes the exit status 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// mutant is one fault: in a file, a piece of code that occurs once there is
// replaced by another.
type mutant struct {
	name     string
	file     string
	old, new string
}

func main() {
	survivors := 0
	for _, m := range mutants {
		if len(os.Args) > 1 && !strings.Contains(m.name, os.Args[1]) {
			continue
		}
		if strings.HasSuffix(m.file, "_linux.go") && runtime.GOOS != "linux" {
			continue // no test sees it
		}
		noticed, err := m.try()
		switch {
		case err != nil:
			noticed = "CANNOT BE TRIED: " + err.Error()
			survivors++
		case noticed == "":
			noticed = "SURVIVES"
			survivors++
		}
		fmt.Printf("%-44s %-22s %s\n", m.name, m.file, noticed)
	}
	if survivors > 0 {
		fmt.Printf("%d of the faults are not noticed\n", survivors)
		os.Exit(1)
	}
}

// packages are those whose tests are to notice, the fast ones first. Tests that take
// longer hang.
var packages = []struct{ path, timeout string }{
	{"./protocol", "60s"},
	{"./transport", "30s"},
	{".", "180s"},
}

// try runs the tests with the fault, and returns the name of the first that fails,
// or "".
func (m mutant) try() (noticed string, err error) {
	dir, err := os.MkdirTemp("", "onclose-mutant-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	run := "."
	if len(os.Args) > 2 {
		run = os.Args[2]
	}
	for _, p := range packages {
		test := exec.Command("go", "test", "-overlay", overlay, "-short", "-failfast", "-timeout", p.timeout, "-run", run, p.path)
		output, err := test.CombinedOutput()
		if err != nil {
			return failure(string(output)), nil
		}
	}
	return "", nil
}

// overlay writes the changed file and the description of the overlay.
func (m mutant) overlay(dir string) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return "", fmt.Errorf("%q occurs %d times", m.old, n)
	}
	changed := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	description, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, description, 0o600)
}

var (
	failed = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)
	hung   = regexp.MustCompile(`panic: test timed out|deadlock`)
	hangs  = regexp.MustCompile(`running tests:\s+(\S+)`)
	built  = regexp.MustCompile(`\[build failed\]|\[setup failed\]`)
)

// failure is the name of the deepest test that failed first, or of one that hangs.
func failure(output string) string {
	if built.MatchString(output) {
		return "DOES NOT COMPILE"
	}
	all := failed.FindAllStringSubmatch(output, -1)
	name := "a test that panics"
	for _, match := range all {
		if len(all) > 0 && (name == "a test that panics" || strings.HasPrefix(match[1], name+"/")) {
			name = match[1]
		}
	}
	if match := hangs.FindStringSubmatch(output); match != nil && len(all) == 0 {
		name = match[1]
	}
	if hung.MatchString(output) {
		name += " (hangs)"
	}
	return name
}
