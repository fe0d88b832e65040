package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// PeerServer is a WebSocket server that others wrote, in a process of its own.
type PeerServer struct {
	// Name is one of PeerServers.
	Name string
	// Host is the address it listens on.
	Host string

	cmd     *exec.Cmd
	stdin   io.Closer
	reading sync.WaitGroup
	ends    *ledger[PeerEnd]
}

// PeerEnd is such a server's account of a connection's end.
type PeerEnd struct {
	URL    string `json:"url"`
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	// Extensions is what it says was agreed upon.
	Extensions string `json:"extensions"`
}

// PeerServers are the names that StartPeerServer knows: the package ws on
// Node.js and Debian's python3-websockets.
var PeerServers = []string{"ws", "python-websockets"}

// StartPeerServer starts the server of that name. It blocks until the server
// listens; the error says what is not installed.
func StartPeerServer(name string) (*PeerServer, error) {
	var cmd *exec.Cmd
	switch name {
	case "ws":
		if _, err := FindRuntime("ws"); err != nil {
			return nil, err
		}
		cmd = exec.Command("node", "server-ws.mjs")
	case "python-websockets":
		// Debian's own Python, whichever else comes first in PATH.
		cmd = exec.Command("/usr/bin/python3", "server.py")
	default:
		return nil, fmt.Errorf("interop: no peer server %q", name)
	}
	cmd.Dir = "peers"
	inGroup(cmd)
	s := &PeerServer{Name: name, cmd: cmd, ends: newLedger[PeerEnd]()}
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil { // it ends with its standard input, so with us
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("interop: %s: %w", name, err)
	}
	lines := json.NewDecoder(stdout)
	var listening struct{ Port int }
	if err := lines.Decode(&listening); err != nil {
		s.Close()
		return nil, fmt.Errorf("interop: %s did not start: %w", name, err)
	}
	s.Host = fmt.Sprintf("127.0.0.1:%d", listening.Port)
	s.reading.Go(func() { s.read(lines) })
	return s, nil
}

// End waits for the server's account of the connection whose URL has that id.
func (s *PeerServer) End(ctx context.Context, id string) (PeerEnd, error) {
	return s.ends.await(ctx, id)
}

// Close ends the server.
func (s *PeerServer) Close() {
	_ = s.stdin.Close()
	_ = killGroup(s.cmd)
	s.reading.Wait()
	_ = s.cmd.Wait()
}

func (s *PeerServer) read(lines *json.Decoder) {
	for {
		var end PeerEnd
		if err := lines.Decode(&end); err != nil {
			return
		}
		s.ends.enter(end.URL, end)
	}
}
