package webapi_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/onclose/websocket/webapi"
)

// Each row sets listeners up that write letters down, dispatches "x" once or more,
// and says which letters there are then. The sections are the DOM Standard's.
func TestDispatch(t *testing.T) {
	type stage struct {
		*webapi.EventTarget
		letters []string
		event   *webapi.PlainEvent
		writes  func(letter string) webapi.Listener
		then    func(letter string, do func()) webapi.Listener
	}
	for _, row := range []struct {
		what string
		play func(*stage)
		want string
	}{
		{"2.7: listeners are called in the order of their addition", func(s *stage) {
			s.AddEventListener("x", s.writes("a"), nil)
			s.AddEventListener("x", s.writes("b"), nil)
			s.DispatchEvent(s.event)
		}, "a b"},
		{"2.7: the same listener again is not added", func(s *stage) {
			l := s.writes("a")
			s.AddEventListener("x", l, nil)
			s.AddEventListener("x", l, &webapi.ListenerOptions{Once: true})
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
		}, "a a"},
		{"2.7: capture tells registrations apart", func(s *stage) {
			l := s.writes("a")
			s.AddEventListener("x", l, nil)
			s.AddEventListener("x", l, &webapi.ListenerOptions{Capture: true})
			s.DispatchEvent(s.event)
			s.RemoveEventListener("x", l, true)
			s.DispatchEvent(s.event)
		}, "a a a"},
		{"2.7: no listener is no error", func(s *stage) {
			s.AddEventListener("x", nil, nil)
			s.RemoveEventListener("x", nil, false)
			s.RemoveEventListener("x", s.writes("a"), false)
			s.DispatchEvent(s.event)
		}, ""},
		{"2.7: types differ by case", func(s *stage) {
			s.AddEventListener("X", s.writes("a"), nil)
			s.DispatchEvent(s.event)
		}, ""},
		{"2.9: at the target, capture comes first", func(s *stage) {
			s.AddEventListener("x", s.writes("a"), nil)
			s.AddEventListener("x", s.writes("b"), &webapi.ListenerOptions{Capture: true})
			s.DispatchEvent(s.event)
		}, "b a"},
		{"2.9: once", func(s *stage) {
			s.AddEventListener("x", s.writes("a"), &webapi.ListenerOptions{Once: true})
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
		}, "a"},
		{"2.9: once is removed before it is called", func(s *stage) {
			var l webapi.Listener
			l = s.then("a", func() { s.AddEventListener("x", l, &webapi.ListenerOptions{Once: true}) })
			s.AddEventListener("x", l, &webapi.ListenerOptions{Once: true})
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
		}, "a a"},
		{"2.9: a listener that is removed is not called", func(s *stage) {
			b := s.writes("b")
			s.AddEventListener("x", s.then("a", func() { s.RemoveEventListener("x", b, false) }), nil)
			s.AddEventListener("x", b, nil)
			s.DispatchEvent(s.event)
		}, "a"},
		{"2.9: a listener that removes itself skips nobody", func(s *stage) {
			var a webapi.Listener
			a = s.then("a", func() { s.RemoveEventListener("x", a, false) })
			s.AddEventListener("x", a, nil)
			s.AddEventListener("x", s.writes("b"), nil)
			s.DispatchEvent(s.event)
		}, "a b"},
		{"2.9: a listener that is added meanwhile waits for the next event", func(s *stage) {
			b := s.writes("b")
			s.AddEventListener("x", s.then("a", func() { s.AddEventListener("x", b, nil) }), nil)
			s.DispatchEvent(s.event)
			s.letters = append(s.letters, "|")
			s.DispatchEvent(s.event)
		}, "a | a b"},
		{"2.2: stopPropagation keeps it from later phases only", func(s *stage) {
			s.AddEventListener("x", s.then("a", s.event.StopPropagation), &webapi.ListenerOptions{Capture: true})
			s.AddEventListener("x", s.writes("b"), &webapi.ListenerOptions{Capture: true})
			s.AddEventListener("x", s.writes("c"), nil)
			s.DispatchEvent(s.event)
		}, "a b"},
		{"2.2: stopImmediatePropagation keeps it from everybody", func(s *stage) {
			s.AddEventListener("x", s.then("a", s.event.StopImmediatePropagation), nil)
			s.AddEventListener("x", s.writes("b"), nil)
			s.DispatchEvent(s.event)
		}, "a"},
		{"2.9: the stop flags end with the dispatch", func(s *stage) {
			s.event.StopPropagation()
			s.AddEventListener("x", s.writes("a"), nil)
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
		}, "a"},
		{"2.10: an error is reported and stops nobody", func(s *stage) {
			s.AddEventListener("x", failing{errors.New("E")}, nil)
			s.AddEventListener("x", s.writes("a"), nil)
			s.DispatchEvent(s.event)
		}, "report:E a"},
		{"2.10: so is a panic", func(s *stage) {
			s.AddEventListener("x", s.then("a", func() { panic("P") }), nil)
			s.AddEventListener("x", s.writes("b"), nil)
			s.DispatchEvent(s.event)
		}, "a report:webapi: a listener panicked: P b"},
		{"a typed listener takes no other event", func(s *stage) {
			s.AddEventListener("x", webapi.Func(func(*webapi.CloseEvent) { s.letters = append(s.letters, "a") }), nil)
			s.DispatchEvent(s.event)
			s.DispatchEvent(webapi.NewCloseEvent("x", nil))
		}, "report:webapi: TypeError: the listener takes no *webapi.PlainEvent a"},
		{"HTML 8.1.8.1: a handler has the turn of its first setting", func(s *stage) {
			s.AddEventListener("x", s.writes("a"), nil)
			s.SetHandler("x", s.writes("h"))
			s.AddEventListener("x", s.writes("b"), nil)
			s.SetHandler("x", s.writes("i"))
			s.DispatchEvent(s.event)
		}, "a i b"},
		{"HTML 8.1.8.1: null gives the turn up", func(s *stage) {
			s.SetHandler("x", s.writes("h"))
			s.AddEventListener("x", s.writes("a"), nil)
			s.SetHandler("x", nil)
			s.SetHandler("x", nil)
			s.SetHandler("x", s.writes("i"))
			s.DispatchEvent(s.event)
		}, "a i"},
		{"HTML 8.1.8.1: a handler can be added as a listener too", func(s *stage) {
			h := s.writes("h")
			s.SetHandler("x", h)
			s.AddEventListener("x", h, nil)
			s.RemoveEventListener("x", h, false)
			s.RemoveEventListener("x", h, false)
			s.DispatchEvent(s.event)
		}, "h"},
		{"HTML 8.1.8.1: a handler that replaces itself", func(s *stage) {
			s.SetHandler("x", s.then("h", func() { s.SetHandler("x", s.writes("i")) }))
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
		}, "h i"},
		{"2.7: an aborted signal removes a listener", func(s *stage) {
			c := webapi.NewAbortController()
			s.AddEventListener("x", s.then("a", func() { c.Abort(nil) }), &webapi.ListenerOptions{Signal: c.Signal()})
			s.AddEventListener("x", s.writes("b"), &webapi.ListenerOptions{Signal: c.Signal()})
			s.DispatchEvent(s.event)
			s.DispatchEvent(s.event)
			s.AddEventListener("x", s.writes("c"), &webapi.ListenerOptions{Signal: c.Signal()})
			s.DispatchEvent(s.event)
		}, "a"},
	} {
		t.Run(row.what, func(t *testing.T) {
			s := &stage{EventTarget: new(webapi.EventTarget), event: webapi.NewEvent("x", nil)}
			s.then = func(letter string, do func()) webapi.Listener {
				return webapi.Func(func(webapi.Event) {
					s.letters = append(s.letters, letter)
					do()
				})
			}
			s.writes = func(letter string) webapi.Listener { return s.then(letter, func() {}) }
			s.Report = func(err error) { s.letters = append(s.letters, "report:"+err.Error()) }
			row.play(s)
			if got := strings.Join(s.letters, " "); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

type failing struct{ err error }

func (l failing) HandleEvent(webapi.Event) error { return l.err }

func TestWhatAnEventSaysWhileItIsDispatched(t *testing.T) {
	target, e, called := new(webapi.EventTarget), webapi.NewEvent("x", nil), false
	target.AddEventListener("x", webapi.Func(func(webapi.Event) {
		called = true
		if e.Target() != target || e.CurrentTarget() != target || e.EventPhase() != webapi.AtTarget ||
			!slices.Equal(e.ComposedPath(), []webapi.Target{target}) || e.IsTrusted() {
			t.Errorf("inside: %+v", e)
		}
		var again *webapi.DOMException
		if _, err := target.DispatchEvent(e); !errors.As(err, &again) || again.Name != webapi.InvalidStateError {
			t.Errorf("dispatched twice at once: %v", err)
		}
	}), nil)
	if ok, err := target.DispatchEvent(e); !ok || err != nil || !called {
		t.Errorf("%v, %v, called %v", ok, err, called)
	}
	if e.Target() != target || e.CurrentTarget() != nil || e.EventPhase() != webapi.None || e.ComposedPath() != nil {
		t.Errorf("afterwards: %+v", e)
	}
	if _, err := target.DispatchEvent(new(webapi.PlainEvent)); err == nil {
		t.Error("an event without a type was dispatched")
	}
}

func TestPassiveListenersCannotCancel(t *testing.T) {
	for _, passive := range []bool{true, false} {
		target := new(webapi.EventTarget)
		target.AddEventListener("x", webapi.Func(func(e webapi.Event) { e.PreventDefault() }), &webapi.ListenerOptions{Passive: passive})
		ok, _ := target.DispatchEvent(webapi.NewEvent("x", &webapi.EventInit{Cancelable: true}))
		if ok != passive {
			t.Errorf("passive %v: not canceled is %v", passive, ok)
		}
	}
}

func TestPanicErrorGivesTheError(t *testing.T) {
	cause, target := errors.New("cause"), new(webapi.EventTarget)
	var reported error
	target.Report = func(err error) { reported = err }
	target.AddEventListener("x", webapi.Func(func(webapi.Event) { panic(cause) }), nil)
	target.DispatchEvent(webapi.NewEvent("x", nil))
	var panicked *webapi.PanicError
	if !errors.Is(reported, cause) || !errors.As(reported, &panicked) || !strings.Contains(string(panicked.Stack), "eventtarget_test.go") {
		t.Errorf("%v", reported)
	}
}

func TestHandler(t *testing.T) {
	target, l := new(webapi.EventTarget), failing{}
	if target.Handler("x") != nil {
		t.Error("there is a handler")
	}
	if target.SetHandler("x", l); target.Handler("x") != l {
		t.Errorf("%v", target.Handler("x"))
	}
}

func TestAbort(t *testing.T) {
	c := webapi.NewAbortController()
	s := c.Signal()
	var heard []webapi.Event
	s.AddEventListener("abort", webapi.Func(func(e webapi.Event) { heard = append(heard, e) }), nil)
	if s.Aborted() || s.Reason() != nil {
		t.Error("aborted before")
	}
	first := errors.New("first")
	c.Abort(first)
	c.Abort(nil)
	if !s.Aborted() || s.Reason() != first {
		t.Errorf("%v, %v", s.Aborted(), s.Reason())
	}
	if len(heard) != 1 || heard[0].Target() != s || !heard[0].IsTrusted() {
		t.Errorf("%v", heard)
	}
	c = webapi.NewAbortController()
	c.Abort(nil)
	var reason *webapi.DOMException
	if !errors.As(c.Signal().Reason(), &reason) || reason.Name != webapi.AbortError {
		t.Errorf("%v", c.Signal().Reason())
	}
}

func TestContextSignal(t *testing.T) {
	cause := errors.New("cause")
	tasks := webapi.NewTasks()
	ctx, cancel := context.WithCancelCause(context.Background())
	s, stop := webapi.ContextSignal(ctx, tasks)
	defer stop()
	if s.Aborted() {
		t.Error("aborted before")
	}
	release := tasks.Hold()
	s.AddEventListener("abort", webapi.Func(func(webapi.Event) { release() }), nil)
	cancel(cause)
	if err := tasks.Run(context.Background()); err != nil || s.Reason() != cause {
		t.Errorf("%v, %v", err, s.Reason())
	}
	if s, _ := webapi.ContextSignal(ctx, tasks); s.Reason() != cause {
		t.Errorf("of a context that has ended: %v", s.Reason())
	}
	canceled, cancelIt := context.WithCancel(context.Background())
	cancelIt()
	var reason *webapi.DOMException
	if s, _ := webapi.ContextSignal(canceled, tasks); !errors.As(s.Reason(), &reason) || reason.Name != webapi.AbortError {
		t.Errorf("of a canceled context: %v", s.Reason())
	}
}
