// Package sobek gives scripts the web's WebSocket: it binds package webapi into
// the JavaScript engine github.com/grafana/sobek, with the event loop and the
// other interfaces that such scripts use. Code that was written for browsers runs
// unchanged:
//
//	scope, err := sobek.New(nil)
//	if err != nil {
//		return err
//	}
//	if err := scope.RunScript(ctx, "talk.js", source); err != nil {
//		return err // a syntax error, or what the script threw
//	}
//	return scope.Run(ctx) // returns when there is nothing left to do
//
// A Scope is a global object: what is in it, scripts see. Its interfaces are
// classes, written in JavaScript (webapi/internal/prelude) over functions of Go:
// private fields are what brand-checks them, and engines have no native
// constructors that a class could extend. State, listeners and dispatch are Go's,
// in package webapi. Package webapi/goja is the same for the engine that this one
// was forked from.
//
// One goroutine does everything, the one that calls RunScript, RunModule and Run.
// Strings are UTF-16 in scripts and UTF-8 here: what is a lone surrogate there
// becomes U+FFFD, as Web IDL wants it where it says USVString.
package sobek
