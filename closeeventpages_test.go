package websocket

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The reference pages of CloseEvent, which scripts/closeeventpages writes, by
// language.
var closeEventPages = map[string]string{"en": "closeevent.md", "fr": "closeevent.fr.md"}

func TestCloseEventPagesAreWhatTheCommandWrites(t *testing.T) {
	dir := t.TempDir()
	command := exec.Command("go", "run", "./scripts/closeeventpages", "-out", dir)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range closeEventPages {
		if pageText(t, filepath.Join(dir, name)) != pageText(t, filepath.Join("docs", name)) {
			t.Errorf("docs/%s is not what the command writes: go run ./scripts/closeeventpages", name)
		}
	}
}

// Both pages have the same skeleton: headings by level, rows of tables by their
// cells, items of lists, and blocks of code, in the same order.
func TestCloseEventPagesAreTwins(t *testing.T) {
	english, french := pageSkeleton(t, "en"), pageSkeleton(t, "fr")
	for i := range min(len(english), len(french)) {
		if english[i] != french[i] {
			t.Fatalf("element %d is %q in English, %q in French", i, english[i], french[i])
		}
	}
	if len(english) != len(french) {
		t.Errorf("%d elements in English, %d in French", len(english), len(french))
	}
	if rows := len(StatusCodes("en")); len(english) < 10*rows {
		t.Errorf("%d elements are too few for the sections of %d codes", len(english), rows)
	}
}

func TestCloseEventPagesHaveEveryTextOfTheRegistry(t *testing.T) {
	unescaped := regexp.MustCompile("\\\\([\\\\|*\\[`<])")
	for lang, name := range closeEventPages {
		page := unescaped.ReplaceAllString(pageText(t, filepath.Join("docs", name)), "$1")
		for _, info := range StatusCodes(lang) {
			for _, text := range append(textsOf(info), info.Name, info.IANAName, info.OldName) {
				if !strings.Contains(page, text) {
					t.Errorf("docs/%s, %d: lacks %q", name, info.First, text)
				}
			}
		}
	}
}

// A link leads to a file of the checkout, to a heading of the page, or to one of
// the places where the standards are.
func TestCloseEventPagesLinkToWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)]*)\)`)
	standards := []string{
		"https://websockets.spec.whatwg.org/", "https://dom.spec.whatwg.org/", "https://webidl.spec.whatwg.org/",
		"https://www.rfc-editor.org/", "https://www.iana.org/assignments/websocket/",
	}
	for _, name := range closeEventPages {
		page := pageText(t, filepath.Join("docs", name))
		anchors := pageAnchors(t, page)
		links := link.FindAllStringSubmatch(pageWithoutCode(page), -1)
		if len(links) < 2*len(StatusCodes("en")) {
			t.Errorf("docs/%s has only %d links", name, len(links))
		}
		for _, m := range links {
			target := m[1]
			anchor, here := strings.CutPrefix(target, "#")
			switch {
			case here:
				if !anchors[anchor] {
					t.Errorf("docs/%s has no heading for %s", name, target)
				}
			case strings.Contains(target, "://"):
				if !slices.ContainsFunc(standards, func(s string) bool { return strings.HasPrefix(target, s) }) {
					t.Errorf("docs/%s links to %s", name, target)
				}
			default:
				if _, err := os.Stat(filepath.Join("docs", filepath.FromSlash(target))); err != nil {
					t.Errorf("docs/%s: %v", name, err)
				}
			}
		}
	}
}

func TestCloseEventPagesTypography(t *testing.T) {
	for lang, fault := range map[string]*regexp.Regexp{"en": faultInEnglish, "fr": faultInFrench} {
		name := closeEventPages[lang]
		for i, line := range strings.Split(pageProse(pageText(t, filepath.Join("docs", name))), "\n") {
			if m := fault.FindString(line); m != "" {
				t.Errorf("docs/%s, line %d: %q in %q", name, i+1, m, line)
			}
		}
	}
}

func TestCloseEventPagesAreOurOwn(t *testing.T) {
	plain := strings.NewReplacer("\u00a0", " ", "\u2019", "'", "\n", " ")
	for _, name := range closeEventPages {
		page := strings.ToLower(plain.Replace(pageText(t, filepath.Join("docs", name))))
		for _, shingle := range shinglesOfOthers {
			if strings.Contains(page, shingle) {
				t.Errorf("docs/%s: %q is not ours", name, shingle)
			}
		}
	}
}

func pageText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// pageSkeleton lists the elements of a page without their words.
func pageSkeleton(t *testing.T, lang string) []string {
	t.Helper()
	heading := regexp.MustCompile(`^#+ `)
	var elements []string
	for line := range strings.SplitSeq(pageText(t, filepath.Join("docs", closeEventPages[lang])), "\n") {
		switch {
		case strings.HasPrefix(line, "|"):
			elements = append(elements, strings.Repeat("|", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")))
		case strings.HasPrefix(line, "- "):
			elements = append(elements, "-")
		case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "    "):
			elements = append(elements, line)
		case heading.MatchString(line):
			elements = append(elements, heading.FindString(line))
		}
	}
	return elements
}

// pageAnchors are the anchors that GitHub makes of headings. Two headings must
// not have the same.
func pageAnchors(t *testing.T, page string) map[string]bool {
	t.Helper()
	dropped := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		anchor := strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
		if anchors[anchor] {
			t.Errorf("two headings are #%s", anchor)
		}
		anchors[anchor] = true
	}
	return anchors
}

// pageWithoutCode is a page with empty lines in place of blocks of code, and x in
// place of code between words.
func pageWithoutCode(page string) string {
	emptied := func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) }
	page = regexp.MustCompile("(?s)```.*?```").ReplaceAllStringFunc(page, emptied)
	page = regexp.MustCompile(`(?m)^ {4}.*$`).ReplaceAllString(page, "")
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(page, "x")
}

// pageProse is a page without code, comments, the targets of links, and the link
// to the other language.
func pageProse(page string) string {
	page = regexp.MustCompile(`(?m)^<!--.*-->$|^\*\[.*\]\(.*\)\*$`).ReplaceAllString(pageWithoutCode(page), "")
	page = regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(page, "]")
	return strings.ReplaceAll(page, "://", "")
}
