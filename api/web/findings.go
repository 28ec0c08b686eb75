package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// findings are what the rules say of an assessment, drawn where the stage has
// figures. At most one of the drawings is there.
type findings struct {
	api.JudgementNote
	Impact    *impactView
	Agent     *agentView
	Footprint *footprintView
	// Statement is the legal basis in words.
	Statement string
	// Told are the rules that are shown at once, More those that can be opened, and
	// Proposals texts that a rule proposes.
	Told, More []api.FiredRule
	Proposals  []string
}

// blanks are the places in a proposed text that somebody fills in (rulebook 9.8).
var blanks = []struct {
	name string
	text lang.Text
}{
	{"{content}", lang.Text{SV: "[Bilden, texten, ljudet, filmen eller kartan]", EN: "[This image, text, audio, video or map]"}},
	{"{tool}", lang.Text{SV: "[verktyg]", EN: "[tool]"}},
	{"{date}", lang.Text{SV: "[datum]", EN: "[date]"}},
	{"{role}", lang.Text{SV: "[roll]", EN: "[role]"}},
	{"{link}", lang.Text{SV: "[länk]", EN: "[link]"}},
	{"{channel}", lang.Text{SV: "[kontaktväg]", EN: "[channel]"}},
	{"{contact}", lang.Text{SV: "[kontaktväg]", EN: "[contact]"}},
	{"{board}", lang.Text{SV: "[nämnd eller bolag]", EN: "[board or company]"}},
}

// propose takes the texts that rules propose from among what they say.
func (f *findings) propose(l lang.Lang) {
	var pairs []string
	for _, b := range blanks {
		pairs = append(pairs, b.name, b.text.In(l))
	}
	said := f.Rules
	f.Rules = nil
	for _, r := range said {
		if strings.Contains(r.Text, "{") {
			f.Proposals = append(f.Proposals, strings.NewReplacer(pairs...).Replace(r.Text))
		} else {
			f.Rules = append(f.Rules, r)
		}
	}
}

// fewRules is how many rules are shown at once.
const fewRules = 6

// stating are the findings with the statement of others, which stand in for none.
func (f *findings) stating(of *findings) *findings {
	if f == nil || of == nil {
		return cmp.Or(f, of)
	}
	f.Statement = of.Statement
	return f
}

// Any reports whether there is anything to show.
func (f *findings) Any() bool {
	return f.Impact != nil || f.Agent != nil || f.Footprint != nil || f.Statement != "" || len(f.Rules) > 0 || len(f.Conditions) > 0
}

// findingsOf reads a judgement of a stage. A result of another form than the stage's
// own, of a rulebook to come, is left out: the rules say it in words.
func (s *site) findingsOf(v *visit, stage model.StageKey, j *api.JudgementNote) *findings {
	if j == nil {
		return nil
	}
	f := &findings{JudgementNote: *j}
	f.propose(v.lang)
	f.Told = f.Rules
	switch stage {
	case model.StageDPIA:
		f.Impact = s.impactOf(v, j.Result)
	case model.StageAgentRisk:
		f.Agent = s.agentOf(v, j)
	case model.StageEnvironment:
		f.Footprint = s.footprintOf(v, j.Result)
	}
	drawn := f.Impact != nil || f.Agent != nil || f.Footprint != nil
	switch {
	case f.Agent != nil || !drawn && len(f.Rules) > fewRules:
		f.Told, f.More = nil, f.Rules // an agent's drawing says the first
	case drawn && len(f.Rules) > 0:
		f.Told, f.More = f.Rules[:1], f.Rules[1:]
	}
	return f
}

// result reads what was computed in the stage's own form, which it has where it was
// handed over as it is. Nobody may change it then.
func result[T any](computed any) (*T, bool) {
	if r, ok := computed.(T); ok {
		return &r, true
	}
	text, err := json.Marshal(computed)
	out := new(T)
	if err != nil || computed == nil || json.Unmarshal(text, out) != nil {
		return nil, false
	}
	return out, true
}

// impactView is an impact assessment in figures: the risks to the persons concerned
// before measures and after (rulebook 5.4).
type impactView struct {
	Before, After matrix
	Risks         []riskLine
	// Residual is the level that remains and what that is called, Consult whether the
	// supervisory authority is asked first (GDPR 36(1), DP-32).
	Residual, ResidualWords string
	Consult                 bool
	// Missing are risks that follow from the case and are neither assessed nor
	// explained away, Dismissed those that are.
	Missing, Dismissed []string
}

// riskLine is a risk in the table beside the matrices.
type riskLine struct {
	Name          string
	Before, After string
	// Level is the one that counts, Why says why where that is not plain.
	Level, LevelWords, Why string
	Measures               []measureLine
	Accepted               string
}

// measureLine is a measure; Why says why one does not count.
type measureLine struct {
	Name, Why string
	Counted   bool
}

func (s *site) impactOf(v *visit, computed any) *impactView {
	r, ok := result[assess.DPIAResult](computed)
	book, known := v.book.Assessment(string(model.StageDPIA))
	if !ok || !known || len(r.Risks) == 0 {
		return nil
	}
	p := impactView{Residual: r.MaxResidual, ResidualWords: v.level(r.MaxResidual), Consult: r.PriorConsultation}
	name := func(id string) string { return book.Label("dpia_risk", id).In(v.lang) }
	for _, id := range r.Missing {
		p.Missing = append(p.Missing, id+" "+name(id))
	}
	for _, id := range r.Dismissed {
		p.Dismissed = append(p.Dismissed, id+" "+name(id))
	}
	p.Before = s.matrix(v, "before", lang.Text{SV: "Före åtgärder", EN: "Before measures"})
	p.After = s.matrix(v, "after", lang.Text{SV: "Efter åtgärder", EN: "After measures"})
	for _, risk := range r.Risks {
		line := riskLine{
			Name: risk.Name.In(v.lang), Before: v.score(risk.Initial), After: "–",
			Level: risk.Effective, LevelWords: v.level(risk.Effective),
		}
		p.Before.place(risk.Initial.Severity, risk.Initial.Likelihood)
		stands := risk.Initial
		if risk.Residual != nil {
			line.After = v.score(*risk.Residual)
			if risk.Residual.Level == risk.Effective {
				stands = *risk.Residual
			}
		}
		p.After.place(stands.Severity, stands.Likelihood)
		if risk.RestsOn != "residual" {
			line.Why = risk.Why.In(v.lang)
		}
		for _, m := range risk.Measures {
			one := measureLine{Name: m.Name.In(v.lang), Counted: m.Counted}
			if !m.Counted {
				one.Why = m.Why.In(v.lang)
			}
			line.Measures = append(line.Measures, one)
		}
		if risk.AcceptedBy != "" {
			line.Accepted = book.Label("dpia_acceptor", risk.AcceptedBy).In(v.lang)
		}
		p.Risks = append(p.Risks, line)
	}
	p.Before.Desc, p.After.Desc = s.inWords(p.Before, v.lang), s.inWords(p.After, v.lang)
	return &p
}

// level is what a level of risk is called.
func (v *visit) level(code string) string { return v.book.Label("level", code).In(v.lang) }

// score is a risk in words: its level, and the steps that give it.
func (v *visit) score(r assess.RiskScore) string {
	return fmt.Sprintf("%s (%d\u00a0×\u00a0%d)", v.level(r.Level), r.Severity, r.Likelihood)
}

// matrix is a matrix of the rulebook's levels without risks.
func (s *site) matrix(v *visit, id string, title lang.Text) matrix {
	return newMatrix(id, title.In(v.lang), func(severity, likelihood int) (code, words string) {
		code, err := assess.RiskLevel(v.book, severity, likelihood)
		if err != nil {
			return "", ""
		}
		return code, v.level(code)
	}, v.lang)
}

// inWords says what a matrix shows: how many risks there are of each level.
func (s *site) inWords(m matrix, l lang.Lang) string {
	var order []string
	count := map[string]int{}
	for _, c := range m.Cells {
		if !slices.Contains(order, c.Words) {
			order = append(order, c.Words)
		}
		count[c.Words] += c.Count
	}
	var parts []string
	for _, words := range order {
		if count[words] > 0 {
			parts = append(parts, words+": "+strconv.Itoa(count[words]))
		}
	}
	return lang.Text{SV: "Antal risker per nivå. ", EN: "Number of risks by level. "}.In(l) + strings.Join(parts, ", ") + "."
}

// agentView is an agent in figures: its three dimensions, the level that follows and
// the gates (rulebook 6.4).
type agentView struct {
	Dimensions bars
	// Level and Result are codes, LevelWords and ResultWords what they are called.
	Level, LevelWords   string
	Result, ResultWords string
	Points              int
	ExposureWords       string
	Gates               []gateLine
	Controls            []controlLine
	// Left is how many questions have no answer yet.
	Left int
}

// gateLine is something that has to hold before the agent passes. Do says what to do
// where it does not.
type gateLine struct {
	Text, Do string
	Open     bool
}

// controlLine is a control that the agent needs.
type controlLine struct {
	Code, Name, Do string
	Met            bool
	Questions      string
}

func (s *site) agentOf(v *visit, j *api.JudgementNote) *agentView {
	r, ok := result[assess.AgentAssessment](j.Result)
	book, known := v.book.Assessment(string(model.StageAgentRisk))
	if !ok || !known || len(r.DimensionScores) == 0 {
		return nil
	}
	p := agentView{
		Level: r.Level, LevelWords: v.level(r.Level), Result: r.Result, ResultWords: v.book.Label("stage_result", r.Result).In(v.lang),
		Points: r.ExposurePoints, ExposureWords: v.level(r.Exposure), Left: len(r.Unanswered),
	}
	p.Dimensions = bars{
		Caption: lang.Text{SV: "Hur mycket som saknas i varje dimension, av 100", EN: "How much is missing in each dimension, of 100"}.In(v.lang),
		Rowed:   lang.Text{SV: "Dimension", EN: "Dimension"}.In(v.lang), Columns: []string{lang.Text{SV: "Brist", EN: "Gap"}.In(v.lang)},
		Full: []float64{100},
	}
	if e, ok := book.Enum("agent_dimension"); ok {
		for _, dimension := range e.Values {
			n := r.DimensionScores[dimension.ID]
			row := barRow{Label: dimension.In(v.lang), Chosen: n == r.ControlGap && n > 0, Amounts: []barAmount{{Amount: float64(n), Text: strconv.Itoa(n)}}}
			if row.Chosen {
				row.Note = lang.Text{SV: "svagast: avgör kontrollen", EN: "weakest: decides the control"}.In(v.lang) + " (" +
					strings.ToLower(book.Label("agent_control_band", r.ControlBand).In(v.lang)) + ")"
			}
			p.Dimensions.Rows = append(p.Dimensions.Rows, row)
		}
	}
	p.Gates = s.gates(v, book, r)
	for _, c := range r.Controls {
		line := controlLine{Code: c.ID, Met: c.Met, Questions: strings.Join(c.Questions, ", ")}
		if rule, ok := book.Rule(c.ID); ok {
			line.Name = rule.Text.In(v.lang)
			if rule.Condition != nil {
				line.Do = rule.Condition.Verification.In(v.lang)
			}
		}
		p.Controls = append(p.Controls, line)
	}
	slices.SortStableFunc(p.Controls, func(a, b controlLine) int { return boolOrder(a.Met, b.Met) })
	return &p
}

// boolOrder puts what is false first.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// gates are what has to hold: no critical question without control, benefit above
// risk, confirmed control, and not all three dangers at once.
func (s *site) gates(v *visit, book *rulebook.Book, r *assess.AgentAssessment) []gateLine {
	t := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	var out []gateLine
	critical := append(slices.Clone(r.CriticalMissing), r.CriticalPartial...)
	gate := gateLine{Text: t("Inga kritiska kontroller saknas.", "No critical control is missing."), Open: len(critical) == 0}
	if !gate.Open {
		gate.Text = t("Kritiska kontroller saknas eller är bara delvis på plats: ", "Critical controls are missing or only partly in place: ") + strings.Join(critical, ", ") + "."
		var ask []string
		for _, id := range critical {
			if f, ok := book.Field(id); ok && f.Control != "" {
				if rule, ok := book.Rule(f.Control); ok && !slices.Contains(ask, rule.Text.In(v.lang)) {
					ask = append(ask, rule.Text.In(v.lang))
				}
			}
		}
		gate.Do = t("Det som behövs: ", "What is needed: ") + strings.Join(ask, "; ") + "."
	}
	out = append(out, gate)
	benefit := gateLine{Open: r.BenefitGate}
	benefit.Text = fmt.Sprintf(t("Nyttan är %d. Vid den här risken behövs minst %d.", "The benefit is %d. At this risk at least %d is needed."), r.Benefit, r.BenefitNeeded)
	if r.BenefitNeeded > 5 { // of a scale to 5 (rulebook 6.5)
		benefit.Text = t("Ingen nytta väger upp risken som den är nu.", "No benefit outweighs the risk as it is now.")
	}
	if !benefit.Open {
		benefit.Do = t("Sänk risken: lägre självständighet, färre verktyg eller bättre kontroller.", "Lower the risk: less autonomy, fewer tools or better controls.")
	}
	out = append(out, benefit)
	control := gateLine{Open: r.ControlGate, Text: t("Ingen granskare har svarat nej om spårbarhet, ansvar och mänsklig kontroll.", "No reviewer has answered no on traceability, responsibility and human control.")}
	if !control.Open {
		control.Text = t("Spårbarhet, ansvar eller mänsklig kontroll är inte säkerställd enligt granskarna.", "Traceability, responsibility or human control is not ensured, say the reviewers.")
		control.Do = t("Rätta det som granskarna pekar på.", "Put right what the reviewers point at.")
	}
	out = append(out, control)
	if rule, ok := book.Rule("AG-D2"); ok && r.RuleOf2 {
		out = append(out, gateLine{Text: rule.Text.In(v.lang), Do: t("Ta bort en av de tre.", "Take one of the three away.")})
	}
	return out
}

// footprintView is the energy and climate impact of a year beside the alternatives
// (rulebook 7.2, EN-05).
type footprintView struct {
	Bars    bars
	Factors []assess.Fired
	// KWh and CO2e are the planned use in words.
	KWh, CO2e string
	lang      lang.Lang
}

// Factor is a factor in words.
func (f footprintView) Factor(r assess.Fired) string { return r.Text.In(f.lang) }

func (s *site) footprintOf(v *visit, computed any) *footprintView {
	r, ok := result[assess.EnvironmentJudgement](computed)
	if !ok {
		return nil
	}
	return s.footprintView(v, r.Footprint, r.Alternatives, r.Factors)
}

func (s *site) footprintView(v *visit, planned assess.Footprint, alternatives []assess.Alternative, factors []assess.Fired) *footprintView {
	t := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	row := func(label string, f assess.Footprint, kwhNote, co2Note string) barRow {
		return barRow{Label: label, Amounts: []barAmount{
			{f.KWhYear, lang.Number(f.KWhYear, 1, v.lang), kwhNote}, {f.CO2eTotalKg, lang.Number(f.CO2eTotalKg, 2, v.lang), co2Note},
		}}
	}
	p := footprintView{
		KWh: lang.Number(planned.KWhYear, 1, v.lang) + " kWh", CO2e: lang.Number(planned.CO2eTotalKg, 2, v.lang) + " kg CO₂e", Factors: factors, lang: v.lang,
		Bars: bars{
			Caption: t("Energi och klimatpåverkan på ett år", "Energy and climate impact in a year"), Rowed: t("Användning", "Use"),
			Columns: []string{"kWh", "kg CO₂e"},
		},
	}
	first := row(t("Som planerat", "As planned"), planned, "", "")
	first.Chosen = true
	p.Bars.Rows = append(p.Bars.Rows, first)
	for _, a := range alternatives {
		p.Bars.Rows = append(p.Bars.Rows, row(a.Text.In(v.lang), a.Footprint, signed(a.KWhChange, v.lang), signed(a.CO2eChange, v.lang)))
	}
	return &p
}

// signed is a change in percent with its sign.
func signed(x float64, l lang.Lang) string {
	sign := ""
	if x > 0 {
		sign = "+"
	}
	return sign + lang.Number(x, 0, l) + "\u00a0%"
}
