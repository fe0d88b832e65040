package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onclose/websocket"
)

// Server is an `onclose serve` in a process of its own, with the CloseEvents
// that it reports at /events.
type Server struct {
	// Host is the address it listens on, "127.0.0.1:40000".
	Host string

	process *process
	stop    context.CancelFunc
	reading sync.WaitGroup
	missed  atomic.Uint64 // events that /events left out
	events  *ledger[websocket.CloseEvent]
}

// StartServer starts the program at path, an onclose, with `serve` and these
// flags on a free port. It blocks until the server is healthy and its events are
// being read.
func StartServer(ctx context.Context, path string, flags ...string) (*Server, error) {
	p, err := startProcess(exec.Command(path, append([]string{"serve", "--addr", "127.0.0.1:0"}, flags...)...))
	if err != nil {
		return nil, err
	}
	s := &Server{process: p, events: newLedger[websocket.CloseEvent]()}
	said, err := p.waitLine(ctx, "http://")
	if err != nil {
		p.stop()
		return nil, err
	}
	s.Host, _, _ = strings.Cut(said, "/")
	following, stop := context.WithCancel(context.Background())
	s.stop = stop
	if err := s.follow(following); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// HTTP is the URL of a path: HTTP("/healthz").
func (s *Server) HTTP(path string) string { return "http://" + s.Host + path }

// WebSocket is the ws URL of an endpoint with a query: the id, by which
// CloseEvent finds the server's account, and pairs of names and values.
func (s *Server) WebSocket(path, id string, pairs ...string) string {
	query := url.Values{"id": {id}}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "ws://" + s.Host + path + "?" + query.Encode()
}

// CloseEvent waits for the server's account of the connection with that id.
func (s *Server) CloseEvent(ctx context.Context, id string) (websocket.CloseEvent, error) {
	event, err := s.events.await(ctx, id)
	if missed := s.missed.Load(); err != nil && missed > 0 {
		err = fmt.Errorf("%w (/events left out %d)", err, missed)
	}
	return event, err
}

// Doubled lists the ids of which the server reported more than one CloseEvent.
func (s *Server) Doubled() []string { return s.events.doubled() }

// Close ends the server.
func (s *Server) Close() {
	s.stop()
	s.process.stop()
	s.reading.Wait()
}

// follow waits until the server is healthy and reads its events from then on.
func (s *Server) follow(ctx context.Context) error {
	healthy, err := get(ctx, s.HTTP("/healthz"))
	if err != nil {
		return err
	}
	_ = healthy.Body.Close()
	events, err := get(ctx, s.HTTP("/events"))
	if err != nil {
		return err
	}
	s.reading.Go(func() {
		defer events.Body.Close()
		lines := bufio.NewScanner(events.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
				s.enter([]byte(data))
			}
		}
	})
	return nil
}

// enter takes one event: a CloseEvent, or how many went missing because we read
// too slowly.
func (s *Server) enter(data []byte) {
	var lost struct{ Missed uint64 }
	if json.Unmarshal(data, &lost) == nil && lost.Missed > 0 {
		s.missed.Add(lost.Missed)
		return
	}
	var event websocket.CloseEvent
	if json.Unmarshal(data, &event) == nil { // /events may come to carry more
		s.events.enter(event.URL, event)
	}
}

// get asks until the status is 200, five seconds at most.
func get(ctx context.Context, address string) (*http.Response, error) {
	var last error
	for range 100 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		switch {
		case err != nil:
			last = err
		case response.StatusCode == http.StatusOK:
			return response, nil
		default:
			_ = response.Body.Close()
			last = fmt.Errorf("interop: %s: %s", address, response.Status)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, last
}
