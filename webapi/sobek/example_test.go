package sobek_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/webapi/sobek"
)

// browse runs a script as a page would, until its connections have ended.
func browse(ctx context.Context, page, script string) error {
	env := &webapi.Environment{BaseURL: page}
	scope, err := sobek.New(&sobek.Options{Environment: env})
	if err != nil {
		return err
	}
	if err := scope.RunScript(ctx, "talk.js", script); err != nil {
		return err
	}
	return scope.Run(ctx)
}

// A script as a page would have it, in a program of Go.
func Example() {
	server := httptest.NewServer(websocket.Handler(echo, nil))
	defer server.Close()

	err := browse(context.Background(), server.URL, `
		const ws = new WebSocket("/echo");
		ws.onopen = () => ws.send("hello");
		ws.onmessage = (e) => { console.log("message:", e.data); ws.close(4001, "bye") };
		ws.onclose = (e) => console.log("close:", e.code, e.reason, e.wasClean);
	`)
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// message: hello
	// close: 4001 bye true
}

// work gives a script a function of Go that takes its time, and a place for its
// result. The function starts a goroutine; only what is posted touches the script.
func work(ctx context.Context, script string) (result any, err error) {
	tasks := webapi.NewTasks()
	scope, err := sobek.New(&sobek.Options{Environment: &webapi.Environment{Tasks: tasks}})
	if err != nil {
		return nil, err
	}
	scope.Runtime.Set("length", func(text string, done func(int)) {
		release := tasks.Hold() // the loop has to wait for us
		go func() {
			defer release()
			n := len(text)
			tasks.Post(func() { done(n) })
		}()
	})
	if err := scope.RunScript(ctx, "work.js", script); err != nil {
		return nil, err
	}
	err = scope.Run(ctx)
	return scope.Runtime.Get("result").Export(), err
}

// Values go in and out by the engine's own means.
func ExampleScope_values() {
	result, err := work(context.Background(), `
		var result;
		length("hello", (n) => { result = n * 2 });
	`)
	fmt.Println(result, err)
	// Output: 10 <nil>
}

// settings are what a program may want to say about a script's connections.
func settings(roots *tls.Config) *sobek.Options {
	return &sobek.Options{
		Environment: &webapi.Environment{
			BaseURL: "https://example.com/app/",
			Dial: &websocket.DialOptions{
				TLS:         roots,
				Compression: &websocket.Compression{ServerTakeover: true, ClientTakeover: true}, // as browsers offer it
				Limits:      websocket.Limits{MessageBytes: 1 << 20},
			},
			SendQueueBytes: 1 << 20,
		},
		Closed: func(ev websocket.CloseEvent) { log.Print(ev) },
	}
}

// A script of somebody else gets a bound in time, and smaller ones in memory.
func ExampleOptions() {
	scope, err := sobek.New(settings(nil))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("no time for this"))
	fmt.Println(scope.RunScript(ctx, "endless.js", "for (;;) ;"))
	// Output: no time for this
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

// docs/embedding.md shows the functions above as they are.
func TestTheEmbeddingGuideShowsTheExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```go\n")
	shown := 0
	for ; found; shown++ {
		var code string
		code, rest, _ = strings.Cut(rest, "```\n")
		if !strings.Contains(string(examples), "\n"+code) {
			t.Errorf("the page has what no example has:\n%s", code)
		}
		_, rest, found = strings.Cut(rest, "```go\n")
	}
	if shown != 3 {
		t.Errorf("the page has %d examples in Go, want 3", shown)
	}
}
