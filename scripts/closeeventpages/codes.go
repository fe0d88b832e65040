package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/onclose/websocket"
)

// The templates call the exported methods of page. This file has those about the
// registry of status codes.

// CodeIndex is a line of links, a code each: the way to a code in one step.
func (p page) CodeIndex() string {
	var links []string
	for _, row := range websocket.StatusCodes(p.tag) {
		links = append(links, codeLink(row))
	}
	return strings.Join(links, ", ")
}

// CodeTable has a row for each row of the registry.
func (p page) CodeTable() string {
	t := newTable(p.codeHead...)
	for _, row := range websocket.StatusCodes(p.tag) {
		t.row(codeLink(row), row.Name, escaped(row.Description), p.senders[row.Sender], p.yesNo(row.FromPage))
	}
	return t.String()
}

// Ranges are the rules for who gives out which numbers.
func (p page) Ranges() string {
	var b strings.Builder
	last := ""
	for _, row := range websocket.StatusCodes(p.tag) {
		if row.RangeRule != last {
			fmt.Fprintf(&b, "- %s\n", escaped(row.RangeRule))
		}
		last = row.RangeRule
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// CodeDetails is a section for each row of the registry.
func (p page) CodeDetails() string {
	var b strings.Builder
	for _, row := range websocket.StatusCodes(p.tag) {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", codeHeading(row), escaped(row.Description))
		fmt.Fprintf(&b, "%s\n\n", strings.Join(p.facts(row), p.semicolon))
		list(&b, p.causes, row.Causes)
		list(&b, p.remedies, row.Remedies)
		if row.Outdated != "" {
			fmt.Fprintf(&b, "**%s** %s\n\n", p.outdated, escaped(row.Outdated))
		}
	}
	return strings.TrimSuffix(b.String(), "\n\n")
}

// facts are what the registry says of a row in a word each.
func (p page) facts(row websocket.StatusCodeInfo) []string {
	facts := []string{p.statuses[row.Status], p.sentBy + p.senders[row.Sender], p.section(row.Section)}
	if strings.HasPrefix(row.Section, "IANA") && row.Registered != "" {
		facts = append(facts, p.registered+row.Registered)
	}
	if row.IANAName != "" {
		facts = append(facts, p.ianaName+row.IANAName)
	}
	if row.OldName != "" {
		facts = append(facts, p.oldName+"`"+row.OldName+"`")
	}
	return facts
}

var sectionOfRFC = regexp.MustCompile(`^RFC (\d+), section ([0-9.]+\d)(, and erratum (\d+))?$`)

// section links to where a row is defined.
func (p page) section(place string) string {
	m := sectionOfRFC.FindStringSubmatch(place)
	if m == nil {
		return "[" + p.registry + "](https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number)"
	}
	link := fmt.Sprintf("[RFC %s, section %s](https://www.rfc-editor.org/rfc/rfc%s#section-%s)", m[1], m[2], m[1], m[2])
	if m[4] != "" {
		link += fmt.Sprintf(" %s [erratum %s](https://www.rfc-editor.org/errata/eid%s)", p.and, m[4], m[4])
	}
	return link
}

func list(b *strings.Builder, heading string, items []string) {
	fmt.Fprintf(b, "**%s**\n\n", heading)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", escaped(item))
	}
	b.WriteString("\n")
}

// codeLink leads from a number to its section.
func codeLink(row websocket.StatusCodeInfo) string {
	anchor := strings.ToLower(strings.ReplaceAll(codeHeading(row), " ", "-"))
	return fmt.Sprintf("[%s](#%s)", codeNumbers(row), anchor)
}

// codeHeading is the heading of a row's section: "1000 NormalClosure".
func codeHeading(row websocket.StatusCodeInfo) string {
	return strings.TrimSpace(codeNumbers(row) + " " + row.Name)
}

// codeNumbers is the number of a row, or its range.
func codeNumbers(row websocket.StatusCodeInfo) string {
	if row.First == row.Last {
		return fmt.Sprintf("%d", uint16(row.First))
	}
	return fmt.Sprintf("%d-%d", uint16(row.First), uint16(row.Last))
}
