//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/rulebook"
)

// guards are the guard vectors of rulebook 9.10 that are about tasks, conditions
// and stages, in the order of their numbers.
var guards = map[string]func(office){
	"GV-01 the owner does not endorse":            office.ownerDoesNotEndorse,
	"GV-02 the DPO does not decide":               office.dpoDoesNotDecide,
	"GV-03 no approval without advice":            office.noApprovalWithoutAdvice,
	"GV-04 no approval of a high risk":            office.noApprovalOfHighRisk,
	"GV-05 no approval with a blocker":            office.noApprovalWithBlocker,
	"GV-06 no approval without a must":            office.noApprovalWithoutMust,
	"GV-07 a must in part needs a condition":      office.mustInPartNeedsCondition,
	"GV-08 no use before its conditions":          office.noUseBeforeConditions,
	"GV-09 a higher class reopens":                office.higherClassReopens,
	"GV-10 no return without a way forward":       office.noReturnWithoutWay,
	"GV-11 the administrator reviews nothing":     office.administratorReviewsNothing,
	"GV-12 nobody verifies a condition of theirs": office.nobodyVerifiesOwnCondition,
	"GV-22 no approval before negotiation":        office.noApprovalBeforeNegotiation,
	"GV-25 no stage is lowered":                   office.noStageLowered,
	"GV-27 silence is not noted early":            office.silenceNotNotedEarly,
	"GV-28 the owner confirms a light review":     office.ownerConfirmsLightReview,
}

// TestGuards plays the guard vectors on both databases.
func TestGuards(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			for vector, play := range guards {
				t.Run(vector, func(t *testing.T) { play(o.in(t)) })
			}
		})
	}
}

// refused checks that an answer is refused by a rule, and that the case is as it
// was.
func (o office) refused(id string, status int, code, rule string, do func() apitest.Answer) {
	o.T.Helper()
	before := o.etag("auditor", "/cases/"+id)
	p := do().Problem(status, code)
	if !slices.Contains(ruleIDs(p), rule) {
		o.T.Errorf("refused by %v, want %s", ruleIDs(p), rule)
	}
	if o.etag("auditor", "/cases/"+id) != before {
		o.T.Error("refused, and changed the case")
	}
}

// approvalRefused checks that the CISO can approve in neither way.
func (o office) approvalRefused(id, rule string, own m) {
	o.T.Helper()
	for _, outcome := range []string{"approve", "approve_with_conditions"} {
		body := m{"outcome": outcome}
		if outcome != "approve" {
			body["conditions"] = []m{condition(nil)}
		}
		o.refused(id, http.StatusConflict, "guard", rule, func() apitest.Answer {
			return o.Decide("ciso", o.task(id, "ciso", "decision"), body, own)
		})
	}
}

// personal is a submitted case with personal data.
func (o office) personal(changes m) string {
	o.T.Helper()
	return o.submitted([]string{"base", "personal_data"}, changes)
}

// toCISO drives a case until the CISO has to answer, without the information owner,
// who answers last.
func (o office) toCISO(id string, own map[string]map[string]any) {
	o.T.Helper()
	o.Drive(id, apitest.Answering{Own: own, Leave: []string{"ciso.decision", "info_owner.decision"}})
}

func (o office) ownerDoesNotEndorse() {
	id := o.submitted([]string{"base"}, nil)
	o.refused(id, http.StatusForbidden, "segregation_of_duties", "SOD-01", func() apitest.Answer {
		return o.decide("owner", o.task(id, "manager", "endorse"), m{"outcome": "endorse"})
	})
}

func (o office) dpoDoesNotDecide() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.refused(id, http.StatusForbidden, "segregation_of_duties", "SOD-02", func() apitest.Answer {
		return o.decide("dpo", o.task(id, "legal_basis", "decision"), m{"outcome": "lawful"})
	})
}

// noApprovalWithoutAdvice: the DPO has advised on the legal basis and not yet on the
// impact assessment.
func (o office) noApprovalWithoutAdvice() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.Pass("dpo", o.task(id, "legal_basis", "advice"), nil)
	o.HandIn("owner", id, "dpia", nil)
	o.approvalRefused(id, "SG-01", nil)
}

// highRisk is an impact assessment in which every risk is high and nothing lowers
// it.
var highRisk = m{"risks": everyRisk(3)}

// everyRisk is the catalogue of risks, each as severe and as likely as the other,
// before and after its measure.
func everyRisk(level int) []any {
	rows := []any{}
	book, _ := rulebook.Default().Assessment("dpia")
	catalogue, _ := book.Enum("dpia_risk")
	for _, r := range catalogue.Values {
		rows = append(rows, m{
			"risk": r.ID, "relevant": true, "sources": "Den som skriver.", "threats": "Någon skriver för mycket.", "effects": "Uppgiften sprids.",
			"initial_severity": level, "initial_likelihood": level, "residual_severity": level, "residual_likelihood": level,
			"measures": []any{m{"measure": "M-01", "text": "spärr", "owner_role": "system_owner", "due_date": "2026-01-15", "status": "in_place"}},
		})
	}
	return rows
}

func (o office) noApprovalOfHighRisk() {
	id := o.personal(nil)
	o.HandIn("owner", id, "dpia", highRisk)
	o.approvalRefused(id, "SG-03", nil)
}

func (o office) noApprovalWithBlocker() {
	facts := o.vectors().facts("TV-10", nil)
	id := o.Draft("owner", o.intakeOf(facts))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.toCISO(id, nil)
	if s := o.status(id)["blockers"].([]any); !slices.Contains(s, any("RT-01")) {
		o.T.Fatalf("blockers %v", s)
	}
	o.approvalRefused(id, "SG-06", nil)
}

// item is an answer to an item of the CISO's check list.
func item(answer string) m {
	return m{"answer": answer, "evidence": "Läst i avtalet.", "note": "Saknas ännu."}
}

func (o office) noApprovalWithoutMust() {
	id := o.personal(nil)
	o.toCISO(id, nil)
	o.approvalRefused(id, "F1", m{"F1": item("no")})
}

func (o office) mustInPartNeedsCondition() {
	id := o.personal(nil)
	o.toCISO(id, nil)
	own := m{"B4": item("partly")}
	task := o.task(id, "ciso", "decision")
	o.refused(id, http.StatusConflict, "guard", "B4", func() apitest.Answer {
		return o.Decide("ciso", task, m{"outcome": "approve"}, own)
	})
	o.Decide("ciso", task, m{
		"outcome": "approve_with_conditions", "conditions": []m{condition(m{"source_rule": "B4"})},
	}, own).Want(http.StatusOK)
}

// approved is a case that the CISO has approved on a condition.
func (o office) approved() (id string) {
	o.T.Helper()
	id = o.submitted([]string{"base"}, nil)
	o.toCISO(id, nil)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	return id
}

func (o office) noUseBeforeConditions() {
	id := o.approved()
	path := "/cases/" + id
	o.refused(id, http.StatusConflict, "conditions_open", "CO-01", func() apitest.Answer {
		return o.post("system", path+"/activation", o.etag("owner", path), m{})
	})
	o.MeetConditions(id)
	o.post("system", path+"/activation", o.etag("owner", path), m{}).Want(http.StatusOK)
}

// higherClassReopens: information of class 1 becomes class 3 in a returned case.
// Secrecy, impact assessment and CISO are asked anew; the legal basis keeps what it
// has.
func (o office) higherClassReopens() {
	t := o.T
	id := o.personal(m{"info_k": 1})
	o.Drive(id, apitest.Answering{Leave: []string{"info_owner.decision"}})
	o.decide("info", o.task(id, "info_owner", "decision"), m{
		"outcome": "return", "reason_codes": []string{"wrong_class"}, "path_forward_text": "Klassa informationen på nytt tillsammans med CISO.",
	}).Want(http.StatusOK)
	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["info_k"] = 3
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	r := o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": 2}).Want(http.StatusOK).Object()
	if r["state"] != "LEGAL_REVIEW" {
		t.Errorf("the case is %v, want the earliest open stage", r["state"])
	}
	for _, s := range o.status(id)["stages"].([]any) {
		s := s.(m)
		want, asked := map[string]string{
			"manager": "done", "legal_basis": "done", "secrecy": "open", "dpia": "open", "ciso": "open", "info_owner": "open",
		}[s["key"].(string)]
		if asked && s["status"] != want {
			t.Errorf("%v is %v, want %s", s["key"], s["status"], want)
		}
	}
	if events := o.Get("auditor", "/cases/"+id+"/events?limit=100").Want(http.StatusOK).Body.String(); strings.Count(events, `"kind":"triaged"`) != 2 {
		t.Errorf("events %s", events)
	}
}

func (o office) noReturnWithoutWay() {
	id := o.submitted([]string{"base"}, nil)
	for _, outcome := range []string{"return", "reject"} {
		p := o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": outcome, "reason_codes": []string{"unclear"}}).
			Problem(http.StatusUnprocessableEntity, "invalid")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/path_forward_text" || p.Errors[0].Code != "V-60" {
			o.T.Errorf("%s: %+v", outcome, p.Errors)
		}
	}
}

func (o office) administratorReviewsNothing() {
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-26", imaging)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.refused(id, http.StatusForbidden, "segregation_of_duties", "SOD-06", func() apitest.Answer {
		return o.decide("admin", o.task(id, "environment", "decision"), m{"outcome": "justified"})
	})
}

func (o office) nobodyVerifiesOwnCondition() {
	id := o.approved()
	path := "/cases/" + id
	first := o.Get("owner", path+"/conditions").Want(http.StatusOK).Object()["items"].([]any)[0].(m)
	o.refused(id, http.StatusForbidden, "segregation_of_duties", "SOD-04", func() apitest.Answer {
		return o.post(apitest.Hand(model.Role(first["owner_role"].(string))), path+"/conditions/"+first["condition_id"].(string)+"/verification",
			o.etag("owner", path), m{"outcome": "met", "evidence_note": "Jag har sett det."})
	})
}

func (o office) noApprovalBeforeNegotiation() {
	id := o.submitted([]string{"base"}, nil)
	o.toCISO(id, map[string]map[string]any{
		"manager": {"work_impact": "important", "mbl_status": "called", "mbl_date": "2026-11-02"},
	})
	o.approvalRefused(id, "SG-08", nil)
}

func (o office) noStageLowered() {
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-07", nil)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.refused(id, http.StatusConflict, "guard", "T-31", func() apitest.Answer {
		return o.post("ciso", "/cases/"+id+"/stages/dpia/raise", o.etag("owner", "/cases/"+id), m{"requirement": "threshold_only", "reason": "Det räcker."})
	})
}

// silenceNotNotedEarly: the head of the unit may note that the DPO has not answered
// ten working days after the due date, never when a high risk remains.
func (o office) silenceNotNotedEarly() {
	silent := func(id string) apitest.Answer {
		return o.decide("head", o.task(id, "dpia", "advice"), m{
			"outcome": "not_given_in_time", "motivation": strings.Repeat("Rådet är begärt och påmint men har inte kommit. ", 3),
		})
	}
	waiting := func(risks m, due int) (id string) {
		id = o.personal(nil)
		o.HandIn("legal", id, "legal_basis", nil)
		o.Pass("dpo", o.task(id, "legal_basis", "advice"), nil)
		o.HandIn("owner", id, "dpia", risks)
		o.MoveDue(strings.TrimPrefix(o.task(id, "dpia", "advice"), "/tasks/"), o.Clock.Now().AddDate(0, 0, due))
		return id
	}
	early := waiting(nil, -1)
	o.refused(early, http.StatusConflict, "guard", "AD-01", func() apitest.Answer { return silent(early) })
	high := waiting(highRisk, -40)
	o.refused(high, http.StatusConflict, "guard", "AD-01", func() apitest.Answer { return silent(high) })
	late := waiting(nil, -40)
	o.refused(late, http.StatusForbidden, "forbidden", "AD-01", func() apitest.Answer {
		return o.decide("dpo", o.task(late, "dpia", "advice"), m{"outcome": "not_given_in_time", "motivation": strings.Repeat("Jag hann inte. ", 10)})
	})
	silent(late).Want(http.StatusOK)
}

func (o office) ownerConfirmsLightReview() {
	id := o.submitted([]string{"base"}, nil)
	for _, s := range o.status(id)["stages"].([]any) {
		if s := s.(m); s["key"] == "environment" && (s["status"] != "done" || s["result"] != "light_ok" || len(s["tasks"].([]any)) > 0) {
			o.T.Errorf("stage %v", s)
		}
	}
}
