package interop

import (
	"context"
	"log"
	"maps"
	"sync"
	"testing"
	"time"
)

// servers holds the servers under test by the name of whom they serve.
var servers startedServers

type startedServers struct {
	mu      sync.Mutex
	started map[string]*Server
}

// get is the server of that name, started with these flags at first use.
func (s *startedServers) get(t *testing.T, name string, flags ...string) *Server {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if server := s.started[name]; server != nil {
		return server
	}
	server, err := StartServer(within(t, 20*time.Second), *program, flags...)
	if err != nil {
		t.Fatal(err)
	}
	if s.started == nil {
		s.started = make(map[string]*Server)
	}
	s.started[name] = server
	return server
}

func (s *startedServers) all() map[string]*Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.started)
}

func (s *startedServers) close() {
	for _, server := range s.all() {
		server.Close()
	}
}

// browsers starts each browser once.
var browsers = startedBrowsers{start: map[string]func() (Browser, error){
	"chromium": sync.OnceValues(func() (Browser, error) { return startIn(StartChromium) }),
	"firefox":  sync.OnceValues(func() (Browser, error) { return startIn(StartFirefox) }),
}}

type startedBrowsers struct {
	start map[string]func() (Browser, error)
	mu    sync.Mutex
	open  map[Browser]bool
}

func startIn(start func(context.Context) (Browser, error)) (Browser, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	return start(ctx)
}

func (s *startedBrowsers) get(name string) (Browser, error) {
	b, err := s.start[name]()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = make(map[Browser]bool)
	}
	s.open[b] = true
	return b, nil
}

// warm starts all browsers before the tests compete for the machine. An error
// comes again where a test asks for the browser.
func (s *startedBrowsers) warm() {
	var all sync.WaitGroup
	for name := range s.start {
		all.Go(func() { _, _ = s.get(name) })
	}
	all.Wait()
}

func (s *startedBrowsers) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for b := range s.open {
		if err := b.Close(); err != nil {
			log.Print(err)
		}
	}
}
