// Package goja gives scripts the web's WebSocket: it binds package webapi into
// the JavaScript engine github.com/dop251/goja, with the event loop and the other
// interfaces that such scripts use. It is package webapi/sobek built once more:
// scripts/gojabinding makes every other file of it. The one thing that is missing
// is RunModule, since this engine has no ES modules:
//
//	scope, err := goja.New(nil)
//	if err != nil {
//		return err
//	}
//	if err := scope.RunScript(ctx, "talk.js", source); err != nil {
//		return err // a syntax error, or what the script threw
//	}
//	return scope.Run(ctx) // returns when there is nothing left to do
//
// A program that has no engine yet does better with webapi/sobek. docs/embedding.md
// is true for both.
package goja
