package assess_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// long is a text of n characters.
func long(n int) string { return strings.Repeat("å", n) }

// fullIntake is a complete intake on the full form that breaks no rule: a
// writing aid for open information.
func fullIntake() map[string]any {
	return map[string]any{
		"intake_form": "full", "case_type": "new", "title": "Skrivhjälp för webben", "summary": long(60),
		"org_unit_id": "u1", "covered_unit_ids": []any{"u1"}, "project_owner_id": "p1", "manager_id": "p2",
		"accountable_person_id": "p2", "governance_ref": "DI-2026-001", "purpose_text": long(120),
		"goal_link": "routine", "benefit_text": long(60), "planned_start": "2026-12-01",
		"user_groups": []any{"employees"}, "user_count": 20, "existing_approved_tool": false,
		"kind": "ai_service", "infers_outputs": true, "agent_traits": []any{}, "use_types": []any{"support_tool"},
		"lifecycle_phase": "production", "generative": true, "modalities": []any{"text"},
		"service_category": "text_generation", "training_or_finetuning": false, "external_facing": "none",
		"provider_name": "Leverantören", "provider_country": "Sverige", "product_name": "Skrivaren",
		"model_names": []any{"modell 1"}, "ai_act_roles": []any{"deployer"}, "procured": true,
		"procurement_ref": "UH 2026:1", "account_type": "organisation_licence", "agreement_status": "signed",
		"agreement_covers_security": true, "agreement_covers_data_protection": true, "dpa_status": "signed",
		"sub_processors": []any{}, "sub_processor_notice": true, "trains_on_customer_data": "no",
		"provider_retention_days": 30, "storage_location": "eu_eea", "third_country_access": "no",
		"info_k": 0, "info_r": 1, "info_t": 1, "openly_publishable": true, "secrecy": "no",
		"protection_worthy": false, "security_protected": false, "copyright_input": "own",
		"personal_data": "none", "decision_role": "none", "legal_or_significant_effect": false,
		"human_control": "human_decides", "bias_method": "described", "review_routine": "described",
		"art5_flags": []any{}, "annex_iii_points": []any{}, "emotion_recognition": false,
		"biometric_categorisation": false, "public_record_assessment": "no",
		"env": map[string]any{
			"workloads": []any{map[string]any{"requests_year": 10000, "output_tokens": 300, "model_class": "L", "grid": "SE", "pue": 1.2}},
			"confirmed": true,
		},
		"E-1": "ja", "E-2": "ja", "E-3": "ja", "E-4": "ja", "E-5": "ja",
		"AT-1": true, "AT-2": true, "AT-3": true,
	}
}

// personalData is the whole of section E for ordinary personal data.
func personalData() map[string]any {
	return map[string]any{
		"personal_data": "yes", "info_k": 2, "openly_publishable": false, "information_owner_id": "p3",
		"personal_data_categories": []any{"name"}, "data_subject_groups": []any{"residents"},
		"special_categories": []any{}, "criminal_data": false, "highly_personal": false,
		"subjects_estimate": 100, "evaluation_scoring": false, "systematic_monitoring": false,
		"dataset_matching": false, "prevents_right_or_service": false, "purpose_relation": "same",
		"data_source": "from_person", "recipients": []any{}, "digital_care_tech": false,
		"retention_sets": []any{map[string]any{"data_set": "logg", "period": "30 dagar"}},
	}
}

// agentBlock is the whole of section H.
func agentBlock() map[string]any {
	return map[string]any{
		"autonomy_level": 2, "tools": []any{map[string]any{"name": "kalender", "access": "write", "reversible": true}},
		"side_effects": "internal_reversible", "untrusted_input": false, "autonomous_external_action": false,
		"per_action_approval": true, "traceability": "yes", "responsibility": "yes", "human_control_ensured": "yes",
		"kill_switch": "tested", "tested_at": "2026-11-01", "max_stop_minutes": 5, "identity": "own_account",
		"limits": map[string]any{"max_steps": 10}, "memory": "none", "persons_affected": 0,
	}
}

// with applies changes to the full intake; null removes an answer.
func with(changes ...map[string]any) map[string]any {
	out := fullIntake()
	for _, c := range changes {
		maps.Copy(out, c)
	}
	return out
}

func problems(list []rulebook.Problem) string {
	raw, _ := json.MarshalIndent(list, "", " ")
	return string(raw)
}

func TestFullIntakeIsComplete(t *testing.T) {
	t.Parallel()
	agent := map[string]any{"kind": "ai_agent", "agent_traits": []any{"uses_tools"}, "agent": agentBlock(), "benefit_score": 3, "information_owner_id": "p3"}
	for name, answers := range map[string]map[string]any{
		"open information": fullIntake(), "personal data": with(personalData()), "agent": with(agent),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := assess.Submit(rulebook.Default(), "", "full", answers, nil, day(t, "2026-11-23"))
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Problems) > 0 {
				t.Error(problems(s.Problems))
			}
			// What was normalised stays as it is.
			clean, _ := rulebook.Default().Normalise(rulebook.PartIntake, answers)
			again, faults := rulebook.Default().Normalise(rulebook.PartIntake, clean)
			if len(faults) > 0 {
				t.Error(problems(faults))
			}
			equalJSON(t, again, clean)
		})
	}
}
