package assess

import (
	"slices"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	always := "C-EDU C-EDU-Y"
	levelTwo := always + " C-LOG C-ACC"
	hr := " C-HR1 C-HR2 C-HR3 C-HR4 C-HR5 C-HR6 C-HR7 C-HR8 C-HR9"
	tests := []struct {
		name            string
		intake, process m
		want            string
	}{
		{"nothing", nil, nil, always},
		{"no routine", m{"review_routine": "missing"}, nil, always + " C-REV"},
		{"generative and a decision", m{"decision_role": "information_support"}, nil, always + " C-REV"},
		{"a decision, not generative", m{"decision_role": "information_support", "generative": false}, nil, always},
		{"published", m{"external_facing": "published_output", "copyright_output_check": true}, nil, always + " C-REV C-NOTE"},
		{"published without a check", m{"external_facing": "published_output"}, nil, always + " C-REV C-NOTE C-COPY"},
		{"published, not generative", m{"external_facing": "published_output", "generative": false}, nil, always + " C-NOTE"},
		{"level 1", m{"info_k": 1, "openly_publishable": false}, nil, always},
		{"level 2", m{"info_k": 2, "openly_publishable": false}, nil, levelTwo},
		{"level 3", m{"info_k": 3, "openly_publishable": false}, nil, levelTwo + " C-TEST C-TEST-Y"},
		{"limits", nil, m{"environment_result": "justified_with_limits"}, always + " C-LIM"},
		{"justified", nil, m{"environment_result": "justified"}, always},
		{"pilot", nil, m{"agent_result": "pass_pilot_only"}, always + " C-LIM-P"},
		{"own documents", m{"service_category": "search_rag"}, nil, always + " C-ACC"},
		{"agent", m{"kind": "ai_agent"}, nil, always + " C-TEST C-TEST-Y"},
		{"records", m{"public_record_assessment": "yes"}, nil, always + " C-REC"},
		{"records unsure", m{"public_record_assessment": "unsure"}, nil, always},
		{"chat", m{"external_facing": "direct_interaction", "copyright_output_check": true}, nil, always + " C-REV C-NOTE C-TEST C-TEST-Y C-DOS C-CHAN"},
		{"chat with all in place", m{"external_facing": "direct_interaction", "copyright_output_check": true, "dos_statement": true, "human_channel": "0510-77 00 00"}, nil,
			always + " C-REV C-NOTE C-TEST C-TEST-Y"},
		{"consents", m{"consents": "routine"}, nil, always + " C-CONS"},
		{"consents obtained", m{"consents": "obtained_all"}, nil, always},
		{"high risk", m{"annex_iii_points": []any{"5a"}}, nil, always + hr},
		{"high risk with a derogation", m{"annex_iii_points": []any{"5a"}, "art6_3_condition": "d"}, nil, always},
		{"high risk at a company", m{"annex_iii_points": []any{"5a"}, "controller_type": "municipal_company"}, nil, always + strings.ReplaceAll(hr, " C-HR7", "")},
	}
	for _, tt := range tests {
		list, rules, err := Templates(reviewOf("", tt.intake, nil, tt.process))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, c := range list {
			got = append(got, c.ID)
			if !c.Text.Complete() || !c.Verification.Complete() || !c.Consequence.Complete() || c.Source == "" || c.OwnerRole == c.VerifierRole {
				t.Errorf("%s is not complete", c.ID)
			}
			if (c.DueKind == "recurring") != (c.Months > 0) {
				t.Errorf("%s: %s every %d months", c.ID, c.DueKind, c.Months)
			}
			for _, role := range []string{c.OwnerRole, c.VerifierRole} {
				if !slices.Contains(model.Roles(), model.Role(role)) {
					t.Errorf("%s: %q is no role", c.ID, role)
				}
			}
			if rules[i].ID != c.ID {
				t.Errorf("%s comes from %s", c.ID, rules[i].ID)
			}
		}
		want := strings.Fields(tt.want)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
}

// TestCopyCheckFollowsTheProfile: C-COPY rests on the Linköping document alone,
// whose scope is generative AI.
func TestCopyCheckFollowsTheProfile(t *testing.T) {
	t.Parallel()
	for _, p := range rulebook.Default().Profiles() {
		a := reviewOf("", m{"external_facing": "published_output"}, nil, nil)
		a.Profile = p.ID
		list, _, err := Templates(a)
		if err != nil || !slices.ContainsFunc(list, func(c Condition) bool { return c.ID == "C-COPY" }) {
			t.Errorf("%s: no C-COPY (%v)", p.ID, err)
		}
	}
}

// The condition on training names the course and the share that the manager has
// stated (L-67).
func TestTrainingIsNamed(t *testing.T) {
	t.Parallel()
	conditions, _, err := Templates(reviewOf("", m{}, nil, m{"training_course": "AI för handläggare.", "training_share": 90}))
	if err != nil {
		t.Fatal(err)
	}
	c := conditions[0]
	if c.ID != "C-EDU" || c.Text.SV != "Minst 90 procent av användarna har gått utbildningen: AI för handläggare." ||
		!strings.Contains(c.Text.EN, "90 per cent") {
		t.Errorf("%s: %+v", c.ID, c.Text)
	}
}

func TestTemplatesAgainstModel(t *testing.T) {
	t.Parallel()
	words := map[string][]any{
		"service_category": {"chatbot", "search_rag"}, "human_channel": {nil, "0510-77 00 00"},
		"environment_result": {nil, "justified", "justified_with_limits", "light_ok"}, "agent_result": {nil, "pass", "pass_pilot_only"},
		"before_use_open": {0, 1}, "overdue_working_days": {0, 10, 11},
		"rule_family": {nil, "HS-", "LB-", "DP-32", "AG-", "MC-"},
	}
	againstModel(t, "conditions", []string{"templates", "condition_rules"}, words, func(f m) []string {
		level := f["info_protection_level"].(int)
		talks, outside := f["external_facing"] == "direct_interaction", f["external_facing"] != "none"
		made, risky := f["generative"] == true, f["high_risk"] == true
		tested := talks || f["is_agent"] == true || level == 3
		return ifs("C-EDU", true, "C-EDU-Y", true,
			"C-REV", f["review_routine"] == "missing" || made && (outside || f["decision_role"] != "none"),
			"C-LOG", level >= 2, "C-NOTE", outside,
			"C-LIM", f["environment_result"] == "justified_with_limits", "C-LIM-P", f["agent_result"] == "pass_pilot_only",
			"C-ACC", level >= 2 || f["service_category"] == "search_rag", "C-TEST", tested, "C-TEST-Y", tested,
			"C-REC", f["public_record_assessment"] == "yes", "C-DOS", talks && f["dos_statement"] == false,
			"C-CHAN", talks && f["human_channel"] == nil,
			"C-COPY", f["copyright_output_check"] == false && made && outside && f["k_scope"] == true,
			"C-CONS", f["consents"] == "routine",
			"C-HR1", risky, "C-HR2", risky, "C-HR3", risky, "C-HR4", risky, "C-HR5", risky, "C-HR6", risky,
			"C-HR7", risky && f["controller_type"] == "public_authority", "C-HR8", risky, "C-HR9", risky,
			"CO-01", f["before_use_open"] == 1, "CO-02", f["overdue_working_days"] == 11 && f["extended"] == false,
			"CO-03", f["period_over"] == true, "CO-04", f["rule_family"] != nil)
	})
}

func TestCanWaive(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]bool{
		"HS-02": false, "LB-R17": false, "LB-16": false, "DP-32": false, "AG-R04": false, "AG-R09": false, "MC-02": false,
		"DP-30": true, "DP-31": true, "EN-R04": true, "C-EDU": true, "B4": true, "SG-08": true, "": true,
	} {
		forbids, ok := CanWaive(rule)
		if ok != want || (forbids == "CO-04") == want {
			t.Errorf("%s: %q %v", rule, forbids, ok)
		}
	}
	book, _ := rulebook.Default().Assessment(stageConditions)
	families, _ := book.Enum("unwaivable_family")
	for i, v := range families.Values {
		if len(families.Values) != len(unwaivable) || unwaivable[i] != v.ID {
			t.Errorf("the rulebook lists %s", v.ID)
		}
	}
	for _, id := range []string{"CO-01", "CO-02", "CO-03", "CO-04"} {
		if r, ok := rulebook.Default().Rule(id); !ok || !r.Text.Complete() {
			t.Errorf("%s has no text", id)
		}
	}
}
