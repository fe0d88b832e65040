package interop

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// program is the package that TestMain builds, or the path of a program that
// is there already.
var program = flag.String("onclose", "", "path of the onclose to judge (default: build cmd/onclose)")

func TestMain(m *testing.M) {
	flag.Parse()
	// These tests wait for peers more than they compute, but browsers compute: with
	// 32 at once on two cores Firefox starved, and it took longer than with 8.
	if err := flag.Set("test.parallel", "6"); err != nil {
		log.Fatal(err)
	}
	os.Exit(judge(m))
}

func judge(m *testing.M) int {
	dir, err := os.MkdirTemp("", "onclose-interop-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	if *program == "" {
		*program = filepath.Join(dir, "onclose")
		build := exec.Command("go", "build", "-o", *program, "github.com/onclose/websocket/cmd/onclose")
		if output, err := build.CombinedOutput(); err != nil {
			log.Printf("build onclose: %v\n%s", err, output)
			return 1
		}
	}
	defer servers.close()
	defer browsers.close()
	if flag.Lookup("test.run").Value.String() == "" {
		browsers.warm()
	}
	status := m.Run()
	for name, server := range servers.all() {
		if doubled := server.Doubled(); doubled != nil {
			log.Printf("FAIL: more than one CloseEvent of the server for %s: %q", name, doubled)
			status = 1
		}
	}
	return status
}

// clientNames are all clients, those that need most time first.
var clientNames = append([]string{"chromium", "firefox"}, Runtimes...)

// peer is a client and the server that judges it: one of its own for each
// client. For a reader of /events that is slow the server keeps the last 64
// events only, and six clients at once on a busy machine make it slow.
type peer struct {
	Client
	server *Server
}

// eachClient runs a subtest for each client, all at the same time.
func eachClient(t *testing.T, test func(t *testing.T, c peer)) {
	for _, name := range clientNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, client(t, name))
		})
	}
}

// client is the one of that name. A page that runs jobs is the server's own,
// because a server lets pages of other origins wait outside.
func client(t *testing.T, name string) peer {
	t.Helper()
	if name == "chromium" || name == "firefox" {
		b, server := browser(t, name), servers.get(t, name)
		return peer{InBrowser(b, server.HTTP("/healthz")), server}
	}
	c, err := FindRuntime(name)
	if err != nil {
		missing(t, err)
	}
	return peer{c, servers.get(t, name)}
}

// missing ends a test whose peer is not there.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("ONCLOSE_PEERS") == "required" {
		t.Fatalf("a required peer is missing: %v", err)
	}
	t.Skipf("peer missing: %v", err)
}

// browser is the one of that name, started at first use and shared.
func browser(t *testing.T, name string) Browser {
	t.Helper()
	b, err := browsers.get(name)
	if errors.Is(err, exec.ErrNotFound) {
		missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ending is what a client shows its program of a connection's end.
type ending struct {
	Events   string // without messages: "open error close"
	Code     int
	Reason   string
	WasClean bool
}

func endingOf(r Result) ending {
	var events []string
	for _, e := range r.Events {
		if e != "message" {
			events = append(events, e)
		}
	}
	return ending{strings.Join(events, " "), r.Code, r.Reason, r.WasClean}
}

// account is what our end reports of the same connection.
type account struct {
	Code      int
	Reason    string
	WasClean  bool
	Initiator string
	Cause     string
}

func accountOf(e websocket.CloseEvent) account {
	return account{int(e.Code), e.Reason, e.WasClean, string(e.Initiator), string(e.Cause)}
}

// account is the server's account of one connection, which comes at the latest
// some seconds after the client's.
func (p peer) account(t *testing.T, id string) account {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	e, err := p.server.CloseEvent(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return accountOf(e)
}

// verdicts counts what differs, and prints the first few.
type verdicts struct {
	t     *testing.T
	count int
}

func (v *verdicts) compare(what string, got, want any) {
	v.t.Helper()
	if got == want {
		return
	}
	if v.count++; v.count <= 8 {
		v.t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	} else if v.count == 9 {
		v.t.Error("and more")
	}
}

// within bounds what takes up to limit on an idle machine. On a crowded one it may
// take longer: the bound only ends a test that hangs.
func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 4*limit)
	t.Cleanup(cancel)
	return ctx
}

// id names one connection of one test.
func id(t *testing.T, format string, args ...any) string {
	return t.Name() + "/" + fmt.Sprintf(format, args...)
}
