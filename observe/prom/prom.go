// Package prom makes Prometheus metrics of connections.
//
//	metrics := prom.New(prometheus.DefaultRegisterer)
//	opts.Trace = metrics.Trace()
//
// No peer can make more than 32 series of a family:
//
//	onclose_connections_open                       gauge
//	onclose_connections_opened_total               counter
//	onclose_connections_closed_total{code}         counter, 21 values
//	onclose_connections_ended_total{cause}         counter, 31 values
//	onclose_connections_ends_total{initiator,clean} counter, 8 values
//	onclose_connections_refused_total{status}      counter
//	onclose_connection_lifetime_seconds            histogram, of those that opened
//	onclose_connection_close_seconds{clean}        histogram, from Trace.Closing to Trace.Closed
//	onclose_ping_round_trip_seconds                histogram, from a Ping to its Pong
//	onclose_messages_total{direction}              counter, sent and received
//	onclose_message_bytes_total{direction}         counter, what the messages had
//	onclose_frame_payload_bytes_total{direction}   counter, what their frames had, compressed or not
//	onclose_messages_unsent_total, onclose_bytes_discarded_total
//
// The sum of closed_total is opened_total - open, plus the Dials that failed.
package prom

import (
	"net/http"
	"strconv"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe"
	"github.com/onclose/websocket/protocol"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the metrics of any number of connections.
type Metrics struct {
	open                         prometheus.Gauge
	opened                       prometheus.Counter
	closed, ended, ends, refused *prometheus.CounterVec
	lifetime, roundTrip          prometheus.Histogram
	closing                      *prometheus.HistogramVec
	unsent, discarded            prometheus.Counter
	sent, received               traffic
}

// traffic is the messages of one direction.
type traffic struct{ messages, bytes, framed prometheus.Counter }

func (t *traffic) add(size, framed int64) {
	t.messages.Inc()
	t.bytes.Add(float64(size))
	t.framed.Add(float64(framed))
}

// New makes the metrics and registers them. It panics if they are registered
// already, as prometheus.MustRegister does.
func New(registerer prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "onclose", Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "onclose", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "onclose", Name: "connections_open", Help: "WebSocket connections that are open.",
		}),
		opened:  counter("connections_opened_total", "WebSocket connections that have opened."),
		closed:  counters("connections_closed_total", "CloseEvents by code.", "code"),
		ended:   counters("connections_ended_total", "CloseEvents by cause.", "cause"),
		ends:    counters("connections_ends_total", "CloseEvents by who began the closing handshake, and whether the end was clean.", "initiator", "clean"),
		refused: counters("connections_refused_total", "Requests that were refused, by HTTP status.", "status"),
		lifetime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "onclose", Name: "connection_lifetime_seconds", Help: "How long connections were open.",
			// A cluster at a proxy's idle timeout, 60 s or 300 s, has to show.
			Buckets: []float64{0.1, 1, 5, 25, 29, 31, 55, 59, 61, 65, 115, 125, 290, 310, 590, 610, 1800, 3590, 3610, 4 * 3600, 24 * 3600},
		}),
		closing: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "onclose", Name: "connection_close_seconds", Help: "How long ends took, from the first Close frame to the end of the transport.",
			// The default timeouts, 1 s, 2 s and 10 s, have to show.
			Buckets: []float64{0.001, 0.01, 0.1, 0.9, 1.1, 1.9, 2.1, 5, 9, 11},
		}, []string{"clean"}),
		roundTrip: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "onclose", Name: "ping_round_trip_seconds", Help: "Time from a Ping to the Pong that answered it.",
			Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20},
		}),
		unsent:    counter("messages_unsent_total", "Messages that were accepted and not sent whole before the end."),
		discarded: counter("bytes_discarded_total", "Bytes that arrived and that no application got."),
	}
	messages := counters("messages_total", "Messages that were sent or received whole.", "direction")
	bytes := counters("message_bytes_total", "Bytes of those messages.", "direction")
	framed := counters("frame_payload_bytes_total", "Bytes of payload of their frames: fewer than the messages have when those were compressed.", "direction")
	of := func(d protocol.Direction) traffic {
		direction := string(d)
		return traffic{messages.WithLabelValues(direction), bytes.WithLabelValues(direction), framed.WithLabelValues(direction)}
	}
	m.sent, m.received = of(protocol.Sent), of(protocol.Received)
	registerer.MustRegister(m.open, m.opened, m.closed, m.ended, m.ends, m.refused, m.lifetime, m.closing, m.roundTrip, m.unsent, m.discarded, messages, bytes, framed)
	return m
}

// Trace counts what it is told.
func (m *Metrics) Trace() websocket.Trace {
	counted := websocket.Trace{
		Opened: func(*websocket.Conn) {
			m.open.Inc()
			m.opened.Inc()
		},
		Refused: func(_ *http.Request, err error) {
			m.refused.WithLabelValues(observe.RefusedStatus(err)).Inc()
		},
		Message: m.message,
		Pong:    func(_ *websocket.Conn, roundTrip time.Duration) { m.roundTrip.Observe(roundTrip.Seconds()) },
		Closed:  m.count,
	}
	timed := observe.CloseDuration(func(ev websocket.CloseEvent, took time.Duration) {
		m.closing.WithLabelValues(strconv.FormatBool(ev.WasClean)).Observe(took.Seconds())
	})
	return observe.Join(timed, counted) // a connection is counted as open until all is counted
}

func (m *Metrics) message(_ *websocket.Conn, d protocol.Direction, _ websocket.MessageType, size, framed int64) {
	if d == protocol.Sent {
		m.sent.add(size, framed)
	} else {
		m.received.add(size, framed)
	}
}

func (m *Metrics) count(_ *websocket.Conn, ev websocket.CloseEvent) {
	if !ev.OpenedAt.IsZero() {
		m.open.Dec()
		m.lifetime.Observe(ev.ClosedAt.Sub(ev.OpenedAt).Seconds())
	}
	m.closed.WithLabelValues(observe.CodeClass(ev.Code)).Inc()
	m.ended.WithLabelValues(observe.Word(ev.Cause)).Inc()
	m.ends.WithLabelValues(observe.Word(ev.Initiator), strconv.FormatBool(ev.WasClean)).Inc()
	m.unsent.Add(float64(ev.UnsentMessages))
	m.discarded.Add(float64(ev.DiscardedBytes))
}
