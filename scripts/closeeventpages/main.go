// Command closeeventpages writes the reference pages of CloseEvent,
// docs/closeevent.md and docs/closeevent.fr.md. It runs in the root of the
// checkout.
//
//	go run ./scripts/closeeventpages                          # both pages
//	go run ./scripts/closeeventpages -out DIR                 # the same, elsewhere
//	go run ./scripts/closeeventpages -truth /work/shared/truth
//
// The prose of each language is a template beside this file. What the tables say
// comes from data: the codes and their texts from websocket.StatusCodes, what the
// standards demand from testdata/truth/closeevents.json, and what clients report
// from testdata/truth/clients.json. The last command writes clients.json anew,
// from the folder with the measurements, before it writes the pages.
package main

import (
	"bytes"
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed *.md
var prose embed.FS

func main() {
	truth := flag.String("truth", "", "the folder with closeevents.json and closeevent-interface.json, to write "+clientsFile+" from")
	out := flag.String("out", "docs", "the folder to write the pages to")
	flag.Parse()
	if err := run(*truth, *out); err != nil {
		fmt.Fprintln(os.Stderr, "closeeventpages:", err)
		os.Exit(1)
	}
}

func run(truth, out string) error {
	if truth != "" {
		if err := derive(truth); err != nil {
			return err
		}
	}
	measured, err := readMeasurements()
	if err != nil {
		return err
	}
	for _, w := range []*words{&english, &french} {
		text, err := write(w, measured)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, w.file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// write fills the template of one language.
func write(w *words, measured *measurements) ([]byte, error) {
	t, err := template.ParseFS(prose, w.file)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, page{words: w, measurements: measured})
	return text.Bytes(), err
}

// page is what the templates draw their tables and examples from.
type page struct {
	*words
	*measurements
}
