package sobek

import (
	"io"
	"os"
	"strings"
	"testing"
)

// tableHelpers are what the expressions of testdata use beside the web's.
const tableHelpers = `
	const shape = (object, name) => {
		const d = Object.getOwnPropertyDescriptor(object, name);
		return ["get", "set", "writable", "enumerable", "configurable"].filter((k) => d[k]).join(" ");
	};
	const seen = (e) => [e.type, e.wasClean, e.code, e.reason, e.bubbles, e.cancelable, e.composed, e.isTrusted];
	const order = (prepare) => {
		const target = new EventTarget(), log = [];
		target.log = (name) => () => { log.push(name) };
		prepare(target);
		target.dispatchEvent(new Event("x"));
		target.dispatchEvent(new Event("x"));
		return log;
	};
	const result = (source) => {
		try {
			const value = JSON.stringify((0, eval)(source));
			return value === undefined ? "undefined" : value.replaceAll("\ufffd", "\\ufffd");
		} catch (e) {
			if (e.name !== "TypeError" && e.constructor !== DOMException) return String(e);
			return "throws " + e.name + (e.code ? " " + e.code : "");
		}
	};
`

// Every line of the tables is checked in one global scope of its own.
func TestInterfaces(t *testing.T) {
	for _, file := range []string{"testdata/closeevent.txt", "testdata/interfaces.txt"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			source, want, ok := strings.Cut(strings.TrimSpace(line), " => ")
			if at := strings.LastIndex(line, " => "); ok && at >= 0 { // arrow functions have arrows too
				source, want = line[:at], strings.TrimSpace(line[at+len(" => "):])
			}
			if ok && !strings.HasPrefix(line, "#") {
				checkExpression(t, source, want)
			}
		}
	}
}

func checkExpression(t *testing.T, source, want string) {
	t.Helper()
	scope, err := New(&Options{Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(source, "with1") {
		source = `const with1 = new WebSocket("ws://127.0.0.1:1/"); ` + source
	}
	if err := scope.RunScript(t.Context(), "helpers.js", tableHelpers); err != nil {
		t.Fatal(err)
	}
	got, err := scope.Runtime.RunString("result(" + quoted(source) + ")")
	if err != nil || got.String() != want {
		t.Errorf("%s: got %v (%v), want %s", source, got, err, want)
	}
}

// quoted is text as a template of JavaScript, in which only three things are
// special.
func quoted(text string) string {
	return "String.raw`" + text + "`"
}
