//go:build unix

package interop

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// family prints the number of a grandchild that ignores what can be ignored.
const family = `sh -c 'trap "" HUP INT TERM PIPE; sleep 1000' & echo "grandchild $!" >&2; wait`

func startFamily(t *testing.T) (p *process, grandchild int) {
	t.Helper()
	p, err := startProcess(exec.Command("sh", "-c", family))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	said, err := p.waitLine(within(t, 10*time.Second), "grandchild ")
	if err != nil {
		t.Fatal(err)
	}
	if grandchild, err = strconv.Atoi(said); err != nil {
		t.Fatal(err)
	}
	return p, grandchild
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	p, grandchild := startFamily(t)
	p.stop()
	p.stop()
	if alive(grandchild) {
		t.Error("the grandchild lives on")
	}
}

func TestTheLeashEndsTheGroupOfAParentThatDied(t *testing.T) {
	p, grandchild := startFamily(t)
	_ = p.leash.Close() // as the kernel does when a process dies
	for start := time.Now(); alive(grandchild); time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("the grandchild lives on")
		}
	}
}

func TestWaitLineQuotesWhatAChildSaidInstead(t *testing.T) {
	p, err := startProcess(exec.Command("sh", "-c", "echo no such luck >&2"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if _, err = p.waitLine(within(t, 10*time.Second), "http://"); err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("got %v, want an error that says: no such luck", err)
	}
	p, _ = startFamily(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.waitLine(ctx, "never said"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// alive reports whether a process runs; a zombie that nobody has reaped yet
// does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return len(state) > 0 && state[0] != 'Z'
}
