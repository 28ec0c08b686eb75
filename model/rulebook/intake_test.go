package rulebook

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sluss/model/calendar"
)

// today is the day on which the intakes in testdata are sent in.
const today = "2026-11-23"

// intake reads the base intake from testdata with other parts laid over it.
func intake(t testing.TB, parts ...string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("testdata/intakes.json")
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

// change lays changes over answers; a key with dots goes into an object, nil
// removes the answer.
func change(in map[string]any, changes map[string]any) map[string]any {
	out := maps.Clone(in)
	for _, key := range slices.Sorted(maps.Keys(changes)) { // an object before its members
		v := changes[key]
		group, member, nested := strings.Cut(key, ".")
		switch {
		case nested:
			inner, _ := out[group].(map[string]any)
			if inner = maps.Clone(inner); inner == nil {
				inner = map[string]any{}
			}
			if inner[member] = v; v == nil {
				delete(inner, member)
			}
			out[group] = inner
		case v == nil:
			delete(out, key)
		default:
			out[key] = v
		}
	}
	return out
}

func mustDay(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// found lists problems as "code pointer".
func found(list []Problem) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Code+" "+p.Pointer)
	}
	return out
}

func long(n int) string { return strings.Repeat("å", n) }

// TestChecks has, for every validation rule, changes to a valid intake that
// trip it and changes that just do not.
func TestChecks(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	tests := []struct {
		name    string
		parts   string // beside base
		part    string // intake unless said
		changes m
		want    []string
	}{
		{"nothing changed", "", "", m{}, nil},
		{"with personal data", "personal_data", "", m{}, nil},
		{"an agent", "agent", "", m{}, nil},

		{"V-01 missing", "", "", m{"title": nil}, []string{"V-01 /title"}},
		{"V-01 blank", "", "", m{"title": "   "}, []string{"V-01 /title"}},
		{"V-01 short", "", "", m{"title": "Fyra"}, []string{"V-01 /title"}},
		{"V-01 five characters", "", "", m{"title": " Femåå "}, nil},
		{"V-01 long", "", "", m{"title": long(121)}, []string{"V-01 /title"}},
		{"V-01 120 characters", "", "", m{"title": long(120)}, nil},
		{"V-01 enumeration", "", "", m{"case_type": "New"}, []string{"V-01 /case_type"}},
		{"V-01 not attested", "", "", m{"AT-1": false}, []string{"V-01 /AT-1"}},
		{"V-01 attestation of a test", "", "", m{"case_type": "test", "planned_end": "2027-01-01"}, []string{"V-01 /AT-4"}},
		{"V-01 unknown name", "", "", m{"titel": "x"}, []string{"V-01 /titel"}},
		{"V-01 empty set", "", "", m{"use_types": []any{}}, []string{"V-01 /use_types"}},
		{"V-01 set that may be empty", "", "", m{"art5_flags": nil}, []string{"V-01 /art5_flags"}},
		{"V-01 agent without traits", "agent", "", m{"agent_traits": []any{}}, []string{"V-01 /agent_traits"}},
		{"V-01 row without a name", "", "", m{"sub_processors": []any{m{"name": "Bolaget"}}}, []string{"V-01 /sub_processors/0/country"}},
		{"V-01 row", "", "", m{"sub_processors": []any{m{"name": "Bolaget", "country": "Sverige"}}}, nil},
		{"V-01 slow stop", "agent", "", m{"agent.max_stop_minutes": 16}, []string{"V-01 /agent/max_stop_minutes"}},
		{"V-01 stop in time", "agent", "", m{"agent.max_stop_minutes": 15}, nil},
		{"V-01 explanation of no", "", "", m{"E-3": "nej"}, []string{"V-01 /E-3_text"}},
		{"V-01 end before start", "", "", m{"planned_end": "2026-11-30"}, []string{"V-01 /planned_end"}},
		{"V-01 not confirmed", "", "", m{"env.confirmed": false}, []string{"V-01 /env/confirmed"}},
		{"V-01 retention unknown", "", "", m{"provider_retention_days": "unknown"}, nil},
		{"V-01 retention negative", "", "", m{"provider_retention_days": -1}, []string{"V-01 /provider_retention_days"}},
		{"V-01 large scale denied", "personal_data", "", m{"subjects_estimate": 1000, "large_scale": false}, []string{"V-01 /large_scale_reason"}},
		{"V-01 large scale below", "personal_data", "", m{"subjects_estimate": 999, "large_scale": false}, nil},
		{"V-01 new technology denied", "personal_data", "", m{"new_technology": false}, []string{"V-01 /new_technology_reason"}},

		{"V-02 agent without block", "agent", "", m{"agent": nil}, []string{"V-02 /agent"}},
		{"V-02 agent by its traits", "", "", m{"agent_traits": []any{"acts_autonomously", "sends_messages"}},
			append([]string{"V-01 /benefit_score", "V-01 /information_owner_id", "V-02 /kind"}, agentMissing...)},
		{"V-02 autonomous but only answers", "", "", m{"agent_traits": []any{"acts_autonomously", "plans_steps"}}, nil},
		{"V-02 block without agent", "", "", m{"agent.autonomy_level": 1}, []string{"V-02 /agent"}},

		{"V-03 not AI", "", "", m{"infers_outputs": false, "info_k": nil, "personal_data": nil, "AT-1": nil, "art5_flags": nil, "env": nil}, nil},

		{"V-04 short purpose", "", "", m{"purpose_text": long(99)}, []string{"V-04 /purpose_text"}},
		{"V-04 40 characters", "", "", m{"purpose_text": long(40)}, []string{"V-04 /purpose_text"}},
		{"V-04 100 characters", "", "", m{"purpose_text": long(100)}, nil},
		{"V-04 no goal", "", "", m{"goal_link": ""}, []string{"V-04 /goal_link"}},
		{"V-04 own goal", "", "", m{"goal_link": "Nämndens mål om kortare köer"}, nil},

		{"V-05 91 days", "", "", m{"case_type": "test", "AT-4": true, "planned_end": "2027-03-02"}, []string{"V-05 /planned_end"}},
		{"V-05 90 days", "", "", m{"case_type": "test", "AT-4": true, "planned_end": "2027-03-01"}, nil},
		{"V-05 not a test", "", "", m{"planned_end": "2027-12-01"}, nil},

		{"V-07", "", "", m{"info_t": nil}, []string{"V-07 /info_t"}},
		{"V-07 all three", "", "", m{"info_k": nil, "info_r": nil, "info_t": nil}, []string{"V-07 /info_k", "V-07 /info_r", "V-07 /info_t"}},

		{"V-08 confidential", "", "", m{"info_k": 1, "information_owner_id": "p3"}, []string{"V-08 /info_k"}},
		{"V-08 secrecy", "", "", m{"secrecy": "unsure", "parent_company_third_country": false, "information_owner_id": "p3"}, []string{"V-08 /secrecy"}},
		{"V-08 worth protecting", "", "", m{"protection_worthy": true, "information_owner_id": "p3"}, []string{"V-08 /protection_worthy"}},
		{"V-08 classified", "", "", m{"security_protected": true, "information_owner_id": "p3"}, []string{"V-08 /security_protected"}},
		{"V-08 personal data", "personal_data", "", m{"openly_publishable": true, "info_k": 0}, []string{"V-08 /personal_data"}},
		{"V-08 incidental", "personal_data", "", m{"openly_publishable": true, "info_k": 0, "personal_data": "incidental"}, nil},
		{"V-08 not open", "", "", m{"info_k": 1, "openly_publishable": false, "information_owner_id": "p3"}, nil},

		{"V-09 level", "personal_data", "", m{"secrecy": "yes", "secrecy_provisions": []any{"OSL 26:1"}, "parent_company_third_country": false, "info_k": 1}, []string{"V-09 /info_k"}},
		{"V-09 provision", "personal_data", "", m{"secrecy": "yes", "parent_company_third_country": false}, []string{"V-09 /secrecy_provisions"}},
		{"V-09 both", "personal_data", "", m{"secrecy": "yes", "secrecy_provisions": []any{"OSL 26:1"}, "parent_company_third_country": false}, nil},

		{"V-10 incidental", "personal_data", "", m{"special_categories": []any{"health"}, "personal_data": "incidental"}, []string{"V-10 /personal_data"}},
		{"V-10 level", "personal_data", "", m{"criminal_data": true, "info_k": 1}, []string{"V-10 /info_k"}},
		{"V-10 right", "personal_data", "", m{"special_categories": []any{"health"}}, nil},

		{"V-11 processor", "personal_data", "", m{"dpa_status": "not_needed", "sub_processor_notice": nil}, []string{"V-11 /dpa_status"}},
		{"V-11 free service", "personal_data", "", m{"dpa_status": "not_needed", "account_type": "free_public"}, nil},
		{"V-11 own server", "personal_data", "", m{"dpa_status": "not_needed", "account_type": "self_hosted"}, nil},
		{"V-11 no personal data", "", "", m{"dpa_status": "not_needed"}, nil},
		{"V-11 agreement", "", "", m{"agreement_status": "not_applicable"}, []string{"V-11 /agreement_status"}},
		{"V-11 agreement for rented hosting", "", "", m{"agreement_status": "not_applicable", "account_type": "inhouse_developed", "external_model_or_hosting": true}, []string{"V-11 /agreement_status"}},
		{"V-11 in house", "", "", m{"agreement_status": "not_applicable", "account_type": "inhouse_developed"}, nil},

		{"V-12 appeal", "", "", m{"decision_role": "automated_decision", "decision_area": "other"}, []string{"V-12 /appeal_type"}},
		{"V-12 control", "", "", m{"decision_role": "automated_decision", "decision_area": "other", "appeal_type": "none", "human_control": nil}, []string{"V-12 /human_control"}},
		{"V-12 right", "", "", m{"decision_role": "automated_decision", "decision_area": "other", "appeal_type": "none"}, nil},

		{"V-13", "", "", m{"art6_3_condition": "d"}, []string{"V-13 /annex_iii_points"}},
		{"V-13 none", "", "", m{"art6_3_condition": "none"}, nil},
		{"V-13 with a point", "", "", m{"art6_3_condition": "d", "annex_iii_points": []any{"5a"}, "provider_6_3": "documented",
			"materially_influences": false, "profiling": false, "market_date": "unknown"}, nil},

		{"V-14", "personal_data", "", m{"emotion_recognition": true, "data_subject_groups": []any{"children_pupils"}, "annex_iii_points": []any{"1c"},
			"art6_3_condition": "none", "materially_influences": false, "profiling": false, "market_date": "unknown", "eu_db_registered": "no"}, []string{"V-14 /art5_flags"}},
		{"V-14 others", "personal_data", "", m{"emotion_recognition": true, "data_subject_groups": []any{"residents"}, "annex_iii_points": []any{"1c"},
			"art6_3_condition": "none", "materially_influences": false, "profiling": false, "market_date": "unknown", "eu_db_registered": "no"}, nil},
		{"V-14b", "", "", m{"art5_flags": []any{"f"}, "art5_medical_or_safety": true}, []string{"V-14b /emotion_recognition"}},
		{"V-14b other practice", "", "", m{"art5_flags": []any{"e"}}, nil},

		{"V-15 sends", "agent", "", m{"agent.tools": []any{m{"name": "post", "access": "send"}}}, []string{"V-15 /agent/side_effects"}},
		{"V-15 sends, reversible", "agent", "", m{"agent.tools": []any{m{"name": "post", "access": "send", "reversible": true}}}, []string{"V-15 /agent/side_effects"}},
		{"V-15 sends, reversible and said", "agent", "", m{"agent.tools": []any{m{"name": "post", "access": "send", "reversible": true}}, "agent.side_effects": "external_reversible"}, nil},
		{"V-15 pays and said", "agent", "", m{"agent.tools": []any{m{"name": "bank", "access": "pay"}}, "agent.side_effects": "external_irreversible"}, nil},
		{"V-15 writes", "agent", "", m{"agent.tools": []any{m{"name": "akt", "access": "write"}}}, []string{"V-15 /agent/side_effects"}},
		{"V-15 writes and said", "agent", "", m{"agent.tools": []any{m{"name": "akt", "access": "write"}}, "agent.side_effects": "internal_irreversible"}, nil},
		{"V-15 writes reversibly, none said", "agent", "", m{"agent.side_effects": "none"}, []string{"V-15 /agent/side_effects"}},
		{"V-15 reads", "agent", "", m{"agent.tools": []any{m{"name": "akt", "access": "read"}}, "agent.side_effects": "none"}, nil},

		{"V-16 no images counted", "", "", m{"modalities": []any{"image"}, "deepfake_output": false, "env": images(0)}, []string{"V-16 /env/workloads"}},
		{"V-16 not justified", "", "", m{"modalities": []any{"image"}, "deepfake_output": false, "env": images(100), "env.justification": nil}, []string{"V-16 /env/justification"}},
		{"V-16 right", "", "", m{"modalities": []any{"image"}, "deepfake_output": false, "env": images(100)}, nil},
		{"V-16 analysed only", "", "", m{"modalities": []any{"image"}, "generative": false}, nil},

		{"V-17", "personal_data", "", m{"digital_care_tech": true, "consents": "routine", "personal_data": "incidental"}, []string{"V-17 /personal_data"}},
		{"V-17 right", "personal_data", "", m{"digital_care_tech": true, "consents": "routine"}, nil},

		{"V-18 yesterday", "", "", m{"planned_start": "2026-11-22"}, []string{"V-18 /planned_start"}},
		{"V-18 today", "", "", m{"planned_start": "2026-11-23"}, nil},
		{"V-18 existing use", "", "", m{"planned_start": "2020-01-01", "case_type": "existing_use"}, nil},

		{"V-20 no such entry", "", "", m{"based_on_register_entry": "r1"}, []string{"V-20 /based_on_register_entry"}},
		{"V-20 right", "", "", m{"based_on_register_entry": "r1", "parent_entry": entry("active", "2024-11-23", 0, true)}, nil},
		{"V-20 too old", "", "", m{"based_on_register_entry": "r1", "parent_entry": entry("active", "2024-11-22", 0, true)}, []string{"V-20 /based_on_register_entry"}},
		{"V-20 suspended", "", "", m{"based_on_register_entry": "r1", "parent_entry": entry("suspended", "2026-11-01", 0, true)}, []string{"V-20 /based_on_register_entry"}},
		{"V-20 other product", "", "", m{"based_on_register_entry": "r1", "parent_entry": entry("active", "2026-11-01", 0, false)}, []string{"V-20 /based_on_register_entry"}},
		{"V-20 level", "personal_data", "", m{"based_on_register_entry": "r1", "parent_entry": entry("active", "2026-11-01", 1, true)}, []string{"V-20 /based_on_register_entry"}},

		{"SOD-01", "", "", m{"manager_id": "p1", "accountable_person_id": "p1"}, []string{"SOD-01 /manager_id"}},

		{"V-60 return", "", "decision", m{"decision": m{"outcome": "return", "reason_codes": []any{}, "path_forward_text": long(29)}},
			[]string{"V-60 /decision/path_forward_text", "V-60 /decision/reason_codes"}},
		{"V-60 right", "", "decision", m{"decision": m{"outcome": "reject", "reason_codes": []any{"HS-02"}, "path_forward_text": long(30)}}, nil},
		{"V-60 endorse", "", "decision", m{"decision": m{"outcome": "endorse"}}, nil},
	}
	tripped := map[string]bool{}
	for _, tt := range tests {
		for _, w := range tt.want {
			tripped[strings.Fields(w)[0]] = true
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts, part := []string{"base"}, PartIntake
			if tt.parts != "" {
				parts = append(parts, tt.parts)
			}
			if tt.part != "" {
				part = tt.part
			}
			got := Default().Check(part, "", "full", change(intake(t, parts...), tt.changes), mustDay(t, today))
			want := slices.Sorted(slices.Values(tt.want))
			if have := slices.Sorted(slices.Values(found(got))); !slices.Equal(have, want) {
				t.Errorf("got %v, want %v", have, want)
			}
			for _, p := range got {
				if !p.Text.Complete() || p.Source == "" {
					t.Errorf("%s %s has no text or no source", p.Code, p.Pointer)
				}
			}
		})
	}
	for _, k := range Default().checks {
		if k.ID != "V-03" && !tripped[k.ID] { // V-03 leaves questions out
			t.Errorf("no test trips %s", k.ID)
		}
	}
}

// agentMissing are the answers of an agent's section.
var agentMissing = []string{
	"V-01 /agent/autonomous_external_action", "V-01 /agent/autonomy_level", "V-01 /agent/human_control_ensured",
	"V-01 /agent/identity", "V-01 /agent/kill_switch", "V-01 /agent/limits", "V-01 /agent/max_stop_minutes", "V-01 /agent/memory",
	"V-01 /agent/per_action_approval", "V-01 /agent/persons_affected", "V-01 /agent/responsibility",
	"V-01 /agent/side_effects", "V-01 /agent/tested_at", "V-01 /agent/tools", "V-01 /agent/traceability", "V-01 /agent/untrusted_input",
}

// images is the environmental part of a tool that makes n images a year.
func images(n int) map[string]any {
	return map[string]any{
		"workloads":     []any{map[string]any{"images_year": n, "grid": "SE"}},
		"justification": long(100), "alternatives": []any{"befintlig bild"}, "limits": map[string]any{"images_year": n},
	}
}

func entry(status, reviewed string, level int, same bool) map[string]any {
	return map[string]any{"status": status, "reviewed_on": reviewed, "approved_max_ipl": level, "same_product": same}
}
