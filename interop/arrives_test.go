package interop

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// arrivals is how often each cell is run. The campaign behind the promise is
//
//	go test ./interop -run CloseAlwaysArrives -arrivals 1000 -timeout 0 -v
//
// or, in parts, -run CloseAlwaysArrives/firefox/nginx/tls.
var arrivals = flag.Int("arrivals", 5, "runs in each cell of TestCloseAlwaysArrives")

// unreads are what a client sends, and the server's application never reads.
var unreads = []struct {
	name          string
	unread, flood int // of Job
	lies          int // bytes that lie in the server's socket when it begins
}{
	{name: "1 B", unread: 1, lies: 1},
	{name: "1 KiB", unread: 1 << 10, lies: 1 << 10},
	// Of more than a socket's receive buffer the rest waits in between.
	{name: "256 KiB", unread: 256 << 10, lies: 32 << 10},
	{name: "flood", flood: 64 << 10, lies: 32 << 10},
}

// TestCloseAlwaysArrives is the promise of onclose at its hardest: a server
// sends 1 MiB and closes, while what the client sent lies unread. To close the
// socket now would reset the connection, and the reset would destroy what the
// client has not read yet. Every client gets the 1 MiB, the code and the reason.
func TestCloseAlwaysArrives(t *testing.T) {
	t.Parallel()
	scene := newScene(t)
	var table arrivalTable
	t.Cleanup(func() { t.Log(table.String()) })
	for _, name := range []string{"chromium", "firefox", "ws", "undici", "onclose"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := scene.client(t, name)
			for _, behind := range append([]string{"direct"}, Proxies...) {
				t.Run(behind, func(t *testing.T) {
					host, secureHost := scene.hosts(t, behind)
					t.Run("tcp", func(t *testing.T) { arrive(t, scene, client, "ws://"+host, &table) })
					t.Run("tls", func(t *testing.T) { arrive(t, scene, client, "wss://"+secureHost, &table) })
				})
			}
		})
	}
}

// arrive runs the four cells of one client and one way to the server, all four
// at the same time, and enters their row into the table.
func arrive(t *testing.T, scene *scene, client Client, base string, table *arrivalTable) {
	var jobs []Job
	var cells []int // of each job
	for run := range *arrivals {
		for cell, u := range unreads {
			query := url.Values{"id": {id(t, "%s/%d", u.name, run)}, "unread": {strconv.Itoa(u.lies)}}
			jobs = append(jobs, Job{URL: base + "/farewell?" + query.Encode(), Unread: u.unread, Flood: u.flood, Tally: true})
			cells = append(cells, cell)
		}
	}
	ctx := within(t, 3*time.Minute+time.Duration(len(jobs))*time.Second/4)
	results, err := client.Run(ctx, jobs, atOnce)
	if err != nil {
		t.Fatal(err)
	}
	v := verdicts{t: t}
	arrived := make([]arrivedRuns, len(unreads))
	for i, job := range jobs {
		before, name := v.count, idOf(t, job.URL)
		v.compare(name+": bytes", results[i].Bytes, farewellBytes)
		v.compare(name+" in the client", endingOf(results[i]), farewellEnding(client.Name(), results[i]))
		event, err := scene.server.events.await(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		v.compare(name+" in the server", accountOf(event), farewellAccount(client.Name()))
		if v.count == before {
			arrived[cells[i]].all++
			if results[i].WasClean {
				arrived[cells[i]].clean++
			}
		}
	}
	t.Log(table.enter(t.Name(), arrived))
}

// farewellEnding is what a client is to see. Chromium calls an end clean only
// when it has also sent all messages of the page (DOMWebSocket::DidClose), and a
// page that floods may have more of them. The closing handshake was completed
// all the same, and WHATWG asks for no more.
func farewellEnding(client string, r Result) ending {
	wasClean := client != "chromium" || r.Buffered == 0
	return ending{"open close", int(farewellFrame.Code), farewellFrame.Reason, wasClean}
}

// farewellAccount is what the server reports: the client's answer.
func farewellAccount(client string) account {
	reason := farewellFrame.Reason
	if client == "undici" {
		reason = "" // it answers with the code alone
	}
	return account{int(farewellFrame.Code), reason, true, "local", ""}
}

// scene is where it happens: the server, and the proxies in front of it.
type scene struct {
	server      *farewell
	certificate *certificate
	proxies     map[string]func() (*Proxy, error) // by name, started at first use
}

func newScene(t *testing.T) *scene {
	dir := t.TempDir()
	s := &scene{proxies: make(map[string]func() (*Proxy, error))}
	var err error
	if s.certificate, err = newCertificate(dir); err != nil {
		t.Fatal(err)
	}
	if s.server, err = startFarewell(s.certificate.pair); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if doubled := s.server.events.doubled(); doubled != nil {
			t.Errorf("more than one CloseEvent of the server: %q", doubled)
		}
		_ = s.server.close()
	})
	for _, name := range Proxies {
		s.proxies[name] = sync.OnceValues(func() (*Proxy, error) {
			p, err := startProxy(t.Context(), name, dir, s.server.host, s.certificate)
			if err == nil {
				t.Cleanup(p.Close)
			}
			return p, err
		})
	}
	return s
}

// hosts are the addresses, without and with TLS, behind which the server is.
func (s *scene) hosts(t *testing.T, behind string) (host, secureHost string) {
	if behind == "direct" {
		return s.server.host, s.server.secureHost
	}
	p, err := s.proxies[behind]()
	if errors.Is(err, exec.ErrNotFound) {
		missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.Host, p.SecureHost
}

// client is the one of that name, which trusts the scene's certificate.
func (s *scene) client(t *testing.T, name string) Client {
	switch name {
	case "chromium", "firefox":
		return InBrowser(browser(t, name), "http://"+s.server.host+"/healthz")
	case "onclose":
		return dialer{&websocket.DialOptions{TLS: s.certificate.trust()}}
	}
	c, err := FindRuntime(name, "NODE_EXTRA_CA_CERTS="+s.certificate.file)
	if err != nil {
		missing(t, err)
	}
	return c
}

// dialer is our own client, for jobs with Tally that send nothing but Unread and
// Flood.
type dialer struct{ options *websocket.DialOptions }

func (dialer) Name() string { return "onclose" }

func (d dialer) Run(ctx context.Context, jobs []Job, limit int) ([]Result, error) {
	results := make([]Result, len(jobs))
	var all sync.WaitGroup
	free := make(chan struct{}, limit)
	for i, job := range jobs {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			results[i] = d.run(ctx, job)
		})
	}
	all.Wait()
	return results, nil
}

func (d dialer) run(ctx context.Context, job Job) Result {
	r := Result{URL: job.URL}
	c, err := websocket.Dial(ctx, job.URL, d.options)
	if err == nil {
		r.Events = append(r.Events, "open")
		defer c.Abort()
		var sending sync.WaitGroup
		defer sending.Wait()
		sending.Go(func() {
			if job.Unread > 0 {
				_ = c.Write(ctx, websocket.Binary, make([]byte, job.Unread))
			}
			for message := make([]byte, job.Flood); len(message) > 0 && c.Write(ctx, websocket.Binary, message) == nil; {
			}
		})
		for err == nil {
			var message []byte
			_, message, err = c.Read(ctx)
			r.Bytes += len(message)
		}
	}
	if end, ok := errors.AsType[*websocket.CloseError](err); ok {
		if !end.Event.WasClean {
			r.Events = append(r.Events, "error")
		}
		r.Events = append(r.Events, "close")
		r.Code, r.Reason, r.WasClean = int(end.Event.Code), end.Event.Reason, end.Event.WasClean
	}
	return r
}

// arrivedRuns are those of a cell in which everything arrived, and those of them
// that the client called clean.
type arrivedRuns struct{ all, clean int }

func (a arrivedRuns) String() string {
	text := fmt.Sprintf("%d/%d", a.all, *arrivals)
	if a.clean < a.all {
		text += fmt.Sprintf(" (%d clean)", a.clean)
	}
	return text
}

// arrivalTable has a row for each client and way to the server, in Markdown.
type arrivalTable struct {
	mu   sync.Mutex
	rows []string
}

// enter adds, and returns, the row of the subtest of that name.
func (a *arrivalTable) enter(name string, arrived []arrivedRuns) string {
	_, cells, _ := strings.Cut(name, "/")
	row := "| " + strings.ReplaceAll(cells, "/", " | ")
	for _, a := range arrived {
		row += " | " + a.String()
	}
	row += " |"
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rows = append(a.rows, row)
	return row
}

func (a *arrivalTable) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	head, rule := "| client | behind | over", "|---|---|---"
	for _, u := range unreads {
		head += " | " + u.name
		rule += "|---"
	}
	return "\n" + head + " |\n" + rule + "|\n" + strings.Join(slices.Sorted(slices.Values(a.rows)), "\n")
}
