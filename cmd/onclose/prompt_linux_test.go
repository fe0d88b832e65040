package main

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// openTerminal opens a pseudo-terminal: the end of the person and the end of
// the program.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	var number, locked uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &locked} {
		if err := control(person, request, unsafe.Pointer(value)); err != nil {
			t.Skipf("no pseudo-terminal here: %v", err)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// control is ioctl. File.Fd would make reads of the file deaf to Close.
func control(file *os.File, request uintptr, argument unsafe.Pointer) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var code syscall.Errno
	if err := raw.Control(func(fd uintptr) {
		_, _, code = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
	}); err != nil {
		return err
	}
	if code != 0 {
		return code
	}
	return nil
}

// startAtTerminal runs onclose at a pseudo-terminal. Await returns what the
// person sees from the last call on, until it ends in the marker.
func startAtTerminal(t *testing.T, args ...string) (person io.Writer, await func(marker string) string, ended <-chan exitStatus) {
	t.Helper()
	t.Setenv("TERM", "xterm")
	master, program := openTerminal(t)
	status := make(chan exitStatus, 1)
	go func() { status <- run(args, &streams{program, program, program}) }()
	await = func(marker string) string {
		t.Helper()
		var seen strings.Builder
		stop := time.AfterFunc(20*time.Second, func() { master.Close() })
		defer stop.Stop()
		for buffer := make([]byte, 1); !strings.Contains(seen.String(), marker); {
			if _, err := master.Read(buffer); err != nil {
				t.Fatalf("%q did not come: %q, %v", marker, seen.String(), err)
			}
			seen.Write(buffer)
		}
		return seen.String()
	}
	return master, await, status
}

func TestDialAtATerminal(t *testing.T) {
	server := httptest.NewServer(dialPages())
	defer server.Close()
	url := strings.Replace(server.URL, "http", "ws", 1)
	for _, test := range []struct {
		name, keys string
		status     exitStatus
		line       string
	}{
		{"/close", "/close 4001 bye\r", exitCode, `closed 4001 "bye" clean, by local`},
		{"Ctrl-C", "half\x03", exitOK, "closed 1000 NormalClosure clean, by local"},
		{"Ctrl-D", "\x04", exitOK, "closed 1000 NormalClosure clean, by local"},
	} {
		t.Run(test.name, func(t *testing.T) {
			person, await, ended := startAtTerminal(t, "dial", url+"/echo")
			await("> ")
			io.WriteString(person, "hello\r")
			await("< hello\r\n")
			await("> ")
			io.WriteString(person, test.keys)
			await(test.line)
			await("\r\n") // of a terminal that is no longer raw
			if status := <-ended; status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
		})
	}
}

func TestATerminalIsNotReadWhenNobodyIsToType(t *testing.T) {
	server := httptest.NewServer(dialPages())
	defer server.Close()
	url := strings.Replace(server.URL, "http", "ws", 1)
	for _, flag := range []string{"--expect=1", "--wait=1ms"} {
		_, await, ended := startAtTerminal(t, "dial", "--send=hello", flag, url+"/echo")
		if seen := await("closed 1000 NormalClosure clean, by local"); strings.Contains(seen, "> ") || strings.Contains(seen, "open;") {
			t.Errorf("%s: %q", flag, seen)
		}
		if status := <-ended; status != exitOK {
			t.Errorf("%s: exit status %d", flag, status)
		}
	}
}

func TestThePageOfExplainFitsTheTerminal(t *testing.T) {
	_, program := openTerminal(t)
	size := [4]uint16{24, 50}
	if err := control(program, syscall.TIOCSWINSZ, unsafe.Pointer(&size)); err != nil {
		t.Skip(err)
	}
	if got := columns(program); got != 50 {
		t.Errorf("%d columns of 50", got)
	}
	if got := columns(io.Discard); got != maxColumns {
		t.Errorf("%d columns where there is no terminal", got)
	}
}
