package otel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/observe/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

var background = context.Background()

// newTracer is a tracer, and what its spans become.
func newTracer(t *testing.T) (trace.Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter))
	t.Cleanup(func() {
		if err := provider.Shutdown(background); err != nil {
			t.Error(err)
		}
	})
	return provider.Tracer("test"), exporter
}

// connectionSpan is the one span named "websocket".
func connectionSpan(t *testing.T, exporter *tracetest.InMemoryExporter) (found tracetest.SpanStub) {
	t.Helper()
	n := 0
	for _, span := range exporter.GetSpans() {
		if span.Name == "websocket" {
			found, n = span, n+1
		}
	}
	if n != 1 {
		t.Fatalf("%d spans of connections", n)
	}
	return found
}

// checkSpan compares a span with what is known of it.
func checkSpan(t *testing.T, span tracetest.SpanStub, kind trace.SpanKind, linked trace.SpanContext, status codes.Code, attributes ...attribute.KeyValue) {
	t.Helper()
	got, want := attribute.NewSet(span.Attributes...), attribute.NewSet(attributes...)
	if !got.Equals(&want) {
		t.Errorf("attributes %v\nwant %v", span.Attributes, attributes)
	}
	if span.SpanKind != kind || span.Parent.IsValid() || span.Status.Code != status {
		t.Errorf("kind %v, parent %v, status %v", span.SpanKind, span.Parent.IsValid(), span.Status)
	}
	if linked.IsValid() != (len(span.Links) == 1) || linked.IsValid() && !span.Links[0].SpanContext.Equal(linked) {
		t.Errorf("links %v, want %v", span.Links, linked)
	}
}

func attributesOf(code int, reason, initiator, cause string, clean bool) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.Int("websocket.close.code", code), attribute.String("websocket.close.reason", reason),
		attribute.String("websocket.close.initiator", initiator), attribute.String("websocket.close.cause", cause),
		attribute.Bool("websocket.close.clean", clean),
	}
}

// A server's connection is linked to its request's span, and a client's to that of
// the context that was given.
func TestASpanForEachConnection(t *testing.T) {
	serverTracer, servers := newTracer(t)
	clientTracer, clients := newTracer(t)
	var requested trace.SpanContext
	ended := make(chan struct{})
	hooks := otel.Trace(background, serverTracer)
	closed := hooks.Closed
	hooks.Closed = func(c *websocket.Conn, ev websocket.CloseEvent) { closed(c, ev); close(ended) }
	handler := websocket.Handler(func(c *websocket.Conn) { c.Read(background) }, &websocket.AcceptOptions{Trace: hooks})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := serverTracer.Start(r.Context(), "request")
		defer span.End()
		requested = span.SpanContext()
		handler.ServeHTTP(w, r.WithContext(ctx))
	}))
	defer server.Close()
	ctx, dialing := clientTracer.Start(background, "page")
	c, err := websocket.Dial(ctx, strings.Replace(server.URL, "http", "ws", 1), &websocket.DialOptions{Trace: otel.Trace(ctx, clientTracer)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(4001, "two\nlines"); err != nil {
		t.Fatal(err)
	}
	<-ended
	span := connectionSpan(t, servers)
	checkSpan(t, span, trace.SpanKindServer, requested, codes.Unset, attributesOf(4001, `two\nlines`, "remote", "", true)...)
	if len(span.Events) != 1 || span.Events[0].Name != "closing" || !span.EndTime.After(span.Events[0].Time) {
		t.Errorf("events %v", span.Events)
	}
	checkSpan(t, connectionSpan(t, clients), trace.SpanKindClient, dialing.SpanContext(), codes.Unset, attributesOf(4001, `two\nlines`, "local", "", true)...)
}

func TestAnUncleanEndIsAnError(t *testing.T) {
	tracer, exporter := newTracer(t)
	server := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) { <-c.Done() }, nil))
	defer server.Close()
	c, err := websocket.Dial(background, strings.Replace(server.URL, "http", "ws", 1), &websocket.DialOptions{Trace: otel.Trace(background, tracer)})
	if err != nil {
		t.Fatal(err)
	}
	c.Abort()
	span := connectionSpan(t, exporter)
	checkSpan(t, span, trace.SpanKindClient, trace.SpanContext{}, codes.Error, attributesOf(1006, "", "none", "aborted", false)...)
	if span.Status.Description != "aborted" {
		t.Errorf("status %v", span.Status)
	}
}

func TestADialThatFailsHasASpan(t *testing.T) {
	tracer, exporter := newTracer(t)
	ctx, dialing := tracer.Start(background, "page")
	if _, err := websocket.Dial(ctx, "ftp://example.com/", &websocket.DialOptions{Trace: otel.Trace(ctx, tracer)}); err == nil {
		t.Fatal("it opened")
	}
	checkSpan(t, connectionSpan(t, exporter), trace.SpanKindClient, dialing.SpanContext(), codes.Error, attributesOf(1006, "", "none", "bad-url", false)...)
}
