//go:build !slim

package apitest_test

import (
	"net/http"
	"testing"

	"sluss/api/apitest"
)

// Those who read every case read what the year's report tells of, by kind and page
// by page: here a review that is due (RA-08) and two decisions to consult the
// authority (GDPR 36).
func TestYearlyReport(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := ownOffice(t, record)
			id := a.submitted([]string{"base"}, nil)
			a.Drive(id, apitest.Answering{})
			a.MeetConditions(id)
			a.post("system", "/cases/"+id+"/activation", a.etag("owner", "/cases/"+id), m{}).Want(http.StatusOK)
			a.reports("?year=2026")
			due := a.reports("?year=2028", id)[0]
			if due["kind"] != "review" || due["kind_label"] != "Översyn" || due["on"] == "" || due["rule"].(m)["id"] != "RA-08" || due["rule"].(m)["text"] == "" || due["decider"] != nil {
				t.Errorf("review %v", due)
			}
			first, second := a.consulting(), a.consulting()
			a.reports("", first, second)
			consulted := a.reports("?kind=prior_consultation", first, second)[0]
			if consulted["decider"].(m)["id"] != a.People["info"] || consulted["decision_authority"] == "" || consulted["reasons"] == "" || consulted["registry_no"] == "" {
				t.Errorf("consultation %v", consulted)
			}
			a.reports("?kind=override")
			page := a.Get("auditor", "/yearly-report?limit=1&include_total=true").Want(http.StatusOK).Object()
			if page["total"] != 2.0 || len(page["items"].([]any)) != 1 || page["next_cursor"] == "" {
				t.Errorf("a page of it: %v", page)
			}
			a.reports("?limit=1&cursor="+page["next_cursor"].(string), second)
			for _, as := range []string{"owner", "employee", "manager"} {
				a.Get(as, "/yearly-report").Problem(http.StatusForbidden, "forbidden")
			}
			if p := a.Get("ciso", "/yearly-report?kind=gossip").Problem(http.StatusUnprocessableEntity, "invalid"); p.Errors[0].Pointer != "/kind" {
				t.Errorf("another kind: %+v", p.Errors)
			}
		})
	}
}

// reports are the entries of the yearly report, which are about these cases.
func (o office) reports(query string, cases ...string) []m {
	o.T.Helper()
	var report struct {
		Items []m `json:"items"`
	}
	o.Get("auditor", "/yearly-report"+query).Want(http.StatusOK).Into(&report)
	if len(report.Items) != len(cases) {
		o.T.Fatalf("the report %s: %v, want %v", query, report.Items, cases)
	}
	for i, e := range report.Items {
		if e["case_id"] != cases[i] {
			o.T.Errorf("entry %d of %s: %v, want case %s", i, query, e, cases[i])
		}
	}
	return report.Items
}
