package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// dialCmd is the command line of onclose dial.
type dialCmd struct {
	URL        exactText      `arg:"" help:"ws://HOST[:PORT]/PATH?QUERY, or wss:// over TLS. USER:PASSWORD@ before the host becomes an Authorization header."`
	Send       []exactText    `sep:"none" placeholder:"TEXT" help:"Send a text message, before standard input. May be repeated."`
	Expect     *int           `placeholder:"N" help:"Close as soon as N messages have come and standard input is at its end; exit 1 when fewer came. The terminal is not read then."`
	Close      exactText      `default:"1000" placeholder:"CODE[:REASON]" help:"The Close frame to end with, such as 4001:bye. Default: 1000."`
	Wait       *time.Duration `placeholder:"DURATION" help:"Without --expect, how long to wait for another message once standard input is at its end, counted from there, or from a later frame of a message in either direction. Default: 1s. The terminal is not read then."`
	Timeout    time.Duration  `placeholder:"DURATION" help:"How long the whole run may take, opening included: then it closes, a second later cuts the connection, and exits 1. Default: for ever."`
	Protocol   []string       `placeholder:"NAME" help:"Offer a subprotocol, of which the server must choose one. May be repeated."`
	Header     []exactText    `short:"H" sep:"none" placeholder:"'NAME: VALUE'" help:"Add a header field to the opening request. May be repeated."`
	Origin     string         `placeholder:"ORIGIN" help:"Send this Origin, as a web page would: https://example.com."`
	CACert     string         `name:"cacert" xor:"trust" placeholder:"FILE" help:"Trust the certificate authorities in this PEM file instead of the system's."`
	Insecure   bool           `xor:"trust" help:"Trust any certificate: for trying out only."`
	MaxMessage int64          `default:"1048576" placeholder:"BYTES" help:"The longest message to take; a longer one ends the connection with 1009. Default: 1048576."`
	keepaliveFlags
	compressFlags
	recordFlags
	Takeover string `enum:"none,server,client,both" default:"both" placeholder:"WHOSE" help:"With --compress: whose messages may refer to earlier ones (context takeover): none, server, client or both. Default: both, as browsers offer."`
	JSON     bool   `name:"json" help:"Write messages and, always last, the CloseEvent as JSON to standard output, one object a line."`

	dialer func(ctx context.Context, network, address string) (net.Conn, error) // of tests
}

// Help is what onclose dial --help says before the flags.
func (*dialCmd) Help() string {
	return `Examples:
  onclose dial ws://127.0.0.1:8080/echo
  onclose dial --send hello --expect 1 --close 4001:bye ws://127.0.0.1:8080/echo
  onclose dial --json 'ws://127.0.0.1:8080/close?code=4001&reason=bye' </dev/null

At a terminal, lines are text messages and /help lists the commands; Ctrl-C and Ctrl-D close with 1000. Otherwise every line of standard input is one text message, slashes and all, without its line feed or CR LF.

At the end of standard input it waits for --expect messages, however early they came, or without it for --wait, and closes with --close. Input that stays open is read until it ends; once --expect is met it is waited for no longer than --wait. A Close from the peer ends it all at once.

Messages go to standard output, one a line: control characters and the like as \n, \x1b, \u202e, binary ones as "binary 5 bytes: 68656c6c6f", their first 256 bytes. With --json both are whole: {"type":"message","kind":"text","data":"..."}, base64 for the kind "binary". The last line is the CloseEvent: on standard error, with --json on standard output.

Exit status:
  0  closed cleanly with 1000, 1001 or 1005
  1  --expect unmet, --timeout passed, input that is not UTF-8 or cannot be
     read, or standard output gone
  2  the command line, or the URL, cannot be used
  3  closed cleanly with another code
  4  opened, and not closed cleanly
  5  never opened: refused, TLS, bad opening handshake, also for lack of time
When several apply, 1 is told rather than 0 and 3, and 4 rather than 1, unless --timeout passed.`
}

// Run holds one connection. The first Ctrl-C closes it, the second aborts it,
// and the third is left to the system, which ends the process.
func (c *dialCmd) Run(s *streams) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	// A reader of our output that goes away (dial ... | head -1) makes writing
	// fail: then the connection is closed, rather than the process killed.
	signal.Ignore(syscall.SIGPIPE)
	interrupts, done := make(chan os.Signal, 2), make(chan struct{})
	defer close(done)
	go func() {
		for range cap(interrupts) {
			select {
			case sig := <-signals:
				interrupts <- sig
			case <-done:
				return
			}
		}
		signal.Stop(signals)
	}()
	return c.run(s, interrupts)
}

// run is Run with the interrupts as an argument: of two at most.
func (c *dialCmd) run(s *streams, interrupts chan os.Signal) error {
	p, err := c.plan()
	if err != nil {
		return err
	}
	recording, file, err := c.recorder(true, func(err error) { (&printer{err: s.err}).complain("--record: %v", err) })
	if err != nil {
		return err
	}
	defer file.Close()
	p.options.Trace = recording
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	if c.Timeout > 0 {
		p.timeout = time.After(c.Timeout)
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("--timeout %v passed", c.Timeout))
		defer stop()
	}
	stop := cancelOn(interrupts, cancel)
	conn, err := websocket.Dial(ctx, string(c.URL), p.options)
	stop()
	if err != nil {
		return c.refused(ctx, s, err)
	}
	in := noPrompt(s)
	if !isTerminal(s.in) || c.Expect == nil && c.Wait == nil {
		in = openPrompt(s, interrupts)
	}
	session := newSession(conn, p, in, interrupts, c.JSON)
	session.run()
	in.restore()
	return leave(session.conclude(&printer{out: s.out, err: s.err, json: c.JSON}))
}

// cancelOn cancels on an interrupt, until it is stopped. An interrupt that came
// too late for it is put back.
func cancelOn(interrupts chan os.Signal, cancel context.CancelCauseFunc) (stop func()) {
	opened, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case sig := <-interrupts:
			cancel(errors.New("interrupted"))
			interrupts <- sig
		case <-opened:
		}
	}()
	return func() {
		close(opened)
		<-watched
	}
}

// leave makes an error of a status that needs no more words.
func leave(status exitStatus) error {
	if status == exitOK {
		return nil
	}
	return &statusError{status: status}
}

// refused says why a connection could not be opened.
func (c *dialCmd) refused(ctx context.Context, s *streams, err error) error {
	var refused *websocket.CloseError
	if !errors.As(err, &refused) {
		return err // Dial has no other errors
	}
	ev, p := refused.Event, &printer{out: s.out, err: s.err, json: c.JSON}
	why := refused.Err
	if ctx.Err() != nil {
		why = context.Cause(ctx) // ours: --timeout, or an interrupt
	} else if errors.Is(why, context.DeadlineExceeded) {
		why = errors.New("the opening handshake took too long")
	}
	text := strings.TrimPrefix(fmt.Sprint(why), "websocket: ") + c.hint(refused)
	if ev.URL == "" {
		p.complain("%s", text)
	} else {
		p.complain("%s: %s", ev.URL, text)
	}
	p.body(refused.Body)
	p.event(ev)
	if ev.Phase == protocol.PhaseDialing && (ev.Cause == protocol.CauseBadURL || ev.Cause == protocol.CauseBadHandshake) {
		return leave(exitUsage) // of our own doing: nothing was sent
	}
	return leave(statusOfEvent(ev))
}

// hint is what to try after a failure that is often met.
func (c *dialCmd) hint(refused *websocket.CloseError) string {
	switch {
	case refused.Event.Cause == protocol.CauseBadURL && !strings.Contains(string(c.URL), ":/"):
		return "; did you mean ws://...?"
	case errors.As(refused.Err, new(*tls.CertificateVerificationError)):
		return " (--cacert FILE trusts other authorities, --insecure any certificate)"
	case errors.As(refused.Err, new(tls.RecordHeaderError)):
		return " (no TLS is spoken there: ws:// instead of wss://?)"
	}
	return ""
}

// plan is a command line that was found good.
type plan struct {
	options *websocket.DialOptions
	send    []exactText
	expect  *int
	close   websocket.CloseFrame
	wait    time.Duration
	timeout <-chan time.Time // nil for none
}

// plan checks the command line before anything is opened.
func (c *dialCmd) plan() (*plan, error) {
	p := &plan{send: c.Send, expect: c.Expect, wait: time.Second}
	if c.Wait != nil {
		p.wait = *c.Wait
	}
	switch {
	case p.wait < 0:
		return nil, usage("--wait %v: a wait cannot be negative", p.wait)
	case c.Timeout < 0:
		return nil, usage("--timeout %v: a time cannot be negative", c.Timeout)
	case c.Expect != nil && *c.Expect < 0:
		return nil, usage("--expect %d: a number of messages cannot be negative", *c.Expect)
	case c.MaxMessage <= 0:
		return nil, usage("--max-message %d: it must be at least 1", c.MaxMessage)
	}
	for i, text := range c.Send {
		if at := indexNotUTF8(text); at >= 0 {
			return nil, usage("--send %d: the text is not UTF-8 at byte %d", i+1, at)
		}
	}
	code, reason, _ := strings.Cut(string(c.Close), ":")
	var err error
	if p.close, err = parseCloseFrame(code, reason); err != nil {
		return nil, usage("--close: %v", err)
	}
	p.options, err = c.options()
	return p, err
}

// options are the options of Dial.
func (c *dialCmd) options() (*websocket.DialOptions, error) {
	options := &websocket.DialOptions{
		Header:       http.Header{},
		Subprotocols: c.Protocol,
		TLS:          &tls.Config{InsecureSkipVerify: c.Insecure},
		Dial:         c.dialer,
		Limits:       websocket.Limits{MessageBytes: c.MaxMessage},
	}
	for _, field := range c.Header {
		name, value, ok := strings.Cut(string(field), ":")
		if !ok || name == "" {
			return nil, usage("--header %q: it is not of the form 'NAME: VALUE'", field)
		}
		value = strings.Trim(value, " \t")
		if strings.EqualFold(name, "Host") {
			options.Host = value
			continue
		}
		options.Header.Add(name, value)
	}
	if c.Origin != "" {
		options.Header.Set("Origin", c.Origin)
	}
	if err := c.limit(&options.Limits); err != nil {
		return nil, err
	}
	var err error
	if options.Compression, err = c.compression(c.Takeover); err != nil {
		return nil, err
	}
	if c.CACert != "" {
		pem, err := os.ReadFile(c.CACert)
		if err != nil {
			return nil, usage("--cacert: %s", escapeText(err.Error()))
		}
		options.TLS.RootCAs = x509.NewCertPool()
		if !options.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usage("--cacert: there is no PEM certificate in %s", escapeText(c.CACert))
		}
	}
	return options, nil
}

// maxReasonBytes is the longest reason of a Close frame: 125 bytes of a control
// frame less two for the code (RFC 6455, sections 5.5 and 5.5.1).
const maxReasonBytes = 123

// parseCloseFrame checks a status code and a reason that are to be sent.
func parseCloseFrame(code, reason string) (websocket.CloseFrame, error) {
	number, err := strconv.ParseUint(code, 10, 16)
	frame := websocket.CloseFrame{Code: websocket.StatusCode(number), Reason: reason}
	switch at := indexNotUTF8(reason); {
	case err != nil:
		return frame, fmt.Errorf("%q is not a status code, a number such as 1000 or 4001", code)
	case !frame.Code.OnWire():
		return frame, fmt.Errorf("%s must not be sent: %s; 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be",
			frame.Code, standing(frame.Code, "en"))
	case len(reason) > maxReasonBytes:
		return frame, fmt.Errorf("the reason has %d bytes, and a Close frame holds %d at most", len(reason), maxReasonBytes)
	case at >= 0:
		return frame, fmt.Errorf("the reason is not UTF-8 at byte %d", at)
	}
	return frame, nil
}

// indexNotUTF8 is the index of the first byte of text that is not UTF-8, or -1.
func indexNotUTF8[T ~string | []byte](text T) int {
	rest := string(text)
	for i := 0; i < len(rest); {
		r, size := utf8.DecodeRuneInString(rest[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
