package assess_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// agentAnswers reads the answers of an agent risk assessment, in the types that JSON
// has.
func agentAnswers(t testing.TB, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("../../cmd/sluss/examples/" + name + "/agent_risk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var written any
	if err := yaml.Unmarshal(raw, &written); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// procurementAgent is worked case 5b with its agent risk assessment.
func procurementAgent(t testing.TB) assess.Assessed {
	t.Helper()
	return assess.Assessed{
		Book: rulebook.Default(), Today: day(t, "2026-11-23"), Requirement: "required",
		Intake: example(t, "wc-5b"), Answers: agentAnswers(t, "wc-5b"), Process: map[string]any{},
	}
}

// answer replaces parts of the answer to a question.
func answer(a assess.Assessed, question string, parts map[string]any) {
	row := maps.Clone(a.Answers[question].(map[string]any))
	maps.Copy(row, parts)
	a.Answers[question] = row
}

// intakeAgent replaces what the intake says of the agent.
func intakeAgent(a assess.Assessed, parts map[string]any) {
	agent := maps.Clone(a.Intake["agent"].(map[string]any))
	maps.Copy(agent, parts)
	a.Intake["agent"] = agent
}

func judgeAgent(t testing.TB, a assess.Assessed) (assess.Judgement, assess.AgentAssessment) {
	t.Helper()
	j, err := assess.Assess("agent_risk", a)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range j.Hindrances {
		if !h.Text.Complete() || h.Source == "" || h.Rule == "" || h.Task == "" || len(h.Outcomes) == 0 {
			t.Errorf("hindrance %+v is not complete", h)
		}
	}
	for _, c := range j.Conditions {
		if !c.Text.Complete() || c.OwnerRole == c.VerifierRole || !c.Verification.Complete() || c.DueKind == "" {
			t.Errorf("condition %+v is not complete", c)
		}
	}
	return j, j.Result.(assess.AgentAssessment)
}

func TestProcurementAgent(t *testing.T) {
	t.Parallel()
	var wc struct {
		Expected any `json:"expected_agent"`
	}
	readJSON(t, "testdata/cases/wc-5b.json", &wc)
	j, view := judgeAgent(t, procurementAgent(t))
	equalJSON(t, view.AgentRiskResult, wc.Expected)
	if len(j.Problems) > 0 || j.Outcome != "pass_with_conditions" || j.HeadConfirms != "" {
		t.Errorf("problems %v, outcome %s", j.Problems, j.Outcome)
	}
	want := []string{"review_security [pass] AG-P2", "review_legal [pass] AG-P2"}
	if got := hindrances(j); !slices.Equal(got, want) {
		t.Errorf("hindrances %v", got)
	}
	met := map[string]bool{}
	for _, c := range j.Conditions {
		met[c.ID] = c.Met
		if c.Met != (c.Evidence != "") {
			t.Errorf("%s: met %v with evidence %q", c.ID, c.Met, c.Evidence)
		}
	}
	wantMet := map[string]bool{
		"MC-01": true, "MC-02": false, "MC-03": false, "MC-04": true, "MC-05": true, "MC-06": false, "MC-08": true,
		"MC-09": true, "MC-10": false, "MC-11": false, "MC-12": false, "MC-13": true, "MC-15": true, "MC-16": true,
	}
	if !maps.Equal(met, wantMet) {
		t.Errorf("conditions %v", met)
	}
}

// hindrances writes hindrances as "task [outcomes] rule pointer".
func hindrances(j assess.Judgement) []string {
	out := []string{}
	for _, h := range j.Hindrances {
		line := h.Task + " ["
		for i, o := range h.Outcomes {
			if i > 0 {
				line += " "
			}
			line += o
		}
		line += "] " + h.Rule
		if h.Pointer != "" {
			line += " " + h.Pointer
		}
		out = append(out, line)
	}
	return out
}

// TestAgentHindrances: what is better than the result is refused, with the rules
// behind it.
func TestAgentHindrances(t *testing.T) {
	t.Parallel()
	const all = "[pass pass_with_conditions pass_pilot_only]"
	pilot := func(a assess.Assessed) {
		intakeAgent(a, map[string]any{"autonomy_level": 5, "side_effects": "external_irreversible", "untrusted_input": false})
		for q := range a.Answers {
			if a.Answers[q].(map[string]any)["answer"] == "0" {
				answer(a, q, map[string]any{"answer": "1"})
			}
		}
	}
	tests := map[string]struct {
		change  func(a assess.Assessed)
		outcome string
		want    []string
	}{
		"everything verified": {func(a assess.Assessed) {
			answer(a, "RS12", map[string]any{"answer": "0"})
			answer(a, "KF7", map[string]any{"answer": "0"})
		}, "pass", []string{}},
		"two critical controls missing": {func(a assess.Assessed) {
			answer(a, "KF5", map[string]any{"answer": "3"})
			answer(a, "IH4", map[string]any{"answer": "3"})
		}, "fail", []string{
			"review_security " + all + " AG-R03 /KF5", "review_security " + all + " AG-R03 /IH4",
			"review_legal " + all + " AG-R03 /KF5", "review_legal " + all + " AG-R03 /IH4",
			"review_security " + all + " AG-R07 /benefit_confirmed", "review_legal " + all + " AG-R07 /benefit_confirmed",
			"benefit [confirmed] AG-R07 /benefit_confirmed",
		}},
		"the owner finds less benefit": {func(a assess.Assessed) { a.Process["benefit_confirmed"] = 1 }, "fail", []string{
			"review_security " + all + " AG-R07 /benefit_confirmed", "review_legal " + all + " AG-R07 /benefit_confirmed",
			"benefit [confirmed] AG-R07 /benefit_confirmed",
		}},
		"the owner writes the same in the form": {func(a assess.Assessed) { a.Answers["benefit_confirmed"] = 1 }, "fail", []string{
			"review_security " + all + " AG-R07 /benefit_confirmed", "review_legal " + all + " AG-R07 /benefit_confirmed",
			"benefit [confirmed] AG-R07 /benefit_confirmed",
		}},
		"responsibility not confirmed": {func(a assess.Assessed) { a.Process["confirmed_responsibility"] = false }, "fail", []string{
			"review_security " + all + " AG-R08 /confirmed_responsibility", "review_legal " + all + " AG-R08 /confirmed_responsibility",
		}},
		"human control not confirmed by counsel": {func(a assess.Assessed) { a.Answers["confirmed_human_control_legal"] = false }, "fail", []string{
			"review_security " + all + " AG-R08 /confirmed_human_control_legal", "review_legal " + all + " AG-R08 /confirmed_human_control_legal",
		}},
		"nothing confirmed": {func(a assess.Assessed) {
			for _, name := range []string{"traceability", "responsibility", "human_control"} {
				a.Process["confirmed_"+name] = false
			}
		}, "fail", []string{
			"review_security " + all + " AG-R08 /confirmed_traceability", "review_legal " + all + " AG-R08 /confirmed_traceability",
			"review_security " + all + " AG-R08 /confirmed_responsibility", "review_legal " + all + " AG-R08 /confirmed_responsibility",
			"review_security " + all + " AG-R08 /confirmed_human_control", "review_legal " + all + " AG-R08 /confirmed_human_control",
		}},
		"the CISO finds the evidence wanting": {func(a assess.Assessed) { a.Answers["kf_ih_reviewed"] = false }, "pass_with_conditions", []string{
			"review_security [pass] AG-P2", "review_legal [pass] AG-P2", "review_security " + all + " AG-R12 /kf_ih_reviewed",
		}},
		"counsel finds the evidence wanting": {func(a assess.Assessed) { a.Answers["rs_reviewed"] = false }, "pass_with_conditions", []string{
			"review_security [pass] AG-P2", "review_legal [pass] AG-P2", "review_legal " + all + " AG-R13 /rs_reviewed",
		}},
		"rule of 2 without approval": {func(a assess.Assessed) {
			intakeAgent(a, map[string]any{"autonomous_external_action": true, "per_action_approval": false, "untrusted_input": true})
		}, "fail", []string{
			"review_security " + all + " AG-R05", "review_legal " + all + " AG-R05",
			"review_security " + all + " AG-R07 /benefit_confirmed", "review_legal " + all + " AG-R07 /benefit_confirmed",
			"benefit [confirmed] AG-R07 /benefit_confirmed",
		}},
		"pilot": {pilot, "pass_pilot_only", []string{
			"review_security [pass pass_with_conditions] AG-P3", "review_legal [pass pass_with_conditions] AG-P3",
			"benefit [confirmed] AG-R10 /pilot_accepted_owner",
			"review_security " + all + " AG-R11 /pilot_accepted_security",
		}},
		"pilot accepted": {func(a assess.Assessed) {
			pilot(a)
			a.Process["pilot_accepted_owner"] = true
			a.Answers["pilot_accepted_security"] = true
		}, "pass_pilot_only", []string{
			"review_security [pass pass_with_conditions] AG-P3", "review_legal [pass pass_with_conditions] AG-P3",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := procurementAgent(t)
			tt.change(a)
			j, view := judgeAgent(t, a)
			if got := hindrances(j); j.Outcome != tt.outcome || !slices.Equal(got, tt.want) {
				t.Errorf("%s %s %d:\n got %q\nwant %q", j.Outcome, view.Level, view.ExposurePoints, got, tt.want)
			}
		})
	}
}

// TestAgentProblems: what is missing or does not fit is told at the answer.
func TestAgentProblems(t *testing.T) {
	t.Parallel()
	plan := func(owner, due, verifier string) map[string]any {
		p := map[string]any{}
		for k, v := range map[string]string{"owner_role": owner, "due_date": due, "verifier_role": verifier} {
			if v != "" {
				p[k] = v
			}
		}
		return map[string]any{"answer": "2", "planned": p}
	}
	tests := map[string]struct {
		change func(a assess.Assessed)
		want   []string
	}{
		"nothing wrong":       {func(assess.Assessed) {}, []string{}},
		"a question left out": {func(a assess.Assessed) { delete(a.Answers, "RS1") }, []string{"V-01 /RS1"}},
		"no answer in it":     {func(a assess.Assessed) { a.Answers["RS1"] = map[string]any{"note": "senare"} }, []string{"AG-Q1 /RS1/answer"}},
		"no evidence":         {func(a assess.Assessed) { answer(a, "RS1", map[string]any{"evidence": " "}) }, []string{"AG-Q2 /RS1/evidence"}},
		"not applicable where it must": {func(a assess.Assessed) { answer(a, "RS1", map[string]any{"answer": "NA"}) },
			[]string{"V-01 /RS1/answer"}},
		"no such member":    {func(a assess.Assessed) { answer(a, "RS10", map[string]any{"bevis": "x"}) }, []string{"V-01 /RS10/bevis"}},
		"plan without date": {func(a assess.Assessed) { answer(a, "KF7", plan("system_owner", "", "ciso")) }, []string{"AG-Q3 /KF7/planned"}},
		"own verifier":      {func(a assess.Assessed) { answer(a, "KF7", plan("ciso", "2026-12-31", "ciso")) }, []string{"AG-Q4 /KF7/planned/verifier_role"}},
		"date in the past":  {func(a assess.Assessed) { answer(a, "KF7", plan("system_owner", "2026-11-22", "ciso")) }, []string{"AG-Q5 /KF7/planned/due_date"}},
		"today":             {func(a assess.Assessed) { answer(a, "KF7", plan("system_owner", "2026-11-23", "ciso")) }, []string{}},
		"one control, two owners": {func(a assess.Assessed) {
			answer(a, "KF7", plan("system_owner", "2026-12-31", "ciso"))
			answer(a, "IH5", plan("project_owner", "2026-12-31", "ciso"))
		}, []string{"AG-Q6 /IH5/planned"}},
		"two controls, two owners": {func(a assess.Assessed) {
			answer(a, "KF7", plan("system_owner", "2026-12-31", "ciso"))
			answer(a, "RS12", plan("manager", "2026-12-31", "information_owner"))
		}, []string{}},
		"a plan that is not needed": {func(a assess.Assessed) {
			answer(a, "RS1", map[string]any{"planned": map[string]any{"owner_role": "ciso"}})
		}, []string{}},
		"shared identity": {func(a assess.Assessed) { intakeAgent(a, map[string]any{"identity": "shared"}) }, []string{"V-19 /KF3/answer"}},
		"shared identity and said": {func(a assess.Assessed) {
			intakeAgent(a, map[string]any{"identity": "shared"})
			answer(a, "KF3", map[string]any{"answer": "3"})
		}, []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := procurementAgent(t)
			tt.change(a)
			j, _ := judgeAgent(t, a)
			got := []string{}
			for _, p := range j.Problems {
				got = append(got, p.Code+" "+p.Pointer)
				if !p.Text.Complete() {
					t.Errorf("%s has no text", p.Code)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestSharedIdentityCountsAsMissing: with a shared account KF3 is 3, whatever was
// answered (V-19).
func TestSharedIdentityCountsAsMissing(t *testing.T) {
	t.Parallel()
	a := procurementAgent(t)
	_, was := judgeAgent(t, a)
	intakeAgent(a, map[string]any{"identity": "shared"})
	j, now := judgeAgent(t, a)
	if now.DimensionScores["KF"] <= was.DimensionScores["KF"] || !slices.Contains(now.RequiredControls, "MC-06") || !slices.Equal(now.Bound, []string{"KF3"}) {
		t.Errorf("%+v", now)
	}
	if !slices.ContainsFunc(j.Rules, func(r assess.Fired) bool { return r.ID == "V-19" }) {
		t.Error("V-19 is not among the rules")
	}
}

// TestPlannedControls: a plan makes the answer count as 1 and gives the condition its
// people and date (rulebook 6.4.1a).
func TestPlannedControls(t *testing.T) {
	t.Parallel()
	a := procurementAgent(t)
	plan := func(due string) map[string]any {
		return map[string]any{"answer": "2", "planned": map[string]any{"owner_role": "unit_head", "due_date": due, "verifier_role": "system_owner"}}
	}
	answer(a, "KF7", plan("2027-01-31"))
	answer(a, "IH5", plan("2027-02-28"))
	j, view := judgeAgent(t, a)
	if view.DimensionScores["KF"] != 8 || !slices.Equal(view.Planned, []string{"KF7", "IH5"}) {
		t.Errorf("scores %v, planned %v", view.DimensionScores, view.Planned)
	}
	i := slices.IndexFunc(j.Conditions, func(c assess.Condition) bool { return c.ID == "MC-10" })
	c := j.Conditions[i]
	if c.DueKind != "before_use" || c.DueDate != "2027-02-28" || c.OwnerRole != "unit_head" || c.VerifierRole != "system_owner" || c.Met {
		t.Errorf("%+v", c)
	}
}

// TestPilotConditions: a pilot is limited in time and size and reported on.
func TestPilotConditions(t *testing.T) {
	t.Parallel()
	for facing, size := range map[string]string{"none": "AG-PL2 before_use  25", "direct_interaction": "AG-PL2 before_use  200"} {
		a := procurementAgent(t)
		a.Intake["external_facing"] = facing
		intakeAgent(a, map[string]any{"untrusted_input": true})
		answer(a, "KF7", map[string]any{"answer": "3"})
		j, view := judgeAgent(t, a)
		got := []string{}
		for _, c := range j.Conditions {
			if c.ID[:2] != "AG" {
				continue
			}
			line := c.ID + " " + c.DueKind + " " + c.DueDate
			for _, n := range []string{"25", "200"} {
				if slices.Contains(words(c.Text.SV), n) && slices.Contains(words(c.Text.EN), n) {
					line += " " + n
				}
			}
			got = append(got, line)
		}
		want := []string{"AG-PL1 date 2027-05-23", size, "AG-PL3 date 2027-02-23"}
		if view.Result != "pass_pilot_only" || !slices.Equal(got, want) {
			t.Errorf("%s %s: got %q, want %q", facing, view.Result, got, want)
		}
	}
}

func words(s string) []string {
	var out []string
	word := ""
	for _, r := range s + " " {
		if r != ' ' {
			word += string(r)
			continue
		}
		out, word = append(out, word), ""
	}
	return out
}

// TestUnfinishedAgentAssessment has no outcome, and says what is left.
func TestUnfinishedAgentAssessment(t *testing.T) {
	t.Parallel()
	a := procurementAgent(t)
	a.Answers = map[string]any{"RS1": map[string]any{"answer": "1"}}
	j, view := judgeAgent(t, a)
	if j.Outcome != "" || len(view.Unanswered) != 37 || len(j.Problems) != 37 || view.ControlGap != 100 {
		t.Errorf("outcome %q, %d unanswered, %d problems, gap %d", j.Outcome, len(view.Unanswered), len(j.Problems), view.ControlGap)
	}
}

// TestAgentOfAnEmptyIntake: what the intake does not say yet takes its default.
func TestAgentOfAnEmptyIntake(t *testing.T) {
	t.Parallel()
	a := procurementAgent(t)
	a.Intake = map[string]any{}
	if _, view := judgeAgent(t, a); view.ExposurePoints != 1 || view.Result != "fail" {
		t.Errorf("%+v", view)
	}
}

// TestAgentReviewForms: each reviewer's form asks for what its decision needs.
func TestAgentReviewForms(t *testing.T) {
	t.Parallel()
	book := agentBook(t)
	want := map[string][]string{
		"agent_risk.benefit":         {"/benefit_confirmed", "/benefit_motivation"},
		"agent_risk.review_security": {"/confirmed_human_control", "/confirmed_traceability", "/kf_ih_reviewed"},
		"agent_risk.review_legal":    {"/confirmed_human_control_legal", "/confirmed_responsibility", "/rs_reviewed"},
	}
	for part, pointers := range want {
		var got []string
		for _, p := range book.Check(part, "", "", nil, day(t, "2026-11-23")) {
			got = append(got, p.Pointer)
		}
		if !slices.Equal(got, pointers) {
			t.Errorf("%s asks for %v", part, got)
		}
	}
	for score, needed := range map[int]bool{2: false, 3: true} {
		found := book.Check("agent_risk.benefit", "", "", map[string]any{"benefit_confirmed": score, "benefit_motivation": "Tio minuter kortare per avrop."}, day(t, "2026-11-23"))
		if (len(found) > 0) != needed {
			t.Errorf("benefit %d: %v", score, found)
		}
	}
}
