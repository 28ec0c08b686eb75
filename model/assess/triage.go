package assess

import (
	"encoding/json"
	"slices"
	"strconv"

	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// OutOfScope is the outcome of a case that is not about AI (TR-01).
const OutOfScope = "out_of_scope"

const notRequired = "not_required"

// TriageResult is the classification of a case. A case out of scope has an
// outcome and a class and nothing else.
type TriageResult struct {
	Outcome             string            `json:"outcome"`
	Tier                string            `json:"tier"`
	AIActClass          string            `json:"ai_act_class"`
	AIActRoute          *string           `json:"ai_act_route"`
	AnnexIIIPoints      []string          `json:"annex_iii_points"`
	Derogation63        bool              `json:"derogation_6_3"`
	Transparency        []string          `json:"transparency"`
	InfoProtectionLevel int               `json:"info_protection_level"`
	HardStops           []string          `json:"hard_stops"`
	Blockers            []string          `json:"blockers"`
	Stages              map[string]string `json:"stages"` // without those that are not required
	DPIACriteria        []int             `json:"dpia_criteria"`
	Art353              []string          `json:"art35_3"`
}

// MarshalJSON writes only outcome and class for a case out of scope: the rest
// was not examined.
func (r TriageResult) MarshalJSON() ([]byte, error) {
	if r.Outcome == OutOfScope {
		return json.Marshal(map[string]string{"outcome": r.Outcome, "ai_act_class": r.AIActClass})
	}
	type plain TriageResult
	return json.Marshal(plain(r))
}

// Fired is a rule that held, with the facts that it saw. A text that a person
// has written appears there only as given or not given.
type Fired struct {
	ID          string         `json:"id"`
	Text        lang.Text      `json:"text"`
	Source      string         `json:"source"`
	Facts       map[string]any `json:"facts"`
	PathForward lang.Text      `json:"path_forward,omitzero"`
	Owner       string         `json:"owner,omitempty"`
}

// Classification is a triage result with everything around it that is not part
// of the result's fixed form.
type Classification struct {
	TriageResult
	IsAgent  bool
	Profile  string
	Warnings []Fired
	// Rules are the rules that fired, in the order of evaluation; stages that
	// are not required are among them with the rule that says so.
	Rules []Fired
	// Due gives the working days that each required stage has. Stages without
	// a due time of their own are left out.
	Due  map[string]int
	Mode string
	// Validity is how long an approval would hold.
	Validity rulebook.Validity
}

// InputError says which facts have unknown names or values.
type InputError struct {
	Problems []rulebook.Problem
}

// Error counts the problems; it repeats nothing of what was sent.
func (e *InputError) Error() string {
	return "facts do not fit the rulebook: " + strconv.Itoa(len(e.Problems)) + " problems"
}

// Triage classifies a case from its facts, in the order of rulebook section 3: AI
// or not, agent, protection level, class under the AI Act, screening for an
// impact assessment, hard stops, blockers, stages, tier, outcome, due times.
//
// Facts left out take their default. policy_profile and decision_date among
// the facts go before profile and date; an empty profile is the default one.
// The error is an *InputError when facts are unknown or have unknown values.
func Triage(b *rulebook.Book, profile string, facts map[string]any, date calendar.Date) (Classification, error) {
	e, problems := b.Triage(profile, facts, date)
	if len(problems) > 0 {
		return Classification{}, &InputError{Problems: problems}
	}
	t := Classification{Profile: e.Profile()}
	t.AIActClass, t.Outcome = e.String("ai_act_class"), e.String("outcome")
	if t.Outcome == OutOfScope {
		t.fire(e, e.First("ai_act_class"), e.First("outcome"))
		return t, e.Err()
	}
	t.classify(e)
	t.screen(e)
	t.stop(e)
	t.plan(e, b)
	return t, e.Err()
}

// Reopens lists the stages that triggers open again in a case with these facts, or
// rulebook.AllStages (rulebook 9.4). Facts, profile and errors are those of Triage.
func Reopens(b *rulebook.Book, profile string, facts map[string]any, date calendar.Date, triggers []string) ([]string, error) {
	e, problems := b.Triage(profile, facts, date)
	if len(problems) > 0 {
		return nil, &InputError{Problems: problems}
	}
	return e.Reopens(triggers...), e.Err()
}

// classify settles agent, protection level and class.
func (t *Classification) classify(e *rulebook.Evaluation) {
	t.IsAgent = e.Bool("is_agent")
	t.InfoProtectionLevel = e.Int("info_protection_level")
	if route := e.String("ai_act_route"); route != "" {
		t.AIActRoute = &route
	}
	t.AnnexIIIPoints = e.Words("annex_points")
	slices.Sort(t.AnnexIIIPoints)
	t.Derogation63 = e.Bool("derogation_6_3")
	t.Transparency = e.Words("transparency")
	t.fire(e, e.Findings()...)
	t.fire(e, e.First("info_protection_level"), e.First("ai_act_class"))
	t.fire(e, e.All("transparency")...)
}

// screen finds the criteria of the impact assessment.
func (t *Classification) screen(e *rulebook.Evaluation) {
	t.DPIACriteria = numbers(e.Words("dpia_criteria"))
	t.Art353 = e.Words("art35_3")
	t.fire(e, e.All("dpia_criteria")...)
	t.fire(e, e.All("art35_3")...)
}

// stop lists hard stops, blockers and warnings.
func (t *Classification) stop(e *rulebook.Evaluation) {
	t.HardStops, t.Blockers = e.Words("hard_stops"), e.Words("blockers")
	slices.Sort(t.HardStops)
	slices.Sort(t.Blockers)
	t.fire(e, e.All("hard_stops")...)
	t.fire(e, e.All("blockers")...)
	for _, r := range e.All("warnings") {
		t.Warnings = append(t.Warnings, fired(e, r))
	}
}

// plan settles stages, tier, outcome, due times and validity.
func (t *Classification) plan(e *rulebook.Evaluation, b *rulebook.Book) {
	t.Tier = e.String("tier")
	t.Mode = b.Mode(t.Tier)
	t.Stages, t.Due = map[string]string{}, map[string]int{}
	for _, s := range b.Stages() {
		name := "stage." + s.Key
		value := e.String(name)
		t.fire(e, e.First(name))
		if value == notRequired {
			continue
		}
		t.Stages[s.Key] = value
		if days, ok := b.SLA(s.Key, value, t.Tier); ok {
			t.Due[s.Key] = days
		}
	}
	t.fire(e, e.First("tier"), e.First("outcome"))
	v, why := e.Validity()
	if t.Validity = v; why != nil {
		t.fire(e, why)
	}
}

func (t *Classification) fire(e *rulebook.Evaluation, rules ...*rulebook.Rule) {
	for _, r := range rules {
		if r != nil {
			t.Rules = append(t.Rules, fired(e, r))
		}
	}
}

func fired(e *rulebook.Evaluation, r *rulebook.Rule) Fired {
	return Fired{ID: r.Code, Text: r.Text, Source: r.Source, PathForward: r.PathForward, Owner: r.Owner, Facts: e.Seen(r)}
}

// numbers reads the criteria, whose codes are their numbers.
func numbers(words []string) []int {
	out := make([]int, 0, len(words))
	for _, w := range words {
		if n, err := strconv.Atoi(w); err == nil {
			out = append(out, n)
		}
	}
	return out
}
