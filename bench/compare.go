package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"
)

// work is what a server is measured at.
type work interface {
	fmt.Stringer
	with() setting
	// fits reports whether a server can do it.
	fits(*server) bool
	// check compares the server's answers with what they have to be.
	check(address string) error
	// measure lets the server work for some time.
	measure(*process, time.Duration) (figures, error)
}

// compareCommand measures and prints tables.
type compareCommand struct {
	Only    string        `help:"Regular expression: the works to do, by table and name."`
	Servers []string      `help:"Servers to measure besides the one that ratios are to; default all."`
	Rounds  int           `default:"9" help:"Interleaved rounds; the medians count."`
	Time    time.Duration `default:"400ms" help:"Time of one measurement."`
}

func (c *compareCommand) Run() error {
	if err := pin(loadProcessor); err != nil {
		return err
	}
	only, err := regexp.Compile(c.Only)
	if err != nil {
		return err
	}
	for _, s := range servers {
		if err := s.missing(); err != nil {
			fmt.Fprintf(os.Stderr, "%s is left out: %v\n", s.name, err)
		}
	}
	for _, table := range tables {
		begun := false
		for _, w := range table.works {
			if !only.MatchString(table.name + ": " + w.String()) {
				continue
			}
			if !begun {
				fmt.Printf("\n## %s\n\n%s\n\n", table.name, table.note)
				begun = true
			}
			results, err := c.rounds(table, w)
			if err != nil {
				return err
			}
			table.print(os.Stdout, w, results)
		}
	}
	return nil
}

// result is what the rounds gave for one server.
type result struct {
	name   string
	series series
}

// rounds measures all servers at one work.
func (c *compareCommand) rounds(t table, w work) ([]result, error) {
	var subjects []subject
	for _, s := range servers {
		if w.fits(s) && s.missing() == nil && (s.name == t.base || len(c.Servers) == 0 || slices.Contains(c.Servers, s.name)) {
			subjects = append(subjects, subject{s.name, w})
		}
	}
	n := c.Rounds
	if t.once {
		n = 1
	}
	all, err := rounds(subjects, n, c.Time)
	results := make([]result, len(all))
	for i := range all {
		results[i] = result{subjects[i].server, all[i]}
	}
	return results, err
}

// table is some works, and how their figures are shown.
type table struct {
	name, note string
	base       string // the server that ratios are to
	once       bool   // a server is measured once
	of         func(figures) float64
	columns    []column
	works      []work
}

// column is a figure beside the main one.
type column struct {
	head  string
	value func(figures) string
}

func (t table) print(out io.Writer, w work, results []result) {
	fmt.Fprintf(out, "%-40s %10s %6s %15s", w, t.columns[0].head, "ratio", "(middle half)")
	for _, c := range t.columns[1:] {
		fmt.Fprintf(out, " %10s", c.head)
	}
	fmt.Fprintln(out)
	base := results[slices.IndexFunc(results, func(r result) bool { return r.name == t.base })].series
	for _, r := range results {
		ratios := r.series.ratios(base, t.of)
		from, to := spread(ratios)
		middle := r.series.middle(t.of)
		fmt.Fprintf(out, "  %-38s %10s %6.2f   (%.2f - %.2f)", r.name, t.columns[0].value(middle), median(ratios), from, to)
		for _, c := range t.columns[1:] {
			fmt.Fprintf(out, " %10s", c.value(middle))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}
