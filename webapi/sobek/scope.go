package sobek

import (
	"context"
	"io"
	"os"

	js "github.com/grafana/sobek"
	"github.com/grafana/sobek/parser"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
)

// Options are the options of New. Nil are the defaults.
type Options struct {
	// Environment has the base URL, TLS and limits of the script's connections.
	// Its Tasks become the event loop; nil makes new ones. Its Report is replaced.
	Environment *webapi.Environment
	// Stdout is what print and console.log write to. Nil means os.Stdout.
	Stdout io.Writer
	// Stderr is where console.error and uncaught exceptions go. Nil means os.Stderr.
	Stderr io.Writer
	// Closed, if not nil, is told of the end of every connection that a script
	// opened, before the script is.
	Closed func(websocket.CloseEvent)
}

// Scope is a JavaScript global scope with the web's interfaces, and its event loop.
// It belongs to one goroutine at a time.
type Scope struct {
	// Runtime is the engine. Values may be put into its global object.
	Runtime *js.Runtime

	env            *webapi.Environment
	stdout, stderr io.Writer
	closed         func(websocket.CloseEvent)

	host       *js.Object          // what the prelude's files share
	global     *webapi.EventTarget // the global object's
	timers     timers
	rejections rejections
	module     *js.Promise // of the last RunModule
	failed     error       // what that module threw behind an await
	reporting  bool        // an error is being reported
	quit       *QuitError  // after quit()
}

// New makes a Scope.
func New(opts *Options) (*Scope, error) {
	if opts == nil {
		opts = &Options{}
	}
	s := &Scope{
		Runtime: js.New(),
		env:     opts.Environment,
		stdout:  opts.Stdout,
		stderr:  opts.Stderr,
		closed:  opts.Closed,
	}
	if s.env == nil {
		s.env = &webapi.Environment{}
	}
	if s.env.Tasks == nil {
		s.env.Tasks = webapi.NewTasks()
	}
	if s.stdout == nil {
		s.stdout = os.Stdout
	}
	if s.stderr == nil {
		s.stderr = os.Stderr
	}
	s.env.Report = s.report
	s.env.Tasks.Checkpoint = s.checkpoint
	s.timers.scope = s
	s.global = &webapi.EventTarget{Report: s.report}
	s.Runtime.SetPromiseRejectionTracker(s.rejections.track)
	return s, s.runPrelude()
}

// RunScript evaluates a classic script at global scope. Its error is what keeps it
// from being compiled, or what it threw: a *ScriptError; a *QuitError; or the cause
// of ctx, which also ends a script that never returns. The event loop does not turn
// meanwhile.
func (s *Scope) RunScript(ctx context.Context, name, source string) error {
	return s.evaluate(ctx, func() error {
		script, err := parser.ParseFile(nil, name, source, 0, parser.WithDisableSourceMaps)
		if err != nil {
			return err
		}
		program, err := js.CompileAST(script, false)
		if err != nil {
			return err
		}
		_, err = s.Runtime.RunProgram(program)
		return err
	})
}

// Run turns the event loop until there is nothing left to do: no task, timer or
// connection. Its error is the cause of ctx, or a *QuitError. What scripts throw
// meanwhile is reported to them and written to Stderr, and ends nothing. A
// *ScriptError is of a module that threw behind an await, and has been reported.
func (s *Scope) Run(ctx context.Context) error {
	return s.evaluate(ctx, func() error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		s.env.Tasks.Post(func() {}) // a checkpoint for what was done before
		s.env.Tasks.Checkpoint = func() {
			s.checkpoint()
			if s.quit != nil {
				cancel(s.quit)
			}
		}
		if err := s.env.Tasks.Run(ctx); err != nil {
			return err
		}
		return s.failed
	})
}

// evaluate runs a script until it ends, ctx does, or the script quits.
func (s *Scope) evaluate(ctx context.Context, run func() error) error {
	if s.quit != nil {
		return s.quit
	}
	defer context.AfterFunc(ctx, func() { s.Runtime.Interrupt(context.Cause(ctx)) })()
	err := run()
	switch {
	case s.quit != nil:
		return s.quit
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return scriptError(err)
	}
	return nil
}

// checkpoint follows every task. The engine runs the microtasks when a function
// that Go has called returns, so one is called.
func (s *Scope) checkpoint() {
	if _, err := s.prelude("checkpoint"); err != nil {
		return // interrupted
	}
	for _, unhandled := range s.rejections.take() {
		s.reportRejection(unhandled)
	}
}

// callback calls a function of a script, as a task. What it throws is reported.
func (s *Scope) callback(f js.Callable, this js.Value, args ...js.Value) {
	if _, err := f(this, args...); err != nil {
		s.report(err)
	}
}
