package assess_test

import (
	"encoding/json"
	"slices"
	"testing"

	"sluss/model/rulebook"
)

// TestSmallestFactsOfTheAgentRules fires every rule of the agent's book with as few
// facts as it takes, changed from their defaults, and prints them.
func TestSmallestFactsOfTheAgentRules(t *testing.T) {
	t.Parallel()
	book := agentBook(t)
	for _, r := range book.Rules() {
		if !r.Text.Complete() || r.Source == "" {
			t.Errorf("%s has no text in both languages or no source", r.ID)
		}
		facts, ok := firingAgentFacts(t, book, r)
		if !ok {
			t.Errorf("%s: no facts fire %s", r.ID, r.When)
			continue
		}
		raw, _ := json.Marshal(facts)
		t.Logf("%s (%s) %s", r.Code, r.ID, raw)
	}
}

// firingAgentFacts changes ever more of the facts that a rule rests on until it
// holds.
func firingAgentFacts(t *testing.T, book *rulebook.Book, rule *rulebook.Rule) (map[string]any, bool) {
	var names []string
	values := map[string][]any{}
	rests := book.RestsOn(rule.ID)
	for _, before := range book.Table(rule.Group) { // a rule of a table rests on those before it too
		rests = append(rests, book.RestsOn(before.ID)...)
	}
	slices.Sort(rests)
	for _, id := range slices.Compact(rests) {
		if values[id] = agentFactValues(book, id); len(values[id]) > 0 {
			names = append(names, id)
		}
	}
	holds := func(facts map[string]any) bool {
		e, problems := book.Triage("", facts, day(t, "2026-11-23"))
		if len(problems) > 0 {
			t.Fatalf("%s: %v", rule.ID, problems)
		}
		return slices.Contains(e.All(rule.Group), rule) || e.First(rule.Group) == rule || slices.Contains(e.Findings(), rule) ||
			rule.Group == "derived" // their values are tried by the rules that name them
	}
	for n := 0; n <= min(4, len(names)); n++ {
		if facts := changed(map[string]any{}, names, values, n, holds); facts != nil {
			return facts, true
		}
	}
	return nil, false
}

// changed sets n of the named facts to one of their values each so that holds is
// true; nil when none does.
func changed(facts map[string]any, names []string, values map[string][]any, n int, holds func(map[string]any) bool) map[string]any {
	if n == 0 {
		if holds(facts) {
			return facts
		}
		return nil
	}
	for i, name := range names {
		for _, v := range values[name] {
			facts[name] = v
			if found := changed(facts, names[i+1:], values, n-1, holds); found != nil {
				return found
			}
		}
		delete(facts, name)
	}
	return nil
}

// agentFactValues are the values that a fact is changed to.
func agentFactValues(book *rulebook.Book, id string) []any {
	if id == "agent.tools" {
		return []any{[]any{map[string]any{"name": "katalog", "access": "write"}}}
	}
	i := slices.IndexFunc(book.FactList(), func(f *rulebook.Fact) bool { return f.ID == id })
	f := book.FactList()[i]
	var out []any
	switch e, _ := book.Enum(f.Enum); {
	case f.Type == "bool":
		out = []any{f.Default != true}
	case f.ID == "control_gap":
		out = []any{21, 41, 61}
	case f.Type == "int":
		for n := range 5 {
			out = append(out, n+1)
		}
		if f.ID == "persons_affected" {
			out = out[:3]
		}
		if f.ID == "ipl" {
			out = out[:4]
		}
	case f.Enum == "agent_question":
		out = []any{[]any{"KF7"}, []any{"KF7", "IH5"}}
	case f.Type == "enum":
		for _, v := range e.Values {
			out = append(out, v.ID)
		}
	case f.Type == "multi":
		for _, v := range e.Values {
			out = append(out, []any{v.ID})
		}
	}
	return out
}
