package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
	"github.com/onclose/websocket/wstest"
)

// inBubble runs a test with a site in memory, in which time is not real. When
// the test returns nothing of the site may be left.
func inBubble(t *testing.T, test func(t *testing.T, s *served, site *site, leave context.CancelCauseFunc)) {
	synctest.Test(t, func(t *testing.T) {
		leaving, leave := context.WithCancelCause(context.Background())
		defer leave(nil)
		site := newSite(leaving, &serveCmd{MaxMessage: 1 << 20}, place{hosts: []string{"test"}}, log.New(io.Discard, "", 0))
		pipes := wstest.NewListener()
		server := newServer(site, site.log)
		s := &served{t: t, http: "http://test", ws: "ws://test", connect: pipes.DialContext, events: newLedger()}
		s.client = &http.Client{Transport: &http.Transport{DialContext: s.connect, DisableKeepAlives: true}}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(pipes) })
		s.follow()

		test(t, s, site, leave)
		site.console.Close()
		s.feed.Wait()
		_ = server.Close()
		serving.Wait()
		if doubled := s.events.doubled(); doubled != nil {
			t.Errorf("more than one CloseEvent for %q", doubled)
		}
	})
}

func TestEchoSendsEveryMessageBack(t *testing.T) {
	s := startServe(t)
	c := s.dial("/echo", "echo", nil)
	for _, m := range []websocket.Message{
		{Type: websocket.Text, Data: []byte("à bientôt")},
		{Type: websocket.Binary, Data: []byte{0, 0xFF}},
		{Type: websocket.Text, Data: []byte{}},
		{Type: websocket.Binary, Data: bytes.Repeat([]byte("x"), 1<<20)},
	} {
		if err := c.Write(t.Context(), m.Type, m.Data); err != nil {
			t.Fatal(err)
		}
		typ, data, err := c.Read(t.Context())
		if err != nil || typ != m.Type || !bytes.Equal(data, m.Data) {
			t.Fatalf("got %v of %d bytes, %v; want %v of %d", typ, len(data), err, m.Type, len(m.Data))
		}
	}
	if err := c.Close(4001, "bye"); err != nil {
		t.Error(err)
	}
	compare(t, "client", eventOf(c), account{4001, "bye", true, "local", "", "", "fin"})
	compare(t, "server", s.events.await(t, "echo"), account{4001, "bye", true, "remote", "", "", "fin"})
	s.said.await(t, `onclose: "/echo?id=echo" closed 4001 "bye" clean, by remote after `)
}

// TestCloseWithEveryCode is the contract of /close: every code that may be on
// the wire arrives, with its reason, and clean.
func TestCloseWithEveryCode(t *testing.T) {
	s := startServe(t)
	reasons := []string{"", "bye", "à bientôt ✓", "\x00\r\n\x1b[31m", strings.Repeat("r", 123), strings.Repeat("€", 41)}
	var sending sync.WaitGroup
	free := make(chan bool, 4)
	count := 0
	for n := range 1 << 16 {
		code := websocket.StatusCode(n)
		if !code.OnWire() || testing.Short() && n > 3010 && n%331 != 0 && n != 3999 && n != 4000 && n != 4999 {
			continue
		}
		count++
		free <- true
		sending.Go(func() {
			defer func() { <-free }()
			id, reason := strconv.Itoa(n), reasons[n%len(reasons)]
			query := url.Values{"code": {id}, "reason": {reason}}
			c := s.dial("/close?"+query.Encode(), id, nil)
			client, server := eventOf(c), s.events.await(t, id)
			// On a busy machine an end may wait too long for the other's FIN.
			client.Transport, server.Transport = "", ""
			compare(t, id+" in the client", client, account{code, reason, true, "remote", "", "", ""})
			compare(t, id+" in the server", server, account{code, reason, true, "local", "", "", ""})
		})
	}
	sending.Wait()
	if !testing.Short() && count != 4+8+2000 {
		t.Errorf("%d codes, want 2012", count)
	}
}

func TestCloseWithoutACodeIsEmpty(t *testing.T) {
	s := startServe(t)
	for _, path := range []string{"/close", "/close?how=close&after=0s&reason="} {
		c := s.dial(path, path, nil)
		compare(t, path+" in the client", eventOf(c), account{1005, "", true, "remote", "", "", "fin"})
		ev := s.events.await(t, path)
		compare(t, path+" in the server", ev, account{1005, "", true, "local", "", "", "fin"})
	}
}

func TestCloseAfterAWhile(t *testing.T) {
	inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
		opened := time.Now()
		c := s.dial("/close?after=5m&code=4001&reason=bye", "while", nil)
		for range 10 { // more than is read ahead: somebody must read it
			if err := c.Write(t.Context(), websocket.Binary, make([]byte, 64<<10)); err != nil {
				t.Fatal(err)
			}
		}
		compare(t, "client", eventOf(c), account{4001, "bye", true, "remote", "", "", "fin"})
		if took := time.Since(opened); took != 5*time.Minute {
			t.Errorf("closed after %v", took)
		}
		compare(t, "server", s.events.await(t, "while"), account{4001, "bye", true, "local", "", "", "fin"})
	})
}

func TestCloseOfAClientThatIsFaster(t *testing.T) {
	inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
		c := s.dial("/close?after=5m&code=4001", "faster", nil)
		if err := c.Close(4002, "first"); err != nil {
			t.Error(err)
		}
		compare(t, "server", s.events.await(t, "faster"), account{4002, "first", true, "remote", "", "", "fin"})
	})
}

func TestCloseRefusesWhatCannotBe(t *testing.T) {
	s := startServe(t)
	tests := []struct {
		query string
		says  []string
	}{
		{"code=", []string{"code is empty"}},
		{"code=bye", []string{`code is "bye"`, "not a decimal number"}},
		{"code=%2B1000", []string{`code is "+1000"`, "not a decimal number"}},
		{"code=1000%20", []string{`code is "1000 "`}},
		{"code=-1000", []string{`code is "-1000"`}},
		{"code=01000", []string{`code is "01000"`}},
		{"code=0x3e8", []string{`code is "0x3e8"`}},
		{"code=1_000", []string{`code is "1_000"`}},
		{"code=1000.0", []string{`code is "1000.0"`}},
		{"code=%D9%A1%D9%A0%D9%A0%D9%A0", []string{`code is "\u0661\u0660\u0660\u0660"`}},
		{"code=65536", []string{`code is "65536"`, "65535"}},
		{"code=99999999999999999999", []string{`code is "99999999999999999999"`, "65535"}},
		{"code=1000&code=1000", []string{"code occurs more than once"}},
		{"code=999", []string{"code is 999", "RFC 6455, section 7.4.2", "below 1000"}},
		{"code=1004", []string{"code is 1004", "RFC 6455, section 7.4.1", "Reserved"}},
		{"code=1005", []string{"code is 1005 NoStatusRcvd", "no status code"}},
		{"code=1006", []string{"code is 1006 AbnormalClosure", "before a Close frame"}},
		{"code=1015", []string{"code is 1015 TLSHandshake", "TLS handshake failed"}},
		{"code=1016", []string{"code is 1016", "None is assigned"}},
		{"code=5000", []string{"code is 5000", "lie in no range"}},
		{"code=1006&how=drop", []string{"code is 1006"}},
		{"code=1000&reason=" + strings.Repeat("r", 124), []string{"reason has 124 bytes", "123"}},
		{"code=1000&reason=" + strings.Repeat("%E2%82%AC", 42), []string{"reason has 126 bytes", "123"}},
		{"code=1000&reason=%FF", []string{"reason is not UTF-8", "RFC 6455, section 5.5.1"}},
		{"code=1000&reason=a&reason=b", []string{"reason occurs more than once"}},
		{"reason=bye", []string{"reason needs a code"}},
		{"after=", []string{`after is ""`, "duration"}},
		{"after=5", []string{`after is "5"`, "duration"}},
		{"after=-1s", []string{"after is -1s", "between 0 and 5m0s"}},
		{"after=5m1ns", []string{"after is 5m0.000000001s", "between 0 and 5m0s"}},
		{"how=", []string{`how is ""`, "close, drop, invalid-utf8, late, protocol-error, reset, silent, too-big"}},
		{"how=DROP", []string{`how is "DROP"`}},
		{"id=" + strings.Repeat("i", 257), []string{"id has 257 bytes", "256"}},
		{"how=drop&when=now", []string{`"when" is not known`, "after, code, how, id, reason"}},
		{"Code=1000", []string{`"Code" is not known`}},
		{"code=%zz", []string{"the query cannot be read", `"%zz"`}},
		{"code=1000;reason=bye", []string{"the query cannot be read"}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			_, err := websocket.Dial(t.Context(), s.ws+"/close?"+test.query, nil)
			var failed *websocket.CloseError
			if !errors.As(err, &failed) || failed.Event.HTTPStatus != 400 {
				t.Fatalf("dial: %v", err)
			}
			response, body := s.get("/close?" + test.query) // curl's view
			if response.StatusCode != 400 || body != string(failed.Body) {
				t.Errorf("a page: %s, %q", response.Status, body)
			}
			for _, says := range test.says {
				if !strings.Contains(body, says) {
					t.Errorf("it says %q, want %q", body, says)
				}
			}
			if strings.Count(body, "\n") != 1 || !strings.HasPrefix(body, "the ") {
				t.Errorf("not one sentence: %q", body)
			}
			s.said.await(t, "with 400: "+strings.TrimSpace(body))
		})
	}
}

// TestCloseKnowsTheCodes asks for every number there is, without a server.
func TestCloseKnowsTheCodes(t *testing.T) {
	for n := range 1 << 16 {
		code := websocket.StatusCode(n)
		e, err := parseEnding("code=" + strconv.Itoa(n))
		if allowed := err == nil; allowed != code.OnWire() {
			t.Errorf("%v: %v", code, err)
		} else if allowed && e.frame.Code != code {
			t.Errorf("%v: closes with %v", code, e.frame.Code)
		}
	}
}

func TestWebSocketAddressesHelpWhoeverWantsAPage(t *testing.T) {
	s := startServe(t)
	for _, path := range []string{"/echo", "/close", "/close?how=silent"} {
		response, body := s.get(path)
		if response.StatusCode != 426 || response.Header.Get("Upgrade") != "websocket" || response.Header.Get("Sec-WebSocket-Version") != "13" {
			t.Errorf("%s: %s %v", path, response.Status, response.Header)
		}
		if !strings.Contains(body, "WebSocket only") || !strings.Contains(body, "onclose dial "+s.ws+"/echo") {
			t.Errorf("%s: %s", path, body)
		}
		response, err := s.client.Post(s.http+path, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 405 {
			t.Errorf("POST %s: %s", path, response.Status)
		}
	}
	// A request that is almost one is refused by the rules of the handshake.
	for _, path := range []string{"/echo", "/close", "/close?how=silent"} {
		response, body := s.get(path, "Upgrade", "websocket", "Connection", "Upgrade")
		if response.StatusCode != 426 || !strings.Contains(body, "Sec-WebSocket-Version is missing") {
			t.Errorf("%s without a version: %s %s", path, response.Status, body)
		}
	}
}

func TestBodiesThatNeverComeAreNotWaitedFor(t *testing.T) {
	for _, path := range []string{"/", "/echo", "/close", "/close?how=silent", "/healthz", "/close?code=1005"} {
		inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
			conn, err := s.connect(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if took := time.Since(start); took > bodyWait+time.Second {
				t.Errorf("%s: it took %v", path, took)
			}
			conn.Close()
		})
	}
}

func TestPagesBesideTheEndpoints(t *testing.T) {
	s := startServe(t)
	for path, says := range map[string]string{"/": "<!doctype html", "/healthz": "ok\n", "/metrics": "onclose_connections_open 0\n", "/codes.json": `"name":"GoingAway"`, "/reconnect.js": "export function reconnect("} {
		response, body := s.get(path)
		if response.StatusCode != 200 || !strings.Contains(strings.ToLower(body), strings.ToLower(says)) {
			t.Errorf("%s: %s, %.60q", path, response.Status, body)
		}
	}
	if response, _ := s.get("/nothing"); response.StatusCode != 404 {
		t.Errorf("/nothing: %s", response.Status)
	}
}

func TestLogLinesEscapeWhatPeersSend(t *testing.T) {
	s := startServe(t)
	conn := s.openRaw("/echo?\u202e&id=escape")
	_, _ = conn.Write(frames(func(dst []byte, s *protocol.Sender) []byte {
		return s.AppendControl(dst, wire.Close, wire.AppendClose(nil, 4001, "\x1b[31m\n\u202e"))
	}))
	_, _ = io.Copy(io.Discard, conn)
	conn.Close()
	s.said.await(t, `onclose: "/echo?\u202e&id=escape" closed 4001 "\x1b[31m\n\u202e" clean`)
	if _, body := s.get("/close?code=%1b%0a"); body != "the parameter code is \"\\x1b\\n\", which is not a decimal number\n" {
		t.Errorf("%q", body)
	}
	if _, body := s.get("/close?%e2%80%ae%1b"); !strings.Contains(body, `parameter "\u202e\x1b" is not known`) {
		t.Errorf("%q", body)
	}
	if said := s.said.String(); strings.ContainsAny(said, "\x1b\u202e") {
		t.Errorf("%q", said)
	}
}

func TestShutdownDoesNotAnswerWhatWasWithheld(t *testing.T) {
	for _, how := range []string{"silent", "late&after=1m"} {
		inBubble(t, func(t *testing.T, s *served, site *site, leave context.CancelCauseFunc) {
			c := s.dial("/close?how="+how, how, &websocket.DialOptions{Limits: websocket.Limits{CloseTimeout: time.Hour}})
			var closing sync.WaitGroup
			closing.Go(func() { _ = c.Close(4001, "bye") })
			synctest.Wait() // the Close frame has arrived
			leave(websocket.CloseFrame{Code: websocket.GoingAway})
			site.close()
			closing.Wait()
			compare(t, how+" in the client", eventOf(c), account{1006, "", false, "local", "eof", "", "fin"})
			compare(t, how+" in the server", s.events.await(t, how), account{4001, "bye", false, "remote", "context-canceled", "", "local"})
		})
	}
}

func TestShutdownCutsPeersThatDoNotAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T, s *served, site *site, leave context.CancelCauseFunc) {
		paths := []string{"/echo", "/close?after=1m", "/close?how=drop&after=1m"}
		for _, path := range paths {
			defer s.openRaw(withID(path, path)).Close()
		}
		start := time.Now()
		leave(websocket.CloseFrame{Code: websocket.GoingAway})
		site.close()
		if took := time.Since(start); took != closeGrace {
			t.Errorf("it took %v, want %v", took, closeGrace)
		}
		for _, path := range paths {
			compare(t, path, s.events.await(t, path), account{1006, "", false, "local", "aborted", "", "local"})
		}
	})
}

// Every end is counted once, also those that are faults on purpose.
func TestMetricsCountEveryEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, s *served, _ *site, _ context.CancelCauseFunc) {
		s.dial("/echo", "one", nil).Close(4001, "")
		<-s.dial("/close?code=1012", "two", nil).Done()
		<-s.dial("/close?how=drop", "three", nil).Done()
		s.get("/echo")
		open := s.dial("/echo", "four", nil)
		if err := open.Write(t.Context(), websocket.Text, []byte("hello")); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		_, body := s.get("/metrics")
		for _, line := range []string{
			"onclose_connections_open 1",
			"onclose_connections_opened_total 4",
			`onclose_connections_closed_total{code="4xxx"} 1`,
			`onclose_connections_closed_total{code="1012"} 1`,
			`onclose_connections_closed_total{code="1006"} 1`,
			`onclose_connections_ends_total{clean="true",initiator="remote"} 1`,
			`onclose_connections_refused_total{status="426"} 1`,
			"onclose_connection_lifetime_seconds_count 3",
			`onclose_connection_close_seconds_count{clean="true"} 2`,
			`onclose_messages_total{direction="received"} 1`,
		} {
			if !strings.Contains(body, line+"\n") {
				t.Errorf("no line %s in\n%s", line, body)
			}
		}
		if _, vars := s.get("/debug/vars"); !strings.HasPrefix(vars, `{"websocket": {"open":1,"opened":4,"clean":2,`) || !strings.Contains(vars, `"received":{"messages":1,"bytes":5,"framed":5}`) {
			t.Errorf("%s", vars)
		}
		open.Close(1000, "")
	})
}
