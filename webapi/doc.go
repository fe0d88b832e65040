// Package webapi is the web's own interface to WebSockets, in Go.
//
// The names are those of the standards, in Go's spelling: WebSocket, EventTarget,
// Event, MessageEvent, CloseEvent, DOMException, AbortSignal; WebSocketStream and
// WebSocketError. A program that was written against them in JavaScript can be
// written down in Go line by line:
//
//	tasks := webapi.NewTasks()
//	ws, err := webapi.NewWebSocket(&webapi.Environment{Tasks: tasks}, "wss://example.com/echo")
//	if err != nil {
//		return err // a *DOMException: SyntaxError
//	}
//	ws.OnOpen(func(webapi.Event) { ws.SendText("hello") })
//	ws.OnMessage(func(e *webapi.MessageEvent) { ws.Close(new(uint16(1000)), "thanks") })
//	ws.OnClose(func(e *webapi.CloseEvent) { log.Print(e.Code(), e.Reason(), e.WasClean()) })
//	return tasks.Run(ctx) // returns when the connection has ended
//
// Go code of its own will prefer package websocket: it blocks, takes contexts and
// returns errors. This package is for what has to be as the web is: bindings of
// JavaScript engines, and tests that compare with browsers.
//
// As on the web one goroutine does everything, the one that calls Tasks.Run.
// Listeners and tasks run on it, and no type may be touched by another one, but
// for Tasks, which any goroutine may Post to. What other goroutines, timers and
// connections have to say comes as a task. Nothing is ever called synchronously,
// but for the listeners of an event that the program dispatches itself.
//
// Messages and send queue have 64 MiB at most, as in a browser. A WebSocket costs
// two goroutines, which have ended when its close event is fired.
package webapi
