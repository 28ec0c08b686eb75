//go:build !slim

package apitest_test

import (
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
)

// TestOWASPAPI1ObjectLevel attacks authorisation of objects (OWASP API1:2023). For
// every operation on an object, whoever belongs to another organisation is answered
// exactly as if it did not exist, and lists of theirs hold none of its ids. Within
// the organisation a draft is its owner's alone.
func TestOWASPAPI1ObjectLevel(t *testing.T) {
	t.Parallel()
	o, known := inhabited(t)
	there := everyOperation(t, known.objects)
	nowhere := everyOperation(t, func(path string) string { return anyID(newlyFilled.Replace(path)) })
	objects := 0
	o.Unchanged(func() {
		for i, call := range there {
			if !strings.Contains(call.template, "_id}") || call.open() {
				continue
			}
			if !strings.Contains(call.Path, nobody) {
				objects++
			}
			for _, as := range []string{"stranger", "strange_admin"} {
				call.As, nowhere[i].As = as, as
				got, want := o.Do(call.Call), o.Do(nowhere[i].Call)
				if got.Code < 400 || refusal1(got) != refusal1(want) {
					t.Errorf("%s as %s: %s, and of nothing %s", call.OperationID, as, refusal1(got), refusal1(want))
				}
			}
		}
	})
	if objects < 30 {
		t.Errorf("only %d operations were tried on objects that there are", objects)
	}
	ids := known.ids()
	for _, call := range there {
		if call.method != "GET" || strings.Contains(call.template, "{") || call.open() {
			continue
		}
		call.As = "strange_admin"
		body := o.Do(call.Call).Body.String()
		if i := slices.IndexFunc(ids, func(id string) bool { return strings.Contains(body, id) }); i >= 0 {
			t.Errorf("%s tells another organisation of %s", call.OperationID, ids[i])
		}
	}
	draft := o.Draft("owner", m{"title": "Mitt"})
	for _, rest := range []string{"", "/intake", "/events", "/tasks", "/comments"} {
		o.Get("other", "/cases/"+draft+rest).Problem(404, "not_found")
	}
}

// refusal1 is what a refusal says but for the name of the request.
func refusal1(a apitest.Answer) string {
	p := a.Object()
	delete(p, "instance")
	return joined(p)
}
