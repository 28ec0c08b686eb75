package assess

import (
	"slices"
	"strings"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// agentForm is what has been answered of the questions on an agent.
type agentForm struct {
	answers  map[string]string // by question
	evidence map[string]string
	plans    map[string]agentPlan
	// planned are the questions whose answer 2 has a whole plan, unanswered those
	// without an answer.
	planned, unanswered []string
	faults              map[string]agentFault // by the fact that lists them
}

// agentFault is something wrong with the answers to questions; member is the
// pointer below each.
type agentFault struct {
	member    string
	questions []string
}

// agentPlan says who makes a control ready before use, by when, and who says that
// it is.
type agentPlan struct {
	owner, verifier, due string
}

func (p agentPlan) whole() bool { return p.owner != "" && p.verifier != "" && p.due != "" }

// readAgentForm reads the answers. bound are the questions that the intake answers
// with 3.
func readAgentForm(book *rulebook.Book, in map[string]any, bound []string, today calendar.Date) agentForm {
	clean, _ := book.Normalise("", in)
	form := agentForm{
		answers: map[string]string{}, evidence: map[string]string{}, plans: map[string]agentPlan{},
		planned: []string{}, unanswered: []string{},
		faults: map[string]agentFault{
			"unanswered": {member: "/answer"}, "unproven": {member: "/evidence"}, "not_as_bound": {member: "/answer"},
			"plan_incomplete": {member: "/planned"}, "plan_own_verifier": {member: "/planned/verifier_role"},
			"plan_past": {member: "/planned/due_date"}, "plan_divided": {member: "/planned"},
		},
	}
	for _, q := range agentQuestions(book) {
		row, _ := clean[q.ID].(map[string]any)
		form.read(q.ID, row, slices.Contains(bound, q.ID), today)
	}
	form.divided(book)
	return form
}

// read takes the answer to one question.
func (f *agentForm) read(id string, row map[string]any, bound bool, today calendar.Date) {
	answer := written(row["answer"])
	f.evidence[id] = written(row["evidence"])
	f.answers[id] = answer
	f.fault("unanswered", id, answer == "")
	f.fault("unproven", id, answer == agentVerified && f.evidence[id] == "" && !bound)
	if answer == "" {
		f.unanswered = append(f.unanswered, id)
	}
	if bound {
		f.fault("not_as_bound", id, answer != "" && answer != agentMissing)
		f.answers[id] = agentMissing
	}
	if plan, ok := row["planned"].(map[string]any); ok && f.answers[id] == agentPartly && len(plan) > 0 {
		f.readPlan(id, agentPlan{owner: written(plan["owner_role"]), verifier: written(plan["verifier_role"]), due: written(plan["due_date"])}, today)
	}
}

func (f *agentForm) readPlan(id string, p agentPlan, today calendar.Date) {
	f.fault("plan_incomplete", id, !p.whole())
	own := p.owner != "" && p.owner == p.verifier
	f.fault("plan_own_verifier", id, own)
	f.fault("plan_past", id, p.due != "" && p.due < today.String())
	if p.whole() && !own {
		f.plans[id] = p
		f.planned = append(f.planned, id)
	}
}

// divided finds plans for the same control that name others than the first.
func (f *agentForm) divided(book *rulebook.Book) {
	first := map[string]agentPlan{}
	for _, q := range agentQuestions(book) {
		p, ok := f.plans[q.ID]
		if !ok {
			continue
		}
		had, ok := first[q.Control]
		if !ok {
			first[q.Control], had = p, p
		}
		f.fault("plan_divided", q.ID, p.owner != had.owner || p.verifier != had.verifier)
	}
}

// fault notes that something is wrong with a question.
func (f *agentForm) fault(list, id string, wrong bool) {
	if wrong {
		x := f.faults[list]
		x.questions = append(x.questions, id)
		f.faults[list] = x
	}
}

// facts are what the rules read of the form.
func (f *agentForm) facts() map[string]any {
	out := map[string]any{"planned_as_condition": f.planned}
	for list, x := range f.faults {
		out[list] = append([]string{}, x.questions...)
	}
	return out
}

// proof gives the questions that ask for a control, the evidence behind them, and
// whether all are answered 0. Questions that do not apply ask for nothing, but one
// must.
func (f *agentForm) proof(book *rulebook.Book, control string) (questions []string, evidence string, met bool) {
	questions = []string{}
	var proofs []string
	open := false
	for _, q := range agentQuestions(book) {
		if q.Control != control {
			continue
		}
		questions = append(questions, q.ID)
		switch f.answers[q.ID] {
		case agentVerified:
			proofs = append(proofs, q.ID+": "+f.evidence[q.ID])
		case agentNotApplicable:
		default:
			open = true
		}
	}
	return questions, strings.Join(proofs, "\n"), !open && len(proofs) > 0
}

// plan gives the plan of a control: the roles of its first question that has one,
// and the last of the dates.
func (f *agentForm) plan(book *rulebook.Book, control string) (agentPlan, bool) {
	var out agentPlan
	for _, q := range agentQuestions(book) {
		p, ok := f.plans[q.ID]
		if !ok || q.Control != control {
			continue
		}
		if out.owner == "" {
			out = p
		}
		out.due = max(out.due, p.due)
	}
	return out, out.owner != ""
}
