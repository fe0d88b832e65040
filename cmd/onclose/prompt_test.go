package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
)

func TestTypedLinesAreTextsOrCommands(t *testing.T) {
	for _, test := range []struct {
		line, want, fault string
	}{
		{"hello", "text hello", ""},
		{"", "text ", ""},
		{" /close", "text  /close", ""},
		{"//", "text /", ""},
		{"//close", "text /close", ""},
		{"/close", "close", ""},
		{"/close ", "close", ""},
		{"/close 4001", "close 4001 ", ""},
		{"/close  4001  bye now ", "close 4001  bye now", ""},
		{"/close 1005", "", "1005 NoStatusRcvd must not be sent"},
		{"/close bye", "", `"bye" is not a status code`},
		{"/close 4000 " + strings.Repeat("x", 124), "", "124 bytes"},
		{"/ping", "ping", ""},
		{"/help", "help", ""},
		{"/binary a file", "binary a file", ""},
		{"/binary", "", "/binary needs the name of a file"},
		{"/bin x", "", "there is no command /bin; /help lists them"},
		{"/", "", "there is no command /;"},
	} {
		o, err := parseOrder([]byte(test.line))
		if test.fault != "" {
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%q: %v, want %q", test.line, err, test.fault)
			}
			continue
		}
		got := o.verb
		switch {
		case o.verb == "":
			got = "text " + string(o.text)
		case o.frame != nil:
			got += " " + o.frame.Code.String() + " " + o.frame.Reason
		case o.file != "":
			got += " " + o.file
		}
		if err != nil || got != test.want {
			t.Errorf("%q: %q, %v, want %q", test.line, got, err, test.want)
		}
	}
}

func TestLinesEndWithLFOrCRLF(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	r := bufio.NewReaderSize(strings.NewReader("a\nb\r\n\n\r\nc\rd\r\r\n"+long+"\nlast\r"), 16)
	for _, want := range []string{"a", "b", "", "", "c\rd\r", long, "last\r"} {
		if got, err := readLine(r, len(long)+1); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if _, err := readLine(r, len(long)+1); err != io.EOF {
		t.Errorf("%v, want io.EOF", err)
	}
}

func TestALineHasALimit(t *testing.T) {
	r := bufio.NewReaderSize(strings.NewReader("12345\n123456\n"), 16)
	if got, err := readLine(r, 6); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := readLine(r, 6); err == nil || err.Error() != "it is longer than 6 bytes" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBinaryFiles(t *testing.T) {
	directory := t.TempDir()
	good, huge := filepath.Join(directory, "good"), filepath.Join(directory, "huge")
	if err := os.WriteFile(good, []byte("\x00\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, maxLineBytes+1); err != nil {
		t.Fatal(err)
	}
	if data, err := readBinary(good); err != nil || string(data) != "\x00\xff" {
		t.Errorf("%q, %v", data, err)
	}
	for name, want := range map[string]string{huge: "longer than 64 MiB", directory: "no regular file", filepath.Join(directory, "none"): "none"} {
		if _, err := readBinary(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// screen is a terminal's output.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// typist is a session at a terminal, in a bubble.
type typist struct {
	t          *testing.T
	keys       *io.PipeWriter
	screen     *screen
	interrupts chan os.Signal
	cooked     int
	ended      chan exitStatus
}

// sit starts a session for somebody who types.
func sit(t *testing.T, args ...string) *typist {
	t.Helper()
	in, keys := io.Pipe()
	t.Cleanup(func() { keys.Close() })
	p := &typist{t: t, keys: keys, screen: &screen{}, interrupts: make(chan os.Signal, 2), ended: make(chan exitStatus, 1)}
	cmd := parseDial(t, args...)
	cmd.dialer = newDialSite(t).DialContext
	plan, err := cmd.plan()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := websocket.Dial(forever, string(cmd.URL), plan.options)
	if err != nil {
		t.Fatal(err)
	}
	typed := &prompt{typed: true}
	typed.edit(&keyboard{Reader: in, screen: p.screen, interrupts: p.interrupts}, func() { p.cooked++ })
	typed.out = typed.err
	s := newSession(conn, plan, typed, p.interrupts, cmd.JSON)
	go func() {
		s.run()
		typed.restore()
		p.ended <- s.conclude(&printer{out: p.screen, err: p.screen, json: cmd.JSON})
	}()
	synctest.Wait()
	return p
}

// types presses keys, and returns what appears.
func (p *typist) types(keys string) string {
	p.t.Helper()
	before := len(p.screen.String())
	io.WriteString(p.keys, keys)
	synctest.Wait()
	return p.screen.String()[before:]
}

// leaves waits for the end.
func (p *typist) leaves(status exitStatus, line string) {
	p.t.Helper()
	got := <-p.ended
	lines := strings.Split(strings.TrimSpace(p.screen.String()), "\n")
	if last := lines[len(lines)-1]; got != status || !strings.Contains(last, line) || p.cooked != 1 {
		p.t.Errorf("status %d, cooked %d times, last line %q; want %d, %q", got, p.cooked, last, status, line)
	}
}

func TestTypingAtATerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, []byte("\x1b[2J"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, "--protocol=chat", "ws://test/echo")
		if got := p.screen.String(); !strings.Contains(got, "open, subprotocol chat; lines are messages, /help lists the commands") {
			t.Errorf("greeting: %q", got)
		}
		for _, test := range []struct{ keys, want string }{
			{"hello\r", "< hello\r\n"},
			{"//close\r", "< /close\r\n"},
			{"/binary " + file + "\r", "< binary 4 bytes: 1b5b324a\r\n"},
			{"/binary /nowhere\r", "onclose: /binary: open /nowhere: "},
			{"/ping\r", "pong after 0s\r\n"},
			{"/help\r", "/binary FILE"},
			{"/close 1006\r", "onclose: 1006 AbnormalClosure must not be sent"},
			{"/nonsense\r", "onclose: there is no command /nonsense"},
			{"h\x7fcaf\xc3\xa9\r", "< caf\xc3\xa9\r\n"},
		} {
			if got := p.types(test.keys); !strings.Contains(got, test.want) {
				t.Errorf("%q: %q, want %q", test.keys, got, test.want)
			}
		}
		p.types("/close 4001 bye now\r")
		p.leaves(exitCode, `closed 4001 "bye now" clean, by local after 0s`)
	})
}

func TestLeavingATerminal(t *testing.T) {
	for _, test := range []struct {
		name, url, keys string
		status          exitStatus
		line            string
	}{
		{"Ctrl-C", "ws://test/echo", "half a line\x03", exitOK, "closed 1000 NormalClosure clean, by local"},
		{"Ctrl-D", "ws://test/echo", "\x04", exitOK, "closed 1000 NormalClosure clean, by local"},
		{"/close without a code takes --close", "ws://test/echo", "/close\r", exitCode, "closed 4444 clean, by local"},
		{"the peer closes", "ws://test/after/5s", "half a line", exitCode, `closed 4005 "five seconds" clean, by remote after 5s`},
		{"Ctrl-C, and the peer does not answer", "ws://test/silent", "\x03", exitNotClean, "close-timeout (closing, timeout), sent 1000 after 10s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := sit(t, "--close=4444", test.url)
				p.types(test.keys)
				p.leaves(test.status, test.line)
			})
		})
	}
}

func TestCtrlCAgainCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, "ws://test/silent")
		p.types("\x03")
		if p.cooked != 1 {
			t.Error("the terminal is still raw: the second Ctrl-C would be no signal")
		}
		time.Sleep(time.Second)
		p.interrupts <- os.Interrupt
		p.leaves(exitNotClean, "aborted (closing, local), sent 1000 after 1s")
	})
}

func TestAPingWithoutAPong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, "ws://test/silent")
		p.types("/ping\r")
		time.Sleep(pongWait)
		synctest.Wait()
		if got := p.screen.String(); !strings.Contains(got, "no pong within 10s") {
			t.Errorf("%q", got)
		}
		p.types("\x04")
		time.Sleep(time.Minute)
		p.leaves(exitNotClean, "close-timeout")
	})
}

func TestATypistWithJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, "--json", "ws://test/echo")
		if got := p.types("hello\r"); !strings.Contains(got, `{"type":"message","kind":"text","data":"hello"}`) {
			t.Errorf("%q", got)
		}
		p.types("\x04")
		p.leaves(exitOK, `{"type":"close","code":1000`)
	})
}
