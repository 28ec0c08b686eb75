package assess

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sluss/model/rulebook"
)

// randomFacts draws a value for every fact of a book: a default, or one of
// those that conditions tell apart.
func randomFacts(book *rulebook.Book, dice *rand.Rand, words map[string][]any) m {
	facts := m{}
	for _, f := range book.FactList() {
		values := words[f.ID]
		if values == nil {
			switch f.Type {
			case "bool":
				values = []any{true, false}
			case "int":
				values = []any{0, 1, 2, 3, 4}
			case "enum":
				e, _ := book.Enum(f.Enum)
				for _, v := range e.Values {
					values = append(values, v.ID)
				}
			default:
				continue
			}
		}
		facts[f.ID] = values[dice.IntN(len(values))]
	}
	return facts
}

// againstModel compares the rules of lists that hold with what a model says, on
// random facts.
func againstModel(t *testing.T, stage string, lists []string, words map[string][]any, model func(f m) []string) {
	t.Helper()
	book, ok := rulebook.Default().Assessment(stage)
	if !ok {
		t.Fatalf("no assessment %s", stage)
	}
	dice := rand.New(rand.NewPCG(3, uint64(len(stage))))
	for range 20000 {
		facts := randomFacts(book, dice, words)
		e, problems := book.Triage("", facts, reviewDay)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		var got []string
		for _, list := range lists {
			for _, r := range e.All(list) {
				got = append(got, r.ID)
			}
		}
		want := model(facts)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || e.Err() != nil {
			t.Fatalf("%s with %v: %v, want %v (%v)", stage, facts, got, want, e.Err())
		}
	}
}

// ifs lists the ids whose condition holds.
func ifs(pairs ...any) []string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			out = append(out, pairs[i].(string))
		}
	}
	return out
}

func in(v any, words ...string) bool { return slices.Contains(words, fmt.Sprint(v)) }

func TestManagerAgainstModel(t *testing.T) {
	t.Parallel()
	againstModel(t, "manager", []string{"endorse_refused", "manager_notes"}, nil, func(f m) []string {
		no := false
		for _, q := range []string{"E-1", "E-2", "E-3", "E-4", "E-5"} {
			no = no || f[q] == "nej"
		}
		bought := in(f["procurement_route"], "avrop", "direktupphandling", "annonserad")
		return ifs("S0-01", f["goal_confirmed"] == false, "S0-02", no && f["ethics_accepted"] == false,
			"S0-03", f["external_provider"] == true && f["account_type"] == "organisation_licence" &&
				f["procured_or_covered"] == false && f["procurement_route"] == "not_applicable",
			"S0-04", f["final_decision"] == true,
			"S0-05", in(f["work_impact"], "important", "unsure") && f["mbl_status"] != "concluded",
			"S0-06", f["work_impact"] == "important" && f["work_environment_risk"] == "not_needed",
			"S0-07", bought && f["tender_environment"] == false)
	})
}

func TestEnvironmentAgainstModel(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	words := map[string][]any{
		"requirement": {"light", "full"}, "returns": {0, 1, 2}, "months_over_estimate": {0, 1, 2, 3},
		"modalities": {[]any{"text"}, []any{"video"}, []any{"image", "video"}}, "est_kwh_year": {50.0, 19999.9, 20000.0},
		"env.justification": {nil, long[:99], long}, "env.alternatives": {[]any{}, []any{"a"}, []any{"a", "b"}},
		"env.limits":         {m{}, m{"images_year": 0.0}, m{"kwh_year": 5.0}},
		"environment_result": {nil, "light_ok", "justified", "justified_with_limits", "not_justified"}, "alternatives_proposed": {[]any{}, []any{"no_ai"}},
	}
	lists := []string{"justified_refused", "plain_refused", "limits_refused", "return_refused", "reject_refused", "limit_conditions", "head_confirms", "environment_notes"}
	againstModel(t, "environment", lists, words, func(f m) []string {
		full := f["requirement"] == "full"
		video := f["generative"] == true && in(f["modalities"], "[video]", "[image video]")
		n := len(f["env.alternatives"].([]any))
		result, returns := f["environment_result"], f["returns"].(int)
		unjustified := result == "not_justified"
		return ifs("EN-R01", full, "EN-R02", !full, "EN-R03", full, "EN-R08", true,
			"EN-R09", f["months_over_estimate"].(int) >= 2, "EN-R06", f["est_kwh_year"].(float64) >= 20000,
			"EN-R03a", full && f["env.justification"] != long, "EN-R03b", full && (n == 0 || video && n == 1),
			"EN-R03c", full && f["env.limits"].(m)["kwh_year"] == nil,
			"EN-R03d", full && (result == nil || result == "light_ok"),
			"EN-R07", full && video && f["video_reason_given"] == false, "EN-R05", unjustified,
			"EN-R04", result == "justified_with_limits", "EN-R04a", result == "justified_with_limits",
			"EN-R04b", result == "justified_with_limits" && f["limit_set"] == false, "EN-R04c", result == "justified",
			"EN-R05a", unjustified && returns > 0, "EN-R05c", unjustified && returns == 0,
			"EN-R05b", unjustified && returns == 0 && len(f["alternatives_proposed"].([]any)) == 0)
	})
}

func TestOwnerAgainstModel(t *testing.T) {
	t.Parallel()
	words := map[string][]any{
		"user_groups": {[]any{"employees"}, []any{"employees", "pupils"}}, "intake_user_groups": {[]any{"employees"}, []any{"employees", "pupils"}},
		"dpia_residual": {nil, "low", "medium", "high", "very_high"}, "agent_result": {nil, "pass", "pass_pilot_only"},
	}
	rank := map[any]int{"low": 0, "medium": 1, "high": 2, "very_high": 3, "unacceptable": 4}
	againstModel(t, "info_owner", []string{"accept_refused"}, words, func(f m) []string {
		stated := rank[f["residual_level"]]
		return ifs("IO-01", f["risks_accepted"] == false, "IO-02", f["listed_not_accepted"] == true,
			"IO-03", f["listed_rank"].(int) > stated, "IO-04", rank[f["dpia_residual"]] > stated, "IO-05", stated == 4,
			"IO-06", f["agent_result"] == "pass_pilot_only" && f["pilot_accepted"] == false,
			"IO-07", f["approved_max_ipl"].(int) > f["info_protection_level"].(int),
			"IO-08", f["approved_max_ipl"].(int) > f["ciso_max_ipl"].(int),
			"IO-09", f["uses_stated"] == false, "IO-10", f["use_in_both_lists"] == true,
			"IO-11", len(f["user_groups"].([]any)) > len(f["intake_user_groups"].([]any)))
	})
}

// endorsed is a complete manager's form.
var endorsed = m{"goal_confirmed": true, "training_course": "AI i vardagen", "training_share": 90,
	"work_impact": "none", "mbl_status": "not_needed", "work_environment_risk": "not_needed", "procurement_route": "not_applicable"}

func TestManager(t *testing.T) {
	t.Parallel()
	long := "Ramavtalet ställer redan de kraven."
	unsettled := m{"procured": false, "agreement_parent_ref": ""}
	tests := []struct {
		name             string
		intake           m
		answers, process m
		problems         []string
		refused          []string
	}{
		{"complete", nil, nil, nil, nil, nil},
		{"empty", nil, m{"goal_confirmed": nil, "training_course": nil, "training_share": nil, "work_impact": nil, "mbl_status": nil,
			"work_environment_risk": nil, "procurement_route": nil}, nil,
			[]string{"V-01 /goal_confirmed", "V-01 /mbl_status", "V-01 /procurement_route", "V-01 /training_course", "V-01 /training_share", "V-01 /work_environment_risk", "V-01 /work_impact"},
			[]string{"S0-01 endorse"}},
		{"goal not confirmed", nil, m{"goal_confirmed": false}, nil, nil, []string{"S0-01 endorse"}},
		{"share above 100", nil, m{"training_share": 101}, nil, []string{"V-01 /training_share"}, nil},
		{"called", nil, m{"work_impact": "important", "mbl_status": "called"}, nil, []string{"V-01 /mbl_date"}, nil},
		{"concluded without minutes", nil, m{"mbl_status": "concluded", "mbl_date": "2026-11-20"}, nil, []string{"V-01 /mbl_protocol"}, nil},
		{"concluded tomorrow", nil, m{"mbl_status": "concluded", "mbl_date": "2026-11-24", "mbl_protocol": "MBL 2026:4"}, nil, []string{"S0-V1 /mbl_date"}, nil},
		{"concluded", nil, m{"work_impact": "important", "mbl_status": "concluded", "mbl_date": "2026-11-23", "mbl_protocol": "MBL 2026:4"}, nil, nil, nil},
		{"risk assessed without reference", nil, m{"work_environment_risk": "done"}, nil, []string{"V-01 /work_environment_ref"}, nil},
		{"call-off", nil, m{"procurement_route": "avrop"}, nil, []string{"V-01 /tender_environment"}, nil},
		{"no requirement, no reason", nil, m{"procurement_route": "avrop", "tender_environment": false}, nil, []string{"V-01 /tender_environment_reason"}, nil},
		{"no requirement, reason", nil, m{"procurement_route": "avrop", "tender_environment": false, "tender_environment_reason": long}, nil, nil, nil},
		{"requirement", nil, m{"procurement_route": "avrop", "tender_environment": true}, nil, nil, nil},
		{"free service", nil, m{"procurement_route": "utan_ekonomiska_villkor"}, nil, nil, nil},
		{"RT-20", unsettled, nil, nil, nil, []string{"RT-20 endorse"}},
		{"RT-20 settled", unsettled, m{"procurement_route": "utan_ekonomiska_villkor"}, nil, nil, nil},
		{"ethics not accepted", m{"E-3": "nej"}, nil, nil, []string{"V-01 /ethics_accepted"}, []string{"S0-02 endorse"}},
		{"ethics accepted", m{"E-3": "nej"}, m{"ethics_accepted": true}, nil, nil, nil},
		{"final", nil, nil, m{"final_decision": true}, []string{"V-01 /decision_authority", "V-01 /report_to_board"}, nil},
		{"final, complete", nil, m{"decision_authority": "2.4", "report_to_board": false}, m{"final_decision": true}, nil, nil},
	}
	for _, tt := range tests {
		j, err := manager(reviewOf("required", tt.intake, with(endorsed, tt.answers), tt.process))
		if err != nil {
			t.Fatal(err)
		}
		if got := missing(j.Problems); !slices.Equal(got, tt.problems) && len(got)+len(tt.problems) > 0 {
			t.Errorf("%s: problems %v, want %v", tt.name, got, tt.problems)
		}
		if got := refused(j.Hindrances); !slices.Equal(got, tt.refused) && len(got)+len(tt.refused) > 0 {
			t.Errorf("%s: refused %v, want %v", tt.name, got, tt.refused)
		}
	}
}

// TestNegotiationDoesNotStopEndorsing: the manager is told that the CISO's
// approval will wait, and can endorse.
func TestNegotiationDoesNotStopEndorsing(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"called": true, "concluded": false} {
		answers := with(endorsed, m{"work_impact": "important", "mbl_status": status, "mbl_date": "2026-11-20", "mbl_protocol": "MBL 2026:4"})
		j, err := manager(reviewOf("required", nil, answers, nil))
		if err != nil || len(j.Problems) > 0 || len(j.Hindrances) > 0 {
			t.Fatal(err, missing(j.Problems), refused(j.Hindrances))
		}
		if r := j.Result.(ManagerJudgement); r.NegotiationNeeded != want {
			t.Errorf("%s: negotiation needed %v", status, r.NegotiationNeeded)
		}
	}
}

// images is an intake that generates images, and justifies it.
func images(modality string) m {
	return m{"modalities": []any{modality}, "generative": true, "env": m{
		"workloads":     []any{m{"images_year": 1200, "grid": "US", "pue": 1.2}, m{"images_year": 300, "image_quality": "high", "grid": "US", "pue": 1.2}},
		"justification": strings.Repeat("x", 100), "alternatives": []any{"befintlig bild", "färre bilder"}, "limits": m{"images_year": 2000},
	}}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	base := m{"environment_result": "justified", "EN-07": "no", "EN-08": "Systemägaren läser av antalet varje kvartal."}
	reason := "Rörelsen i trafiken går inte att visa i en stillbild."
	both := func(rule string) []string { return []string{rule + " justified", rule + " justified_with_limits"} }
	tests := []struct {
		name     string
		intake   m
		answers  m
		returns  int
		problems []string
		refused  []string
	}{
		{"justified", images("image"), nil, 0, nil, []string{"EN-R04 justified_with_limits"}},
		{"limits", images("image"), m{"environment_result": "justified_with_limits", "limits": m{"images_year": 1500}}, 0, nil, []string{"EN-R04 justified"}},
		{"limits without a limit", images("image"), m{"environment_result": "justified_with_limits"}, 0, []string{"V-01 /limits"},
			[]string{"EN-R04 justified", "EN-R04 justified_with_limits"}},
		{"a limit of nothing", images("image"), m{"environment_result": "justified_with_limits", "limits": m{"images_year": 0}}, 0, []string{"EN-V2 /limits"},
			[]string{"EN-R04 justified", "EN-R04 justified_with_limits"}},
		{"no answer", images("image"), m{"environment_result": nil}, 0, []string{"V-01 /environment_result"}, both("EN-R03")},
		{"the light answer", images("image"), m{"environment_result": "light_ok"}, 0, []string{"EN-V1 /environment_result"}, both("EN-R03")},
		{"video without a reason", images("video"), nil, 0, []string{"V-01 /why_not_image_or_text"}, append([]string{"EN-R04 justified_with_limits"}, both("EN-R07")...)},
		{"video with a reason", images("video"), m{"why_not_image_or_text": reason}, 0, nil, []string{"EN-R04 justified_with_limits"}},
		{"not justified", images("image"), m{"environment_result": "not_justified", "alternatives_proposed": []any{"fewer_images"}}, 0, nil,
			append(both("EN-R05"), "EN-R05 reject")},
		{"not justified, nothing proposed", images("image"), m{"environment_result": "not_justified"}, 0, []string{"V-01 /alternatives_proposed"},
			append(both("EN-R05"), "EN-R05 reject", "EN-R05 return")},
		{"not justified again", images("image"), m{"environment_result": "not_justified", "alternatives_proposed": []any{"fewer_images"}}, 1, nil,
			append(both("EN-R05"), "EN-R05 return")},
		{"link missing", images("image"), m{"EN-07": "yes"}, 0, []string{"V-01 /EN-07_link"}, []string{"EN-R04 justified_with_limits"}},
		{"nothing in the intake", m{"modalities": []any{"image"}, "env": m{"workloads": []any{m{"images_year": 5}}}}, nil, 0, nil,
			append(both("EN-R03"), append(both("EN-R03"), append(both("EN-R03"), "EN-R04 justified_with_limits")...)...)},
	}
	for _, tt := range tests {
		j, err := environment(reviewOf("full", tt.intake, with(base, tt.answers), m{"returns": tt.returns}))
		if err != nil {
			t.Fatal(err)
		}
		if got := missing(j.Problems); !slices.Equal(got, tt.problems) && len(got)+len(tt.problems) > 0 {
			t.Errorf("%s: problems %v, want %v", tt.name, got, tt.problems)
		}
		slices.Sort(tt.refused)
		if got := refused(j.Hindrances); !slices.Equal(got, tt.refused) {
			t.Errorf("%s: refused %v, want %v", tt.name, got, tt.refused)
		}
	}
}

func TestEnvironmentLimitsBecomeACondition(t *testing.T) {
	t.Parallel()
	answers := m{"environment_result": "justified_with_limits", "limits": m{"kwh_year": 12.5, "images_year": 1500}}
	j, err := environment(reviewOf("full", images("image"), answers, nil))
	if err != nil || len(j.Conditions) != 1 {
		t.Fatal(err, j.Conditions)
	}
	c := j.Conditions[0]
	if c.ID != "EN-R04" || c.DueKind != "recurring" || c.Months != 12 || c.OwnerRole == c.VerifierRole {
		t.Errorf("%+v", c)
	}
	if !strings.HasSuffix(c.Text.SV, "Gränser per år: 1500 bilder, 12,5 kWh.") || !strings.HasSuffix(c.Text.EN, "Limits per year: 1500 images, 12.5 kWh.") {
		t.Error(c.Text)
	}
	if j.Outcome != "justified_with_limits" || j.HeadConfirms != "" {
		t.Errorf("outcome %s, head %s", j.Outcome, j.HeadConfirms)
	}
}

func TestEnvironmentHeadConfirms(t *testing.T) {
	t.Parallel()
	for kwh, want := range map[float64]string{19999.9: "", 20000: "EN-R06"} {
		a := reviewOf("full", nil, nil, nil)
		a.System = m{"est_kwh_year": kwh}
		j, err := environment(a)
		if err != nil || j.HeadConfirms != want {
			t.Errorf("%v kWh: head %q, %v", kwh, j.HeadConfirms, err)
		}
	}
}

// TestLightEnvironment is GV-28: nothing is asked of anybody.
func TestLightEnvironment(t *testing.T) {
	t.Parallel()
	j, err := environment(reviewOf("light", nil, nil, nil))
	if err != nil || j.Outcome != "light_ok" || len(j.Problems)+len(j.Hindrances)+len(j.Conditions) > 0 {
		t.Errorf("%v %s %v %v", err, j.Outcome, missing(j.Problems), refused(j.Hindrances))
	}
}

func TestInfoOwner(t *testing.T) {
	t.Parallel()
	base := m{"residual_level": "low", "risks_accepted": true, "approved_max_ipl": 1, "approved_uses": []any{"utkast"},
		"not_approved_uses": []any{}, "user_groups": []any{"employees"}, "decision_authority": "3.1", "report_to_board": false}
	intake := m{"info_k": 2, "openly_publishable": false, "user_groups": []any{"employees", "consultants"}}
	risk := func(level string, accepted bool, reason string) m {
		return m{"risk": "Felaktigt utkast", "level": level, "accepted": accepted, "reason": reason}
	}
	long := "Handläggaren läser varje utkast."
	tests := []struct {
		name             string
		answers, process m
		problems         []string
		refused          []string
	}{
		{"complete", nil, nil, nil, nil},
		{"not accepted", m{"risks_accepted": false}, nil, nil, []string{"IO-01 accept"}},
		{"medium without a list", m{"residual_level": "medium"}, nil, []string{"V-01 /residual_risks"}, nil},
		{"medium", m{"residual_level": "medium", "residual_risks": []any{risk("medium", true, long)}}, m{"dpia_residual": "medium"}, nil, nil},
		{"medium without a reason", m{"residual_level": "medium", "residual_risks": []any{risk("medium", true, "Ja.")}}, nil, []string{"IO-V1 /residual_risks"}, nil},
		{"one not accepted", m{"residual_level": "medium", "residual_risks": []any{risk("medium", false, long)}}, nil, nil, []string{"IO-02 accept"}},
		{"one above the level", m{"residual_level": "medium", "residual_risks": []any{risk("high", true, long)}}, nil, nil, []string{"IO-03 accept"}},
		{"below the impact assessment", nil, m{"dpia_residual": "medium"}, nil, []string{"IO-04 accept"}},
		{"unacceptable", m{"residual_level": "unacceptable", "residual_risks": []any{risk("unacceptable", true, long)}}, nil, nil, []string{"IO-05 accept"}},
		{"pilot", nil, m{"agent_result": "pass_pilot_only"}, []string{"V-01 /pilot_accepted"}, []string{"IO-06 accept"}},
		{"pilot accepted", m{"pilot_accepted": true}, m{"agent_result": "pass_pilot_only"}, nil, nil},
		{"own level", m{"approved_max_ipl": 2}, nil, nil, nil},
		{"above the case", m{"approved_max_ipl": 3}, nil, nil, []string{"IO-07 accept"}},
		{"above the CISO", m{"approved_max_ipl": 2}, m{"ciso_max_ipl": 1}, nil, []string{"IO-08 accept"}},
		{"no use", m{"approved_uses": nil}, nil, []string{"V-01 /approved_uses"}, []string{"IO-09 accept"}},
		{"in both lists", m{"not_approved_uses": []any{"utkast"}}, nil, nil, []string{"IO-10 accept"}},
		{"new group", m{"user_groups": []any{"employees", "pupils"}}, nil, nil, []string{"IO-11 accept"}},
	}
	for _, tt := range tests {
		j, err := infoOwner(reviewOf("required", intake, with(base, tt.answers), tt.process))
		if err != nil {
			t.Fatal(err)
		}
		if got := missing(j.Problems); !slices.Equal(got, tt.problems) && len(got)+len(tt.problems) > 0 {
			t.Errorf("%s: problems %v, want %v", tt.name, got, tt.problems)
		}
		if got := refused(j.Hindrances); !slices.Equal(got, tt.refused) && len(got)+len(tt.refused) > 0 {
			t.Errorf("%s: refused %v, want %v", tt.name, got, tt.refused)
		}
	}
}
