package main

import (
	"testing"
	"unicode/utf8"

	"github.com/onclose/websocket"
)

func TestEveryRowOfTheRegistryHasAStop(t *testing.T) {
	covered := map[websocket.StatusCode]bool{} // by the first code of a row
	for _, stop := range tourStops() {
		covered[websocket.Describe(stop.code, "en").First] = true
	}
	for _, row := range websocket.StatusCodes("en") {
		if !covered[row.First] {
			t.Errorf("no stop is about the row %d to %d", row.First, row.Last)
		}
	}
}

func TestStopsAreWellFormed(t *testing.T) {
	names := map[string]bool{}
	last := websocket.StatusCode(0)
	for _, stop := range tourStops() {
		if names[stop.name] {
			t.Errorf("two stops have the name %q", stop.name)
		}
		names[stop.name] = true
		if n := utf8.RuneCountInString(stop.situation); n == 0 || n > situationWidth {
			t.Errorf("%s: the situation has %d characters, and fits a line with 1 to %d", stop.name, n, situationWidth)
		}
		if n := utf8.RuneCountInString(stop.where()); n == 0 || n > sectionWidth {
			t.Errorf("%s: the section has %d characters, and fits a line with 1 to %d", stop.name, n, sectionWidth)
		}
		if stop.client == nil && stop.server == nil {
			t.Errorf("%s: nothing is expected", stop.name)
		}
		if stop.code < last {
			t.Errorf("%s: %d stands behind %d", stop.name, stop.code, last)
		}
		last = stop.code
	}
}

func TestTheLongestReasonHas123Bytes(t *testing.T) {
	if len(longestReason) != 123 {
		t.Errorf("it has %d", len(longestReason))
	}
}

func TestStopsForAnyNumber(t *testing.T) {
	tests := []struct {
		code websocket.StatusCode
		want []string
	}{
		{1003, []string{"unsupported-data", "unsupported-data-netconn"}},
		{1004, []string{"call-1004", "wire-client-1004", "wire-server-1004"}},
		{1017, []string{"call-1017", "wire-client-1017", "wire-server-1017"}},
		{4999, []string{"client-4999", "server-4999"}},
		{4998, []string{"client-4998", "server-4998"}},
	}
	for _, test := range tests {
		stops := stopsFor(test.code)
		if len(stops) != len(test.want) {
			t.Errorf("%d: %d stops, want %q", test.code, len(stops), test.want)
			continue
		}
		for i, stop := range stops {
			if stop.name != test.want[i] {
				t.Errorf("%d: stop %q, want %q", test.code, stop.name, test.want[i])
			}
		}
	}
}
