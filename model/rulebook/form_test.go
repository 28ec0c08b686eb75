package rulebook

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
)

func TestShortFormsAreComplete(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"short_t1", "short_t2"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			if got := found(Default().Check(PartIntake, "", "", intake(t, form), mustDay(t, today))); len(got) > 0 {
				t.Error(got)
			}
		})
	}
}

// TestShortFormAsksForWhatItLists takes the answers of a short form away one
// by one: those without a default are missed, and no answer is asked for that
// the form does not have.
func TestShortFormAsksForWhatItLists(t *testing.T) {
	t.Parallel()
	withDefault := map[string][]string{
		"short_t1": {"intake_form", "agent_traits", "external_facing", "decision_role"},
		"short_t2": {"intake_form", "agent_traits", "external_facing", "decision_role", "accountable_person_id"},
	}
	for form, free := range withDefault {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			all := intake(t, form)
			for id := range all {
				got := found(Default().Check(PartIntake, "", form, change(all, map[string]any{id: nil}), mustDay(t, today)))
				if missed := slices.ContainsFunc(got, func(s string) bool { return s[len(s)-len(id):] == id }); missed == slices.Contains(free, id) && id != "env" {
					t.Errorf("without %s: %v", id, got)
				}
			}
			if got := found(Default().Check(PartIntake, "", form, map[string]any{}, mustDay(t, today))); len(got) == 0 {
				t.Error("an empty form is complete")
			}
		})
	}
}

func TestShortPurpose(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]string{29: {"V-04 /purpose_text"}, 30: {}} {
		got := found(Default().Check(PartIntake, "", "short_t1", change(intake(t, "short_t1"), map[string]any{"purpose_text": long(n)}), mustDay(t, today)))
		if !slices.Equal(got, want) {
			t.Errorf("%d characters: %v", n, got)
		}
	}
}

func TestAccountDataOnTheShortestForm(t *testing.T) {
	t.Parallel()
	answers := change(intake(t, "short_t1"), map[string]any{"personal_data": "account_only"})
	got := found(Default().Check(PartIntake, "", "", answers, mustDay(t, today)))
	want := []string{"V-01 /dpa_status", "V-01 /information_owner_id", "V-01 /storage_location", "V-01 /third_country_access"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOffer(t *testing.T) {
	t.Parallel()
	first := map[string]any{
		"case_type": "new", "kind": "ai_service", "agent_traits": []any{}, "account_type": "organisation_licence",
		"openly_publishable": true, "personal_data": "none", "external_facing": "none", "decision_role": "none",
	}
	tests := []struct {
		name    string
		changes map[string]any
		want    string
	}{
		{"open information", nil, "short_t1"},
		{"account data", map[string]any{"personal_data": "account_only"}, "short_t1"},
		{"internal", map[string]any{"openly_publishable": false}, "short_t2"},
		{"personal data", map[string]any{"personal_data": "yes"}, "short_t2"},
		{"published", map[string]any{"external_facing": "published_output"}, "short_t2"},
		{"test", map[string]any{"case_type": "test"}, "full"},
		{"agent", map[string]any{"kind": "ai_agent"}, "full"},
		{"agent by traits", map[string]any{"agent_traits": []any{"acts_autonomously", "uses_tools"}}, "full"},
		{"an answer is missing", map[string]any{"decision_role": nil}, "full"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Default().Offer("", change(first, tt.changes)); got.ID != tt.want {
				t.Errorf("offered %s, want %s", got.ID, tt.want)
			}
		})
	}
}

func TestFormForTier(t *testing.T) {
	t.Parallel()
	tests := []struct {
		form, tier string
		changes    map[string]any
		want       string
	}{
		{"short_t1", "T1", nil, "short_t1"},
		{"short_t1", "T2", nil, "short_t2"},
		{"short_t1", "T3", nil, "full"},
		{"short_t1", "T4", nil, "short_t1"},
		{"short_t2", "T1", nil, "short_t2"},
		{"short_t2", "T2", map[string]any{"annex_iii_points": []any{"5a"}}, "full"},
		{"short_t2", "T2", map[string]any{"kind": "ai_agent"}, "full"},
		{"full", "T1", nil, "full"},
		{"", "T1", nil, "short_t1"},
	}
	for _, tt := range tests {
		if got := Default().FormFor(tt.form, tt.tier, "", change(intake(t, "short_t1"), tt.changes)); got.ID != tt.want {
			t.Errorf("%s and %s %v: %s, want %s", tt.form, tt.tier, tt.changes, got.ID, tt.want)
		}
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	got, problems := Default().Normalise(PartIntake, map[string]any{
		"title": "  Skrivhjälp  ", "user_count": 12.0, "modalities": []any{"image", "text", "image"},
		"summary": "", "generative": nil, "agent": map[string]any{"autonomy_level": 3, "limits": map[string]any{"max_steps": 5.0}},
		"model_names": []any{" a ", "", "b"}, "provider_retention_days": "unknown",
	})
	want := map[string]any{
		"title": "Skrivhjälp", "user_count": int64(12), "modalities": []string{"text", "image"},
		"agent":       map[string]any{"autonomy_level": int64(3), "limits": map[string]any{"max_steps": int64(5)}},
		"model_names": []string{"a", "b"}, "provider_retention_days": "unknown",
	}
	if len(problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, problems %v", got, problems)
	}
}

func TestNormaliseRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in      map[string]any
		pointer string
	}{
		"unknown field":         {map[string]any{"nothing": 1}, "/nothing"},
		"unknown member":        {map[string]any{"agent": map[string]any{"x/y~z": 1}}, "/agent/x~1y~0z"},
		"member of a row":       {map[string]any{"env": map[string]any{"workloads": []any{map[string]any{"watt": 1}}}}, "/env/workloads/0/watt"},
		"value of a row":        {map[string]any{"env": map[string]any{"workloads": []any{map[string]any{"grid": "XX"}}}}, "/env/workloads/0/grid"},
		"other part":            {map[string]any{"work_impact": "none"}, "/work_impact"},
		"system field":          {map[string]any{"info_owner_approval": "approved"}, "/info_owner_approval"},
		"no object":             {map[string]any{"agent": "no"}, "/agent"},
		"no list":               {map[string]any{"modalities": "text"}, "/modalities"},
		"value of a set":        {map[string]any{"modalities": []any{"text", "smell"}}, "/modalities/1"},
		"no bool":               {map[string]any{"generative": "ja"}, "/generative"},
		"no whole number":       {map[string]any{"user_count": 1.5}, "/user_count"},
		"number too small":      {map[string]any{"user_count": 0}, "/user_count"},
		"number too large":      {map[string]any{"info_k": 5}, "/info_k"},
		"no text":               {map[string]any{"title": 3}, "/title"},
		"two lines":             {map[string]any{"title": "a\nb"}, "/title"},
		"no date":               {map[string]any{"planned_start": "2026-02-30"}, "/planned_start"},
		"too long":              {map[string]any{"summary": long(4001)}, "/summary"},
		"fact that is no field": {map[string]any{"est_kwh_year": 3}, "/est_kwh_year"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := Default().Normalise(PartIntake, tt.in)
			if len(problems) != 1 || problems[0].Pointer != tt.pointer || problems[0].Code != "V-01" || !problems[0].Text.Complete() {
				t.Errorf("got %+v, want %s", problems, tt.pointer)
			}
		})
	}
}

func TestMissingListsOnlyWhatIsNotThere(t *testing.T) {
	t.Parallel()
	got := Default().Missing(PartIntake, "", "full", change(intake(t, "base"), map[string]any{"title": nil, "info_k": 1}), mustDay(t, today))
	if have := found(got); !slices.Equal(have, []string{"V-01 /information_owner_id", "V-01 /title"}) {
		t.Error(have)
	}
}

func TestFormWarnings(t *testing.T) {
	t.Parallel()
	answers := change(intake(t, "base"), map[string]any{"model_names": []any{"okänd"}, "secrecy": "yes", "parent_company_third_country": true})
	var ids []string
	for _, r := range Default().Warnings("", answers, mustDay(t, today)) {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{"W-02", "W-03"}) {
		t.Error(ids)
	}
	if got := Default().Warnings("", intake(t, "base"), mustDay(t, today)); len(got) > 0 {
		t.Error(got)
	}
}

func TestTriageFacts(t *testing.T) {
	t.Parallel()
	facts := Default().TriageFacts(intake(t, "base"), map[string]any{"est_kwh_year": 3.0, "policy_profile": "linkoping"})
	want := map[string]any{
		"procured_or_covered": true, "notice_ready": true, "est_kwh_year": 3.0, "policy_profile": "linkoping",
		"delegation_ref": nil, "existing_tool_justification": nil, "market_date": nil, "governance_ref": "DI-2026-001",
		"kind": "ai_service", "own_branding": false,
	}
	for id, v := range want {
		if got, ok := facts[id]; !ok || got != v {
			t.Errorf("%s is %v, want %v", id, got, v)
		}
	}
	if _, problems := Default().Triage("", facts, mustDay(t, today)); len(problems) > 0 {
		t.Error(problems)
	}
	derived := []struct {
		changes map[string]any
		fact    string
		want    any
	}{
		{map[string]any{"procured": false, "procurement_ref": nil}, "procured_or_covered", false},
		{map[string]any{"procured": false, "agreement_parent_ref": "Avtal 3"}, "procured_or_covered", true},
		{map[string]any{"procured": nil}, "procured_or_covered", nil},
		{map[string]any{"external_facing": "published_output"}, "notice_ready", false},
		{map[string]any{"external_facing": "published_output", "notice_text_sv": "a", "notice_text_en": "b"}, "notice_ready", false},
		{map[string]any{"external_facing": "published_output", "notice_text_sv": "a", "notice_text_en": "b", "notice_confirmed": true}, "notice_ready", true},
		{map[string]any{"personal_data_categories": []any{"location"}, "highly_personal": false}, "highly_personal", true},
		{map[string]any{"subjects_estimate": 1000}, "large_scale", true},
		{map[string]any{"subjects_estimate": 999}, "large_scale", false},
		{map[string]any{"subjects_estimate": 5000, "large_scale": false}, "large_scale", false},
		{map[string]any{"generative": false, "modalities": []any{"audio"}}, "new_technology", true},
		{map[string]any{"new_technology": false}, "new_technology", false},
		{map[string]any{"governance_ref": nil}, "governance_ref", nil},
		{map[string]any{"market_date": "unknown"}, "market_date", nil},
		{map[string]any{"market_date": "2020-01-01"}, "market_date", "2020-01-01"},
	}
	for _, tt := range derived {
		got := Default().TriageFacts(change(intake(t, "base"), tt.changes), nil)[tt.fact]
		if got != tt.want {
			t.Errorf("%v: %s is %v, want %v", tt.changes, tt.fact, got, tt.want)
		}
	}
	agent, _ := Default().TriageFacts(intake(t, "base", "agent"), nil)["agent"].(map[string]any)
	if agent["side_effects"] != "internal_reversible" {
		t.Error(agent)
	}
}

// TestScope changes one answer at a time and compares the stages whose scope
// changes with the field-to-stage map.
func TestScope(t *testing.T) {
	t.Parallel()
	stages := []string{"manager", "legal_basis", "secrecy", "dpia", "agent_risk", "fria", "derogation_review", "environment",
		"ciso", "info_owner", "eu_database", "camera_assessment", "worker_information", "ai_label", "adoption", "registrar"}
	everyBut := func(except ...string) []string {
		return slices.DeleteFunc(slices.Clone(stages), func(s string) bool { return slices.Contains(except, s) })
	}
	type m = map[string]any
	tests := []struct {
		parts   []string
		changes m
		want    []string
	}{
		{nil, m{"title": "Något annat"}, nil},
		{nil, m{"summary": long(70)}, nil},
		{nil, m{"org_unit_id": "u2"}, []string{"manager", "legal_basis", "adoption"}},
		{nil, m{"purpose_text": long(150)}, everyBut("environment", "registrar")},
		{nil, m{"benefit_text": long(70)}, []string{"manager"}},
		{nil, m{"E-2": "delvis"}, []string{"manager"}},
		{nil, m{"benefit_score": 4}, []string{"manager", "agent_risk"}},
		{nil, m{"user_count": 21}, []string{"dpia", "agent_risk"}},
		{nil, m{"planned_start": "2027-01-01"}, []string{"manager"}},
		{nil, m{"information_owner_id": "p9"}, []string{"info_owner"}},
		{nil, m{"use_types": []any{"develop"}}, []string{"dpia", "agent_risk", "ciso"}},
		{nil, m{"modalities": []any{"text", "code"}}, []string{"dpia", "environment", "ciso", "ai_label"}},
		{nil, m{"training_or_finetuning": true}, []string{"legal_basis", "dpia", "environment", "ciso", "ai_label"}},
		{nil, m{"external_facing": "published_output"}, []string{"ai_label", "ciso", "dpia"}},
		{nil, m{"notice_text_sv": "ny"}, []string{"ai_label"}},
		{nil, m{"provider_name": "Annan"}, []string{"legal_basis", "ciso"}},
		{nil, m{"model_names": []any{"modell 2"}}, []string{"agent_risk", "ciso"}},
		{[]string{"personal_data"}, m{"model_names": []any{"modell 2"}}, []string{"agent_risk", "ciso", "dpia"}},
		{nil, m{"storage_location": "sweden"}, []string{"legal_basis", "ciso"}},
		{nil, m{"procurement_ref": "UH 2026:2"}, []string{"manager"}},
		{nil, m{"info_r": 2}, []string{"secrecy", "dpia", "ciso"}},
		{[]string{"agent"}, m{"info_r": 2}, []string{"secrecy", "dpia", "ciso", "agent_risk"}},
		{nil, m{"secrecy_provisions": []any{"OSL 39:2"}}, []string{"secrecy", "dpia", "ciso", "legal_basis"}},
		{nil, m{"copyright_input": "licensed"}, nil},
		{[]string{"personal_data"}, m{"data_subject_groups": []any{"patients"}}, []string{"legal_basis", "dpia", "ciso", "worker_information"}},
		{[]string{"personal_data"}, m{"dataset_matching": true}, []string{"legal_basis", "dpia"}},
		{[]string{"personal_data"}, m{"systematic_monitoring": true}, []string{"legal_basis", "dpia", "worker_information"}},
		{[]string{"personal_data"}, m{"data_source": "both"}, []string{"legal_basis", "dpia"}},
		{nil, m{"camera": true}, []string{"camera_assessment", "dpia"}},
		{nil, m{"human_control": "approve_each"}, everyBut("environment", "registrar")},
		{nil, m{"delegation_ref": "3.1"}, []string{"legal_basis", "agent_risk", "fria"}},
		{nil, m{"bias_method": "missing"}, []string{"dpia", "fria"}},
		{nil, m{"annex_iii_points": []any{"4a"}}, []string{"fria", "derogation_review", "eu_database", "worker_information", "ciso"}},
		{nil, m{"art6_3_condition": "a"}, []string{"derogation_review", "fria"}},
		{nil, m{"market_date": "2026-01-01"}, []string{"eu_database"}},
		{[]string{"agent"}, m{"agent.autonomy_level": 3}, []string{"agent_risk", "ciso"}},
		{[]string{"agent", "personal_data"}, m{"agent.autonomy_level": 3}, []string{"agent_risk", "ciso", "dpia"}},
		{nil, m{"public_record_assessment": "unsure"}, []string{"registrar"}},
		{nil, m{"env.limits": m{"images_year": 4}}, []string{"environment"}},
		{nil, m{"AT-1": false}, nil},
	}
	for _, tt := range tests {
		before := intake(t, append([]string{"base"}, tt.parts...)...)
		after := change(before, tt.changes)
		var got []string
		for _, s := range stages {
			if !reflect.DeepEqual(Default().Scope(s, before), Default().Scope(s, after)) {
				got = append(got, s)
			}
		}
		if want := slices.Sorted(slices.Values(tt.want)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("%v reopens %v, want %v", tt.changes, got, want)
		}
	}
}

// TestScopeOfStoredAnswers: the scope is the same for answers as they were
// sent, normalised, and read back from JSON.
func TestScopeOfStoredAnswers(t *testing.T) {
	t.Parallel()
	b := Default()
	sent := intake(t, "base", "personal_data", "agent")
	clean, _ := b.Normalise(PartIntake, sent)
	raw, err := json.Marshal(clean)
	if err != nil {
		t.Fatal(err)
	}
	var stored map[string]any
	if err := json.Unmarshal(raw, &stored); err != nil {
		t.Fatal(err)
	}
	for _, s := range b.Stages() {
		want := b.Scope(s.Key, clean)
		if len(want) == 0 {
			t.Errorf("%s depends on nothing", s.Key)
		}
		for _, in := range []map[string]any{sent, stored} {
			if got := b.Scope(s.Key, in); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v and %v", s.Key, got, want)
			}
		}
	}
}

func TestDueTimes(t *testing.T) {
	t.Parallel()
	none := -1
	tests := []struct {
		stage, requirement string
		t1, t2, t3         int
	}{
		{"triage_check", "", 2, 2, 2}, {"manager", "required", 3, 5, 5},
		{"legal_basis", "short", 3, 5, 10}, {"legal_basis", "required", none, 10, 10},
		{"secrecy", "attest", 2, 5, 10}, {"secrecy", "full", 2, 5, 10},
		{"dpia", "required", none, 15, 20}, {"dpia", "presumed", none, 15, 20}, {"dpia", "threshold_only", none, none, none},
		{"dpo_advice", "", 10, 10, 10}, {"dpo_advice", "standing", 0, 10, 10},
		{"agent_risk", "required", none, 10, 10}, {"fria", "required", none, none, 15},
		{"environment", "light", none, none, none}, {"environment", "full", none, 10, 10},
		{"ciso", "light", 3, 5, 10}, {"ciso", "inherit", 3, 5, 10}, {"ciso", "full", none, 10, 10},
		{"info_owner", "required", none, 5, 5}, {"derogation_review", "required", none, 5, 5},
		{"camera_assessment", "required", none, 10, 10}, {"adoption", "", 10, 10, 10},
		{"owner_reply", "", 15, 15, 20}, {"ai_label", "required", none, none, none},
	}
	for _, tt := range tests {
		for tier, want := range map[string]int{"T1": tt.t1, "T2": tt.t2, "T3": tt.t3, "T4": none} {
			got, ok := Default().SLA(tt.stage, tt.requirement, tier)
			if !ok {
				got = none
			}
			if got != want {
				t.Errorf("%s %s in %s: %d, want %d", tt.stage, tt.requirement, tier, got, want)
			}
		}
	}
	for tier, want := range map[string]string{"T1": ModeParallel, "T2": ModeParallel, "T3": ModeSequential, "T4": ModeSequential} {
		if got := Default().Mode(tier); got != want {
			t.Errorf("%s runs %s", tier, got)
		}
	}
}

func TestValidity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		facts map[string]any
		want  Validity
	}{
		{nil, Validity{Months: 36}},
		{map[string]any{"personal_data": "incidental", "new_technology": false}, Validity{Months: 24}},
		{map[string]any{"info_k": 3}, Validity{Months: 12}},
		{map[string]any{"kind": "ai_agent", "agent": map[string]any{"autonomy_level": 4}}, Validity{Months: 6}},
		{map[string]any{"case_type": "test"}, Validity{Days: 90}},
		{map[string]any{"case_type": "test", "info_k": 3}, Validity{Days: 90}},
	}
	for _, tt := range tests {
		e, problems := Default().Triage("", tt.facts, mustDay(t, today))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got, why := e.Validity(); got != tt.want || why == nil {
			t.Errorf("%v: %v", tt.facts, got)
		}
	}
}

func TestFactsAreChecked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		facts   map[string]any
		pointer string
		code    string
	}{
		"unknown":         {map[string]any{"colour": "red"}, "/colour", "unknown_name"},
		"field, no fact":  {map[string]any{"title": "x"}, "/title", "unknown_name"},
		"value":           {map[string]any{"secrecy": "maybe"}, "/secrecy", "enum"},
		"value of a set":  {map[string]any{"modalities": []any{"text", "smell"}}, "/modalities/1", "enum"},
		"type":            {map[string]any{"generative": 1}, "/generative", "type_bool"},
		"range":           {map[string]any{"info_k": 5}, "/info_k", "max"},
		"null":            {map[string]any{"generative": nil}, "/generative", "null"},
		"agent":           {map[string]any{"agent": map[string]any{"speed": 1}}, "/agent/speed", "unknown_name"},
		"agent's range":   {map[string]any{"agent": map[string]any{"autonomy_level": 6}}, "/agent/autonomy_level", "max"},
		"agent's type":    {map[string]any{"agent": "x"}, "/agent", "type_object"},
		"profile":         {map[string]any{"policy_profile": "own"}, "/policy_profile", "enum"},
		"date":            {map[string]any{"decision_date": "today"}, "/decision_date", "date"},
		"negative energy": {map[string]any{"est_kwh_year": -1}, "/est_kwh_year", "min"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := Default().Triage("", tt.facts, mustDay(t, today))
			if len(problems) != 1 || problems[0].Pointer != tt.pointer || problems[0].Code != tt.code || !problems[0].Text.Complete() {
				t.Errorf("got %+v", problems)
			}
		})
	}
	if _, problems := Default().Triage("own", nil, mustDay(t, today)); len(problems) != 1 {
		t.Error("an unknown profile is accepted")
	}
	for _, facts := range []map[string]any{{"agent": nil}, {"delegation_ref": nil, "market_date": nil, "governance_ref": nil}} {
		if _, problems := Default().Triage("", maps.Clone(facts), mustDay(t, today)); len(problems) > 0 {
			t.Errorf("%v: %v", facts, problems)
		}
	}
}

// TestRestsOn: the facts that a blocker rests on are found through derived
// names and parameters.
func TestRestsOn(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"RT-05": {"secrecy"},
		"RT-20": {"account_type", "external_model_or_hosting", "procured_or_covered"},
		"RT-10": {"kind", "agent_traits", "agent.traceability", "agent.responsibility", "agent.human_control_ensured", "agent.kill_switch"},
		"RT-13": {"policy_profile", "generative", "governance_ref"},
	}
	for id, want := range tests {
		got := Default().RestsOn(id)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s rests on %v, want %v", id, got, want)
		}
	}
}

// FuzzAnswers: whatever is sent, nothing panics, what was normalised stays as
// it is, and no problem repeats what was sent.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"agent":{"tools":[{"access":"send"}]},"env":{"workloads":[{}]}}`,
		`{"title":5,"agent":[],"modalities":[1,{}],"E-1":"nej","planned_start":"2026-13-01"}`, `{"":null,"~":{"/":1}}`} {
		f.Add(seed)
	}
	b := Default()
	f.Fuzz(func(t *testing.T, raw string) {
		var in map[string]any
		if json.Unmarshal([]byte(raw), &in) != nil {
			return
		}
		once, _ := b.Normalise(PartIntake, in)
		twice, problems := b.Normalise(PartIntake, once)
		if len(problems) > 0 || !reflect.DeepEqual(once, twice) {
			t.Errorf("normalising again changes %v to %v (%v)", once, twice, problems)
		}
		b.Check(PartIntake, "", "", in, mustDay(t, today))
		b.Scope("dpia", in)
		if _, problems := b.Triage("", b.TriageFacts(once, nil), mustDay(t, today)); len(problems) > 0 {
			t.Errorf("the facts of an intake are refused: %v", problems)
		}
	})
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	b := Default()
	by := func(form string, in map[string]any) map[string]Question {
		out := map[string]Question{}
		for _, q := range b.Questions(PartIntake, "", form, in, mustDay(t, today)) {
			out[q.ID] = q
		}
		return out
	}
	short := by("short_t1", intake(t, "short_t1"))
	asked := 0
	for _, q := range short {
		if q.Asked {
			asked++
		}
	}
	if !short["title"].Asked || !short["title"].Answered || short["info_k"].Answered || short["info_k"].Value != int64(0) || short["summary"].Asked {
		t.Errorf("title %+v, info_k %+v", short["title"], short["info_k"])
	}
	if _, ok := short["planned_end"]; ok || asked < 30 || asked > 45 {
		t.Errorf("%d questions are asked", asked)
	}
	// A case that is not about AI is asked for the first two sections only.
	for id, q := range by("full", change(intake(t, "base"), map[string]any{"infers_outputs": false})) {
		if q.Section != "A" && q.Section != "B" {
			t.Errorf("%s is asked", id)
		}
	}
	if q := by("full", intake(t, "base", "personal_data"))["information_owner_id"]; !q.Needed {
		t.Error("the information owner is not needed")
	}
}

// TestComplete: with its defaults a short intake says the same as written out.
func TestComplete(t *testing.T) {
	t.Parallel()
	b := Default()
	short := intake(t, "short_t1")
	whole := b.Complete(PartIntake, "", "", short, mustDay(t, today))
	if whole["info_r"] != int64(1) || whole["accountable_person_id"] != "p2" || !reflect.DeepEqual(whole["covered_unit_ids"], []string{"u1"}) {
		t.Error(whole)
	}
	if _, problems := b.Normalise(PartIntake, whole); len(problems) > 0 {
		t.Error(problems)
	}
	for _, s := range b.Stages() {
		if !reflect.DeepEqual(b.Scope(s.Key, short), b.Scope(s.Key, whole)) {
			t.Errorf("the scope of %s differs", s.Key)
		}
	}
	if !reflect.DeepEqual(b.TriageFacts(short, nil), b.TriageFacts(whole, nil)) {
		t.Error("the facts differ")
	}
}
