package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// listen runs a server in this process.
func listen(t *testing.T, serve func(net.Listener, setting) error, s setting) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if s.TLS {
		certificate, err := selfSigned()
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	t.Cleanup(func() { l.Close() })
	go serve(l, s)
	return address
}

// answering runs a server where it can: in this process, or in one of its own.
func answering(t *testing.T, s *server, with setting) string {
	t.Helper()
	if s.program == nil {
		return listen(t, s.serve, with)
	}
	p, err := start(s.name, with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p.address
}

// Every server echoes all kinds of messages with every setting that it has, and
// closes in order.
func TestEveryServerDoesTheWork(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			if err := s.missing(); err != nil {
				t.Skip(err)
			}
			if raceEnabled && s.name == "nbio" {
				t.Skip("nbio 1.6.3 has a race of its own while it starts, which the detector finds now and then")
			}
			for _, with := range []setting{{}, {TLS: true}, {Compress: true}, {Compress: true, Takeover: true}} {
				if !s.has(with) {
					continue
				}
				address := answering(t, s, with)
				for _, w := range []echo{
					{content: binaryContent, size: 16}, {content: asciiContent, size: 125},
					{content: jsonContent, size: 1 << 10}, {content: mixedContent, size: 70 << 10},
				} {
					w.setting = with
					if err := w.check(address); err != nil {
						t.Errorf("%+v: %v", w, err)
					}
				}
				if err := (cycle{setting: with}).check(address); err != nil {
					t.Errorf("%+v, the client closes: %v", with, err)
				}
			}
			bye := setting{Bye: true}
			if err := (cycle{setting: bye}).check(answering(t, s, bye)); err != nil {
				t.Errorf("the server closes: %v", err)
			}
			all := toAll{128, 8}
			if err := all.check(answering(t, s, all.with())); err != nil {
				t.Errorf("broadcast: %v", err)
			}
		})
	}
}

// Every client sends messages and gets their echoes. A wrong one would be noticed.
func TestEveryClientDoesTheWork(t *testing.T) {
	address := listen(t, serveRaw, setting{})
	for _, s := range servers {
		if s.call == nil {
			continue
		}
		message := binaryContent.messages(16 << 10)[0]
		c, err := s.call(address, message)
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		n, err := c.run(func() bool { asked++; return asked > 3 })
		if n < 3 || err != nil {
			t.Errorf("%s: %d echoes, %v", s.name, n, err)
		}
	}
	if err := expect([]byte("onclosf"), []byte("onclose")); err == nil {
		t.Error("a wrong echo is taken for the message")
	}
}

// A server that gives back anything but the message is caught.
func TestAWrongEchoIsCaught(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"fox", "box", "16384 bytes came back that are not"},
		{"\x81\x7e\x40\x00", "\x82\x7e\x40\x00", "the message begins with 0x82"},
		{"\x81\x7e\x40\x00", "\x01\x7e\x40\x00", "EOF"},
		{"\x81\x7e\x40\x00", "\x81\x7e\x3f\xff", "16383 bytes came back"},
	} {
		address := listen(t, func(l net.Listener, _ setting) error {
			for {
				conn, err := l.Accept()
				if err != nil {
					return err
				}
				go func() {
					defer conn.Close()
					inner, outer := net.Pipe()
					go echoRaw(inner, false)
					answerRaw(conn)
					go func() {
						io.Copy(outer, conn)
						outer.Close()
					}()
					echo := make([]byte, 4+16<<10)
					io.ReadFull(outer, echo)
					io.WriteString(conn, strings.Replace(string(echo), test.from, test.to, 1))
				}()
			}
		}, setting{})
		err := echo{content: asciiContent, size: 16 << 10}.check(address)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q for %q: %v", test.to, test.from, err)
		}
	}
}

func TestFigures(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Error(got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Error(got)
	}
	if from, to := spread([]float64{9, 1, 2, 3, 4, 5, 6, 7, 8}); from != 3 || to != 7 {
		t.Error(from, to)
	}
	a, b := series{{CPU: 2}, {CPU: 6}, {CPU: 3}}, series{{CPU: 1}, {CPU: 2}, {CPU: 3}}
	if got := median(a.ratios(b, cpu)); got != 2 {
		t.Error(got)
	}
	if got := a.middle(cpu); got.CPU != 3 {
		t.Error(got)
	}
	var l latency
	for i := range 1000 {
		l.add(time.Duration(i) * time.Microsecond)
	}
	for share, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.999: 999 * time.Microsecond} {
		if got := join([]*latency{&l}).quantile(share); (got - want).Abs() > want/8 {
			t.Errorf("quantile %v = %v, want about %v", share, got, want)
		}
	}
}

// One small run through everything: processes, rounds and the table.
func TestCompare(t *testing.T) {
	c := compareCommand{Servers: []string{"onclose"}, Rounds: 2, Time: 20 * time.Millisecond}
	for _, one := range []struct {
		table string
		work  work
		want  string
	}{
		{"echo", echo{binaryContent, 125, 2, 16, setting{}}, "125 B c2 p16"},
		{"deflate", echo{jsonContent, 128, 2, 1, setting{Compress: true}}, "deflate"},
		{"cycle", cycle{"the server closes", 2, setting{Bye: true}}, "the server closes"},
		{"broadcast", toAll{128, 10}, "128 B to 10"},
		{"idle", idle{10, 2, setting{Compress: true, Takeover: true}}, "10 idle connections"},
	} {
		var t0 table
		for _, t0 = range tables {
			if t0.name == one.table {
				break
			}
		}
		results, err := c.rounds(t0, one.work)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		report := page{out: &out}
		report.head(t0)
		report.rows(t0.rows(one.work, results))
		path := filepath.Join(t.TempDir(), "page.md")
		if err := report.write(path, &c); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# Performance", "| processor |", "\n## " + one.table, "| onclose |", "|---|--:|"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the page has no %q:\n%s", want, text)
			}
		}
		if !strings.Contains(out.String(), one.want) || !strings.Contains(out.String(), "onclose") || strings.Contains(out.String(), "NaN") {
			t.Error(out.String())
		}
	}
}

// A gate passes at its limit, falls short above it, and does neither when what it
// needs is not installed.
func TestVerdicts(t *testing.T) {
	g := gate{2, subject{"onclose", echo{binaryContent, 125, 64, 16, setting{}}}, nil, tailFigure, 5}
	for _, test := range []struct {
		v      verdict
		passes bool
		want   string
	}{
		{verdict{g, []float64{4, 5, 9}, nil}, true, "2 onclose, 125 B c64 p16: ms p99.9 5.00 <= 5.00 (4.00 - 9.00) pass"},
		{verdict{g, []float64{5.01}, nil}, false, "2 onclose, 125 B c64 p16: ms p99.9 5.01 <= 5.00 (5.01 - 5.01) falls short"},
		{verdict{g, nil, errors.New("no bun")}, true, "2 onclose, 125 B c64 p16: ms p99.9 not measured: no bun"},
	} {
		var out strings.Builder
		test.v.print(&out)
		if got := strings.Join(strings.Fields(out.String()), " "); test.v.passes() != test.passes || got != test.want {
			t.Errorf("passes: %v; got %s, want %s", test.v.passes(), got, test.want)
		}
	}
}

// A gate's figure is that of its subject, or its ratio to another's, round by round.
func TestJudge(t *testing.T) {
	c := gatesCommand{Rounds: 3, Time: 20 * time.Millisecond}
	w := echo{binaryContent, 125, 2, 1, setting{}}
	for _, to := range []*subject{nil, {"raw", w}} {
		v, err := c.judge(gate{1, subject{"raw", w}, to, cpuFigure, 100})
		if err != nil {
			t.Fatal(err)
		}
		if m := median(v.values); len(v.values) != 3 || m <= 0 || to != nil && (m < 0.2 || m > 5) {
			t.Errorf("raw to %v: %v", to, v.values)
		}
	}
}

// Each goal of the library has a gate, and every gate a name of its own.
func TestGates(t *testing.T) {
	seen, goals := map[string]bool{}, map[int]bool{}
	for _, g := range gates() {
		if find(g.subject.server) == nil || g.to != nil && find(g.to.server) == nil || seen[g.String()] {
			t.Errorf("%v", g)
		}
		seen[g.String()], goals[g.goal] = true, true
	}
	if len(goals) != 8 {
		t.Errorf("%d goals have gates, want 8", len(goals))
	}
}

// TestMain lets this test's executable be a server too: see start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
		return
	}
	if runtime.GOOS != "linux" {
		fmt.Println("skipped: servers are measured on Linux only")
		return
	}
	os.Exit(m.Run())
}

// The cost of the keepalive is measured with a Ping for each connection and
// interval.
func TestKeepaliveCommand(t *testing.T) {
	c := keepaliveCommand{Server: "onclose", Conns: 10, Interval: 200 * time.Millisecond, Time: time.Second}
	with, err := c.measure(c.Interval)
	if err != nil {
		t.Fatal(err)
	}
	// A sixth earlier at most, and later when the machine is busy.
	if most := float64(c.Conns) * 6 * 7 / 6; with.pings == 0 || with.pings > most || with.bytes <= 0 || with.share <= 0 {
		t.Errorf("%+v, want at most %v Pings", with, most)
	}
}
