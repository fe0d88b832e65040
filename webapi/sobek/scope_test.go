package sobek

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// run runs a script to its end, and gives what it printed and what went to Stderr.
func run(t *testing.T, source string) (out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	scope, failed := New(&Options{Stdout: &stdout, Stderr: &stderr})
	if failed != nil {
		t.Fatal(failed)
	}
	if err := scope.RunScript(t.Context(), "script.js", source); err != nil {
		t.Fatal(err)
	}
	if err := scope.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String()
}

// expect runs a script that prints lines, in a bubble, where time passes only while
// everything waits.
func expect(t *testing.T, source string, lines ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		out, stderr := run(t, source)
		if want := strings.Join(lines, "\n") + "\n"; out != want || stderr != "" {
			t.Errorf("got:\n%swant:\n%sstderr: %s", out, want, stderr)
		}
	})
}

func TestMicrotasksRunBeforeTheNextTask(t *testing.T) {
	expect(t, `
		setTimeout(() => { print("task 1"); Promise.resolve().then(() => print("micro 1")) });
		setTimeout(() => print("task 2"));
		queueMicrotask(() => print("micro 0"));
		print("script");
	`, "script", "micro 0", "task 1", "micro 1", "task 2")
}

func TestTimersGoInTheOrderOfTheirTimes(t *testing.T) {
	expect(t, `
		setTimeout(() => print("c"), 3);
		setTimeout(() => print("a"), 1);
		setTimeout(print, 1, "b", "args");
		clearTimeout(setTimeout(() => print("never"), 2));
		let n = 0;
		const id = setInterval(() => { print("every", ++n); if (n === 2) clearInterval(id) }, 10);
	`, "a", "b args", "c", "every 1", "every 2")
}

func TestAnUncaughtExceptionIsToldAndEndsNothing(t *testing.T) {
	out, stderr := run(t, `
		onerror = (message, file, line, column, error) => print(message, file, line, column, error.constructor.name);
		setTimeout(() => { nothing() });
		setTimeout(() => print("next"));
	`)
	if want := "Uncaught ReferenceError: nothing is not defined script.js 3 29 ReferenceError\nnext\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if want := "uncaught: script.js:3:29: ReferenceError: nothing is not defined\n"; stderr != want {
		t.Errorf("stderr: got %q, want %q", stderr, want)
	}
}

func TestAnUnhandledRejectionIsTold(t *testing.T) {
	out, stderr := run(t, `
		addEventListener("unhandledrejection", (e) => { print(e.type, e.reason, e.promise === p); });
		const p = Promise.reject(4);
		Promise.reject(5).catch(() => {});
	`)
	if out != "unhandledrejection 4 true\n" || stderr != "unhandled rejection: 4\n" {
		t.Errorf("got %q, stderr %q", out, stderr)
	}
}

func TestAnErrorThatIsCanceledIsNotWritten(t *testing.T) {
	out, stderr := run(t, `
		onerror = () => true;
		setTimeout(() => { throw 1 });
		onunhandledrejection = (e) => e.preventDefault();
		Promise.reject(2);
	`)
	if out != "" || stderr != "" {
		t.Errorf("got %q, stderr %q", out, stderr)
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	scope, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"\nlet x = ;":    "s.js:2:9: SyntaxError: Unexpected token ;",
		"let a;\n let a": "s.js:2:6: SyntaxError: Identifier 'a' has already been declared",
		"null.x":         "s.js:1:6: TypeError: Cannot read property 'x' of undefined",
	} {
		got := scope.RunScript(t.Context(), "s.js", source)
		if got == nil || got.Error() != want {
			t.Errorf("%q: got %v, want %s", source, got, want)
		}
	}
}

func TestQuitEndsAtOnce(t *testing.T) {
	for _, source := range []string{
		`quit(7); print("never")`,
		`setTimeout(() => { quit(7); print("never") }); setTimeout(() => print("never"), 1)`,
		`addEventListener("x", () => quit(7)); dispatchEvent(new Event("x")); print("never")`,
	} {
		var out bytes.Buffer
		scope, err := New(&Options{Stdout: &out})
		if err != nil {
			t.Fatal(err)
		}
		err = scope.RunScript(t.Context(), "s.js", source)
		if err == nil {
			err = scope.Run(t.Context())
		}
		quit, ok := errors.AsType[*QuitError](err)
		if !ok || quit.Status != 7 || out.Len() != 0 {
			t.Errorf("%s: got %v, printed %q", source, err, out.String())
		}
	}
}

func TestAContextEndsAScriptThatNeverReturns(t *testing.T) {
	for _, source := range []string{"for (;;) ;", "setTimeout(() => { for (;;) ; })", "setInterval(() => {}, 1)"} {
		scope, err := New(nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err = scope.RunScript(ctx, "s.js", source)
		if err == nil {
			err = scope.Run(ctx)
		}
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", source, err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(nil); err != nil {
			b.Fatal(err)
		}
	}
}
