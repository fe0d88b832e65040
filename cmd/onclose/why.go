package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/why"
)

// whyCmd is the command line of onclose why.
type whyCmd struct {
	File string `arg:"" help:"A file of CloseEvents as JSON lines, or - for standard input."`
	Lang string `enum:"en,fr," default:"" placeholder:"en|fr" help:"English or French. Default: by LC_ALL, LC_MESSAGES and LANG."`
	JSON bool   `name:"json" help:"Write one JSON object on one line."`
}

// Help is what onclose why --help says before the flags.
func (*whyCmd) Help() string {
	return `Examples:
  onclose why closes.jsonl
  onclose dial --json ws://127.0.0.1:8080/echo </dev/null | onclose why -
  onclose why server.log --lang fr

Reads CloseEvents as dial --json writes them, as /events of serve sends them, and
inside the records of a JSON log. One event is explained in full; of many it shows
groups, histograms and the top suspects.

Exit status:
  0  explained
  1  no CloseEvent in the file, or reading failed
  2  the file cannot be opened`
}

// Run writes to standard output; what is wrong with the file goes to stderr.
func (c *whyCmd) Run(s *streams) error {
	in := s.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return usage("why: %s", escapeText(err.Error()))
		}
		defer file.Close()
		in = file
	}
	lang := c.Lang
	if lang == "" {
		lang = environmentLanguage()
	}
	p := printer{out: s.out, err: s.err}
	found, err := readEvents(in, func(format string, args ...any) { p.complain("why: "+format, args...) })
	if err != nil {
		p.complain("why: %v", err)
	}
	if found.others > 0 {
		p.complain("why: %d lines without a CloseEvent", found.others)
	}
	if len(found.events) == 0 {
		return &statusError{exitOther, "why: no CloseEvent found"}
	}
	if writing := c.write(s.out, found.events, lang); writing != nil {
		return writing
	}
	if err != nil {
		return &statusError{exitOther, ""}
	}
	return nil
}

// write explains one event, or surveys many.
func (c *whyCmd) write(out io.Writer, events []websocket.CloseEvent, lang string) error {
	var answer any
	var text string
	if p := (&whyPage{page{width: columns(out)}, whyWordsIn(lang)}); len(events) == 1 {
		e := why.Explain(events[0], lang)
		answer, text = e, p.one(events[0], e)
	} else {
		r := why.Survey(events, lang)
		answer, text = r, p.many(r)
	}
	if !c.JSON {
		_, err := io.WriteString(out, text)
		return err
	}
	line, err := jsonLine(answer)
	if err != nil {
		return err
	}
	_, err = out.Write(line)
	return err
}

// whyPage is the answer for people.
type whyPage struct {
	page
	words *whyWords
}

// one explains an event in full.
func (p *whyPage) one(ev websocket.CloseEvent, e why.Explanation) string {
	w := p.words
	p.wrapped("", "  ", escapeText(ev.String()))
	p.line("")
	p.wrapped("", "", e.What)
	p.line("")
	p.fact(w.who, w.parties[e.Who])
	p.fact(w.sure, w.degrees[e.Confidence])
	p.fact(w.code, e.Meaning)
	p.fact("URL", escapeText(ev.URL))
	if !ev.OpenedAt.IsZero() {
		p.fact(w.age, ev.ClosedAt.Sub(ev.OpenedAt).Round(time.Millisecond).String())
	}
	p.fact(w.rule, e.Rule)
	p.list(w.next, e.Next)
	return p.String()
}

// maxShown is how many groups and suspects are shown.
const maxShown = 10

// many tells about all events.
func (p *whyPage) many(r why.Report) string {
	w := p.words
	p.line(fmt.Sprintf(w.events, r.Events))
	p.line("")
	p.line(w.suspects)
	for i, s := range r.Suspects[:min(len(r.Suspects), maxShown)] {
		p.wrapped(fmt.Sprintf("%3d. ", i+1), "     ", fmt.Sprintf("%s, %s, %d/%d", s.Rule, w.degrees[s.Confidence], s.Count, r.Events))
		p.wrapped("     ", "     ", p.when(s))
		p.wrapped("     ", "     ", s.What)
		for _, next := range s.Next {
			p.wrapped("     - ", "       ", next)
		}
	}
	if len(r.Suspects) == 0 {
		p.line("     " + w.nobody)
	}
	p.bars(w.ages, r.Ages)
	p.bars(w.codes, r.Codes)
	p.groups(r.Groups)
	return p.String()
}

// when is the time in which a suspect's connections ended, and their age.
func (p *whyPage) when(s why.Suspect) string {
	text := fmt.Sprintf(p.words.when, s.First.Format(time.RFC3339), s.Last.Format(time.RFC3339))
	if s.MedianAge != "" {
		text += fmt.Sprintf(p.words.median, s.MedianAge)
	}
	return text
}

// groups lists kinds of ends, the largest first.
func (p *whyPage) groups(groups []why.Group) {
	p.line("")
	p.line(p.words.groups)
	for i, g := range groups {
		if i == maxShown {
			p.line(fmt.Sprintf("  + %d", len(groups)-i))
			return
		}
		cause := string(g.Cause)
		if cause == "" {
			cause = "-"
		}
		p.wrapped("  ", "    ", escapeText(fmt.Sprintf("%6d  %s  %s  %s  %s", g.Count, g.Code, cause, g.Initiator, g.Phase)))
	}
}

// bars draws a histogram: the longest bar fills the width.
func (p *whyPage) bars(heading string, bars []why.Bar) {
	if len(bars) == 0 {
		return
	}
	most, label := 0, 0
	for _, b := range bars {
		most, label = max(most, b.Count), max(label, utf8.RuneCountInString(b.Label))
	}
	p.line("")
	p.line(heading)
	room := max(p.width-label-12, 1)
	for _, b := range bars {
		pad := strings.Repeat(" ", label-utf8.RuneCountInString(b.Label))
		length := max(b.Count*room/most, 1) // who is there is seen
		p.line(fmt.Sprintf("  %s%s %6d %s", pad, b.Label, b.Count, strings.Repeat("█", length)))
	}
}
