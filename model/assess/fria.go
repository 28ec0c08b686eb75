package assess

const stageFRIA = "fria"

// FRIAResult is what follows from a fundamental rights impact assessment.
type FRIAResult struct {
	// Notification says whether the result has to be notified to the market
	// surveillance authority already (AIA 27(3)): binding or not_yet_binding.
	Notification string `json:"notification"`
	// References are the sections of the data protection impact assessment that
	// stand for an answer, by the points a to f of AIA 27(1).
	References map[string][]string `json:"references"`
}

// friaItems are the points of AIA 27(1).
var friaItems = []string{"a", "b", "c", "d", "e", "f"}

// fria judges the fundamental rights impact assessment (rulebook 5.9). People
// decide; the rules only see to it that all six points are answered.
func fria(a Assessed) (Judgement, error) {
	book, e, err := a.open(stageFRIA)
	if err != nil {
		return Judgement{}, err
	}
	j := Judgement{Outcome: "done"}
	if j.Problems, err = a.problems(stageFRIA, stageFRIA); err != nil {
		return Judgement{}, err
	}
	j.Rules = append([]Fired{fired(e, e.First("notification"))}, allFired(e, "refusals")...)
	j.Hindrances = refusals(book, e, "refusals", taskDecision, "done")
	for _, p := range j.Problems {
		j.Hindrances = append(j.Hindrances, Hindrance{Task: taskDecision, Outcomes: []string{"done"}, Rule: p.Code, Pointer: p.Pointer, Text: p.Text, Source: p.Source})
	}
	r := FRIAResult{Notification: e.String("notification"), References: map[string][]string{}}
	answers, _ := a.normalise(book, stageFRIA)
	for _, item := range friaItems {
		given, _ := answers[item].(map[string]any)
		if sections, _ := given["sections"].([]string); len(sections) > 0 {
			r.References[item] = sections
		}
	}
	j.Result = r
	return j, e.Err()
}
