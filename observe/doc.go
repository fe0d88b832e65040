// Package observe tells people about connections: as records for log/slog, as
// counters for expvar, as recordings of the last frames of those that did not end
// cleanly and, in the modules observe/prom and observe/otel, as metrics for
// Prometheus and as spans for OpenTelemetry. Everything is a websocket.Trace, so
// that package websocket knows none of them; Join makes one Trace of several:
//
//	opts.Trace = observe.Join(
//		observe.Log(slog.Default(), nil),
//		counters.Trace(),
//		observe.Record(observe.JSONLines(file), nil),
//	)
//
// The hooks may be used by any number of connections at once. None of them
// blocks, unless the slog.Handler or the io.Writer does.
package observe
