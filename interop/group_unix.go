//go:build unix

package interop

import (
	"os/exec"
	"syscall"
)

// inGroup lets a child, and what it starts, run in a process group of their own.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends the child's whole group. The child must not have been reaped:
// until then its number is ours.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
