package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// clientOrder is the order of columns: browsers, then runtimes.
var clientOrder = []string{"chromium", "firefox", "undici", "ws", "bun", "deno"}

// recorded is the file closeevents.json of the measurements, as far as the pages
// need it.
type recorded struct {
	GeneratedFrom string `json:"generated_from"` // "runs of 2026-11-22, ..."
	Clients       map[string]string
	Scenarios     []struct {
		ID       string
		Group    string
		Observed map[string]struct {
			Events   []string
			Code     *int
			WasClean bool
			Verdict  string
		}
	}
}

// verdicts shortens the words of the measurements.
var verdicts = map[string]string{"standard": "standard", "allowed alternative": "allowed", "deviates": "deviates", "": ""}

var day = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// derive writes clients.json from the measurements in a folder.
func derive(folder string) error {
	var from recorded
	if err := readJSON(filepath.Join(folder, "closeevents.json"), &from); err != nil {
		return err
	}
	var checks struct {
		Results map[string]map[string]json.RawMessage
	}
	if err := readJSON(filepath.Join(folder, "closeevent-interface.json"), &checks); err != nil {
		return err
	}
	to := clientResults{Measured: day.FindString(from.GeneratedFrom)}
	for _, id := range clientOrder {
		to.Clients = append(to.Clients, client{ID: id, Version: from.Clients[id]})
	}
	for _, s := range from.Scenarios {
		results := map[string]result{}
		for id, o := range s.Observed {
			verdict, known := verdicts[o.Verdict]
			if !known {
				return fmt.Errorf("%s: unknown verdict %q", s.ID, o.Verdict)
			}
			results[id] = result{
				Code: o.Code, WasClean: o.WasClean,
				Error: slices.Contains(o.Events, "error"), Verdict: verdict,
			}
		}
		to.Scenarios = append(to.Scenarios, scenario{ID: s.ID, Group: s.Group, Results: results})
	}
	for _, name := range slices.Sorted(maps.Keys(checks.Results)) {
		to.Interface = append(to.Interface, interfaceCheck{Check: name, Results: checks.Results[name]})
	}
	return to.save()
}

// save writes a line for each client, scenario and check, so that a change shows
// what it is about.
func (c *clientResults) save() error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"measured\":%q,", c.Measured)
	err := lines(&b, "clients", c.Clients)
	if err == nil {
		b.WriteString(",")
		err = lines(&b, "scenarios", c.Scenarios)
	}
	if err == nil {
		b.WriteString(",")
		err = lines(&b, "interface", c.Interface)
	}
	if err != nil {
		return err
	}
	b.WriteString("}\n")
	return os.WriteFile(clientsFile, b.Bytes(), 0o644)
}

// lines writes a member that is an array, an element a line.
func lines[T any](b *bytes.Buffer, name string, elements []T) error {
	fmt.Fprintf(b, "%q:[", name)
	for i, e := range elements {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(line)
	}
	b.WriteString("\n]")
	return nil
}
