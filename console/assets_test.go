package console

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readAssets are the texts of the embedded files with the ending, by name.
func readAssets(t *testing.T, ending string) map[string]string {
	t.Helper()
	names, err := fs.Glob(files, "assets/*"+ending)
	if err != nil || len(names) == 0 {
		t.Fatalf("no assets %s: %v", ending, err)
	}
	texts := make(map[string]string)
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[path.Base(name)] = string(text)
	}
	return texts
}

func TestEveryAssetIsServedWithItsType(t *testing.T) {
	types := map[string]string{
		".html": "text/html; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".json": "application/json",
		".svg":  "image/svg+xml",
	}
	c := New(nil)
	for name, text := range readAssets(t, "") {
		at := "/console/" + name
		if name == "page.html" {
			at = "/"
		}
		res := get(t, c, at)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || string(body) != text {
			t.Errorf("%s: status %d, %d bytes, want %d", at, res.StatusCode, len(body), len(text))
		}
		if got, want := res.Header.Get("Content-Type"), types[path.Ext(name)]; got != want || want == "" {
			t.Errorf("%s: Content-Type %q, want %q", at, got, want)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control %q", at, got)
		}
		again := get(t, c, at, "If-None-Match", res.Header.Get("ETag"))
		if again.StatusCode != 304 {
			t.Errorf("%s: status %d to the same ETag, want 304", at, again.StatusCode)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	c := New(nil)
	for _, at := range []string{"/page.js", "/console/", "/console/page.html", "/console/nothing.js", "/console/../console.go", "/assets/page.js"} {
		if got := get(t, c, at).StatusCode; got == 200 {
			t.Errorf("GET %s: status %d", at, got)
		}
	}
	for _, at := range []string{"/", "/console/page.js", "/codes.json", "/events"} {
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, httptest.NewRequest("POST", "http://localhost"+at, nil))
		if w.Code != 405 {
			t.Errorf("POST %s: status %d, want 405", at, w.Code)
		}
	}
}

func TestCodes(t *testing.T) {
	type code struct {
		Code int    `json:"code"`
		Name string `json:"name"`
	}
	tests := []struct {
		codes  any
		status int
		want   string
	}{
		{nil, 200, `[]`},
		{[]code{{1000, "NormalClosure"}}, 200, `[{"code":1000,"name":"NormalClosure"}]`},
		{func() {}, 500, "websocket: console codes: json: unsupported type: func()\n"},
	}
	for _, tt := range tests {
		res := get(t, New(&Options{Codes: tt.codes}), "/codes.json")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != tt.status || string(body) != tt.want {
			t.Errorf("Codes %T: %d %q, want %d %q", tt.codes, res.StatusCode, body, tt.status, tt.want)
		}
	}
}

func TestThePageHasTheStableIds(t *testing.T) {
	page := readAssets(t, ".html")["page.html"]
	for id := range strings.FieldsSeq("url subprotocols connect state message send bytes file code reason close how after ask " +
		"lang browser-event server-event verdict log closes feed") {
		if got := strings.Count(page, fmt.Sprintf(` id=%q`, id)); got != 1 {
			t.Errorf("%d elements have the id %q", got, id)
		}
	}
}

// Every file that the page and its modules name is served.
func TestNoReferenceDangles(t *testing.T) {
	c := New(nil)
	for name, text := range readAssets(t, "") {
		for _, m := range regexp.MustCompile(`(?:from '\./|(?:href|src)="console/)([\w.]+)`).FindAllStringSubmatch(text, -1) {
			if got := get(t, c, "/console/"+m[1]).StatusCode; got != 200 {
				t.Errorf("%s refers to %s: status %d", name, m[1], got)
			}
		}
	}
}

// The tables of all languages.
func readStrings(t *testing.T) map[string]map[string]string {
	t.Helper()
	tables := make(map[string]map[string]string)
	for name, text := range readAssets(t, ".json") {
		table := make(map[string]string)
		if err := json.Unmarshal([]byte(text), &table); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tables[name] = table
	}
	return tables
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	tables := readStrings(t)
	en, fr := tables["strings.en.json"], tables["strings.fr.json"]
	if len(en) == 0 || len(tables) != 2 {
		t.Fatalf("%d tables, %d strings in English", len(tables), len(en))
	}
	values := regexp.MustCompile(`\{\w+\}`)
	sorted := func(s string) []string { return slices.Sorted(slices.Values(values.FindAllString(s, -1))) }
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if en[key] == "" || fr[key] == "" {
			t.Errorf("%s: English %q, French %q", key, en[key], fr[key])
		}
		if got, want := sorted(fr[key]), sorted(en[key]); !slices.Equal(got, want) {
			t.Errorf("%s: values %v in French, %v in English", key, got, want)
		}
	}
	for key := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s: in French only", key)
		}
	}
}

// A string is used when its key, or the part of it before the last point,
// stands in the page or a module; and what is used is there.
func TestEveryStringIsUsedAndThere(t *testing.T) {
	table := readStrings(t)["strings.en.json"]
	var all strings.Builder
	for _, ending := range []string{".html", ".js"} {
		for _, text := range readAssets(t, ending) {
			all.WriteString(text)
		}
	}
	source := all.String()
	for key := range table {
		group, _, _ := strings.Cut(key, ".")
		if !strings.Contains(source, key+`"`) && !strings.Contains(source, key+`'`) && !strings.Contains(source, "`"+group+".${") {
			t.Errorf("nothing says %q", key)
		}
	}
	used := regexp.MustCompile(`data-say(?:-label)?="([^"]+)"|'((?:page|feed|connection|state|message|close|ask|how|views|side|reason|error|elapsed|wire|verdict|log|closes|badge)\.\w[\w-]*)'`)
	for _, m := range used.FindAllStringSubmatch(source, -1) {
		if key := m[1] + m[2]; table[key] == "" {
			t.Errorf("no string %q", key)
		}
	}
}

func TestEveryHowOfThePageHasItsAdvice(t *testing.T) {
	table := readStrings(t)["strings.en.json"]
	hows := regexp.MustCompile(`<option>([\w-]+)</option>`).FindAllStringSubmatch(readAssets(t, ".html")["page.html"], -1)
	if len(hows) != 8 {
		t.Errorf("%d ways to end a connection, want 8", len(hows))
	}
	for _, m := range hows {
		if table["how."+m[1]] == "" {
			t.Errorf("no advice for how=%s", m[1])
		}
	}
}
