package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/onclose/websocket"
)

// explainCmd is the command line of onclose explain.
type explainCmd struct {
	Code string `arg:"" optional:"" help:"A number from 0 to 65535, a range such as 3000-3999, or a name in any spelling: GoingAway, \"going away\", CLOSE_GOING_AWAY. Without it, the whole table."`
	Lang string `enum:"en,fr," default:"" placeholder:"en|fr" help:"English or French. Default: by LC_ALL, LC_MESSAGES and LANG."`
	JSON bool   `name:"json" help:"Write JSON: one object on one line for each row told about."`
}

// Help is what onclose explain --help says before the flags.
func (*explainCmd) Help() string {
	return `Examples:
  onclose explain 1006
  onclose explain CLOSE_GOING_AWAY --lang fr
  onclose explain --json | jq -r 'select(.onWire) | .first'

Every number from 0 to 65535 has an answer, also those that nobody assigned.

Exit status:
  0  explained
  2  not a status code`
}

// Run writes to standard output.
func (c *explainCmd) Run(s *streams) error {
	lang := c.Lang
	if lang == "" {
		lang = environmentLanguage()
	}
	rows, err := findRows(c.Code, lang)
	switch {
	case err != nil:
		return usage("explain: %v", err)
	case c.JSON:
		for _, row := range rows {
			line, err := jsonLine(row)
			if err != nil {
				return err
			}
			if _, err := s.out.Write(line); err != nil {
				return err
			}
		}
		return nil
	}
	words := explainWordsIn(lang)
	text := words.table(rows)
	if len(rows) == 1 {
		text = words.page(rows[0], columns(s.out))
	}
	_, err = io.WriteString(s.out, text)
	return err
}

// environmentLanguage is the language of messages, as POSIX has it: the first
// of the three variables that is not empty.
func environmentLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// findRows are the rows of the registry that an argument asks for.
func findRows(what, lang string) ([]websocket.StatusCodeInfo, error) {
	if what == "" {
		return websocket.StatusCodes(lang), nil
	}
	if code, err := strconv.ParseUint(what, 10, 16); err == nil {
		return []websocket.StatusCodeInfo{websocket.Describe(websocket.StatusCode(code), lang)}, nil
	}
	first, last, isRange := parseRange(what)
	var rows []websocket.StatusCodeInfo
	for _, row := range websocket.StatusCodes(lang) {
		if isRange && row.Last >= first && row.First <= last || !isRange && isName(what, row) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%q is neither a number from 0 to 65535 nor the name of a status code; onclose explain lists them", what)
	}
	return rows, nil
}

// parseRange reads "3000-3999".
func parseRange(text string) (first, last websocket.StatusCode, ok bool) {
	from, to, _ := strings.Cut(text, "-")
	low, err := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	if err != nil {
		return 0, 0, false
	}
	high, err := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	return websocket.StatusCode(low), websocket.StatusCode(high), err == nil && low <= high
}

// isName reports whether text is one of the names of a row, case, spaces and
// punctuation aside. Old names are known without their CLOSE_ too.
func isName(text string, row websocket.StatusCodeInfo) bool {
	text = letters(text)
	for _, name := range []string{row.Name, row.IANAName, row.OldName, strings.TrimPrefix(row.OldName, "CLOSE_")} {
		if text != "" && letters(name) == text {
			return true
		}
	}
	return false
}

// letters is text without what names are spelled differently in.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// standing says what the status of a code means.
func standing(code websocket.StatusCode, lang string) string {
	return explainWordsIn(lang).standings[websocket.Describe(code, lang).Status]
}

// The width of a page in columns.
const (
	maxColumns = 80
	minColumns = 40
)

// columns is how wide text for a stream may be: as the terminal, and 80 at most.
func columns(stream any) int {
	if isTerminal(stream) {
		if width, _, err := term.GetSize(int(stream.(*os.File).Fd())); err == nil {
			return min(max(width, minColumns), maxColumns)
		}
	}
	return maxColumns
}

// table lists rows in columns.
func (w *explainWords) table(rows []websocket.StatusCodeInfo) string {
	cells := [][]string{w.tableHead}
	for _, row := range rows {
		cells = append(cells, []string{codes(row), row.Name, w.statuses[row.Status], w.senders[row.Sender], w.yesNo(row.OnWire), w.yesNo(row.FromPage)})
	}
	widths := make([]int, len(w.tableHead))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range cells {
		var text string
		for i, cell := range line {
			text += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

// codes is the number of a row, or its range.
func codes(row websocket.StatusCodeInfo) string {
	if row.First == row.Last {
		return strconv.Itoa(int(row.First))
	}
	return fmt.Sprintf("%d-%d", row.First, row.Last)
}

// page tells everything about one row.
func (w *explainWords) page(row websocket.StatusCodeInfo, width int) string {
	p := page{width: width}
	title := row.Code.String()
	if row.First != row.Last {
		title = fmt.Sprintf("%d (%s)", row.Code, codes(row))
		if row.Code == row.First {
			title = codes(row)
		}
	}
	p.line(title)
	p.wrapped("  ", "  ", row.Description)
	p.line("")
	p.fact(w.status, w.standings[row.Status])
	p.fact(w.sender, w.senders[row.Sender])
	p.fact(w.onWire, w.yesNo(row.OnWire))
	p.fact(w.fromPage, w.yesNo(row.FromPage))
	p.fact(w.ianaName, row.IANAName)
	p.fact(w.oldName, row.OldName)
	p.fact(w.section, row.Section)
	p.fact(w.registered, row.Registered)
	p.fact(w.rangeRule, row.RangeRule)
	p.list(w.causes, row.Causes)
	p.list(w.remedies, row.Remedies)
	if row.Outdated != "" {
		p.list(w.outdated, []string{row.Outdated})
	}
	return p.String()
}

// page is text of a certain width.
type page struct {
	strings.Builder
	width int
}

func (p *page) line(text string) { p.WriteString(text + "\n") }

// fact is a label and what it says, if it says something.
func (p *page) fact(label, value string) {
	const indent = 20
	if value != "" {
		p.wrapped("  "+label+strings.Repeat(" ", indent-2-utf8.RuneCountInString(label)), strings.Repeat(" ", indent), value)
	}
}

// list is a heading and its items.
func (p *page) list(heading string, items []string) {
	p.line("")
	p.line(heading)
	for _, item := range items {
		p.wrapped("  - ", "    ", item)
	}
}

// wrapped writes text broken at spaces, not at the no-break ones of French.
func (p *page) wrapped(first, rest, text string) {
	line, used := first, utf8.RuneCountInString(first)
	for i, word := range strings.Split(text, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+length > p.width:
			p.line(line)
			line, used = rest, utf8.RuneCountInString(rest)
		default:
			line += " "
			used++
		}
		line += word
		used += length
	}
	p.line(line)
}

// explainWords are the words of explain in one language.
type explainWords struct {
	tableHead []string
	yes, no   string

	status, sender, onWire, fromPage, ianaName, oldName, section, registered, rangeRule string

	causes, remedies, outdated string

	statuses, senders, standings map[string]string
}

func (w *explainWords) yesNo(yes bool) string {
	if yes {
		return w.yes
	}
	return w.no
}

// explainWordsIn chooses the language as websocket.Describe does.
func explainWordsIn(lang string) *explainWords {
	if end := strings.IndexFunc(lang, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
		lang = lang[:end]
	}
	if strings.EqualFold(lang, "fr") {
		return &explainWordsFR
	}
	return &explainWordsEN
}

var explainWordsEN = explainWords{
	tableHead: []string{"CODE", "NAME", "STATUS", "SENT BY", "ON WIRE", "BY PAGE"},
	yes:       "yes", no: "no",
	status: "status", sender: "sent by", onWire: "on the wire", fromPage: "a page may send",
	ianaName: "IANA name", oldName: "old name", section: "defined in", registered: "registered", rangeRule: "range",
	causes: "Usual causes", remedies: "What to do", outdated: "Outdated on MDN's old page",
	statuses: map[string]string{
		"assigned": "assigned", "result": "result", "reserved": "reserved", "unassigned": "unassigned",
		"unused": "unused", "private": "private", "out-of-range": "out of range",
	},
	senders: map[string]string{"client": "client", "server": "server", "both": "both", "nobody": "nobody"},
	standings: map[string]string{
		"assigned":     "assigned in the IANA registry",
		"result":       "a result, which arises locally and never travels",
		"reserved":     "reserved, without a meaning",
		"unassigned":   "unassigned",
		"unused":       "unused, below every status code",
		"private":      "private use, by agreement of both sides",
		"out-of-range": "above every range of the protocol",
	},
}

var explainWordsFR = explainWords{
	tableHead: []string{"CODE", "NOM", "ÉTAT", "ÉMETTEUR", "TRANSMIS", "PAR PAGE"},
	yes:       "oui", no: "non",
	status: "état", sender: "émetteur", onWire: "transmis", fromPage: "par une page",
	ianaName: "nom IANA", oldName: "ancien nom", section: "défini dans", registered: "enregistré", rangeRule: "plage",
	causes: "Causes habituelles", remedies: "Que faire", outdated: "Dépassé dans l’ancienne page de MDN",
	statuses: map[string]string{
		"assigned": "attribué", "result": "résultat", "reserved": "réservé", "unassigned": "non attribué",
		"unused": "inutilisé", "private": "privé", "out-of-range": "hors plage",
	},
	senders: map[string]string{"client": "client", "server": "serveur", "both": "les deux", "nobody": "personne"},
	standings: map[string]string{
		"assigned":     "attribué, au registre de l’IANA",
		"result":       "un résultat, qui naît localement et ne circule jamais",
		"reserved":     "réservé, sans signification",
		"unassigned":   "non attribué",
		"unused":       "inutilisé, sous tout code d’état",
		"private":      "usage privé, par accord entre les deux côtés",
		"out-of-range": "au-dessus de toute plage du protocole",
	},
}
