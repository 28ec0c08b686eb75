//go:build !slim

package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
)

// listed are the lists of what somebody may read, and by which id and where one of
// them is read.
var listed = []struct {
	path, id, one string
	// part is true where the list holds only what is for the reader: everything in it
	// can be read, and not all that can be read is in it.
	part bool
}{
	{"/cases", "case_id", "/cases/%s/comments", false},
	{"/cases?q=chattbot", "case_id", "/cases/%s/comments", true},
	{"/cases?role=environment_reviewer", "case_id", "/cases/%s/comments", true},
	{"/tasks?status=all", "task_id", "/tasks/%s", true},
	{"/incidents", "incident_id", "/incidents/%s", false},
	{"/retriages", "case_id", "/cases/%s/comments", true},
	{"/me/messages", "message_id", "", true},
}

// TestListsLeakNothing reads every list as everybody: what is in it can be read one by
// one, what can be read is in it, its count is what it holds, and whoever may not read
// something learns nothing of it by asking for it in another way.
func TestListsLeakNothing(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStageAt(t, record(t))
			for _, role := range model.Roles() {
				for _, l := range listed {
					st.holds(holders[role], l.path, l.id, l.one, l.part)
				}
				st.unread(holders[role])
			}
		})
	}
}

// holds compares a list and its count with what can be read one by one.
func (st *stage) holds(as, path, id, one string, part bool) {
	st.T.Helper()
	shown, total := st.list(as, path, id)
	if total != len(shown) {
		st.T.Errorf("%s as %s holds %d and counts %d", path, as, len(shown), total)
	}
	if one == "" {
		return
	}
	for _, scope := range st.everything(id) {
		code := st.Get(as, fmt.Sprintf(one, scope)).Code
		has := slices.Contains(shown, scope)
		switch {
		case code != http.StatusOK && code != http.StatusNotFound:
			st.T.Errorf("%s as %s: %d", one, as, code)
		case has && code != http.StatusOK, !part && !has && code == http.StatusOK:
			st.T.Errorf("%s as %s shows %s: %v, and reading it is answered with %d", path, as, scope, has, code)
		}
	}
}

// list reads a list page by page, and its count.
func (st *stage) list(as, path, id string) (ids []string, total int) {
	st.T.Helper()
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	for cursor := ""; ; {
		var page struct {
			Items []m    `json:"items"`
			Next  string `json:"next_cursor"`
			Total int    `json:"total"`
		}
		st.Get(as, path+join+"limit=5&include_total=true"+cursor).Want(http.StatusOK).Into(&page)
		for _, item := range page.Items {
			ids = append(ids, item[id].(string))
		}
		if page.Next == "" {
			return ids, page.Total
		}
		cursor = "&cursor=" + page.Next
	}
}

// everything are the ids of one kind in all scenes, another organisation's too.
func (st *stage) everything(id string) []string {
	var all []string
	for _, s := range st.scenes {
		all = append(all, s.ids()[id])
		if id == "case_id" {
			all = append(all, s.retriaged)
		}
	}
	return all
}

// unread asks for what another organisation has through the filters of lists.
func (st *stage) unread(as string) {
	st.T.Helper()
	strange := st.scenes["other organisation"]
	for _, path := range []string{
		"/cases?assignee=" + strange.w.Environment, "/tasks?assignee=" + strange.w.Environment, "/retriages?case=" + strange.retriaged,
		"/incidents?case_id=" + strange.caseID,
	} {
		if shown, total := st.list(as, path, "case_id"); len(shown)+total > 0 {
			st.T.Errorf("%s as %s: %v, %d", path, as, shown, total)
		}
	}
	a := st.Get(as, "/cases?org_unit="+strange.w.Unit)
	b := st.Get(as, "/cases?org_unit="+model.NewID())
	st.sameFault(a, b)
}

// sameFault compares two answers to questions about units that are not there.
func (st *stage) sameFault(a, b apitest.Answer) {
	st.T.Helper()
	p, q := a.Problem(http.StatusUnprocessableEntity, "invalid"), b.Problem(http.StatusUnprocessableEntity, "invalid")
	if fmt.Sprint(p.Errors) != fmt.Sprint(q.Errors) {
		st.T.Errorf("%v and %v", p.Errors, q.Errors)
	}
}

// TestReassignment gives a task to somebody else over the API: what keeps them from it
// is shown first, the same as when it is given, and the reason is needed (SOD-06).
func TestReassignment(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	s := st.scenes["own"]
	path := "/tasks/" + s.task.ID + "/assignment"
	preview := func(as, who string) m {
		t.Helper()
		return st.Get(as, path+"?assignee="+who).Want(http.StatusOK).Object()
	}
	give := func(as string, to any, reason string) apitest.Answer {
		t.Helper()
		body := m{"assignee": to}
		if reason != "" {
			body["reason"] = reason
		}
		tag := st.Get("auditor", "/tasks/"+s.task.ID).Want(http.StatusOK).Header().Get("ETag")
		return st.Do(apitest.Call{Method: http.MethodPut, Path: path, As: as, Body: body, Header: "If-Match: " + tag})
	}
	for who, rule := range map[string]string{"owner": "SOD-01", "admin": "SOD-06", "auditor": "SOD-09", "dpo": "SOD-02"} {
		p := preview("admin", who)
		if p["allowed"] != false || len(p["rules"].([]any)) != 1 || p["rules"].([]any)[0].(m)["id"] != rule || p["detail"] == "" {
			t.Errorf("%s may have it: %v", who, p)
		}
		st.Unchanged(func() {
			refused := give("admin", who, "Elsa är ledig.").Problem(http.StatusForbidden, p["code"].(string))
			if got := ruleIDs(refused); len(got) != 1 || got[0] != rule {
				t.Errorf("%s is refused it by %v", who, got)
			}
		})
	}
	if p := preview("admin", "environment_2"); p["allowed"] != true || p["assignee"].(m)["id"] != st.People["environment_2"] {
		t.Errorf("a colleague may have it: %v", p)
	}
	if p := preview("admin", "employee"); p["allowed"] != false || p["code"] != "forbidden" {
		t.Errorf("a member of staff may have it: %v", p)
	}
	preview("environment", "me")
	st.Get("ciso", path+"?assignee=environment_2").Problem(http.StatusForbidden, "forbidden")
	st.Get("admin", path+"?assignee=nobody").Problem(http.StatusUnprocessableEntity, "invalid")
	st.Get("employee", path+"?assignee=me").Problem(http.StatusNotFound, "not_found")

	st.Unchanged(func() {
		give("ciso", "environment_2", "Jag vill.").Problem(http.StatusForbidden, "forbidden")
		give("admin", "stranger", "Annan organisation.").Problem(http.StatusUnprocessableEntity, "invalid")
		p := give("admin", "environment_2", "").Problem(http.StatusUnprocessableEntity, "invalid")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/reason" || p.Errors[0].Code != "SOD-06" {
			t.Errorf("without a reason: %+v", p.Errors)
		}
		st.Do(apitest.Call{
			Method: http.MethodPut, Path: path, As: "admin", Body: m{"assignee": "environment_2", "reason": "Ledig."}, Header: `If-Match: "1.open.old"`,
		}).Problem(http.StatusPreconditionFailed, "stale")
	})
	a := give("admin", "environment_2", "Elsa är ledig.").Want(http.StatusOK).Object()
	if a["assignee"].(m)["id"] != st.People["environment_2"] {
		t.Errorf("the task is %v's", a["assignee"])
	}
	give("environment", "me", "").Problem(http.StatusNotFound, "not_found") // it is somebody else's case now
	give("environment_2", nil, "").Want(http.StatusOK)
	give("environment", "me", "").Want(http.StatusOK)
	give("admin", nil, "Elsa är ledig.").Want(http.StatusOK)
	if err := st.Store.VerifyCase(t.Context(), apitest.Org, s.caseID); err != nil {
		t.Error(err)
	}
	if strings.Contains(st.Log.String(), "ledig") {
		t.Error("the reason stands in the log")
	}
}
