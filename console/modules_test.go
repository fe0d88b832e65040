package console

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The modules that need no page are tested in Node, where there is one:
// testdata/modules.test.mjs.
func TestModules(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on this machine: the page's modules are not tested")
	}
	dir := t.TempDir()
	for name, text := range readAssets(t, ".js") {
		writeFile(t, filepath.Join(dir, name), text)
	}
	test, err := os.ReadFile("testdata/modules.test.mjs")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "modules.test.mjs"), string(test))
	writeFile(t, filepath.Join(dir, "package.json"), `{"type":"module"}`) // or Node takes .js for CommonJS

	cmd := exec.CommandContext(t.Context(), node, "modules.test.mjs")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
