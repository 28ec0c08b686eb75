package assess

import (
	"slices"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// Threshold is the result of the screening for an impact assessment (rulebook
// 5.1).
type Threshold struct {
	DPIA     string   `json:"dpia"`
	Criteria []int    `json:"dpia_criteria"`
	Art353   []string `json:"art35_3"`
}

// Answer is one of the nine criteria and whether it is met. All nine are kept,
// also when no assessment is needed (DP-08).
type Answer struct {
	No    int   `json:"no"`
	Met   bool  `json:"met"`
	About Fired `json:"about"`
}

// DPIAThreshold screens a case for an impact assessment. It takes the facts of
// triage and returns the result, the nine answers and the rules that fired.
// The error is an *InputError as in Triage.
func DPIAThreshold(b *rulebook.Book, profile string, facts map[string]any, date calendar.Date) (Threshold, []Answer, []Fired, error) {
	e, problems := b.Triage(profile, facts, date)
	if len(problems) > 0 {
		return Threshold{}, nil, nil, &InputError{Problems: problems}
	}
	t := Threshold{
		DPIA:     e.String("stage.dpia"),
		Criteria: numbers(e.Words("dpia_criteria")),
		Art353:   e.Words("art35_3"),
	}
	var answers []Answer
	for i, r := range b.List("dpia_criteria") {
		answers = append(answers, Answer{No: i + 1, Met: slices.Contains(t.Criteria, i+1), About: fired(e, r)})
	}
	var rules []Fired
	for _, r := range slices.Concat(e.All("dpia_criteria"), e.All("art35_3"), []*rulebook.Rule{e.First("stage.dpia")}) {
		rules = append(rules, fired(e, r))
	}
	return t, answers, rules, e.Err()
}
