// Package observe tells people about connections: as records for log/slog, as
// counters for expvar, and, in the module observe/prom, as metrics for
// Prometheus. Everything is a websocket.Trace, so that package websocket knows
// none of them; Join makes one Trace of several:
//
//	opts.Trace = observe.Join(
//		observe.Log(slog.Default(), nil),
//		counters.Trace(),
//	)
//
// The hooks may be used by any number of connections at once. None of them
// blocks, unless the slog.Handler does.
package observe
