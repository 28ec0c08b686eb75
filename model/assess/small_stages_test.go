package assess_test

import (
	"maps"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// judged is a judgement of a smaller stage as the tests compare it.
type judged struct {
	outcome    string
	problems   []string
	hindrances []string
	conditions []string
}

// smallStage is a case of a smaller stage: complete answers, and what differs.
type smallStage struct {
	requirement string
	intake      answers
	change      answers // nil takes an answer away
	process     answers
	want        judged
}

func judgeAll(t *testing.T, judge func(assess.Assessed) (assess.Judgement, error), complete func(requirement string) answers, cases map[string]smallStage) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := complete(c.requirement)
			for k, v := range c.change {
				if given[k] = v; v == nil {
					delete(given, k)
				}
			}
			a := stageOf(t, c.requirement, c.intake, given, "personal_data")
			a.Process = c.process
			j, err := judge(a)
			if err != nil {
				t.Fatal(err)
			}
			same := func(what string, got, want []string) {
				if !slices.Equal(append([]string{}, got...), append([]string{}, want...)) {
					t.Errorf("%s %q, want %q", what, got, want)
				}
			}
			var conditions []string
			for _, x := range j.Conditions {
				conditions = append(conditions, x.ID)
			}
			if j.Outcome != c.want.outcome {
				t.Errorf("outcome %q, want %q", j.Outcome, c.want.outcome)
			}
			same("problems", found(j.Problems), c.want.problems)
			same("hindrances", hindering(j.Hindrances), c.want.hindrances)
			same("conditions", conditions, c.want.conditions)
			for _, h := range j.Hindrances {
				if h.Task == "" || h.Source == "" || !h.Text.Complete() {
					t.Errorf("hindrance %+v", h)
				}
			}
		})
	}
}

func TestSecrecy(t *testing.T) {
	t.Parallel()
	complete := func(requirement string) answers {
		if requirement == "attest" {
			return answers{"SE-9": "Bara öppen information används.", "SE-10": true}
		}
		return answers{
			"SE-1": true, "SE-2": []any{answers{"provision": "OSL 26 kap. 1 §", "strength": "reverse"}},
			"SE-3": "Handläggarna och leverantören.", "SE-4": "partly", "SE-5": "permitted",
			"SE-6": answers{"data": "Samtal, många", "silence": "Lag (2020:914)"}, "SE-7": true,
			"permitted_provisions": []any{"OSL 26 kap. 1 §"}, "SE-8": "Pröva i varje enskilt fall om sekretess gäller.",
		}
	}
	secret := answers{"secrecy": "yes", "secrecy_provisions": []any{"OSL 26 kap. 1 §"}, "info_k": 3}
	judgeAll(t, assess.JudgeSecrecy, complete, map[string]smallStage{
		"permitted": {"full", secret, nil, nil, judged{"secret_permitted", nil, []string{"SE-R1 not_secret"}, nil}},
		"not permitted by the supplier": {"full", secret, answers{"SE-5": "not_permitted", "SE-6": nil}, nil,
			judged{"secret_not_permitted", nil, []string{"SE-R1 not_secret", "SE-R3 secret_permitted"}, nil}},
		"not assessed": {"full", secret, answers{"SE-5": nil}, nil,
			judged{"secret_not_permitted", []string{"V-01 /SE-5"}, []string{"SE-R1 not_secret", "SE-R3 secret_permitted"}, nil}},
		"no provisions": {"full", secret, answers{"permitted_provisions": nil}, nil,
			judged{"secret_not_permitted", nil, []string{"SE-R1 not_secret", "SE-R2 secret_permitted"}, nil}},
		"a provision that is not assessed": {"full", secret, answers{"permitted_provisions": []any{"OSL 23:1"}}, nil,
			judged{"secret_permitted", []string{"SE-C01 /permitted_provisions"}, []string{"SE-R1 not_secret"}, nil}},
		"own operations need no disclosure": {"full", answers{"secrecy": "yes", "secrecy_provisions": []any{"x"}, "account_type": "self_hosted", "external_model_or_hosting": false},
			answers{"SE-5": nil, "SE-6": nil, "SE-7": nil}, nil, judged{"secret_permitted", nil, []string{"SE-R1 not_secret"}, nil}},
		"no secrecy after all": {"full", answers{"secrecy": "unsure"}, answers{"SE-1": false, "SE-2": nil, "SE-5": nil, "permitted_provisions": nil}, nil,
			judged{"not_secret", nil, []string{"SE-R5 secret_permitted"}, nil}},
		"nothing answered": {"full", secret, answers{"SE-1": nil, "SE-2": nil, "SE-3": nil, "SE-4": nil, "SE-5": nil, "SE-6": nil, "SE-7": nil, "SE-8": nil, "permitted_provisions": nil}, nil,
			judged{"secret_not_permitted", []string{"V-01 /SE-1"}, []string{"SE-R1 not_secret", "SE-R2 secret_permitted", "SE-R3 secret_permitted"}, nil}},
		"attested": {"attest", nil, nil, nil, judged{"not_secret", nil, []string{"SE-R4 secret_permitted"}, nil}},
		"not attested": {"attest", nil, answers{"SE-10": false}, nil,
			judged{"not_secret", []string{"V-01 /SE-10"}, []string{"SE-R4 secret_permitted"}, nil}},
	})
}

func TestSecrecyTellsTheRegister(t *testing.T) {
	t.Parallel()
	given := answers{"SE-1": true, "permitted_provisions": []any{" OSL 26 kap. 1 § "}, "excluded_information": "Skyddade adresser"}
	a := stageOf(t, "full", answers{"secrecy": "yes", "account_type": "self_hosted"}, given, "personal_data")
	j, err := assess.JudgeSecrecy(a)
	if err != nil {
		t.Fatal(err)
	}
	equalJSON(t, j.Result, map[string]any{"applies": true, "permitted_provisions": []string{"OSL 26 kap. 1 §"}, "excluded_information": "Skyddade adresser"})
}

func TestDerogationReview(t *testing.T) {
	t.Parallel()
	complete := func(string) answers {
		return answers{"DR-1": true, "DR-2": "EU-123", "DR-3a": "d", "DR-3": "Systemet skriver bara ut samtalet.", "DR-4": true, "DR-5": true}
	}
	judgeAll(t, assess.JudgeDerogation, complete, map[string]smallStage{
		"holds":                {"required", nil, nil, nil, judged{"pass", nil, nil, nil}},
		"no document":          {"required", nil, answers{"DR-1": false}, nil, judged{"fail", nil, []string{"DR-R1 pass"}, nil}},
		"no registration":      {"required", nil, answers{"DR-2": nil}, nil, judged{"fail", []string{"V-01 /DR-2"}, []string{"DR-R2 pass"}, nil}},
		"no condition":         {"required", nil, answers{"DR-3a": "none"}, nil, judged{"fail", nil, []string{"DR-R3 pass"}, nil}},
		"profiles":             {"required", nil, answers{"DR-4": false}, nil, judged{"fail", nil, []string{"DR-R4 pass"}, nil}},
		"another purpose":      {"required", nil, answers{"DR-5": false}, nil, judged{"fail", nil, []string{"DR-R5 pass"}, nil}},
		"profiles and another": {"required", nil, answers{"DR-4": false, "DR-5": false}, nil, judged{"fail", nil, []string{"DR-R4 pass", "DR-R5 pass"}, nil}},
	})
}

func TestCameraAssessment(t *testing.T) {
	t.Parallel()
	complete := func(string) answers {
		return answers{"KA-1": "Sex inbrott på två år i förrådet.", "KA-2": "public_area", "KA-3": false,
			"KA-4": "Bättre belysning och nya lås, utan effekt.", "KA-4a": false, "KA-5": "Få personer syns och bara på natten.",
			"KA-5a": true, "KA-6": true, "KA-8": true, "KA-9": "72 timmar"}
	}
	advised := answers{"dpo_advice": "supports"}
	const both = "pass,pass_with_conditions"
	judgeAll(t, assess.JudgeCamera, complete, map[string]smallStage{
		"allowed":        {"required", nil, nil, advised, judged{"pass", nil, nil, nil}},
		"without advice": {"required", nil, nil, nil, judged{"pass", nil, []string{"KA-R10 " + both}, nil}},
		"a workplace without negotiation": {"required", nil, answers{"KA-2": "workplace"}, advised,
			judged{"fail", []string{"V-01 /KA-7"}, []string{"KA-R7 " + both}, nil}},
		"a workplace, negotiated": {"required", nil, answers{"KA-2": "workplace", "KA-7": "Protokoll 3/2026"}, advised, judged{"pass", nil, nil, nil}},
		"no sign yet": {"required", nil, answers{"KA-6": false}, advised,
			judged{"pass_with_conditions", nil, []string{"KA-R6 pass"}, []string{"KA-R6"}}},
		"neither sign nor register": {"required", nil, answers{"KA-6": false, "KA-8": false}, advised,
			judged{"pass_with_conditions", nil, []string{"KA-R6 pass", "KA-R8 pass"}, []string{"KA-R6", "KA-R8"}}},
		"less is enough":       {"required", nil, answers{"KA-4a": true}, advised, judged{"fail", nil, []string{"KA-R4 " + both}, nil}},
		"the need is too weak": {"required", nil, answers{"KA-5a": false}, advised, judged{"fail", nil, []string{"KA-R5 " + both}, nil}},
	})
}

func TestWhatIsRecordedBeforeUse(t *testing.T) {
	t.Parallel()
	judgeAll(t, assess.JudgeWorkerInformation, func(string) answers {
		return answers{"WI-1": "Alla handläggare på enheten.", "WI-2": "2026-11-20", "WI-3": "Systemet föreslår hur samtal fördelas."}
	}, map[string]smallStage{
		"workers are told":   {"required", nil, nil, nil, judged{}},
		"told in the future": {"required", nil, answers{"WI-2": "2026-11-24"}, nil, judged{problems: []string{"WI-C01 /WI-2"}}},
		"workers not told":   {"required", nil, answers{"WI-1": nil}, nil, judged{problems: []string{"V-01 /WI-1"}}},
	})
	judgeAll(t, assess.JudgeEUDatabase, func(requirement string) answers {
		if requirement == "national_register" {
			return answers{"EU-3": "SE-9"}
		}
		return answers{"EU-1": "EU-1234", "EU-2": "2026-11-23"}
	}, map[string]smallStage{
		"registered":              {"required", nil, nil, nil, judged{}},
		"registered in future":    {"required", nil, answers{"EU-2": "2027-01-01"}, nil, judged{problems: []string{"EU-C01 /EU-2"}}},
		"not registered":          {"required", nil, answers{"EU-1": nil, "EU-2": nil}, nil, judged{problems: []string{"V-01 /EU-1", "V-01 /EU-2"}}},
		"nationally":              {"national_register", nil, nil, nil, judged{}},
		"nationally, not entered": {"national_register", nil, answers{"EU-3": nil}, nil, judged{problems: []string{"V-01 /EU-3"}}},
	})
	judgeAll(t, assess.JudgeAdoption, func(string) answers {
		return answers{"adoption": "adopt", "ropa_ref": "17", "decision_authority": "7.2", "report_to_board": true}
	}, map[string]smallStage{
		"adopted":              {"required", nil, nil, nil, judged{}},
		"without record":       {"required", nil, answers{"ropa_ref": nil}, nil, judged{problems: []string{"V-01 /ropa_ref"}}},
		"no personal data":     {"required", answers{"personal_data": "none"}, answers{"ropa_ref": nil}, nil, judged{}},
		"declined":             {"required", nil, answers{"adoption": "decline", "ropa_ref": nil}, nil, judged{}},
		"stricter without how": {"required", nil, answers{"adoption": "adopt_stricter"}, nil, judged{problems: []string{"V-01 /adoption_conditions"}}},
	})
}

func TestAILabel(t *testing.T) {
	t.Parallel()
	judgeAll(t, assess.JudgeAILabel, func(string) answers {
		return answers{"AL-1": "Bilden har skapats med AI.", "AL-1a": "This image was created with AI.", "AL-2": "Under bilden",
			"AL-3": "2026-12-01", "AL-4": true, "AL-5": true, "AL-6": true}
	}, map[string]smallStage{
		"labelled":          {"required", nil, nil, nil, judged{}},
		"not in English":    {"required", nil, answers{"AL-1a": nil}, nil, judged{"", []string{"V-01 /AL-1a"}, []string{"NT-R1 done"}, nil}},
		"not plain":         {"required", nil, answers{"AL-4": false}, nil, judged{"", nil, []string{"NT-R2 done"}, nil}},
		"not accessible":    {"required", nil, answers{"AL-5": false}, nil, judged{"", nil, []string{"NT-R3 done"}, nil}},
		"shown too late":    {"required", nil, answers{"AL-6": false}, nil, judged{"", nil, []string{"NT-R4 done"}, nil}},
		"without the word":  {"required", nil, answers{"AL-1": "Bilden är skapad av en dator."}, nil, judged{"", []string{"AL-C01 /AL-1"}, nil, nil}},
		"with open braces":  {"required", nil, answers{"AL-1": "{Bilden} har skapats med AI."}, nil, judged{"", []string{"AL-C02 /AL-1"}, nil, nil}},
		"with open bracket": {"required", nil, answers{"AL-1a": "Created with AI ([tool])."}, nil, judged{"", []string{"AL-C02 /AL-1a"}, nil, nil}},
	})
}

// TestRulesOfSmallStagesSpeak: every rule, question and choice has its words in
// both languages, a question its help and a rule its source.
func TestRulesOfSmallStagesSpeak(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"legal_basis", "dpo_advice", "secrecy", "derogation_review", "camera_assessment",
		"worker_information", "eu_database", "ai_label", "adoption"} {
		book, ok := rulebook.Default().Assessment(stage)
		if !ok {
			t.Fatalf("no assessment %s", stage)
		}
		for _, r := range book.Rules() {
			if r.Source == "" || !r.Text.Complete() {
				t.Errorf("%s: %s", stage, r.ID)
			}
		}
		refs := map[string]bool{}
		for _, f := range book.Fields() {
			if !f.Text.Complete() || !f.Help.Complete() || f.Source == "" {
				t.Errorf("%s: %s", stage, f.ID)
			}
			refs[f.Refs] = true
		}
		maps.DeleteFunc(refs, func(code string, _ bool) bool { return code == "" })
		t.Logf("%s: %d rules, %d questions, %d of them behind a rule", stage, len(book.Rules()), len(book.Fields()), len(refs))
	}
}
