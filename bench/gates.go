package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"
)

// gatesCommand holds the library to its goals.
type gatesCommand struct {
	Only   string        `help:"Regular expression: the gates to measure, by what is printed of them."`
	Rounds int           `default:"9" help:"Interleaved rounds; the medians count."`
	Time   time.Duration `default:"300ms" help:"Time of one measurement."`
	Quick  bool          `help:"3 rounds of 200 ms: a glance, not a verdict."`
}

// gate is a goal: a figure of one subject, or its ratio to that of another in the
// same round, that may not be above a limit.
type gate struct {
	goal    int // number of the goal
	subject subject
	to      *subject // what the ratio is to; nil: the figure itself is meant
	of      figure
	limit   float64
}

// figure is one of the figures, with the unit it is judged in.
type figure struct {
	name  string
	value func(figures) float64
}

var (
	cpuFigure    = figure{"us CPU", cpu}
	rssFigure    = figure{"KB RSS", func(f figures) float64 { return f.RSS / 1000 }}
	allocsFigure = figure{"allocations", func(f figures) float64 { return f.Allocs }}
	tailFigure   = figure{"ms p99.9", func(f figures) float64 { return float64(f.Slowest.Microseconds()) / 1000 }}
	resetsFigure = figure{"share of resets", func(f figures) float64 { return f.Resets }}
)

func (g gate) String() string {
	text := fmt.Sprintf("%d %s, %v: %s", g.goal, g.subject.server, g.subject.work, g.of.name)
	switch {
	case g.to == nil:
		return text
	case g.to.server == g.subject.server:
		return text + fmt.Sprintf(" x %v", g.to.work)
	}
	return text + " x " + g.to.server
}

func (c *gatesCommand) Run() error {
	if err := pin(loadProcessor); err != nil {
		return err
	}
	only, err := regexp.Compile(c.Only)
	if err != nil {
		return err
	}
	if c.Quick {
		c.Rounds, c.Time = 3, 200*time.Millisecond
	}
	measured, short := 0, 0
	for _, g := range gates() {
		if !only.MatchString(g.String()) {
			continue
		}
		v, err := c.judge(g)
		if err != nil {
			return err
		}
		v.print(os.Stdout)
		measured++
		if !v.passes() {
			short++
		}
	}
	switch {
	case measured == 0:
		return errNoGate
	case short > 0:
		return fmt.Errorf("%d of %d gates fall short", short, measured)
	}
	return nil
}

var errNoGate = errors.New("no gate has such a name")

// verdict is what was measured at a gate, a value for each round.
type verdict struct {
	gate
	values  []float64
	leftOut error // why nothing was
}

// judge measures a gate. A peer that is not installed leaves it without a
// verdict; it does not pass then, and does not fall short.
func (c *gatesCommand) judge(g gate) (verdict, error) {
	subjects := []subject{g.subject}
	if g.to != nil {
		subjects = append(subjects, *g.to)
	}
	for _, s := range subjects {
		if err := find(s.server).missing(); err != nil {
			return verdict{gate: g, leftOut: err}, nil
		}
	}
	n := c.Rounds
	if _, once := g.subject.work.(idle); once {
		n = 1
	}
	all, err := rounds(subjects, n, c.Time)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{gate: g}
	if g.to != nil {
		v.values = all[0].ratios(all[1], g.of.value)
		return v, nil
	}
	for _, f := range all[0] {
		v.values = append(v.values, g.of.value(f))
	}
	return v, nil
}

func (v verdict) passes() bool { return v.leftOut != nil || median(v.values) <= v.limit }

func (v verdict) print(out io.Writer) {
	if v.leftOut != nil {
		fmt.Fprintf(out, "%-74v not measured: %v\n", v.gate, v.leftOut)
		return
	}
	word := "pass"
	if !v.passes() {
		word = "falls short"
	}
	from, to := spread(v.values)
	fmt.Fprintf(out, "%-74v %8.2f <= %6.2f   (%.2f - %.2f)   %s\n", v.gate, median(v.values), v.limit, from, to, word)
}

// gates are the goals of the library, each with both of its styles.
func gates() (all []gate) {
	echoes := []echo{
		{binaryContent, 16, 64, 1, setting{}},
		{binaryContent, 125, 1, 1, setting{}},
		{binaryContent, 125, 64, 1, setting{}},
		{binaryContent, 125, 1000, 1, setting{}},
		{binaryContent, 1 << 10, 64, 1, setting{}},
		{binaryContent, 16 << 10, 64, 1, setting{}},
		{binaryContent, 64 << 10, 64, 1, setting{}},
		{binaryContent, 1 << 20, 1, 1, setting{}},
	}
	pipelined := echo{binaryContent, 125, 64, 16, setting{}}
	for _, style := range []struct {
		name string
		echo float64
	}{{"onclose", 0.95}, {"onclose-read", 1.03}} {
		add := func(goal int, w work, to *subject, of figure, limit float64) {
			all = append(all, gate{goal, subject{style.name, w}, to, of, limit})
		}
		for _, w := range echoes {
			add(1, w, &subject{"raw", w}, cpuFigure, style.echo)
		}
		add(2, pipelined, &subject{"raw", pipelined}, cpuFigure, 1.15)
		add(2, pipelined, nil, tailFigure, 5)
		for _, size := range []int{16 << 10, 64 << 10} {
			bytes := &subject{style.name, echo{binaryContent, size, 64, 1, setting{}}}
			add(3, echo{asciiContent, size, 64, 1, setting{}}, bytes, cpuFigure, 1.05)
			add(3, echo{mixedContent, size, 64, 1, setting{}}, bytes, cpuFigure, 1.15)
		}
		add(4, idle{5000, 1, setting{}}, nil, rssFigure, 4.5)
		add(4, idle{2000, 1, setting{TLS: true}}, nil, rssFigure, 14)
		plain, takeover := setting{Compress: true}, setting{Compress: true, Takeover: true}
		add(5, echo{jsonContent, 1 << 10, 64, 1, plain}, nil, cpuFigure, 25)
		add(5, echo{jsonContent, 16 << 10, 64, 1, plain}, nil, cpuFigure, 130)
		add(5, echo{jsonContent, 1 << 10, 64, 1, takeover}, nil, cpuFigure, 45)
		add(5, idle{1000, 40, takeover}, nil, rssFigure, 48)
		add(6, toAll{128, 5000}, nil, cpuFigure, 8.5)
		add(6, toAll{128, 5000}, &subject{"bun", toAll{128, 5000}}, cpuFigure, 1.03)
		for _, w := range []cycle{{"the client closes", 16, setting{}}, {"the server closes", 16, setting{Bye: true}}} {
			add(7, w, &subject{"raw", w}, cpuFigure, 1.05)
			add(7, w, nil, resetsFigure, 0)
		}
		// Asking for the allocations costs some too, which the messages share.
		add(8, echo{binaryContent, 125, 64, 1, setting{}}, nil, allocsFigure, 0.01)
	}
	slices.SortStableFunc(all, func(a, b gate) int { return a.goal - b.goal })
	return all
}
