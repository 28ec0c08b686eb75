//go:build !slim

package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// reviewed is what a worked case expects of its reviews.
type reviewed struct {
	Legal any `json:"expected_legal"`
	DPIA  struct {
		MaxResidual       string `json:"max_residual"`
		PriorConsultation bool   `json:"prior_consultation"`
	} `json:"expected_dpia"`
	Risks []struct {
		Risk              string
		Initial, Residual any
		Measures          []string
	} `json:"dpia_risks"`
	Agent       map[string]any `json:"expected_agent"`
	Env         any            `json:"expected_env"`
	EnvDecision model.Outcome  `json:"env_decision"`
	CISO        model.Outcome  `json:"ciso"`
	Stage       []string       `json:"expected_stage_conditions"`
	Own         []string       `json:"conditions"`
	Decision    string         `json:"decision"`
	Register    struct {
		MaxIPL   int      `json:"approved_max_ipl"`
		Personal string   `json:"personal_data"`
		Secrecy  string   `json:"secrecy"`
		Special  string   `json:"special_categories"`
		Uses     []string `json:"approved_uses"`
		NotUses  []string `json:"not_approved_uses"`
		Months   int      `json:"valid_months"`
	} `json:"register"`
}

func (l aLife) expected() reviewed {
	l.w.t.Helper()
	var want reviewed
	readJSON(l.w.t, filepath.Join("testdata", "cases", l.name+".json"), &want)
	return want
}

// same compares one field of the table.
func same(t testing.TB, field string, got, want any) {
	t.Helper()
	var g, w any
	asJSON(t, got, &g)
	asJSON(t, want, &w)
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s is %v, want %v", field, g, w)
	}
}

// judgement is what the rules make of a stage, as its assessment shows it.
type judgement struct {
	Outcome string         `json:"outcome"`
	Result  map[string]any `json:"result"`
}

func (l aLife) judged(stage model.StageKey) judgement {
	l.w.t.Helper()
	var v struct {
		Judgement judgement `json:"judgement"`
	}
	l.w.get(l.owner(), l.path("/assessments/"+string(stage)), &v)
	return v.Judgement
}

func (l aLife) result(stage model.StageKey) map[string]any { return l.judged(stage).Result }

// outcomes are what the stages of the case came to.
func (l aLife) outcomes() map[model.StageKey]model.Outcome {
	l.w.t.Helper()
	var v struct {
		Stages []struct {
			Key    model.StageKey `json:"key"`
			Result model.Outcome  `json:"result"`
		} `json:"stages"`
	}
	l.w.get(l.owner(), l.path(""), &v)
	out := map[model.StageKey]model.Outcome{}
	for _, s := range v.Stages {
		out[s.Key] = s.Result
	}
	return out
}

// compareReviews compares what the reviews came to, stage by stage.
func (l aLife) compareReviews() {
	t, want, came := l.w.t, l.expected(), l.outcomes()
	t.Helper()
	same(t, "the decision", strings.ToLower(string(l.view().State)), want.decided())
	same(t, "the environmental decision", came[model.StageEnvironment], want.EnvDecision)
	for _, stage := range []model.StageKey{model.StageSecrecy, model.StageEnvironment} {
		same(t, "the assessment shown of "+string(stage), l.judged(stage).Outcome, came[stage])
	}
	same(t, "the CISO's decision", came[model.StageCISO], want.CISO)
	if came[model.StageLegalBasis] != "" {
		fields(t, "legal", l.result(model.StageLegalBasis), want.Legal)
		l.compareStatement()
	}
	if came[model.StageDPIA] != "" {
		l.compareImpact(want)
	}
	if want.Agent != nil {
		fields(t, "agent", l.result(model.StageAgentRisk), want.Agent)
	}
	fields(t, "environment", l.result(model.StageEnvironment)["footprint"], want.Env)
}

// compareStatement looks for what was advised and decided in the text of the legal
// basis.
func (l aLife) compareStatement() {
	l.w.t.Helper()
	var v struct {
		Statement lang.Text `json:"statement"`
	}
	l.w.get(l.owner(), l.path("/assessments/"+string(model.StageLegalBasis)), &v)
	said := []string{l.steps["legal_basis.advice"].Motivation, fmt.Sprint(formOf(l.w.t, l.name, "legal_basis.decision")["decision_authority"])}
	for _, words := range said {
		if !strings.Contains(v.Statement.SV, strings.TrimSpace(words)) {
			l.w.t.Errorf("the statement %q does not say %q", v.Statement.SV, words)
		}
	}
}

// decided is the state that the worked case names.
func (r reviewed) decided() string {
	if r.Decision == "approved_with_conditions" {
		return strings.ToLower(string(model.ApprovedCond))
	}
	return r.Decision
}

// fields compares the fields that are expected.
func fields(t testing.TB, of string, got, want any) {
	t.Helper()
	var g, w map[string]any
	asJSON(t, got, &g)
	asJSON(t, want, &w)
	for _, field := range slices.Sorted(maps.Keys(w)) {
		same(t, of+" "+field, g[field], w[field])
	}
}

// compareImpact compares the level of the impact assessment, and the levels of
// each of the risks that are expected in it.
func (l aLife) compareImpact(want reviewed) {
	t, got := l.w.t, l.result(model.StageDPIA)
	t.Helper()
	same(t, "dpia max_residual", got["max_residual"], want.DPIA.MaxResidual)
	same(t, "dpia prior_consultation", got["prior_consultation"], want.DPIA.PriorConsultation)
	risks, _ := got["risks"].([]any)
	for _, r := range want.Risks {
		i := slices.IndexFunc(risks, func(v any) bool { return v.(map[string]any)["id"] == r.Risk })
		if i < 0 {
			t.Errorf("dpia %s is not assessed", r.Risk)
			continue
		}
		risk := risks[i].(map[string]any)
		fields(t, "dpia "+r.Risk+" initial", risk["initial"], r.Initial)
		fields(t, "dpia "+r.Risk+" residual", risk["residual"], r.Residual)
	}
}

// compareConditions compares the conditions: those that follow by rule, and those
// that the CISO sets.
func (l aLife) compareConditions() {
	t, want := l.w.t, l.expected()
	t.Helper()
	var byRule []string
	own := []caseCondition{}
	for _, c := range l.conditions() {
		switch {
		case c.Template, c.Stage == model.StageDPIA:
			// A template, or a measure of the impact assessment.
		case c.Stage == model.StageCISO:
			own = append(own, c)
		case c.Stage == model.StageAgentRisk && !slices.Contains(want.Stage, c.Rule):
			// A mandatory control (rulebook 6.6).
		case !slices.Contains(byRule, c.Rule):
			byRule = append(byRule, c.Rule)
		}
	}
	slices.Sort(byRule)
	same(t, "stage conditions", byRule, slices.Sorted(slices.Values(want.Stage)))
	same(t, "number of the CISO's conditions", len(own), len(want.Own))
	for i, c := range own[:min(len(own), len(want.Own))] {
		before := strings.Contains(want.Own[i], "före användning") || strings.Contains(want.Own[i], "före publicering")
		same(t, want.Own[i]+": before use", c.DueKind == model.DueBeforeUse, before)
	}
}

// compareRegister compares the entry that a signed-in person reads, and what
// anybody reads.
func (l aLife) compareRegister() {
	t, want := l.w.t, l.expected().Register
	t.Helper()
	entry := l.entry()
	for field, pair := range map[string][2]any{
		"approved_max_ipl":   {entry["approved_max_ipl"], want.MaxIPL},
		"personal_data":      {entry["personal_data"], want.Personal},
		"approved_uses":      {entry["approved_uses"], want.Uses},
		"not_approved_uses":  {entry["not_approved_uses"], want.NotUses},
		"secrecy":            {secrecyOf(entry), want.Secrecy},
		"special_categories": {specialOf(entry), want.Special},
		"valid_until":        {entry["valid_until"], l.lastDay(entry, want.Months)},
	} {
		same(t, "register "+field, pair[0], pair[1])
	}
	l.comparePublic(entry)
}

func (l aLife) lastDay(entry map[string]any, months int) string {
	l.w.t.Helper()
	decided, err := calendar.ParseDate(fmt.Sprint(entry["decision_date"]))
	if err != nil {
		l.w.t.Fatal(err)
	}
	return decided.AddMonths(months).String()
}

// entry reads the case's entry in the register, as anybody of the organisation
// finds it.
func (l aLife) entry() map[string]any {
	l.w.t.Helper()
	var list struct {
		Items []struct {
			ID     string `json:"id"`
			CaseID string `json:"case_id"`
		} `json:"items"`
	}
	l.w.get("user", "/register?limit=100", &list)
	for _, item := range list.Items {
		if item.CaseID == l.id {
			entry := map[string]any{}
			l.w.get("user", "/register/"+item.ID, &entry)
			return entry
		}
	}
	l.w.t.Fatalf("the register has no entry of %s", l.name)
	return nil
}

// secrecyOf says in the words of a worked case for which information under secrecy
// a tool is approved, and what is kept out.
func secrecyOf(entry map[string]any) string {
	said := approvedFor(entry["secrecy_provisions"], func(s string) string { return s })
	if note, _ := entry["secrecy_note"].(string); note != "" && said == notApproved {
		said += " (" + note + ")"
	}
	return said
}

// specialOf says the same of special categories.
func specialOf(entry map[string]any) string {
	return approvedFor(entry["special_categories"], func(s string) string {
		return strings.TrimPrefix(strings.ToLower(rulebook.Default().Label("special_categories", s).SV), "uppgifter om ")
	})
}

const notApproved = "not_approved"

func approvedFor(list any, label func(string) string) string {
	values, _ := list.([]any)
	if len(values) == 0 {
		return notApproved
	}
	var words []string
	for _, v := range values {
		words = append(words, label(fmt.Sprint(v)))
	}
	return "approved: " + strings.Join(words, ", ")
}

// comparePublic reads the entry without a token: it says what the whole entry says
// and has nothing of what is internal.
func (l aLife) comparePublic(entry map[string]any) {
	t := l.w.t
	t.Helper()
	anybody := client.Client{Base: l.w.base, Language: "en", HTTP: wire}
	public := map[string]any{}
	if _, err := anybody.Do(t.Context(), client.Call{Method: "GET", Path: v1 + "/register/" + fmt.Sprint(entry["id"])}, &public); err != nil {
		t.Error(err)
		return
	}
	for _, field := range []string{"tool", "purpose", "unit", "human_control", "ai_act_class", "uses_personal_data", "decision_date", "contact", "notice"} {
		same(t, "public register "+field, public[field], entry[field])
	}
	for _, field := range []string{"case_id", "registry_no", "supplier", "approved_max_ipl", "units", "system_owner", "conditions_open"} {
		if v, shown := public[field]; shown {
			t.Errorf("the public register shows %s %v", field, v)
		}
	}
}
