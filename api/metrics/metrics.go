// Package metrics counts what the program does and how its record stands, for
// Prometheus.
//
// A label has one of a few values that stand in the code: a state, a role, a kind of
// act, a code, the pattern of a route. None is an id, a name or a text, so that the
// metrics tell nothing of anybody and stay as few as they are, whatever clients send.
//
// It imports api/act, model, model/store and Prometheus' client.
package metrics

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sluss/api/act"
	"sluss/model"
)

// Metrics are all metrics of one process. Make them with New. The methods may be called
// at the same time.
type Metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	durations   *prometheus.HistogramVec
	acts        *prometheus.HistogramVec
	denied      *prometheus.CounterVec
	differences *prometheus.CounterVec
	steps       *prometheus.HistogramVec
}

// durations are the upper bounds of what requests and acts are counted by, in seconds.
// Whoever acts is told to come back after 15 (act.DefaultWait).
var durations = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15}

// New returns the metrics of a version of the program, which runs as a command: serve, api
// or worker.
func New(version, command string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluss_http_requests_total", Help: "Requests that were answered, by the pattern of the route and the class of the status.",
		}, []string{"route", "class"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluss_http_request_duration_seconds", Help: "How long requests took to answer. What pages ask the API counts for both.", Buckets: durations,
		}, []string{"surface"}),
		acts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluss_act_duration_seconds", Help: "How long acts took that move a case, from the request to their recorded answer, or until nobody waited any more.", Buckets: durations,
		}, []string{"kind"}),
		denied: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluss_acts_denied_total", Help: "Requests to change something that were refused, by the code of the refusal.",
		}, []string{"code"}),
		differences: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluss_reconcile_differences_total", Help: "Cases and incidents whose process did not fit the record, by what was found; those that failed could not be compared or repaired.",
		}, []string{"finding"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluss_activity_duration_seconds", Help: "How long the record took to be read or written for a process, by activity and whether it could be.", Buckets: durations,
		}, []string{"activity", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sluss_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version, "command": command},
	})
	build.Set(1)
	m.Reconciled(act.Reconciliation{}) // what has not been found is 0 and not unknown
	m.registry.MustRegister(m.requests, m.durations, m.acts, m.denied, m.differences, m.steps, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts an answered request to the API: the pattern of its route with the
// method, "" where there is none, its status and the code of its problem.
func (m *Metrics) Request(route string, status int, code model.Code, took time.Duration) {
	m.request("api", route, status, took)
	if status >= 400 && status < 500 && code != "" && route != "" && !strings.HasPrefix(route, "GET ") {
		m.denied.WithLabelValues(string(code)).Inc()
	}
}

// Page counts an answered request to the pages. What is denied there the API has denied.
func (m *Metrics) Page(route string, status int, took time.Duration) {
	m.request("pages", route, status, took)
}

func (m *Metrics) request(surface, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Inc()
	m.durations.WithLabelValues(surface).Observe(took.Seconds())
}

// Acted implements act.Meter.
func (m *Metrics) Acted(kind model.ActKind, took time.Duration) {
	m.acts.WithLabelValues(string(kind)).Observe(took.Seconds())
}

// Reconciled implements act.Meter.
func (m *Metrics) Reconciled(r act.Reconciliation) {
	for finding, n := range map[string]int{
		"missing": r.Missing, "closed": r.Closed, "behind": r.Behind, "ahead": r.Ahead, "stuck": r.Stuck, "failed": r.Failed,
	} {
		m.differences.WithLabelValues(finding).Add(float64(n))
	}
}

// Took counts an activity, by the name that it is registered under.
func (m *Metrics) Took(activity string, took time.Duration, err error) {
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	m.steps.WithLabelValues(activity, outcome).Observe(took.Seconds())
}

// Handler serves the metrics at /metrics, and nothing else.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
	return mux
}
