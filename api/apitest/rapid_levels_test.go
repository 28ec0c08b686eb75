//go:build !slim

package apitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sluss/api"
	"sluss/api/apitest"
)

// fuller is how much each requirement asks for, within its stage.
var fuller = map[string]int{
	"": 0, "not_required": 0, "threshold_only": 1, "attest": 1, "light": 1, "national_register": 1, "short": 1, "presumed": 2, "full": 3, "required": 3,
}

// raised are the inputs of triage that make a case more risky, from the least to
// the most.
var raised = map[string][]any{
	"info_k":                {0, 1, 2, 3, 4},
	"secrecy":               {"no", "yes"},
	"protection_worthy":     {false, true},
	"special_categories":    {[]any{}, []any{"health"}, []any{"health", "biometric"}},
	"highly_personal":       {false, true},
	"large_scale":           {false, true},
	"evaluation_scoring":    {false, true},
	"dataset_matching":      {false, true},
	"autonomy_level":        {1, 2, 3, 4, 5},
	"personal_data":         {"account_only", "incidental", "yes"},
	"art5_flags":            {[]any{}, []any{"a"}, []any{"a", "c"}},
	"annex_iii_points":      {[]any{}, []any{"5a"}, []any{"5a", "5b"}},
	"criminal_data":         {false, true},
	"systematic_monitoring": {false, true},
}

// preview asks what the rules say of facts.
func preview[T any](t *rapid.T, h *apitest.House, name string, facts fields) T {
	a := h.Do(apitest.Call{Method: http.MethodPost, Path: "/previews/" + name, As: "employee", Body: fields{"facts": facts}})
	if a.Code != http.StatusOK {
		t.Fatalf("%v: %d %s", facts, a.Code, a.Body)
	}
	var out struct {
		Result T `json:"result"`
	}
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Result
}

type triaged struct {
	Tier      string            `json:"tier"`
	IPL       int               `json:"info_protection_level"`
	Stages    map[string]string `json:"stages"`
	HardStops []string          `json:"hard_stops"`
}

// TestRaisingNeverLowers asks triage of random facts, raises one of them, and asks
// again: neither the protection level nor the tier nor what a stage asks for is
// lower than before, and no stop is gone.
func TestRaisingNeverLowers(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	base := triageBase(t)
	names := slices.Sorted(maps.Keys(raised))
	rapid.Check(t, func(t *rapid.T) {
		at := map[string]int{}
		for _, name := range names {
			at[name] = rapid.IntRange(0, len(raised[name])-1).Draw(t, name)
		}
		agent := rapid.Bool().Draw(t, "agent")
		name := rapid.SampledFrom(names).Draw(t, "raise")
		if at[name]+1 == len(raised[name]) {
			at[name]--
		}
		facts := func() fields {
			out := maps.Clone(base.Base)
			for name, i := range at {
				if name != "autonomy_level" {
					out[name] = raised[name][i]
				}
			}
			if out["info_k"] != 0 {
				out["openly_publishable"] = false
			}
			if agent {
				out["kind"] = "ai_agent"
				out["agent"] = merged(base.Agent, fields{"autonomy_level": raised["autonomy_level"][at["autonomy_level"]]})
			}
			return out
		}
		before := preview[triaged](t, h, "triage", facts())
		at[name]++
		after := preview[triaged](t, h, "triage", facts())
		if after.IPL < before.IPL || after.Tier < before.Tier {
			t.Fatalf("%s raised to %v: from %+v to %+v", name, raised[name][at[name]], before, after)
		}
		for stage, was := range before.Stages {
			if len(after.HardStops) > len(before.HardStops) {
				break // a case that a rule stops is not reviewed
			}
			if fuller[after.Stages[stage]] < fuller[was] {
				t.Fatalf("%s raised to %v: %s went from %s to %q", name, raised[name][at[name]], stage, was, after.Stages[stage])
			}
		}
		for _, stop := range before.HardStops {
			if !slices.Contains(after.HardStops, stop) {
				t.Fatalf("%s raised to %v: %s is gone", name, raised[name][at[name]], stop)
			}
		}
	})
}

func triageBase(t *testing.T) (file struct {
	Base  fields `json:"base"`
	Agent fields `json:"agent_base"`
}) {
	t.Helper()
	text, err := os.ReadFile("../../model/assess/testdata/triage.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var levels = []string{"low", "medium", "high", "very_high", "unacceptable"}

// TestWorseIsNeverLower: a more severe or more likely risk, and a worse answer or
// more freedom of an agent, never give a lower level.
func TestWorseIsNeverLower(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	t.Run("risk", func(t *testing.T) {
		for severity := 1; severity <= 4; severity++ {
			for likelihood := 1; likelihood <= 4; likelihood++ {
				rapid.Check(t, func(t *rapid.T) {
					s, l := rapid.IntRange(1, severity).Draw(t, "severity"), rapid.IntRange(1, likelihood).Draw(t, "likelihood")
					level := func(severity, likelihood int) int {
						return slices.Index(levels, preview[struct{ Level string }](t, h, "risk-level", fields{"severity": severity, "likelihood": likelihood}).Level)
					}
					if low, high := level(s, l), level(severity, likelihood); low < 0 || high < low {
						t.Fatalf("severity %d, likelihood %d: level %d; severity %d, likelihood %d: level %d", s, l, low, severity, likelihood, high)
					}
				})
			}
		}
	})
	t.Run("agent", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { worseAgent(t, h) })
	})
}

// worseAgent makes an agent worse in one respect.
func worseAgent(t *rapid.T, h *apitest.House) {
	questions := []string{"RS1", "RS4", "KF1", "KF5", "KF7", "IH1", "IH4", "IH6"}
	answers := fields{"default": rapid.IntRange(0, 3).Draw(t, "default")}
	for _, q := range questions {
		answers[q] = rapid.IntRange(0, 2).Draw(t, q)
	}
	facts := fields{
		"autonomy_level": rapid.IntRange(1, 4).Draw(t, "autonomy"), "ipl": rapid.IntRange(0, 3).Draw(t, "ipl"),
		"persons_affected": rapid.IntRange(0, 2).Draw(t, "persons"), "benefit": rapid.IntRange(1, 5).Draw(t, "benefit"),
		"side_effects": "internal_reversible", "untrusted_input": rapid.Bool().Draw(t, "untrusted"), "answers": answers,
	}
	worse := maps.Clone(facts)
	switch what := rapid.SampledFrom(append(questions, "autonomy_level", "ipl")).Draw(t, "worse"); what {
	case "autonomy_level", "ipl":
		worse[what] = facts[what].(int) + 1
	default:
		worse["answers"] = merged(answers, fields{what: answers[what].(int) + 1})
	}
	type scored struct {
		Level    string `json:"level"`
		Exposure string `json:"exposure"`
		Gap      int    `json:"control_gap"`
		Control  bool   `json:"control_gate"`
	}
	a, b := preview[scored](t, h, "agent-risk", facts), preview[scored](t, h, "agent-risk", worse)
	if slices.Index(levels, b.Level) < slices.Index(levels, a.Level) || b.Gap < a.Gap || b.Control && !a.Control {
		t.Fatalf("%v is %+v, %v is %+v", facts, a, worse, b)
	}
}

// TestOrderOfAnswers saves the same answers in two orders: the second save changes
// nothing, and nothing that is computed differs.
func TestOrderOfAnswers(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	answers := office{House: h}.answers([]string{"base", "personal_data", "agent"}, nil)
	names := slices.Sorted(maps.Keys(answers))
	id := h.Draft("owner", answers)
	path := "/cases/" + id + "/intake"
	first := h.Get("owner", path).Want(http.StatusOK)
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		for i, name := range rapid.Permutation(names).Draw(t, "order") {
			value, err := json.Marshal(answers[name])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s%q:%s", map[bool]string{true: ",", false: ""}[i > 0], name, value)
		}
		a := h.Do(apitest.Call{
			Method: http.MethodPut, Path: path, As: "owner", Body: `{"answers":{` + b.String() + `}}`, Header: "If-Match: " + first.Header().Get("ETag"),
		})
		if a.Code != http.StatusOK || a.Header().Get("ETag") != first.Header().Get("ETag") || a.Body.String() != first.Body.String() {
			t.Fatalf("another order: %d, entity tag %s\n%s\n%s", a.Code, a.Header().Get("ETag"), a.Body, first.Body)
		}
	})
}
