package main

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// figures are what one measurement of one server gave.
type figures struct {
	CPU     float64       // microseconds of the server's processor for a message
	Allocs  float64       // of a message
	Payload float64       // bytes that came back for a message
	Half    time.Duration // the latency that half of the messages exceed,
	Late    time.Duration // one in a hundred,
	Slowest time.Duration // and one in a thousand
	Resets  float64       // share of the connections that the server reset

	RSS, Heap, Stack float64 // bytes for an idle connection
}

// micros is a duration in microseconds.
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// series are the figures of all rounds.
type series []figures

// middle is the round whose main figure is the median, the lower of two.
func (s series) middle(of func(figures) float64) figures {
	sorted := slices.SortedFunc(slices.Values(s), func(a, b figures) int { return cmp.Compare(of(a), of(b)) })
	return sorted[(len(sorted)-1)/2]
}

// ratios are the quotients of one figure in s and in base, round by round.
func (s series) ratios(base series, of func(figures) float64) []float64 {
	values := make([]float64, min(len(s), len(base)))
	for i := range values {
		values[i] = of(s[i]) / of(base[i])
	}
	return values
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// spread is the range of the middle half of the values.
func spread(values []float64) (from, to float64) {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	return values[n/4], values[n-1-n/4]
}

// latency counts durations in classes that grow by an eighth: it is exact to a
// sixteenth. One goroutine adds.
type latency struct {
	classes [256]int64
	reset   atomic.Bool // forget what was before
}

func (l *latency) add(d time.Duration) {
	if l.reset.Swap(false) {
		l.classes = [256]int64{}
	}
	class := int(math.Log(float64(max(d, 1))) / math.Log(1.125))
	l.classes[min(class, len(l.classes)-1)]++
}

func join(all []*latency) *latency {
	sum := &latency{}
	for _, l := range all {
		for class, n := range l.classes {
			sum.classes[class] += n
		}
	}
	return sum
}

// quantile is the duration that a share of all does not exceed.
func (l *latency) quantile(share float64) time.Duration {
	var total, below int64
	for _, n := range l.classes {
		total += n
	}
	for class, n := range l.classes {
		if below += n; float64(below) >= share*float64(total) {
			return time.Duration(math.Pow(1.125, float64(class)+0.5))
		}
	}
	return 0
}
