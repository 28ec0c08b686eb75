//go:build !slim

package apitest_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// assessing are the ways of an assessment, a joint answer, a waiver and standing
// advice.
var assessing = map[string]func(office){
	"written and handed in":                office.assessmentHandedIn,
	"one answer for two parts":             office.jointAdvice,
	"two people waive a condition":         office.conditionWaived,
	"nobody waives what the law asks for":  office.legalConditionStays,
	"standing advice is given and ended":   office.standingAdvice,
	"against advice only with the head":    office.headConfirms,
	"a return asks the preparer once more": office.returnedToPreparer,
}

// TestAssessments takes assessments over the API on both databases.
func TestAssessments(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			for way, play := range assessing {
				t.Run(way, func(t *testing.T) { play(o.in(t)) })
			}
		})
	}
}

// save replaces the draft of an assessment.
func (o office) save(as, id, stage, etag string, answers any) apitest.Answer {
	o.T.Helper()
	return o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/assessments/" + stage, As: as, Body: m{"answers": answers}, Header: "If-Match: " + etag,
	})
}

func (o office) assessmentHandedIn() {
	t := o.T
	id := o.personal(nil)
	const stage = "legal_basis"
	path := "/cases/" + id + "/assessments/" + stage
	o.Unchanged(func() {
		o.save("manager", id, stage, `"0"`, m{}).Problem(http.StatusForbidden, "forbidden")
		o.save("legal", id, stage, `"1"`, m{}).Problem(http.StatusPreconditionFailed, "stale")
		for pointer, answers := range map[string]m{
			"/answers/LB-99": {"LB-99": true}, "/answers/LB-03": {"LB-03": "z"}, "/answers/LB-01": {"LB-01": "namnden"},
		} {
			p := o.save("legal", id, stage, `"0"`, answers).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Errors[0].Code != "V-01" {
				t.Errorf("%v: %+v", answers, p.Errors)
			}
		}
		o.save("stranger", id, stage, `"0"`, m{}).Problem(http.StatusNotFound, "not_found")
		o.save("legal", id, "eu_database", `"0"`, m{}).Problem(http.StatusNotFound, "not_found")
		o.Do(o.HandingIn("legal", id, stage, 1)).Problem(http.StatusPreconditionFailed, "stale")
	})
	first := o.save("legal", id, stage, `"0"`, m{"LB-03": "e"}).Want(http.StatusOK)
	if first.Header().Get("ETag") != `"1"` {
		t.Errorf("the draft has the tag %s", first.Header().Get("ETag"))
	}
	o.Unchanged(func() {
		p := o.Do(o.HandingIn("legal", id, stage, 1)).Problem(http.StatusUnprocessableEntity, "invalid")
		if !slices.ContainsFunc(p.Errors, func(f api.Fault) bool { return f.Pointer == "/answers/LB-05" && f.Missing }) {
			t.Errorf("errors %+v", p.Errors)
		}
		o.Do(o.HandingIn("manager", id, stage, 1)).Problem(http.StatusForbidden, "forbidden")
	})
	revision := o.Assess("legal", id, stage, nil)
	call := o.HandingIn("legal", id, stage, revision)
	done := o.Do(call).Want(http.StatusOK)
	if again := o.Do(call).Want(http.StatusOK); again.Body.String() != done.Body.String() {
		t.Errorf("the same request is answered with %s", again.Body)
	}
	var draft api.AssessmentDraft
	o.Get("dpo", path).Want(http.StatusOK).Into(&draft)
	if draft.HandedIn != revision || draft.MayEdit || len(draft.Missing) > 0 || draft.Judgement.Outcome == "" {
		t.Errorf("assessment %+v", draft)
	}
	view := o.Get("dpo", o.task(id, stage, "advice")).Want(http.StatusOK).Object()
	read := fmt.Sprintf("%s?revision=%d", path, revision)
	if view["current_revision"] != float64(revision) || view["review"] != "/api/v1"+read {
		t.Errorf("task %v", view)
	}
	// The draft goes on, and the reviewers read what was handed in.
	o.save("legal", id, stage, fmt.Sprintf(`"%d"`, revision), m{"LB-03": "c"}).Want(http.StatusOK)
	var handedIn api.AssessmentDraft
	o.Get("dpo", read).Want(http.StatusOK).Into(&handedIn)
	if handedIn.Revision != revision || string(handedIn.Answers) != string(draft.Answers) || handedIn.MayEdit {
		t.Errorf("handed in was %+v", handedIn)
	}
	var without api.AssessmentDraft
	o.Get("dpo", read+"&form=false").Want(http.StatusOK).Into(&without)
	if len(handedIn.Form) == 0 || len(without.Form) != 0 {
		t.Errorf("%d questions, and %d when they are left out", len(handedIn.Form), len(without.Form))
	}
	if handedIn.Form = without.Form; !reflect.DeepEqual(without, handedIn) {
		t.Errorf("without its questions it is %+v, and with them %+v", without, handedIn)
	}
	o.Get("dpo", fmt.Sprintf("%s?revision=%d", path, revision+1)).Problem(http.StatusNotFound, "not_found")
}

// jointAdvice: while the DPO's advice on legal basis and impact assessment are both
// open they are one task (AD-02).
func (o office) jointAdvice() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.HandIn("owner", id, "dpia", nil)
	task := o.task(id, "legal_basis", "advice")
	var view api.TaskView
	o.Get("dpo", task).Want(http.StatusOK).Into(&view)
	if view.Joint == nil || view.Joint.Stage != "dpia" {
		o.T.Fatalf("the task has no second part: %+v", view)
	}
	o.Unchanged(func() {
		p := o.post("dpo", task+"/decision", view.ETag, m{"outcome": "supports", "revision": view.Current}).Problem(http.StatusUnprocessableEntity, "invalid")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/joint" || p.Errors[0].Code != "AD-02" {
			o.T.Errorf("errors %+v", p.Errors)
		}
	})
	o.decide("dpo", task, m{"outcome": "supports", "joint": m{"outcome": "supports_with_remarks", "revision": view.Joint.Current}}).Want(http.StatusOK)
	for _, d := range o.Get("auditor", "/cases/"+id+"/decisions").Want(http.StatusOK).Object()["items"].([]any) {
		want := map[any]string{"legal_basis": "supports", "dpia": "supports_with_remarks"}[d.(m)["stage"]]
		if d.(m)["outcome"] != want {
			o.T.Errorf("decision %v", d)
		}
	}
}

// waive gives somebody's word that a condition need not be met.
func (o office) waive(as, id, condition string) apitest.Answer {
	o.T.Helper()
	return o.post(as, "/cases/"+id+"/conditions/"+condition+"/waiver", o.etag("auditor", "/cases/"+id),
		m{"reason": "Utbildningen är redan genomförd.", "decision_authority": "Delegationsordning 4.2"})
}

func (o office) conditions(id string) (all []m) {
	o.T.Helper()
	var list struct {
		Items []m `json:"items"`
	}
	o.Get("auditor", "/cases/"+id+"/conditions?limit=100").Want(http.StatusOK).Into(&list)
	return list.Items
}

// conditionWaived: it takes the CISO and the information owner (CO-04).
func (o office) conditionWaived() {
	t := o.T
	id := o.personal(nil)
	o.toCISO(id, nil)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	o.Pass("info", o.task(id, "info_owner", "decision"), nil)
	first := o.conditions(id)[0]["condition_id"].(string)
	o.refused(id, http.StatusForbidden, "forbidden", "CO-04", func() apitest.Answer { return o.waive("owner", id, first) })
	o.waive("ciso", id, first).Want(http.StatusOK)
	if s := o.conditions(id)[0]["status"]; s != "open" {
		t.Errorf("after one word the condition is %v", s)
	}
	words := o.conditions(id)[0]["waivers"].([]any)
	if len(words) != 1 || words[0].(m)["role"] != "ciso" || words[0].(m)["reason"] != "Utbildningen är redan genomförd." || words[0].(m)["name"] == "" {
		t.Errorf("after one word the condition says %v", words)
	}
	o.waive("info", id, first).Want(http.StatusOK)
	if s := o.conditions(id)[0]["status"]; s != "waived" {
		t.Errorf("after two words the condition is %v", s)
	}
}

// legalConditionStays: a condition that the agent rules ask for is never waived.
func (o office) legalConditionStays() {
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-31", nil)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.toCISO(id, nil)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{
		"outcome": "approve_with_conditions", "conditions": []m{condition(m{"source_rule": "LB-R17"})},
	}).Want(http.StatusOK)
	for _, c := range o.conditions(id) {
		if c["source_rule"] == "LB-R17" {
			o.refused(id, http.StatusConflict, "guard", "CO-04", func() apitest.Answer { return o.waive("ciso", id, c["condition_id"].(string)) })
			return
		}
	}
	o.T.Fatal("the condition is not there")
}

// standingAdvice: the DPO gives advice for a class of cases, everybody reads it, and
// the DPO ends it; each request counts once (AD-03).
func (o office) standingAdvice() {
	t := o.T
	body := m{
		"title": "Skrivhjälp för medarbetare", "text": "Inga invändningar mot den korta formen.", "value": "supports", "valid_until": "2027-10-31",
		"scope": m{"personal_data": []string{"account_only", "incidental"}, "max_ipl": 1, "data_subject_groups": []string{"employees"}},
	}
	give := apitest.Call{Method: http.MethodPost, Path: "/advice", As: "dpo", Body: body, Header: apitest.Key()}
	given := o.Do(give).Want(http.StatusCreated).Object()
	if again := o.Do(give).Want(http.StatusCreated).Object(); again["advice_id"] != given["advice_id"] {
		t.Errorf("the same request gives %v", again)
	}
	advice := given["advice_id"].(string)
	short := func() string {
		id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-55", m{"systematic_monitoring": false})))
		o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
		return id
	}
	id := short()
	o.HandIn("legal", id, "legal_basis", m{"dpo_advice_ref": advice})
	o.decide("info", o.task(id, "legal_basis", "decision"), m{"outcome": "lawful"}).Want(http.StatusOK)

	end := apitest.Call{Method: http.MethodPost, Path: "/advice/" + advice + "/withdrawal", As: "dpo", Header: apitest.Key()}
	for range 2 {
		if ended := o.Do(end).Want(http.StatusOK).Object(); ended["advice_id"] != advice || ended["withdrawn_at"] == nil {
			t.Errorf("withdrawn: %v", ended)
		}
	}
	id = short()
	revision := o.Assess("legal", id, "legal_basis", m{"dpo_advice_ref": advice})
	p := o.Do(o.HandingIn("legal", id, "legal_basis", revision)).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Code != "AD-03" {
		t.Errorf("errors %+v", p.Errors)
	}
	listed := o.Get("employee", "/advice").Want(http.StatusOK).Object()["items"].([]any)
	if len(listed) != 1 || listed[0].(m)["withdrawn_at"] == nil || listed[0].(m)["given_by"].(m)["id"] != o.People["dpo"] {
		t.Errorf("listed: %v", listed)
	}
}

// headConfirms: a decision against the DPO's advice takes reasons, and the head of
// the unit (LB-R20).
func (o office) headConfirms() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.decide("dpo", o.task(id, "legal_basis", "advice"), m{"outcome": "advises_against", "motivation": "Ändamålet är för vitt."}).Want(http.StatusOK)
	decision := o.task(id, "legal_basis", "decision")
	o.refused(id, http.StatusConflict, "guard", "LB-R20", func() apitest.Answer {
		return o.decide("info", decision, m{"outcome": "lawful", "motivation": "Vi går vidare."})
	})
	reasons := "Ändamålet är avgränsat i användningsreglerna, och nämnden har vägt dataskyddsombudets invändning mot behovet i verksamheten."
	o.decide("info", decision, m{"outcome": "lawful", "motivation": reasons}).Want(http.StatusOK)
	head := o.task(id, "legal_basis", "head_confirmation")
	o.decide("info", head, m{"outcome": "confirm"}).Want(http.StatusForbidden)
	o.decide("head", head, m{"outcome": "confirm"}).Want(http.StatusOK)
}

// returnedToPreparer: a return to a stage opens its assessment again.
func (o office) returnedToPreparer() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.decide("info", o.task(id, "legal_basis", "decision"), m{
		"outcome": "return", "target": "legal_basis", "reason_codes": []string{"unclear_ground"},
		"path_forward_text": "Ange vilken lag som den rättsliga grunden vilar på.",
	}).Want(http.StatusOK)
	if s := o.status(id); s["state"] != "RETURNED" || s["target"] != "legal_basis" {
		o.T.Errorf("the case is %v for %v", s["state"], s["target"])
	}
	o.HandIn("legal", id, "legal_basis", m{"LB-04": "skollagen (2010:800) 10 kap."})
	o.Drive(id, apitest.Answering{})
	if s := o.status(id); s["state"] != "APPROVED" {
		o.T.Errorf("the case is %v", s["state"])
	}
}
