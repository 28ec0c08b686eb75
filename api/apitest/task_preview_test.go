//go:build !slim

package apitest_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// TestTaskPreview: a task asks what follows from answers that have not been sent, to
// whoever reads it, and keeps none of them.
func TestTaskPreview(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			task := o.task(o.submitted([]string{"base"}, nil), "manager", "endorse")
			before := o.Get("manager", task).Want(http.StatusOK).Object()
			ask := func(as string, body any) apitest.Answer {
				return o.Do(apitest.Call{As: as, Method: http.MethodPost, Path: task + "/preview", Body: body})
			}
			for _, test := range []struct {
				name            string
				answers         m
				needed, omitted []string
			}{
				{"nothing", m{}, []string{"mbl_status"}, []string{"mbl_date", "mbl_protocol", "work_environment_ref"}},
				{"one leads to another", m{"mbl_status": "called"}, []string{"mbl_date"}, []string{"mbl_protocol"}},
				{"one leads to two", m{"mbl_status": "concluded", "mbl_date": "2026-11-02"}, []string{"mbl_protocol"}, []string{"work_environment_ref"}},
				{"what does not fit", m{"mbl_status": "maybe", "nobody_asks": 1, "work_environment_risk": "done"}, []string{"mbl_status", "work_environment_ref"}, []string{"mbl_date"}},
			} {
				var got api.TaskForm
				ask("manager", m{"answers": test.answers}).Want(http.StatusOK).Into(&got)
				for _, id := range test.needed {
					if !slices.ContainsFunc(got.Form, func(q api.QuestionNote) bool { return q.ID == id && q.Needed && !q.Answered }) {
						t.Errorf("%s: %s is not asked", test.name, id)
					}
				}
				for _, id := range test.omitted {
					if slices.ContainsFunc(got.Form, func(q api.QuestionNote) bool { return q.ID == id }) {
						t.Errorf("%s: %s is asked", test.name, id)
					}
				}
			}
			if after := o.Get("manager", task).Want(http.StatusOK).Object(); !reflect.DeepEqual(before, after) {
				t.Errorf("the task has become %v", after)
			}
			ask("employee", m{"answers": m{}}).Problem(http.StatusNotFound, "not_found")
			ask("manager", m{}).Problem(http.StatusUnprocessableEntity, "invalid")
			o.decide("manager", task, m{"outcome": "return", "reason_codes": []string{"V-01"}, "path_forward_text": "Beskriv hur svaren granskas innan de används."}).Want(http.StatusOK)
			var closed api.TaskForm
			ask("manager", m{"answers": m{}}).Want(http.StatusOK).Into(&closed)
			if len(closed.Form) > 0 {
				t.Errorf("an answered task asks %v", closed.Form)
			}
		})
	}
}

// TestUnansweredIsNoFinding: that the items of a check list are not answered is said of
// the assessment, and not to the CISO, who is about to answer them; what answers come to
// is said to both.
func TestUnansweredIsNoFinding(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			id := o.submitted([]string{"base"}, nil)
			task, text := o.task(id, "ciso", "decision"), "/cases/"+id+"/assessments/ciso"
			found := func(path, rule string) bool {
				t.Helper()
				var got struct{ Judgement api.JudgementNote }
				o.Get("ciso", path).Want(http.StatusOK).Into(&got)
				return slices.ContainsFunc(got.Judgement.Rules, func(r api.FiredRule) bool { return r.ID == rule })
			}
			if !found(text, "CI-01") || found(task, "CI-01") {
				t.Errorf("nothing is answered: found in the text %v, at the task %v", found(text, "CI-01"), found(task, "CI-01"))
			}
			o.Do(apitest.Call{
				As: "ciso", Method: http.MethodPut, Path: text, Header: `If-Match: "0"`, Body: m{"answers": m{"B1": m{"answer": "no", "note": "Saknas."}}},
			}).Want(http.StatusOK)
			if !found(task, "CI-05") || found(task, "CI-01") {
				t.Errorf("a must is not met: %v; the rest is unanswered: %v", found(task, "CI-05"), found(task, "CI-01"))
			}
		})
	}
}
