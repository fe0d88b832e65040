// Package otel makes OpenTelemetry spans of connections, one for each, from its
// opening to its end:
//
//	opts.Trace = otel.Trace(context.Background(), provider.Tracer("example.com/server"))
//
// A connection outlives the request that it came from, so its span is the root of
// a trace of its own, linked to the span of that request: of the request's context
// on a server, and of the context given to Trace on a client. It is of kind server
// or client, its name is "websocket", and its attributes say how it ended:
//
//	websocket.close.code       int
//	websocket.close.reason     string, what does not show escaped
//	websocket.close.initiator  "local", "remote", "both" or "none"
//	websocket.close.cause      a word, or "" when the Close frames decided
//	websocket.close.clean      bool
//
// The beginning of the closing handshake is an event of the span. An end that was
// not clean sets its status to Error, with the cause. A Dial that fails gives a
// span too.
//
// The sampler decides as for any span; one that is not recorded costs nothing but
// an entry in a map.
package otel

import (
	"context"
	"net/http"
	"sync"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/visible"
	"github.com/onclose/websocket/protocol"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Trace starts and ends spans of the tracer. A server's connections are linked to
// the span of their request, all others to that of ctx, if it has one. It may be
// used by any number of connections at once.
func Trace(ctx context.Context, tracer trace.Tracer) websocket.Trace {
	s := &spans{ctx: ctx, tracer: tracer}
	return websocket.Trace{Accepted: s.accepted, Opened: s.opened, Closing: s.closing, Closed: s.closed}
}

// spans are what Trace's hooks share.
type spans struct {
	ctx    context.Context
	tracer trace.Tracer
	open   sync.Map // a trace.Span for each *websocket.Conn
}

func (s *spans) accepted(c *websocket.Conn, r *http.Request) {
	s.open.Store(c, s.start(r.Context(), trace.SpanKindServer))
}

func (s *spans) opened(c *websocket.Conn) {
	if _, accepted := s.open.Load(c); !accepted {
		s.open.Store(c, s.start(s.ctx, trace.SpanKindClient))
	}
}

// start starts a span that is linked to the span of a context.
func (s *spans) start(ctx context.Context, kind trace.SpanKind) trace.Span {
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(kind)}
	if trace.SpanContextFromContext(ctx).IsValid() {
		options = append(options, trace.WithLinks(trace.LinkFromContext(ctx)))
	}
	_, span := s.tracer.Start(ctx, "websocket", options...)
	return span
}

func (s *spans) closing(c *websocket.Conn, by protocol.Initiator, _ websocket.CloseFrame) {
	if span, ok := s.open.Load(c); ok {
		span.(trace.Span).AddEvent("closing", trace.WithAttributes(attribute.String("websocket.close.initiator", string(by))))
	}
}

func (s *spans) closed(c *websocket.Conn, ev websocket.CloseEvent) {
	span := s.take(c)
	span.SetAttributes(
		attribute.Int("websocket.close.code", int(ev.Code)),
		attribute.String("websocket.close.reason", visible.Text(ev.Reason)),
		attribute.String("websocket.close.initiator", string(ev.Initiator)),
		attribute.String("websocket.close.cause", string(ev.Cause)),
		attribute.Bool("websocket.close.clean", ev.WasClean),
	)
	if !ev.WasClean {
		span.SetStatus(codes.Error, string(ev.Cause))
	}
	span.End()
}

// take is the span of a connection that has ended, or one for a Dial that failed.
func (s *spans) take(c *websocket.Conn) trace.Span {
	if span, ok := s.open.LoadAndDelete(c); ok {
		return span.(trace.Span)
	}
	return s.start(s.ctx, trace.SpanKindClient)
}
