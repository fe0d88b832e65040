package main

import "strings"

// table is a table of Markdown.
type table struct{ strings.Builder }

func newTable(head ...string) *table {
	t := &table{}
	t.row(head...)
	t.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	return t
}

// row adds cells, which are Markdown already.
func (t *table) row(cells ...string) {
	t.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// String is the table without the line's end behind it, which the template has.
func (t *table) String() string { return strings.TrimSuffix(t.Builder.String(), "\n") }

// escaped keeps plain text from being read as Markdown.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`, `*`, `\*`, `[`, `\[`, "`", "\\`", `<`, `\<`).Replace(text)
}
