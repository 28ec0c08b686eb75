package assess_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// intake reads complete intakes that break no rule on 2026-11-23, laid over
// each other.
func intake(t testing.TB, parts ...string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("../rulebook/testdata/intakes.json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, p := range parts {
		var part map[string]any
		if err := json.Unmarshal(file[p], &part); err != nil {
			t.Fatal(err)
		}
		maps.Copy(out, part)
	}
	return out
}

// found lists problems as "code pointer".
func found(list []rulebook.Problem) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Code+" "+p.Pointer)
	}
	return out
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	tests := []struct {
		name     string
		parts    []string
		form     string
		changes  m
		wantForm string
		tier     string
		outcome  string
		problems []string
	}{
		{"open information", []string{"base"}, "", nil, "full", "T1", "proceed", nil},
		{"personal data", []string{"base", "personal_data"}, "", nil, "full", "T2", "proceed", nil},
		{"agent", []string{"base", "agent"}, "", nil, "full", "T2", "proceed", nil},
		{"short form", []string{"short_t1"}, "", nil, "short_t1", "T1", "proceed", nil},
		{"reduced form", []string{"short_t2"}, "", nil, "short_t2", "T2", "proceed", nil},
		{"short form that is too small", []string{"short_t2"}, "short_t1", nil, "short_t2", "T2", "proceed", nil},
		{"short form and internal information", []string{"short_t1"}, "", m{"openly_publishable": false, "info_k": 1, "info_r": 1, "info_t": 1,
			"secrecy": "no", "protection_worthy": false, "security_protected": false}, "short_t2", "T2", "proceed",
			[]string{"V-01 /agreement_covers_data_protection", "V-01 /agreement_covers_security", "V-01 /benefit_text", "V-01 /dpa_status",
				"V-01 /env/workloads", "V-01 /information_owner_id", "V-01 /lifecycle_phase", "V-01 /model_names", "V-01 /procured",
				"V-01 /provider_country", "V-01 /provider_retention_days", "V-01 /review_routine", "V-01 /storage_location",
				"V-01 /sub_processors", "V-01 /summary", "V-01 /third_country_access", "V-01 /trains_on_customer_data",
				"V-01 /use_types", "V-01 /user_groups", "V-04 /purpose_text"}},
		{"stopped on the short form", []string{"short_t1"}, "", m{"art5_flags": []any{"c"}}, "short_t1", "T4", "rejected_auto", nil},
		{"not AI", []string{"base"}, "", m{"infers_outputs": false}, "full", "", "out_of_scope", nil},
		{"many users make it resource-intensive", []string{"short_t1"}, "", m{"user_count": 5000}, "short_t2", "T2", "proceed",
			[]string{"V-01 /benefit_text", "V-01 /summary"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := intake(t, tt.parts...)
			maps.Copy(answers, tt.changes)
			s, err := assess.Submit(rulebook.Default(), "", tt.form, answers, nil, day(t, "2026-11-23"))
			if err != nil {
				t.Fatal(err)
			}
			if s.Form != tt.wantForm || s.Tier != tt.tier || s.Outcome != tt.outcome {
				t.Errorf("form %s, tier %s, outcome %s", s.Form, s.Tier, s.Outcome)
			}
			got := found(s.Problems)
			if tt.name == "many users make it resource-intensive" {
				for _, p := range tt.problems {
					if !slices.Contains(got, p) {
						t.Errorf("%s is not among %v", p, got)
					}
				}
				return
			}
			slices.Sort(got)
			slices.Sort(tt.problems)
			if !slices.Equal(got, tt.problems) {
				t.Errorf("problems %v, want %v", got, tt.problems)
			}
		})
	}
}

// TestSubmitTakesWhatTheSystemKnows: the kind of controller and the approval
// of the information owner are not asked for and count all the same.
func TestSubmitTakesWhatTheSystemKnows(t *testing.T) {
	t.Parallel()
	answers := intake(t, "base")
	maps.Copy(answers, map[string]any{"decision_role": "automated_decision", "appeal_type": "not_appealable", "decision_area": "other"})
	for controller, want := range map[string]string{"public_authority": "rejected_auto", "municipal_company": "proceed"} {
		s, err := assess.Submit(rulebook.Default(), "", "", answers, map[string]any{"controller_type": controller}, day(t, "2026-11-23"))
		if err != nil {
			t.Fatal(err)
		}
		if s.Outcome != want || len(s.Problems) > 0 {
			t.Errorf("%s: %s %v", controller, s.Outcome, found(s.Problems))
		}
	}
}

func TestSubmitKeepsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	answers := intake(t, "base")
	answers["colour"], answers["secrecy"] = "red", "maybe"
	s, err := assess.Submit(rulebook.Default(), "", "", answers, nil, day(t, "2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	if got := found(s.Problems); !slices.Equal(got, []string{"V-01 /colour", "V-01 /secrecy"}) {
		t.Error(got)
	}
}

// TestEnergyDecidesWhatIsAsked: the computed energy makes the environmental
// review full, and with it the justification needed.
func TestEnergyDecidesWhatIsAsked(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	for requests, want := range map[float64][]string{
		1000:    {},
		5040000: {"V-01 /env/alternatives", "V-01 /env/justification", "V-01 /env/limits"},
	} {
		answers := intake(t, "base")
		answers["env"] = map[string]any{"confirmed": true, "workloads": []any{map[string]any{"requests_year": requests, "output_tokens": 300, "model_class": "L", "pue": 1.09}}}
		if got := found(assess.Check(b, "", "full", answers, nil, day(t, "2026-11-23"))); !slices.Equal(got, want) {
			t.Errorf("%v requests: %v", requests, got)
		}
		c, err := assess.Triage(b, "", assess.Facts(b, answers, nil), day(t, "2026-11-23"))
		if err != nil {
			t.Fatal(err)
		}
		if full := c.Stages["environment"] == "full"; full != (len(want) > 0) {
			t.Errorf("%v requests: environment %s", requests, c.Stages["environment"])
		}
	}
}
