package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"
)

// oncloseRun is the judged onclose as a client itself: its command run, with the
// same script as the browsers.
type oncloseRun struct{}

func (oncloseRun) Name() string { return "onclose" }

// Run runs the jobs in one process of its own.
func (oncloseRun) Run(ctx context.Context, jobs []Job, limit int) ([]Result, error) {
	input, err := json.Marshal(jobs)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, *program, "run", "--module", "-")
	cmd.Dir = "peers"
	cmd.Stdin = bytes.NewBufferString(fmt.Sprintf(`
		import { runJobs } from "./jobs.mjs";
		await runJobs(WebSocket, %s, %d, (result) => print(JSON.stringify(result)));
	`, input, limit))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("interop: onclose run: %w: %s", err, stderr.String())
	}
	var results []Result
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var result Result
		if err := decoder.Decode(&result); err != nil {
			return nil, fmt.Errorf("interop: onclose run: %w: %s", err, stderr.String())
		}
		results = append(results, result)
	}
	return inOrder(jobs, results)
}

// A script that connects, talks and closes sees the same events everywhere.
func TestAScriptSeesTheSameEventsEverywhere(t *testing.T) {
	talk := []Message{{Text: "hello"}, {Binary: []byte{0, 1, 255}}, {Text: "grüße 😀"}, {Binary: []byte{}}}
	ways := []struct {
		path   string
		pairs  []string
		job    Job
		events []string
		ending ending
	}{
		{"/echo", nil, Job{Send: talk, Close: []any{4001, "bye"}},
			[]string{"open", "message", "message", "message", "message", "close"}, ending{"open close", 4001, "bye", true}},
		{"/echo", nil, Job{Close: []any{}}, []string{"open", "close"}, ending{"open close", 1005, "", true}},
		{"/close", []string{"code", "4321", "reason", "enough"}, Job{}, []string{"open", "close"}, ending{"open close", 4321, "enough", true}},
	}
	judge := func(t *testing.T, c peer) {
		var jobs []Job
		for n, way := range ways {
			way.job.URL = c.server.WebSocket(way.path, id(t, "%d", n), way.pairs...)
			jobs = append(jobs, way.job)
		}
		results, err := c.Run(within(t, time.Minute), jobs, len(jobs))
		if err != nil {
			t.Fatal(err)
		}
		for n, way := range ways {
			got := results[n]
			if endingOf(got) != way.ending {
				t.Errorf("%s: got %+v, want %+v", way.path, endingOf(got), way.ending)
			}
			if !reflect.DeepEqual(got.Events, way.events) {
				t.Errorf("%s: events %q, want %q", way.path, got.Events, way.events)
			}
			if len(got.Messages) != len(way.job.Send) || len(got.Messages) > 0 && !reflect.DeepEqual(got.Messages, way.job.Send) {
				t.Errorf("%s: messages %+v, want %+v", way.path, got.Messages, way.job.Send)
			}
		}
	}
	eachClient(t, judge)
	t.Run("onclose", func(t *testing.T) {
		t.Parallel()
		judge(t, peer{oncloseRun{}, servers.get(t, "onclose")})
	})
}

// The script that the page shows logs the same events in that page and in everything
// else that has the web's WebSocket.
func TestTheScriptOfThePageLogsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, c console) {
		var script string
		if err := c.page.Call(c.ctx, `async () => document.getElementById("script").textContent`, &script); err != nil {
			t.Fatal(err)
		}
		var logged []string
		inPage := `() => new Promise((resolve) => {
			const lines = [];
			const console = { log(line) { lines.push(line); if (line.startsWith("close")) resolve(lines); } };
			` + script + `})`
		if err := c.page.Call(c.ctx, inPage, &logged); err != nil {
			t.Fatal(err)
		}
		want := "open\nmessage hello\nclose 1000 \"\" true\n"
		if got := strings.Join(logged, "\n") + "\n"; got != want {
			t.Errorf("the page logs %q, want %q", got, want)
		}
		for name, args := range map[string][]string{
			"undici":  {"-e", `const { WebSocket } = require("undici");` + script},
			"bun":     {"-e", script},
			"deno":    {"eval", "--quiet", script},
			"onclose": {"run", "-e", script},
		} {
			path := *program
			if name != "onclose" {
				r, err := FindRuntime(name)
				if err != nil {
					missing(t, err)
				}
				path = r.(runtime).path
			}
			cmd := exec.CommandContext(c.ctx, path, args...)
			cmd.Dir = "peers"
			cmd.Env = append(os.Environ(), "DENO_NO_UPDATE_CHECK=1", "NO_COLOR=1")
			if got, err := cmd.Output(); err != nil || string(got) != want {
				t.Errorf("%s logs %q, %v; want %q", name, got, err, want)
			}
		}
	})
}
