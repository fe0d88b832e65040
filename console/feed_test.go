package console

import (
	"strconv"
	"testing"
)

func publish(f *feed, from, to int) {
	for i := from; i <= to; i++ {
		f.publish([]byte(strconv.Itoa(i)))
	}
}

// took is what a subscriber gets: first and last event, how many, how many missed.
type took struct {
	first, last string
	events      int
	missed      uint64
}

func takeAll(f *feed, s *subscriber) took {
	queue, missed := f.take(s)
	got := took{events: len(queue), missed: missed}
	if len(queue) > 0 {
		got.first, got.last = string(queue[0].data), string(queue[len(queue)-1].data)
	}
	return got
}

func TestFeedReplay(t *testing.T) {
	f := newFeed()
	publish(f, 1, 120)
	tests := []struct {
		name     string
		lastSeen string
		want     took
	}{
		{"a new subscriber gets the recent 50", "", took{"71", "120", 50, 0}},
		{"one that saw everything gets nothing", f.epoch + "-120", took{}},
		{"one that lags gets the rest", f.epoch + "-100", took{"101", "120", 20, 0}},
		{"one at the edge of what is kept gets all of it", f.epoch + "-70", took{"71", "120", 50, 0}},
		{"one that lags too far is told how many are lost", f.epoch + "-10", took{"71", "120", 50, 60}},
		{"an id of another feed means a new subscriber", "OTHERONE-100", took{"71", "120", 50, 0}},
		{"an id from the future means a new subscriber", f.epoch + "-121", took{"71", "120", 50, 0}},
		{"an id that is none means a new subscriber", "what?", took{"71", "120", 50, 0}},
		{"an id without number means a new subscriber", f.epoch + "-", took{"71", "120", 50, 0}},
	}
	for _, tt := range tests {
		s, ok := f.subscribe(tt.lastSeen)
		if !ok {
			t.Fatalf("%s: refused", tt.name)
		}
		if got := takeAll(f, s); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		f.unsubscribe(s)
	}
}

func TestASlowSubscriberLosesItsOldestAndIsTold(t *testing.T) {
	f := newFeed()
	slow, _ := f.subscribe("")
	quick, _ := f.subscribe("")
	for i := 1; i <= 100; i++ {
		publish(f, i, i)
		if got, want := takeAll(f, quick), (took{strconv.Itoa(i), strconv.Itoa(i), 1, 0}); got != want {
			t.Fatalf("quick: %+v, want %+v", got, want)
		}
	}
	if got, want := takeAll(f, slow), (took{"37", "100", 64, 36}); got != want {
		t.Errorf("slow: %+v, want %+v", got, want)
	}
	if got := takeAll(f, slow); got != (took{}) {
		t.Errorf("taken twice: %+v", got)
	}
}

// The limits that the package comment names.
func TestLimits(t *testing.T) {
	if recentEvents != 50 || queuedEvents != 64 || maxSubscribers != 64 || heartbeat.Seconds() != 15 || writeTimeout.Seconds() != 10 {
		t.Error("a limit is not what the package comment says")
	}
}

func TestSubscribersAreBounded(t *testing.T) {
	f := newFeed()
	var last *subscriber
	for i := range maxSubscribers {
		s, ok := f.subscribe("")
		if !ok {
			t.Fatalf("subscriber %d refused", i+1)
		}
		last = s
	}
	if _, ok := f.subscribe(""); ok {
		t.Error("one more subscriber than the limit")
	}
	f.unsubscribe(last)
	if _, ok := f.subscribe(""); !ok {
		t.Error("refused although a place is free")
	}
}

func TestAClosedFeedTakesNothing(t *testing.T) {
	f := newFeed()
	s, _ := f.subscribe("")
	f.close()
	f.close()
	publish(f, 1, 1)
	if got := takeAll(f, s); got != (took{}) {
		t.Errorf("published after the end: %+v", got)
	}
	if _, ok := f.subscribe(""); ok {
		t.Error("subscribed after the end")
	}
}
