package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/api"
)

// The figures of the API are shown in both languages, of the period that is asked
// for.
func TestStatisticsCommand(t *testing.T) {
	t.Parallel()
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RequestURI()
		share := api.Share{Cases: 1, Share: 0.25}
		w.Header().Set("Content-Type", "application/json")
		err := json.NewEncoder(w).Encode(api.Statistics{
			Submitted: 4, Returned: share, Rejected: share, RejectedBy: []api.RejectedShare{{Code: "HS-02", Share: share}},
			Stages:  []api.StageTime{{Label: "Chefens bedömning", Done: 3, MedianDays: 2.5}},
			Overdue: []api.OverdueByRole{{Label: "Dataskyddsombud", Tasks: 2}},
			Active:  api.ActiveStatistics{Tools: 5, KWhYear: 12.5, CO2eKgYear: 0.4},
		})
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	call := func(args ...string) string {
		t.Helper()
		out, _, err := sluss(t, append([]string{"statistics", "--server", server.URL, "--token", "x"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out), " ")
	}
	const sv = "Inskickade ärenden 4 Återlämnade 1 (25.0 %) Avslagna eller stoppade 1 (25.0 %) HS-02 1 (25.0 %) " +
		"Chefens bedömning 2.5 dagar i median, 3 klara Försenade uppgifter: Dataskyddsombud 2 " +
		"Verktyg i bruk 5, 12.5 kWh, 0.40 kg CO2e per år"
	if out := call("--from", "2026-01-01", "--to", "2026-12-31"); out != sv || asked != "/api/v1/statistics?from=2026-01-01&to=2026-12-31" {
		t.Errorf("%s\nof %s", out, asked)
	}
	if out := call("--lang", "en"); !strings.Contains(out, "Cases sent in 4") || !strings.HasPrefix(asked, "/api/v1/statistics") {
		t.Errorf("%s\nof %s", out, asked)
	}
	if _, _, err := sluss(t, "statistics", "--server", server.URL, "--token", "x", "everything"); err != errUsage {
		t.Errorf("an argument too many: %v", err)
	}
}

// How things stand is shown without a period.
func TestOverviewCommand(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/api/v1/overview" {
			t.Errorf("asked for %s", r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		err := json.NewEncoder(w).Encode(api.Overview{
			Cases: []api.StateCount{{Label: "Får användas", Cases: 3}}, Queues: []api.QueueItem{{Label: "Jurist", Open: 4, Overdue: 2, Free: 1}},
		})
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	out, _, err := sluss(t, "statistics", "--server", server.URL, "--token", "x", "--now")
	if got := strings.Join(strings.Fields(out), " "); err != nil || got != "Får användas 3 Jurist 4 öppna, 2 försenade, 1 som ingen har tagit" {
		t.Errorf("%s, %v", got, err)
	}
	if _, _, err := sluss(t, "statistics", "--server", server.URL, "--token", "x", "--now", "--from", "2026-01-01"); err != errUsage {
		t.Errorf("of a period: %v", err)
	}
}

// The yearly report is shown page after page, and of one kind where it is asked for.
func TestYearlyReportCommand(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		var page api.Page[api.ReportEntry]
		switch q := r.URL.Query(); {
		case q.Get("kind") != "":
		case q.Get("cursor") == "":
			page.NextCursor = "next"
			page.Items = []api.ReportEntry{{On: "2026-03-04", KindLabel: "Förhandssamråd", RegistryNo: "SL 2026-1", CaseTitle: "Tolk",
				Decider: &api.PersonNote{Name: "Inga"}, DecisionAuthority: "4.2"}}
		default:
			page.Items = []api.ReportEntry{{On: "2026-05-06", KindLabel: "Översyn", RegistryNo: "SL 2026-2", CaseTitle: "Sök"}}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	call := func(args ...string) (string, error) {
		t.Helper()
		out, _, err := sluss(t, append([]string{"statistics", "--server", server.URL, "--token", "x"}, args...)...)
		return strings.Join(strings.Fields(out), " "), err
	}
	out, err := call("--report", "2026")
	if err != nil || out != "2026-03-04 Förhandssamråd SL 2026-1 Tolk Inga 4.2 2026-05-06 Översyn SL 2026-2 Sök" || len(asked) != 2 ||
		asked[1] != "/api/v1/yearly-report?cursor=next&limit=100&year=2026" {
		t.Errorf("%s, %v\nof %v", out, err, asked)
	}
	if out, err := call("--report", "2026", "--kind", "override", "--lang", "en"); err != nil || out != "Nothing to report." {
		t.Errorf("%s, %v", out, err)
	}
	for _, args := range [][]string{{"--report", "2026", "--from", "2026-01-01"}, {"--kind", "override"}} {
		if _, err := call(args...); err != errUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
}
