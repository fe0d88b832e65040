package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// runtime is a program that runs peers/client.mjs, or client.py.
type runtime struct {
	name string
	path string
	args []string // up to the script's own arguments
	env  []string
}

// Runtimes are the JavaScript clients that FindRuntime knows: the packages ws
// and undici on Node.js, and the built-in WebSocket of Bun and Deno.
var Runtimes = []string{"ws", "undici", "bun", "deno"}

// pythonPackage is where Debian installs python3-websockets.
const pythonPackage = "/usr/lib/python3/dist-packages/websockets"

// FindRuntime returns the Client of that name: one of Runtimes, or
// python-websockets, which knows jobs without unread, flood and tally only. env
// is added to the environment of its processes: "NODE_EXTRA_CA_CERTS=file". The
// error says what is not installed.
func FindRuntime(name string, env ...string) (Client, error) {
	const script = "client.mjs"
	r := runtime{name: name, env: append(env, "DENO_NO_UPDATE_CHECK=1", "NO_COLOR=1")}
	var program, needs string
	switch name {
	case "ws", "undici":
		program, needs, r.args = "node", "peers/node_modules/"+name, []string{script, name}
	case "bun":
		program, r.args = "peers/node_modules/@oven/bun-linux-x64/bin/bun", []string{script, "builtin"}
	case "deno":
		program = "peers/node_modules/@deno/linux-x64-glibc/deno"
		r.args = []string{"run", "--quiet", "--no-config", "--allow-net", script, "builtin"}
	case "python-websockets":
		// Debian's own Python, whichever else comes first in PATH.
		program, needs, r.args = "/usr/bin/python3", pythonPackage, []string{"client.py"}
	default:
		return nil, fmt.Errorf("interop: no runtime %q", name)
	}
	from := "npm ci --prefix interop/peers"
	if name == "python-websockets" {
		from = "Debian's package python3-websockets"
	}
	var err error
	if r.path, err = exec.LookPath(program); err != nil {
		return nil, fmt.Errorf("interop: %s (%s): %w", name, from, err)
	}
	if r.path, err = filepath.Abs(r.path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(needs); needs != "" && err != nil {
		return nil, fmt.Errorf("interop: %s (%s): %w", name, from, err)
	}
	return r, nil
}

// Name is the name that FindRuntime was given.
func (r runtime) Name() string { return r.name }

// Run runs the jobs in one process of its own.
func (r runtime) Run(ctx context.Context, jobs []Job, limit int) ([]Result, error) {
	input, err := json.Marshal(jobs)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, r.path, append(r.args, strconv.Itoa(limit))...)
	cmd.Dir = "peers"
	cmd.Env = append(os.Environ(), r.env...)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	inGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 5 * time.Second
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("interop: %s: %w: %s", r.name, err, stderr.String())
	}
	var results []Result
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var result Result
		if err := decoder.Decode(&result); err != nil {
			return nil, fmt.Errorf("interop: %s: %w", r.name, err)
		}
		results = append(results, result)
	}
	return inOrder(jobs, results)
}
