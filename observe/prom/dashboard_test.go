package prom_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
	"github.com/onclose/websocket/observe/prom"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// dashboard is what a test looks at in a dashboard of Grafana.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Query any }
	}
}

var metricNames = regexp.MustCompile(`onclose_[a-z_]+`)

// Every panel of the dashboard asks for something, all metrics that it names exist,
// and every metric that there is has a panel.
func TestTheDashboardShowsTheMetricsThatThereAre(t *testing.T) {
	text, err := os.ReadFile("grafana/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) == 0 {
		t.Fatal("there are no panels")
	}
	there, shown, ids := metricsThere(t), map[string]bool{}, map[int]bool{}
	for i, p := range d.Panels {
		if len(p.Targets) == 0 || ids[p.ID] {
			t.Errorf("panel %d, %q: %d queries", p.ID, p.Title, len(p.Targets))
		}
		ids[p.ID] = true
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q covers %q", p.Title, other.Title)
			}
		}
		for _, query := range p.Targets {
			names := metricNames.FindAllString(query.Expr, -1)
			if len(names) == 0 || strings.Count(query.Expr, "(") != strings.Count(query.Expr, ")") {
				t.Errorf("%q asks for %q", p.Title, query.Expr)
			}
			for _, name := range names {
				if there[name] == "" {
					t.Errorf("%q shows %s, which does not exist", p.Title, name)
				}
				shown[there[name]] = true
			}
		}
	}
	for series, family := range there {
		if !shown[family] {
			t.Errorf("no panel shows %s", series)
		}
	}
	for _, name := range metricNames.FindAllString(string(text), -1) {
		if there[name] == "" {
			t.Errorf("%s does not exist", name)
		}
	}
}

// metricsThere are the names of the series that there are, with their families.
func metricsThere(t *testing.T) map[string]string {
	t.Helper()
	there := map[string]string{}
	for _, family := range families(t) {
		name := family.GetName()
		if family.GetType() != dto.MetricType_HISTOGRAM {
			there[name] = name
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			there[name+suffix] = name
		}
	}
	return there
}

// families are those of a Metrics that was told of one thing of each kind.
func families(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	trace, c := prom.New(registry).Trace(), new(websocket.Conn)
	trace.Opened(c)
	trace.Refused(new(http.Request), new(handshake.Refusal))
	trace.Closing(c, "", websocket.CloseFrame{})
	trace.Closed(c, websocket.CloseEvent{})
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The package comment lists the families, all of them.
func TestThePackageCommentListsTheMetrics(t *testing.T) {
	text, err := os.ReadFile("prom.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(text), "package prom")
	listed := map[string]bool{}
	for _, name := range metricNames.FindAllString(comment, -1) {
		listed[name] = true
	}
	for _, family := range families(t) {
		if !listed[family.GetName()] {
			t.Errorf("%s is not listed", family.GetName())
		}
		delete(listed, family.GetName())
	}
	for name := range listed {
		t.Errorf("%s is listed and does not exist", name)
	}
}
