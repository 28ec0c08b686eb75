//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"strings"

	"sluss/api"
)

// whatIsMissingIsAsked: somebody who has not chosen the size of the form is asked
// everything that stands in the way of sending in, and for the size of the form.
func (o office) whatIsMissingIsAsked() {
	t := o.T
	id := o.Draft("owner", o.answers([]string{"base"}, m{
		"intake_form": nil, "decision_role": "preparatory", "decision_area": nil, "delegation_ref": nil, "public_record_assessment": "yes",
	}))
	var d api.IntakeDraft
	o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK).Into(&d)
	if d.Form == d.Checked {
		t.Fatalf("the answers point to the form %s that is checked: nothing is shown by this", d.Form)
	}
	asked := func(id string) bool {
		return slices.ContainsFunc(d.Asked, func(q api.QuestionNote) bool { return q.ID == id })
	}
	if !asked("intake_form") {
		t.Error("the size of the form is not asked")
	}
	if len(d.Missing) == 0 {
		t.Error("nothing is missing")
	}
	for _, f := range d.Missing {
		if question := strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/answers/"), "/", "."); !asked(question) {
			t.Errorf("%s is missing and not asked", question)
		}
	}
}
