package assess_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

var dpiaDay = calendar.MustParseDate("2026-11-23")

// dpiaCase is a worked case: its facts and what is expected of its risks.
type dpiaCase struct {
	Intake map[string]any `json:"intake_overrides"`
	Triage struct {
		Stages map[string]string `json:"stages"`
	} `json:"expected_triage"`
	Risks []struct {
		Risk     string           `json:"risk"`
		Initial  assess.RiskScore `json:"initial"`
		Measures []string         `json:"measures"`
		Residual assess.RiskScore `json:"residual"`
	} `json:"dpia_risks"`
	Expected struct {
		MaxResidual       string `json:"max_residual"`
		PriorConsultation bool   `json:"prior_consultation"`
	} `json:"expected_dpia"`
}

// dpiaAnswers reads answers as a person writes them; dates are texts.
func dpiaAnswers(t testing.TB, path string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := yaml.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return dpiaDates(out).(map[string]any)
}

func dpiaDates(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.Format(time.DateOnly)
	case map[string]any:
		for k := range x {
			x[k] = dpiaDates(x[k])
		}
	case []any:
		for i := range x {
			x[i] = dpiaDates(x[i])
		}
	}
	return v
}

// worked is the impact assessment of a worked case, on which the data protection
// officer has advised, and the answers of its decision.
func worked(t testing.TB, name string) (assess.Assessed, map[string]any, dpiaCase) {
	t.Helper()
	var c dpiaCase
	readJSON(t, filepath.Join("testdata/cases", name+".json"), &c)
	folder := filepath.Join("../../cmd/sluss/examples", name)
	profile, _ := c.Intake["policy_profile"].(string)
	return assess.Assessed{
		Book: rulebook.Default(), Profile: profile, Today: dpiaDay, Requirement: c.Triage.Stages["dpia"],
		Intake:  dpiaAnswers(t, folder+".yaml"),
		System:  map[string]any{"policy_profile": profile},
		Answers: dpiaAnswers(t, filepath.Join(folder, "dpia.yaml")),
		Process: map[string]any{"dpo_advice": "supports"},
	}, dpiaAnswers(t, filepath.Join(folder, "dpia.decision.yaml")), c
}

func judgeDPIA(t testing.TB, a assess.Assessed) (assess.Judgement, assess.DPIAResult) {
	t.Helper()
	j, err := assess.DPIAStage(a)
	if err != nil {
		t.Fatal(err)
	}
	return j, j.Result.(assess.DPIAResult)
}

// dpiaRow finds a risk in the answers.
func dpiaRow(a assess.Assessed, risk string) map[string]any {
	rows := a.Answers["risks"].([]any)
	return rows[dpiaIndex(a, risk)].(map[string]any)
}

func dpiaIndex(a assess.Assessed, risk string) int {
	return slices.IndexFunc(a.Answers["risks"].([]any), func(r any) bool { return r.(map[string]any)["risk"] == risk })
}

// refusedDPIA lists hindrances as "rule pointer: outcomes".
func refusedDPIA(list []assess.Hindrance) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, strings.TrimSpace(h.Rule+" "+h.Pointer)+": "+strings.Join(h.Outcomes, ", "))
	}
	return out
}

// refuses reports whether an outcome of the decision is refused, by whatever rule.
func refuses(list []assess.Hindrance, outcome string) bool {
	return slices.ContainsFunc(list, func(h assess.Hindrance) bool {
		return h.Task == "decision" && slices.Contains(h.Outcomes, outcome)
	})
}

// TestImpactAssessmentsOfWorkedCases: the whole assessments have nothing missing,
// hold the risks and measures of the worked cases and reach their level.
func TestImpactAssessmentsOfWorkedCases(t *testing.T) {
	t.Parallel()
	conditions := map[string][]string{"wc-1": {"R-16/M-06"}, "wc-2": {"R-07/M-10", "R-12/M-38"}, "wc-5b": nil}
	for name, wantConditions := range conditions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, decision, c := worked(t, name)
			j, r := judgeDPIA(t, a)
			for _, p := range j.Problems {
				t.Errorf("%s %s: %s", p.Code, p.Pointer, p.Text.SV)
			}
			if r.MaxResidual != c.Expected.MaxResidual || r.PriorConsultation != c.Expected.PriorConsultation {
				t.Errorf("max residual %s, prior consultation %v", r.MaxResidual, r.PriorConsultation)
			}
			want := map[string]string{"low": "acceptable", "medium": "acceptable_with_measures"}[c.Expected.MaxResidual]
			if j.Outcome != want || refuses(j.Hindrances, want) {
				t.Errorf("outcome %s, refused %v", j.Outcome, refusedDPIA(j.Hindrances))
			}
			var got []string
			for _, c := range j.Conditions {
				got = append(got, c.ID)
				if c.DueKind != "before_use" || c.OwnerRole == c.VerifierRole || !c.Text.Complete() || !c.Verification.Complete() || !c.Consequence.Complete() {
					t.Errorf("condition %+v", c)
				}
			}
			if !slices.Equal(got, wantConditions) {
				t.Errorf("conditions %v, want %v", got, wantConditions)
			}
			hasRisksOf(t, a, c)
			checkDecision(t, a, decision)
			t.Log(r.Summary.SV)
			t.Log(r.Summary.EN)
		})
	}
}

// hasRisksOf compares the risks with those that the worked case states.
func hasRisksOf(t *testing.T, a assess.Assessed, c dpiaCase) {
	t.Helper()
	_, r := judgeDPIA(t, a)
	for _, want := range c.Risks {
		i := slices.IndexFunc(r.Risks, func(x assess.RiskAssessment) bool { return x.ID == want.Risk })
		if i < 0 {
			t.Errorf("%s is missing", want.Risk)
			continue
		}
		got := r.Risks[i]
		if got.Initial != want.Initial || got.Residual == nil || *got.Residual != want.Residual || got.Effective != want.Residual.Level {
			t.Errorf("%s: got %+v, want %+v", want.Risk, got, want)
		}
		var measures []string
		for _, m := range dpiaRow(a, want.Risk)["measures"].([]any) {
			m := m.(map[string]any)
			measures = append(measures, fmt.Sprint(m["measure"], " ", m["text"]))
		}
		if !slices.Equal(measures, want.Measures) {
			t.Errorf("%s: measures %q, want %q", want.Risk, measures, want.Measures)
		}
	}
}

func checkDecision(t *testing.T, a assess.Assessed, decision map[string]any) {
	t.Helper()
	book, _ := a.Book.Assessment("dpia")
	answers := maps.Clone(decision)
	answers["tier"] = "T3"
	for _, p := range book.Check("dpia.decision", "", "", answers, a.Today) {
		t.Errorf("decision: %s %s: %s", p.Code, p.Pointer, p.Text.SV)
	}
}

// TestLevelsAndWhatCounts goes through all severities and likelihoods before and
// after, with every kind of measure, and compares with rulebook 5.4 in plain Go.
func TestLevelsAndWhatCounts(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	kinds := map[string][]assess.MeasureRow{
		"none":            nil,
		"in place":        {{Measure: "M-29", Status: "in_place"}},
		"before use":      {{Measure: "M-29", Status: "planned", BeforeUse: true}},
		"planned":         {{Measure: "M-29", Status: "planned"}},
		"no status":       {{Text: "eget"}},
		"one of two only": {{Measure: "M-29", Status: "in_place"}, {Measure: "M-03", Status: "planned"}},
	}
	at := map[string]map[[4]int]int{}
	n := 0
	for kind, measures := range kinds {
		at[kind] = map[[4]int]int{}
		for s := range 256 {
			x := [4]int{s/64 + 1, s/16%4 + 1, s/4%4 + 1, s%4 + 1}
			row := assess.RiskRow{Risk: "R-17", InitialSeverity: x[0], InitialLikelihood: x[1],
				ResidualSeverity: x[2], ResidualLikelihood: x[3], Measures: measures}
			r, err := assess.ImpactAssessment(b, "", []assess.RiskRow{row}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			counts := kind == "in place" || kind == "before use"
			want := plainRiskLevel(x[2] * x[3])
			if x[2]*x[3] < x[0]*x[1] && !counts {
				want = plainRiskLevel(x[0] * x[1])
			}
			if r.MaxResidual != plainRiskLevels[want] || r.MaxInitial != plainRiskLevels[plainRiskLevel(x[0]*x[1])] {
				t.Fatalf("%s %v: %s, want %s", kind, x, r.MaxResidual, plainRiskLevels[want])
			}
			if outcome := []string{"acceptable", "acceptable_with_measures", "prior_consultation_required", "prior_consultation_required"}[want]; r.Outcome != outcome || r.PriorConsultation != (want >= 2) {
				t.Fatalf("%s %v: %s, want %s", kind, x, r.Outcome, outcome)
			}
			at[kind][x] = want
			n++
		}
	}
	t.Logf("%d combinations", n)
	for kind, levels := range at {
		for x, level := range levels {
			for i := range x {
				y := x
				if y[i]++; y[i] <= 4 && levels[y] < level {
					t.Errorf("%s: raising %v to %v lowers the level", kind, x, y)
				}
			}
		}
	}
}

var plainRiskLevels = []string{"low", "medium", "high", "very_high"}

// plainRiskLevel is the matrix of rulebook 5.4, by the product.
func plainRiskLevel(product int) int {
	return map[int]int{1: 0, 2: 0, 3: 0, 4: 1, 6: 1, 8: 2, 9: 2, 12: 3, 16: 3}[product]
}

func TestRiskLevel(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	matrix := [4]string{"low low low medium", "low medium medium high", "low medium high very_high", "medium high very_high very_high"}
	for s, line := range matrix {
		for l, want := range strings.Fields(line) {
			if got, err := assess.RiskLevel(b, s+1, l+1); err != nil || got != want {
				t.Errorf("%d×%d: %s, %v; want %s", s+1, l+1, got, err, want)
			}
		}
	}
	for _, facts := range []map[string]any{{"severity": 0}, {"likelihood": 5}, {"severity": 1.5}, {"severity": "3"}, {"level": "low"}, {"a/b": 1}} {
		_, _, err := assess.RiskLevelOf(b, "", facts, dpiaDay)
		input, ok := err.(*assess.InputError)
		if !ok || len(input.Problems) != 1 {
			t.Fatalf("%v: %v", facts, err)
		}
		if p := input.Problems[0]; !strings.HasPrefix(p.Pointer, "/") || !p.Text.Complete() {
			t.Errorf("%v: %+v", facts, p)
		}
	}
}

// TestDPIARules breaks each rule once.
func TestDPIARules(t *testing.T) {
	t.Parallel()
	type a = assess.Assessed
	set := func(risk string, changes map[string]any) func(*a) {
		return func(x *a) { maps.Copy(dpiaRow(*x, risk), changes) }
	}
	drop := func(risks ...string) func(*a) {
		return func(x *a) {
			x.Answers["risks"] = slices.DeleteFunc(x.Answers["risks"].([]any), func(r any) bool {
				return slices.Contains(risks, r.(map[string]any)["risk"].(string))
			})
		}
	}
	both := []string{"acceptable", "acceptable_with_measures"}
	tests := []struct {
		name    string
		of      string
		change  func(*a)
		problem string // "code pointer", with {R-nn} for the number of a row
		outcome string
		refused []string // outcomes
		open    []string // outcomes that are possible
	}{
		{"DP-30 nothing above low", "wc-5b", func(*a) {}, "", "acceptable", nil, both},
		{"DP-31 a medium risk", "wc-1", func(*a) {}, "", "acceptable_with_measures", []string{"acceptable"}, both[1:]},
		{"DP-31 nobody accepts it", "wc-1", set("R-01", map[string]any{"accepted_by": nil}), "", "acceptable_with_measures", both, nil},
		{"DP-32 a high risk", "wc-1", set("R-01", map[string]any{"residual_likelihood": 3}), "", "prior_consultation_required", both, nil},
		{"DP-32 a measure that is only planned", "wc-1", func(x *a) {
			dpiaRow(*x, "R-16")["measures"].([]any)[0].(map[string]any)["before_use"] = false
		}, "", "prior_consultation_required", both, nil},
		{"DP-33 the owner does not go on", "wc-5b", func(x *a) { x.Process["owner_goes_on"] = false }, "", "not_acceptable", nil, nil},
		{"DP-20 no advice", "wc-5b", func(x *a) { delete(x.Process, "dpo_advice") }, "", "acceptable", append(both, "waived", "reused", "exempt"), nil},
		{"AD-01 advice not in time", "wc-5b", func(x *a) { x.Process["dpo_advice"] = "not_given_in_time" }, "", "acceptable", nil, both[:1]},
		{"AD-05 an unanswered remark", "wc-5b", func(x *a) { x.Process["open_remarks"] = 1 }, "", "acceptable", both, nil},
		{"DP-20 a section missing", "wc-5b", func(x *a) { delete(x.Answers["D1"].(map[string]any), "assets") }, "DP-20 /D1/assets", "acceptable", both, nil},
		{"DP-20 benefit too short", "wc-5b", func(x *a) { x.Answers["D2"].(map[string]any)["benefit_vs_intrusion"] = "Nyttan väger över." }, "DP-20 /D2/benefit_vs_intrusion", "acceptable", both, nil},
		{"DP-20 D6 not answered", "wc-2", func(x *a) { delete(x.Answers, "D6") }, "DP-20 /D6/asked", "acceptable_with_measures", both, nil},
		{"DP-20 nobody asked and no reason", "wc-2", func(x *a) { x.Answers["D6"] = map[string]any{"asked": false} }, "DP-20 /D6/not_asked", "acceptable_with_measures", both, nil},
		{"DP-20 unions not asked about", "wc-1", func(x *a) { delete(x.Answers["D6"].(map[string]any), "unions") }, "DP-20 /D6/unions", "acceptable_with_measures", both, nil},
		{"DP-20 views from the future", "wc-1", func(x *a) { x.Answers["D6"].(map[string]any)["when"] = "2026-11-24" }, "DP-20 /D6/when", "acceptable_with_measures", both, nil},
		{"DP-20 the child forgotten", "wc-2", func(x *a) { delete(x.Answers["D2"].(map[string]any), "best_interests") }, "DP-20 /D2/best_interests", "acceptable_with_measures", both, nil},
		{"SoLPuL 6 § not explained", "wc-2", func(x *a) { delete(x.Answers["D3"].(map[string]any), "no_objection") }, "DP-20 /D3/no_objection", "acceptable_with_measures", both, nil},
		{"GDPR 21 not answered", "wc-1", func(x *a) { delete(x.Answers["D3"].(map[string]any), "objection") }, "DP-20 /D3/objection", "acceptable_with_measures", both, nil},
		{"DP-20 always R-08", "wc-5b", drop("R-08"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 always R-17", "wc-5b", drop("R-17"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 always R-20", "wc-5b", drop("R-20"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 R-01 where generative", "wc-5b", drop("R-01"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 R-06 where generative", "wc-5b", drop("R-06"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 a triggered risk", "wc-5b", drop("R-27"), "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 a triggered risk dismissed", "wc-5b", set("R-27", map[string]any{"relevant": false, "not_relevant_reason": "Agenten saknar behörighet att handla."}), "", "acceptable", nil, both[:1]},
		{"DP-20 dismissed without reason", "wc-5b", set("R-21", map[string]any{"not_relevant_reason": nil}), "DP-20 /risks/{R-21}/not_relevant_reason", "acceptable", both, nil},
		{"DP-20 a core risk dismissed", "wc-5b", set("R-17", map[string]any{"relevant": false, "not_relevant_reason": "Aldrig."}), "DP-20 /risks/{R-17}/relevant", "acceptable", both, nil},
		{"DP-20 no threats", "wc-5b", set("R-17", map[string]any{"threats": nil}), "DP-20 /risks/{R-17}/threats", "acceptable", both, nil},
		{"DP-20 no level before", "wc-5b", set("R-17", map[string]any{"initial_severity": nil}), "DP-20 /risks/{R-17}/initial_severity", "acceptable", both, nil},
		{"DP-20 no level after", "wc-5b", set("R-17", map[string]any{"residual_severity": nil}), "DP-20 /risks/{R-17}/residual_severity", "acceptable_with_measures", both, nil},
		{"DP-20 medium and no measure", "wc-5b", set("R-17", map[string]any{"measures": nil}), "DP-20 /risks/{R-17}/measures", "acceptable_with_measures", both, nil},
		{"DP-20 medium and a measure that nobody owns", "wc-5b", func(x *a) {
			delete(dpiaRow(*x, "R-17")["measures"].([]any)[0].(map[string]any), "owner_role")
		}, "DP-20 /risks/{R-17}/measures", "acceptable", both, nil},
		{"DP-20 medium and a measure without date", "wc-5b", func(x *a) {
			delete(dpiaRow(*x, "R-17")["measures"].([]any)[0].(map[string]any), "due_date")
		}, "DP-20 /risks/{R-17}/measures", "acceptable", both, nil},
		{"DP-20 low and no measure", "wc-5b", set("R-08", map[string]any{"measures": nil}), "", "acceptable", nil, both[:1]},
		{"DP-20 a condition that nobody owns", "wc-5b", func(x *a) {
			row := dpiaRow(*x, "R-17")
			row["measures"] = append(row["measures"].([]any), map[string]any{"text": "larm", "status": "planned", "before_use": true})
		}, "DP-20 /risks/{R-17}/measures/1/owner_role", "acceptable", both, nil},
		{"DP-20 a measure without words", "wc-5b", func(x *a) {
			row := dpiaRow(*x, "R-17")
			row["measures"] = append(row["measures"].([]any), map[string]any{"status": "in_place"})
		}, "DP-20 /risks/{R-17}/measures/1", "acceptable", both, nil},
		{"DP-20 a risk without name", "wc-5b", func(x *a) { x.Answers["risks"] = append(x.Answers["risks"].([]any), map[string]any{"relevant": true}) }, "DP-20 /risks/14/risk", "acceptable", both, nil},
		{"DP-20 a risk twice", "wc-5b", func(x *a) {
			x.Answers["risks"] = append(x.Answers["risks"].([]any), maps.Clone(dpiaRow(*x, "R-17")))
		}, "DP-20 /risks/14/risk", "acceptable", both, nil},
		{"an own risk", "wc-5b", func(x *a) {
			row := maps.Clone(dpiaRow(*x, "R-17"))
			delete(row, "risk")
			row["own_risk"] = "Inköparnas vanor kartläggs"
			x.Answers["risks"] = append(x.Answers["risks"].([]any), row)
		}, "", "acceptable", nil, both[:1]},
		{"DP-20 too few", "wc-5b", func(x *a) { x.Answers["risks"] = x.Answers["risks"].([]any)[:4] }, "DP-20 /risks", "acceptable", both, nil},
		{"DP-20 nothing", "wc-5b", func(x *a) { delete(x.Answers, "risks") }, "DP-20 /risks", "not_assessed", both, nil},
		{"a measure of no library", "wc-5b", func(x *a) {
			dpiaRow(*x, "R-17")["measures"].([]any)[0].(map[string]any)["measure"] = "M-45"
		}, "V-01 /risks/{R-17}/measures/0/measure", "", both, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x, _, _ := worked(t, test.of)
			test.change(&x)
			j, _ := judgeDPIA(t, x)
			got := found(j.Problems)
			want := test.problem
			if open, id, ok := strings.Cut(want, "{"); ok {
				id, rest, _ := strings.Cut(id, "}")
				want = open + strconv.Itoa(dpiaIndex(x, id)) + rest
			}
			if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
				t.Errorf("problems %q, want %q", got, want)
			}
			for _, p := range j.Problems {
				if !p.Text.Complete() || strings.ContainsAny(p.Text.SV+p.Text.EN, "{}") {
					t.Errorf("%s %s: %+v", p.Code, p.Pointer, p.Text)
				}
			}
			for _, rule := range j.Rules {
				if strings.ContainsAny(rule.Text.SV+rule.Text.EN, "{}") {
					t.Errorf("%s: %+v", rule.ID, rule.Text)
				}
			}
			if test.outcome != "" && j.Outcome != test.outcome {
				t.Errorf("outcome %s, want %s", j.Outcome, test.outcome)
			}
			for _, o := range test.refused {
				if !refuses(j.Hindrances, o) {
					t.Errorf("%s is possible; refused: %q", o, refusedDPIA(j.Hindrances))
				}
			}
			for _, o := range test.open {
				if refuses(j.Hindrances, o) && !(o == "acceptable" && test.outcome == "acceptable_with_measures") {
					t.Errorf("%s is refused: %q", o, refusedDPIA(j.Hindrances))
				}
			}
			for _, h := range j.Hindrances {
				if !h.Text.Complete() || h.Rule == "" || slices.Contains(h.Outcomes, "return") || slices.Contains(h.Outcomes, "reject") {
					t.Errorf("hindrance %+v", h)
				}
			}
		})
	}
}

// TestOtherApproaches: instead of an assessment, DP-05, DP-06 and DP-07.
func TestOtherApproaches(t *testing.T) {
	t.Parallel()
	reasons := strings.Repeat("Uppgifterna är få och harmlösa. ", 7)
	reuse := map[string]any{
		"approach": "reuse", "reuse_case": "c-17", "reuse_date": "2024-11-23", "reuse_ipl": 2,
		"reuse_same_tool": true, "reuse_same_purpose": true, "reuse_reasons": reasons,
	}
	with := func(base map[string]any, id string, v any) map[string]any {
		out := maps.Clone(base)
		out[id] = v
		return out
	}
	waiver := map[string]any{"approach": "waiver", "waiver_reasons": reasons}
	legislation := map[string]any{"approach": "legislation", "legislation_text": reasons}
	tests := []struct {
		name        string
		answers     map[string]any
		requirement string
		process     map[string]any
		problems    []string
		outcome     string
		refused     bool
	}{
		{"waiver", waiver, "presumed", nil, []string{}, "waived", false},
		{"waiver of what is required", waiver, "required", nil, []string{"DP-07 /approach"}, "waived", true},
		{"waiver with 199 characters", with(waiver, "waiver_reasons", strings.Repeat("x", 199)), "presumed", nil, []string{"DP-07 /waiver_reasons"}, "waived", true},
		{"waiver with 200 characters", with(waiver, "waiver_reasons", strings.Repeat("å", 200)), "presumed", nil, []string{}, "waived", false},
		{"waiver without advice", waiver, "presumed", map[string]any{"dpo_advice": nil}, []string{}, "waived", true},
		{"waiver and advice not in time", waiver, "presumed", map[string]any{"dpo_advice": "not_given_in_time"}, []string{}, "waived", true},
		{"waiver against advice", waiver, "presumed", map[string]any{"dpo_advice": "advises_against"}, []string{}, "waived", false},
		{"reuse", reuse, "required", nil, []string{}, "reused", false},
		{"reuse of another tool", with(reuse, "reuse_same_tool", false), "required", nil, []string{"DP-05 /reuse_same_tool"}, "reused", true},
		{"reuse for another purpose", with(reuse, "reuse_same_purpose", false), "required", nil, []string{"DP-05 /reuse_same_purpose"}, "reused", true},
		{"reuse of a lower level", with(reuse, "reuse_ipl", 1), "required", nil, []string{"DP-05 /reuse_ipl"}, "reused", true},
		{"reuse of a higher level", with(reuse, "reuse_ipl", 3), "required", nil, []string{}, "reused", false},
		{"reuse after 24 months and a day", with(reuse, "reuse_date", "2024-11-22"), "required", nil, []string{"DP-05 /reuse_date"}, "reused", true},
		{"reuse of tomorrow", with(reuse, "reuse_date", "2026-11-24"), "required", nil, []string{"DP-05 /reuse_date"}, "reused", true},
		{"reuse of what", with(reuse, "reuse_case", nil), "required", nil, []string{"DP-05 /reuse_case"}, "reused", true},
		{"legislation by legal counsel", legislation, "required", map[string]any{"handed_in_by": "legal_counsel"}, []string{}, "exempt", false},
		{"legislation by the project owner", legislation, "required", map[string]any{"handed_in_by": "project_owner"}, []string{"DP-06 /legislation_text"}, "exempt", true},
		{"legislation without text", map[string]any{"approach": "legislation"}, "required", nil, []string{"DP-06 /legislation_text"}, "exempt", true},
		{"nothing said", map[string]any{}, "required", nil, nil, "not_assessed", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, _, _ := worked(t, "wc-5b") // protection level 2
			a.Answers, a.Requirement = test.answers, test.requirement
			maps.Copy(a.Process, test.process)
			j, r := judgeDPIA(t, a)
			if got := found(j.Problems); test.problems != nil && !slices.Equal(got, test.problems) {
				t.Errorf("problems %q, want %q", got, test.problems)
			}
			if j.Outcome != test.outcome || refuses(j.Hindrances, test.outcome) != test.refused && test.outcome != "not_assessed" {
				t.Errorf("outcome %s, refused %q", j.Outcome, refusedDPIA(j.Hindrances))
			}
			for _, o := range []string{"acceptable", "acceptable_with_measures", "waived", "reused", "exempt"} {
				if o != test.outcome && !refuses(j.Hindrances, o) {
					t.Errorf("%s is possible", o)
				}
			}
			if len(r.Risks) > 0 || strings.Contains(r.Summary.SV, "risknivå") {
				t.Errorf("there are risks: %s", r.Summary.SV)
			}
			t.Log(r.Summary.SV)
		})
	}
}

// TestDPIAHeadConfirms: going on against advice is confirmed by the unit's head,
// with reasons (DP-34).
func TestDPIAHeadConfirms(t *testing.T) {
	t.Parallel()
	for _, advice := range []any{nil, "supports", "supports_with_remarks", "advises_against", "not_given_in_time"} {
		a, decision, _ := worked(t, "wc-5b")
		a.Process["dpo_advice"] = advice
		j, _ := judgeDPIA(t, a)
		against := advice == "advises_against"
		if want := map[bool]string{true: "DP-34"}[against]; j.HeadConfirms != want {
			t.Errorf("%v: head confirms %q", advice, j.HeadConfirms)
		}
		book, _ := a.Book.Assessment("dpia")
		answers := maps.Clone(decision)
		answers["tier"], answers["dpo_advice"] = "T3", advice
		if got := found(book.Check("dpia.decision", "", "", answers, a.Today)); slices.Contains(got, "DP-34 /deviation_reasons") != against {
			t.Errorf("%v: %q", advice, got)
		}
	}
}

func TestDPIAReviewDate(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("dpia")
	for _, test := range []struct {
		tier, date string
		fits       bool
	}{
		{"T3", "2027-11-23", true}, {"T3", "2027-11-24", false}, {"T2", "2027-11-24", true},
		{"T2", "2028-11-23", true}, {"T2", "2028-11-24", false}, {"T1", "2026-11-23", false}, {"T1", "2026-11-24", true},
	} {
		answers := map[string]any{
			"decision_authority": "1.4", "report_to_board": false, "tier": test.tier,
			"D9": map[string]any{"next_review": test.date, "triggers": []any{"RA-01"}},
		}
		got := found(book.Check("dpia.decision", "", "", answers, dpiaDay))
		if want := []string{"DP-REVIEW /D9/next_review"}; (len(got) == 0) != test.fits || !test.fits && !slices.Equal(got, want) {
			t.Errorf("%s %s: %q", test.tier, test.date, got)
		}
	}
}

// TestSuspensionProposed: a high risk in use that has begun is proposed to be
// stopped (DP-32, T-23).
func TestSuspensionProposed(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{"new": false, "existing_use": true} {
		a, _, _ := worked(t, "wc-1")
		a.Intake["case_type"] = kind
		dpiaRow(a, "R-01")["residual_likelihood"] = 3
		j, r := judgeDPIA(t, a)
		if r.Suspend != want || !r.PriorConsultation || j.Outcome != "prior_consultation_required" {
			t.Errorf("%s: suspend %v, outcome %s", kind, r.Suspend, j.Outcome)
		}
	}
}

// TestMeasureConditions: planned measures before use become conditions with an
// owner and another who verifies.
func TestMeasureConditions(t *testing.T) {
	t.Parallel()
	a, _, _ := worked(t, "wc-5b")
	dpiaRow(a, "R-17")["measures"] = []any{
		map[string]any{"measure": "M-29", "owner_role": "information_owner", "due_date": "2029-01-01", "status": "planned", "before_use": true},
		map[string]any{"measure": "M-29", "text": "{risk} även för mobiler", "owner_role": "system_owner", "due_date": "2029-01-01", "status": "planned", "before_use": true},
		map[string]any{"text": "larm vid nya enheter", "owner_role": "ciso", "due_date": "2029-01-01", "status": "planned", "before_use": true},
		map[string]any{"measure": "M-30", "owner_role": "ciso", "due_date": "2029-01-01", "status": "in_place", "before_use": true},
	}
	j, r := judgeDPIA(t, a)
	var got []string
	for _, c := range j.Conditions {
		got = append(got, c.ID+" "+c.OwnerRole+" "+c.VerifierRole)
	}
	want := []string{"R-17/M-29 information_owner ciso", "R-17/M-29-2 system_owner information_owner", "R-17/3 ciso information_owner"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if text := j.Conditions[1].Text.SV; !strings.HasSuffix(text, "{risk} även för mobiler") || !strings.Contains(text, "R-17 Intrång") {
		t.Errorf("text %q", text)
	}
	if r.MaxResidual != "low" || !strings.Contains(r.Summary.SV, "3 planerade åtgärder") {
		t.Errorf("%s: %s", r.MaxResidual, r.Summary.SV)
	}
}

// TestOrderOfRisks: the order of the rows changes nothing but the order of what
// is shown.
func TestOrderOfRisks(t *testing.T) {
	t.Parallel()
	d := rand.New(rand.NewPCG(3, 5))
	for _, name := range []string{"wc-1", "wc-2", "wc-5b"} {
		a, _, _ := worked(t, name)
		j, r := judgeDPIA(t, a)
		for range 20 {
			rows := a.Answers["risks"].([]any)
			d.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			j2, r2 := judgeDPIA(t, a)
			if j2.Outcome != j.Outcome || r2.MaxResidual != r.MaxResidual || r2.MaxInitial != r.MaxInitial || len(j2.Problems) != 0 ||
				!reflect.DeepEqual(sortedWords(r.Assessed), sortedWords(r2.Assessed)) || len(j.Conditions) != len(j2.Conditions) {
				t.Fatalf("%s: %s %s", name, j2.Outcome, r2.MaxResidual)
			}
		}
	}
}

func sortedWords(words []string) []string {
	out := slices.Clone(words)
	slices.Sort(out)
	return out
}

// TestSummarySaysNoMore: a sentence stands only where the case bears it out.
func TestSummarySaysNoMore(t *testing.T) {
	t.Parallel()
	a, _, _ := worked(t, "wc-2")
	_, r := judgeDPIA(t, a)
	for _, want := range []string{"19 risker är bedömda.", "En risk har förklarats", "2 planerade åtgärder", "är medel: R-02 ", "har inte rätt att göra invändningar", "inget att erinra.", "För varje medelhög risk är det angivet vem som godtar den. ", "godtagbar med åtgärderna."} {
		if !strings.Contains(r.Summary.SV, want) {
			t.Errorf("%q is missing in %s", want, r.Summary.SV)
		}
	}
	a, _, _ = worked(t, "wc-5b")
	a.Process = nil
	_, r = judgeDPIA(t, a)
	for _, not := range []string{"invändningar", "Dataskyddsombudet", "planerad", "godtagen", "komplett", "{", "  "} {
		if strings.Contains(r.Summary.SV, not) {
			t.Errorf("%q is in %s", not, r.Summary.SV)
		}
	}
	text, err := assess.DPIASummary(a)
	if err != nil || text != r.Summary || !text.Complete() {
		t.Errorf("%v, %v", text, err)
	}
	a.Answers = map[string]any{}
	if j, _ := judgeDPIA(t, a); slices.ContainsFunc(j.Problems, func(p rulebook.Problem) bool { return p.Pointer == "/risks" && p.Missing }) {
		t.Errorf("said twice: %q", found(j.Problems))
	}
	if text, err = assess.DPIASummary(a); err != nil || text.SV != "Riskbedömningen är inte komplett. Inga risker är bedömda ännu." {
		t.Errorf("%q, %v", text.SV, err)
	}
}

// TestDPIASections: a section counts when it has content.
func TestDPIASections(t *testing.T) {
	t.Parallel()
	a, decision, _ := worked(t, "wc-2")
	if got := assess.DPIASections(a.Answers, decision, true); !slices.Equal(got, strings.Fields("D1 D2 D3 D4 D5 D6 D7 D8 D9")) {
		t.Errorf("all: %v", got)
	}
	if got := assess.DPIASections(a.Answers, nil, false); !slices.Equal(got, strings.Fields("D1 D2 D3 D4 D5 D6 D8")) {
		t.Errorf("before advice and decision: %v", got)
	}
	for _, empty := range []map[string]any{nil, {"approach": "waiver", "D1": map[string]any{}, "risks": []any{}}, {"risks": "none"}} {
		if got := assess.DPIASections(empty, nil, false); len(got) != 0 {
			t.Errorf("%v: %v", empty, got)
		}
	}
}

// TestResultIsJSON: what a reviewer sees has snake_case names and no null lists.
func TestResultIsJSON(t *testing.T) {
	t.Parallel()
	a, _, _ := worked(t, "wc-1")
	for _, answers := range []map[string]any{a.Answers, {"approach": "waiver"}, {}} {
		a.Answers = answers
		j, _ := judgeDPIA(t, a)
		raw, err := json.Marshal(j.Result)
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"required_risks", "assessed", "dismissed", "missing", "risks", "rules"} {
			if _, ok := out[name].([]any); !ok {
				t.Errorf("%s is %v", name, out[name])
			}
		}
	}
}
