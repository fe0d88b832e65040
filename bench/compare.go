package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// compareCommand measures and prints tables.
type compareCommand struct {
	Only    string        `help:"Regular expression: tables and works whose name matches."`
	Servers []string      `help:"Servers to measure besides raw; default all."`
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
	for _, table := range echoTables {
		var works []echo
		for _, w := range table.works {
			if only.MatchString(table.name + ": " + w.String()) {
				works = append(works, w)
			}
		}
		if len(works) == 0 {
			continue
		}
		fmt.Printf("\n## %s\n%s\n\n", table.name, table.note)
		for _, w := range works {
			if err := c.compare(os.Stdout, w, table.base); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare measures all servers at one work, in turns, and prints a table.
func (c *compareCommand) compare(out *os.File, w echo, base string) error {
	var processes []*process
	defer func() {
		for _, p := range processes {
			p.stop()
		}
	}()
	for _, s := range servers {
		if !w.fits(s) || s.name != base && len(c.Servers) > 0 && !slices.Contains(c.Servers, s.name) {
			continue
		}
		p, err := start(s.name, w.setting)
		if err != nil {
			return err
		}
		processes = append(processes, p)
		if err := w.check(p.address); err != nil {
			return fmt.Errorf("%s, %v: %w", s.name, w, err)
		}
	}
	results := make([]series, len(processes))
	for range c.Rounds {
		for i, p := range processes {
			f, err := w.measure(p, c.Time)
			if err != nil {
				return err
			}
			results[i] = append(results[i], f)
		}
	}
	of := slices.IndexFunc(processes, func(p *process) bool { return p.name == base })
	fmt.Fprintf(out, "%-34s %9s %7s %15s %8s %9s %9s\n", w, "us", "ratio", "(middle half)", "allocs", "bytes out", "p99.9")
	for i, p := range processes {
		ratios := results[i].ratios(results[of], cpu)
		from, to := spread(ratios)
		fmt.Fprintf(out, "  %-32s %9.2f %7.2f    (%.2f - %.2f) %8.2f %9.0f %9s\n", p.name, results[i].median(cpu), median(ratios), from, to,
			results[i].median(allocs), results[i].median(func(f figures) float64 { return f.Payload }),
			time.Duration(results[i].median(func(f figures) float64 { return float64(f.Slowest) })).Round(10*time.Microsecond))
	}
	return nil
}

func cpu(f figures) float64    { return f.CPU }
func allocs(f figures) float64 { return f.Allocs }

// echoTable is a table of works.
type echoTable struct {
	name, note string
	base       string // the server that ratios are to
	works      []echo
}

var echoTables = []echoTable{
	{
		"echo", "Binary messages; the ratio is to raw.", "raw",
		[]echo{
			{binaryContent, 16, 64, 1, setting{}},
			{binaryContent, 125, 1, 1, setting{}},
			{binaryContent, 125, 64, 1, setting{}},
			{binaryContent, 125, 64, 16, setting{}},
			{binaryContent, 125, 1000, 1, setting{}},
			{binaryContent, 1 << 10, 64, 1, setting{}},
			{binaryContent, 1 << 10, 64, 16, setting{}},
			{binaryContent, 16 << 10, 64, 1, setting{}},
			{binaryContent, 64 << 10, 64, 1, setting{}},
			{binaryContent, 1 << 20, 1, 1, setting{}},
		},
	},
	{
		"text", "ASCII first, then mixed text; the ratio is to raw, which does not check UTF-8.", "raw",
		[]echo{
			{asciiContent, 16 << 10, 64, 1, setting{}},
			{mixedContent, 16 << 10, 64, 1, setting{}},
			{asciiContent, 64 << 10, 64, 1, setting{}},
			{mixedContent, 64 << 10, 64, 1, setting{}},
		},
	},
	{
		"deflate", "JSON, compressed both ways; the ratio is to onclose. Each library at its own default level.", "onclose",
		deflateWorks(),
	},
}

func deflateWorks() (works []echo) {
	for _, takeover := range []bool{false, true} {
		for _, size := range []int{128, 1 << 10, 16 << 10, 1 << 20} {
			conns := 64
			if size == 1<<20 {
				conns = 4
			}
			works = append(works, echo{jsonContent, size, conns, 1, setting{Compress: true, Takeover: takeover}})
		}
	}
	return works
}

// names of the tables, for help.
func tableNames() string {
	var names []string
	for _, t := range echoTables {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}
