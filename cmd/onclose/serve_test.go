package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/onclose/websocket"
)

// served is an onclose serve in this process, with the CloseEvents that it
// reports at /events.
type served struct {
	t      *testing.T
	http   string // "http://127.0.0.1:40000", without a slash
	ws     string
	tls    *tls.Config
	client *http.Client
	// connect is for a server in memory.
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	said    *transcript

	stop   context.CancelFunc
	result chan error
	events *ledger
	feed   sync.WaitGroup
}

// startServe starts a server on a free port. It ends with the test, which fails
// if a connection had two CloseEvents, or if a goroutine is left.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	before := runtime.NumGoroutine()
	s := &served{
		t:      t,
		tls:    &tls.Config{InsecureSkipVerify: true},
		said:   newTranscript(),
		result: make(chan error, 1),
		events: newLedger(),
	}
	s.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: s.tls}}
	cmd := parseServe(t, append([]string{"--addr=127.0.0.1:0"}, args...)...)
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.result <- cmd.serve(ctx, &streams{strings.NewReader(""), io.Discard, s.said}) }()
	s.http = strings.TrimSuffix(s.said.await(t, "listening on "), "/")
	s.ws = strings.Replace(s.http, "http", "ws", 1)
	s.follow()
	t.Cleanup(func() {
		if err := s.end(); err != nil {
			t.Errorf("serve: %v", err)
		}
		if doubled := s.events.doubled(); doubled != nil {
			t.Errorf("more than one CloseEvent for %q", doubled)
		}
		checkGoroutines(t, before)
	})
	return s
}

func parseServe(t *testing.T, args ...string) *serveCmd {
	t.Helper()
	var cmd serveCmd
	if _, err := kong.Must(&cmd).Parse(args); err != nil {
		t.Fatal(err)
	}
	return &cmd
}

// end stops the server, once, and returns what serve returned.
func (s *served) end() error {
	s.stop()
	err := <-s.result
	s.result <- err
	s.feed.Wait()
	return err
}

// follow reads /events until the server ends it.
func (s *served) follow() {
	s.t.Helper()
	response, err := s.client.Get(s.http + "/events")
	if err != nil {
		s.t.Fatal(err)
	}
	s.feed.Go(func() {
		defer response.Body.Close()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var ev websocket.CloseEvent
				if err := json.Unmarshal([]byte(data), &ev); err != nil {
					s.t.Errorf("/events: %v: %s", err, data)
				}
				s.events.enter(ev)
			}
		}
	})
}

// dial opens a connection with an id in its query.
func (s *served) dial(path, id string, opts *websocket.DialOptions) *websocket.Conn {
	s.t.Helper()
	if opts == nil {
		opts = &websocket.DialOptions{}
	}
	opts.TLS, opts.Dial = s.tls, s.connect
	c, err := websocket.Dial(s.t.Context(), s.ws+withID(path, id), opts)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func withID(path, id string) string {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + "id=" + url.QueryEscape(id)
}

// get asks for a page and returns the response and its body.
func (s *served) get(path string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.http+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r.Host = r.Header.Get("Host")
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(body)
}

// openRaw opens a WebSocket of which the test sends the frames itself, or none,
// and closes.
func (s *served) openRaw(path string) net.Conn {
	s.t.Helper()
	host := strings.TrimPrefix(s.http, "http://")
	connect := s.connect
	if connect == nil {
		connect = new(net.Dialer).DialContext
	}
	conn, err := connect(s.t.Context(), "tcp", host)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, host)
	// One byte at a time: what follows the head is not ours to take.
	for head := ""; !strings.HasSuffix(head, "\r\n\r\n"); {
		var b [1]byte
		if _, err := io.ReadFull(conn, b[:]); err != nil {
			s.t.Fatalf("%v behind %q", err, head)
		}
		head += string(b[:])
	}
	return conn
}

// checkGoroutines waits until there are no more goroutines than before.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	over := time.After(5 * time.Second)
	for tick := time.Tick(time.Millisecond); runtime.NumGoroutine() > before; {
		select {
		case <-tick:
		case <-over:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// transcript is what a command said on one of its streams.
type transcript struct {
	mu      sync.Mutex
	text    string
	changed chan struct{} // closed and replaced by each Write
}

func newTranscript() *transcript { return &transcript{changed: make(chan struct{})} }

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	close(s.changed)
	s.changed = make(chan struct{})
	return len(p), nil
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

// await waits for a line with marker and returns the rest of that line.
func (s *transcript) await(t *testing.T, marker string) string {
	t.Helper()
	over := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		text, changed := s.text, s.changed
		s.mu.Unlock()
		if _, behind, found := strings.Cut(text, marker); found {
			if line, _, whole := strings.Cut(behind, "\n"); whole {
				return line
			}
		}
		select {
		case <-changed:
		case <-over:
			t.Fatalf("no line with %q in %q", marker, text)
		}
	}
}

// ledger keeps CloseEvents by the id in the query of their URL.
type ledger struct {
	mu      sync.Mutex
	entries map[string][]websocket.CloseEvent
	changed chan struct{} // closed and replaced by each enter
}

func newLedger() *ledger {
	return &ledger{entries: make(map[string][]websocket.CloseEvent), changed: make(chan struct{})}
}

func (l *ledger) enter(ev websocket.CloseEvent) {
	id := ev.URL
	if u, err := url.Parse(ev.URL); err == nil {
		id = u.Query().Get("id")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[id] = append(l.entries[id], ev)
	close(l.changed)
	l.changed = make(chan struct{})
}

// await waits for the CloseEvent of the connection with that id.
func (l *ledger) await(t *testing.T, id string) websocket.CloseEvent {
	t.Helper()
	over := time.After(10 * time.Second)
	for {
		l.mu.Lock()
		events, changed := l.entries[id], l.changed
		l.mu.Unlock()
		if len(events) > 0 {
			return events[0]
		}
		select {
		case <-changed:
		case <-over:
			t.Fatalf("the server reports no CloseEvent for %q", id)
		}
	}
}

func (l *ledger) doubled() (ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, events := range l.entries {
		if len(events) > 1 {
			ids = append(ids, id)
		}
	}
	return ids
}

// eventOf reads until the connection ends, and returns its CloseEvent.
func eventOf(c *websocket.Conn) websocket.CloseEvent {
	for range c.Messages(context.Background()) {
	}
	<-c.Done()
	ev, _ := c.CloseEvent()
	return ev
}

// account is what the tests compare of a CloseEvent.
type account struct {
	code      websocket.StatusCode
	reason    string
	wasClean  bool
	initiator string
	cause     string
	rule      string
	transport string
}

func accountOf(ev websocket.CloseEvent) account {
	return account{ev.Code, ev.Reason, ev.WasClean, string(ev.Initiator), string(ev.Cause), ev.Rule, string(ev.Transport)}
}

func compare(t *testing.T, what string, ev websocket.CloseEvent, want account) {
	t.Helper()
	if got := accountOf(ev); got != want {
		t.Errorf("%s:\n got %+v\nwant %+v\n%v", what, got, want, ev)
	}
}

func TestServeSaysWhereItIsAndWhatToTry(t *testing.T) {
	s := startServe(t)
	want := "onclose: listening on " + s.http + "/\n" +
		"Open that page in a browser, or try in another terminal:\n" +
		"  onclose dial " + s.ws + "/echo\n" +
		"  onclose dial '" + s.ws + "/close?code=4001&reason=bye'\n" +
		"  curl -N " + s.http + "/events\n"
	if got := s.said.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestServeWarnsWhenTheNetworkCanConnect(t *testing.T) {
	s := startServe(t, "--addr=0.0.0.0:0")
	s.said.await(t, "WARNING: 0.0.0.0:0 is not a loopback address")
	if response, _ := s.get("/", "Host", "machine.example"); response.StatusCode != 200 {
		t.Errorf("the page by the machine's name: %s", response.Status)
	}
}

func TestServeClosesEveryConnectionWhenItEnds(t *testing.T) {
	s := startServe(t)
	clients := map[string]*websocket.Conn{}
	for _, path := range []string{
		"/echo", "/close?after=1m&code=4001", "/close?how=silent", "/close?how=late&after=1m", "/close?how=drop&after=1m",
		"/close?how=reset&after=1m", "/close?how=invalid-utf8&after=1m", "/close?how=too-big&after=1m",
	} {
		clients[path] = s.dial(path, path, nil)
	}
	if err := s.end(); err != nil {
		t.Errorf("serve: %v", err)
	}
	for path, c := range clients {
		compare(t, path+" in the client", eventOf(c), account{1001, "server shutting down", true, "remote", "", "", "fin"})
		compare(t, path+" in the server", s.events.await(t, path), account{1001, "server shutting down", true, "local", "", "", "fin"})
	}
	if _, err := s.client.Get(s.http + "/healthz"); err == nil {
		t.Error("it still accepts connections")
	}
}

func TestServeRefusesNewRequestsWhileItEnds(t *testing.T) {
	s := startServe(t)
	conn := s.openRaw("/echo") // never answers the Close frame
	s.stop()
	s.said.await(t, "shutting down")
	response, body := s.get("/healthz")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "5" || body != "the server is shutting down\n" {
		t.Errorf("got %s, Retry-After %q: %s", response.Status, response.Header.Get("Retry-After"), body)
	}
	s.said.await(t, `refused "/healthz"`)
	conn.Close()
	if err := s.end(); err != nil {
		t.Error(err)
	}
}

func TestServeRefusesPagesOfOtherOrigins(t *testing.T) {
	s := startServe(t, "--origin=http://localhost:3000")
	for _, path := range []string{"/echo", "/close", "/close?how=silent"} {
		for origin, allowed := range map[string]bool{s.http: true, "http://localhost:3000": true, "http://localhost:3001": false} {
			id := path + " from " + origin
			c, err := websocket.Dial(t.Context(), s.ws+withID(path, id), &websocket.DialOptions{Header: http.Header{"Origin": {origin}}})
			if err == nil {
				c.Abort()
				s.events.await(t, id)
			}
			if (err == nil) != allowed {
				t.Errorf("%s: %v", id, err)
			}
		}
		s.said.await(t, `refused "`+withID(path, "")[:len(path)+4])
	}
	s.said.await(t, "add it to AcceptOptions.Origins")
}

func TestServeLimitsMessages(t *testing.T) {
	s := startServe(t, "--max-message=10")
	for _, path := range []string{"/echo", "/close?how=silent"} {
		c := s.dial(path, path, nil)
		if err := c.Write(t.Context(), websocket.Binary, make([]byte, 11)); err != nil {
			t.Error(err)
		}
		if ev := eventOf(c); ev.Code != websocket.MessageTooBig {
			t.Errorf("%s in the client: %v", path, ev)
		}
		if ev := s.events.await(t, path); ev.Cause != "message-too-big" {
			t.Errorf("%s in the server: %v", path, ev)
		}
	}
}

func TestServeRefusesACommandLineThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		writeKeyPair(t, filepath.Join(dir, name))
	}
	one, two, none := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "none")
	if err := os.WriteFile(none+".txt", []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	inUse := busy.Addr().String()
	tests := []struct {
		name   string
		args   []string
		status exitStatus
		says   string
	}{
		{"a port in use", []string{"--addr", inUse}, exitOther, inUse + " is in use"},
		{"an address of another machine", []string{"--addr", "192.0.2.1:0"}, exitOther, "cannot listen on 192.0.2.1:0"},
		{"no port", []string{"--addr", "127.0.0.1"}, exitUsage, `--addr "127.0.0.1" is not HOST:PORT`},
		{"a port that is no port", []string{"--addr", "127.0.0.1:70000"}, exitUsage, `--addr "127.0.0.1:70000" is not HOST:PORT`},
		{"no address", []string{"--addr", ""}, exitUsage, `--addr "" is not HOST:PORT`},
		{"a limit of nothing", []string{"--max-message", "0"}, exitUsage, "--max-message 0 is not"},
		{"a ping interval below nothing", []string{"--ping-interval=-1s"}, exitUsage, "--ping-interval -1s: a time cannot be negative"},
		{"a pong timeout below nothing", []string{"--pong-timeout=-1s"}, exitUsage, "--pong-timeout -1s: a time cannot be negative"},
		{"no limit", []string{"--max-message=-1"}, exitUsage, "--max-message -1 is not"},
		{"an origin that is none", []string{"--origin", "http://a/b"}, exitUsage, `"http://a/b" is not an origin`},
		{"a certificate without key", []string{"--cert", "x"}, exitUsage, "--cert and --key go together"},
		{"a key without certificate", []string{"--tls", "--key", "x"}, exitUsage, "--cert and --key go together"},
		{"an output without TLS", []string{"--cert-out", "x"}, exitUsage, "--cert-out is for"},
		{"an output of what is there", []string{"--cert-out", "x", "--cert", "x", "--key", "x"}, exitUsage, "--cert-out is for"},
		{"a certificate that is not there", []string{"--cert", none, "--key", one + ".key"}, exitUsage, "open " + none + ":"},
		{"a certificate that is none", []string{"--cert", none + ".txt", "--key", one + ".key"}, exitUsage, none + ".txt"},
		{"the key of another", []string{"--tls", "--cert", one + ".crt", "--key", two + ".key"}, exitUsage, "does not match"},
		{"an output that cannot be written", []string{"--tls", "--cert-out", filepath.Join(none, "x")}, exitUsage, "--cert-out: open "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			said := newTranscript()
			args := append([]string{"serve", "--addr", "127.0.0.1:0"}, test.args...)
			status := run(args, &streams{strings.NewReader(""), io.Discard, said})
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			line := said.String()
			if !strings.HasPrefix(line, "onclose: ") || !strings.Contains(line, test.says) || strings.Count(line, "\n") != 1 {
				t.Errorf("it said %q, want one line with %q", line, test.says)
			}
		})
	}
}

// TestServeProcess is not a test: it is onclose in a process of its own, for the
// tests that send signals.
func TestServeProcess(t *testing.T) {
	if os.Getenv("ONCLOSE_TEST_PROCESS") == "" {
		return
	}
	os.Exit(int(run([]string{"serve", "--addr=127.0.0.1:0"}, &streams{os.Stdin, os.Stdout, os.Stderr})))
}

func TestServeEndsOnSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
	start := func(t *testing.T) (*exec.Cmd, *served) {
		said := newTranscript()
		process := exec.Command(os.Args[0], "-test.run=^TestServeProcess$")
		process.Env = append(os.Environ(), "ONCLOSE_TEST_PROCESS=1")
		process.Stderr = said
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = process.Process.Kill() })
		where := strings.TrimSuffix(said.await(t, "listening on "), "/")
		return process, &served{t: t, said: said, http: where, ws: strings.Replace(where, "http", "ws", 1)}
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String()+" ends it in order", func(t *testing.T) {
			process, s := start(t)
			c := s.dial("/echo", "", nil)
			if err := process.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			compare(t, "the client", eventOf(c), account{1001, "server shutting down", true, "remote", "", "", "fin"})
			if err := process.Wait(); err != nil {
				t.Errorf("exit: %v", err)
			}
			s.said.await(t, `"/echo?id=" closed 1001 GoingAway "server shutting down" clean, by local`)
		})
	}
	t.Run("the second ends it at once", func(t *testing.T) {
		process, s := start(t)
		defer s.openRaw("/echo").Close() // keeps the first from having an effect, for seconds
		for range 2 {
			if err := process.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			s.said.await(t, "shutting down")
		}
		_ = process.Wait()
		status, ok := process.ProcessState.Sys().(interface{ Signal() syscall.Signal })
		if !ok || status.Signal() != syscall.SIGTERM {
			t.Errorf("it ended with %v", process.ProcessState)
		}
	})
}
