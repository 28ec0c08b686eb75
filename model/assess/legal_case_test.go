package assess_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

type answers = map[string]any

// stageOf is an assessment over a complete intake with changes.
func stageOf(t testing.TB, requirement string, changes answers, given answers, parts ...string) assess.Assessed {
	t.Helper()
	in := intake(t, append([]string{"base"}, parts...)...)
	maps.Copy(in, changes)
	return assess.Assessed{Book: rulebook.Default(), Today: day(t, "2026-11-23"), Requirement: requirement,
		Intake: in, Answers: given, Process: answers{}}
}

// lawfulAnswers are complete answers that need no change, for personal data in
// the content.
func lawfulAnswers() answers {
	return answers{
		"LB-01": []any{"unit-1"}, "LB-02": []any{answers{"step": "run", "purpose": "Sammanfatta möten"}},
		"LB-03": "e", "LB-04": "skollagen", "LB-05": "yes", "LB-05a": false, "LB-05b": "Mötena måste dokumenteras samma dag.",
		"LB-06": true, "LB-13": false, "LB-17": true, "LB-19": true, "LB-20": false, "LB-21": false,
	}
}

// hindering lists hindrances as "rule outcome,outcome".
func hindering(list []assess.Hindrance) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, h.Rule+" "+strings.Join(h.Outcomes, ","))
	}
	return out
}

const bothLawful = "lawful,lawful_with_conditions"

func TestLegalBasisOfACase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		requirement string
		intake      answers
		change      answers
		process     answers
		outcome     string
		problems    []string
		hindrances  []string
		conditions  []string
		head        string
	}{
		"nobody has advised": {
			outcome: "needs_change", hindrances: []string{"LB-R19 " + bothLawful},
		},
		"the advice supports": {process: answers{"dpo_advice": "supports"}, outcome: "lawful"},
		"silence is recorded": {process: answers{"dpo_advice": "not_given_in_time"}, outcome: "lawful"},
		"standing advice does not do in the full form": {
			process: answers{"advice_satisfied": true}, outcome: "needs_change", hindrances: []string{"LB-R19 " + bothLawful},
		},
		"standing advice does in the short form": {
			requirement: "short", intake: answers{"personal_data": "incidental", "info_k": 1}, process: answers{"advice_satisfied": true}, outcome: "lawful",
		},
		"the advice is against": {
			process: answers{"dpo_advice": "advises_against"}, outcome: "lawful", head: "LB-R20", hindrances: []string{"LB-R20 " + bothLawful},
		},
		"against, with reasons": {
			process: answers{"dpo_advice": "advises_against", "deviation_reasons": true}, outcome: "lawful", head: "LB-R20",
		},
		"information to update": {
			change: answers{"LB-19": false}, process: answers{"dpo_advice": "supports"},
			outcome: "lawful_with_conditions", hindrances: []string{"LB-R17 lawful"}, conditions: []string{"LB-R17"},
		},
		"no ground": {
			change: answers{"LB-03": "none"}, process: answers{"dpo_advice": "supports"},
			outcome: "no_legal_basis", hindrances: []string{"LB-R01 " + bothLawful},
		},
		"health data without answers": {
			intake: answers{"special_categories": []any{"health"}, "info_k": 2}, process: answers{"dpo_advice": "supports"},
			outcome: "no_legal_basis", problems: []string{"V-01 /LB-08", "V-01 /LB-26"}, hindrances: []string{"LB-R08 " + bothLawful},
		},
		"secrecy that nobody is sure of": {
			intake: answers{"secrecy": "unsure"}, process: answers{"dpo_advice": "supports"},
			outcome: "needs_change", problems: []string{"V-01 /LB-14", "V-01 /LB-14a", "V-01 /LB-15"}, hindrances: []string{"LB-R14 " + bothLawful},
		},
		"legal counsel says there is none": {
			intake: answers{"secrecy": "unsure"}, change: answers{"LB-14a": false}, process: answers{"dpo_advice": "supports"}, outcome: "lawful",
		},
		"another exception": {
			intake: answers{"secrecy": "yes", "info_k": 2, "secrecy_provisions": []any{"OSL 23:1"}},
			change: answers{"LB-14": []any{answers{"provision": "OSL 23:1", "strength": "reverse"}}, "LB-15": "other_exception",
				"LB-16": answers{"data": "få", "silence": "avtalad"}},
			process: answers{"dpo_advice": "supports"}, outcome: "lawful_with_conditions", hindrances: []string{"LB-R14 lawful"}, conditions: []string{"LB-R14"},
		},
		"training is a new purpose": {
			change:  answers{"LB-13": true, "LB-02": []any{answers{"step": "training", "purpose": "Finjustera"}}, "LB-12": answers{"link": "nära"}, "LB-12a": "not_tested"},
			process: answers{"dpo_advice": "supports"}, outcome: "needs_change", hindrances: []string{"LB-R13 " + bothLawful},
		},
		"training without its own step": {
			change:  answers{"LB-13": true, "LB-12": answers{"link": "nära"}, "LB-12a": "compatible"},
			process: answers{"dpo_advice": "supports"}, outcome: "lawful", problems: []string{"LB-C02 /LB-02"},
		},
		"more boards than controllers": {
			intake: answers{"covered_unit_ids": []any{"unit-1", "unit-2"}}, process: answers{"dpo_advice": "supports"},
			outcome: "lawful", problems: []string{"LB-C01 /LB-01"},
		},
		"no personal data": {intake: answers{"personal_data": "none"}, outcome: "not_applicable"},
		"a transfer that does not hold": {
			intake: answers{"third_country_access": "yes", "transfer_mechanism": "adequacy"}, change: answers{"LB-18": false},
			process: answers{"dpo_advice": "supports"}, outcome: "needs_change", hindrances: []string{"LB-R15 " + bothLawful},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := lawfulAnswers()
			maps.Copy(given, c.change)
			if c.requirement == "" {
				c.requirement = "required"
			}
			a := stageOf(t, c.requirement, c.intake, given, "personal_data")
			a.Process = c.process
			j, err := assess.JudgeLegalBasis(a)
			if err != nil {
				t.Fatal(err)
			}
			if j.Outcome != c.outcome || j.HeadConfirms != c.head {
				t.Errorf("outcome %s, head %q", j.Outcome, j.HeadConfirms)
			}
			if got := found(j.Problems); !slices.Equal(got, append([]string{}, c.problems...)) {
				t.Errorf("problems %v", got)
			}
			if got := hindering(j.Hindrances); !slices.Equal(got, append([]string{}, c.hindrances...)) {
				t.Errorf("hindrances %v", got)
			}
			var conditions []string
			for _, x := range j.Conditions {
				conditions = append(conditions, x.ID)
				if x.OwnerRole == x.VerifierRole || x.DueKind != "before_use" || !x.Text.Complete() || !x.Consequence.Complete() {
					t.Errorf("condition %+v", x)
				}
			}
			if !slices.Equal(conditions, c.conditions) {
				t.Errorf("conditions %v", conditions)
			}
		})
	}
}

// TestShortFormOfTheLegalBasis: the short form asks what the rulebook marks.
func TestShortFormOfTheLegalBasis(t *testing.T) {
	t.Parallel()
	for requirement, want := range map[string][]string{
		"short":    {"LB-01", "LB-02", "LB-03", "LB-05", "LB-05a", "LB-05b", "LB-06", "LB-19", "LB-20"},
		"required": {"LB-01", "LB-02", "LB-03", "LB-05", "LB-05a", "LB-05b", "LB-06", "LB-13", "LB-19", "LB-20", "LB-21"},
	} {
		a := stageOf(t, requirement, answers{"personal_data": "incidental", "info_k": 1}, nil, "personal_data")
		j, err := assess.JudgeLegalBasis(a)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range j.Problems {
			got = append(got, strings.TrimPrefix(p.Pointer, "/"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s asks %v", requirement, got)
		}
	}
}

func TestLegalBasisText(t *testing.T) {
	t.Parallel()
	health := answers{"special_categories": []any{"health"}, "info_k": 2}
	advice := &assess.Advice{Value: "supports_with_remarks", On: day(t, "2026-11-20"), Text: "Se över gallringen."}
	decision := &assess.LegalDecision{Outcome: "lawful_with_conditions", Role: lang.Text{SV: "Informationsägare", EN: "Information owner"},
		Name: "Anna Ek", Authority: "delegationsordningen 7.2", On: day(t, "2026-11-23")}
	for name, c := range map[string]struct {
		intake   answers
		change   answers
		advice   *assess.Advice
		decision *assess.LegalDecision
		sv, en   string
	}{
		"before advice and decision": {nil, answers{"LB-04": nil}, nil, nil,
			"Behandlingen bedöms inte laglig i nuvarande form med stöd av artikel 6.1 e i dataskyddsförordningen. Nödvändighet: Mötena måste dokumenteras samma dag. Yttrandet över bedömningen är ännu inte lämnat.",
			"The processing is assessed as not lawful in its present form under Article 6(1)(e) of the GDPR. Necessity: Mötena måste dokumenteras samma dag. The advice on the assessment has not been given yet."},
		"all of it": {health, answers{"LB-08": "g", "LB-08a": "dataskyddslagen 3 kap. 3 §", "LB-26": false}, advice, decision,
			"Behandlingen bedöms laglig med villkor med stöd av artikel 6.1 e i dataskyddsförordningen och skollagen. " +
				"Känsliga uppgifter: artikel 9.2 g och dataskyddslagen 3 kap. 3 §. Nödvändighet: Mötena måste dokumenteras samma dag. " +
				"Dataskyddsombudets yttrande 2026-11-20: inget att erinra, med synpunkter. Se över gallringen. " +
				"Beslut av informationsägare, Anna Ek, delegationsordningen 7.2, 2026-11-23.",
			"The processing is assessed as lawful with conditions under Article 6(1)(e) of the GDPR and skollagen. " +
				"Special categories: Article 9(2)(g) and dataskyddslagen 3 kap. 3 §. Necessity: Mötena måste dokumenteras samma dag. " +
				"Advice of the data protection officer 2026-11-20: no objection, with remarks. Se över gallringen. " +
				"Decision by information owner, Anna Ek, delegationsordningen 7.2 on 2026-11-23."},
		"only the advice is missing": {nil, nil, nil, nil,
			"Behandlingen bedöms laglig med stöd av artikel 6.1 e i dataskyddsförordningen och skollagen. Nödvändighet: Mötena måste dokumenteras samma dag. Yttrandet över bedömningen är ännu inte lämnat.",
			"The processing is assessed as lawful under Article 6(1)(e) of the GDPR and skollagen. Necessity: Mötena måste dokumenteras samma dag. The advice on the assessment has not been given yet."},
		"the coordinator's statement": {nil, nil, &assess.Advice{By: "coordinator", Value: "supports", On: day(t, "2026-11-20")}, nil,
			"Behandlingen bedöms laglig med stöd av artikel 6.1 e i dataskyddsförordningen och skollagen. Nödvändighet: Mötena måste dokumenteras samma dag. Samordnarens yttrande 2026-11-20: inget att erinra.",
			"The processing is assessed as lawful under Article 6(1)(e) of the GDPR and skollagen. Necessity: Mötena måste dokumenteras samma dag. Statement of the coordinator 2026-11-20: no objection."},
		"no ground and no reasons": {nil, answers{"LB-03": "none", "LB-04": nil, "LB-05b": nil}, nil, nil,
			"Behandlingen bedöms inte laglig i nuvarande form. Nödvändighet: ja, nödvändig. Yttrandet över bedömningen är ännu inte lämnat.",
			"The processing is assessed as not lawful in its present form. Necessity: yes, necessary. The advice on the assessment has not been given yet."},
		"no personal data": {answers{"personal_data": "none"}, nil, nil, nil,
			"Inga personuppgifter behandlas. Rättslig grund behöver inte prövas.",
			"No personal data are processed. The legal basis need not be examined."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := lawfulAnswers()
			for k, v := range c.change {
				if given[k] = v; v == nil {
					delete(given, k)
				}
			}
			got, err := assess.LegalBasisText(stageOf(t, "required", c.intake, given, "personal_data"), c.advice, c.decision)
			if err != nil {
				t.Fatal(err)
			}
			if got.SV != c.sv || got.EN != c.en {
				t.Errorf("\n got %s\nwant %s\n got %s\nwant %s", got.SV, c.sv, got.EN, c.en)
			}
		})
	}
}
