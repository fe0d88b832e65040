package sobek

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/reconnect"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/wstest"
)

// reconnect.js is tested here, because here time is not real. interop tests it in
// browsers.

// reconnectScript is reconnect.js as a server hands it out.
func reconnectScript() string {
	w := httptest.NewRecorder()
	reconnect.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/reconnect.js", nil))
	return w.Body.String()
}

// runTwin runs a module that may import reconnect.js, and returns what it prints.
func runTwin(t *testing.T, source string, dial *websocket.DialOptions) string {
	t.Helper()
	var out, stderr bytes.Buffer
	scope, err := New(&Options{
		Environment: &webapi.Environment{BaseURL: "http://server.test/page", Dial: dial},
		Stdout:      &out, Stderr: &stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	load := func(_, specifier string) (name, source string, err error) { return specifier, reconnectScript(), nil }
	err = scope.RunModule(context.Background(), "page.js", `import { nextTry, reconnect } from "./reconnect.js";`+source, load)
	if err == nil {
		err = scope.Run(context.Background())
	}
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\nstdout: %s\nstderr: %s", err, out.String(), stderr.String())
	}
	return out.String()
}

// The table that the Go client is tested with. Math.random gives the ends of each
// range.
func TestTheTwinHasTheTableOfReconnect(t *testing.T) {
	table, err := os.ReadFile("../../reconnect/testdata/retries.json")
	if err != nil {
		t.Fatal(err)
	}
	out := runTwin(t, fmt.Sprintf(`
		const rows = %s;
		const near = (a, b) => Math.abs(a - b) < 1e-9;
		for (const row of rows) {
			for (const [failures, range] of [[0, row.first], [9, row.later], [5000, row.later]]) {
				for (const [i, random] of [0, 1 - 2 ** -53].entries()) {
					Math.random = () => random;
					const next = nextTry(row, failures);
					const does = next.stop ? "stop" : next.refresh ? "refresh" : "dial";
					if (does !== row.does || !next.stop && !near(next.seconds, range[i]) || typeof next.seconds !== "number") {
						print(JSON.stringify({ row, failures, random, next }));
					}
				}
			}
		}
		print(rows.length, "rows");
	`, table), nil)
	if rows := strings.Count(string(table), `"code"`); out != fmt.Sprintf("%d rows\n", rows) || rows < 50 {
		t.Errorf("of %d rows these differ:\n%s", rows, out)
	}
}

// serveTwin runs a module in a bubble, with a server in memory that plays a part
// for each of its connections, one after the other, and compares what is printed.
func serveTwin(t *testing.T, source string, parts []func(*websocket.Conn), lines ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		out := playTwin(t, source, func(n int) func(*websocket.Conn) { return parts[n] })
		if want := strings.Join(lines, "\n") + "\n"; out != want {
			t.Errorf("got:\n%swant:\n%s", out, want)
		}
	})
}

// playTwin runs a module with a server in memory, whose part says what it does with
// the n-th connection; nil refuses it. It returns what was printed.
func playTwin(t *testing.T, source string, part func(n int) func(*websocket.Conn)) string {
	t.Helper()
	listener, requests := wstest.NewListener(), 0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		plays := part(requests - 1)
		if plays == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		websocket.Handler(plays, &websocket.AcceptOptions{Subprotocols: []string{"v1", "v2"}}).ServeHTTP(w, r)
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(listener)
	}()
	out := runTwin(t, twinStory+source, &websocket.DialOptions{Dial: listener.DialContext})
	server.Close()
	<-served
	synctest.Wait()
	return out
}

// twinStory prints each event with the time in seconds; Math.random is 1/2.
const twinStory = `
	Math.random = () => 0.5;
	const began = performance.now();
	function follow(socket) {
		const tell = (e, ...more) => print(((performance.now() - began) / 1000).toFixed(2), e.type, ...more);
		socket.onopen = (e) => tell(e);
		socket.onmessage = (e) => tell(e, e.data);
		socket.onclose = (e) => tell(e, e.code, e.reason, e.wasClean);
		socket.onretry = (e) => tell(e, e.ended.code, e.seconds);
		socket.onstop = (e) => tell(e, e.ended.code, e.error);
		return socket;
	}
`

// leaves closes at once.
func leaves(code websocket.StatusCode, reason string) func(*websocket.Conn) {
	return func(c *websocket.Conn) { c.Close(code, reason) }
}

// says sends a message and closes.
func says(text string, code websocket.StatusCode, reason string) func(*websocket.Conn) {
	return func(c *websocket.Conn) {
		c.Write(context.Background(), websocket.Text, []byte(text))
		c.Close(code, reason)
	}
}

// lives closes after a time.
func lives(d time.Duration, code websocket.StatusCode) func(*websocket.Conn) {
	return func(c *websocket.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		c.Read(ctx)
		c.Close(code, "")
	}
}

// hears sends back what it receives, in capitals, until n messages came.
func hears(n int, code websocket.StatusCode, reason string) func(*websocket.Conn) {
	return func(c *websocket.Conn) {
		for range n {
			typ, p, err := c.Read(context.Background())
			if err != nil {
				return
			}
			c.Write(context.Background(), typ, bytes.ToUpper(p))
		}
		c.Close(code, reason)
	}
}

func TestTheTwinDialsAgainUntilItIsOver(t *testing.T) {
	serveTwin(t, `follow(reconnect("/"))`,
		[]func(*websocket.Conn){
			says("one", 1012, "drain; retry=7.5"),
			func(c *websocket.Conn) { c.Abort() },
			leaves(1011, "again"),
			leaves(1013, ""),
			leaves(1000, "done"),
		},
		"0.00 open", "0.00 message one", "0.00 close 1012 drain; retry=7.5 true", "0.00 retry 1012 7.5",
		"7.50 open", "7.50 close 1006  false", "7.50 retry 1006 1.25",
		"8.75 open", "8.75 close 1011 again true", "8.75 retry 1011 2.25",
		"11.00 open", "11.00 close 1013  true", "11.00 retry 1013 17.5",
		"28.50 open", "28.50 close 1000 done true", "28.50 stop 1000 undefined",
	)
}

// A message is a string, a buffer, a view of one, or a Blob. What is kept is what it
// held when it was sent.
func TestTheTwinKeepsMessagesForTheNextConnection(t *testing.T) {
	serveTwin(t, `
		const socket = follow(reconnect("/", { queueBytes: 4 * 32 + 9, binaryType: "arraybuffer" }));
		const text = (data) => typeof data === "string" ? data : "binary " + new TextDecoder().decode(data);
		socket.onmessage = (e) => print(text(e.data));
		const refused = (data) => {
			try { socket.send(data); print("sent"); } catch (e) { print(e.name, e instanceof DOMException); }
		};
		refused("too long for a queue of this size, even if nothing else is in it: ".repeat(3));
		socket.send("ü");
		socket.addEventListener("close", (e) => {
			if (e.code !== 1001) return;
			const bytes = new TextEncoder().encode("abcd");
			socket.send("é");
			socket.send(bytes.buffer);
			socket.send(new Uint8Array(bytes.buffer, 1, 1));
			bytes.fill(0);
			socket.send(new Blob(["xy"]));
			refused("");
		});
	`,
		[]func(*websocket.Conn){hears(1, 1001, "retry=2"), hears(4, 1000, "")},
		"InvalidStateError true",
		"0.00 open", "Ü", "0.00 close 1001 retry=2 true", "InvalidStateError true", "0.00 retry 1001 2",
		"2.00 open", "É", "binary ABCD", "binary B", "binary XY", "2.00 close 1000  true", "2.00 stop 1000 undefined",
	)
}

// The queue has its whole room again once it was sent.
func TestTheQueueOfTheTwinIsBounded(t *testing.T) {
	serveTwin(t, `
		const socket = follow(reconnect("/", { queueBytes: 2 * 32 + 2, drop: true }));
		socket.addEventListener("close", () => {
			for (const text of ["a", "b", "c"]) socket.send(text);
		});
	`,
		[]func(*websocket.Conn){leaves(1001, "retry=1"), hears(2, 1012, "retry=1"), hears(2, 1000, "")},
		"0.00 open", "0.00 close 1001 retry=1 true", "0.00 retry 1001 1",
		"1.00 open", "1.00 message A", "1.00 message B", "1.00 close 1012 retry=1 true", "1.00 retry 1012 1",
		"2.00 open", "2.00 message A", "2.00 message B", "2.00 close 1000  true", "2.00 stop 1000 undefined",
	)
}

func TestTheTwinRefreshes(t *testing.T) {
	serveTwin(t, `
		const socket = follow(reconnect("/", {
			protocols: "v1",
			async refresh(ended) {
				print("refresh", ended.code);
				if (ended.code === 3000) throw new TypeError("logged out");
				await new Promise((done) => setTimeout(done, 3000));
				socket.url = "ws://server.test/new";
				socket.protocols = ["v3", "v2"];
			},
		}));
		socket.addEventListener("open", () => print(socket.socket.url, socket.socket.protocol));
	`,
		[]func(*websocket.Conn){leaves(1008, "old"), leaves(3000, "")},
		"0.00 open", "ws://server.test/ v1", "0.00 close 1008 old true", "refresh 1008", "3.00 retry 1008 0.5",
		"3.50 open", "ws://server.test/new v2", "3.50 close 3000  true", "refresh 3000", "3.50 stop 3000 TypeError: logged out",
	)
}

func TestTheTwinStopsWithoutAHook(t *testing.T) {
	serveTwin(t, `
		const socket = follow(reconnect("/", { queueBytes: 100, drop: true }));
		socket.addEventListener("stop", () => {
			try { socket.send("late"); print("sent"); } catch (e) { print(e.name); }
		});
	`,
		[]func(*websocket.Conn){leaves(1008, "no")},
		"0.00 open", "0.00 close 1008 no true", "0.00 stop 1008 undefined", "InvalidStateError")
}

// decide may change what follows; an exception of it stops.
func TestTheApplicationDecides(t *testing.T) {
	serveTwin(t, `
		const socket = follow(reconnect("/", {
			decide(ended, next) {
				if (ended.code === 4001) Object.assign(next, { stop: false, seconds: 2 });
				if (ended.code === 1001) nothing();
			},
		}));
	`,
		[]func(*websocket.Conn){leaves(4001, ""), leaves(1001, "")},
		"0.00 open", "0.00 close 4001  true", "0.00 retry 4001 2",
		"2.00 open", "2.00 close 1001  true", "2.00 stop 1001 ReferenceError: nothing is not defined")
}

// An address that is none is thrown at once at first, and stops later.
func TestTheTwinAndABadAddress(t *testing.T) {
	serveTwin(t, `
		try { reconnect("ftp://server.test/"); } catch (e) { print(e.name); }
		const socket = follow(reconnect("/", { refresh() { socket.url = "ftp://server.test/"; } }));
	`,
		[]func(*websocket.Conn){leaves(1008, "")},
		"SyntaxError", "0.00 open", "0.00 close 1008  true", "0.00 retry 1008 0.5",
		"0.50 stop 1008 SyntaxError: the URL's scheme is not ws, wss, http or https")
}

// close ends it for good: an open connection, and every wait.
func TestTheTwinIsClosed(t *testing.T) {
	for _, test := range []struct {
		when   string
		source string
		parts  []func(*websocket.Conn)
		lines  []string
	}{
		{"while it is open", `
			const socket = follow(reconnect("/"));
			socket.addEventListener("open", () => {
				try { socket.close(1001); } catch (e) { print(e.name); }
				socket.close(4000, "bye");
			});`,
			[]func(*websocket.Conn){hears(1, 1000, "")},
			[]string{"0.00 open", "InvalidAccessError", "0.00 close 4000 bye true", "0.00 stop 4000 undefined"}},
		{"with a code that it may not send, which changes nothing", `
			const socket = follow(reconnect("/"));
			socket.addEventListener("open", () => {
				try { socket.close(1001); } catch (e) { print(e.name); }
			});`,
			[]func(*websocket.Conn){lives(time.Second, 1001), leaves(1000, "")},
			[]string{"0.00 open", "InvalidAccessError", "1.00 close 1001  true", "1.00 retry 1001 2.5",
				"3.50 open", "InvalidAccessError", "3.50 close 1000  true", "3.50 stop 1000 undefined"}},
		{"before it is open", `
			const socket = follow(reconnect("/"));
			socket.close();`,
			[]func(*websocket.Conn){hears(1, 1000, "")}, // the request may be there already
			[]string{"0.00 close 1006  false", "0.00 stop 1006 undefined"}},
		{"when the peer has closed", `
			const socket = follow(reconnect("/", { refresh: () => print("refresh") }));
			socket.addEventListener("close", () => socket.close());`,
			[]func(*websocket.Conn){leaves(1008, "")},
			[]string{"0.00 open", "0.00 close 1008  true", "0.00 stop 1008 undefined"}},
		{"when it is told of the wait", `
			const socket = follow(reconnect("/"));
			socket.addEventListener("retry", () => socket.close());`,
			[]func(*websocket.Conn){leaves(1012, "")},
			[]string{"0.00 open", "0.00 close 1012  true", "0.00 retry 1012 17.5", "0.00 stop 1012 undefined"}},
		{"while it waits", `
			const socket = follow(reconnect("/"));
			setTimeout(() => socket.close(), 2000);`,
			[]func(*websocket.Conn){leaves(1012, "")},
			[]string{"0.00 open", "0.00 close 1012  true", "0.00 retry 1012 17.5", "2.00 stop 1012 undefined"}},
		{"while it refreshes", `
			const socket = follow(reconnect("/", { refresh: () => new Promise((done) => setTimeout(done, 3000)) }));
			setTimeout(() => socket.close(), 2000);`,
			[]func(*websocket.Conn){leaves(1008, "")},
			[]string{"0.00 open", "0.00 close 1008  true", "3.00 stop 1008 undefined"}},
	} {
		t.Run(test.when, func(t *testing.T) { serveTwin(t, test.source, test.parts, test.lines...) })
	}
}

// Backing off begins anew after a connection that was of use.
func TestTheTwinBacksOffUntilAConnectionIsOfUse(t *testing.T) {
	for _, test := range []struct {
		name   string
		source string
		part   func(*websocket.Conn)
		anew   bool
	}{
		{"nothing happened", `follow(reconnect("/"))`, leaves(1011, ""), false},
		{"it received a message", `follow(reconnect("/"))`, says("one", 1011, ""), true},
		{"it sent a message", `
			const socket = follow(reconnect("/"));
			socket.addEventListener("open", () => socket.send("x"));`, lives(time.Second, 1011), true},
		{"it lived 5 s", `follow(reconnect("/"))`, lives(5*time.Second, 1011), true},
		{"it lived 4 s", `follow(reconnect("/"))`, lives(4*time.Second, 1011), false},
	} {
		t.Run(test.name, func(t *testing.T) { backsOff(t, test.source, test.part, test.anew) })
	}
}

// What an earlier connection lived is not counted for one that never opened.
func TestTheTwinBacksOffWhileItIsRefused(t *testing.T) {
	serveTwin(t, `follow(reconnect("/"))`,
		[]func(*websocket.Conn){lives(6*time.Second, 1011), nil, nil, leaves(1000, "")},
		"0.00 open", "6.00 close 1011  true", "6.00 retry 1011 0.75",
		"6.75 close 1006  false", "6.75 retry 1006 1.25",
		"8.00 close 1006  false", "8.00 retry 1006 2.25",
		"10.25 open", "10.25 close 1000  true", "10.25 stop 1000 undefined")
}

// backsOff lets ten connections end, and looks at the last wait.
func backsOff(t *testing.T, source string, part func(*websocket.Conn), anew bool) {
	synctest.Test(t, func(t *testing.T) {
		out := playTwin(t, source, func(n int) func(*websocket.Conn) {
			if n == 10 {
				return leaves(1000, "")
			}
			return part
		})
		waits := strings.Split(out, "retry 1011 ")
		last, _, _ := strings.Cut(waits[len(waits)-1], "\n")
		if want := map[bool]string{true: "0.75", false: "15.25"}[anew]; last != want {
			t.Errorf("the last wait is %s s, want %s s", last, want)
		}
	})
}
