package assess

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The ways in which the duty to assess is met (rulebook 5.1).
const (
	approachAssessment  = "assessment"
	approachWaiver      = "waiver"
	approachReuse       = "reuse"
	approachLegislation = "legislation"
)

// DPIAResult is all that was computed of an impact assessment. Of the approaches
// other than an assessment it has the outcome only.
type DPIAResult struct {
	Approach string `json:"approach"`
	ImpactResult
	// Suspend says that the use, which has begun already, is proposed to be
	// stopped at once (DP-32, T-23).
	Suspend bool `json:"suspend"`
	// Summary states the results in whole sentences.
	Summary lang.Text `json:"summary"`
}

// dpiaOutcomes are the outcomes of the decision that go on with the processing,
// by the approach that they belong to.
var dpiaOutcomes = map[string][]string{
	approachAssessment:  {"acceptable", "acceptable_with_measures"},
	approachWaiver:      {"waived"},
	approachReuse:       {"reused"},
	approachLegislation: {"exempt"},
}

// outcomeConsultation asks the supervisory authority before anything goes on.
const outcomeConsultation = "prior_consultation"

// dpiaRefusals says which outcomes a rule refuses; a rule that is not named here
// refuses every outcome that goes on, or asks the authority.
var dpiaRefusals = map[string][]string{
	"DP-32-R":      dpiaOutcomes[approachAssessment],
	"DP-32-NONE":   {outcomeConsultation},
	"DP-31-R":      {"acceptable"},
	"DP-31-A":      {"acceptable_with_measures"},
	"DP-20-NONE":   dpiaOutcomes[approachAssessment],
	"DP-20-OTHER":  dpiaOutcomes[approachAssessment],
	"DP-07-OTHER":  dpiaOutcomes[approachWaiver],
	"DP-07-REQ":    dpiaOutcomes[approachWaiver],
	"DP-07-ADVICE": dpiaOutcomes[approachWaiver],
	"DP-05-OTHER":  dpiaOutcomes[approachReuse],
	"DP-06-OTHER":  dpiaOutcomes[approachLegislation],
}

// dpia judges the data protection impact assessment (rulebook 5).
func dpia(a Assessed) (Judgement, error) {
	r, err := a.impact()
	if err != nil {
		return Judgement{}, err
	}
	problems, err := r.problems(stageDPIA, stageDPIA)
	if err != nil {
		return Judgement{}, err
	}
	e := r.e
	j := Judgement{Outcome: e.String("dpia_outcome"), Rules: r.rules()}
	gaps := r.gaps()
	// What is missing of a list is said by the rules, if they say more.
	problems = slices.DeleteFunc(problems, func(p rulebook.Problem) bool {
		return p.Missing && slices.ContainsFunc(gaps, func(g rulebook.Problem) bool { return g.Pointer == p.Pointer })
	})
	j.Problems = append(problems, gaps...)
	slices.SortStableFunc(j.Problems, func(a, b rulebook.Problem) int { return pointerOrder(a.Pointer, b.Pointer) })
	j.Hindrances = r.hindrances(j.Problems)
	j.Conditions = r.conditions()
	if rules := e.All("confirmations"); len(rules) > 0 {
		j.HeadConfirms = rules[0].Code
	}
	r.result.Outcome, r.result.Rules = j.Outcome, []Fired{fired(e, e.First("dpia_outcome"))}
	j.Result = DPIAResult{
		Approach: r.approach, ImpactResult: r.result,
		Suspend: len(e.All("suspensions")) > 0, Summary: r.summary(),
	}
	return j, e.Err()
}

// DPIASummary states the computed results of an impact assessment in whole
// sentences. Nothing is said that the case does not bear out.
func DPIASummary(a Assessed) (lang.Text, error) {
	r, err := a.impact()
	if err != nil {
		return lang.Text{}, err
	}
	return r.summary(), r.e.Err()
}

// DPIASections lists the sections D1 to D9 of an impact assessment that have
// content, for the references of a fundamental rights impact assessment (AIA
// 27(4)): from its answers, those of its decision, and whether the data
// protection officer has advised.
func DPIASections(answers, decision map[string]any, advised bool) []string {
	out := []string{}
	add := func(section string, has bool) {
		if has {
			out = append(out, section)
		}
	}
	group := func(answers map[string]any, section string) bool {
		members, _ := answers[section].(map[string]any)
		return len(members) > 0
	}
	rows := riskRows(answers)
	for _, section := range []string{"D1", "D2", "D3"} {
		add(section, group(answers, section))
	}
	add("D4", len(rows) > 0)
	add("D5", slices.ContainsFunc(rows, func(r RiskRow) bool { return len(r.Measures) > 0 }))
	add("D6", group(answers, "D6"))
	add("D7", advised)
	add("D8", group(answers, "D8"))
	add("D9", group(decision, "D9"))
	return out
}

// impactReview is an impact assessment under judgement: its book evaluated with
// what the risks come to.
type impactReview struct {
	Assessed
	book       *rulebook.Book
	e          *rulebook.Evaluation
	approach   string
	rows       []RiskRow
	result     ImpactResult
	unaccepted []RiskAssessment // medium risks that nobody has accepted
}

// impact weighs the risks and evaluates the rules with the result.
func (a Assessed) impact() (*impactReview, error) {
	book, e, err := a.open(stageDPIA)
	if err != nil {
		return nil, err
	}
	r := &impactReview{Assessed: a, book: book, approach: e.String("approach")}
	r.result = ImpactResult{
		Required: []string{}, Assessed: []string{}, Dismissed: []string{}, Missing: []string{}, Risks: []RiskAssessment{},
	}
	if r.approach == approachAssessment {
		answers, _ := a.normalise(book, "")
		r.rows = riskRows(answers)
		required := e.Words("triggered_risks")
		r.result, err = ImpactAssessment(a.Book, a.Profile, r.rows, required, e.Words("core_risks"))
		if err != nil {
			return nil, err
		}
	}
	for _, risk := range r.result.Risks {
		if risk.Effective == "medium" && risk.AcceptedBy == "" {
			r.unaccepted = append(r.unaccepted, risk)
		}
	}
	r.Process = r.computed()
	_, r.e, err = r.Assessed.open(stageDPIA)
	return r, err
}

// computed adds what the risks come to to what the process gives.
func (r *impactReview) computed() map[string]any {
	out := maps.Clone(r.Process)
	if out == nil {
		out = map[string]any{}
	}
	kinds := []string{}
	for _, g := range r.result.gaps {
		kinds = append(kinds, g.kind)
	}
	out["assessed_risks"], out["dismissed_risks"] = len(r.result.Assessed), len(r.result.Dismissed)
	out["reverted_risks"], out["unaccepted_risks"] = len(r.reverted()), len(r.unaccepted)
	out["conditional_measures"], out["gaps"] = len(r.conditional()), kinds
	out["max_initial"], out["max_residual"] = nil, nil
	if len(r.result.Risks) > 0 {
		out["max_initial"], out["max_residual"] = r.result.MaxInitial, r.result.MaxResidual
	}
	return out
}

// reverted are the risks whose initial level still applies because of their
// measures.
func (r *impactReview) reverted() []RiskAssessment {
	return slices.DeleteFunc(slices.Clone(r.result.Risks), func(x RiskAssessment) bool {
		return x.RestsOn == "residual" || x.RestsOn == "no_residual"
	})
}

// rules are the rules that fired, in the order in which they are asked.
func (r *impactReview) rules() []Fired {
	out := []Fired{fired(r.e, r.e.First("dpia_outcome"))}
	if r.approach == approachAssessment {
		out = append(out, allFired(r.e, "triggered_risks")...)
		out = append(out, r.incomplete()...)
	}
	return append(out, allFired(r.e, "refusals", "confirmations", "suspensions")...) // the conditions tell of the measures
}

// incomplete are the rules of what is not complete, each with all the risks that it
// is about.
func (r *impactReview) incomplete() []Fired {
	about := map[any][]lang.Text{}
	for _, g := range r.result.gaps {
		about[g.kind] = append(about[g.kind], g.risk)
	}
	var out []Fired
	for _, rule := range r.e.All("completeness") {
		var sv, en []string
		for _, risk := range about[rule.Value] {
			sv, en = append(sv, risk.SV), append(en, risk.EN)
		}
		f := fired(r.e, rule)
		f.Text, _ = fillText(f.Text, map[string]lang.Text{"risk": {SV: listed(sv, " och "), EN: listed(en, " and ")}, "least": r.least()})
		out = append(out, f)
	}
	return out
}

// least is how many risks have to be assessed.
func (r *impactReview) least() lang.Text {
	least, _ := r.book.Param(r.e.Profile(), "dpia_min_risks").(int64)
	return number(int(least))
}

// gaps are the problems of the list of risks, in the words of the rules (DP-20).
func (r *impactReview) gaps() []rulebook.Problem {
	rules := map[any]*rulebook.Rule{}
	for _, rule := range r.e.All("completeness") {
		rules[rule.Value] = rule
	}
	var out []rulebook.Problem
	for _, g := range r.result.gaps {
		rule := rules[g.kind]
		text, _ := fillText(rule.Text, map[string]lang.Text{"risk": g.risk, "least": r.least()})
		out = append(out, rulebook.Problem{
			Pointer: g.pointer, Code: rule.Code, Source: rule.Source,
			Text: text,
		})
	}
	return out
}

// hindrances says which outcomes of the decision the rules refuse. What stands in
// the way of handing in stands in the way of the decision too (T-10).
func (r *impactReview) hindrances(problems []rulebook.Problem) []Hindrance {
	var out []Hindrance
	for _, rule := range r.e.All("refusals") {
		outcomes, particular := dpiaRefusals[rule.ID]
		if !particular {
			outcomes = slices.Concat(
				dpiaOutcomes[approachAssessment], dpiaOutcomes[approachWaiver],
				dpiaOutcomes[approachReuse], dpiaOutcomes[approachLegislation], []string{outcomeConsultation})
		}
		for _, at := range r.pointers(rule.ID) {
			out = append(out, Hindrance{Task: taskDecision, Outcomes: outcomes, Rule: rule.Code, Pointer: at, Text: rule.Text, Source: rule.Source})
		}
	}
	for _, p := range problems {
		outcomes := append(slices.Clone(dpiaOutcomes[r.approach]), outcomeConsultation)
		out = append(out, Hindrance{Task: taskDecision, Outcomes: outcomes, Rule: p.Code, Pointer: p.Pointer, Text: p.Text, Source: p.Source})
	}
	return out
}

// pointers are the answers behind a refusal; "" where it is no single answer.
func (r *impactReview) pointers(rule string) []string {
	var out []string
	add := func(risks []RiskAssessment, member string) {
		for _, risk := range risks {
			out = append(out, "/risks/"+strconv.Itoa(risk.row)+member)
		}
	}
	switch rule {
	case "DP-31-A":
		add(r.unaccepted, "/accepted_by")
	case "DP-32-R", "DP-31-R":
		add(r.highest(), "")
	case "DP-07-REQ", "DP-20-OTHER", "DP-07-OTHER", "DP-05-OTHER", "DP-06-OTHER":
		return []string{"/approach"}
	case "DP-20-NONE":
		return []string{"/risks"}
	default:
		return []string{""}
	}
	return out
}

// highest are the risks with the highest effective level.
func (r *impactReview) highest() []RiskAssessment {
	return slices.DeleteFunc(slices.Clone(r.result.Risks), func(x RiskAssessment) bool { return x.Effective != r.result.MaxResidual })
}

// conditional are the planned measures that are conditions before use.
func (r *impactReview) conditional() []conditionalMeasure {
	var out []conditionalMeasure
	for _, risk := range r.result.Risks {
		for i, m := range risk.Measures {
			if m.Reason == "before_use" {
				out = append(out, conditionalMeasure{risk, m, r.rows[risk.row].Measures[i]})
			}
		}
	}
	return out
}

type conditionalMeasure struct {
	risk   RiskAssessment
	result MeasureResult
	row    MeasureRow
}

// conditions makes a condition of every planned measure on which a residual risk
// rests. Its owner cannot verify it (SOD-04).
func (r *impactReview) conditions() []Condition {
	rules := r.e.All("measure_conditions")
	if len(rules) == 0 {
		return nil
	}
	var out []Condition
	for _, m := range r.conditional() {
		c := conditionOf(rules[0])
		c.ID = m.risk.ID + "/" + m.result.ID
		c.Text, _ = fillText(c.Text, map[string]lang.Text{"risk": m.risk.Name, "measure": m.result.Name})
		substitute := c.OwnerRole
		if m.row.OwnerRole != "" {
			c.OwnerRole = m.row.OwnerRole
		}
		if c.OwnerRole == c.VerifierRole {
			c.VerifierRole = substitute
		}
		out = append(out, c)
	}
	return out
}

// summary fills in the sentences whose conditions hold.
func (r *impactReview) summary() lang.Text {
	initial := 0
	for _, x := range r.result.Risks {
		if x.Initial.Level == r.result.MaxInitial {
			initial++
		}
	}
	words := map[string]lang.Text{
		"assessed":       number(len(r.result.Assessed)),
		"dismissed":      number(len(r.result.Dismissed)),
		"conditional":    number(len(r.conditional())),
		"unaccepted":     number(len(r.unaccepted)),
		"initial_count":  number(initial),
		"max_initial":    lower(r.book.Label("level", r.result.MaxInitial)),
		"max_residual":   lower(r.book.Label("level", r.result.MaxResidual)),
		"residual_risks": enumerate(r.highest()),
		"reverted":       enumerate(r.reverted()),
	}
	var sv, en []string
	for _, rule := range slices.Concat(r.e.All("summary"), r.e.All("suspensions")) {
		t, _ := fillText(rule.Text, words)
		sv, en = append(sv, t.SV), append(en, t.EN)
	}
	return lang.Text{SV: strings.Join(sv, " "), EN: strings.Join(en, " ")}
}

// enumerate lists risks by name in a sentence, in the order of their ids.
func enumerate(risks []RiskAssessment) lang.Text {
	risks = slices.Clone(risks)
	slices.SortFunc(risks, func(a, b RiskAssessment) int { return strings.Compare(a.ID, b.ID) })
	var sv, en []string
	for _, r := range risks {
		sv, en = append(sv, r.Name.SV), append(en, r.Name.EN)
	}
	return lang.Text{SV: listed(sv, " och "), EN: listed(en, " and ")}
}

func listed(words []string, and string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], "; ") + and + words[last]
}

func number(n int) lang.Text { return same(strconv.Itoa(n)) }

// pointerOrder orders JSON Pointers, rows by their number.
func pointerOrder(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	return slices.CompareFunc(x, y, func(a, b string) int {
		m, errA := strconv.Atoi(a)
		n, errB := strconv.Atoi(b)
		if errA == nil && errB == nil {
			return m - n
		}
		return strings.Compare(a, b)
	})
}
