package web

import (
	"strings"
	"testing"

	"sluss/api"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

func TestImpactInFigures(t *testing.T) {
	t.Parallel()
	s := &site{Options: Options{Book: rulebook.Default()}}
	r := assess.DPIAResult{ImpactResult: assess.ImpactResult{
		MaxResidual: "high", PriorConsultation: true, Missing: []string{"R-08"},
		Risks: []assess.RiskAssessment{{
			ID: "R-01", Name: lang.Text{SV: "R-01 Otillåten inmatning", EN: "R-01 Oversharing"}, Initial: assess.RiskScore{Severity: 4, Likelihood: 4, Level: "very_high"},
			Residual: &assess.RiskScore{Severity: 3, Likelihood: 3, Level: "high"}, Effective: "high", RestsOn: "residual",
		}, {
			ID: "own-1", Name: lang.Text{SV: "Egen", EN: "Own"}, Initial: assess.RiskScore{Severity: 2, Likelihood: 2, Level: "medium"},
			Effective: "medium", RestsOn: "no_residual", Why: lang.Text{SV: "Inte bedömd efter åtgärder.", EN: "Not assessed after measures."},
		}},
	}}
	p := s.impactOf(&visit{lang: lang.SV, book: s.Book}, r)
	if p == nil || !p.Consult || p.ResidualWords != "Hög" || len(p.Missing) != 1 || !strings.HasPrefix(p.Missing[0], "R-08 ") {
		t.Fatalf("the impact is %+v", p)
	}
	count := func(m matrix, severity, likelihood int) int {
		for _, c := range m.Cells {
			if c.Severity == severity && c.Likelihood == likelihood {
				return c.Count
			}
		}
		return -1
	}
	if count(p.Before, 4, 4) != 1 || count(p.After, 4, 4) != 0 || count(p.After, 3, 3) != 1 || count(p.After, 2, 2) != 1 {
		t.Errorf("before %+v after %+v", p.Before.Cells, p.After.Cells)
	}
	if p.Risks[0].Before != "Mycket hög (4\u00a0×\u00a04)" || p.Risks[0].Why != "" || p.Risks[1].After != "–" || p.Risks[1].Why == "" {
		t.Errorf("risks %+v", p.Risks)
	}
	if !strings.Contains(p.Before.Desc, "Mycket hög: 1") {
		t.Errorf("the drawing says %q", p.Before.Desc)
	}
}

func TestAgentInFigures(t *testing.T) {
	t.Parallel()
	s := &site{Options: Options{Book: rulebook.Default()}}
	r := assess.AgentAssessment{AgentRiskResult: assess.AgentRiskResult{
		DimensionScores: map[string]int{"RS": 10, "KF": 55, "IH": 0}, ControlGap: 55, Level: "high", Exposure: "medium", Result: "fail",
		CriticalMissing: []string{"KF5"}, BenefitGate: false, ControlGate: true, RuleOf2: true,
	}, ControlBand: "weak", Benefit: 2, BenefitNeeded: 4, Controls: []assess.AgentControl{{ID: "MC-01", Met: true}, {ID: "MC-08"}}}
	p := s.agentOf(&visit{lang: lang.SV, book: s.Book}, &api.JudgementNote{Result: r})
	if p == nil || len(p.Dimensions.Rows) != 3 || !p.Dimensions.Rows[1].Chosen || p.Dimensions.Rows[0].Chosen {
		t.Fatalf("the agent is %+v", p)
	}
	var shut []string
	for _, g := range p.Gates {
		if !g.Open {
			shut = append(shut, g.Text)
			if g.Do == "" {
				t.Errorf("nothing to do about %q", g.Text)
			}
		}
	}
	if all := strings.Join(shut, " "); len(shut) != 3 || !strings.Contains(all, "KF5") || !strings.Contains(all, "minst 4") {
		t.Errorf("what does not hold: %q", shut)
	}
	if p.Controls[0].Code != "MC-08" || p.Controls[0].Do == "" {
		t.Errorf("what is missing does not stand first: %+v", p.Controls)
	}
}

func TestFootprintBesideAlternatives(t *testing.T) {
	t.Parallel()
	s := &site{Options: Options{Book: rulebook.Default()}}
	r := assess.EnvironmentJudgement{Footprint: assess.Footprint{KWhYear: 4092.1, CO2eTotalKg: 1345.69}, Alternatives: []assess.Alternative{{
		Text: lang.Text{SV: "Mindre modell", EN: "A smaller model"}, Footprint: assess.Footprint{KWhYear: 900, CO2eTotalKg: 300}, KWhChange: -78, CO2eChange: -77.7,
	}}}
	p := s.footprintOf(&visit{lang: lang.SV, book: s.Book}, r)
	if p == nil || len(p.Bars.Rows) != 2 || !p.Bars.Rows[0].Chosen || p.KWh != "4\u00a0092,1 kWh" || p.Bars.Rows[1].Amounts[0].Note != "−78\u00a0%" {
		t.Errorf("the footprint is %+v", p)
	}
}

// TestProposedTexts: a text that a rule proposes is no rule, and its blanks are words.
func TestProposedTexts(t *testing.T) {
	t.Parallel()
	s := &site{Options: Options{Book: rulebook.Default()}}
	j := api.JudgementNote{Rules: []api.FiredRule{
		{RuleNote: api.RuleNote{ID: "NT-R1", Text: "På båda språken."}}, {RuleNote: api.RuleNote{ID: "NT-2", Text: "{content} är gjord med {tool}."}},
	}}
	f := s.findingsOf(&visit{lang: lang.SV, book: s.Book}, model.StageAILabel, &j)
	if len(f.Told) != 1 || len(f.Proposals) != 1 || strings.Contains(f.Proposals[0], "{") {
		t.Errorf("told %v, proposed %v", f.Told, f.Proposals)
	}
}

// TestToldAtTheQuestion: an answer that makes a criterion hold says so at its
// question, one that does not says nothing.
func TestToldAtTheQuestion(t *testing.T) {
	t.Parallel()
	book := rulebook.Default()
	s := &site{Options: Options{Book: book}}
	rule := func(id string, facts map[string]any) api.FiredRule {
		return api.FiredRule{RuleNote: api.RuleNote{ID: id, Text: id}, Facts: facts}
	}
	d := draft{Part: rulebook.PartIntake, book: book, Triage: &api.TriageNote{
		Result: assess.TriageResult{HardStops: []string{"HS-01"}},
		Rules: []api.FiredRule{
			rule("DC-5", map[string]any{"large_scale": true}), rule("DC-7", map[string]any{"vulnerable_groups": []any{"patients"}}),
			rule("DC-4", map[string]any{"criminal_data": false, "special_categories": []any{"health"}}),
			rule("HS-01", map[string]any{"art5_flags": []any{"x"}}), rule("TIER-3", map[string]any{"kind": "ai_agent"}),
		},
	}}
	told := s.told(d, lang.SV)
	for id, want := range map[string]int{"large_scale": 1, "data_subject_groups": 1, "special_categories": 1, "art5_flags": 1, "criminal_data": 0, "kind": 0} {
		if len(told[id]) != want {
			t.Errorf("%s is told %v", id, told[id])
		}
	}
	if r := told["large_scale"]; len(r) == 1 && !strings.Contains(r[0].Text, "kriterium 5") {
		t.Errorf("told %q", r[0].Text)
	}
}
