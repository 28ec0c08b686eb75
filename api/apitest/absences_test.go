//go:build !slim

package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
)

// noteAbsence notes an absence, from today for a week where own says nothing else.
func noteAbsence(h *apitest.House, as string, own m) apitest.Answer {
	return h.Do(apitest.Call{As: as, Method: http.MethodPost, Path: "/absences", Header: apitest.Key(), Body: delegating(h, own)})
}

// TestAbsence: while somebody is away their new tasks are anybody's of the role, those
// that they have are shown as waiting, and somebody else is given them.
func TestAbsence(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			had := o.submitted([]string{"base"}, nil)
			task := o.task(had, "manager", "endorse")
			var would struct{ Waiting []m }
			o.Do(apitest.Call{As: "admin", Method: http.MethodPost, Path: "/absences/preview", Body: delegating(o.House, m{"person": "manager"})}).Want(http.StatusOK).Into(&would)
			title := o.Get("owner", "/cases/"+had).Want(http.StatusOK).Object()["title"]
			if len(would.Waiting) != 1 || would.Waiting[0]["case_title"] != title {
				t.Errorf("would wait: %v, the case is %v", would.Waiting, title)
			}
			away := noteAbsence(o.House, "manager", nil).Want(http.StatusOK).Object()
			until := away["until_day"]

			var list struct {
				Items []m
				Total int
			}
			waiting := func(as string, want int) {
				t.Helper()
				list.Items = nil
				o.Get(as, "/tasks?assignee=away&include_total=true").Want(http.StatusOK).Into(&list)
				if len(list.Items) != want || list.Total != want {
					t.Errorf("%s finds %d of %d waiting for somebody who is away, want %d", as, len(list.Items), list.Total, want)
				}
			}
			waiting("admin", 1)
			if got := list.Items[0]; "/tasks/"+got["task_id"].(string) != task || got["away_until"] != until {
				t.Errorf("waiting: %v", got)
			}
			waiting("owner", 1)
			waiting("employee", 0)
			if got := o.Get("admin", task).Want(http.StatusOK).Object(); got["away_until"] != until {
				t.Errorf("the task: %v", got["away_until"])
			}
			var status struct {
				Stages []struct {
					Key       string
					AwayUntil string `json:"away_until"`
				}
			}
			o.Get("owner", "/cases/"+had).Into(&status)
			shown := ""
			for _, s := range status.Stages {
				if s.Key == "manager" {
					shown = s.AwayUntil
				}
			}
			if shown != until {
				t.Errorf("the status says %q", shown)
			}

			// A colleague takes what is nobody's, and keeps it when the manager is back.
			free := o.task(o.submitted([]string{"base"}, nil), "manager", "endorse")
			if got := o.Get("admin", free).Object(); got["assignee"] != nil {
				t.Errorf("the new task: %v", got)
			}
			o.SetRoles("other", model.RoleManager)
			claim := func(as string) apitest.Answer {
				return o.Do(apitest.Call{
					Method: http.MethodPut, Path: free + "/assignment", As: as, Body: m{"assignee": "me"}, Header: "If-Match: " + o.etag("admin", free),
				})
			}
			claim("other").Want(http.StatusOK)
			o.Do(apitest.Call{Method: http.MethodPost, Path: "/absences/" + away["absence_id"].(string) + "/end", As: "manager", Header: apitest.Key()}).Want(http.StatusOK)
			claim("manager").Problem(http.StatusConflict, "state_conflict")
			o.decide("other", free, m{"outcome": "endorse"}).Want(http.StatusOK)
			waiting("admin", 0)
			if got := o.Get("admin", task).Object(); got["away_until"] != nil {
				t.Errorf("the task of somebody who is back: %v", got["away_until"])
			}
			o.decide("manager", task, m{"outcome": "endorse"}).Want(http.StatusOK)
		})
	}
}

// TestAbsenceRequests: who notes whose absence, and what is shown before.
func TestAbsenceRequests(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		today := calendar.Today(h.Clock.Now())
		h.Unchanged(func() {
			for pointer, own := range map[string]m{
				"/from_day":  {"from_day": today.AddDays(-1).String()},
				"/until_day": {"until_day": today.AddMonths(12).AddDays(1).String()},
				"/person":    {"person": "nobody"},
				"/deputy":    {"deputy": "environment"},
				"/roles":     {"roles": []string{"environment_reviewer"}},
				"/roles/0":   {"deputy": "employee", "roles": []string{"auditor"}},
			} {
				p := noteAbsence(h, "environment", own).Problem(http.StatusUnprocessableEntity, "invalid")
				if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
					t.Errorf("%s: %+v", pointer, p.Errors)
				}
			}
			p := noteAbsence(h, "employee", m{"deputy": "environment"}).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != "/deputy" {
				t.Errorf("a deputy for nothing: %+v", p.Errors)
			}
			p = noteAbsence(h, "ciso", m{"deputy": "dpo"}).Problem(http.StatusForbidden, "segregation_of_duties")
			if len(p.Rules) != 1 || p.Rules[0].ID != "SOD-02" {
				t.Errorf("a deputy who may not: %+v", p.Rules)
			}
			noteAbsence(h, "ciso", m{"deputy": "employee", "roles": []string{"legal_counsel"}}).Problem(http.StatusForbidden, "forbidden")
			noteAbsence(h, "owner", m{"person": "environment"}).Problem(http.StatusForbidden, "forbidden")
			noteAbsence(h, "auditor", nil).Problem(http.StatusForbidden, "forbidden")
		})

		id := h.Draft("owner", m{"title": "Ett ärende"})
		var preview struct {
			Absence m
			VoidIn  []m `json:"void_in"`
			Waiting []m
		}
		h.Unchanged(func() {
			h.Do(apitest.Call{
				As: "admin", Method: http.MethodPost, Path: "/absences/preview", Body: delegating(h, m{"person": "environment", "deputy": "owner"}),
			}).Want(http.StatusOK).Into(&preview)
		})
		if len(preview.VoidIn) != 1 || preview.VoidIn[0]["case_id"] != id || len(preview.Waiting) != 0 || preview.Absence["delegation"] == nil {
			t.Errorf("the preview: %+v", preview)
		}

		a := noteAbsence(h, "admin", m{"person": "environment", "deputy": "employee"}).Want(http.StatusOK).Object()
		d := a["delegation"].(map[string]any)
		if a["away"] != true || d["holds"] != true || d["to"].(map[string]any)["id"] != h.People["employee"] || d["from_day"] != a["from_day"] {
			t.Errorf("noted: %v", a)
		}
		for _, call := range []string{"/absences", "/absences/preview"} {
			c := apitest.Call{As: "environment", Method: http.MethodPost, Path: call, Body: delegating(h, nil)}
			if call == "/absences" {
				c.Header = apitest.Key()
			}
			p := h.Do(c).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != "/from_day" {
				t.Errorf("%s of somebody who is away: %+v", call, p.Errors)
			}
		}
		var people struct{ Items []m }
		h.Get("owner", "/people?limit=100").Into(&people)
		for _, p := range people.Items {
			if (p["away_until"] == a["until_day"]) != (p["id"] == h.People["environment"]) {
				t.Errorf("%v is away until %v", p["user"], p["away_until"])
			}
		}
		lists := func(as, query string, want int) {
			t.Helper()
			var l struct {
				Items []m
				Total int
			}
			h.Get(as, "/absences?include_total=true"+query).Want(http.StatusOK).Into(&l)
			if len(l.Items) != want || l.Total != want {
				t.Errorf("%s finds %d of %d", as, len(l.Items), l.Total)
			}
		}
		for as, want := range map[string]int{"environment": 1, "employee": 0, "admin": 1, "auditor": 1, "owner": 0, "strange_admin": 0} {
			lists(as, "", want)
		}
		end := "/absences/" + a["absence_id"].(string) + "/end"
		for as, status := range map[string]int{"owner": 404, "employee": 404, "auditor": 403, "strange_admin": 404} {
			h.Do(apitest.Call{As: as, Method: http.MethodPost, Path: end, Header: apitest.Key()}).Want(status)
		}
		key := apitest.Key()
		for range 2 { // the same request twice is one
			got := h.Do(apitest.Call{As: "environment", Method: http.MethodPost, Path: end, Header: key}).Want(http.StatusOK).Object()
			if got["away"] != false || got["delegation"].(map[string]any)["holds"] != false {
				t.Errorf("ended: %v", got)
			}
		}
		lists("environment", "", 0)
		lists("environment", "&all=true", 1)
		noteAbsence(h, "environment", m{"from_day": today.AddDays(2).String()}).Want(http.StatusOK)
		lists("environment", "", 1)
		h.Clock.Advance(9 * 24 * time.Hour)
		lists("environment", "", 0)
	})
}
