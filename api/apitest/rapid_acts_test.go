//go:build !slim

package apitest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook/rulebooktest"
)

func (l *live) today() calendar.Date { return calendar.Today(l.house.Clock.Now()) }

const (
	wayForward = "Beskriv vilka uppgifter som behandlas och vem som granskar varje text."
	// reasons are long enough for a decision against advice.
	reasons = "Nyttan är stor, uppgifterna är få och var och en granskas av en handläggare innan något sparas eller skickas. Alternativen är sämre."
)

// advance does what brings the case on, by somebody who may.
func (m *machine) advance() {
	m.t.Helper()
	s := m.status.State
	switch {
	case s == "DRAFT":
		m.submit()
	case s == "REJECTED_AUTO":
		m.afterStop()
	case slices.Contains(approvedStates, s):
		m.towardsUse()
	case s == "REJECTED" || s == "WITHDRAWN":
		m.do(moves, m.act("registrar", "/archiving", fields{"reason": "Klart"}))
	case s == "RETURNED" && len(m.status.HardStops) > 0:
		m.repair()
		m.submit()
	case s == "RETURNED" && m.status.Target == "intake":
		if m.chance(70, "edit") {
			m.edit()
		}
		m.submit()
	default:
		m.review()
	}
}

// afterStop is what follows when a rule has stopped the case.
func (m *machine) afterStop() {
	m.t.Helper()
	open := m.openTasks()
	final := slices.Contains(m.status.HardStops, "HS-01") || slices.Contains(m.status.HardStops, "HS-08")
	switch {
	case len(open) > 0 && m.chance(70, "answer"):
		m.answerTask(oneOf(m, "task", open))
	case final && m.stage("re_examination").Status != model.StageOpen:
		m.do(moves, m.act("owner", "/re-examination", fields{"reason": "Svaret blev fel"}))
	case final:
	case m.chance(60, "correct"):
		if m.do(moves, m.act("owner", "/corrections", fields{"reason": "Svaret blev fel"})).ok() {
			m.repair()
		}
	default:
		m.repair()
		m.submit()
	}
}

// repair changes the answers that stopped the case.
func (m *machine) repair() {
	m.t.Helper()
	answers := maps.Clone(m.draft)
	delete(answers, "agreement_parent_ref")
	m.save(merged(answers, fields{
		"agreement_status": "signed", "agreement_covers_security": true, "agreement_covers_data_protection": true,
		"account_type": "organisation_licence", "art5_flags": []any{},
	}))
}

// towardsUse brings an approved case nearer to use.
func (m *machine) towardsUse() {
	m.t.Helper()
	if open := m.openTasks(); len(open) > 0 {
		m.answerTask(oneOf(m, "task", open))
		return
	}
	if m.status.Conditions.OpenBeforeUse == 0 {
		if r := m.do(moves, m.act("system", "/activation", fields{})); !r.ok() && !slices.Contains(ruleIDsOf(r.problem), "T-22") {
			m.fail("nothing stands in the way of use: %s", r.body)
		}
		return
	}
	var open []api.ConditionItem
	for _, c := range m.conditions() {
		if c.DueKind == model.DueBeforeUse && c.Status == model.ConditionOpen {
			open = append(open, c)
		}
	}
	m.meet(oneOf(m, "condition", open))
}

// meet notes that a condition is met, or gives up to two words that it need not be.
func (m *machine) meet(c api.ConditionItem) {
	m.t.Helper()
	path := "/conditions/" + c.ConditionID
	if m.chance(15, "waive") {
		for _, as := range []string{"ciso", "info"} {
			m.do(moves, m.act(as, path+"/waiver", fields{"reason": "Behövs inte här", "decision_authority": "Delegationsordningen 4.2"}))
		}
		return
	}
	m.do(moves, m.act(m.verifier(c), path+"/verification", fields{"outcome": "met", "evidence_note": "Kontrollerat."}))
}

func (m *machine) verifier(c api.ConditionItem) string {
	if c.VerifierRole == "" {
		return "ciso"
	}
	return apitest.Hand(c.VerifierRole)
}

// review answers a task of the review, or asks for more.
func (m *machine) review() {
	m.t.Helper()
	open := m.openTasks()
	if len(open) == 0 {
		m.fail("a case under review in which nobody has anything to do")
	}
	if m.chance(m.tendency("T-31", 3, 35), "raise") && m.raise() {
		return
	}
	if m.chance(m.tendency("T-21", 1, 30), "withdraw") {
		m.do(moves, m.act("owner", "/withdrawal", fields{"reason": "Behövs inte"}))
		return
	}
	if m.chance(80, "in order") {
		first := slices.MinFunc(open, func(a, b api.TaskItem) int { return rank(a) - rank(b) })
		open = slices.DeleteFunc(open, func(t api.TaskItem) bool { return rank(t) != rank(first) })
	}
	m.answerTask(oneOf(m, "task", open))
}

// tendency is how likely something is, in percent: more where it is the goal.
func (m *machine) tendency(rule string, usual, wanted int) int {
	if m.goal == rule {
		return wanted
	}
	return usual
}

// rank orders tasks as they have to be answered.
func rank(t api.TaskItem) int {
	switch {
	case t.Stage == "info_owner":
		return 9
	case t.Stage == "ciso":
		return 8
	case t.Kind == model.TaskPrepare:
		return 0
	case t.Kind == model.TaskDecision && t.Stage == "dpia":
		return 3
	case t.Kind == model.TaskDecision:
		return 2
	}
	return 1
}

// raise asks for more of a stage than triage does, where there is more.
func (m *machine) raise() bool {
	m.t.Helper()
	var can []api.StageNote
	for _, s := range m.status.Stages {
		if to, ok := model.Raised(s.Requirement); ok && to != "" {
			can = append(can, s)
		}
	}
	if len(can) == 0 || m.status.State == "TRIAGED" {
		return false
	}
	s := oneOf(m, "stage", can)
	to, _ := model.Raised(s.Requirement)
	m.do(moves, m.act(oneOf(m, "raiser", []string{"dpo", "ciso", "legal", "info"}), "/stages/"+string(s.Key)+"/raise",
		fields{"requirement": to, "reason": "Fler frågor behövs"}))
	return true
}

// hand is who answers a task: who has it, or somebody with its role.
func (m *machine) hand(t api.TaskItem) string {
	if t.Assignee != nil {
		for handle, id := range m.l.house.People {
			if id == t.Assignee.ID {
				return handle
			}
		}
	}
	return apitest.Hand(t.Role)
}

// answerTask answers an open task in one way or another.
func (m *machine) answerTask(t api.TaskItem) {
	m.t.Helper()
	if t.Kind == model.TaskPrepare {
		m.prepare(t)
		return
	}
	var view api.TaskView
	r := m.do(reads, request{as: m.hand(t), method: http.MethodGet, path: "/tasks/" + t.TaskID})
	if err := json.Unmarshal(r.body, &view); err != nil || !r.ok() {
		m.fail("%s cannot be read by who has it: %s", t.TaskID, r.body)
	}
	var passing, back, stop []model.Outcome
	for _, o := range view.Outcomes {
		switch o.Outcome {
		case model.OutcomeReturn:
			back = append(back, o.Outcome)
		case model.OutcomeReject:
			stop = append(stop, o.Outcome)
		case model.OutcomeNotGivenInTime:
		default:
			passing = append(passing, o.Outcome)
		}
	}
	switch {
	case len(stop) > 0 && m.chance(m.rejecting(), "reject"):
		m.decide(t, view, stop[0])
	case len(back) > 0 && m.chance(max(m.tendency("T-18", 4, 35), m.tendency("T-19", 4, 35)), "return"):
		m.decide(t, view, back[0])
	default:
		m.pass(t, view, passing)
	}
}

// rejecting is how likely a reviewer is to reject, in percent.
func (m *machine) rejecting() int {
	if m.goal == "T-20" || m.goal == "SOD-05" || m.goal == "T-30" {
		return 40
	}
	return 2
}

// pass answers a task with one of the outcomes that let the case go on, or with the
// next where the rules refuse it.
func (m *machine) pass(t api.TaskItem, view api.TaskView, outcomes []model.Outcome) {
	m.t.Helper()
	if m.chance(80, "freely") { // the first outcome is the one that lets most pass
		for _, o := range outcomes {
			if m.decide(t, view, o).ok() {
				return
			}
		}
		return
	}
	m.decide(t, view, oneOf(m, "outcome", outcomes))
}

// decide answers a task, with its form and all that the outcome needs.
func (m *machine) decide(t api.TaskItem, view api.TaskView, o model.Outcome) reply {
	m.t.Helper()
	body := fields{
		"outcome": o, "revision": view.Current, "motivation": reasons, "decision_authority": "Delegationsordningen 4.2",
	}
	stopping := o == model.OutcomeReturn || o == model.OutcomeReject
	if stopping {
		body["reason_codes"], body["path_forward_text"] = []string{"unclear"}, wayForward
		if target, ok := m.target(t); o == model.OutcomeReturn && ok {
			body["target"] = target
		}
	}
	if view.Joint != nil {
		body["joint"] = fields{"outcome": o, "revision": view.Joint.Current, "motivation": reasons}
	}
	form := m.form(view, string(o), stopping)
	for n := 0; ; n++ {
		if len(form.answers) > 0 {
			body["answers"] = form.answers
		}
		q := request{
			as: m.hand(t), method: http.MethodPost, path: "/tasks/" + t.TaskID + "/decision", etag: view.ETag, key: model.NewID(), body: maps.Clone(body),
		}
		m.rests(t, view)
		r := m.do(moves, q)
		switch {
		case r.ok():
			form.keep()
			return r
		case r.status != http.StatusUnprocessableEntity || n > 15:
			return r
		case slices.Contains(pointers(r.problem), "/conditions"):
			body["conditions"] = []fields{oneCondition()}
		case !form.mend(r.problem.Errors):
			return r
		}
	}
}

// rests notes what the answer to a task rests on, before it is given: it is looked
// at as soon as it is.
func (m *machine) rests(t api.TaskItem, view api.TaskView) {
	m.basis[t.TaskID] = basis{m.status.Revision, m.handed[t.Stage], m.tally.steps}
	if view.Joint != nil {
		m.basis[view.Joint.TaskID] = basis{m.status.Revision, m.handed[view.Joint.Stage], m.tally.steps}
	}
}

func oneCondition() fields {
	return fields{
		"text_sv": "Utbilda användarna", "text_en": "Train the users", "owner_role": "system_owner", "verifier_role": "ciso",
		"verification": "Deltagarlista", "consequence": "Får inte tas i bruk", "due_kind": "before_use",
	}
}

// target is where a return goes: now and then to an assessment that was handed in.
func (m *machine) target(t api.TaskItem) (string, bool) {
	var can []string
	for stage, revision := range m.handed {
		if revision > 0 && m.stage(stage).Status != model.StageNotRequired {
			can = append(can, string(stage))
		}
	}
	slices.Sort(can)
	if len(can) == 0 || m.chance(40, "to the intake") {
		return "", false
	}
	return oneOf(m, "target", can), true
}

// form is a form that is being filled in.
type form struct {
	m       *machine
	name    string
	answers fields
	fill    *rulebooktest.Filler
}

// form begins the form of a task: with what others of the same kind were answered
// with, or with the least.
func (m *machine) form(view api.TaskView, outcome string, short bool) *form {
	f := &form{m: m, name: m.intake.name + " " + view.Questionnaire + " " + outcome}
	if view.Questionnaire == "" || short {
		return f
	}
	f.begin(view.Questionnaire, view.Form)
	return f
}

func (f *form) begin(questionnaire string, questions []api.QuestionNote) {
	stage, _, _ := strings.Cut(questionnaire, ".")
	book, ok := f.m.l.book.Assessment(stage)
	if !ok {
		f.m.fail("no questionnaire %s", questionnaire)
	}
	f.fill = rulebooktest.New(book, f.m.l.today(), nil)
	if known, ok := f.m.tally.forms[f.name]; ok {
		f.answers = copyOf(known)
		return
	}
	f.answers = fields{}
	for _, q := range questions {
		if q.Needed && !q.Answered || rulebooktest.Useful(q.ID) {
			f.fill.Ask(f.answers, q.ID)
		}
	}
}

// mend answers what was refused, and reports whether there was anything.
func (f *form) mend(faults []api.Fault) bool {
	gaps := gapsIn(faults)
	return f.fill != nil && len(gaps) > 0 && f.fill.Mend(f.answers, gaps) == nil
}

func (f *form) keep() {
	if len(f.answers) > 0 {
		f.m.tally.forms[f.name] = copyOf(f.answers)
	}
}

// prepare writes the assessment of a stage and hands it in.
func (m *machine) prepare(t api.TaskItem) {
	m.t.Helper()
	as, path := m.hand(t), m.path("/assessments/"+string(t.Stage))
	var draft api.AssessmentDraft
	take := func(r reply) {
		if err := json.Unmarshal(r.body, &draft); err != nil || !r.ok() {
			m.fail("the assessment of %s: %d %s", t.Stage, r.status, r.body)
		}
	}
	take(m.do(reads, request{as: as, method: http.MethodGet, path: path}))
	f := &form{m: m, name: m.intake.name + " " + string(t.Stage) + " " + string(draft.Requirement)}
	f.begin(string(t.Stage), draft.Form)
	if draft.HandedIn > 0 && m.chance(50, "another text") {
		rewrite(f.answers)
	}
	for n := 0; ; n++ {
		r := m.do(keeps, request{as: as, method: http.MethodPut, path: path, etag: fmt.Sprintf(`"%d"`, draft.Revision), body: fields{"answers": f.answers}})
		take(r)
		if len(draft.Missing) == 0 || n > 20 {
			break
		}
		if !f.mend(draft.Missing) {
			m.tally.stuck[fmt.Sprintf("%s: %v", f.name, draft.Missing)]++
			break
		}
	}
	was := m.handed[t.Stage]
	m.handed[t.Stage] = draft.Revision
	r := m.do(moves, m.act(as, "/submissions", fields{"stage": t.Stage, "revision": draft.Revision}))
	if r.ok() {
		f.keep()
		return
	}
	m.handed[t.Stage] = was
}

// rewrite changes one of the texts of an assessment.
func rewrite(answers fields) {
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if text, ok := answers[id].(string); ok && len(text) > 30 && len(text) < 1000 {
			answers[id] = text + " Texten är genomgången på nytt."
			return
		}
	}
}
