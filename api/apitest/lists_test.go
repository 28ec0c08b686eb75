//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"

	"sluss/api/apitest"
)

// listedIsWhatCanBeRead: everybody's list has exactly the cases that they can
// read one by one, of drafts, cases under review, tasks that are taken and tasks
// that lie open to a role.
func (o office) listedIsWhatCanBeRead() {
	t := o.T
	raise := func(id string) {
		o.post("ciso", "/cases/"+id+"/stages/environment/raise", o.etag("ciso", "/cases/"+id), m{"requirement": "full", "reason": "Stor förbrukning"}).
			Want(http.StatusOK)
	}
	mine, theirs := o.Draft("owner", m{"title": "Mitt utkast"}), o.Draft("other", m{"title": "Ditt utkast"})
	plain, pooled, taken, over := o.submitted([]string{"base"}, nil), o.submitted([]string{"base"}, nil), o.submitted([]string{"base"}, nil), o.submitted([]string{"base"}, nil)
	personal := o.submitted([]string{"base", "personal_data"}, nil)
	for _, id := range []string{pooled, taken, over} {
		raise(id)
	}
	task := o.task(taken, "environment", "decision")
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: task + "/assignment", As: "environment", Body: m{"assignee": "me"},
		Header: "If-Match: " + o.etag("environment", task),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+over+"/withdrawal", o.etag("owner", "/cases/"+over), m{"reason": "Behövs inte"}).Want(http.StatusOK)

	all := []string{mine, theirs, plain, pooled, taken, over, personal}
	for as := range o.Tokens {
		listed := o.listed(as)
		for _, id := range all {
			a := o.Get(as, "/cases/"+id)
			if reads := a.Code == http.StatusOK; reads != slices.Contains(listed, id) {
				t.Errorf("%s is answered %d for case %d of %d, which is listed: %v", as, a.Code, slices.Index(all, id), len(all), !reads)
			}
		}
	}
	for _, id := range []string{pooled, taken, over} {
		if !slices.Contains(o.listed("environment"), id) {
			t.Errorf("the environment reviewer does not see case %d", slices.Index(all, id))
		}
	}
}

// listed follows somebody's list of cases from page to page.
func (o office) listed(as string) (ids []string) {
	o.T.Helper()
	for path := "/cases?limit=7"; ; {
		var l struct {
			Items []m    `json:"items"`
			Next  string `json:"next_cursor"`
		}
		o.Get(as, path).Want(http.StatusOK).Into(&l)
		for _, c := range l.Items {
			ids = append(ids, c["case_id"].(string))
		}
		if l.Next == "" {
			return ids
		}
		if len(l.Items) != 7 {
			o.T.Errorf("%s: a page of %d of 7, and there are more", as, len(l.Items))
		}
		path = "/cases?limit=7&cursor=" + l.Next
	}
}

// manySubmissionsOfOneDraft: of many at once, under different keys, one is
// recorded and the others are told that they have not read it.
func (o office) manySubmissionsOfOneDraft() {
	t := o.T
	id := o.Draft("owner", o.answers([]string{"base"}, nil))
	codes := map[int]int{}
	for _, a := range o.atOnce(20, func(int) apitest.Call {
		return apitest.Call{
			Method: http.MethodPost, Path: "/cases/" + id + "/submissions", As: "owner", Body: m{"stage": "intake", "revision": 1},
			Header: "If-Match: \"0\"\n" + apitest.Key(),
		}
	}) {
		switch a.Code {
		case http.StatusOK, http.StatusConflict, http.StatusPreconditionFailed, http.StatusTooManyRequests:
		default:
			t.Errorf("%d %s", a.Code, a.Body)
		}
		codes[a.Code]++
	}
	if s := o.status(id); codes[http.StatusOK] != 1 || s["version"] != 1.0 || s["revision"] != 1.0 {
		t.Errorf("answers %v, version %v, revision %v", codes, s["version"], s["revision"])
	}
}
