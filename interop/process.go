package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// leash runs its arguments in the background and ends the process group, itself
// included, when its standard input ends. The kernel ends that when we die, in
// whichever way, so no child outlives a test that was killed.
const leash = `"$@" </dev/null & exec >/dev/null 2>&1 3>&- 4>&-; read -r _; kill -KILL 0`

// process is a child in a process group of its own, held on a leash.
type process struct {
	cmd   *exec.Cmd
	leash io.Closer
	lines chan string // standard error, a line each; closed at its end
	close sync.Once
}

// startProcess starts a program and reads its standard error. extra becomes
// file descriptors 3 and up of the child.
func startProcess(cmd *exec.Cmd) (*process, error) {
	cmd.Args = append([]string{"sh", "-c", leash, "leash"}, cmd.Args...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		return nil, err
	}
	cmd.Path = sh
	inGroup(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("interop: start %s: %w", cmd.Args[4], err)
	}
	p := &process{cmd: cmd, leash: stdin, lines: make(chan string, 16)}
	go p.readLines(stderr)
	return p, nil
}

// readLines hands on what fits into the channel: after start-up nobody listens,
// and a child must not block because of that.
func (p *process) readLines(stderr io.Reader) {
	defer close(p.lines)
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		select {
		case p.lines <- lines.Text():
		default:
		}
	}
}

// waitLine returns the text behind marker on the first line of standard error
// that has it. It blocks until then, until the child closes its standard error
// or ctx ends; the error quotes what the child said instead.
func (p *process) waitLine(ctx context.Context, marker string) (string, error) {
	var said []string
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("interop: child ended; it said %q", said)
			}
			if _, after, found := strings.Cut(line, marker); found {
				return after, nil
			}
			said = append(said, line)
		case <-ctx.Done():
			return "", fmt.Errorf("interop: no line with %q: %w; the child said %q", marker, ctx.Err(), said)
		}
	}
}

// stop ends the whole group and reaps the child. It may be called again.
func (p *process) stop() {
	p.close.Do(func() {
		_ = killGroup(p.cmd)
		_ = p.leash.Close()
		_ = p.cmd.Wait()
		for range p.lines {
		}
	})
}
