package websocket_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/truthtest"
)

// The truth table with the roles swapped: what our server has to report when a
// client does this and that, and what it has to put on the wire, by RFC 6455. The
// scenarios are in testdata/truth/server.json, one a line, in the same steps:
// truthMirror plays the client, and truthClient is the server's application.

// truthMirrorRuns is how many scenarios there have to be at least.
const truthMirrorRuns = 150

type mirrorScenario struct {
	ID       string
	Steps    []mirrorStep
	Standard mirrorResult
	AlsoOK   []mirrorResult `json:"also_ok"`
	Sections string         // where the standard is from
}

// mirrorStep is a step of either table, or one that only a client does.
type mirrorStep struct {
	truthtest.Step

	Server            string // close, send, abort, panic or shutdown: the application's step
	WaitServerClose   bool   `json:"wait_server_close"`
	WaitServerMessage int    `json:"wait_server_message"`
	WaitServerPong    bool   `json:"wait_server_pong"`

	Request      *mirrorRequest
	ReadResponse bool `json:"read_response"`

	// Of listen: AcceptOptions.
	Subprotocols []string
	Origins      []string
	Answer       []any // the code and reason with which AnswerClose answers
}

// steps are the steps in the words of the first table, where the endpoint under
// test is the client.
func (s *mirrorScenario) steps() (steps []truthtest.Step) {
	for _, step := range s.Steps {
		swapped := step.Step
		swapped.Client = step.Server
		swapped.WaitClientClose = step.WaitServerClose
		swapped.WaitClientMessage = step.WaitServerMessage
		swapped.WaitClientPong = step.WaitServerPong
		steps = append(steps, swapped)
	}
	return steps
}

// mirrorResult is what may come of a scenario.
type mirrorResult struct {
	HTTPStatus *int              `json:"http_status"` // nil for 101, 0 for no response
	HTTPHeader map[string]string `json:"http_header"` // "" for none

	Events           []string
	Code             *int // nil: refused, or still open
	Reason           *string
	WasClean         *bool
	Refused          int    // calls of Close that are Misuse
	ServerCloseFrame any    `json:"server_close_frame"`
	TCPFirst         string `json:"tcp_first"` // server, in order; client; or either
	ServerPongs      *int   `json:"server_pongs"`
	ServerDataFrames *int   `json:"server_data_frames"`
	ServerDataBytes  *int   `json:"server_data_bytes"`
}

func TestTruthTableServer(t *testing.T) {
	var scenarios []mirrorScenario
	text, err := os.ReadFile("testdata/truth/server.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&scenarios); err != nil {
		t.Fatal(err)
	}
	outcomes := make([]mirrorOutcome, len(scenarios))
	turns := make(chan struct{}, truthtest.Parallel)
	var all sync.WaitGroup
	for i := range scenarios {
		turns <- struct{}{}
		all.Go(func() {
			outcomes[i] = scenarios[i].play()
			<-turns
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for i, s := range scenarios {
		ids[s.ID] = true
		t.Run(s.ID, func(t *testing.T) { s.check(t, outcomes[i]) })
	}
	if len(ids) < truthMirrorRuns || len(ids) != len(scenarios) {
		t.Errorf("%d scenarios ran, %d with a name of their own; want %d or more", len(scenarios), len(ids), truthMirrorRuns)
	}
}

// mirrorOutcome is what came of a scenario.
type mirrorOutcome struct {
	truthtest.Outcome
	status int
	header http.Header
}

func (s *mirrorScenario) play() (o mirrorOutcome) {
	steps := s.steps()
	app := newTruthClient(steps)
	app.mayNot = func(code websocket.StatusCode) bool { return !code.OnWire() }
	ctx, cancel := context.WithCancel(background)
	app.cancel = cancel
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		o.Faults = []string{err.Error()}
		return o
	}
	address := l.Addr().String()
	if s.Steps[0].Listen == "tls" {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{truthtest.TLS().Servers[s.Steps[0].Cert]}})
	}
	server := &http.Server{Handler: app.events().Handler(s.options(ctx)), ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(l)
	defer server.Close()

	client := &truthMirror{steps: s.Steps, address: address, done: make(chan struct{})}
	client.Peer = truthtest.NewPeer(app.opened, app.over)
	client.Client = true
	go client.run(steps)
	staysOpen := s.Standard.Code == nil && s.Standard.HTTPStatus == nil
	if staysOpen {
		o.Outcome = app.observe(true)
	}
	<-client.done
	if !staysOpen {
		o.Outcome = app.observeUnless(client.status != http.StatusSwitchingProtocols)
	}
	o.Wire, o.status, o.header = client.Seen(), client.status, client.header
	o.Faults = append(o.Faults, client.faults...)
	return o
}

// observeUnless is observe, but does not wait for the end of what was refused.
func (c *truthClient) observeUnless(refused bool) truthtest.Outcome {
	if !refused {
		return c.observe(false)
	}
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outcome
}

// options are the server's. What it does at once, it is not to do after a wait:
// so waits are longer than the script's patience, but for scenarios in which the
// client is silent for a minute or more, which are about the timeouts.
func (s *mirrorScenario) options(ctx context.Context) *websocket.AcceptOptions {
	listen := s.Steps[0]
	wait := truthtest.Patience
	for _, step := range s.Steps {
		if max(step.TimeoutMS, step.SleepMS) >= 60_000 {
			wait = 2 * time.Second
		}
	}
	opts := &websocket.AcceptOptions{
		Subprotocols: listen.Subprotocols, Origins: listen.Origins, Context: ctx,
		Limits: websocket.Limits{OpeningTimeout: wait, WriteTimeout: wait, CloseTimeout: wait, TransportTimeout: wait},
		Trace:  websocket.Trace{Panicked: func(*websocket.Conn, any, []byte) {}},
	}
	if listen.Answer != nil {
		code, reason := truthtest.Arguments(listen.Answer)
		opts.AnswerClose = func(websocket.CloseFrame) websocket.CloseFrame {
			return websocket.CloseFrame{Code: code, Reason: reason}
		}
	}
	return opts
}

// check compares what came of a scenario with what may.
func (s *mirrorScenario) check(t *testing.T, got mirrorOutcome) {
	for _, fault := range slices.Concat(got.Faults, got.Wire.Faults) {
		t.Error(fault)
	}
	if s.Sections == "" {
		t.Error("no section says so")
	}
	differences := s.Standard.differences(got)
	allowed := func(r mirrorResult) bool { return len(r.differences(got)) == 0 }
	if len(differences) == 0 || slices.ContainsFunc(s.AlsoOK, allowed) {
		return
	}
	for _, difference := range differences {
		t.Error(difference)
	}
	t.Logf("CloseEvent: %v", got.Final)
}

func (r mirrorResult) differences(got mirrorOutcome) []string {
	differences := truthtest.Result{
		Events: r.Events, Code: r.Code, Reason: r.Reason, WasClean: r.WasClean, Throws: make([]string, r.Refused),
		ClientCloseFrame: r.ServerCloseFrame, ClientPongs: r.ServerPongs,
		ClientDataFrames: r.ServerDataFrames, ClientDataBytes: r.ServerDataBytes,
	}.Differences(got.Outcome)
	compare := func(what string, got, want any) {
		if got != want {
			differences = append(differences, fmt.Sprintf("%s: %v, want %v", what, got, want))
		}
	}
	status := http.StatusSwitchingProtocols
	if r.HTTPStatus != nil {
		status = *r.HTTPStatus
	}
	compare("HTTP status", got.status, status)
	for name, value := range r.HTTPHeader {
		compare(name, strings.Join(got.header.Values(name), " | "), value)
	}
	if r.ServerCloseFrame == "echo" && len(got.Wire.Close) > 2 {
		compare("reason sent", string(got.Wire.Close[2:]), *r.Reason)
	}
	switch r.TCPFirst {
	case "server":
		compare("the server has ended TCP first", got.Wire.First, true)
		compare("how it has ended TCP", got.Wire.End, nil)
	case "client":
		compare("the server has ended TCP first", got.Wire.First, false)
	}
	return differences
}

// truthMirror is the scripted client.
type truthMirror struct {
	truthtest.Peer
	steps   []mirrorStep
	address string
	key     string // Sec-WebSocket-Key of the request
	status  int    // of the response, 0 while there is none
	header  http.Header
	faults  []string
	done    chan struct{} // the script has been played and the server is gone
}

func (m *truthMirror) run(steps []truthtest.Step) {
	defer close(m.done)
	conn, err := net.Dial("tcp", m.address)
	if err != nil {
		m.faults = append(m.faults, err.Error())
		return
	}
	m.TCP = conn.(*net.TCPConn)
	m.TCP.SetDeadline(time.Now().Add(truthtest.Patience))
	m.Conn = m.TCP
	listen := m.steps[0]
	if listen.Listen == "tls" && listen.Scheme == "" {
		m.Conn = tls.Client(m.TCP, &tls.Config{RootCAs: truthtest.TLS().Roots, ServerName: "127.0.0.1"})
	}
	m.In = bufio.NewReader(m.Conn)
	for i, step := range m.steps {
		switch {
		case step.Request != nil:
			m.key = step.Request.key()
			m.Dribble(step.Request.bytes(m.address), 1, step.Request.DribbleMS)
		case step.ReadResponse:
			m.readResponse()
		default:
			m.Do(steps[i])
		}
	}
	m.HangUp()
}

// readResponse reads the response. A server that ends without one gives none.
func (m *truthMirror) readResponse() {
	response, err := http.ReadResponse(m.In, nil)
	if err != nil {
		return
	}
	m.status, m.header = response.StatusCode, response.Header
	if response.Close { // where net/http puts it
		m.header.Set("Connection", "close")
	}
	if m.Upgraded = m.status == http.StatusSwitchingProtocols; m.Upgraded {
		hash := sha1.Sum([]byte(m.key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		want := base64.StdEncoding.EncodeToString(hash[:])
		if got := m.header.Get("Sec-WebSocket-Accept"); got != want {
			m.faults = append(m.faults, fmt.Sprintf("Sec-WebSocket-Accept: %q, want %q", got, want))
		}
	}
	m.StartReading()
}

// mirrorRequest is an opening request, which may be wrong.
type mirrorRequest struct {
	StartLine  string  `json:"start_line"`
	Host       *string // nil leaves the header field out; "" stands for the server's address
	Upgrade    *string
	Connection *string
	Version    *string
	Key        *string

	Headers        [][2]string
	RawHeader      string `json:"raw_header"`
	BigHeaderBytes int    `json:"big_header_bytes"`
	Lines          int    // so many more header lines
	Body           string
	EOL            string
	DribbleMS      int `json:"dribble_ms"`
	TruncateBytes  int `json:"truncate_bytes"`
}

// UnmarshalJSON fills in what a right request has.
func (r *mirrorRequest) UnmarshalJSON(p []byte) error {
	type plain mirrorRequest
	right := plain{
		StartLine: "GET / HTTP/1.1", Host: new(""), Upgrade: new("websocket"), Connection: new("Upgrade"),
		Version: new("13"), Key: new("dGhlIHNhbXBsZSBub25jZQ=="), EOL: "\r\n",
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.DisallowUnknownFields()
	err := d.Decode(&right)
	*r = mirrorRequest(right)
	return err
}

func (r *mirrorRequest) key() string {
	if r.Key == nil {
		return ""
	}
	return strings.TrimSpace(*r.Key)
}

// bytes is the request to the server at address, which "{address}" stands for.
func (r *mirrorRequest) bytes(address string) []byte {
	lines := []string{r.StartLine}
	if r.Host != nil && *r.Host == "" {
		r.Host = &address
	}
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"Host", r.Host}, {"Upgrade", r.Upgrade}, {"Connection", r.Connection},
		{"Sec-WebSocket-Version", r.Version}, {"Sec-WebSocket-Key", r.Key},
	} {
		if field.value != nil {
			lines = append(lines, field.name+": "+*field.value)
		}
	}
	for _, field := range r.Headers {
		lines = append(lines, field[0]+": "+field[1])
	}
	if r.RawHeader != "" {
		lines = append(lines, r.RawHeader)
	}
	if r.BigHeaderBytes > 0 {
		lines = append(lines, "X-Big: "+strings.Repeat("b", r.BigHeaderBytes))
	}
	lines = append(lines, slices.Repeat([]string{"X-More: m"}, r.Lines)...)
	head := strings.Join(lines, r.EOL) + r.EOL + r.EOL + r.Body
	head = strings.ReplaceAll(head, "{address}", address)
	return []byte(head[:len(head)-r.TruncateBytes])
}
