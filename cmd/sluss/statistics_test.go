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
