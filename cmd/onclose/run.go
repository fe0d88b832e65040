package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/webapi/sobek"
)

// runCmd is the command line of onclose run.
type runCmd struct {
	Script  string        `arg:"" optional:"" help:"The script's file; - is standard input."`
	Eval    string        `short:"e" placeholder:"CODE" help:"Run this code instead of a file."`
	Base    string        `placeholder:"URL" help:"The address of the page that the script would be on: relative URLs are resolved against it, and its origin is the Origin of opening handshakes."`
	Module  bool          `help:"The script is an ES module; what it imports is found by relative paths."`
	Timeout time.Duration `placeholder:"DURATION" help:"How long the whole run may take: then it ends with exit status 1. Default: for ever."`
	JSON    bool          `name:"json" help:"Write the CloseEvents of the script's connections behind its output, as JSON, one object a line."`
}

// Help is what onclose run --help says before the flags.
func (*runCmd) Help() string {
	return `Examples:
  onclose run talk.js
  onclose run --base https://example.com/page test.js
  onclose run -e 'new WebSocket("ws://127.0.0.1:8080/close?code=4001").onclose = e => print(e.code)'

The script has the web's WebSocket, EventTarget, Event, MessageEvent, CloseEvent, DOMException, URL, URLSearchParams, Blob, AbortController, timers and console; print(line), which writes a line at once; and quit(status), which ends the run at once. Otherwise the run ends when there is nothing left to do: no timer, no connection.

An exception that nobody catches goes to standard error, and to onerror or onunhandledrejection, and ends nothing.

Standard output is the script's. How each of its connections ended is told at the end, on standard error, or with --json on standard output, in the order in which they ended. SSL_CERT_FILE names a file of certificate authorities to trust.

Exit status:
  0  the script has run, whatever became of its connections
  1  it could not be read or compiled, threw at top level, or --timeout passed
  2  the command line cannot be used
  or what the script gave to quit().`
}

// asBrowsersOffer is "permessage-deflate; client_max_window_bits".
var asBrowsersOffer = &websocket.Compression{ServerTakeover: true, ClientTakeover: true}

// Run evaluates the script and turns its event loop.
func (c *runCmd) Run(s *streams) error {
	name, source, err := c.read(s)
	if err != nil {
		return err
	}
	var ended []websocket.CloseEvent
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	scope, err := sobek.New(&sobek.Options{
		Environment: &webapi.Environment{BaseURL: c.Base, Dial: &websocket.DialOptions{Compression: asBrowsersOffer, Jar: jar}},
		Stdout:      s.out, Stderr: s.err,
		Closed: func(ev websocket.CloseEvent) { ended = append(ended, ev) },
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("--timeout %v passed", c.Timeout))
		defer cancel()
	}
	err = c.execute(ctx, scope, name, source)
	c.tell(s, ended)
	return quitStatus(err)
}

// read is the script, and the name that errors give it.
func (c *runCmd) read(s *streams) (name, source string, err error) {
	var data []byte
	switch {
	case (c.Script == "") == (c.Eval == ""):
		return "", "", usage("run: a script or -e is needed, and not both")
	case c.Eval != "":
		return "-e", c.Eval, nil
	case c.Script == "-":
		data, err = io.ReadAll(s.in)
	default:
		data, err = os.ReadFile(c.Script)
	}
	return c.Script, string(data), err
}

// execute runs the script to its end. What it throws at top level ends neither its
// timers nor its connections.
func (c *runCmd) execute(ctx context.Context, scope *sobek.Scope, name, source string) error {
	var err error
	if c.Module {
		err = scope.RunModule(ctx, name, source, loadFile)
	} else {
		err = scope.RunScript(ctx, name, source)
	}
	var thrown *sobek.ScriptError
	if err != nil && (!errors.As(err, &thrown) || !thrown.Ran) {
		return err
	}
	if err != nil {
		scope.Report(err)
	}
	if ended := scope.Run(ctx); ended != nil {
		err = ended
	}
	if errors.As(err, &thrown) {
		return &statusError{status: exitOther} // it has been reported
	}
	return err
}

// loadFile finds what a module imports, from the directory of the one that imports
// it.
func loadFile(referrer, specifier string) (name, source string, err error) {
	if !strings.HasPrefix(specifier, "./") && !strings.HasPrefix(specifier, "../") && !filepath.IsAbs(specifier) {
		return "", "", errors.New("a module's path begins with ./, ../ or /")
	}
	name = specifier
	if !filepath.IsAbs(specifier) {
		name = filepath.Join(filepath.Dir(referrer), specifier)
	}
	data, err := os.ReadFile(name)
	return name, string(data), err
}

// tell says how the script's connections ended.
func (c *runCmd) tell(s *streams, ended []websocket.CloseEvent) {
	p := &printer{out: s.out, err: s.err, json: c.JSON}
	for _, ev := range ended {
		if c.JSON {
			p.event(ev)
		} else {
			p.say("%s %s", ev.URL, ev)
		}
	}
}

// quitStatus makes an exit status of the script's quit.
func quitStatus(err error) error {
	var quit *sobek.QuitError
	if !errors.As(err, &quit) {
		return err
	}
	if quit.Status == 0 {
		return nil
	}
	return &statusError{status: exitStatus(quit.Status)}
}
