package assess_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// plainMandatory are the controls of rulebook 6.6 that always apply and those that
// some facts ask for, written without the book.
func plainMandatory(facts map[string]any) []string {
	has := func(trait string) bool { return slices.Contains(facts["agent_traits"].([]any), any(trait)) }
	access := func(word string) bool {
		return slices.ContainsFunc(facts["agent.tools"].([]any), func(tool any) bool { return tool.(map[string]any)["access"] == word })
	}
	effects := facts["agent.side_effects"].(string)
	external := effects == "external_reversible" || effects == "external_irreversible"
	when := map[int]bool{
		2:  facts["decision_role"] != "none",
		7:  external || effects == "internal_irreversible",
		9:  has("uses_tools") || len(facts["agent.tools"].([]any)) > 0,
		10: facts["agent.untrusted_input"].(bool),
		11: has("writes_to_systems") || access("write"),
		12: facts["agent.persons_affected"].(int) >= 1,
		14: facts["external_facing"] == "direct_interaction" || has("sends_messages") && external,
		16: facts["external_provider"].(bool),
	}
	out := []string{}
	for n := range 16 {
		if needed, some := when[n+1]; needed || !some {
			out = append(out, fmt.Sprintf("MC-%02d", n+1))
		}
	}
	return out
}

// TestMandatoryControlsEqualThePlainList compares the rules of the controls with a
// second list over random facts.
func TestMandatoryControlsEqualThePlainList(t *testing.T) {
	t.Parallel()
	book := agentBook(t)
	d := rand.New(rand.NewPCG(66, 66))
	pick := func(enum string) string {
		e, _ := book.Enum(enum)
		return e.Values[d.IntN(len(e.Values))].ID
	}
	some := func(n int, one func() any) []any {
		out := []any{}
		for range d.IntN(n) {
			out = append(out, one())
		}
		return out
	}
	lengths := map[int]int{}
	for range 20_000 {
		facts := map[string]any{
			"agent_traits":       some(4, func() any { return pick("agent_traits") }),
			"agent.tools":        some(3, func() any { return map[string]any{"name": "x", "access": pick("tool_access")} }),
			"agent.side_effects": pick("side_effects"), "decision_role": pick("decision_role"), "external_facing": pick("external_facing"),
			"agent.untrusted_input": d.IntN(2) == 0, "external_provider": d.IntN(2) == 0, "agent.persons_affected": d.IntN(4),
		}
		e, problems := book.Triage("", facts, day(t, "2026-11-23"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, want := e.Words("mandatory_controls"), plainMandatory(facts)
		if !slices.Equal(got, want) {
			t.Fatalf("%v:\n got %v\nwant %v", facts, got, want)
		}
		lengths[len(got)]++
	}
	t.Log(lengths)
}

// TestControlsAreMetByEvidence: a mandatory control is met at once when its questions
// are all answered 0 or do not apply; a control that is only asked for never is.
func TestControlsAreMetByEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		question string
		answer   string
		control  string
		met      bool
	}{
		{"all verified", "KF6", "0", "MC-09", true},
		{"one not verified", "KF6", "1", "MC-09", false},
		{"one partly", "KF6", "2", "MC-09", false},
		{"one missing", "KF6", "3", "MC-09", false},
		{"one of many not verified", "RS9", "1", "MC-13", false},
		{"not asked for by the facts, verified", "KF4", "0", "MC-07", false},
		{"not asked for by the facts, partly", "KF4", "2", "MC-07", false},
	}
	for _, tt := range tests {
		a := procurementAgent(t)
		answer(a, tt.question, map[string]any{"answer": tt.answer})
		j, view := judgeAgent(t, a)
		met, listed := false, false
		for _, c := range j.Conditions {
			if c.ID == tt.control {
				met, listed = c.Met, true
			}
		}
		required := slices.Contains(view.RequiredControls, tt.control)
		if met != tt.met || required != (tt.answer >= "2") || listed != (required || tt.control != "MC-07") {
			t.Errorf("%s: met %v, required %v, listed %v", tt.name, met, required, listed)
		}
	}
}
