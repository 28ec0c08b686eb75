//go:build !slim

package apitest_test

import (
	"net/http"

	"sluss/api/apitest"
)

// lastDecisionOfAnotherStage: after a resubmission a stage that seldom comes last may be the one whose
// decision approves. Its decision was sent without triage, which the process then
// asks for.
func (o office) lastDecisionOfAnotherStage() {
	t := o.T
	id := o.submitted([]string{"base"}, m{"info_k": 2, "openly_publishable": false})
	decide := func(as, stage, kind, outcome string, revision int) m {
		t.Helper()
		return o.decide(as, o.task(id, stage, kind), m{"outcome": outcome, "revision": revision, "motivation": "Prövat."}).
			Want(http.StatusOK).Object()
	}
	decide("manager", "manager", "endorse", "endorse", 1)
	decide("legal", "secrecy", "decision", "not_secret", 1)
	decide("ciso", "ciso", "decision", "approve", 1)

	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["governance_ref"] = "DI-2026-002"
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": 2}).Want(http.StatusOK)

	if r := decide("info", "info_owner", "decision", "accept", 2); r["state"] != "MANAGER_REVIEW" {
		t.Errorf("after the information owner the case is %v", r["state"])
	}
	if r := decide("manager", "manager", "endorse", "endorse", 2); r["state"] != "APPROVED" {
		t.Errorf("after the last decision the case is %v", r["state"])
	}
}
