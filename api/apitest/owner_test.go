//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
)

// TestReplaceOwner gives a case whose project owner is gone another one: it goes on, by the
// new one and by nobody else.
func TestReplaceOwner(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ownOffice(t, record).replacesOwner()
		})
	}
}

func (o office) replacesOwner() {
	next := o.hire(model.RoleUser)
	path := "/cases/" + o.submitted([]string{"base"}, nil)
	replace := func(as, tag string, body m) apitest.Answer {
		o.T.Helper()
		return o.Do(apitest.Call{Method: http.MethodPut, Path: path + "/project-owner", As: as, Body: body, Header: "If-Match: " + tag})
	}
	tag := o.etag("admin", path)
	task := o.task(path[len("/cases/"):], "manager", "endorse")
	o.decide("manager", task, m{
		"outcome": "return", "motivation": "Oklart.", "reason_codes": []string{"unclear_purpose"},
		"path_forward_text": "Beskriv ändamålet så att det går att bedöma, och skicka in ärendet igen.",
	}).Want(http.StatusOK)
	o.Unchanged(func() {
		replace("admin", tag, m{"project_owner_id": next, "reason": "left"}).Problem(http.StatusPreconditionFailed, "stale")
		tag = o.etag("admin", path)
		replace("ciso", tag, m{"project_owner_id": next, "reason": "left"}).Problem(http.StatusForbidden, "forbidden")
		replace("owner", tag, m{"project_owner_id": next, "reason": "left"}).Problem(http.StatusForbidden, "forbidden")
		replace("admin", tag, m{"project_owner_id": "nobody", "reason": "left"}).Problem(http.StatusUnprocessableEntity, "invalid")
		replace("admin", tag, m{"project_owner_id": next, "reason": "Hon har slutat."}).Problem(http.StatusUnprocessableEntity, "invalid")
		replace("admin", tag, m{"project_owner_id": "owner", "reason": "left"}).Problem(http.StatusConflict, "unchanged")
		replace("admin", tag, m{"project_owner_id": "manager", "reason": "left"}).Problem(http.StatusForbidden, "segregation_of_duties")
	})
	done := replace("admin", tag, m{"project_owner_id": next, "reason": "left"}).Want(http.StatusOK).Object()
	if done["project_owner"].(m)["id"] != o.People[next] || done["seq"].(float64) < 1 {
		o.T.Errorf("the receipt: %v", done)
	}

	acts := func(as string) (all []string) {
		for _, a := range o.Get(as, path).Want(http.StatusOK).Object()["allowed"].([]any) {
			all = append(all, a.(m)["act"].(string))
		}
		return all
	}
	if got := acts("owner"); len(got) != 0 {
		o.T.Errorf("the former owner may %v", got)
	}
	if got := acts(next); !slices.Contains(got, "submit") {
		o.T.Errorf("the new owner may %v", got)
	}
	if got := acts("admin"); !slices.Contains(got, "replace_project_owner") {
		o.T.Errorf("the administrator may %v", got)
	}
	o.post("owner", path+"/withdrawal", o.etag("owner", path), m{"reason": "Nej."}).Problem(http.StatusForbidden, "forbidden")

	// What the former one wrote still names them.
	submit := func(revision any) apitest.Answer {
		o.T.Helper()
		return o.post(next, path+"/submissions", o.etag(next, path), m{"stage": "intake", "revision": revision})
	}
	draft := o.Get(next, path+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	if answers["project_owner_id"] != o.People["owner"] {
		o.T.Fatalf("the intake names %v", answers["project_owner_id"])
	}
	answers["project_owner_id"], answers["manager_id"] = o.People[next], o.People["manager"]
	p := submit(draft.Object()["revision"]).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/answers/project_owner_id" || p.Errors[0].Code != "SOD-06" {
		o.T.Errorf("with the former owner: %+v", p.Errors)
	}
	saved := o.Do(apitest.Call{
		Method: http.MethodPut, Path: path + "/intake", As: next, Body: m{"answers": answers}, Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	submit(saved.Object()["revision"]).Want(http.StatusOK)
	status := o.Get(next, path).Want(http.StatusOK).Object()
	if status["state"] != string(model.ManagerReview) || status["project_owner_id"] != o.People[next] {
		o.T.Errorf("the case is %v and %v's", status["state"], status["project_owner_id"])
	}
	o.post(next, path+"/withdrawal", o.etag(next, path), m{"reason": "Nej."}).Want(http.StatusOK)
	replace("admin", o.etag("admin", path), m{"project_owner_id": "owner", "reason": "away"}).Problem(http.StatusConflict, "state_conflict")
	if err := o.Store.VerifyCase(o.T.Context(), apitest.Org, path[len("/cases/"):]); err != nil {
		o.T.Error(err)
	}
}
