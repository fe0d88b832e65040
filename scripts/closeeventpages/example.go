package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

const examplesFile = "example_test.go"

// Example is the body of one of the root's Example functions, which the tests
// compile and run, up to the comment with its output and with it.
func (p page) Example(name string) (string, error) {
	source, err := os.ReadFile(examplesFile)
	if err != nil {
		return "", err
	}
	text := strings.ReplaceAll(string(source), "\r\n", "\n")
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, examplesFile, text, 0)
	if err != nil {
		return "", err
	}
	for _, decl := range file.Decls {
		f, isFunc := decl.(*ast.FuncDecl)
		if !isFunc || f.Name.Name != name {
			continue
		}
		body := text[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset]
		body = strings.ReplaceAll(strings.TrimSpace(body), "\n\t", "\n")
		return "```go\n" + body + "\n```", nil
	}
	return "", fmt.Errorf("%s lacks %s", examplesFile, name)
}
