package assess

import (
	"maps"
	"slices"
	"strings"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// The kinds of task of the agent's stage, as model.TaskKind.
const (
	taskBenefit        = "benefit"
	taskReviewSecurity = "review_security"
	taskReviewLegal    = "review_legal"
)

// The outcomes that the agent's rules refuse or lead to, as model.Outcome.
const (
	resultFail       = "fail"
	outcomeConfirmed = "confirmed"
)

const levelUnacceptable = "unacceptable"

// AgentAssessment is the score of an agent with what a reviewer needs to judge it.
type AgentAssessment struct {
	AgentRiskResult
	// ControlBand is the band of the control gap and BaseLevel the level before the
	// rules that raise it.
	ControlBand   string `json:"control_band"`
	BaseLevel     string `json:"base_level"`
	Benefit       int    `json:"benefit"`
	BenefitNeeded int    `json:"benefit_needed"`
	// Unanswered questions do not count in the score.
	Unanswered []string `json:"unanswered"`
	// Planned are the questions whose answer 2 counts as 1 because their control
	// will be ready before use.
	Planned []string `json:"planned_as_condition"`
	// Bound are the questions whose answer the intake settles (V-19).
	Bound    []string       `json:"bound"`
	Controls []AgentControl `json:"controls"`
}

// AgentControl is a control that applies to the agent (rulebook 6.4, item 9).
type AgentControl struct {
	ID        string `json:"id"`
	Mandatory bool   `json:"mandatory"`
	Required  bool   `json:"required"`
	// Questions are those that ask for the control.
	Questions []string `json:"questions"`
	// Met says that all of them are answered 0, or do not apply.
	Met bool `json:"met"`
}

// agentRisk judges the assessment of an agent (rulebook 6). Until every question
// is answered it has no outcome.
func agentRisk(a Assessed) (Judgement, error) {
	book, facts, err := a.agentFacts()
	if err != nil {
		return Judgement{}, err
	}
	plain, problems := book.Triage(a.Profile, facts, a.Today)
	if len(problems) > 0 {
		return Judgement{}, &InputError{Problems: problems}
	}
	form := readAgentForm(book, a.Answers, plain.Words("bound_answers"), a.Today)
	maps.Copy(facts, form.facts())
	s, err := scoreAgent(book, a.Profile, facts, form.answers, form.planned, a.Today)
	if err != nil {
		return Judgement{}, err
	}
	view := AgentAssessment{
		AgentRiskResult: s.AgentRiskResult,
		ControlBand:     s.e.String("control_band"), BaseLevel: s.e.String("base_level"),
		Benefit: s.e.Int("benefit"), BenefitNeeded: s.e.Int("benefit_needed"),
		Unanswered: form.unanswered, Planned: form.planned, Bound: s.e.Words("bound_answers"),
	}
	j := Judgement{Rules: append(s.rules, allFired(s.e, "bound_answers", "reviews")...)}
	if j.Problems, err = a.agentProblems(form, s.e); err != nil {
		return Judgement{}, err
	}
	if len(form.unanswered) == 0 {
		j.Outcome = s.Result
	}
	j.Hindrances = agentHindrances(book, s)
	view.Controls, j.Conditions = agentControls(book, s, form)
	j.Conditions = append(j.Conditions, pilotConditions(s.e, a.Today)...)
	j.Result = view
	return j, s.e.Err()
}

// agentFacts gives the book and its facts: what the intake says of the agent as
// the inputs of the score, the information owner's benefit score before the
// intake's, and what the reviewers have confirmed.
func (a Assessed) agentFacts() (*rulebook.Book, map[string]any, error) {
	book, system, err := a.given(stageAgentRisk)
	if err != nil {
		return nil, nil, err
	}
	answers, _ := a.normalise(book, "") // what does not fit is among the problems
	facts := book.TriageFacts(answers, system)
	e, problems := book.Triage(a.Profile, facts, a.Today)
	if len(problems) > 0 {
		return nil, nil, &InputError{Problems: problems}
	}
	maps.Copy(facts, map[string]any{
		"ipl":                        e.Int("intake_ipl"),
		"persons_affected":           e.Int("agent.persons_affected"),
		"untrusted_input":            e.Bool("agent.untrusted_input"),
		"autonomous_external_action": e.Bool("agent.autonomous_external_action"),
		"per_action_approval":        e.Bool("agent.per_action_approval"),
		"traceability":               e.Bool("confirmed_traceability"),
		"responsibility":             e.Bool("confirmed_responsibility"),
		"human_control":              e.Bool("confirmed_human_control") && e.Bool("confirmed_human_control_legal"),
	})
	// These have no zero: what is not answered keeps its default.
	if effects := e.String("agent.side_effects"); effects != "" {
		facts["side_effects"] = effects
	}
	for name, from := range map[string][]string{
		"autonomy_level": {"agent.autonomy_level"},
		"benefit":        {"benefit_score", "benefit_confirmed"},
	} {
		for _, id := range from {
			if n := e.Int(id); n > 0 {
				facts[name] = n
			}
		}
	}
	return book, facts, e.Err()
}

// agentProblems lists what stands in the way of handing the assessment in.
func (a Assessed) agentProblems(form agentForm, e *rulebook.Evaluation) ([]rulebook.Problem, error) {
	found, err := a.problems(stageAgentRisk, stageAgentRisk)
	if err != nil {
		return nil, err
	}
	// An answer of which a part does not fit is not missing too.
	whole := slices.Clone(found)
	found = slices.DeleteFunc(found, func(p rulebook.Problem) bool {
		part := func(q rulebook.Problem) bool { return strings.HasPrefix(q.Pointer, p.Pointer+"/") }
		return p.Missing && slices.ContainsFunc(whole, part)
	})
	var own []rulebook.Problem
	for _, r := range e.All("completeness") {
		list, _ := r.Value.(string)
		for _, id := range e.Words(list) {
			pointer := "/" + id + form.faults[list].member
			said := func(q rulebook.Problem) bool { return strings.HasPrefix(q.Pointer+"/", "/"+id+"/") }
			if !slices.ContainsFunc(found, said) {
				own = append(own, rulebook.Problem{Pointer: pointer, Code: r.Code, Text: r.Text, Source: r.Source, Missing: list == "unanswered"})
			}
		}
	}
	return append(found, own...), nil
}

// agentHindrances says which outcomes the score and the reviewers' answers refuse:
// all that are better than the result.
func agentHindrances(book *rulebook.Book, s agentScore) []Hindrance {
	order, _ := book.Enum("stage_result")
	var better, passes []string
	for _, v := range order.Values {
		if v.ID == s.Result {
			better = passes
		}
		if v.ID != resultFail {
			passes = append(passes, v.ID)
		}
	}
	var out []Hindrance
	for _, r := range agentReasons(s) {
		for _, task := range []string{taskReviewSecurity, taskReviewLegal} {
			if len(better) > 0 {
				out = append(out, s.pointed(agentRefusal(book, r, task, better...), r)...)
			}
		}
		if r.Value == taskBenefit {
			out = append(out, agentRefusal(book, r, taskBenefit, outcomeConfirmed))
		}
	}
	for _, r := range s.e.All("reviews") {
		task, _ := r.Value.(string)
		refused := passes
		if task == taskBenefit {
			refused = []string{outcomeConfirmed}
		}
		out = append(out, agentRefusal(book, r, task, refused...))
	}
	return out
}

// agentRefusal is refusal with the question that names the rule itself, where
// several rules share a code.
func agentRefusal(book *rulebook.Book, r *rulebook.Rule, task string, outcomes ...string) Hindrance {
	h := refusal(book, r, task, outcomes...)
	if pointer := askedBy(book, r.ID); pointer != "" {
		h.Pointer = pointer
	}
	return h
}

// pointed is a hindrance once for each question behind it, where the rule is about
// critical questions that are missing.
func (s agentScore) pointed(h Hindrance, r *rulebook.Rule) []Hindrance {
	if _, ok := s.e.Seen(r)["critical_missing"]; !ok {
		return []Hindrance{h}
	}
	var out []Hindrance
	for _, id := range s.CriticalMissing {
		h.Pointer = "/" + id
		out = append(out, h)
	}
	return out
}

// agentReasons are the rules behind a result that is not the best.
func agentReasons(s agentScore) []*rulebook.Rule {
	if s.Result != resultFail {
		return []*rulebook.Rule{s.e.First("result")}
	}
	var out []*rulebook.Rule
	for _, r := range append(s.e.All("floors"), s.e.First("base_level")) {
		if r.Value == levelUnacceptable {
			out = append(out, r)
		}
	}
	return append(out, s.e.All("gates")...)
}

// agentControls lists the controls that apply, and the conditions that they become.
// A mandatory control whose questions are all answered 0 is met at once.
func agentControls(book *rulebook.Book, s agentScore, form agentForm) ([]AgentControl, []Condition) {
	mandatory := s.e.All("mandatory_controls")
	controls := []AgentControl{}
	var conditions []Condition
	for _, r := range book.List("mandatory_controls") {
		c := AgentControl{ID: r.Code, Mandatory: slices.Contains(mandatory, r), Required: slices.Contains(s.RequiredControls, r.Code)}
		if !c.Mandatory && !c.Required {
			continue
		}
		condition := conditionOf(r)
		c.Questions, condition.Evidence, c.Met = form.proof(book, r.Code)
		condition.Met = c.Met
		if !c.Met {
			condition.Evidence = ""
		}
		if plan, ok := form.plan(book, r.Code); ok {
			condition.OwnerRole, condition.VerifierRole, condition.DueDate = plan.owner, plan.verifier, plan.due
		}
		controls, conditions = append(controls, c), append(conditions, condition)
	}
	return controls, conditions
}

// pilotConditions are the limits of a pilot. Their periods begin on the day of the
// judgement.
func pilotConditions(e *rulebook.Evaluation, today calendar.Date) []Condition {
	var out []Condition
	for _, r := range e.All("pilot_limits") {
		c := conditionOf(r)
		if c.Months > 0 {
			c.DueDate, c.Months = today.AddMonths(c.Months).String(), 0
		}
		out = append(out, c)
	}
	return out
}
