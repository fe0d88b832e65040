package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// setting is what a server is asked to do.
type setting struct {
	Compress bool `help:"Agree to permessage-deflate, for messages of every length."`
	Takeover bool `help:"With context takeover, both ways."`
	TLS      bool `help:"Serve TLS."`
	Bye      bool `help:"Close with 1000 after the first message, instead of echoing it."`

	Broadcast bool `help:"Send every message to every connection, instead of echoing it."`

	Call  string `help:"Be a client instead, of the server at this address." placeholder:"HOST:PORT"`
	Size  int    `help:"Of the client's messages, in bytes."`
	Conns int    `help:"The client's connections."`

	PingInterval time.Duration `help:"Limits.PingInterval of onclose."`
}

// serveCommand is the process of one server. It prints its address, answers every
// line of standard input with its usage, and ends with it.
type serveCommand struct {
	Name     string `arg:""`
	Profiles string `env:"BENCH_PROFILES" help:"Directory to write a profile of the processor time to."`
	setting
}

func (c *serveCommand) Run() error {
	runtime.GOMAXPROCS(1)
	if err := pin(serverProcessor); err != nil {
		return err
	}
	s := find(c.Name)
	if s == nil {
		return fmt.Errorf("no server %q", c.Name)
	}
	if s.program != nil {
		return s.program.become(c.setting)
	}
	if c.Call != "" {
		return c.call(s.call)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if c.TLS {
		certificate, err := selfSigned()
		if err != nil {
			return err
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	stop, err := c.profile()
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- s.serve(l, c.setting) }()
	go func() {
		fmt.Println(l.Addr())
		in := bufio.NewScanner(questions())
		for in.Scan() {
			if in.Text() == "settle" {
				runtime.GC()
				debug.FreeOSMemory()
			}
			text, _ := json.Marshal(measureUsage())
			fmt.Println(string(text))
		}
		stop()
		os.Exit(0)
	}()
	return <-failed
}

// questions is what the load asks, from a pipe that the runtime waits for. A
// goroutine that blocks in read(2) instead takes the one processor along with it,
// until the runtime notices, up to 10 ms later: p99.9 would be that.
func questions() *os.File {
	const in = 0
	syscall.SetNonblock(in, true)
	return os.NewFile(in, "questions")
}

// profile begins a profile, if one is wanted, in a file with the server's name.
func (c *serveCommand) profile() (stop func(), err error) {
	if c.Profiles == "" {
		return func() {}, nil
	}
	file, err := os.Create(filepath.Join(c.Profiles, c.Name+".pprof"))
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(file)
}

// usage is what a server's process has used until now.
type usage struct {
	CPU    time.Duration // user and system
	Allocs uint64
	RSS    int64 // bytes
	Heap   int64
	Stack  int64
	Done   int64 // messages of a client
}

func measureUsage() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{
		CPU:    processorTime(),
		Allocs: m.Mallocs,
		RSS:    residentBytes(),
		Heap:   int64(m.HeapAlloc),
		Stack:  int64(m.StackInuse),
	}
}

// residentBytes is VmRSS.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
