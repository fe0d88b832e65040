package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// file is one file of tests.
type file struct {
	path     string // from the suite's root, with slashes
	source   string
	variants []string // "?wss" and the like; one empty one when it names none
	long     bool     // it asks for more time
	leftOut  string   // why it is not run, else empty
}

// job is one run of a file.
type job struct {
	*file
	variant string
}

func (j job) String() string { return j.path + j.variant }

func (f *file) isStream() bool { return strings.Contains(f.path, "/stream/") }
func (f *file) isPage() bool   { return strings.HasSuffix(f.path, ".html") }
func (f *file) isWorker() bool { return !f.isPage() && !strings.HasSuffix(f.path, ".window.js") }

var (
	variantIn = regexp.MustCompile(`(?:META: variant=|name="?variant"? content=")([^\s"]*)`)
	longIn    = regexp.MustCompile(`META: timeout=long|name="?timeout"? content="?long`)
)

// aboutPages are the parts of paths of tests that are about pages beside the test's own,
// and why they are not run.
var aboutPages = map[string]string{
	"back-forward-cache":          "it is about a page's history",
	"unload-a-document/":          "it is about a page that is left",
	"multi-globals/":              "it is about several pages with one script",
	"remove-own-iframe":           "it is about a frame that is removed",
	"third-party-cookie-accepted": "it is about the site of a page, which decides about cookies with SameSite",
}

// find finds the files whose path contains the word.
func find(suite, word string) (files []*file, err error) {
	err = filepath.WalkDir(filepath.Join(suite, "websockets"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(suite, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if !isTest(rel) || !strings.Contains(rel, word) {
			return nil
		}
		f, err := read(name, rel)
		if err == nil && (!f.isPage() || strings.Contains(f.source, "testharness.js")) {
			files = append(files, f)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no tests in %s match %q", suite, word)
	}
	return files, err
}

func isTest(rel string) bool {
	for _, end := range []string{".any.js", ".window.js", ".worker.js", ".html"} {
		if strings.HasSuffix(rel, end) {
			return true
		}
	}
	return false
}

func read(name, rel string) (*file, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &file{path: rel, source: decode(data)}
	f.long = longIn.MatchString(f.source)
	for _, m := range variantIn.FindAllStringSubmatch(f.source, -1) {
		f.variants = append(f.variants, m[1])
	}
	if f.variants == nil {
		f.variants = []string{""}
	}
	for part, why := range aboutPages {
		if strings.Contains(rel, part) {
			f.leftOut = why
		}
	}
	return f, nil
}

// decode makes text of a file: the one or two that say so are in windows-1252, whose
// letters from 0xA0 up are those of Unicode.
func decode(data []byte) string {
	if !strings.Contains(string(data), "charset=windows-1252") {
		return string(data)
	}
	var text strings.Builder
	for _, b := range data {
		text.WriteRune(rune(b))
	}
	return text.String()
}

// jobs are the file's runs, HTTP/2 left out.
func (f *file) jobs() (all []job) {
	for _, v := range f.variants {
		if !strings.Contains(v, "h2") {
			all = append(all, job{f, v})
		}
	}
	return all
}

var (
	scriptMeta = regexp.MustCompile(`(?m)^// META: script=(\S+)`)
	importsIn  = regexp.MustCompile(`importScripts\(["']([^"']*)["']\);?`)
	scriptTag  = regexp.MustCompile(`(?is)<script([^>]*)>(.*?)</script>`)
	sourceOf   = regexp.MustCompile(`src=["']?([^\s"'>]+)`)
	titleTag   = regexp.MustCompile(`(?is)<title>(.*?)</title>`)
)

// title is the page's.
func (f *file) title() string {
	if m := titleTag.FindStringSubmatch(f.source); m != nil {
		return m[1]
	}
	return ""
}

// scripts are the file's scripts in their order: paths on the server, or, for those
// that stand in a page, their text.
func (f *file) scripts() (paths, texts []string) {
	add := func(reference, text string) {
		if strings.Contains(reference, "/testharness") {
			return
		}
		if reference != "" && !strings.HasPrefix(reference, "/") {
			reference = "/" + path.Join(path.Dir(f.path), reference)
		}
		paths, texts = append(paths, reference), append(texts, text)
	}
	switch {
	case f.isPage():
		for _, m := range scriptTag.FindAllStringSubmatch(f.source, -1) {
			if source := sourceOf.FindStringSubmatch(m[1]); source != nil {
				add(source[1], "")
			} else {
				add("", m[2])
			}
		}
	case strings.HasSuffix(f.path, ".worker.js"):
		for _, m := range importsIn.FindAllStringSubmatch(f.source, -1) {
			add(m[1], "")
		}
		add("", importsIn.ReplaceAllString(f.source, ""))
	default:
		for _, m := range scriptMeta.FindAllStringSubmatch(f.source, -1) {
			add(m[1], "")
		}
		add("/"+f.path, "")
	}
	return paths, texts
}
