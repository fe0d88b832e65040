package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
)

// process is a server that runs in a process of its own.
type process struct {
	name    string
	address string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// start starts a server.
func start(name string, s setting) (*process, error) {
	build, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"serve", name}
	if other := find(name); other != nil && other.build != "" {
		build, args[1] = other.build, other.like
	}
	for flag, set := range map[string]bool{"--compress": s.Compress, "--takeover": s.Takeover, "--tls": s.TLS, "--bye": s.Bye, "--broadcast": s.Broadcast} {
		if set {
			args = append(args, flag)
		}
	}
	if s.Call != "" {
		args = append(args, "--call", s.Call, "--size", strconv.Itoa(s.Size), "--conns", strconv.Itoa(s.Conns))
	}
	if s.PingInterval != 0 {
		args = append(args, "--ping-interval="+s.PingInterval.String())
	}
	p := &process{name: name, cmd: exec.Command(build, args...)}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if !p.out.Scan() {
		p.stop()
		return nil, fmt.Errorf("%s does not start", name)
	}
	p.address = p.out.Text()
	return p, nil
}

// usage asks what the server has used until now; settled lets it collect its
// garbage and return memory before.
func (p *process) usage(settled bool) (u usage, err error) {
	if settled {
		return p.ask("settle")
	}
	return p.ask("usage")
}

// ask asks with a line for what was used.
func (p *process) ask(question string) (u usage, err error) {
	if _, err := io.WriteString(p.in, question+"\n"); err != nil {
		return u, err
	}
	if !p.out.Scan() {
		return u, fmt.Errorf("%s has ended", p.name)
	}
	return u, json.Unmarshal(p.out.Bytes(), &u)
}

// stop ends the server.
func (p *process) stop() {
	p.in.Close()
	p.cmd.Wait()
}
