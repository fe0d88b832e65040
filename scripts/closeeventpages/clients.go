package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file has the tables about what clients do.

// ClientList names the clients and their versions.
func (p page) ClientList() string {
	var names []string
	for _, c := range p.Clients {
		names = append(names, c.Version)
	}
	return strings.Join(names, p.semicolon)
}

// ScenarioCount is how many scenarios each client went through.
func (p page) ScenarioCount() int { return len(p.Scenarios) }

// Groups counts, for each group of scenarios, how often a client gives the
// standard's result, one that the standards allow too, and another. It is given
// pairs of a group and its name, and wants all groups.
func (p page) Groups(pairs ...string) (string, error) {
	head := []string{p.group, p.scenarios}
	for _, c := range p.Clients {
		head = append(head, c.Name())
	}
	t := newTable(head...)
	total := 0
	for pair := range slices.Chunk(pairs, 2) {
		var counted int
		counts := map[string]map[string]int{}
		for _, s := range p.Scenarios {
			if s.Group != pair[0] {
				continue
			}
			counted++
			for id, r := range s.Results {
				if counts[id] == nil {
					counts[id] = map[string]int{}
				}
				counts[id][r.Verdict]++
			}
		}
		cells := []string{pair[1], strconv.Itoa(counted)}
		for _, c := range p.Clients {
			n := counts[c.ID]
			cells = append(cells, fmt.Sprintf("%d / %d / %d", n["standard"], n["allowed"], n["deviates"]))
		}
		t.row(cells...)
		total += counted
	}
	if total != len(p.Scenarios) {
		return "", fmt.Errorf("the groups named have %d scenarios, want %d", total, len(p.Scenarios))
	}
	return t.String(), nil
}

// WireCodes says what clients report when a server puts a code on the wire.
// Codes of which all clients report alike share a row.
func (p page) WireCodes() string {
	head := []string{p.onWire, p.standard}
	for _, c := range p.Clients {
		head = append(head, c.Name())
	}
	var answers []string           // in the order of their first code
	codes := map[string][]string{} // by the cells of a row
	for _, s := range p.Scenarios {
		code, isCode := strings.CutPrefix(s.ID, "code-")
		if !isCode {
			continue
		}
		cells := []string{p.report(code, p.standards[s.ID])}
		for _, c := range p.Clients {
			cells = append(cells, p.report(code, s.Results[c.ID]))
		}
		answer := strings.Join(cells, " | ")
		if codes[answer] == nil {
			answers = append(answers, answer)
		}
		codes[answer] = append(codes[answer], code)
	}
	t := newTable(head...)
	for _, answer := range answers {
		t.row(strings.Join(codes[answer], ", "), answer)
	}
	return t.String()
}

// report is a result in a few words, next to the code that the server sent.
func (p page) report(sent string, r result) string {
	switch {
	case r.Code == nil:
		return p.noEvent
	case r.WasClean && strconv.Itoa(*r.Code) == sent:
		return p.asSent
	case r.WasClean:
		return fmt.Sprintf("%d, %s", *r.Code, p.clean)
	case r.Error:
		return fmt.Sprintf("%d, `error`", *r.Code)
	}
	return strconv.Itoa(*r.Code)
}

// Happens is a row of the table of what a page sees: the standard's answer in a
// scenario, and the clients whose answer is another.
func (p page) Happens(id, what string) (string, error) {
	s, err := p.scenario(id)
	if err != nil {
		return "", err
	}
	standard := p.standards[id]
	if standard.Code == nil {
		return "", fmt.Errorf("no event is demanded in the scenario %s", id)
	}
	cells := []string{what, strconv.Itoa(*standard.Code), code(strconv.FormatBool(standard.WasClean)), p.yesNo(standard.Error), p.others(s, standard)}
	return "| " + strings.Join(cells, " | ") + " |", nil
}

// others says which clients give another answer, those with the same together.
func (p page) others(s scenario, standard result) string {
	var differences []string
	names := map[string][]string{}
	for _, c := range p.Clients {
		r := s.Results[c.ID]
		if r.Verdict == "" || r.same(standard) {
			continue
		}
		difference := p.difference(r, standard)
		if names[difference] == nil {
			differences = append(differences, difference)
		}
		names[difference] = append(names[difference], c.Name())
	}
	for i, difference := range differences {
		differences[i] = strings.Join(names[difference], ", ") + p.colon + difference
	}
	return strings.Join(differences, p.semicolon)
}

// difference is what of a result is not as the standards have it.
func (p page) difference(r, standard result) string {
	if r.Code == nil {
		return p.noEvent
	}
	var parts []string
	if *r.Code != *standard.Code {
		parts = append(parts, strconv.Itoa(*r.Code))
	}
	if r.WasClean != standard.WasClean {
		parts = append(parts, code(strconv.FormatBool(r.WasClean)))
	}
	if r.Error != standard.Error {
		parts = append(parts, map[bool]string{true: p.withError, false: p.withoutError}[r.Error])
	}
	return strings.Join(parts, ", ")
}

// code marks text as code.
func code(text string) string { return "`" + text + "`" }
