//go:build !slim

package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collection is what a collector of OpenTelemetry has been told.
type collection struct {
	at  string
	mu  sync.Mutex
	all [][]byte
}

// collect is a collector for one program.
func collect(t *testing.T) *collection {
	t.Helper()
	c := new(collection)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Baggage") != "" {
			t.Errorf("the collector is told %s %s, %v", r.Method, r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all = append(c.all, body)
	}))
	t.Cleanup(s.Close)
	c.at = s.URL
	return c
}

// everything is all that was told, as it was.
func (c *collection) everything() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.all...)
}

// lead requires that some decision can be followed from the request to the transaction.
func (c *collection) lead(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := map[string]*tracepb.Span{}
	for _, body := range c.all {
		var told collectorpb.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &told); err != nil {
			t.Fatal(err)
		}
		for _, r := range told.ResourceSpans {
			for _, s := range r.ScopeSpans {
				for _, span := range s.Spans {
					spans[string(span.SpanId)] = span
				}
			}
		}
	}
	ways := map[string]bool{}
	for _, span := range spans {
		way := []string{}
		for s := span; s != nil; s = spans[string(s.ParentSpanId)] {
			way = append(way, s.Name)
			if len(s.Events) > 0 || s.Status.GetMessage() != "" {
				t.Errorf("%s says more than its name: %v %v", s.Name, s.Events, s.Status)
			}
		}
		slices.Reverse(way)
		ways[strings.Join(way, " > ")] = true
	}
	for way := range ways {
		steps := strings.Split(way, " > ")
		if steps[0] == "POST /api/v1/tasks/{task_id}/decision" && slices.Contains(steps, "act") && slices.Contains(steps, "TRANSACTION") &&
			slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "HandleUpdate:") }) &&
			slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "RunActivity:") }) {
			return
		}
	}
	t.Errorf("no decision can be followed to its transaction:\n%s", strings.Join(slices.Sorted(maps.Keys(ways)), "\n"))
}
