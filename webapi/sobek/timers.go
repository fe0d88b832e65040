package sobek

import (
	"math"
	"slices"
	"time"

	js "github.com/grafana/sobek"
)

// timers are those of setTimeout and setInterval. They are due in the order of
// their times, and of their starting if those are the same, which timers of Go's
// own would not be.
//
// HTML Standard, section 8.6.
type timers struct {
	scope   *Scope
	last    int32
	waiting []*timer // by time
	alarm   *time.Timer
}

type timer struct {
	id       int32
	due      time.Time
	interval time.Duration // negative for a timer that goes once
	f        js.Callable
	release  func() // the event loop
}

// maxDelay is what a long has room for, in milliseconds.
const maxDelay = math.MaxInt32

func (t *timers) start(f js.Callable, milliseconds float64, repeat bool) int32 {
	if math.IsNaN(milliseconds) || milliseconds < 0 || milliseconds > maxDelay {
		milliseconds = 0
	}
	delay := time.Duration(math.Trunc(milliseconds)) * time.Millisecond
	t.last++
	started := &timer{id: t.last, f: f, interval: -1, release: t.scope.env.Tasks.Hold()}
	if repeat {
		started.interval = max(delay, time.Millisecond)
	}
	t.wait(started, delay)
	return started.id
}

func (t *timers) clear(id float64) {
	at := slices.IndexFunc(t.waiting, func(w *timer) bool { return float64(w.id) == id })
	if at >= 0 {
		t.waiting[at].release()
		t.waiting = slices.Delete(t.waiting, at, at+1)
	}
}

// wait puts a timer in its place.
func (t *timers) wait(w *timer, delay time.Duration) {
	w.due = time.Now().Add(delay)
	at, _ := slices.BinarySearchFunc(t.waiting, w, func(other, w *timer) int {
		if other.due.After(w.due) {
			return 1
		}
		return -1 // the same time is no reason to go before
	})
	t.waiting = slices.Insert(t.waiting, at, w)
	if at == 0 {
		t.setAlarm()
	}
}

// setAlarm makes the next timer a task when it is due.
func (t *timers) setAlarm() {
	if t.alarm != nil {
		t.alarm.Stop()
	}
	if len(t.waiting) > 0 {
		tasks := t.scope.env.Tasks
		t.alarm = time.AfterFunc(time.Until(t.waiting[0].due), func() { tasks.Post(t.ring) })
	}
}

// ring runs the first timer, if it is due: an alarm may come after its timer was
// cleared.
func (t *timers) ring() {
	if len(t.waiting) == 0 || time.Until(t.waiting[0].due) > 0 {
		t.setAlarm()
		return
	}
	first := t.waiting[0]
	t.waiting = slices.Delete(t.waiting, 0, 1)
	if first.interval < 0 {
		first.release()
	} else {
		t.wait(first, first.interval)
	}
	t.setAlarm()
	t.scope.callback(first.f, js.Undefined())
}
