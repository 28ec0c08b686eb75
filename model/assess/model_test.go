package assess_test

import (
	"slices"
	"sort"
	"strings"
)

// This file is triage written a second time, in plain Go and straight from the
// text of the rulebook (sections 3 and 5.1), to compare the evaluated rules
// with. It shares nothing with the code it checks.

// plainFacts are complete facts as JSON gives them.
type plainFacts map[string]any

func (f plainFacts) is(id string) bool     { b, _ := f[id].(bool); return b }
func (f plainFacts) str(id string) string  { s, _ := f[id].(string); return s }
func (f plainFacts) num(id string) float64 { n, _ := f[id].(float64); return n }
func (f plainFacts) in(id string, values ...string) bool {
	return slices.Contains(values, f.str(id))
}
func (f plainFacts) set(id string) []string {
	list, _ := f[id].([]any)
	out := []string{}
	for _, v := range list {
		out = append(out, v.(string))
	}
	return out
}
func (f plainFacts) any(id string, values ...string) bool {
	return slices.ContainsFunc(f.set(id), func(v string) bool { return slices.Contains(values, v) })
}
func (f plainFacts) agent() plainFacts {
	a, _ := f["agent"].(map[string]any)
	return a
}

// plainTriage is the expected result for complete facts (3.0 defaults in
// place; agent may be null and then has its defaults).
func plainTriage(f plainFacts) map[string]any {
	if !f.is("infers_outputs") { // TR-01
		return map[string]any{"outcome": "out_of_scope", "ai_act_class": "not_ai"}
	}
	m := &plainModel{f: f, a: f.agent()}
	if m.a == nil {
		m.a = plainFacts{"autonomy_level": 2.0, "side_effects": "none", "per_action_approval": true, "traceability": "yes",
			"responsibility": "yes", "human_control_ensured": "yes", "kill_switch": "tested"}
	}
	m.derive()
	m.classify()
	m.screen()
	m.stops()
	m.blockers()
	m.stages()
	return m.result()
}

type plainModel struct {
	f, a                                    plainFacts
	isAgent, ext, agreed, pd, content, prof bool
	legacy, scope, decided                  bool
	ipl, limit                              int
	class                                   string
	route                                   any
	points, duties                          []string
	derog, high, highIII                    bool
	criteria                                []int
	cases                                   []string
	dpia                                    string
	hs, rt                                  []string
	stage                                   map[string]string
}

func (m *plainModel) derive() {
	f := m.f
	m.isAgent = f.str("kind") == "ai_agent" ||
		f.any("agent_traits", "acts_autonomously") && f.any("agent_traits", "uses_tools", "sends_messages", "writes_to_systems", "makes_decisions")
	switch k := f.num("info_k"); {
	case f.is("security_protected") || k == 4:
		m.ipl = 4
	case k == 3 || len(f.set("special_categories")) > 0 || f.is("criminal_data") || f.is("highly_personal") ||
		f.in("secrecy", "yes", "unsure") || f.is("protection_worthy"):
		m.ipl = 3
	case k == 2 || f.str("personal_data") == "yes":
		m.ipl = 2
	case k == 1 || f.str("personal_data") == "incidental" || !f.is("openly_publishable"):
		m.ipl = 1
	}
	m.ext = f.in("account_type", "organisation_licence", "private_licence", "free_public") || f.is("external_model_or_hosting")
	m.agreed = !m.ext || f.in("account_type", "organisation_licence", "self_hosted", "inhouse_developed") &&
		f.str("agreement_status") == "signed" && f.is("agreement_covers_security") && f.is("agreement_covers_data_protection")
	m.pd = f.str("personal_data") != "none"
	m.content = f.in("personal_data", "incidental", "yes")
	m.prof = f.is("profiling") || f.is("evaluation_scoring") && m.content
	market := f.str("market_date")
	m.legacy = market != "" && market < "2027-12-02" && !f.is("substantial_modification") && f.str("decision_date") < "2030-08-02"
	if f.str("policy_profile") == "lidkoping" {
		m.limit = 1
	}
	m.scope = f.str("policy_profile") != "linkoping" || f.is("generative")
	m.decided = f.is("legal_or_significant_effect") || f.is("decision_on_individual")
}

func (m *plainModel) classify() {
	f := m.f
	flags := slices.DeleteFunc(f.set("art5_flags"), func(v string) bool { return v == "f" && f.is("art5_medical_or_safety") })
	sort.Strings(flags)
	m.points = f.set("annex_iii_points")
	if f.is("emotion_recognition") && !slices.Contains(m.points, "1c") {
		m.points = append(m.points, "1c")
	}
	if f.is("biometric_categorisation") && !slices.Contains(m.points, "1b") {
		m.points = append(m.points, "1b")
	}
	sort.Strings(m.points)
	m.duties = []string{}
	duty := func(name string, holds bool) {
		if holds {
			m.duties = append(m.duties, name)
		}
	}
	duty("50(1)", f.str("external_facing") == "direct_interaction")
	duty("50(2)", f.any("ai_act_roles", "provider") && f.is("generative"))
	duty("50(3)", f.is("emotion_recognition") || f.is("biometric_categorisation"))
	duty("50(4)-deepfake", f.is("deepfake_output"))
	duty("50(4)-text", f.is("public_interest_text") && !f.is("editorial_control"))

	if len(flags) > 0 { // TR-10
		m.class, m.route = "prohibited", "art5:"+strings.Join(flags, ",")
		return
	}
	if f.is("annex_i_safety_component") && f.is("annex_i_third_party_assessment") { // TR-11
		m.class, m.route, m.high = "high_risk", "annex_i", true
		return
	}
	if len(m.points) > 0 { // TR-12, TR-13
		m.derog = f.str("art6_3_condition") != "none" && !f.is("materially_influences") && !m.prof &&
			!f.in("decision_role", "decisive_influence", "automated_decision")
		if !m.derog {
			m.class, m.route, m.high, m.highIII = "high_risk", "annex_iii", true, true
			return
		}
	}
	m.class = "minimal"
	if len(m.duties) > 0 {
		m.class = "transparency"
	}
}

func (m *plainModel) screen() {
	f := m.f
	account := f.str("personal_data") == "account_only"
	m.criteria, m.cases = []int{}, []string{}
	if m.pd && (!account || f.is("systematic_monitoring")) {
		groups := []string{"job_applicants", "children_pupils", "social_services_clients", "care_recipients", "patients", "asylum_seekers"}
		if !account {
			groups = append(groups, "employees")
		}
		for i, met := range []bool{
			f.is("evaluation_scoring"),
			f.is("legal_or_significant_effect") && f.in("decision_role", "decisive_influence", "automated_decision"),
			f.is("systematic_monitoring") || f.is("public_area_monitoring"),
			len(f.set("special_categories")) > 0 || f.is("criminal_data") || f.is("highly_personal"),
			f.is("large_scale"),
			f.is("dataset_matching"),
			f.any("data_subject_groups", groups...),
			f.is("new_technology"),
			f.is("prevents_right_or_service"),
		} {
			if met {
				m.criteria = append(m.criteria, i+1)
			}
		}
		if f.is("evaluation_scoring") && f.is("legal_or_significant_effect") && f.in("decision_role", "recommendation", "decisive_influence", "automated_decision") {
			m.cases = append(m.cases, "a")
		}
		if f.is("large_scale") && (len(f.set("special_categories")) > 0 || f.is("criminal_data")) {
			m.cases = append(m.cases, "b")
		}
		if f.is("large_scale") && f.is("public_area_monitoring") {
			m.cases = append(m.cases, "c")
		}
	}
	switch {
	case !m.pd:
		m.dpia = "not_required"
	case account && !f.is("systematic_monitoring"):
		m.dpia = "threshold_only"
	case len(m.cases) > 0 || len(m.criteria) >= 2:
		m.dpia = "required"
	case f.str("personal_data") == "yes" && f.str("policy_profile") != "linkoping":
		m.dpia = "presumed"
	default:
		m.dpia = "threshold_only"
	}
}

// thirdCountry is storage in or access from a third country.
func (m *plainModel) thirdCountry() bool {
	return m.f.str("storage_location") == "third_country" || m.f.str("third_country_access") == "yes"
}

func (m *plainModel) stops() {
	f, a := m.f, m.a
	m.hs = []string{}
	stop := func(id string, holds bool) {
		if holds {
			m.hs = append(m.hs, id)
		}
	}
	private, effect := f.str("account_type") == "private_licence", f.is("legal_or_significant_effect")
	stop("HS-01", m.class == "prohibited")
	stop("HS-02", m.ipl >= 1 && !m.agreed && f.in("agreement_status", "none", "click_through") &&
		!(private && m.ipl <= m.limit && f.str("info_owner_approval") != "refused"))
	stop("HS-03", effect && f.in("decision_role", "preparatory", "recommendation", "decisive_influence", "automated_decision") &&
		f.in("human_control", "none", "post_hoc_sample"))
	stop("HS-04", m.decided && f.in("decision_role", "decisive_influence", "automated_decision") && f.str("human_control") == "post_hoc_all")
	stop("HS-05", f.str("controller_type") == "public_authority" && f.str("decision_role") == "automated_decision" &&
		(f.in("decision_area", "procurement", "choice_system") || f.in("appeal_type", "laglighetsprovning", "not_appealable")))
	stop("HS-06", f.str("account_type") == "free_public" && m.ipl >= 1)
	stop("HS-07", private && m.ipl >= 1 && (m.ipl > m.limit || f.str("info_owner_approval") == "refused"))
	stop("HS-08", m.ipl == 4)
	stop("HS-09", f.str("trains_on_customer_data") == "yes" && m.ipl >= 2)
	stop("HS-10", m.pd && m.thirdCountry() && f.str("transfer_mechanism") == "none")
	stop("HS-11", m.isAgent && (a.str("traceability") == "not_possible" || a.str("responsibility") == "not_possible" ||
		a.str("human_control_ensured") == "not_possible" || a.str("kill_switch") == "not_possible"))
	stop("HS-12", m.highIII && !slices.Equal(m.points, []string{"2a"}) && f.str("decision_date") >= "2027-12-02" &&
		f.str("eu_db_registered") == "no" && !m.legacy)
}

func (m *plainModel) blockers() {
	f, a := m.f, m.a
	m.rt = []string{}
	block := func(id string, holds bool) {
		if holds {
			m.rt = append(m.rt, id)
		}
	}
	effect := f.is("legal_or_significant_effect")
	block("RT-01", m.pd && m.ext && f.in("dpa_status", "none", "draft"))
	block("RT-02", m.ipl >= 1 && !m.agreed && (f.str("agreement_status") == "negotiating" ||
		f.in("account_type", "organisation_licence", "self_hosted", "inhouse_developed") && f.str("agreement_status") == "signed" &&
			(!f.is("agreement_covers_security") || !f.is("agreement_covers_data_protection"))))
	block("RT-03", m.ipl >= 1 && (f.str("storage_location") == "unknown" || f.str("third_country_access") == "unknown"))
	block("RT-04", m.ipl >= 1 && f.str("trains_on_customer_data") == "unknown")
	block("RT-05", f.str("secrecy") == "unsure")
	block("RT-06", m.pd && m.thirdCountry() && f.in("transfer_mechanism", "unknown", "not_needed", "art49"))
	block("RT-07", m.decided && f.str("decision_role") != "none" && f.str("delegation_ref") == "")
	block("RT-08", f.str("external_facing") != "none" && !f.is("notice_ready"))
	block("RT-09", m.content && f.str("bias_method") != "described" && (f.is("evaluation_scoring") ||
		f.in("decision_role", "preparatory", "recommendation", "decisive_influence", "automated_decision")))
	block("RT-10", m.isAgent && (a.str("traceability") != "yes" || a.str("responsibility") != "yes" ||
		a.str("human_control_ensured") != "yes" || a.str("kill_switch") != "tested"))
	block("RT-11", f.str("copyright_input") == "unknown")
	block("RT-12", f.is("digital_care_tech") && !f.in("consents", "obtained_all", "routine"))
	block("RT-13", f.str("policy_profile") != "lidkoping" && m.scope && f.str("governance_ref") == "")
	block("RT-14", m.isAgent && a.is("untrusted_input") && a.is("autonomous_external_action") && !a.is("per_action_approval") && m.ipl >= 2)
	block("RT-15", f.is("existing_approved_tool") && f.str("existing_tool_justification") == "" && m.scope)
	block("RT-16", f.str("account_type") == "private_licence" && m.ipl >= 1 && m.ipl <= m.limit && f.str("info_owner_approval") == "none")
	block("RT-17", m.decided && f.in("decision_role", "preparatory", "recommendation") && f.str("human_control") == "post_hoc_all" ||
		effect && f.str("decision_role") == "information_support" && f.in("human_control", "none", "post_hoc_sample"))
	block("RT-18", m.derog && f.str("provider_6_3") != "documented")
	block("RT-19", f.is("gpai_provider") || f.is("intended_purpose_changed") ||
		(f.is("own_branding") || f.is("substantial_modification")) && m.high)
	block("RT-20", m.ext && f.str("account_type") == "organisation_licence" && !f.is("procured_or_covered"))
}

func (m *plainModel) stages() {
	f := m.f
	m.stage = map[string]string{"manager": "required", "secrecy": "attest", "environment": "light", "ciso": "light"}
	set := func(key, value string, holds bool) {
		if holds {
			m.stage[key] = value
		}
	}
	set("legal_basis", "required", f.str("personal_data") == "yes")
	set("legal_basis", "short", f.in("personal_data", "incidental", "account_only"))
	set("secrecy", "full", f.str("secrecy") != "no" || f.num("info_k") >= 2 || f.is("protection_worthy"))
	set("dpia", m.dpia, m.dpia != "not_required")
	set("agent_risk", "required", m.isAgent)
	other := slices.ContainsFunc(m.points, func(p string) bool { return p != "2a" })
	fria := m.highIII && other
	set("fria", "required", fria)
	set("derogation_review", "required", m.derog)
	set("environment", "full", f.is("generative") && f.any("modalities", "image", "video") ||
		f.is("training_or_finetuning") || f.num("est_kwh_year") >= 2000)
	set("ciso", "full", m.ipl >= 2 || m.isAgent || f.str("external_facing") == "direct_interaction" || m.high || f.any("use_types", "develop"))
	set("info_owner", "required", m.ipl >= 2 || f.str("account_type") == "private_licence" && m.ipl >= 1 || m.isAgent || m.high)
	set("eu_database", "required", fria && f.any("ai_act_roles", "deployer") && f.str("controller_type") == "public_authority")
	set("eu_database", "national_register", m.highIII && !other)
	set("camera_assessment", "required", f.is("camera"))
	set("worker_information", "required", f.any("data_subject_groups", "employees", "job_applicants") && (m.high || f.is("systematic_monitoring")))
	label := f.str("policy_profile") != "linkoping" && f.str("output_authorship") == "ai_created"
	set("ai_label", "required", f.str("external_facing") != "none" && (label || f.str("external_facing") == "direct_interaction" ||
		f.any("modalities", "image", "map", "audio", "video")) || len(m.duties) > 0)
}

func (m *plainModel) result() map[string]any {
	tier, level := "T1", m.a.num("autonomy_level")
	switch {
	case len(m.hs) > 0:
		tier = "T4"
	case m.high || m.ipl == 3 || m.dpia == "required" || m.f.is("gpai_provider") || m.isAgent && (level >= 4 || level == 3 && m.ipl >= 2):
		tier = "T3"
	case m.ipl >= 1 || len(m.duties) > 0 || m.isAgent || m.stage["environment"] == "full" || m.f.str("external_facing") != "none":
		tier = "T2"
	}
	outcome := "proceed"
	if len(m.rt) > 0 {
		outcome = "proceed_with_blockers"
	}
	if len(m.hs) > 0 {
		outcome = "rejected_auto"
	}
	return map[string]any{
		"outcome": outcome, "tier": tier, "ai_act_class": m.class, "ai_act_route": m.route, "annex_iii_points": m.points,
		"derogation_6_3": m.derog, "transparency": m.duties, "info_protection_level": m.ipl, "hard_stops": m.hs,
		"blockers": m.rt, "stages": m.stage, "dpia_criteria": m.criteria, "art35_3": m.cases,
	}
}
