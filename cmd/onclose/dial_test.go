package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/kong"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// parseDial reads a command line of onclose dial.
func parseDial(t *testing.T, args ...string) *dialCmd {
	t.Helper()
	var cmd dialCmd
	parser, err := kong.New(&cmd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &cmd
}

// dialSite is a server in memory, with a page for every way to end.
type dialSite struct{ *wstest.Listener }

// newDialSite starts the server. It ends with the test.
func newDialSite(t *testing.T) *dialSite {
	site := &dialSite{wstest.NewListener()}
	server := &http.Server{Handler: dialPages(), ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(site)
	t.Cleanup(func() { server.Close() })
	return site
}

// dial runs onclose dial to the end.
func (s *dialSite) dial(t *testing.T, in io.Reader, args ...string) outcome {
	t.Helper()
	return s.start(t, in, make(chan os.Signal, 2), args...)()
}

// start runs onclose dial; the function returned waits for its end.
func (s *dialSite) start(t *testing.T, in io.Reader, interrupts chan os.Signal, args ...string) func() outcome {
	t.Helper()
	cmd := parseDial(t, args...)
	cmd.dialer = s.DialContext
	ended := make(chan outcome, 1)
	go func() {
		var out, err bytes.Buffer
		s := &streams{in, &out, &err}
		status := statusOf(cmd.run(s, interrupts), s)
		ended <- outcome{status, out.String(), err.String()}
	}()
	return func() outcome { return <-ended }
}

var forever = context.Background()

// dialPages are the pages of dialSite.
func dialPages() http.Handler {
	pages := http.NewServeMux()
	open := func(path string, serve func(*websocket.Conn)) {
		pages.Handle(path, websocket.Handler(serve, &websocket.AcceptOptions{Subprotocols: []string{"chat"}}))
	}
	write := func(c *websocket.Conn, texts ...string) {
		for _, text := range texts {
			_ = c.Write(forever, websocket.Text, []byte(text))
		}
	}
	open("/echo", func(c *websocket.Conn) {
		for m, err := range c.Messages(forever) {
			if err != nil || c.Write(forever, m.Type, m.Data) != nil {
				return
			}
		}
	})
	for code, reason := range map[websocket.StatusCode]string{1000: "", 1001: "shutdown", 1011: "a bug", 4001: "bye", 4002: "a\x1b[2J\u202e\u009b31m\n\xc3\xa9"} {
		open(fmt.Sprintf("/close/%d", code), func(c *websocket.Conn) { c.Close(code, reason) })
	}
	open("/empty", func(c *websocket.Conn) { c.CloseEmpty() })
	open("/sink", func(c *websocket.Conn) {
		for range c.Messages(forever) {
		}
	})
	open("/three", func(c *websocket.Conn) {
		write(c, "one", "two", "three")
		<-c.Done()
	})
	open("/three-and-close", func(c *websocket.Conn) {
		write(c, "one", "two", "three")
		c.Close(4000, "that was all")
	})
	open("/evil", func(c *websocket.Conn) {
		write(c, "\x1b]0;owned\x07\x1b[2J", "two\r\nlines\tand \u202etfel\u2066", "\x7f\u009b31m\u2028", "")
		_ = c.Write(forever, websocket.Binary, []byte("\x1b[2J\xff"))
		_ = c.Write(forever, websocket.Binary, nil)
		_ = c.Write(forever, websocket.Binary, bytes.Repeat([]byte{0xab}, maxHexBytes+1))
		<-c.Done()
	})
	open("/slowly", func(c *websocket.Conn) { // every 900 ms, three times, and once more 2 s later
		for _, wait := range []time.Duration{900, 900, 900, 2000} {
			pause(c, wait*time.Millisecond)
			write(c, (wait * time.Millisecond).String())
		}
		<-c.Done()
	})
	open("/piecemeal", func(c *websocket.Conn) { // one message in six pieces, 900 ms apart
		w, _ := c.NextWriter(forever, websocket.Text)
		for range 6 {
			pause(c, 900*time.Millisecond)
			io.WriteString(w, "piece ")
		}
		w.Close()
		<-c.Done()
	})
	open("/after/5s", func(c *websocket.Conn) {
		pause(c, 5*time.Second)
		c.Close(4005, "five seconds")
	})
	pages.HandleFunc("/drop", func(w http.ResponseWriter, r *http.Request) { upgradeRaw(w, r).Close() })
	pages.HandleFunc("/masked", func(w http.ResponseWriter, r *http.Request) {
		conn := upgradeRaw(w, r)
		conn.Write([]byte{0x81, 0x80, 0, 0, 0, 0})
		io.Copy(io.Discard, conn)
		conn.Close()
	})
	pages.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {
		conn := upgradeRaw(w, r)
		io.Copy(io.Discard, conn)
		conn.Close()
	})
	pages.HandleFunc("/never", func(w http.ResponseWriter, r *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		io.Copy(io.Discard, conn)
		conn.Close()
	})
	pages.HandleFunc("/forbidden", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, "no \x1b[31mentry\u202e\nfor you\r\n\n"+strings.Repeat("line\n", 20))
	})
	pages.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo", http.StatusFound)
	})
	pages.HandleFunc("/bad-accept", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Sec-Websocket-Accept", "bm90IHRoZSByaWdodCBhbnN3ZXI=")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})
	return pages
}

// pause waits, unless the connection ends.
func pause(c *websocket.Conn, wait time.Duration) {
	select {
	case <-c.Done():
	case <-time.After(wait):
	}
}

// upgradeRaw accepts a WebSocket, and leaves the bytes behind the 101 to its
// caller.
func upgradeRaw(w http.ResponseWriter, r *http.Request) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		handshake.Accept(r.Header.Get("Sec-WebSocket-Key")))
	return conn
}

func TestDial(t *testing.T) {
	for _, test := range []struct {
		name, in string
		args     []string
		status   exitStatus
	}{
		{"nothing-to-do", "", []string{"/echo"}, exitOK},
		{"lines-are-messages", "one\ntwo\r\n\n/close 4001\nlast", []string{"/echo"}, exitOK},
		{"send-before-input", "three\n", []string{"--send=one", "--send=two, two", "--expect=3", "/echo"}, exitOK},
		{"close-frame", "", []string{"--close=4001:bye: now", "/echo"}, exitCode},
		{"subprotocol", "", []string{"--json", "--protocol=other,chat", "/echo"}, exitOK},
		{"expect-met-before-input-ends", "", []string{"--expect=3", "/three"}, exitOK},
		{"expect-nothing", "one\n", []string{"--expect=0", "/sink"}, exitOK},
		{"expect-unmet-1000", "", []string{"--expect=1", "/close/1000"}, exitOther},
		{"expect-unmet-4001", "", []string{"--expect=4", "/three-and-close"}, exitOther},
		{"expect-unmet-not-clean", "", []string{"--expect=1", "/drop"}, exitNotClean},
		{"more-than-expected", "", []string{"--expect=1", "/three"}, exitOK},
		{"close-1000", "", []string{"/close/1000"}, exitOK},
		{"close-1001", "", []string{"/close/1001"}, exitOK},
		{"close-1005", "", []string{"/empty"}, exitOK},
		{"close-1011", "", []string{"/close/1011"}, exitCode},
		{"close-4001", "", []string{"/close/4001"}, exitCode},
		{"close-4001-json", "", []string{"--json", "/close/4001"}, exitCode},
		{"messages-then-close-json", "", []string{"--json", "/three-and-close"}, exitCode},
		{"hostile-reason", "", []string{"/close/4002"}, exitCode},
		{"hostile-reason-json", "", []string{"--json", "/close/4002"}, exitCode},
		{"hostile-messages", "", []string{"/evil"}, exitOK},
		{"hostile-messages-json", "", []string{"--json", "/evil"}, exitOK},
		{"dropped", "", []string{"/drop"}, exitNotClean},
		{"dropped-json", "", []string{"--json", "/drop"}, exitNotClean},
		{"protocol-error", "", []string{"/masked"}, exitNotClean},
		{"close-unanswered", "", []string{"/silent"}, exitNotClean},
		{"message-too-big", "hello\n", []string{"--max-message=4", "/echo"}, exitNotClean},
		{"timeout", "", []string{"--timeout=3s", "--wait=5s", "/echo"}, exitOther},
		{"timeout-json", "", []string{"--timeout=3s", "--expect=1", "--close=4003:late", "--json", "/echo"}, exitOther},
		{"timeout-and-no-answer", "", []string{"--timeout=3s", "--expect=1", "/silent"}, exitOther},
		{"timeout-while-closing", "", []string{"--timeout=3s", "/silent"}, exitOther},
		{"timeout-before-it-opened", "", []string{"--timeout=3s", "/never"}, exitNeverOpened},
		{"timeout-before-it-opened-json", "", []string{"--timeout=3s", "--json", "/never"}, exitNeverOpened},
		{"never-answered", "", []string{"/never"}, exitNeverOpened},
		{"forbidden", "", []string{"/forbidden"}, exitNeverOpened},
		{"forbidden-json", "", []string{"--json", "/forbidden"}, exitNeverOpened},
		{"not-found", "", []string{"/nowhere"}, exitNeverOpened},
		{"not-found-json", "", []string{"--json", "/nowhere"}, exitNeverOpened},
		{"redirect", "", []string{"/redirect"}, exitNeverOpened},
		{"bad-accept", "", []string{"/bad-accept"}, exitNeverOpened},
		{"bad-accept-json", "", []string{"--json", "/bad-accept"}, exitNeverOpened},
		{"no-subprotocol", "", []string{"--protocol=soap", "/echo"}, exitNeverOpened},
		{"origin-refused", "", []string{"--origin=https://evil.example", "/echo"}, exitNeverOpened},
		{"input-is-not-utf8", "good\nb\xffd\nnever sent\n", []string{"/echo"}, exitOther},
		{"input-is-not-utf8-json", "\xff", []string{"--json", "--close=4002:sorry", "/echo"}, exitOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				last := len(test.args) - 1
				args := append(test.args[:last:last], "ws://test"+test.args[last])
				got := newDialSite(t).dial(t, strings.NewReader(test.in), args...)
				checkGolden(t, "dial/"+test.name, got.String())
				if got.status != test.status {
					t.Errorf("exit status %d, want %d", got.status, test.status)
				}
				checkHarmless(t, got.out)
				checkHarmless(t, got.err)
				checkLastLine(t, got, slices.Contains(test.args, "--json"))
			})
		})
	}
}

// checkLastLine checks that the last line is the CloseEvent, in the right
// place.
func checkLastLine(t *testing.T, o outcome, inJSON bool) {
	t.Helper()
	lastOf := func(text string) string {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		return lines[len(lines)-1]
	}
	if !inJSON {
		if !strings.HasPrefix(lastOf(o.err), "closed ") || strings.Contains(o.out, "closed ") {
			t.Errorf("the last line is not the CloseEvent: %v", o)
		}
		return
	}
	var ev websocket.CloseEvent
	if err := json.Unmarshal([]byte(lastOf(o.out)), &ev); err != nil || ev.Code == 0 || ev.ClosedAt.IsZero() {
		t.Errorf("the last line is not the CloseEvent: %v, %v", err, o)
	}
	for line := range strings.Lines(o.out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %q", line)
		}
	}
}

func TestUnusableArgumentsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	directory := t.TempDir()
	noPEM := filepath.Join(directory, "empty.pem")
	if err := os.WriteFile(noPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			t.Error("a connection was opened")
			conn.Close()
		}
	}()
	url := "ws://" + listener.Addr().String() + "/"
	for _, test := range []struct {
		arg, want string
	}{
		{"--close=1006", "1006 AbnormalClosure must not be sent: a result"},
		{"--close=1005", "1005 NoStatusRcvd must not be sent: a result"},
		{"--close=1015", "1015 TLSHandshake must not be sent: a result"},
		{"--close=1004", "1004 must not be sent: reserved"},
		{"--close=999", "999 must not be sent: unused"},
		{"--close=2000", "2000 must not be sent: unassigned"},
		{"--close=5000", "5000 must not be sent: above every range"},
		{"--close=65536", `"65536" is not a status code`},
		{"--close=-1", `"-1" is not a status code`},
		{"--close=bye", `"bye" is not a status code`},
		{"--close=", `"" is not a status code`},
		{"--close=:bye", `"" is not a status code`},
		{"--close=4000:" + strings.Repeat("x", 124), "the reason has 124 bytes, and a Close frame holds 123 at most"},
		{"--close=4000:a\xff", "the reason is not UTF-8 at byte 1"},
		{"--send=ab\xff", "--send 1: the text is not UTF-8 at byte 2"},
		{"--wait=-1s", "--wait -1s: a wait cannot be negative"},
		{"--wait=soon", "--wait"},
		{"--timeout=-1s", "--timeout -1s: a time cannot be negative"},
		{"--expect=-1", "--expect -1: a number of messages cannot be negative"},
		{"--expect=many", "--expect"},
		{"--max-message=0", "--max-message 0: it must be at least 1"},
		{"--ping-interval=-1s", "--ping-interval -1s: a time cannot be negative"},
		{"--pong-timeout=-1s", "--pong-timeout -1s: a time cannot be negative"},
		{"--max-message=-1", "--max-message -1: it must be at least 1"},
		{"--header=nonsense", `--header "nonsense": it is not of the form 'NAME: VALUE'`},
		{"--header=: x", `--header ": x": it is not of the form`},
		{"--cacert=" + filepath.Join(directory, "absent"), "--cacert: open "},
		{"--cacert=" + noPEM, "--cacert: there is no PEM certificate in "},
		{"--nonsense", "unknown flag --nonsense"},
		{"another", "unexpected argument"},
	} {
		for _, inJSON := range []bool{false, true} {
			var out, err bytes.Buffer
			status := run([]string{"dial", fmt.Sprintf("--json=%v", inJSON), test.arg, url}, &streams{strings.NewReader("x"), &out, &err})
			got := outcome{status, out.String(), err.String()}
			if status != exitUsage || got.out != "" || strings.Count(got.err, "\n") != 1 ||
				!strings.HasPrefix(got.err, "onclose: ") || !strings.Contains(got.err, test.want) {
				t.Errorf("%q: %v", test.arg, got)
			}
			checkHarmless(t, got.err)
		}
	}
}

func TestWhatDialItselfRefusesIsUsageAndHasACloseEvent(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"http+ws://x/"}, "the URL's scheme is \"http+ws\", not ws or wss\n"},
		{[]string{"localhost:8080/echo"}, "the URL's scheme is \"localhost\", not ws or wss; did you mean ws://...?\n"},
		{[]string{"echo"}, "did you mean ws://...?\n"},
		{[]string{""}, "the URL's scheme is \"\""},
		{[]string{"ws:///echo"}, "the URL has no host\n"},
		{[]string{"ws://user:secret@host:port/"}, "the URL cannot be parsed"},
		{[]string{"ws://host/#top"}, "fragment"},
		{[]string{"ws://host/a\x1b[2J"}, "the URL cannot be parsed"},
		{[]string{"--protocol=a b", "ws://host/"}, "is not a token"},
		{[]string{"--protocol=chat", "--protocol=chat", "ws://host/"}, "chat"},
		{[]string{"--header=Upgrade: h2c", "ws://host/"}, "Upgrade"},
		{[]string{"--header=na me: x", "ws://host/"}, "must be a token"},
		{[]string{"--header=Name: a\nb", "ws://host/"}, "control character"},
		{[]string{"--origin=https://a\r\nX: y", "ws://host/"}, "control character"},
	} {
		for _, inJSON := range []bool{false, true} {
			cmd := parseDial(t, append([]string{fmt.Sprintf("--json=%v", inJSON), "--"}, "ws://replaced/")...)
			*cmd = *parseDial(t, test.args...)
			cmd.JSON = inJSON
			cmd.dialer = func(context.Context, string, string) (net.Conn, error) {
				t.Errorf("%q: it connected", test.args)
				return nil, errors.New("no")
			}
			var out, err bytes.Buffer
			s := &streams{strings.NewReader("x"), &out, &err}
			got := outcome{statusOf(cmd.run(s, make(chan os.Signal, 2)), s), out.String(), err.String()}
			if got.status != exitUsage || !strings.HasPrefix(got.err, "onclose: ") || !strings.Contains(got.err, test.want) || strings.Contains(got.err, "secret") {
				t.Errorf("%q: %v", test.args, got)
			}
			checkLastLine(t, got, inJSON)
			checkHarmless(t, got.out)
			checkHarmless(t, got.err)
		}
	}
}

func TestDialSendsTheHeaderFieldsAskedFor(t *testing.T) {
	seen := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		http.Error(w, "thanks", http.StatusTeapot)
	}))
	defer server.Close()
	var out, err bytes.Buffer
	status := run([]string{"dial", "-H", "X-Test: a, b", "--header=x-test:c", "--header=Host: example.com:81", "--header=Empty:",
		"--origin=https://page.example", "--protocol=one,two", "ws://user:secret@" + server.Listener.Addr().String() + "/path?q=1"},
		&streams{strings.NewReader(""), &out, &err})
	r := <-seen
	if user, password, _ := r.BasicAuth(); status != exitNeverOpened || user != "user" || password != "secret" ||
		r.Host != "example.com:81" || r.URL.String() != "/path?q=1" || r.Header.Get("Origin") != "https://page.example" ||
		strings.Join(r.Header["X-Test"], "|") != "a, b|c" || r.Header["Empty"] == nil || r.Header.Get("Sec-Websocket-Protocol") != "one, two" {
		t.Errorf("%d, %v", status, r)
	}
	if strings.Contains(err.String(), "secret") || !strings.Contains(err.String(), "  | thanks\n") {
		t.Errorf("%s", err.String())
	}
}

func TestDialOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(dialPages())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(dialPages())
	defer plain.Close()
	url := "wss://" + server.Listener.Addr().String() + "/close/4001"
	for _, test := range []struct {
		args   []string
		status exitStatus
		want   string
	}{
		{[]string{url}, exitNeverOpened, "(--cacert FILE trusts other authorities, --insecure any certificate)"},
		{[]string{"--cacert", authority, url}, exitCode, `closed 4001 "bye" clean`},
		{[]string{"--insecure", url}, exitCode, `closed 4001 "bye" clean`},
		{[]string{"wss://" + plain.Listener.Addr().String() + "/echo"}, exitNeverOpened, "ws:// instead of wss://?"},
	} {
		for _, inJSON := range []bool{false, true} {
			var out, err bytes.Buffer
			args := append([]string{"dial", fmt.Sprintf("--json=%v", inJSON)}, test.args...)
			got := outcome{run(args, &streams{strings.NewReader(""), &out, &err}), out.String(), err.String()}
			if got.status != test.status || !inJSON && !strings.Contains(got.err, test.want) {
				t.Errorf("%q: %v", test.args, got)
			}
			if inJSON && test.status == exitNeverOpened && (!strings.Contains(got.out, `"phase":"tls","cause":"tls"`) || !strings.Contains(got.out, `"openedAt":null`)) {
				t.Errorf("%q: %v", test.args, got)
			}
			checkLastLine(t, got, inJSON)
		}
	}
	var err bytes.Buffer
	if status := run([]string{"dial", "--insecure", "--cacert", authority, url}, &streams{strings.NewReader(""), io.Discard, &err}); status != exitUsage {
		t.Errorf("--insecure with --cacert: %d, %s", status, err.String())
	}
}

func TestDialIsRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, inJSON := range []bool{false, true} {
		var out, err bytes.Buffer
		args := []string{"dial", fmt.Sprintf("--json=%v", inJSON), "ws://" + listener.Addr().String() + "/"}
		got := outcome{run(args, &streams{strings.NewReader(""), &out, &err}), out.String(), err.String()}
		if got.status != exitNeverOpened || !strings.HasPrefix(got.err, "onclose: "+args[2]+": ") {
			t.Errorf("%v", got)
		}
		if inJSON && !strings.Contains(got.out, `"phase":"dialing","cause":"refused"`) {
			t.Errorf("%v", got)
		}
		checkLastLine(t, got, inJSON)
	}
}

func TestAReasonMayHave123Bytes(t *testing.T) {
	// 125 bytes of a control frame less two for the code: RFC 6455, section 5.5.1.
	reason := strings.Repeat("x", maxReasonBytes)
	if frame, err := parseCloseFrame("4999", reason); err != nil || frame.Code != 4999 || frame.Reason != reason {
		t.Errorf("%v, %v", frame, err)
	}
	for code := range 1 << 16 {
		_, err := parseCloseFrame(fmt.Sprint(code), "")
		if want := wire.StatusCode(code).OnWire(); (err == nil) != want {
			t.Errorf("%d: %v, may be sent: %v", code, err, want)
		}
	}
}
