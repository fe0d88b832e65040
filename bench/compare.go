package main

import (
	"fmt"
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
	Time    time.Duration `default:"300ms" help:"Time of one measurement."`
	Quick   bool          `help:"3 rounds of 200 ms: a glance."`

	Against  string `help:"Another build of this program, whose onclose is measured too." placeholder:"FILE" type:"existingfile"`
	Markdown string `help:"File to write the tables to as a page, besides." placeholder:"FILE"`
}

func (c *compareCommand) Run() error {
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
	if c.Against != "" {
		addBuild(c.Against)
	}
	report := &page{out: os.Stdout}
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
				report.head(table)
				begun = true
			}
			results, err := c.rounds(table, w)
			if err != nil {
				return err
			}
			report.rows(table.rows(w, results))
		}
	}
	if c.Markdown == "" {
		return nil
	}
	return report.write(c.Markdown, c)
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

// rows are the results of one work, the heads of the columns first.
func (t table) rows(w work, results []result) [][]string {
	head := []string{w.String(), t.columns[0].head, "ratio", "(middle half)"}
	for _, c := range t.columns[1:] {
		head = append(head, c.head)
	}
	rows := [][]string{head}
	base := results[slices.IndexFunc(results, func(r result) bool { return r.name == t.base })].series
	for _, r := range results {
		ratios := r.series.ratios(base, t.of)
		from, to := spread(ratios)
		middle := r.series.middle(t.of)
		row := []string{
			r.name, t.columns[0].value(middle), fmt.Sprintf("%.2f", median(ratios)), fmt.Sprintf("(%.2f - %.2f)", from, to),
		}
		for _, c := range t.columns[1:] {
			row = append(row, c.value(middle))
		}
		rows = append(rows, row)
	}
	return rows
}
