package protocol

import (
	"testing"
	"time"

	"github.com/onclose/websocket/wire"
)

// told is a Receiver and the time that it is told of.
type told struct {
	r    Receiver
	now  time.Time
	last Event
}

func newTold(limits Limits) *told {
	f := &told{now: time.Unix(1000, 0)}
	f.r.Init(Client, limits)
	f.r.Waited(f.now, f.now)
	return f
}

// after lets time pass, in which the peer is asked for bytes or not.
func (f *told) after(away, waited time.Duration) *told {
	asked := f.now.Add(away)
	f.now = asked.Add(waited)
	f.r.Waited(asked, f.now)
	return f
}

// take gives n messages of so many bytes of frame, and returns how many passed.
func (f *told) take(n, size int) int {
	for i := range n {
		frame := append([]byte{0x82, byte(size - 2)}, make([]byte, size-2)...)
		for len(frame) > 0 {
			ev, taken := f.r.Receive(frame)
			frame = frame[taken:]
			if f.last = ev; ev.Kind != Data {
				return i
			}
		}
	}
	return n
}

func TestASecondsWorthOfMessagesMayComeAtOnce(t *testing.T) {
	f := newTold(Limits{MessagesPerSecond: 10})
	if n := f.take(20, 10); n != 10 {
		t.Errorf("%d messages passed", n)
	}
	v := f.last.Violation
	if v == nil || v.Rule != wire.RuleTooManyMessages || v.Got != 11 || v.Limit != 10 || v.Offset != 110 || len(f.last.Payload) != 8 {
		t.Errorf("%+v", v)
	}
	if ev, n := f.r.Receive([]byte{0x82, 0}); ev.Kind != NeedMore || n != 2 || !f.r.Ended() {
		t.Errorf("behind it: %v, %d", ev, n)
	}
}

func TestRatesToTheNanosecond(t *testing.T) {
	third := time.Second/3 + 1 // a third of a second and a little
	for _, test := range []struct {
		name   string
		limits Limits
		pass   func(*told)
		want   int // messages of 10 bytes that then pass
	}{
		{"a second's worth, however long nothing came", Limits{MessagesPerSecond: 3}, func(f *told) { f.after(0, time.Hour) }, 3},
		{"one more at its time", Limits{MessagesPerSecond: 3}, func(f *told) { f.take(3, 10); f.after(0, third) }, 1},
		{"none a nanosecond before", Limits{MessagesPerSecond: 3}, func(f *told) { f.take(3, 10); f.after(0, third-1) }, 0},
		{"bytes of frames count", Limits{BytesPerSecond: 100}, func(f *told) {}, 10},
		{"a message counts once, in however many fragments", Limits{MessagesPerSecond: 3}, func(f *told) {
			for _, frame := range []string{"\x02\x01a", "\x00\x01b", "\x00\x01c", "\x80\x01d"} {
				f.r.Receive([]byte(frame))
			}
		}, 2},
		{"and those of control frames", Limits{BytesPerSecond: 100}, func(f *told) { f.r.Receive([]byte{0x89, 0}); f.r.Receive([]byte{0x8a, 0}) }, 9},
		{"what is slower passes", Limits{BytesPerSecond: 100, MessagesPerSecond: 1000}, func(f *told) {
			for range 10_000 {
				if f.take(1, 10); f.last.Kind != Data {
					return
				}
				f.after(0, 100*time.Millisecond)
			}
		}, 10},
		{"what came while nobody asked is not held against the peer", Limits{MessagesPerSecond: 3}, func(f *told) { f.after(time.Minute, 0) }, 183},
		{"that is used up as the peer is waited for", Limits{MessagesPerSecond: 3}, func(f *told) { f.after(time.Minute, 20*time.Second) }, 123},
		{"down to a second's worth", Limits{MessagesPerSecond: 3}, func(f *told) { f.after(time.Minute, time.Hour) }, 3},
		{"a time beyond all numbers", Limits{BytesPerSecond: 1 << 62}, func(f *told) { f.after(1<<62, 0); f.after(1<<62, 1<<62) }, 1000},
		{"a clock that goes back", Limits{MessagesPerSecond: 3}, func(f *told) { f.after(-time.Hour, -time.Hour) }, 3},
		{"no limit", Limits{MessagesPerSecond: NoLimit, BytesPerSecond: 1 << 30}, func(f *told) {}, 1000},
	} {
		f := newTold(test.limits)
		test.pass(f)
		if n := f.take(1000, 10); n != test.want {
			t.Errorf("%s: %d messages passed, want %d", test.name, n, test.want)
		}
	}
}

// A Close frame passes whatever the rate, and behind Untimed everything does.
func TestACloseFramePassesAnyRate(t *testing.T) {
	f := newTold(Limits{BytesPerSecond: 2})
	if ev, _ := f.r.Receive([]byte{0x88, 2, 3, 0xe8}); ev.Kind != Close {
		t.Errorf("%v", ev)
	}
	f = newTold(Limits{MessagesPerSecond: 1})
	if f.r.Untimed(); f.take(100, 10) != 100 || f.r.Timed() {
		t.Error("still limited")
	}
}

func TestNoRateIsLimitedByDefault(t *testing.T) {
	var r Receiver
	if r.Init(Client, Limits{}); r.Timed() {
		t.Error("it is")
	}
}

// A peer that was asked all the time, though nobody stood there waiting, has waited
// and was not away: an hour is worth no more than a second.
func TestAZeroTimeSaysThatThePeerWasAskedEverSince(t *testing.T) {
	f := newTold(Limits{MessagesPerSecond: 10})
	f.take(10, 10)
	f.now = f.now.Add(time.Hour)
	f.r.Waited(time.Time{}, f.now)
	if n := f.take(20, 10); n != 10 {
		t.Errorf("%d messages passed", n)
	}
}
