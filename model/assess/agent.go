package assess

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

const stageAgentRisk = "agent_risk"

// The answers to a question on an agent (rulebook 6.2).
const (
	agentVerified      = "0"
	agentPartly        = "2"
	agentMissing       = "3"
	agentNotApplicable = "NA"
)

// worstAnswer is the highest number of points that an answer can have.
const worstAnswer = 3

// AgentRiskResult is the score of an agent (rulebook 6.4). Its lists are never
// nil; questions stand in the order of the questionnaire.
type AgentRiskResult struct {
	// DimensionScores are from 0, everything verified, to 100, everything missing.
	DimensionScores map[string]int `json:"dimension_scores"`
	// ControlGap is the score of the weakest dimension.
	ControlGap     int    `json:"control_gap"`
	ExposurePoints int    `json:"exposure_points"`
	Exposure       string `json:"exposure"`
	Level          string `json:"level"`
	// CriticalMissing and CriticalPartial are the critical questions answered 3
	// and 2.
	CriticalMissing []string `json:"critical_missing"`
	CriticalPartial []string `json:"critical_partial"`
	RuleOf2         bool     `json:"rule_of_2"`
	BenefitGate     bool     `json:"benefit_gate"`
	ControlGate     bool     `json:"control_gate"`
	// Result is pass, pass_with_conditions, pass_pilot_only or fail.
	Result string `json:"result"`
	// RequiredControls are those of the questions answered 2 or 3.
	RequiredControls []string `json:"required_controls"`
}

// AgentRisk scores an agent from the inputs of rulebook 6.4: autonomy_level,
// side_effects, ipl, persons_affected, benefit, untrusted_input,
// autonomous_external_action, per_action_approval, traceability, responsibility,
// human_control, planned_as_condition (the questions whose answer 2 is a condition
// before use) and answers, by question 0 to 3 or "NA"; among the answers, default
// stands for those that are left out. Inputs left out take the default of the
// rulebook. A question without an answer does not count, and a dimension without
// any has the worst score: nothing is known of it.
//
// The rules are those that fired, in the order of rulebook 6.4. The error is an
// *InputError when names are unknown or values do not fit.
func AgentRisk(b *rulebook.Book, profile string, inputs map[string]any, date calendar.Date) (AgentRiskResult, []Fired, error) {
	book, ok := b.Assessment(stageAgentRisk)
	if !ok {
		return AgentRiskResult{}, nil, fmt.Errorf("the rulebook has no assessment %s", stageAgentRisk)
	}
	facts, answers, planned, problems := readAgent(book, inputs)
	if len(problems) > 0 {
		return AgentRiskResult{}, nil, &InputError{Problems: problems}
	}
	s, err := scoreAgent(book, profile, facts, answers, planned, date)
	if err != nil {
		return AgentRiskResult{}, nil, err
	}
	return s.AgentRiskResult, s.rules, nil
}

// agentQuestions are the questions that are scored.
func agentQuestions(book *rulebook.Book) []*rulebook.Field {
	return slices.DeleteFunc(book.Fields(), func(f *rulebook.Field) bool { return f.Weight == 0 })
}

// readAgent takes the inputs of a score apart into facts, answers by question and
// planned questions.
func readAgent(book *rulebook.Book, inputs map[string]any) (facts map[string]any, answers map[string]string, planned []string, problems []rulebook.Problem) {
	facts = map[string]any{}
	known := map[string]bool{}
	for _, f := range book.FactList() {
		known[f.ID] = !f.System
	}
	for name, v := range inputs {
		switch {
		case name == "answers":
			given, faults := readAgentAnswers(book, v)
			answers, problems = given, append(problems, faults...)
		case !known[name]:
			problems = append(problems, unknownName(book, "/"+pointerStep(name)))
		default:
			facts[name] = v
		}
	}
	// What is known may still not fit; the evaluation says so.
	e, faults := book.Triage("", facts, calendar.Date{})
	if problems = append(problems, faults...); len(problems) == 0 {
		planned = e.Words("planned_as_condition")
	}
	slices.SortFunc(problems, func(a, b rulebook.Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
	return facts, answers, planned, problems
}

// readAgentAnswers reads the answers by question, with their default.
func readAgentAnswers(book *rulebook.Book, v any) (map[string]string, []rulebook.Problem) {
	questions := agentQuestions(book)
	given, ok := v.(map[string]any)
	if !ok {
		_, problems := book.NormaliseItem(questions[0].ID, v)
		return nil, moved(problems, "/answers", "")
	}
	answers := map[string]string{}
	var problems []rulebook.Problem
	read := func(q *rulebook.Field, name string, v any) string {
		word, faults := readAgentAnswer(book, q, v)
		problems = append(problems, moved(faults, "/answers/"+name, "/answer")...)
		return word
	}
	if v, ok := given["default"]; ok {
		// The first question takes no NA: a default has to fit all.
		word := read(questions[0], "default", v)
		for _, q := range questions {
			answers[q.ID] = word
		}
	}
	asked := map[string]bool{"default": true}
	for _, q := range questions {
		if v, ok := given[q.ID]; ok {
			answers[q.ID] = read(q, q.ID, v)
		}
		asked[q.ID] = true
	}
	for name := range given {
		if !asked[name] {
			problems = append(problems, unknownName(book, "/answers/"+pointerStep(name)))
		}
	}
	return answers, problems
}

// readAgentAnswer reads one answer, a number or a word, as the question takes it.
func readAgentAnswer(book *rulebook.Book, q *rulebook.Field, v any) (string, []rulebook.Problem) {
	switch x := v.(type) {
	case int:
		v = strconv.Itoa(x)
	case float64:
		v = strconv.FormatFloat(x, 'f', -1, 64)
	case json.Number:
		v = x.String()
	case nil:
		v = ""
	}
	row, problems := book.NormaliseItem(q.ID, map[string]any{"answer": v})
	return written(row["answer"]), problems
}

// moved writes problems of a question's parts as those of something else.
func moved(problems []rulebook.Problem, to, from string) []rulebook.Problem {
	for i, p := range problems {
		problems[i].Pointer = to + strings.TrimPrefix(p.Pointer, from)
	}
	return problems
}

// unknownName is the problem of a name that nothing has.
func unknownName(book *rulebook.Book, pointer string) rulebook.Problem {
	_, problems := book.NormaliseItem("", nil)
	return moved(problems, pointer, "")[0]
}

// pointerStep writes a name as a step of a JSON Pointer (RFC 6901).
func pointerStep(name string) string { return pointerEscape.Replace(name) }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// agentScore is a result with what led to it.
type agentScore struct {
	AgentRiskResult
	rules []Fired
	e     *rulebook.Evaluation // over facts and result
}

// scoreAgent computes the score in the order of rulebook 6.4. facts must fit the
// book; what the answers come to is added to them.
func scoreAgent(book *rulebook.Book, profile string, facts map[string]any, answers map[string]string, planned []string, date calendar.Date) (agentScore, error) {
	t := tallyAgent(agentQuestions(book), answers, planned)
	all := maps.Clone(facts)
	maps.Copy(all, map[string]any{
		"control_gap": t.gap(), "missing": t.missing, "at_least_partial": t.atLeastPartial,
		"critical_missing": t.criticalMissing, "critical_partial": t.criticalPartial,
	})
	e, problems := book.Triage(profile, all, date)
	if len(problems) > 0 {
		return agentScore{}, &InputError{Problems: problems}
	}
	s := agentScore{e: e, AgentRiskResult: AgentRiskResult{
		DimensionScores: t.scores(),
		ControlGap:      t.gap(),
		ExposurePoints:  e.Int("exposure_points"), Exposure: e.String("exposure"),
		Level:           e.String("level"),
		CriticalMissing: t.criticalMissing, CriticalPartial: t.criticalPartial,
		RuleOf2:     e.Bool("rule_of_2"),
		BenefitGate: e.Bool("benefit_gate"), ControlGate: e.Bool("control_gate"),
		Result:           e.String("result"),
		RequiredControls: t.controls,
	}}
	for _, r := range slices.Concat(
		e.Findings(),
		[]*rulebook.Rule{e.First("side_effect_points"), e.First("exposure"), e.First("control_band"), e.First("base_level")},
		e.All("floors"),
		[]*rulebook.Rule{e.First("level"), e.First("benefit_needed")},
		e.All("gates"),
		[]*rulebook.Rule{e.First("result")},
	) {
		s.rules = append(s.rules, fired(e, r))
	}
	return s, e.Err()
}

// agentTally is what the answers come to.
type agentTally struct {
	points, most                     map[string]int // by dimension
	missing, atLeastPartial          []string       // questions
	criticalMissing, criticalPartial []string
	controls                         []string
}

// tallyAgent adds the answers up. A planned answer counts one better in the score,
// not in the lists (rulebook 6.4.1a).
func tallyAgent(questions []*rulebook.Field, answers map[string]string, planned []string) agentTally {
	t := agentTally{
		points: map[string]int{}, most: map[string]int{}, missing: []string{}, atLeastPartial: []string{},
		criticalMissing: []string{}, criticalPartial: []string{}, controls: []string{},
	}
	for _, q := range questions {
		t.most[q.Section] += 0 // every dimension has a score
		n, err := strconv.Atoi(answers[q.ID])
		if err != nil { // not answered, or not applicable
			continue
		}
		t.list(q, answers[q.ID])
		if answers[q.ID] == agentPartly && slices.Contains(planned, q.ID) {
			n--
		}
		t.points[q.Section] += q.Weight * n
		t.most[q.Section] += q.Weight * worstAnswer
	}
	slices.Sort(t.controls)
	return t
}

// list notes a question whose answer asks for its control.
func (t *agentTally) list(q *rulebook.Field, answer string) {
	if answer != agentPartly && answer != agentMissing {
		return
	}
	t.atLeastPartial = append(t.atLeastPartial, q.ID)
	if !slices.Contains(t.controls, q.Control) {
		t.controls = append(t.controls, q.Control)
	}
	if answer == agentMissing {
		t.missing = append(t.missing, q.ID)
	}
	switch {
	case q.Critical && answer == agentMissing:
		t.criticalMissing = append(t.criticalMissing, q.ID)
	case q.Critical:
		t.criticalPartial = append(t.criticalPartial, q.ID)
	}
}

// scores gives each dimension's share of the worst possible in percent, rounded
// half up.
func (t *agentTally) scores() map[string]int {
	out := map[string]int{}
	for dimension, most := range t.most {
		if out[dimension] = 100; most > 0 {
			out[dimension] = (200*t.points[dimension] + most) / (2 * most)
		}
	}
	return out
}

// gap is the score of the weakest dimension.
func (t *agentTally) gap() int {
	worst := 0
	for _, score := range t.scores() {
		worst = max(worst, score)
	}
	return worst
}
