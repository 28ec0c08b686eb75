//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
)

// delegating is a request for a delegation, from today for a week.
func delegating(h *apitest.House, own m) m {
	today := calendar.Today(h.Clock.Now())
	body := m{"from_day": today.String(), "until_day": today.AddDays(7).String()}
	for k, v := range own {
		body[k] = v
	}
	return body
}

func delegate(h *apitest.House, as string, own m) apitest.Answer {
	return h.Do(apitest.Call{As: as, Method: http.MethodPost, Path: "/delegations", Header: apitest.Key(), Body: delegating(h, own)})
}

// TestDelegation lets a deputy find, read and answer what is somebody else's, signed
// for them, until it ends.
func TestDelegation(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			id := o.submitted([]string{"base"}, nil)
			task := o.task(id, "manager", "endorse")
			o.Get("employee", task).Problem(http.StatusNotFound, "not_found")
			d := delegate(o.House, "manager", m{"to": "employee", "roles": []string{"manager"}}).Want(http.StatusOK).Object()

			var inbox struct {
				Items []struct {
					TaskID string `json:"task_id"`
					For    m      `json:"for"`
				}
				Total int
			}
			o.Get("employee", "/tasks?assignee=me&include_total=true").Into(&inbox)
			if len(inbox.Items) != 1 || inbox.Total != 1 || "/tasks/"+inbox.Items[0].TaskID != task || inbox.Items[0].For["label"] != "för Namn manager" {
				t.Fatalf("the inbox of the deputy: %+v", inbox)
			}
			if got := o.Get("employee", task).Want(http.StatusOK).Object(); got["may_decide"] != true || got["for"].(m)["delegation_id"] != d["delegation_id"] {
				t.Errorf("the task: %v", got)
			}
			o.Get("employee", "/cases/"+id).Want(http.StatusOK)
			late := o.decision("employee", o.task(o.submitted([]string{"base"}, nil), "manager", "endorse"), m{"outcome": "endorse"})
			o.decide("employee", task, m{"outcome": "endorse"}).Want(http.StatusOK)

			var decisions struct{ Items []m }
			o.Get("auditor", "/cases/"+id+"/decisions").Into(&decisions)
			got := decisions.Items[0]
			if got["decider"].(map[string]any)["id"] != o.People["employee"] || got["for"].(map[string]any)["label"] != "för Namn manager" {
				t.Errorf("decided: %v", got)
			}
			o.Get("employee", "/cases/"+id).Want(http.StatusOK) // what they decided they may read

			end := "/delegations/" + d["delegation_id"].(string) + "/end"
			call := func(as string) apitest.Answer {
				return o.Do(apitest.Call{As: as, Method: http.MethodPost, Path: end, Header: apitest.Key()})
			}
			o.Unchanged(func() {
				call("owner").Problem(http.StatusNotFound, "not_found")
				call("auditor").Problem(http.StatusForbidden, "forbidden")
			})
			call("employee").Want(http.StatusOK)
			o.Unchanged(func() {
				call("manager").Problem(http.StatusConflict, "delegation_over")
				o.Do(late).Problem(http.StatusNotFound, "not_found")
			})
			if err := o.Store.VerifyCase(t.Context(), apitest.Org, id); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDelegationRequests: who delegates what to whom, and what is shown before.
func TestDelegationRequests(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		reviewer := []string{"environment_reviewer"}
		h.Unchanged(func() {
			for what, test := range map[string]struct {
				as   string
				body m
				rule string
			}{
				"to the DPO":      {"ciso", m{"to": "dpo", "roles": []string{"ciso"}}, "SOD-02"},
				"to the auditor":  {"ciso", m{"to": "auditor", "roles": []string{"ciso"}}, "SOD-09"},
				"to an admin":     {"ciso", m{"to": "admin", "roles": []string{"ciso"}}, "SOD-06"},
				"decide as a DPO": {"dpo", m{"to": "employee", "roles": []string{"information_owner"}}, "SOD-02"},
			} {
				p := delegate(h, test.as, test.body).Problem(http.StatusForbidden, "segregation_of_duties")
				if len(p.Rules) != 1 || p.Rules[0].ID != test.rule {
					t.Errorf("%s: %+v", what, p.Rules)
				}
			}
			delegate(h, "owner", m{"from": "environment", "to": "employee", "roles": reviewer, "reason": "x"}).Problem(http.StatusForbidden, "forbidden")
			delegate(h, "legal", m{"to": "employee", "roles": reviewer}).Problem(http.StatusForbidden, "forbidden")
			today := calendar.Today(h.Clock.Now())
			for pointer, own := range map[string]m{
				"/to":        {"to": "environment"},
				"/roles/0":   {"roles": []string{"auditor"}},
				"/from_day":  {"from_day": today.AddDays(-1).String()},
				"/until_day": {"until_day": today.AddMonths(12).AddDays(1).String()},
				"/unit_id":   {"unit_id": "okänd"},
				"/case_id":   {"case_id": model.NewID()},
			} {
				body := m{"to": "employee", "roles": reviewer}
				for k, v := range own {
					body[k] = v
				}
				p := delegate(h, "environment", body).Problem(http.StatusUnprocessableEntity, "invalid")
				if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
					t.Errorf("%s: %+v", pointer, p.Errors)
				}
			}
			p := delegate(h, "admin", m{"from": "environment", "to": "employee", "roles": reviewer}).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != "/reason" {
				t.Errorf("without a reason: %+v", p.Errors)
			}
		})

		id := h.Draft("owner", m{"title": "Ett ärende"})
		var preview struct {
			Delegation m
			VoidIn     []m `json:"void_in"`
		}
		ask := func(as string) {
			preview.VoidIn = nil
			h.Unchanged(func() {
				h.Do(apitest.Call{
					As: as, Method: http.MethodPost, Path: "/delegations/preview",
					Body: delegating(h, m{"from": "environment", "to": "owner", "roles": reviewer, "reason": "Semester"}),
				}).Want(http.StatusOK).Into(&preview)
			})
		}
		ask("admin")
		if len(preview.VoidIn) != 1 || preview.VoidIn[0]["case_id"] != id || preview.VoidIn[0]["rule"] != "SOD-01" {
			t.Errorf("void in %v", preview.VoidIn)
		}
		ask("environment") // who does not read the case is not told of it
		if len(preview.VoidIn) != 0 {
			t.Errorf("void in %v", preview.VoidIn)
		}

		d := delegate(h, "admin", m{"from": "environment", "to": "employee", "roles": reviewer, "reason": "Semester"}).Want(http.StatusOK).Object()
		lists := func(as, query string, want int) {
			t.Helper()
			var l struct {
				Items []m
				Total int
			}
			h.Get(as, "/delegations?include_total=true"+query).Want(http.StatusOK).Into(&l)
			if len(l.Items) != want || l.Total != want {
				t.Errorf("%s finds %d of %d", as, len(l.Items), l.Total)
			}
		}
		for as, want := range map[string]int{"environment": 1, "employee": 1, "admin": 1, "auditor": 1, "owner": 0, "strange_admin": 0} {
			lists(as, "", want)
		}
		if d["holds"] != true || d["made_by"].(map[string]any)["id"] != h.People["admin"] {
			t.Errorf("made: %v", d)
		}
		h.Clock.Advance(9 * 24 * time.Hour)
		lists("employee", "", 0)
		lists("employee", "&all=true", 1)
	})
}

// TestDelegationElsewhere: a deputy finds, reads and answers a task of an incident and of
// the year, claims for whom they answer, and stops a tool in the name of the CISO.
func TestDelegationElsewhere(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			used := o.inUse()
			incident := o.reported("owner", m{"severity": "high", "case_id": used})
			stop := "/tasks/" + o.incidentTasks("ciso", incident)["stop_decision"]["task_id"].(string)
			o.Get("employee", stop).Problem(http.StatusNotFound, "not_found")
			o.Get("employee", incident).Problem(http.StatusNotFound, "not_found")
			delegate(o.House, "ciso", m{"to": "employee", "roles": []string{"ciso"}}).Want(http.StatusOK)

			var inbox struct{ Items []m }
			o.Get("employee", "/tasks?assignee=me").Into(&inbox)
			if !slices.ContainsFunc(inbox.Items, func(x m) bool {
				return "/tasks/"+x["task_id"].(string) == stop && x["for"].(map[string]any)["label"] == "för Namn ciso"
			}) {
				t.Fatalf("the inbox of the deputy: %v", inbox.Items)
			}
			o.Get("employee", "/incidents").Into(&inbox)
			if len(inbox.Items) != 1 {
				t.Errorf("the deputy finds %d incidents", len(inbox.Items))
			}
			assign := func(as string, to any) apitest.Answer {
				return o.Do(apitest.Call{
					Method: http.MethodPut, Path: stop + "/assignment", As: as, Body: m{"assignee": to}, Header: "If-Match: " + o.etag(as, stop),
				})
			}
			taken := assign("employee", "me").Want(http.StatusOK).Object()
			if taken["assignee"].(map[string]any)["id"] != o.People["ciso"] || taken["for"] == nil || taken["may_decide"] != true {
				t.Errorf("claimed: %v", taken)
			}
			assign("ciso_2", "me").Problem(http.StatusForbidden, "task_taken")
			assign("employee", nil).Want(http.StatusOK)
			assign("employee", "me").Want(http.StatusOK)
			o.answer("employee", incident, "stop_decision", m{"outcome": "suspend"}).Want(http.StatusOK)
			seen := o.Get("employee", incident).Want(http.StatusOK).Object()
			decided := seen["decisions"].([]any)[0].(map[string]any)
			if decided["decider"].(map[string]any)["id"] != o.People["employee"] || decided["for"].(map[string]any)["id"] != o.People["ciso"] {
				t.Errorf("decided: %v", decided)
			}
			if asked := seen["asked"].([]any); len(asked) != 1 || asked[0].(map[string]any)["outcome"] != "done" {
				t.Errorf("asked of the case: %v", asked)
			}
			if state := o.status(used)["state"]; state != "SUSPENDED" {
				t.Errorf("the case is %v", state)
			}
		})
	}
}
