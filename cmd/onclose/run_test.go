package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onclose/websocket"
)

// runScript runs onclose run.
func runScript(stdin string, args ...string) outcome {
	var out, err bytes.Buffer
	status := run(append([]string{"run"}, args...), &streams{strings.NewReader(stdin), &out, &err})
	return outcome{status, out.String(), err.String()}
}

// inFile puts a script into a file.
func inFile(t *testing.T, name, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRunEndsAsTheScriptDoes(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want outcome
	}{
		{"it prints", []string{"-e", `print("a", 1); console.log({b: 2})`}, outcome{exitOK, "a 1\n{ b: 2 }\n", ""}},
		{"it complains", []string{"-e", `console.error("no")`}, outcome{exitOK, "", "no\n"}},
		{"it does not compile", []string{"-e", "let x = ;"},
			outcome{exitOther, "", "onclose: -e:1:9: SyntaxError: Unexpected token ;\n"}},
		{"it throws at top level, and its timers go on", []string{"-e", `setTimeout(() => print("later")); throw new Error("no")`},
			outcome{exitOther, "later\n", "uncaught: -e:1:41: Error: no\n"}},
		{"it throws in a task", []string{"-e", `setTimeout(() => { throw new Error("no") })`},
			outcome{exitOK, "", "uncaught: -e:1:26: Error: no\n"}},
		{"it rejects a promise", []string{"-e", `Promise.reject("no")`}, outcome{exitOK, "", "unhandled rejection: no\n"}},
		{"it quits", []string{"-e", `setTimeout(() => quit(7)); setInterval(() => {}, 1)`}, outcome{7, "", ""}},
		{"it quits well", []string{"-e", `quit(); print("never")`}, outcome{exitOK, "", ""}},
		{"it never returns", []string{"--timeout", "50ms", "-e", "for (;;) ;"},
			outcome{exitOther, "", "onclose: --timeout 50ms passed\n"}},
		{"it is not there", []string{"/nowhere/x.js"},
			outcome{exitOther, "", "onclose: open /nowhere/x.js: no such file or directory\n"}},
		{"standard input is the script", []string{"-"}, outcome{exitOK, "stdin\n", ""}},
		{"neither script nor code", nil, outcome{exitUsage, "", "onclose: run: a script or -e is needed, and not both\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := runScript(`print("stdin")`, test.args...); got != test.want {
				t.Errorf("got:\n%swant:\n%s", got, test.want)
			}
		})
	}
}

// runEcho serves for scripts: what comes goes back, and the Origin is told first.
func runEcho(t *testing.T) *httptest.Server {
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for m, err := range c.Messages(t.Context()) {
			if err != nil {
				return
			}
			c.Write(t.Context(), m.Type, m.Data)
		}
	}, nil)) // which takes the server's own origin only
	t.Cleanup(server.Close)
	return server
}

const runTalk = `
	const ws = new WebSocket("/echo?q");
	const log = (e) => print(e.type, ws.readyState, e.data ?? e.code ?? "");
	for (const type of ["open", "message", "error", "close"]) ws.addEventListener(type, log);
	ws.onopen = () => ws.send("hello");
	ws.onmessage = () => ws.close(4001, "bye");
`

func TestRunTellsHowConnectionsEnded(t *testing.T) {
	server := runEcho(t)
	file := inFile(t, "talk.js", runTalk)
	got := runScript("", "--base", server.URL+"/page", file)
	if want := "open 1 \nmessage 1 hello\nclose 3 4001\n"; got.status != exitOK || got.out != want {
		t.Errorf("got:\n%s", got)
	}
	address := "ws" + strings.TrimPrefix(server.URL, "http") + "/echo"
	if !strings.HasPrefix(got.err, address) || !strings.Contains(got.err, ` closed 4001 "bye" clean, by local`) {
		t.Errorf("stderr: %s", got.err)
	}
}

func TestRunOffersCompressionAsBrowsersDo(t *testing.T) {
	var offer string
	compressing := websocket.Handler(func(c *websocket.Conn) {
		typ, data, err := c.Read(t.Context())
		if err == nil {
			c.Write(t.Context(), typ, data)
			c.Read(t.Context())
		}
	}, &websocket.AcceptOptions{Compression: &websocket.Compression{ServerTakeover: true, ClientTakeover: true}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offer = r.Header.Get("Sec-WebSocket-Extensions")
		compressing.ServeHTTP(w, r)
	}))
	defer server.Close()
	got := runScript("", "--base", server.URL, "-e", `
		const ws = new WebSocket("/");
		print(JSON.stringify(ws.extensions));
		ws.onopen = () => { print(ws.extensions); ws.send("x".repeat(2000)); };
		ws.onmessage = (e) => { print(e.data.length); ws.close(); };
	`)
	if want := "permessage-deflate; client_max_window_bits"; offer != want {
		t.Errorf("offered %q, want %q", offer, want)
	}
	if want := "\"\"\npermessage-deflate\n2000\n"; got.out != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestRunWritesCloseEventsAsJSONBehindTheOutput(t *testing.T) {
	got := runScript("", "--json", "--base", runEcho(t).URL, "-e", runTalk)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	var event struct {
		Type, Reason string
		Code         int
		WasClean     bool
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &event); err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	if len(lines) != 4 || event.Type != "close" || event.Code != 4001 || event.Reason != "bye" || !event.WasClean || got.err != "" {
		t.Errorf("got:\n%s", got)
	}
}

func TestRunTellsOfAModuleThatThrowsLate(t *testing.T) {
	file := inFile(t, "main.mjs", "await new Promise((done) => setTimeout(done));\nthrow new Error('late')")
	got := runScript("", "--module", file)
	if want := (outcome{exitOther, "", "uncaught: " + file + ":2:7: Error: late\n"}); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestRunRefusesAnotherOrigin(t *testing.T) {
	server := runEcho(t)
	got := runScript("", "--base", "https://elsewhere.test/", "-e",
		`new WebSocket("`+strings.Replace(server.URL, "http", "ws", 1)+`").onclose = (e) => print(e.code, e.wasClean)`)
	if got.out != "1006 false\n" || !strings.Contains(got.err, "bad-handshake") {
		t.Errorf("got:\n%s", got)
	}
}

func TestRunLoadsModulesByRelativePaths(t *testing.T) {
	file := inFile(t, "main.mjs", `
		import { two } from "./lib.mjs";
		print(two, (await import("./lib.mjs")).two);
		await import("nowhere").catch((e) => print(e.message));
	`)
	lib := filepath.Join(filepath.Dir(file), "lib.mjs")
	if err := os.WriteFile(lib, []byte("print('loaded'); export const two = 2"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runScript("", "--module", file)
	want := outcome{exitOK, "loaded\n2 2\ncannot import \"nowhere\": a module's path begins with ./, ../ or /\n", ""}
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestRunTellsNothingOfEventsThatAScriptDispatches(t *testing.T) {
	got := runScript("", "--base", runEcho(t).URL, "-e", `
		const ws = new WebSocket("/");
		ws.dispatchEvent(new Event("close"));
		ws.dispatchEvent(new CloseEvent("close", { code: 4000 }));
		ws.onopen = () => ws.close(4001);
	`)
	if strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, " closed 4001 ") {
		t.Errorf("got:\n%s", got)
	}
}
