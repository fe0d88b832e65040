package webapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/onclose/websocket/webapi"
)

// DOM Standard, section 3.2: a dependent signal is aborted when its first source
// is, before the listeners of the source are called, and is told behind them.
func TestADependentSignalFollowsTheFirst(t *testing.T) {
	var log []string
	first, second := webapi.NewAbortController(), webapi.NewAbortController()
	either := webapi.AnySignal(first.Signal(), second.Signal(), first.Signal())
	nested := webapi.AnySignal(either)
	note := func(name string) webapi.Listener {
		return webapi.Func(func(webapi.Event) {
			log = append(log, fmt.Sprintf("%s %v %v", name, either.Aborted(), nested.Aborted()))
		})
	}
	nested.AddEventListener("abort", note("nested"), nil)
	either.AddEventListener("abort", note("either"), nil)
	second.Signal().AddEventListener("abort", note("second"), nil)
	reason := errors.New("enough")
	second.Abort(reason)
	first.Abort(nil)
	if got, want := strings.Join(log, ", "), "second true true, either true true, nested true true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if either.Reason() != reason || nested.Reason() != reason {
		t.Errorf("reasons %v, %v", either.Reason(), nested.Reason())
	}
}

func TestADependentSignalOfAnAbortedOne(t *testing.T) {
	c := webapi.NewAbortController()
	c.Abort(nil)
	s := webapi.AnySignal(webapi.NewAbortController().Signal(), c.Signal())
	if !s.Aborted() || s.Reason() != c.Signal().Reason() {
		t.Errorf("%v, %v", s.Aborted(), s.Reason())
	}
	if never := webapi.AnySignal(); never.Aborted() || never.Reason() != nil {
		t.Errorf("a signal of none: %v", never.Reason())
	}
}
