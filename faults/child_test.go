//go:build linux

package faults

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// childVariable names the program that this test's own executable is to be,
// instead of the tests.
const childVariable = "ONCLOSE_FAULTS_CHILD"

// programs are what a child can be. What it prints is for the test, a line each.
// A child ends at the latest when its standard input does: when we die.
var programs = map[string]func(args []string) error{
	"flood":   floodClients,
	"echo":    serveEvents,
	"serve":   serveStates,
	"dial":    dialStates,
	"starved": serveStarved,
	"hungry":  dialStarved,
	"crowd":   crowdOfClients,
}

func TestMain(m *testing.M) {
	name := os.Getenv(childVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := programs[name](os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// leash ends this process when its parent's end of standard input is closed.
func leash() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(3)
}

// say prints a line for the parent, all of it at once.
func say(args ...any) { os.Stdout.WriteString(fmt.Sprintln(args...)) }

// sayEvent prints a CloseEvent.
func sayEvent(ev websocket.CloseEvent) {
	text, err := json.Marshal(ev)
	if err != nil {
		panic(err)
	}
	say(string(text))
}

// child is another process that plays a part in a test.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string // of standard output; closed at its end
}

// start starts a program with arguments. The test ends it, if nothing else does.
func start(t *testing.T, program string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+program)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: cmd, lines: make(chan string, 1000)}
	go func() {
		defer close(c.lines)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			c.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		c.kill()
	})
	return c
}

// line is the child's next line.
func (c *child) line() string {
	c.t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			c.t.Fatal("the child has ended and says nothing more")
		}
		return line
	case <-time.After(eventually):
		c.t.Fatal("the child says nothing")
	}
	return ""
}

// event is the CloseEvent that the child prints next.
func (c *child) event() (ev websocket.CloseEvent) {
	c.t.Helper()
	line := c.line()
	if err := json.Unmarshal([]byte(line), &ev); err != nil {
		c.t.Fatalf("%q is no CloseEvent: %v", line, err)
	}
	return ev
}

func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// kill ends the child as the kernel does when memory runs out.
func (c *child) kill() {
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.t.Error(err)
	}
	c.wait()
}

// wait waits for the child's end and returns its exit status, -1 for a signal.
func (c *child) wait() int {
	for range c.lines {
	}
	_ = c.cmd.Wait() // how it went is in the state
	return c.cmd.ProcessState.ExitCode()
}
