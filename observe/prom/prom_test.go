package prom_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe/prom"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
)

var churn = flag.Int("churn", 2000, "connections of TestTheSumOfTheEnds; the campaign has 100,000")

// However connections end, the ends are those that were accepted and are not open
// any more.
//
//	go test ./observe/prom -run TheSumOfTheEnds -churn 100000
func TestTheSumOfTheEnds(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := prom.New(registry)
	var codes atomic.Int64 // a peer may choose any
	ends := []func(*websocket.Conn){
		func(c *websocket.Conn) { c.Close(1000, "") },
		func(c *websocket.Conn) { c.Close(3000+websocket.StatusCode(codes.Add(1)%2000), "") },
		func(c *websocket.Conn) { c.CloseEmpty() },
		(*websocket.Conn).Abort,
		func(c *websocket.Conn) {
			c.Write(context.Background(), websocket.Text, []byte("close"))
			c.Read(context.Background())
		},
	}
	server := httptest.NewServer(websocket.Events{
		OnMessage: func(c *websocket.Conn, _ websocket.MessageType, _ []byte) { c.Close(websocket.GoingAway, "") },
	}.Handler(&websocket.AcceptOptions{Trace: metrics.Trace()}))
	defer server.Close()
	const left = 10
	var dialers sync.WaitGroup
	for d := range 16 {
		dialers.Go(func() {
			for i := d; i < *churn; i += 16 {
				c, err := websocket.Dial(context.Background(), server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if i < left {
					t.Cleanup(c.Abort)
					continue
				}
				ends[i%len(ends)](c)
			}
		})
	}
	dialers.Wait()
	// The servers' ends come a little after the clients'.
	for value(t, registry, "onclose_connections_open") > left {
	}
	for _, family := range []string{"onclose_connections_closed_total", "onclose_connections_ended_total", "onclose_connections_ends_total"} {
		if got, want := value(t, registry, family), float64(*churn-left); got != want {
			t.Errorf("%s adds up to %v, want %v", family, got, want)
		}
	}
	if got, want := value(t, registry, "onclose_connection_close_seconds"), float64(*churn-left); got != want {
		t.Errorf("%v closes took a time, want %v", got, want)
	}
	// The fifth way to end begins with a message of a client.
	if got, want := value(t, registry, "onclose_messages_total"), float64((*churn-left)/len(ends)); got != want {
		t.Errorf("%v messages, want %v", got, want)
	}
	if messages, framed := value(t, registry, "onclose_message_bytes_total"), value(t, registry, "onclose_frame_payload_bytes_total"); messages != framed || messages != value(t, registry, "onclose_messages_total")*float64(len("close")) {
		t.Errorf("%v bytes of messages, %v of frames", messages, framed)
	}
	boundSeries(t, registry)
	if got := value(t, registry, "onclose_connections_opened_total"); got != float64(*churn) {
		t.Errorf("%v opened, want %d", got, *churn)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// boundSeries asserts that no family has more than 32 series.
func boundSeries(t *testing.T, registry *prometheus.Registry) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		series := 0
		for _, m := range family.GetMetric() {
			series++
			if h := m.GetHistogram(); h != nil {
				series += len(h.GetBucket()) + 2 // with le="+Inf", _sum and _count
			}
		}
		if series > 32 {
			t.Errorf("%s has %d series", family.GetName(), series)
		}
	}
}

// value is the sum of a family's series, of a histogram the observations.
func value(t *testing.T, registry *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			switch family.GetType() {
			case dto.MetricType_GAUGE:
				sum += m.GetGauge().GetValue()
			case dto.MetricType_HISTOGRAM:
				sum += float64(m.GetHistogram().GetSampleCount())
			default:
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestARefusedRequestIsCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	server := httptest.NewServer(websocket.Handler(func(*websocket.Conn) {}, &websocket.AcceptOptions{Trace: prom.New(registry).Trace()}))
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	want := `# HELP onclose_connections_refused_total Requests that were refused, by HTTP status.
# TYPE onclose_connections_refused_total counter
onclose_connections_refused_total{status="426"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "onclose_connections_refused_total"); err != nil {
		t.Error(err)
	}
}
