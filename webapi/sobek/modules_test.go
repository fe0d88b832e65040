package sobek

import (
	"bytes"
	"testing"
)

func TestModulesAreLoadedOnce(t *testing.T) {
	var out bytes.Buffer
	scope, err := New(&Options{Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	loads := 0
	load := func(referrer, specifier string) (name, source string, err error) {
		loads++
		return "lib.js", `print("loaded"); export const n = 1`, nil
	}
	err = scope.RunModule(t.Context(), "main.js", `
		import { n } from "./lib.js";
		print(n, await Promise.resolve(2), (await import("./lib.js")).n);
	`, load)
	if err == nil {
		err = scope.Run(t.Context())
	}
	if err != nil || out.String() != "loaded\n1 2 1\n" {
		t.Errorf("got %v and %q after %d loads", err, out.String(), loads)
	}
}
