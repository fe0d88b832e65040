package sobek

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/wstest"
)

var manySockets = flag.Int("sockets", 1000, "how many WebSockets one script opens")

// talk runs a script in a bubble, with a server in memory, and checks what it
// prints.
func talk(t *testing.T, serve func(*websocket.Conn), source string, lines ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener := wstest.NewListener()
		var serving sync.WaitGroup
		server := &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) {
			serving.Add(1)
			defer serving.Done()
			serve(c)
		}, &websocket.AcceptOptions{Subprotocols: []string{"chat"}, Origins: []string{"*"}})}
		served := make(chan struct{})
		go func() {
			defer close(served)
			server.Serve(listener)
		}()
		var out, stderr bytes.Buffer
		scope, err := New(&Options{
			Environment: &webapi.Environment{
				BaseURL: "http://site.test/dir/page",
				Dial:    &websocket.DialOptions{Dial: listener.DialContext},
			},
			Stdout: &out, Stderr: &stderr,
		})
		if err == nil {
			err = scope.RunScript(context.Background(), "talk.js", source)
		}
		if err == nil {
			err = scope.Run(context.Background())
		}
		server.Close()
		<-served
		synctest.Wait()
		serving.Wait()
		if want := strings.Join(lines, "\n") + "\n"; err != nil || out.String() != want || stderr.Len() > 0 {
			t.Errorf("got (%v):\n%swant:\n%sstderr: %s", err, out.String(), want, stderr.String())
		}
	})
}

// echo sends every message back, until the client closes.
func echo(c *websocket.Conn) {
	for m, err := range c.Messages(context.Background()) {
		if err != nil {
			return
		}
		c.Write(context.Background(), m.Type, m.Data)
	}
}

func TestAConnectionIsOpenTalksAndCloses(t *testing.T) {
	talk(t, echo, `
		const ws = new WebSocket("ws://server.test/a b?c", ["other", "chat"]);
		ws.binaryType = "arraybuffer";
		const texts = [];
		ws.onopen = (e) => {
			print(e.type, ws.readyState, ws.url, ws.protocol, ws.extensions === "", e.isTrusted);
			ws.send("hellö\ud800");
			ws.send(new Uint8Array([0, 1, 2, 3]).subarray(1, 3));
			ws.send(new DataView(new ArrayBuffer(4), 1));
			ws.send(new Float16Array([1]));
			ws.send(new ArrayBuffer(1));
			ws.send(new Blob(["blob"]));
			ws.send(null);
			print("buffered", ws.bufferedAmount);
		};
		ws.onmessage = ({ data, origin }) => {
			print(typeof data === "string" ? data : Array.from(new Uint8Array(data)).join(), origin);
			if (data === "null") {
				ws.close(4001, "bye\udc00");
				print(ws.readyState);
				ws.close(4002);
			}
		};
		ws.onerror = () => print("error");
		ws.onclose = (e) => {
			print(e.type, e.code, e.reason, e.wasClean, ws.readyState, e instanceof CloseEvent);
			ws.send("lost");
			print("buffered", ws.bufferedAmount);
		};
		print(ws.readyState);
	`,
		"0",
		"open 1 ws://server.test/a%20b?c chat true true",
		"buffered 25",
		"hellö\uFFFD ws://server.test",
		"1,2 ws://server.test", "0,0,0 ws://server.test", "0,60 ws://server.test", "0 ws://server.test",
		"98,108,111,98 ws://server.test",
		"null ws://server.test", "2",
		"close 4001 bye\uFFFD true 3 true",
		"buffered 4",
	)
}

func TestARefusedConnectionGivesErrorAndThenClose(t *testing.T) {
	talk(t, echo, `
		const ws = new WebSocket("ws://server.test/", "unknown");
		const log = (e) => print(e.type, ws.readyState, e.constructor.name, e.code);
		for (const type of ["open", "error", "close"]) ws.addEventListener(type, log);
	`, "error 3 Event undefined", "close 3 CloseEvent 1006")
}

func TestCloseBeforeItHasOpenedFailsIt(t *testing.T) {
	talk(t, echo, `
		const ws = new WebSocket("ws://server.test/");
		ws.close();
		print(ws.readyState);
		ws.onopen = () => print("open");
		ws.onerror = () => print("error", ws.readyState);
		ws.onclose = (e) => print("close", e.code, e.wasClean);
	`, "2", "error 3", "close 1006 false")
}

func TestTheBaseResolvesAndIsTheOrigin(t *testing.T) {
	server := func(c *websocket.Conn) {
		c.Write(context.Background(), websocket.Text, []byte("hello"))
		c.Close(4000, "")
	}
	talk(t, server, `
		const ws = new WebSocket("../other");
		print(ws.url, location.href, origin);
		ws.onmessage = (e) => print(e.data, e.origin);
	`, "ws://site.test/other http://site.test/dir/page http://site.test\nhello ws://site.test")
}

func TestHandlersKeepTheirTurnAmongListeners(t *testing.T) {
	talk(t, echo, `
		const ws = new WebSocket("ws://server.test/");
		ws.addEventListener("open", () => print("first"));
		ws.onopen = () => print("never");
		ws.addEventListener("open", () => print("third"));
		ws.onopen = function (e) { print("second", this === ws, e.currentTarget === ws); ws.close() };
		Promise.resolve().then(() => print("micro"));
	`, "micro", "first", "second true true", "third")
}

func TestAStreamReadsWritesAndCloses(t *testing.T) {
	talk(t, echo, `
		(async () => {
			const wss = new WebSocketStream("ws://server.test/", { protocols: ["chat"] });
			const { readable, writable, protocol, extensions } = await wss.opened;
			print(wss.url, protocol, extensions === "", readable instanceof ReadableStream);
			const writer = writable.getWriter(), reader = readable.getReader();
			await writer.write("text");
			await writer.write(new Uint8Array([1, 2]));
			print((await reader.read()).value, (await reader.read()).value.join());
			await writer.abort(new WebSocketError("done", { closeCode: 3456, reason: "pizza" }));
			const { closeCode, reason } = await wss.closed;
			print(closeCode, reason, (await reader.read()).done);
		})();
	`, "ws://server.test/ chat true true", "text 1,2", "3456 pizza true")
}

func TestAStreamThatFailsRejectsEverything(t *testing.T) {
	talk(t, func(c *websocket.Conn) { c.Abort() }, `
		(async () => {
			const wss = new WebSocketStream("ws://server.test/");
			const { readable, writable } = await wss.opened;
			const told = (e) => print(e.name, e.closeCode, e instanceof WebSocketError, e instanceof DOMException);
			await readable.getReader().read().catch(told);
			await wss.closed.catch(told);
			await writable.getWriter().closed.catch(told);
			const controller = new AbortController();
			const second = new WebSocketStream("ws://server.test/", { signal: controller.signal });
			controller.abort("why");
			await second.opened.catch(print);
			await second.closed.catch(print);
		})();
	`, "WebSocketError 1006 true true", "WebSocketError 1006 true true", "WebSocketError 1006 true true", "why", "why")
}

// The bar is 10,000: go test -run LeavesNoGoroutine -sockets 10000.
func TestAScriptOfManySocketsLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	talk(t, echo, fmt.Sprintf(`
		let open = 0, closed = 0;
		const all = Array.from({ length: %d }, () => new WebSocket("ws://server.test/"));
		for (const ws of all) {
			ws.onopen = () => { if (++open === all.length) for (const ws of all) ws.close(1000) };
			ws.onclose = (e) => { if (e.wasClean && ++closed === all.length) print("all", open === closed) };
		}
	`, *manySockets), "all true")
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}
