package observability

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/api/metrics"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

var (
	metricName = regexp.MustCompile(`\b(sluss|go|process)_[a-z0-9_]+\b`)
	duration   = regexp.MustCompile(`^[1-9][0-9]*[smhd]$`)
	alertName  = regexp.MustCompile(`^Sluss[A-Z][A-Za-z]+$`)
	label      = regexp.MustCompile(`\b([a-z]+)=~?"`)
)

// exported is what a program tells that has counted something of everything.
func exported(t *testing.T) string {
	t.Helper()
	m := metrics.New("x", "serve")
	m.Request("POST /x", http.StatusForbidden, model.CodeForbidden, 0)
	m.Acted(model.ActDecide, 0)
	m.Took("RecordTransition", 0, nil)
	m.Watch(metrics.Sources{
		Figures:    func(context.Context, time.Time) (store.Figures, error) { return store.Figures{}, nil },
		Checkpoint: func() (time.Duration, bool) { return 0, true }, FreeDisk: func() (uint64, error) { return 1, nil },
		Clock: clock.System, Log: slog.New(slog.DiscardHandler),
	})
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// TestAlerts: each rule is whole, is about metrics and labels that the program tells,
// and is explained to who is woken.
func TestAlerts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all rules
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	tells, names := exported(t), map[string]bool{}
	for _, g := range all.Groups {
		for _, r := range g.Rules {
			if !alertName.MatchString(r.Alert) || names[r.Alert] {
				t.Errorf("the name %q", r.Alert)
			}
			names[r.Alert] = true
			used := metricName.FindAllString(r.Expr, -1)
			if len(used) == 0 || strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") {
				t.Errorf("%s: %s", r.Alert, r.Expr)
			}
			for _, name := range used {
				line := regexp.MustCompile(`(?m)^` + name + `(\{.*\})? `).FindString(tells)
				if line == "" {
					t.Errorf("%s is about %s, which the program does not tell", r.Alert, name)
				}
				for _, l := range label.FindAllStringSubmatch(r.Expr, -1) {
					if !strings.Contains(line, l[1]+`="`) {
						t.Errorf("%s: %s has no label %s", r.Alert, name, l[1])
					}
				}
			}
			if r.For != "" && !duration.MatchString(r.For) {
				t.Errorf("%s: for %q", r.Alert, r.For)
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
				t.Errorf("%s: severity %q", r.Alert, r.Labels["severity"])
			}
			if r.Annotations["summary"] == "" || r.Annotations["summary_sv"] == "" {
				t.Errorf("%s is not explained in both languages", r.Alert)
			}
			if !strings.Contains(string(readme), "| "+r.Alert+" |") {
				t.Errorf("the README does not say what to do about %s", r.Alert)
			}
		}
	}
	if len(names) < 10 {
		t.Errorf("only %d alerts", len(names))
	}
}

// TestEveryMetricIsExplained: the README has all of them.
func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (sluss_\w+) `).FindAllStringSubmatch(exported(t), -1) {
		if !strings.Contains(string(readme), "| `"+found[1]) {
			t.Errorf("the README does not name %s", found[1])
		}
	}
}
