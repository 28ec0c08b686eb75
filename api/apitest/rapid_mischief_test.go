//go:build !slim

package apitest_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
)

// nobody is the id of nothing.
const nobody = "01900000-0000-7000-8000-000000000000"

// mischief does something that must be refused, and reports whether there was an
// occasion for it.
func (m *machine) mischief() bool {
	m.t.Helper()
	deeds := []func(*machine) bool{
		(*machine).strangers, (*machine).unknownThings, (*machine).wrongVersion, (*machine).wrongState, (*machine).wrongState, (*machine).notTheOwner,
		(*machine).withoutHeaders, (*machine).keyAgain, (*machine).sameAgain, (*machine).sameRevision, (*machine).closedTask,
		(*machine).wrongHand, (*machine).wrongHand, (*machine).wrongTag, (*machine).badDecision, (*machine).badDecision,
		(*machine).badSave, (*machine).badRaise, (*machine).takenTask, (*machine).early, (*machine).badCondition, (*machine).ownersTwice,
		(*machine).badHandIn,
	}
	return oneOf(m, "mischief", deeds)(m)
}

// strangers are of another organisation: to them there is nothing here.
func (m *machine) strangers() bool {
	q := request{as: oneOf(m, "stranger", []string{"stranger", "strange_admin"}), method: http.MethodGet, path: m.path("")}
	if len(m.tasks) > 0 && m.chance(50, "task") {
		q = m.decision(q.as, oneOf(m, "task", m.tasks), fields{"outcome": "endorse", "revision": 1})
	}
	m.refused(q, model.CodeNotFound)
	return true
}

func (m *machine) unknownThings() bool {
	q := m.act("owner", "", nil)
	q.path = "/cases/" + nobody + oneOf(m, "what", []string{"/withdrawal", "/corrections"})
	q.body = fields{"reason": "Nej"}
	if m.chance(50, "condition") {
		q = m.act("ciso", "/conditions/"+nobody+"/verification", fields{"outcome": "met", "evidence_note": "Sett"})
		m.refused(q, model.CodeNotFound, model.CodeStateConflict)
		return true
	}
	m.refused(q, model.CodeNotFound)
	return true
}

// wrongVersion acts on a case that has moved on.
func (m *machine) wrongVersion() bool {
	q := m.act("owner", "/withdrawal", fields{"reason": "Nej"})
	if m.chance(50, "raise") && m.status.State != "DRAFT" {
		q = m.act("ciso", "/stages/ciso/raise", fields{"requirement": "full", "reason": "Fler frågor"})
	}
	q.etag = oneOf(m, "tag", []string{fmt.Sprintf(`"%d"`, m.status.Version+1), `"x"`, "*", `W/"1"`})
	m.refused(q, model.CodeStale)
	return true
}

// wrongState does what the case's state does not allow.
func (m *machine) wrongState() bool {
	s := m.status.State
	var can []request
	add := func(when bool, as, rest string, body any) {
		if when {
			can = append(can, m.act(as, rest, body))
		}
	}
	reason := fields{"reason": "Nej"}
	submitted := s != "DRAFT"
	add(!slices.Contains(approvedStates, s), "system", "/activation", fields{})
	add(s != "REJECTED" && s != "WITHDRAWN" && s != "DECOMMISSIONED" && submitted, "registrar", "/archiving", reason)
	add(s != "REJECTED_AUTO", "owner", "/corrections", reason)
	add(s != "REJECTED_AUTO" && s != "REJECTED", "owner", "/re-examination", reason)
	add(slices.Contains(endedStates, s) || s == "ACTIVE", "owner", "/withdrawal", reason)
	add(slices.Contains(endedStates, s) || s == "ACTIVE", "owner", "/submissions", fields{"stage": "intake", "revision": m.revision})
	m.refused(oneOf(m, "act", can), model.CodeStateConflict, model.CodeGuard, model.CodeForbidden, model.CodeNotFound)
	return true
}

// notTheOwner does as somebody else what only the owner may.
func (m *machine) notTheOwner() bool {
	as := oneOf(m, "who", []string{"other", "manager", "ciso", "admin", "auditor", "employee", "legal"})
	q := m.act(as, oneOf(m, "what", []string{"/withdrawal", "/corrections", "/re-examination"}), fields{"reason": "Nej"})
	if m.chance(30, "submit") {
		q = m.act(as, "/submissions", fields{"stage": "intake", "revision": m.revision})
	}
	m.refused(q, model.CodeForbidden, model.CodeNotFound)
	return true
}

func (m *machine) withoutHeaders() bool {
	q := m.act("owner", "/withdrawal", fields{"reason": "Nej"})
	switch m.below(4, "header") {
	case 0:
		q.etag = ""
		m.refused(q, model.CodePreconditionRequired)
	case 1:
		q.key = ""
		m.refused(q, model.CodeKeyMissing)
	case 2:
		q.body = `{"reason": `
		m.refused(q, "malformed")
	default:
		q.body = fields{"reason": "", "more": 1}
		m.refused(q, model.CodeInvalid)
	}
	return true
}

// keyAgain uses the key of the act before for another one.
func (m *machine) keyAgain() bool {
	if m.last.key == "" {
		return false
	}
	q := m.last
	body, ok := q.body.(fields)
	if !ok {
		return false
	}
	body = maps.Clone(body)
	switch {
	case strings.HasSuffix(q.path, "/submissions"):
		body["revision"] = 77
	case strings.HasSuffix(q.path, "/decision"):
		body["motivation"] = "Något annat."
	default:
		body["reason"] = "Något annat"
	}
	if strings.HasSuffix(q.path, "/verification") || strings.HasSuffix(q.path, "/waiver") {
		return false
	}
	q.body = body
	m.refused(q, model.CodeKeyReused)
	return true
}

// sameAgain sends the last act once more and gets the same answer.
func (m *machine) sameAgain() bool {
	if m.last.key == "" {
		return false
	}
	if r := m.do(reads, m.last); r.status != m.answer.status || string(r.body) != string(m.answer.body) {
		m.fail("the same request is answered with %d %s, first with %d %s", r.status, r.body, m.answer.status, m.answer.body)
	}
	return true
}

// sameRevision submits what has been submitted.
func (m *machine) sameRevision() bool {
	if !slices.Contains(reviewStates, m.status.State) || m.revision != m.status.Revision {
		return false
	}
	m.refused(m.act("owner", "/submissions", fields{"stage": "intake", "revision": m.revision}), model.CodeUnchanged)
	return true
}

// decision answers a task as it stands.
func (m *machine) decision(as string, t api.TaskItem, body fields) request {
	return request{as: as, method: http.MethodPost, path: "/tasks/" + t.TaskID + "/decision", etag: t.ETag, key: model.NewID(), body: body}
}

// outcome is one of a task's outcomes that needs nothing more than a form.
func outcome(t api.TaskItem) model.Outcome {
	stage, _ := model.Stage(t.Stage)
	spec, _ := stage.Task(t.Kind)
	return spec.Outcomes[0]
}

func (m *machine) closedTask() bool {
	closed := slices.DeleteFunc(slices.Clone(m.tasks), func(t api.TaskItem) bool {
		return t.Status == model.TaskOpen || t.Kind == model.TaskPrepare
	})
	if len(closed) == 0 {
		return false
	}
	t := oneOf(m, "task", closed)
	m.refused(m.decision(m.hand(t), t, fields{"outcome": outcome(t), "revision": max(t.Revision, 1)}), model.CodeTaskClosed)
	return true
}

// waiting is an open task that is decided, not prepared.
func (m *machine) waiting() (api.TaskItem, bool) {
	open := slices.DeleteFunc(m.openTasks(), func(t api.TaskItem) bool { return t.Kind == model.TaskPrepare })
	if len(open) == 0 {
		return api.TaskItem{}, false
	}
	return oneOf(m, "task", open), true
}

// wrongHand answers a task that is another's.
func (m *machine) wrongHand() bool {
	t, ok := m.waiting()
	if !ok {
		return false
	}
	all := []string{"owner", "other", "manager", "info", "system", "dpo", "ciso", "legal", "environment", "admin", "auditor", "coordinator", "employee"}
	all = slices.DeleteFunc(all, func(h string) bool {
		return h == m.hand(t) || h == apitest.Hand(t.Role) || t.Kind == model.TaskStatement && h == "dpo"
	})
	m.refused(m.decision(oneOf(m, "who", all), t, fields{"outcome": outcome(t), "revision": max(t.Revision, 1)}),
		model.CodeForbidden, model.CodeSegregation, model.CodeNotFound)
	return true
}

// wrongTag answers a task on what no longer stands.
func (m *machine) wrongTag() bool {
	t, ok := m.waiting()
	if !ok {
		return false
	}
	q := m.decision(m.hand(t), t, fields{"outcome": outcome(t), "revision": max(t.Revision, 1)})
	if m.chance(50, "revision") {
		q.body = fields{"outcome": outcome(t), "revision": 99}
	} else {
		q.etag = `"1.open.0000"`
	}
	m.refused(q, model.CodeStale)
	return true
}

// badDecision answers a task with what it does not take.
func (m *machine) badDecision() bool {
	t, ok := m.waiting()
	if !ok {
		return false
	}
	stage, _ := model.Stage(t.Stage)
	spec, _ := stage.Task(t.Kind)
	bad := []fields{{"outcome": "perhaps"}, {"outcome": outcome(t), "answers": fields{"no_such_question": 1}}, {"outcome": outcome(t), "conditions": []any{fields{}}}}
	for _, o := range []model.Outcome{model.OutcomeReturn, model.OutcomeReject} {
		if spec.Offers(o) {
			bad = append(bad, fields{"outcome": o}, fields{"outcome": o, "reason_codes": []string{"unclear"}, "path_forward_text": "Kort."})
		}
	}
	if spec.Offers(model.OutcomeReturn) {
		bad = append(bad, fields{"outcome": "return", "reason_codes": []string{"unclear"}, "path_forward_text": wayForward, "target": "ciso"})
	}
	if spec.Offers(model.OutcomeApproveWithConditions) {
		c := oneCondition()
		c["owner_role"] = "ciso"
		bad = append(bad, fields{"outcome": model.OutcomeApproveWithConditions, "conditions": []any{c}})
	}
	body := oneOf(m, "answer", bad)
	body["revision"] = m.current(t)
	m.refused(m.decision(m.hand(t), t, body), model.CodeInvalid)
	return true
}

// current is the revision on which a task is to be answered.
func (m *machine) current(t api.TaskItem) int {
	if n := m.handed[t.Stage]; n > 0 {
		return n
	}
	return max(m.status.Revision, 1)
}

func (m *machine) badSave() bool {
	q := request{as: "owner", method: http.MethodPut, path: m.path("/intake"), etag: fmt.Sprintf(`"%d"`, m.revision), body: fields{"answers": m.draft}}
	ended := slices.Contains(endedStates, m.status.State) || slices.Contains(approvedStates, m.status.State)
	switch {
	case ended:
		m.refused(q, model.CodeStateConflict)
	case m.chance(40, "another"):
		q.as = oneOf(m, "who", []string{"manager", "ciso", "other", "admin"})
		m.refused(q, model.CodeForbidden, model.CodeNotFound)
	case m.chance(50, "revision"):
		q.etag = fmt.Sprintf(`"%d"`, m.revision+1)
		m.refused(q, model.CodeStale)
	default:
		q.body = fields{"answers": merged(m.draft, fields{"info_k": "many", "no_such_question": true})}
		m.refused(q, model.CodeInvalid)
	}
	return true
}

// badRaise asks for less, or asks without the right to.
func (m *machine) badRaise() bool {
	if !slices.Contains(reviewStates, m.status.State) {
		return false
	}
	if m.chance(40, "who") {
		m.refused(m.act(oneOf(m, "who", []string{"owner", "manager", "auditor", "admin"}), "/stages/ciso/raise",
			fields{"requirement": "full", "reason": "Fler"}), model.CodeForbidden)
		return true
	}
	m.refused(m.act("ciso", "/stages/"+oneOf(m, "stage", []string{"ciso", "dpia", "secrecy"})+"/raise",
		fields{"requirement": oneOf(m, "less", []string{"light", "threshold_only", "not_required", "attest"}), "reason": "Färre frågor"}),
		model.CodeGuard, model.CodeStateConflict)
	return true
}

// takenTask lets one CISO take a task that another one answers.
func (m *machine) takenTask() bool {
	for _, t := range m.openTasks() {
		if t.Role != model.RoleCISO || t.Kind == model.TaskPrepare {
			continue
		}
		take := request{as: "ciso", method: http.MethodPut, path: "/tasks/" + t.TaskID + "/assignment", etag: t.ETag, body: `{"assignee": "me"}`}
		if t.Assignee == nil {
			m.do(keeps, take)
		}
		m.refused(m.decision("ciso_2", t, fields{"outcome": outcome(t), "revision": m.current(t)}), model.CodeTaskTaken)
		take.body = `{"assignee": null}`
		m.do(keeps, take)
		return true
	}
	return false
}

// early brings a case into use that is not yet to be used.
func (m *machine) early() bool {
	if !slices.Contains(approvedStates, m.status.State) {
		return false
	}
	q := m.act("system", "/activation", fields{})
	switch {
	case m.chance(30, "who"):
		q.as = oneOf(m, "who", []string{"owner", "ciso", "manager", "admin"})
		m.refused(q, model.CodeForbidden)
	case m.status.Conditions.OpenBeforeUse > 0:
		m.refused(q, model.CodeConditionsOpen)
	case len(m.openTasks()) > 0:
		m.refused(q, model.CodeGuard)
	default:
		return false
	}
	return true
}

// badCondition lets somebody verify a condition who may not.
func (m *machine) badCondition() bool {
	if !slices.Contains(approvedStates, m.status.State) {
		return false
	}
	open := slices.DeleteFunc(m.conditions(), func(c api.ConditionItem) bool { return c.Status != model.ConditionOpen })
	if len(open) == 0 {
		return false
	}
	c := oneOf(m, "condition", open)
	body := fields{"outcome": "met", "evidence_note": "Sett"}
	path := "/conditions/" + c.ConditionID
	switch m.below(3, "how") {
	case 0:
		m.refused(m.act(apitest.Hand(c.OwnerRole), path+"/verification", body), model.CodeSegregation, model.CodeForbidden)
	case 1:
		m.refused(m.act("employee", path+"/verification", body), model.CodeForbidden, model.CodeNotFound)
	default:
		m.refused(m.act("manager", path+"/waiver", fields{"reason": "Behövs inte", "decision_authority": "4.2"}), model.CodeForbidden)
	}
	return true
}

// ownersTwice names the owner for a function that must be another's.
func (m *machine) ownersTwice() bool {
	if m.status.State != "DRAFT" {
		return false
	}
	answers := maps.Clone(m.draft)
	if !m.save(merged(answers, fields{"manager_id": "owner"})).ok() {
		return false
	}
	m.refused(m.act("owner", "/submissions", fields{"stage": "intake", "revision": m.revision}), model.CodeSegregation, model.CodeInvalid)
	m.save(answers)
	return true
}

// badHandIn hands in an assessment that is not there, or is another's.
func (m *machine) badHandIn() bool {
	for _, t := range m.openTasks() {
		if t.Kind != model.TaskPrepare {
			continue
		}
		body := fields{"stage": t.Stage, "revision": 98}
		if m.chance(40, "who") {
			m.refused(m.act(oneOf(m, "who", []string{"ciso", "manager", "environment"}), "/submissions", body), model.CodeForbidden, model.CodeNotFound)
			return true
		}
		m.refused(m.act(m.hand(t), "/submissions", body), model.CodeStale)
		return true
	}
	return false
}
