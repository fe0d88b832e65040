//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// The two hosts of a network, and the server's port.
const (
	serverIP   = "10.77.0.1"
	clientIP   = "10.77.0.2"
	serverPort = "7700"
)

// network is two network namespaces with a cable between them. This process has
// sockets in both: a socket stays in the namespace in which it was made.
type network struct {
	t              *testing.T
	server, client string // names of the namespaces
	accepted       <-chan *websocket.Conn
	events         ledger
}

// newNetwork makes a network with a server on it, and deletes it at the end of
// the test. Nothing outside of the two namespaces is touched.
func newNetwork(t *testing.T, l websocket.Limits) *network {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "root to make network namespaces")
	}
	if _, ok := setns[runtime.GOARCH]; !ok {
		missing(t, "number of setns known here for %s", runtime.GOARCH)
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, "%s: %v", tool, err)
		}
	}
	n := &network{t: t}
	id := fmt.Sprintf("onclose-%d-%d", os.Getpid(), time.Now().UnixNano()%1e6)
	n.server, n.client = id+"-s", id+"-c"
	for _, name := range []string{n.server, n.client} {
		if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
			missing(t, "permission to make network namespaces: %s", out)
		}
		t.Cleanup(func() { n.command("ip", "netns", "del", name) })
	}
	n.command("ip", "link", "add", "cable", "netns", n.server, "type", "veth", "peer", "name", "cable", "netns", n.client)
	for name, ip := range map[string]string{n.server: serverIP, n.client: clientIP} {
		n.command("ip", "-n", name, "addr", "add", ip+"/24", "dev", "cable")
		n.command("ip", "-n", name, "link", "set", "cable", "up")
	}
	n.serve(l)
	return n
}

// serve lets a server run in its namespace.
func (n *network) serve(l websocket.Limits) {
	var listener net.Listener
	n.inside(n.server, func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(serverIP, serverPort))
		return err
	})
	accepted := make(chan *websocket.Conn, 16)
	n.accepted = accepted
	server := &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) {
		accepted <- c
		for m, err := range c.Messages(background) {
			if err != nil {
				return
			}
			c.Write(background, m.Type, m.Data)
		}
	}, &websocket.AcceptOptions{Trace: n.events.trace(), Limits: l})}
	go server.Serve(listener)
	n.t.Cleanup(func() { server.Close() })
}

// open opens a connection across the network and returns both ends.
func (n *network) open(l websocket.Limits, keepAlive net.KeepAliveConfig) (client, server *websocket.Conn) {
	n.t.Helper()
	l.OpeningTimeout = eventually // the first packets on a new cable may be lost
	client, err := n.dial("ws://"+net.JoinHostPort(serverIP, serverPort), l, keepAlive)
	if err != nil {
		n.t.Fatal(err)
	}
	server = <-n.accepted
	n.t.Cleanup(client.Abort)
	n.t.Cleanup(server.Abort)
	return client, server
}

// dial dials in the client's namespace.
func (n *network) dial(url string, l websocket.Limits, keepAlive net.KeepAliveConfig) (*websocket.Conn, error) {
	return websocket.Dial(background, url, &websocket.DialOptions{
		Trace: n.events.trace(), Limits: l,
		Dial: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			n.inside(n.client, func() error {
				conn, err = (&net.Dialer{KeepAliveConfig: keepAlive}).DialContext(ctx, network, address)
				return nil
			})
			return conn, err
		},
	})
}

// setns is the number of the system call, which package syscall lacks.
var setns = map[string]uintptr{"amd64": 308, "arm64": 268, "386": 346}

const cloneNewNet = 0x40000000

// The program's first thread stands for the whole process in /proc, and it cannot
// end before it. Locked to the main goroutine it runs no test, and so stays in
// the namespace that it was born in.
func init() { runtime.LockOSThread() }

// inside calls f on a thread that is in a namespace. The thread is not used for
// anything else: it ends with its goroutine, which does not unlock it.
func (n *network) inside(name string, f func() error) {
	n.t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		file, err := os.Open("/run/netns/" + name)
		if err == nil {
			defer file.Close()
			if _, _, errno := syscall.RawSyscall(setns[runtime.GOARCH], file.Fd(), cloneNewNet, 0); errno != 0 {
				err = os.NewSyscallError("setns", errno)
			}
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		n.t.Errorf("in namespace %s: %v", name, err)
	}
}

func (n *network) command(name string, args ...string) {
	n.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// filter lets a rule of nftables decide about what arrives at a host, in place of
// the rules before.
func (n *network) filter(host, rule string) {
	n.t.Helper()
	n.command("ip", "netns", "exec", host, "nft",
		"flush ruleset\ntable inet faults {\nchain in {\ntype filter hook input priority 0\n"+rule+"\n}\n}")
}

var brief = websocket.Limits{
	OpeningTimeout: 500 * time.Millisecond, CloseTimeout: 500 * time.Millisecond,
	WriteTimeout: 500 * time.Millisecond, TransportTimeout: 500 * time.Millisecond,
}

func TestANetworkThatSwallowsEverything(t *testing.T) {
	n := newNetwork(t, brief)
	// The kernel gives up after two unanswered probes, the default only after minutes.
	probing, itsServer := n.open(brief, net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2})
	client, server := n.open(brief, net.KeepAliveConfig{})
	go receive(client)
	go receive(probing)
	n.filter(n.server, "drop")
	n.filter(n.client, "drop")

	ctx, cancel := context.WithTimeout(background, 200*time.Millisecond)
	defer cancel()
	if _, err := client.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping = %v", err)
	}
	began := time.Now()
	closed := make(chan error, 2)
	go func() { closed <- client.Close(4000, "is anybody there?") }()
	go func() { closed <- server.Close(4001, "hello?") }()
	for range 2 {
		if err := <-closed; byType(err) != "close-timeout" {
			t.Errorf("Close = %v", err)
		}
	}
	if took := time.Since(began); took < brief.CloseTimeout || took > eventually {
		t.Errorf("Close took %v, with a bound of %v", took, brief.CloseTimeout)
	}
	check(t, "client", n.events.one(t, client), "1006 close-timeout closing timeout")
	check(t, "server", n.events.one(t, server), "1006 close-timeout closing timeout")
	if err := ended(t, probing); byType(err) != "unreachable" || !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("when the kernel gives up: %v", err)
	}
	check(t, "probing client", n.events.one(t, probing), "1006 unreachable open timeout")
	itsServer.Abort()
	check(t, "its server", n.events.one(t, itsServer), "1006 aborted open local")
}

func TestANetworkThatResetsOneSide(t *testing.T) {
	n := newNetwork(t, brief)
	client, server := n.open(brief, net.KeepAliveConfig{})
	go receive(client)
	n.filter(n.server, "reject with tcp reset")
	client.Write(background, websocket.Text, []byte("this is answered with a reset"))
	if err := ended(t, client); byType(err) != "reset" {
		t.Errorf("by type it is %s: %v", byType(err), err)
	}
	check(t, "client", n.events.one(t, client), "1006 reset open reset")
	// What the client's host says to the server's Close frame is lost too.
	if err := server.Close(4000, "is anybody there?"); byType(err) != "close-timeout" {
		t.Errorf("Close = %v", err)
	}
	check(t, "server", n.events.one(t, server), "1006 close-timeout closing timeout")
}

func TestDialAcrossANetworkThatRefuses(t *testing.T) {
	n := newNetwork(t, brief)
	for _, test := range []struct {
		rule, address, want string
		errno               syscall.Errno
	}{
		{"accept", net.JoinHostPort(serverIP, "7"), "1006 refused dialing none", syscall.ECONNREFUSED},
		{"reject with tcp reset", net.JoinHostPort(serverIP, serverPort), "1006 refused dialing none", syscall.ECONNREFUSED},
		{"reject with icmp type host-unreachable", net.JoinHostPort(serverIP, serverPort), "1006 unreachable dialing none", syscall.EHOSTUNREACH},
		{"reject with icmp type net-unreachable", net.JoinHostPort(serverIP, serverPort), "1006 unreachable dialing none", syscall.ENETUNREACH},
		{"accept", "198.51.100.1:80", "1006 unreachable dialing none", syscall.ENETUNREACH},
		{"drop", net.JoinHostPort(serverIP, serverPort), "1006 open-timeout dialing none", 0},
	} {
		n.filter(n.server, test.rule)
		n.events = ledger{}
		_, err := n.dial("ws://"+test.address, brief, net.KeepAliveConfig{})
		ev := n.events.one(t, nil)
		check(t, test.rule, ev, test.want)
		if byType(err) != ev.Cause || test.errno != 0 && !errors.Is(err, test.errno) {
			t.Errorf("%s: by type it is %s: %v", test.rule, byType(err), err)
		}
	}
}

// Who waits for a network to come back loses nothing; who closes meanwhile is
// not kept.
func TestANetworkThatIsDownForAWhile(t *testing.T) {
	n := newNetwork(t, websocket.Limits{})
	patient, _ := n.open(websocket.Limits{}, net.KeepAliveConfig{})
	hasty, _ := n.open(brief, net.KeepAliveConfig{})
	n.command("ip", "-n", n.client, "link", "set", "cable", "down")
	if err := patient.Write(background, websocket.Text, []byte("later")); err != nil {
		t.Error(err)
	}
	hasty.Close(4000, "no time")
	check(t, "hasty", n.events.one(t, hasty), "1006 close-timeout closing timeout")
	n.command("ip", "-n", n.client, "link", "set", "cable", "up")
	if _, p, err := patient.Read(background); string(p) != "later" {
		t.Errorf("Read = %q, %v", p, err)
	}
	if err := patient.Close(4001, "thanks"); err != nil {
		t.Error(err)
	}
	check(t, "patient", n.events.one(t, patient), "4001  closing fin")
}
