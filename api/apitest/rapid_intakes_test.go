//go:build !slim

package apitest_test

import (
	"maps"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook/rulebooktest"
)

// intake is a complete intake from which cases begin.
type intake struct {
	name    string
	answers fields
	// serves are the transitions of rulebook 9.2 to which it leads and few others
	// do.
	serves []string
}

// sketches are the intakes in short: what differs from one that breaks no rule.
// What a form lacks besides is filled in.
func sketches(t *testing.T, o office) []intake {
	laid := func(name string, parts []string, changes fields, serves ...string) intake {
		answers := o.answers(append([]string{"base"}, parts...), changes)
		answers["env"] = merged(answers["env"].(fields), justified) // asked when a reviewer wants more
		return intake{name, answers, serves}
	}
	personal := []string{"personal_data"}
	level1 := fields{"info_k": 1, "openly_publishable": false, "information_owner_id": "info"}
	return []intake{
		laid("open information", nil, nil, "T-08", "T-16", "T-22"),
		laid("internal information", nil, level1, "T-16", "T-22"),
		laid("personal data", personal, fields{"info_k": 1}, "T-09", "T-10"),
		laid("sensitive data", personal, fields{
			"info_k": 3, "info_r": 3, "secrecy": "yes", "secrecy_provisions": []any{"OSL 26:1"}, "special_categories": []any{"health"},
			"highly_personal": true, "large_scale": true, "data_subject_groups": []any{"social_services_clients"}, "protection_worthy": true,
			"subjects_estimate": 2500,
		}, "T-10", "T-17", "SOD-05"),
		laid("agent", []string{"agent"}, nil, "T-13", "T-17"),
		laid("private licence", nil, merged(level1, fields{"account_type": "private_licence", "benefit_score": 3, "org_unit_id": lenient, "covered_unit_ids": []any{lenient}}), "T-33", "T-34"),
		laid("no AI", nil, fields{"infers_outputs": false, "generative": false, "agent_traits": []any{}, "modalities": []any{"text"}}, "T-06"),
		laid("prohibited practice", nil, fields{"art5_flags": []any{"a"}}, "T-07"),
		laid("no agreement", nil, merged(level1, fields{
			"agreement_status": "none", "agreement_covers_security": nil, "agreement_covers_data_protection": nil,
		}), "T-05", "T-07a"),
		laid("stopped while in use", nil, merged(level1, fields{
			"case_type": "existing_use", "agreement_status": "none", "agreement_covers_security": nil, "agreement_covers_data_protection": nil,
		}), "T-05", "T-07a"),
		laid("images", nil, fields{
			"modalities": []any{"image"}, "service_category": "image_generation", "external_facing": "published_output", "output_authorship": "ai_created",
			"notice_confirmed": true,
			"env": fields{
				"workloads": []any{fields{"images_year": 2000, "grid": "SE", "pue": 1.2}},
				"confirmed": true,
			},
		}, "T-15"),
		laid("camera", personal, fields{
			"camera": true, "public_area_monitoring": true, "systematic_monitoring": true, "large_scale": true, "modalities": []any{"video"}, "generative": false,
		}, "T-09"),
		laid("derogation", personal, fields{
			"annex_iii_points": []any{"5a"}, "art6_3_condition": "d", "materially_influences": false, "profiling": false,
		}, "T-09", "T-10"),
		laid("high risk", personal, fields{
			"annex_iii_points": []any{"5a"}, "materially_influences": true, "profiling": false, "decision_role": "information_support",
			"eu_db_registered": "yes",
		}, "T-14", "SOD-05"),
	}
}

// justified is why much energy is used, as a full environmental review asks for it.
var justified = fields{
	"justification": "Bilderna visar planförslag för invånare som inte läser ritningar. Bildarkivet saknar bilder av det som ännu inte är byggt, och foton går inte att ta.",
	"alternatives":  []any{"bildarkiv", "ritning för hand"}, "limits": fields{"images_year": 3000},
}

func merged(all ...fields) fields {
	out := fields{}
	for _, more := range all {
		maps.Copy(out, more)
	}
	return out
}

// completeIntakes fills in what the sketches lack.
func completeIntakes(t *testing.T, l *live) []intake {
	t.Helper()
	all := sketches(t, office{House: l.house})
	today := calendar.Today(l.house.Clock.Now())
	for i := range all {
		fill := rulebooktest.New(l.book, today, nil)
		name := all[i].name
		for n := 0; ; n++ {
			profile := "strictest"
			if all[i].answers["org_unit_id"] == lenient {
				profile = "lidkoping"
			}
			judged, err := assess.Submit(l.book, profile, "", withoutNulls(all[i].answers), fields{"controller_type": "public_authority"}, today)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(judged.Problems) == 0 {
				break
			}
			if err := fill.Mend(all[i].answers, rulebooktest.Gaps(judged.Problems)); err != nil || n > 20 {
				t.Fatalf("%s: %v in %+v", name, err, judged.Problems)
			}
		}
		all[i].answers = withoutNulls(all[i].answers)
	}
	return all
}

func withoutNulls(in fields) fields {
	out := maps.Clone(in)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// changes are what an owner may do to an answer that stands. Each keeps the form
// complete or lets the next filling complete it.
var changes = []struct {
	field string
	to    []any
}{
	{"title", []any{"Skrivhjälp", "Skrivhjälp för webben och intranätet"}},
	{"purpose_text", []any{
		"Att webbplatsens texter blir lättare att läsa för invånarna, så att fler hittar rätt själva och färre behöver ringa.",
		"Att texterna blir lättare att läsa för alla invånare, så att fler hittar rätt själva och färre behöver ringa till kontaktcenter.",
	}},
	{"benefit_text", []any{
		"Redaktörerna sparar ungefär två timmar i veckan var, och frågorna till kontaktcenter minskar.",
		"Redaktörerna sparar ungefär en halvtimme i veckan var, och frågorna till kontaktcenter minskar.",
	}},
	{"user_count", []any{20, 35, 60}},
	{"info_t", []any{1, 2}},
	{"info_r", []any{1, 2}},
	{"model_names", []any{[]any{"modell 1"}, []any{"modell 2"}}},
	{"product_name", []any{"Skrivaren", "Skrivaren Plus"}},
	{"provider_retention_days", []any{30, 10}},
	{"procurement_ref", []any{"UH 2026:1", "UH 2026:2"}},
	{"subjects_estimate", []any{100, 200}},
	{"review_routine", []any{"described"}},
}

// groups is the field-to-stage map of rulebook 9.13 written once more, without the
// rows that hold only on a condition: an approval of a stage holds for these
// answers.
var groups = []struct {
	fields []string
	stages []string
}{
	{[]string{"org_unit_id", "covered_unit_ids"}, []string{"manager", "legal_basis"}},
	{[]string{"purpose_text", "goal_link", "decision_role", "legal_or_significant_effect", "decision_on_individual", "human_control"}, []string{
		"manager", "legal_basis", "secrecy", "derogation_review", "camera_assessment", "dpia", "agent_risk", "fria", "ciso", "info_owner",
	}},
	{[]string{"benefit_text", "benefit_score", "manager_id", "governance_ref", "existing_approved_tool", "E-1", "E-2", "E-3", "E-4", "E-5"}, []string{"manager"}},
	{[]string{"benefit_score"}, []string{"agent_risk"}},
	{[]string{"user_groups", "user_count"}, []string{"dpia", "agent_risk"}},
	{[]string{"case_type", "lifecycle_phase", "planned_start", "planned_end"}, []string{"manager"}},
	{[]string{"information_owner_id"}, []string{"info_owner"}},
	{[]string{"kind", "infers_outputs", "agent_traits", "use_types"}, []string{"dpia", "agent_risk", "ciso"}},
	{[]string{"generative", "modalities", "service_category"}, []string{"dpia", "environment", "ciso"}},
	{[]string{"external_facing"}, []string{"ciso", "dpia"}},
	{[]string{"provider_name", "provider_country", "product_name"}, []string{"legal_basis", "ciso"}},
	{[]string{"model_names"}, []string{"agent_risk", "ciso"}},
	{[]string{"account_type", "agreement_status", "dpa_status", "sub_processors", "provider_retention_days", "storage_location"}, []string{"legal_basis", "ciso"}},
	{[]string{"procured", "procurement_ref"}, []string{"manager"}},
	{[]string{"info_k", "info_r", "info_t", "openly_publishable", "protection_worthy"}, []string{"secrecy", "dpia", "ciso"}},
	{[]string{"personal_data", "data_subject_groups", "special_categories"}, []string{"legal_basis", "dpia", "ciso"}},
	{[]string{"subjects_estimate", "large_scale", "systematic_monitoring"}, []string{"legal_basis", "dpia"}},
	{[]string{"camera"}, []string{"camera_assessment", "dpia"}},
	{[]string{"bias_method", "review_routine"}, []string{"dpia", "fria"}},
	{[]string{"annex_iii_points", "art5_flags", "profiling", "materially_influences"}, []string{"fria", "derogation_review", "ciso"}},
	{[]string{"art6_3_condition"}, []string{"derogation_review", "fria"}},
	{[]string{"agent"}, []string{"agent_risk", "ciso"}},
	{[]string{"env"}, []string{"environment"}},
}

// dependsOn are the answers for which a stage's approval holds.
func dependsOn(stage string) []string {
	var ids []string
	for _, g := range groups {
		if slices.Contains(g.stages, stage) {
			ids = append(ids, g.fields...)
		}
	}
	return ids
}
