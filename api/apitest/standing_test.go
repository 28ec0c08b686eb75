//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

// standing are the ways in which what was said before, elsewhere or by somebody
// else could be taken for what stands.
var standing = map[string]func(office){
	"a draft of the CISO approves no level":           office.draftApprovesNothing,
	"only a return has a target":                      office.onlyReturnsGoSomewhere,
	"a condition follows the decision that approves":  office.conditionOfLastDecision,
	"a file that a reviewer decided on stays":         office.decidedOnStays,
	"the register forgets what was returned":          office.returnedAnswersForgotten,
	"a waived condition leaves the register":          office.waivedLeavesRegister,
	"no owner of another case's information verifies": office.verifiedInTheCaseOnly,
	"silence is noted of the part that is late":       office.silenceOfOnePart,
	"nobody verifies as CISO in a case of their own":  office.noVerifierOfOwnCase,
	"legal counsel settles what was unsure":           office.unsureIsSettled,
	"standing advice covers the case that stands":     office.adviceMustCover,
}

// TestStanding plays them on both databases.
func TestStanding(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			for way, play := range standing {
				t.Run(way, func(t *testing.T) { play(o.in(t)) })
			}
		})
	}
}

func (o office) draftApprovesNothing() {
	id := o.personal(m{"info_k": 2})
	o.toCISO(id, nil)
	o.Pass("ciso", o.task(id, "ciso", "decision"), m{"approved_max_ipl": 1})
	review := o.Get("ciso", "/cases/"+id+"/assessments/ciso").Want(http.StatusOK)
	answers := review.Object()["answers"].(m)
	answers["approved_max_ipl"] = 2
	o.save("ciso", id, "ciso", review.Header().Get("ETag"), answers).Want(http.StatusOK)
	o.refused(id, http.StatusConflict, "guard", "IO-08", func() apitest.Answer {
		return o.Decide("info", o.task(id, "info_owner", "decision"), m{"outcome": "accept"}, m{"approved_max_ipl": 2})
	})
}

// onlyReturnsGoSomewhere: a target is sent to the process, which is told codes only.
func (o office) onlyReturnsGoSomewhere() {
	id := o.submitted([]string{"base"}, nil)
	p := o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "target": "Anna på skolan"}).
		Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/target" {
		o.T.Errorf("errors %+v", p.Errors)
	}
}

// conditionOfLastDecision: after a resubmission the manager decides last, and the
// condition names the training of that decision.
func (o office) conditionOfLastDecision() {
	id := o.submitted([]string{"base"}, m{"info_k": 2, "openly_publishable": false})
	decide := func(as, stage, kind, outcome string, own m) {
		o.T.Helper()
		o.Decide(as, o.task(id, stage, kind), m{"outcome": outcome, "motivation": "Prövat."}, own).Want(http.StatusOK)
	}
	decide("manager", "manager", "endorse", "endorse", m{"training_course": "Förra kursen", "training_share": 10})
	decide("legal", "secrecy", "decision", "not_secret", nil)
	decide("ciso", "ciso", "decision", "approve", nil)
	o.resubmit(id, m{"governance_ref": "DI-2026-002"})
	decide("info", "info_owner", "decision", "accept", nil)
	decide("manager", "manager", "endorse", "endorse", m{"training_course": "Nya kursen", "training_share": 90})
	for _, c := range o.conditions(id) {
		if text := c["text_sv"].(string); c["source_rule"] == "C-EDU" && !(strings.Contains(text, "90") && strings.Contains(text, "Nya kursen")) {
			o.T.Errorf("the condition says %q", text)
		}
	}
	if s := o.status(id)["state"]; s != "APPROVED" {
		o.T.Errorf("the case is %v", s)
	}
}

// resubmit changes answers of the intake and hands it in again.
func (o office) resubmit(id string, changes m) {
	o.T.Helper()
	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	for k, v := range changes {
		answers[k] = v
	}
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": 2}).Want(http.StatusOK)
}

func (o office) decidedOnStays() {
	id := o.submitted([]string{"base"}, nil)
	attach := func(as, part string) string {
		o.T.Helper()
		return o.Do(o.Attach(as, id, apitest.Upload{Fields: map[string]string{"part": part}, Name: "Avtal.pdf", Content: aPDF})).
			Want(http.StatusCreated).Object()["attachment_id"].(string)
	}
	o.Clock.Advance(time.Second) // the intake was handed in before
	files := map[string]string{attach("owner", "intake"): "owner", attach("manager", "manager"): "manager"}
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
	for file, as := range files {
		o.Do(apitest.Call{Method: http.MethodDelete, Path: "/cases/" + id + "/attachments/" + file, As: as}).
			Problem(http.StatusConflict, "state_conflict")
	}
}

// entryOf is what the register says of a case that comes into use.
func (o office) entryOf(id string) m {
	o.T.Helper()
	for _, e := range o.Get("employee", "/register?limit=100").Want(http.StatusOK).Object()["items"].([]any) {
		if e := e.(m); e["case_id"] == id {
			return o.Get("employee", "/register/"+e["id"].(string)).Want(http.StatusOK).Object()
		}
	}
	o.T.Fatal("the case is not in the register")
	return nil
}

func (o office) activate(id string) {
	o.T.Helper()
	o.MeetConditions(id)
	o.post("system", "/cases/"+id+"/activation", o.etag("owner", "/cases/"+id), m{}).Want(http.StatusOK)
}

// returnedAnswersForgotten: what came with a return is not what was decided.
func (o office) returnedAnswersForgotten() {
	id := o.submitted([]string{"base"}, m{"info_k": 2, "openly_publishable": false})
	o.Decide("legal", o.task(id, "secrecy", "decision"), m{
		"outcome": "return", "reason_codes": []string{"unclear"}, "path_forward_text": "Beskriv vilka uppgifter som ska med i verktyget.",
	}, m{"excluded_information": "Uppgifter om elever"}).Want(http.StatusOK)
	o.resubmit(id, m{"governance_ref": "DI-2026-002"})
	o.Decide("legal", o.task(id, "secrecy", "decision"), m{"outcome": "not_secret", "motivation": "Prövat."}, nil).Want(http.StatusOK)
	o.Drive(id, apitest.Answering{})
	o.activate(id)
	if note := o.entryOf(id)["secrecy_note"]; note != nil {
		o.T.Errorf("the register says %q", note)
	}
}

// waivedLeavesRegister: the register lists a condition until the second of the two
// who waive it has given their word (CO-04).
func (o office) waivedLeavesRegister() {
	id := o.personal(nil)
	o.toCISO(id, nil)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{
		"outcome": "approve_with_conditions", "conditions": []m{condition(m{"due_kind": "date", "due_date": "2099-06-01"})},
	}).Want(http.StatusOK)
	o.Drive(id, apitest.Answering{})
	o.activate(id)
	first := o.conditions(id)[0]["condition_id"].(string)
	lists := func() bool {
		o.T.Helper()
		for _, c := range o.entryOf(id)["conditions_open"].([]any) {
			if c.(m)["due_date"] == "2099-06-01" {
				return true
			}
		}
		return false
	}
	o.waive("ciso", id, first).Want(http.StatusOK)
	if !lists() {
		o.T.Error("one word takes the condition out of the register")
	}
	o.waive("info", id, first).Want(http.StatusOK)
	if lists() {
		o.T.Error("the register lists what is waived")
	}
}

// hire lets somebody with more than one role work in the house.
func (o office) hire(roles ...model.Role) (handle string) {
	o.T.Helper()
	id := model.NewID()
	secret, hash := authn.NewSecret()
	now, ctx := o.Clock.Now(), o.T.Context()
	err := o.Store.AddPerson(ctx, store.Person{OrgID: apitest.Org, ID: id, Handle: id, Name: "Namn " + id, UnitID: o.Unit, Roles: roles}, now)
	if err == nil {
		err = o.Store.AddToken(ctx, store.Token{
			OrgID: apitest.Org, ID: model.NewID(), PersonID: id, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: now, ExpiresAt: now.AddDate(1, 0, 0),
		})
	}
	if err != nil {
		o.T.Fatal(err)
	}
	o.Tokens[id], o.People[id] = secret, id
	return id
}

// verifies has the owner of a case try to verify the condition of it.
func (o office) verifies(role model.Role, c m) apitest.Answer {
	o.T.Helper()
	as := o.hire(model.RoleProjectOwner, model.RoleUser, role)
	id := o.Draft(as, o.answers([]string{"base"}, m{"project_owner_id": o.People[as]}))
	path := "/cases/" + id
	o.post(as, path+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.decide("manager", o.offered("manager", id), m{"outcome": "endorse"}).Want(http.StatusOK)
	o.decide("ciso", o.offered("ciso", id), m{"outcome": "approve_with_conditions", "conditions": []m{c}}).Want(http.StatusOK)
	return o.post(as, path+"/conditions/"+o.conditions(id)[0]["condition_id"].(string)+"/verification", o.etag(as, path),
		m{"outcome": "met", "evidence_note": "Jag har sett det."})
}

// offered is the path of the task of a case in somebody's inbox.
func (o office) offered(as, id string) string {
	o.T.Helper()
	return "/tasks/" + o.inbox(as, id)[0]["task_id"].(string)
}

// verifiedInTheCaseOnly: a condition that names no verifier.
func (o office) verifiedInTheCaseOnly() {
	c := condition(nil)
	delete(c, "verifier_role")
	o.verifies(model.RoleInformationOwner, c).Problem(http.StatusForbidden, "forbidden")
}

func (o office) noVerifierOfOwnCase() {
	p := o.verifies(model.RoleCISO, condition(nil)).Problem(http.StatusForbidden, "segregation_of_duties")
	if rules := ruleIDs(p); len(rules) != 1 || rules[0] != "SOD-01" && rules[0] != "SOD-03" {
		o.T.Errorf("rules %v", rules)
	}
}

// silenceOfOnePart: the DPO is asked for two words at once, and is late with one.
func (o office) silenceOfOnePart() {
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	task := o.task(id, "legal_basis", "advice")
	o.MoveDue(strings.TrimPrefix(task, "/tasks/"), o.Clock.Now().AddDate(0, 0, -60))
	o.HandIn("owner", id, "dpia", nil)
	o.Do(o.decision("head", task, m{
		"outcome": "not_given_in_time", "revision": 1, "motivation": strings.Repeat("Rådet är begärt och påmint men har inte kommit. ", 3),
	})).Want(http.StatusOK)
	o.task(id, "dpia", "advice")
}

// unsureIsSettled: a blocker that legal counsel closes by deciding stays closed, and
// the case can be approved (RT-05, rulebook 3.5).
func (o office) unsureIsSettled() {
	id := o.personal(m{"secrecy": "unsure", "parent_company_third_country": false})
	if blockers := o.status(id)["blockers"].([]any); len(blockers) != 1 || blockers[0] != "RT-05" {
		o.T.Fatalf("blockers %v", blockers)
	}
	o.toCISO(id, nil)
	if blockers := o.status(id)["blockers"].([]any); len(blockers) != 0 {
		o.T.Errorf("blockers after the decision of legal counsel: %v", blockers)
	}
	o.Pass("ciso", o.task(id, "ciso", "decision"), nil)
}

// adviceMustCover: standing advice for the open cases does not carry the decision
// once the facts have risen above it (AD-03).
func (o office) adviceMustCover() {
	advice := o.Do(apitest.Call{Method: http.MethodPost, Path: "/advice", As: "dpo", Header: apitest.Key(), Body: m{
		"title": "Skrivhjälp", "text": "Inga invändningar.", "value": "supports", "valid_until": "2027-10-31",
		"scope": m{"personal_data": []string{"account_only"}, "max_ipl": 1, "data_subject_groups": []string{"employees"}},
	}}).Want(http.StatusCreated).Object()["advice_id"].(string)
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-55", m{"systematic_monitoring": false})))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.HandIn("legal", id, "legal_basis", m{"dpo_advice_ref": advice})

	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["info_k"], answers["openly_publishable"] = 2, false
	saved := o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK).Object()
	o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": saved["revision"]}).Want(http.StatusOK)
	o.refused(id, http.StatusConflict, "guard", "AD-03", func() apitest.Answer {
		return o.decide("info", o.task(id, "legal_basis", "decision"), m{"outcome": "lawful"})
	})
}
