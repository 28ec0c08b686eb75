package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss/api/act"
	"sluss/api/metrics"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

// source is a record that can be told what to answer, and counts how often it is asked.
type source struct {
	figures store.Figures
	err     error
	asked   int
}

func (s *source) read(context.Context, time.Time) (store.Figures, error) {
	s.asked++
	return s.figures, s.err
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	return string(text)
}

// has wants lines, as they are.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	m := metrics.New("1.2.3", "worker")
	has(t, scrape(t, m), `sluss_reconcile_differences_total{finding="stuck"} 0`, `sluss_build_info{command="worker",version="1.2.3"} 1`)
	m.Request("GET /api/v1/cases/{case_id}", 404, model.CodeNotFound, time.Second)
	m.Request("POST /api/v1/cases", 403, model.CodeForbidden, time.Second)
	m.Request("POST /api/v1/cases", 201, "", time.Second)
	m.Request("POST /api/v1/cases", 503, model.CodePending, time.Second)
	m.Request("", 404, model.CodeNotFound, time.Second)
	m.Page("GET /cases/{id}", 200, time.Millisecond)
	m.Acted(model.ActDecide, 30*time.Millisecond)
	m.Took("LoadCase", 30*time.Millisecond, nil)
	m.Took("LoadCase", time.Second, errors.New("away"))
	m.Reconciled(act.Reconciliation{Checked: 9, Missing: 2, Failed: 1})
	text := scrape(t, m)
	has(t, text,
		`sluss_http_requests_total{class="4xx",route="GET /api/v1/cases/{case_id}"} 1`,
		`sluss_http_requests_total{class="2xx",route="POST /api/v1/cases"} 1`,
		`sluss_http_requests_total{class="5xx",route="POST /api/v1/cases"} 1`,
		`sluss_http_requests_total{class="4xx",route="none"} 1`,
		`sluss_http_requests_total{class="2xx",route="GET /cases/{id}"} 1`,
		`sluss_http_request_duration_seconds_count{surface="api"} 5`,
		`sluss_http_request_duration_seconds_bucket{surface="pages",le="0.01"} 1`,
		`sluss_acts_denied_total{code="forbidden"} 1`,
		`sluss_act_duration_seconds_bucket{kind="decide",le="0.025"} 0`,
		`sluss_act_duration_seconds_bucket{kind="decide",le="0.05"} 1`,
		`sluss_activity_duration_seconds_bucket{activity="LoadCase",outcome="done",le="0.05"} 1`,
		`sluss_activity_duration_seconds_count{activity="LoadCase",outcome="failed"} 1`,
		`sluss_reconcile_differences_total{finding="missing"} 2`,
		`sluss_reconcile_differences_total{finding="failed"} 1`,
	)
	if n := strings.Count(text, "\nsluss_acts_denied_total{"); n != 1 {
		t.Errorf("%d codes were denied, want 1: reading and trouble are no denied acts", n)
	}
}

func TestGauges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := &source{figures: store.Figures{
		Cases: map[model.CaseState]int{model.Active: 7}, Overdue: map[model.Role]int{model.RoleDPO: 3},
		Commands: store.Waiting{N: 2, Oldest: now.Add(-90 * time.Second)}, Mails: store.Waiting{N: 1, Oldest: now.Add(time.Second)}, MailsGivenUp: 4,
	}}
	kept := false
	m := metrics.New("x", "serve")
	var log bytes.Buffer
	m.Watch(metrics.Sources{
		Figures: s.read, Clock: clock.At(now), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Checkpoint: func() (time.Duration, bool) { return time.Hour, kept },
		FreeDisk:   func() (uint64, error) { return 1 << 20, nil },
	})
	s.err = errors.New("away")
	text := scrape(t, m)
	has(t, text, "sluss_record_up 0", "sluss_disk_free_bytes 1.048576e+06")
	if strings.Contains(text, "\nsluss_cases") || strings.Contains(text, "\nsluss_checkpoint") || log.Len() == 0 {
		t.Errorf("figures that nobody has read:\n%s", text)
	}
	s.err, kept = nil, true
	text = scrape(t, m)
	has(t, text, "sluss_record_up 1", `sluss_cases{state="ACTIVE"} 7`, `sluss_cases{state="DRAFT"} 0`,
		`sluss_tasks_overdue{role="dpo"} 3`, `sluss_tasks_overdue{role="ciso"} 0`,
		"sluss_commands_pending 2", "sluss_commands_pending_oldest_seconds 90", "sluss_outbox_messages 0", "sluss_outbox_oldest_seconds 0",
		"sluss_mails_waiting 1", "sluss_mails_oldest_seconds 0", "sluss_mails_given_up 4", "sluss_checkpoint_age_seconds 3600")
	asked := s.asked
	s.figures.MailsGivenUp = 5
	has(t, scrape(t, m), "sluss_mails_given_up 4") // as it was read a moment ago
	if s.asked != asked {
		t.Error("the record is read for every scrape")
	}
}

// Every name is in the style of Prometheus, explained, and carries the unit where it
// has one.
func TestNames(t *testing.T) {
	t.Parallel()
	m := metrics.New("x", "serve")
	m.Watch(metrics.Sources{Figures: new(source).read, Clock: clock.System, Log: slog.New(slog.DiscardHandler)})
	form := regexp.MustCompile(`^# HELP sluss_[a-z_]+ [A-Z].*\.$`)
	for line := range strings.Lines(scrape(t, m)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "# HELP sluss_") && !form.MatchString(line) {
			t.Error(line)
		}
		if strings.HasPrefix(line, "# TYPE sluss_") && strings.HasSuffix(line, " counter") != strings.Contains(line, "_total ") {
			t.Error(line)
		}
	}
}

// Nothing but the metrics is there.
func TestOnlyMetrics(t *testing.T) {
	t.Parallel()
	h := metrics.New("x", "serve").Handler(slog.New(slog.DiscardHandler))
	for _, path := range []string{"/", "/debug/pprof/", "/metrics/x"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, w.Code)
		}
	}
}
