package webapi_test

import (
	"testing"

	"github.com/onclose/websocket/webapi"
)

func TestEventDefaults(t *testing.T) {
	e := webapi.NewEvent("x", nil)
	if e.Type() != "x" || e.Target() != nil || e.SrcElement() != nil || e.CurrentTarget() != nil || e.EventPhase() != webapi.None ||
		len(e.ComposedPath()) != 0 || e.Bubbles() || e.Cancelable() || e.Composed() || e.IsTrusted() ||
		e.DefaultPrevented() || e.CancelBubble() || !e.ReturnValue() {
		t.Errorf("%+v", e)
	}
	if later := webapi.NewEvent("x", nil); later.TimeStamp() < e.TimeStamp() {
		t.Errorf("timeStamp: %v, then %v", e.TimeStamp(), later.TimeStamp())
	}
}

func TestEventInit(t *testing.T) {
	e := webapi.NewEvent("a\xff", &webapi.EventInit{Bubbles: true, Cancelable: true, Composed: true})
	if e.Type() != "a\ufffd" || !e.Bubbles() || !e.Cancelable() || !e.Composed() {
		t.Errorf("%+v", e)
	}
}

func TestOnlyACancelableEventIsCanceled(t *testing.T) {
	for _, cancelable := range []bool{false, true} {
		for name, cancel := range map[string]func(*webapi.PlainEvent){
			"PreventDefault":        (*webapi.PlainEvent).PreventDefault,
			"SetReturnValue(false)": func(e *webapi.PlainEvent) { e.SetReturnValue(false) },
		} {
			e := webapi.NewEvent("x", &webapi.EventInit{Cancelable: cancelable})
			e.SetReturnValue(true)
			if e.DefaultPrevented() {
				t.Error("SetReturnValue(true) has canceled it")
			}
			cancel(e)
			if e.DefaultPrevented() != cancelable || e.ReturnValue() == cancelable {
				t.Errorf("%s, cancelable %v: canceled %v, returnValue %v", name, cancelable, e.DefaultPrevented(), e.ReturnValue())
			}
		}
	}
}

func TestCancelBubbleOnlyStops(t *testing.T) {
	e := webapi.NewEvent("x", nil)
	e.SetCancelBubble(false)
	if e.CancelBubble() {
		t.Error("false has stopped it")
	}
	e.SetCancelBubble(true)
	e.SetCancelBubble(false)
	if !e.CancelBubble() {
		t.Error("true has not stopped it, or false has let it go on")
	}
}

func TestInitEventStartsAnew(t *testing.T) {
	e := webapi.NewEvent("x", &webapi.EventInit{Cancelable: true})
	new(webapi.EventTarget).DispatchEvent(e)
	e.PreventDefault()
	e.StopImmediatePropagation()
	e.InitEvent("y", true, false)
	if e.Type() != "y" || !e.Bubbles() || e.Cancelable() || e.DefaultPrevented() || e.CancelBubble() || e.Target() != nil {
		t.Errorf("%+v", e)
	}
}

func TestNoInitDuringADispatch(t *testing.T) {
	for name, row := range map[string]struct {
		event webapi.Event
		init  func(webapi.Event)
	}{
		"InitEvent": {webapi.NewEvent("x", nil), func(e webapi.Event) { e.(*webapi.PlainEvent).InitEvent("y", true, true) }},
		"InitCloseEvent": {
			webapi.NewCloseEvent("x", nil),
			func(e webapi.Event) { e.(*webapi.CloseEvent).InitCloseEvent("y", true, true, true, 1, "r") },
		},
		"InitMessageEvent": {
			webapi.NewMessageEvent("x", nil),
			func(e webapi.Event) { e.(*webapi.MessageEvent).InitMessageEvent("y", webapi.MessageEventInit{Data: 1}) },
		},
	} {
		target, called := new(webapi.EventTarget), false
		target.AddEventListener("x", webapi.Func(func(e webapi.Event) {
			called = true
			row.init(e)
		}), nil)
		target.DispatchEvent(row.event)
		if !called || row.event.Type() != "x" || row.event.Bubbles() || row.event.Cancelable() {
			t.Errorf("%s: called %v, %+v", name, called, row.event)
		}
	}
}

func TestCloseEventInit(t *testing.T) {
	e := webapi.NewCloseEvent("close", nil)
	if e.WasClean() || e.Code() != 0 || e.Reason() != "" || e.Bubbles() || e.Cancelable() {
		t.Errorf("defaults: %+v", e)
	}
	if _, ok := e.Truth(); ok {
		t.Error("an event that a program made has a truth")
	}
	e = webapi.NewCloseEvent("x", &webapi.CloseEventInit{
		EventInit: webapi.EventInit{Bubbles: true, Cancelable: true}, WasClean: true, Code: 4000, Reason: "a\xed\xa0\x80b",
	})
	if e.Type() != "x" || !e.WasClean() || e.Code() != 4000 || e.Reason() != "a\ufffd\ufffd\ufffdb" || !e.Bubbles() || !e.Cancelable() {
		t.Errorf("%+v, %q", e, e.Reason())
	}
}

// Web IDL, section 3.2.4.4: an unsigned short is what is left modulo 2^16.
func TestCloseEventCodeWrapsAround(t *testing.T) {
	for code, want := range map[int64]uint16{-1: 65535, 0: 0, 1000: 1000, 65535: 65535, 65536: 0, 70000: 4464, 1<<40 + 7: 7} {
		if got := webapi.NewCloseEvent("", &webapi.CloseEventInit{Code: code}).Code(); got != want {
			t.Errorf("%d: %d, want %d", code, got, want)
		}
		e := webapi.NewCloseEvent("", nil)
		if e.InitCloseEvent("", false, false, false, code, ""); e.Code() != want {
			t.Errorf("InitCloseEvent: %d: %d, want %d", code, e.Code(), want)
		}
	}
}

func TestInitCloseEvent(t *testing.T) {
	e := webapi.NewCloseEvent("close", nil)
	e.InitCloseEvent("other", true, true, true, 4000, "r\xff")
	if e.Type() != "other" || !e.Bubbles() || !e.Cancelable() || !e.WasClean() || e.Code() != 4000 || e.Reason() != "r\ufffd" {
		t.Errorf("%+v", e)
	}
}

func TestMessageEventInit(t *testing.T) {
	e := webapi.NewMessageEvent("message", nil)
	if e.Data() != nil || e.Origin() != "" || e.LastEventID() != "" || e.Source() != nil || len(e.Ports()) != 0 {
		t.Errorf("defaults: %+v", e)
	}
	init := webapi.MessageEventInit{
		EventInit: webapi.EventInit{Bubbles: true, Cancelable: true}, Data: "d", Origin: "o\xff", LastEventID: "7", Source: 1, Ports: []any{2},
	}
	other := webapi.NewMessageEvent("", nil)
	other.InitMessageEvent("message", init)
	for _, e := range []*webapi.MessageEvent{webapi.NewMessageEvent("message", &init), other} {
		if e.Type() != "message" || e.Data() != "d" || e.Origin() != "o\ufffd" || e.LastEventID() != "7" || e.Source() != 1 ||
			len(e.Ports()) != 1 || !e.Bubbles() || !e.Cancelable() {
			t.Errorf("%+v", e)
		}
	}
}

// Web IDL, section 2.8.1: the table of names and their legacy codes.
func TestDOMExceptionCodes(t *testing.T) {
	for name, want := range map[string]uint16{
		"IndexSizeError": 1, "HierarchyRequestError": 3, "NotSupportedError": 9, "InvalidStateError": 11, "SyntaxError": 12,
		"InvalidAccessError": 15, "SecurityError": 18, "NetworkError": 19, "AbortError": 20, "QuotaExceededError": 22,
		"TimeoutError": 23, "DataCloneError": 25, "EncodingError": 0, "WebSocketError": 0, "": 0,
	} {
		if got := (&webapi.DOMException{Name: name}).Code(); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	if got := (&webapi.DOMException{Name: "AbortError", Message: "why"}).Error(); got != "webapi: AbortError: why" {
		t.Error(got)
	}
	if got := (&webapi.DOMException{Name: "AbortError"}).Error(); got != "webapi: AbortError" {
		t.Error(got)
	}
}

func TestBlob(t *testing.T) {
	b := webapi.NewBlob([]byte("hello"), "Text/Plain")
	if b.Size() != 5 || b.Type() != "text/plain" || b.Text() != "hello" || string(b.Bytes()) != "hello" {
		t.Errorf("%+v", b)
	}
	if got := webapi.NewBlob(nil, "a\u00fc").Type(); got != "" {
		t.Errorf("type %q", got)
	}
	for _, row := range []struct {
		start, end int64
		want       string
	}{{0, 5, "hello"}, {1, 3, "el"}, {-2, 5, "lo"}, {0, -1, "hell"}, {3, 1, ""}, {-9, 9, "hello"}, {9, 9, ""}} {
		if got := b.Slice(row.start, row.end, "").Text(); got != row.want {
			t.Errorf("slice(%d, %d) = %q, want %q", row.start, row.end, got, row.want)
		}
	}
}
