package sobek

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	js "github.com/grafana/sobek"
	"github.com/grafana/sobek/parser"

	"github.com/onclose/websocket/webapi/internal/prelude"
)

// QuitError is the end of a script that called quit.
type QuitError struct {
	Status int
}

// Error names the status.
func (e *QuitError) Error() string { return fmt.Sprintf("sobek: quit(%d)", e.Status) }

// ScriptError is what a script threw, or why it could not be compiled.
type ScriptError struct {
	File         string // empty if it is not known
	Line, Column int    // from 1
	Message      string // "TypeError: x is not a function"
	Ran          bool   // it was thrown, by a script that could be compiled
	Cause        error  // the engine's
}

// Error is "file:line:column: message".
func (e *ScriptError) Error() string {
	if e.File == "" {
		return e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Unwrap is the engine's error.
func (e *ScriptError) Unwrap() error { return e.Cause }

// scriptError places an error of the engine in its script: where the innermost
// function of the script's own was.
func scriptError(err error) *ScriptError {
	out := &ScriptError{Message: err.Error(), Cause: err}
	var syntax parser.ErrorList
	var early *js.CompilerSyntaxError
	var thrown *js.Exception
	var reported *thrownValue
	switch {
	case errors.As(err, &syntax) && len(syntax) > 0:
		at := syntax[0].Position
		out.File, out.Line, out.Column = at.Filename, at.Line, at.Column
		out.Message = "SyntaxError: " + syntax[0].Message
	case errors.As(err, &early) && early.File != nil:
		at := early.File.Position(early.Offset)
		out.File, out.Line, out.Column = at.Filename, at.Line, at.Column
		out.Message = "SyntaxError: " + early.Message
	case errors.As(err, &thrown):
		out.Ran = true
		out.Message = describe(thrown.Value())
		for _, frame := range thrown.Stack() {
			at := frame.Position()
			if at.Line > 0 && !strings.HasPrefix(at.Filename, prelude.Prefix) {
				out.File, out.Line, out.Column = at.Filename, at.Line, at.Column
				break
			}
		}
	case errors.As(err, &reported):
		out.Ran = true
		out.Message = describe(reported.value)
	}
	return out
}

// describe is a thrown value in one line. Its toString may throw itself.
func describe(v js.Value) (text string) {
	defer func() {
		if recover() != nil {
			text = "an object"
		}
	}()
	if object, ok := v.(*js.Object); ok {
		if name, message := object.Get("name"), object.Get("message"); name != nil && message != nil {
			return strings.TrimSuffix(name.String()+": "+message.String(), ": ")
		}
	}
	return v.String()
}

// valueOf is what was thrown.
func (s *Scope) valueOf(err error) js.Value {
	var thrown *js.Exception
	if errors.As(err, &thrown) {
		return thrown.Value()
	}
	return s.exception(err)
}

// Report is what happens to an exception that nobody has caught: it is told to the
// script's listeners of "error", and then to Stderr, unless one of them canceled
// the event.
func (s *Scope) Report(err error) { s.report(err) }

// report tells the script of an exception that it did not catch, and then Stderr,
// unless the script has canceled the event.
//
// HTML Standard, section 8.1.4.6.
func (s *Scope) report(err error) {
	var interrupted *js.InterruptedError
	if errors.As(err, &interrupted) {
		return // the one who interrupted knows
	}
	e := scriptError(err)
	if s.reporting {
		s.complain("uncaught", e)
		return
	}
	s.reporting = true
	notCanceled, failed := s.prelude("tellError", s.Runtime.ToValue("Uncaught "+e.Message),
		s.Runtime.ToValue(e.File), s.Runtime.ToValue(e.Line), s.Runtime.ToValue(e.Column), s.valueOf(err))
	s.reporting = false
	if failed != nil || notCanceled.ToBoolean() {
		s.complain("uncaught", e)
	}
}

func (s *Scope) complain(what string, e *ScriptError) {
	fmt.Fprintf(s.stderr, "%s: %s\n", what, e)
}

// rejections are the promises that were rejected with nobody to take notice.
type rejections struct {
	unhandled []*js.Promise
}

func (r *rejections) track(p *js.Promise, operation js.PromiseRejectionOperation) {
	if operation == js.PromiseRejectionReject {
		r.unhandled = append(r.unhandled, p)
		return
	}
	r.unhandled = slices.DeleteFunc(r.unhandled, func(other *js.Promise) bool { return other == p })
}

func (r *rejections) take() []*js.Promise {
	taken := r.unhandled
	r.unhandled = nil
	return taken
}

// thrownBy is why a promise was rejected. The engine keeps exceptions whole there.
func thrownBy(promise *js.Promise) error {
	if err, ok := promise.Result().Export().(error); ok {
		return err
	}
	return &thrownValue{promise.Result()}
}

// reportRejection is report for a promise.
//
// HTML Standard, section 8.1.4.7.
func (s *Scope) reportRejection(p *js.Promise) {
	err := thrownBy(p)
	if p == s.module {
		s.failed = err
		s.report(err)
		return
	}
	notCanceled, failed := s.prelude("tellRejection", s.Runtime.ToValue(p), s.valueOf(err))
	if failed != nil || notCanceled.ToBoolean() {
		s.complain("unhandled rejection", scriptError(err))
	}
}
