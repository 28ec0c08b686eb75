package traces

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// collector keeps what it is given.
type collector struct{ spans []sdktrace.ReadOnlySpan }

func (c *collector) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	c.spans = append(c.spans, spans...)
	return nil
}

func (*collector) Shutdown(context.Context) error { return nil }

// Whatever a library puts into a span, only what may leave the program does.
func TestCleaned(t *testing.T) {
	t.Parallel()
	c := new(collector)
	p := sdktrace.NewTracerProvider(sdktrace.WithSyncer(cleaned{c}))
	_, other := p.Tracer("x").Start(t.Context(), "other")
	_, s := p.Tracer("x").Start(t.Context(), "GET /api/v1/cases", trace.WithAttributes(
		attribute.String("http.route", "GET /api/v1/cases"), attribute.String("url.path", "secret"), attribute.String("client.address", "secret"),
		attribute.String("db.query.text", "secret"), attribute.String("temporalWorkflowID", "case/1"),
	), trace.WithLinks(trace.Link{SpanContext: other.SpanContext(), Attributes: []attribute.KeyValue{attribute.String("x", "secret")}}))
	s.RecordError(errors.New("secret"))
	s.AddEvent("secret")
	s.SetStatus(codes.Error, "secret")
	s.End()
	if len(c.spans) != 1 {
		t.Fatal(c.spans)
	}
	got := c.spans[0]
	all := fmt.Sprint(got.Name(), got.Attributes(), got.Events(), got.Status(), got.Links())
	if strings.Contains(all, "secret") || len(got.Attributes()) != 2 || got.Status().Code != codes.Error || len(got.Links()) != 1 {
		t.Error(all)
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]bool{
		"": false, "OTEL_SERVICE_NAME=x": false,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x": true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x": true, "OTEL_TRACES_EXPORTER=otlp": true,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_SDK_DISABLED=true": false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_EXPORTER=none": false,
	} {
		got := Wanted(func(name string) string {
			for _, pair := range strings.Fields(set) {
				if key, value, _ := strings.Cut(pair, "="); key == name {
					return value
				}
			}
			return ""
		})
		if got != want {
			t.Errorf("%q: %v", set, got)
		}
	}
}

// Where nothing is followed there is nothing to stop, and nobody is told.
func TestNone(t *testing.T) {
	t.Parallel()
	var none *Traces
	if i, err := none.Interceptors(); i != nil || err != nil {
		t.Error(i, err)
	}
	if err := none.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWrongProtocol(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
	if _, err := Start(t.Context(), "x", nil); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_PROTOCOL") {
		t.Error(err)
	}
}
