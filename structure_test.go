package websocket_test

import (
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a golden file, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	wanted := strings.Split(string(want), "\n")
	for line := range strings.SplitSeq(got, "\n") {
		if !slices.Contains(wanted, line) {
			t.Errorf("%s: new: %s", name, line)
		}
	}
	gotten := strings.Split(got, "\n")
	for _, line := range wanted {
		if !slices.Contains(gotten, line) {
			t.Errorf("%s: gone: %s", name, line)
		}
	}
	t.Error("review the change, then: go test -run 'Golden' . -update")
}

// sources are the Go files of all modules that are no tests, by folder.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	folders := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != "."):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			folder := filepath.ToSlash(filepath.Dir(path))
			folders[folder] = append(folders[folder], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

func parse(t *testing.T, path string, mode parser.Mode) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A new arrow between packages is a line to be reviewed in testdata/imports.golden.
func TestImportsGolden(t *testing.T) {
	var lines []string
	for folder, paths := range sources(t) {
		imports := map[string]bool{}
		for _, path := range paths {
			for _, spec := range parse(t, path, parser.ImportsOnly).Imports {
				imports[strings.Trim(spec.Path.Value, `"`)] = true
			}
		}
		for path := range imports {
			lines = append(lines, folder+" -> "+path+"\n")
		}
	}
	slices.Sort(lines)
	golden(t, "imports.golden", strings.Join(lines, ""))
}

func TestImportsOnlyPointDown(t *testing.T) {
	const module = "github.com/onclose/websocket"
	floors := map[string]int{
		"wire": 0, "handshake": 0, "internal/visible": 0,
		"protocol": 1, "deflate": 1, "internal/closingtest": 1,
		"transport": 2,
		".":         3,
		"console":   4, "reconnect": 4, "why": 4, "wstest": 4, "internal/truthtest": 4, "observe": 4, "hub": 4, "webapi": 4, "webapi/internal/prelude": 4,
		"observe/otel": 5, "observe/prom": 5, "webapi/sobek": 5, "webapi/goja": 5, "interop": 5, "faults": 5, "bench": 5, "examples/client": 5, "examples/server": 5, "scripts/mutants": 5, "scripts/closeeventpages": 5, "scripts/gojabinding": 5,
		"cmd/onclose": 6, "interop/wpt": 6,
	}
	pure := []string{"wire", "handshake", "protocol", "deflate"}
	noIO := []string{"net", "net/http", "os", "sync", "context", "log", "log/slog", "io", "bufio", "sync/atomic"}
	for folder, paths := range sources(t) {
		from, known := floors[folder]
		if !known {
			t.Errorf("%s stands on no floor", folder)
		}
		for _, path := range paths {
			for _, spec := range parse(t, path, parser.ImportsOnly).Imports {
				name := strings.Trim(spec.Path.Value, `"`)
				pools := folder == "deflate" && name == "sync" // its memory is pooled
				if slices.Contains(pure, folder) && slices.Contains(noIO, name) && !pools {
					t.Errorf("%s does I/O: it imports %s", path, name)
				}
				if name != module && !strings.HasPrefix(name, module+"/") {
					continue
				}
				below := strings.TrimPrefix(strings.TrimPrefix(name, module), "/")
				if below == "" {
					below = "."
				}
				if floors[below] >= from {
					t.Errorf("%s: the import of %s does not point down", path, name)
				}
			}
		}
	}
}

// The front door fits one page, and everything on it is documented.
func TestExportedNamesGolden(t *testing.T) {
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, path := range sources(t)["."] {
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	p, err := doc.NewFromFiles(files, parsed, "github.com/onclose/websocket")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	add := func(kind, name, text string) {
		if !ast.IsExported(name) {
			return
		}
		names = append(names, kind+" "+name+"\n")
		if text == "" {
			t.Errorf("%s %s has no doc comment", kind, name)
		}
	}
	values := func(kind string, all []*doc.Value) {
		for _, v := range all {
			for _, name := range v.Names {
				add(kind, name, v.Doc)
			}
		}
	}
	funcs := func(all []*doc.Func) {
		for _, f := range all {
			add("func", f.Name, f.Doc)
		}
	}
	values("const", p.Consts)
	values("var", p.Vars)
	funcs(p.Funcs)
	for _, typ := range p.Types {
		add("type", typ.Name, typ.Doc)
		values("const", typ.Consts)
		values("var", typ.Vars)
		funcs(typ.Funcs)
		for _, m := range typ.Methods {
			if m.Doc == "" {
				t.Errorf("method %s.%s has no doc comment", typ.Name, m.Name)
			}
		}
	}
	slices.Sort(names)
	if len(names) > 60 {
		t.Errorf("the front door has %d exported names: more than one page", len(names))
	}
	golden(t, "api.golden", strings.Join(names, ""))
}

// Status codes are chosen in protocol/closing.go. Elsewhere nobody names one:
// the registry aside, and the empty Close frame, which NoStatusRcvd stands for.
func TestStatusCodesAreChosenInOnePlace(t *testing.T) {
	names := map[string]bool{}
	for _, decl := range parse(t, "wire/statuscode.go", 0).Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, spec := range d.Specs {
				names[spec.(*ast.ValueSpec).Names[0].Name] = true
			}
		}
	}
	if len(names) != 18 {
		t.Fatalf("found %d names of codes", len(names))
	}
	for folder, paths := range sources(t) {
		if folder == "interop" || folder == "cmd/onclose" || folder == "bench" || folder == "why" || folder == "internal/closingtest" || folder == "internal/truthtest" || strings.HasPrefix(folder, "examples/") {
			continue // they show and explain codes; they choose none for the library
		}
		for _, path := range paths {
			base := filepath.Base(path)
			if strings.HasPrefix(base, "statuscode") || path == filepath.FromSlash("protocol/closing.go") {
				continue
			}
			if path == filepath.FromSlash("webapi/closeframe.go") {
				continue // what a page's close() stands for, by WHATWG
			}
			ast.Inspect(parse(t, path, 0), func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if ok {
					if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "wire" && x.Name != "websocket" || !names[sel.Sel.Name] {
						return true
					}
					t.Errorf("%s names %s", path, sel.Sel.Name)
				}
				lit, ok := n.(*ast.BasicLit)
				if ok && lit.Kind == token.INT && len(lit.Value) == 4 && lit.Value >= "1000" && lit.Value <= "1015" {
					t.Errorf("%s holds the number %s", path, lit.Value)
				}
				return true
			})
		}
	}
}
