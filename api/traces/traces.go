// Package traces follows a request through act, process and activity to the statements
// of the record, and tells a collector of OpenTelemetry. Nothing is followed, and
// nothing is spent, unless the environment names a collector.
//
// A span has a name that stands in the code, and of attributes those in kept: patterns,
// kinds, codes, counts and the ids of processes. What an error says, the events in which
// libraries repeat it, and every attribute that is not in the list are left out on the
// way to the collector, whoever added them. A client's own trace is not continued, and
// baggage is neither taken nor sent.
//
// It imports the model, Temporal's interceptor and OpenTelemetry.
package traces

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// kept are the attributes that leave the program.
var kept = map[attribute.Key]bool{
	"http.request.method": true, "http.route": true, "http.response.status_code": true,
	"sluss.act": true, "sluss.code": true,
	"db.system.name": true, "db.operation.name": true, "db.collection.name": true, "error.type": true,
	"temporalWorkflowID": true, "temporalRunID": true, "temporalUpdateID": true, "temporalActivityID": true,
}

// Traces are the traces of one process. Nil ones are none.
type Traces struct{ provider *sdktrace.TracerProvider }

// Wanted reports whether the environment names a collector (OTEL_EXPORTER_OTLP_ENDPOINT
// or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_TRACES_EXPORTER=otlp for the one on
// this machine) and does not forbid it (OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER=none).
func Wanted(env func(string) string) bool {
	switch {
	case env("OTEL_SDK_DISABLED") == "true", env("OTEL_TRACES_EXPORTER") == "none":
		return false
	}
	return env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "" || env("OTEL_TRACES_EXPORTER") == "otlp"
}

// Start follows from now on what this process does, if the environment asks for it, and
// returns nil otherwise. All else is set by OpenTelemetry's own variables too: sampler,
// protocol (http/protobuf or grpc), headers, certificates, batches.
func Start(ctx context.Context, version string, log *slog.Logger) (*Traces, error) {
	if !Wanted(os.Getenv) {
		return nil, nil
	}
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("follow requests: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "sluss"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("follow requests: %w", err)
	}
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces not sent", slog.String("class", fmt.Sprintf("%T", innermost(err))))
	}))
	return start(sdktrace.WithBatcher(cleaned{exporter}), sdktrace.WithResource(about)), nil
}

func start(o ...sdktrace.TracerProviderOption) *Traces {
	t := &Traces{sdktrace.NewTracerProvider(o...)}
	otel.SetTracerProvider(t.provider)
	return t
}

func newExporter(ctx context.Context) (*otlptrace.Exporter, error) {
	protocol := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
	if protocol == "" {
		protocol = os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	switch protocol {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	}
	return nil, errors.New("OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf or grpc")
}

func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// Interceptors carry traces to processes and activities: for the options of Temporal's
// client, which gives them to its workers. There are none where nothing is followed.
func (t *Traces) Interceptors() ([]interceptor.ClientInterceptor, error) {
	if t == nil {
		return nil, nil
	}
	i, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: t.provider.Tracer("sluss"), TextMapPropagator: propagation.TraceContext{}, DisableBaggage: true,
		DisableQueryTracing: true, AllowInvalidParentSpans: true,
	})
	if err != nil {
		return nil, fmt.Errorf("follow processes: %w", err)
	}
	return []interceptor.ClientInterceptor{i}, nil
}

// Stop sends what has not been sent.
func (t *Traces) Stop(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// cleaned is an exporter that is given no more of a span than may leave the program.
type cleaned struct{ sdktrace.SpanExporter }

// ExportSpans implements sdktrace.SpanExporter.
func (c cleaned) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	out := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		out[i] = span{s}
	}
	return c.SpanExporter.ExportSpans(ctx, out)
}

// span is a span without what errors say and without attributes that are not kept.
type span struct{ sdktrace.ReadOnlySpan }

func (s span) Attributes() (out []attribute.KeyValue) {
	for _, a := range s.ReadOnlySpan.Attributes() {
		if kept[a.Key] {
			out = append(out, a)
		}
	}
	return out
}

func (s span) Events() []sdktrace.Event { return nil }

func (s span) Status() sdktrace.Status { return sdktrace.Status{Code: s.ReadOnlySpan.Status().Code} }

func (s span) Links() (out []sdktrace.Link) {
	for _, l := range s.ReadOnlySpan.Links() {
		out = append(out, sdktrace.Link{SpanContext: l.SpanContext})
	}
	return out
}
