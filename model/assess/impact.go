package assess

import (
	"fmt"
	"slices"
	"strconv"

	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The answers about a measure that decide whether it counts.
const statusInPlace = "in_place"

// RiskRow is a risk as the assessment's list of risks has it: one of the catalogue
// or one of its own, with its levels and measures.
type RiskRow struct {
	Risk              string       `json:"risk"`
	OwnRisk           string       `json:"own_risk"`
	Relevant          *bool        `json:"relevant"`
	NotRelevantReason string       `json:"not_relevant_reason"`
	Sources           string       `json:"sources"`
	Threats           string       `json:"threats"`
	Effects           string       `json:"effects"`
	InitialSeverity   int          `json:"initial_severity"`
	InitialLikelihood int          `json:"initial_likelihood"`
	Measures          []MeasureRow `json:"measures"`
	// Severity and likelihood when the measures work; 0 is not assessed.
	ResidualSeverity   int    `json:"residual_severity"`
	ResidualLikelihood int    `json:"residual_likelihood"`
	AcceptedBy         string `json:"accepted_by"`
}

// MeasureRow is a measure against a risk: one of the library, own words, or both.
type MeasureRow struct {
	Measure   string `json:"measure"`
	Text      string `json:"text"`
	OwnerRole string `json:"owner_role"`
	DueDate   string `json:"due_date"`
	Status    string `json:"status"`
	BeforeUse bool   `json:"before_use"`
}

// counted says whether the measure counts towards the residual risk: it is in
// place, or it has to be before use (rulebook 5.4). A measure without a status is
// planned.
func (m MeasureRow) counted() string {
	switch {
	case m.Status == statusInPlace:
		return statusInPlace
	case m.BeforeUse:
		return "before_use"
	}
	return "planned"
}

// ImpactResult is what the list of risks comes to.
type ImpactResult struct {
	// Required are the risks of the catalogue that have to be assessed, or
	// explained not to be relevant; Assessed and Dismissed are those of the list,
	// and Missing those that are in neither.
	Required  []string         `json:"required_risks"`
	Assessed  []string         `json:"assessed"`
	Dismissed []string         `json:"dismissed"`
	Missing   []string         `json:"missing"`
	Risks     []RiskAssessment `json:"risks"`
	// MaxInitial and MaxResidual are empty while nothing is assessed. MaxResidual
	// is over the effective levels.
	MaxInitial  string `json:"max_initial"`
	MaxResidual string `json:"max_residual"`
	Outcome     string `json:"outcome"`
	// PriorConsultation says that GDPR 36(1) applies.
	PriorConsultation bool    `json:"prior_consultation"`
	Rules             []Fired `json:"rules"`

	gaps []gap
}

// RiskAssessment is a risk that was assessed.
type RiskAssessment struct {
	// ID is that of the catalogue; risks of the assessment's own are numbered
	// own-1, own-2.
	ID       string     `json:"id"`
	Name     lang.Text  `json:"name"`
	Initial  RiskScore  `json:"initial"`
	Residual *RiskScore `json:"residual"`
	// Effective is the level that counts, RestsOn why.
	Effective  string          `json:"effective"`
	RestsOn    string          `json:"rests_on"`
	Why        lang.Text       `json:"why"`
	Measures   []MeasureResult `json:"measures"`
	AcceptedBy string          `json:"accepted_by,omitempty"`

	row int
}

// MeasureResult is a measure and whether it counts towards the residual risk.
type MeasureResult struct {
	// ID is that of the library; a measure in own words has its number in the
	// row.
	ID      string    `json:"id"`
	Name    lang.Text `json:"name"`
	Counted bool      `json:"counted"`
	Reason  string    `json:"reason"`
	Why     lang.Text `json:"why"`
}

// gap is something that is not complete (DP-20).
type gap struct {
	kind    string
	pointer string
	risk    lang.Text
}

// ImpactAssessment weighs the risks of an impact assessment (rulebook 5.4, 5.5):
// the level of each before and after its measures, the highest, and whether the
// processing is acceptable. required are the risks of the catalogue that have to
// be assessed or dismissed with reasons, core those that cannot be dismissed.
//
// A residual risk that rests on a measure which is only planned, and no condition
// before use, does not count: the initial level then holds. So it does where the
// residual risk is lower without any measure, or not assessed. The error is an
// *InputError when a severity or likelihood lies outside 1 to 4; 0 is not
// assessed.
func ImpactAssessment(b *rulebook.Book, profile string, rows []RiskRow, required, core []string) (ImpactResult, error) {
	book, ok := b.Assessment(stageDPIA)
	if !ok {
		return ImpactResult{}, fmt.Errorf("the rulebook has no assessment %s", stageDPIA)
	}
	w := weighing{rulebook: b, book: book, core: core, seen: map[string]bool{}}
	w.out = ImpactResult{
		Required: slices.Clone(required), Assessed: []string{}, Dismissed: []string{}, Missing: []string{},
		Risks: []RiskAssessment{}, Rules: []Fired{},
	}
	for i, row := range rows {
		if err := w.row(i, row); err != nil {
			return ImpactResult{}, err
		}
	}
	w.complete(profile)
	return w.out, w.conclude(profile)
}

// weighing is an impact assessment in the making.
type weighing struct {
	rulebook, book *rulebook.Book
	core           []string
	seen           map[string]bool
	own            int
	out            ImpactResult
}

// row takes one risk.
func (w *weighing) row(i int, r RiskRow) error {
	at := "/risks/" + strconv.Itoa(i)
	id, name := r.Risk, w.riskName(r)
	switch {
	case (r.Risk == "") == (r.OwnRisk == ""):
		w.lacks("unnamed", at+"/risk", name)
		return nil
	case r.Risk == "":
		w.own++
		id = "own-" + strconv.Itoa(w.own)
	case w.seen[id]:
		w.lacks("twice", at+"/risk", name)
		return nil
	}
	w.seen[id] = true
	if r.Relevant != nil && !*r.Relevant {
		w.dismiss(at, id, name, r)
		return nil
	}
	return w.assess(i, at, id, name, r)
}

// dismiss takes a risk that is said not to be relevant.
func (w *weighing) dismiss(at, id string, name lang.Text, r RiskRow) {
	if slices.Contains(w.core, id) {
		w.lacks("core", at+"/relevant", name)
		return
	}
	if r.NotRelevantReason == "" {
		w.lacks("reason", at+"/not_relevant_reason", name)
	}
	w.out.Dismissed = append(w.out.Dismissed, id)
}

// assess takes a risk that is relevant. Without its initial levels it is not
// assessed.
func (w *weighing) assess(i int, at, id string, name lang.Text, r RiskRow) error {
	for member, text := range map[string]string{"sources": r.Sources, "threats": r.Threats, "effects": r.Effects} {
		if text == "" {
			w.lacks("analysis", at+"/"+member, name)
		}
	}
	initial, err := w.score(r.InitialSeverity, r.InitialLikelihood)
	if err != nil {
		return err
	}
	residual, err := w.score(r.ResidualSeverity, r.ResidualLikelihood)
	if err != nil {
		return err
	}
	for member, n := range map[string]int{
		"initial_severity": r.InitialSeverity, "initial_likelihood": r.InitialLikelihood,
		"residual_severity": r.ResidualSeverity, "residual_likelihood": r.ResidualLikelihood,
	} {
		if n == 0 {
			w.lacks("levels", at+"/"+member, name)
		}
	}
	if initial == nil {
		return nil
	}
	out := RiskAssessment{ID: id, Name: name, Initial: *initial, Residual: residual, AcceptedBy: r.AcceptedBy, row: i}
	out.Measures = w.measures(at, name, r)
	w.effective(&out)
	if w.rank(initial.Level) >= w.rank("medium") && !slices.ContainsFunc(r.Measures, MeasureRow.assigned) {
		w.lacks("measure", at+"/measures", name)
	}
	w.out.Assessed = append(w.out.Assessed, id)
	w.out.Risks = append(w.out.Risks, out)
	return nil
}

// assigned reports whether somebody has to see to the measure by some day.
func (m MeasureRow) assigned() bool {
	return m.OwnerRole != "" && m.DueDate != "" && (m.Measure != "" || m.Text != "")
}

// score is the level of a severity and likelihood; nil when one is missing.
func (w *weighing) score(severity, likelihood int) (*RiskScore, error) {
	if severity == 0 || likelihood == 0 {
		return nil, nil
	}
	level, err := RiskLevel(w.rulebook, severity, likelihood)
	if err != nil {
		return nil, err
	}
	return &RiskScore{severity, likelihood, level}, nil
}

// measures says of each measure whether it counts.
func (w *weighing) measures(at string, risk lang.Text, r RiskRow) []MeasureResult {
	out := []MeasureResult{}
	for i, m := range r.Measures {
		reason, here := m.counted(), at+"/measures/"+strconv.Itoa(i)
		if m.Measure == "" && m.Text == "" {
			w.lacks("vague_measure", here, risk)
		}
		if reason == "before_use" && m.OwnerRole == "" {
			w.lacks("vague_measure", here+"/owner_role", risk)
		}
		out = append(out, MeasureResult{
			ID: measureID(r.Measures, i), Name: w.measureName(m),
			Counted: reason != "planned", Reason: reason, Why: w.book.Label("dpia_counted", reason),
		})
	}
	return out
}

// measureID is the measure's id within its risk: that of the library where it is
// the first such, otherwise its number.
func measureID(rows []MeasureRow, i int) string {
	m := rows[i].Measure
	first := slices.IndexFunc(rows, func(r MeasureRow) bool { return r.Measure == m })
	switch {
	case m == "":
		return strconv.Itoa(i + 1)
	case first != i:
		return m + "-" + strconv.Itoa(i+1)
	}
	return m
}

// effective settles which level counts.
func (w *weighing) effective(r *RiskAssessment) {
	r.Effective, r.RestsOn = r.Initial.Level, "residual"
	lower := r.Residual != nil && r.Residual.Severity*r.Residual.Likelihood < r.Initial.Severity*r.Initial.Likelihood
	switch {
	case r.Residual == nil:
		r.RestsOn = "no_residual"
	case lower && len(r.Measures) == 0:
		r.RestsOn = "no_measure"
	case lower && slices.ContainsFunc(r.Measures, func(m MeasureResult) bool { return !m.Counted }):
		r.RestsOn = "planned"
	default:
		r.Effective = r.Residual.Level
	}
	r.Why = w.book.Label("dpia_rests", r.RestsOn)
}

// complete finds the highest levels and what the list as a whole lacks.
func (w *weighing) complete(profile string) {
	for _, r := range w.out.Risks {
		w.out.MaxInitial = w.higher(w.out.MaxInitial, r.Initial.Level)
		w.out.MaxResidual = w.higher(w.out.MaxResidual, r.Effective)
	}
	if least, _ := w.book.Param(w.profile(profile), "dpia_min_risks").(int64); len(w.out.Assessed) < int(least) {
		w.lacks("few", "/risks", lang.Text{})
	}
	for _, id := range w.out.Required {
		if !w.seen[id] {
			w.out.Missing = append(w.out.Missing, id)
			w.lacks("missing", "/risks", w.named(id))
		}
	}
	slices.SortStableFunc(w.out.gaps, func(a, b gap) int { return pointerOrder(a.pointer, b.pointer) })
}

func (w *weighing) profile(id string) string {
	if id == "" {
		return w.book.DefaultProfile()
	}
	return id
}

// conclude asks the rules what the risks come to (DP-30 to DP-32).
func (w *weighing) conclude(profile string) error {
	facts := map[string]any{"assessed_risks": len(w.out.Assessed)}
	if w.out.MaxResidual != "" {
		facts["max_residual"] = w.out.MaxResidual
	}
	e, problems := w.book.Triage(profile, facts, calendar.Date{})
	if len(problems) > 0 {
		return &InputError{Problems: problems}
	}
	w.out.Outcome = e.String("dpia_outcome")
	w.out.PriorConsultation = w.out.Outcome == "prior_consultation_required"
	w.out.Rules = append(w.out.Rules, fired(e, e.First("dpia_outcome")))
	return e.Err()
}

func (w *weighing) lacks(kind, pointer string, risk lang.Text) {
	w.out.gaps = append(w.out.gaps, gap{kind, pointer, risk})
}

// higher is the higher of two levels; none is the lowest.
func (w *weighing) higher(a, b string) string {
	if w.rank(a) >= w.rank(b) {
		return a
	}
	return b
}

// rank is a level's place among the levels, -1 for none.
func (w *weighing) rank(level string) int {
	levels, _ := w.book.Enum("level")
	return slices.IndexFunc(levels.Values, func(v rulebook.Value) bool { return v.ID == level })
}

func (w *weighing) riskName(r RiskRow) lang.Text {
	if r.Risk == "" {
		return same(r.OwnRisk)
	}
	return w.named(r.Risk)
}

// named is a risk of the catalogue with its id before its name.
func (w *weighing) named(id string) lang.Text {
	l := w.book.Label("dpia_risk", id)
	return lang.Text{SV: id + " " + l.SV, EN: id + " " + l.EN}
}

// measureName is a measure's name in the library, its own words, or both.
func (w *weighing) measureName(m MeasureRow) lang.Text {
	if m.Measure == "" {
		return same(m.Text)
	}
	l := w.book.Label("dpia_measure", m.Measure)
	out := lang.Text{SV: m.Measure + " " + l.SV, EN: m.Measure + " " + l.EN}
	if m.Text != "" {
		out.SV, out.EN = out.SV+": "+m.Text, out.EN+": "+m.Text
	}
	return out
}

// riskRows reads the list of risks; what has another form than the list's is left out.
func riskRows(answers map[string]any) []RiskRow {
	list, _ := answers["risks"].([]any)
	rows := make([]RiskRow, 0, len(list))
	for _, one := range list {
		m, _ := one.(map[string]any)
		row := RiskRow{
			Risk: written(m["risk"]), OwnRisk: written(m["own_risk"]), NotRelevantReason: written(m["not_relevant_reason"]),
			Sources: written(m["sources"]), Threats: written(m["threats"]), Effects: written(m["effects"]),
			InitialSeverity: whole(m["initial_severity"]), InitialLikelihood: whole(m["initial_likelihood"]),
			ResidualSeverity: whole(m["residual_severity"]), ResidualLikelihood: whole(m["residual_likelihood"]),
			AcceptedBy: written(m["accepted_by"]),
		}
		if relevant, ok := m["relevant"].(bool); ok {
			row.Relevant = &relevant
		}
		measures, _ := m["measures"].([]any)
		for _, one := range measures {
			m, _ := one.(map[string]any)
			before, _ := m["before_use"].(bool)
			row.Measures = append(row.Measures, MeasureRow{
				Measure: written(m["measure"]), Text: written(m["text"]), OwnerRole: written(m["owner_role"]),
				DueDate: written(m["due_date"]), Status: written(m["status"]), BeforeUse: before,
			})
		}
		rows = append(rows, row)
	}
	return rows
}

// whole is a whole number as answers have it, read from JSON or normalised.
func whole(v any) int {
	switch x := v.(type) {
	case int64:
		return int(x)
	case float64:
		return int(x)
	}
	return 0
}
