package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The measurements: what clients did, and what the standards demand of them.
const (
	clientsFile   = "testdata/truth/clients.json"
	standardsFile = "testdata/truth/closeevents.json"
)

// measurements are the scenarios of the truth table with the results of the
// clients, and what the clients make of the constructor.
type measurements struct {
	clientResults
	standards map[string]result // by scenario
}

// clientResults is the file clients.json.
type clientResults struct {
	Measured  string           `json:"measured"` // the day
	Clients   []client         `json:"clients"`
	Scenarios []scenario       `json:"scenarios"`
	Interface []interfaceCheck `json:"interface"`
}

// client is a program whose CloseEvents were recorded.
type client struct {
	ID      string `json:"id"`
	Version string `json:"version"`
}

// Name is the first word of the version: "Chromium".
func (c client) Name() string {
	name, _, _ := strings.Cut(c.Version, " ")
	return name
}

// scenario is one list of actions of a server and a client, and what came of it.
type scenario struct {
	ID      string            `json:"id"`
	Group   string            `json:"group"`
	Results map[string]result `json:"results"` // by client
}

// result is a CloseEvent as a page sees it.
type result struct {
	Code     *int   `json:"code"` // nil: no event came
	WasClean bool   `json:"wasClean,omitempty"`
	Error    bool   `json:"error,omitempty"`   // an error event came first
	Verdict  string `json:"verdict,omitempty"` // standard, allowed, deviates, or "" when the scenario does not apply
}

// same reports whether a page sees the same.
func (r result) same(other result) bool {
	if r.Code == nil || other.Code == nil {
		return r.Code == other.Code
	}
	return *r.Code == *other.Code && r.WasClean == other.WasClean && r.Error == other.Error
}

// interfaceCheck is an expression about the constructor and its value in each
// client that has one.
type interfaceCheck struct {
	Check   string                     `json:"check"`
	Results map[string]json.RawMessage `json:"results"`
}

// readMeasurements reads the two files.
func readMeasurements() (*measurements, error) {
	m := &measurements{standards: map[string]result{}}
	if err := readJSON(clientsFile, &m.clientResults); err != nil {
		return nil, err
	}
	var standards []struct {
		ID       string
		Standard struct {
			Events   []string
			Code     *int
			WasClean bool
		}
	}
	if err := readJSON(standardsFile, &standards); err != nil {
		return nil, err
	}
	for _, s := range standards {
		m.standards[s.ID] = result{
			Code: s.Standard.Code, WasClean: s.Standard.WasClean,
			Error: slices.Contains(s.Standard.Events, "error"),
		}
	}
	for _, s := range m.Scenarios {
		if _, known := m.standards[s.ID]; !known {
			return nil, fmt.Errorf("%s lacks the scenario %s", standardsFile, s.ID)
		}
	}
	return m, nil
}

// scenario finds one by its name.
func (m *measurements) scenario(id string) (scenario, error) {
	i := slices.IndexFunc(m.Scenarios, func(s scenario) bool { return s.ID == id })
	if i < 0 {
		return scenario{}, fmt.Errorf("%s lacks the scenario %s", clientsFile, id)
	}
	return m.Scenarios[i], nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
