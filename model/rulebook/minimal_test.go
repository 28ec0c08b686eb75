package rulebook

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// TestEveryTriageRuleHasItsFacts finds, for every rule of triage, the smallest
// facts that fire it: from some that do, whatever is not needed is taken away.
// What is left fires the rule, and no longer does when any one fact goes back
// to its default. A rule that holds by default is silenced by one fact.
func TestEveryTriageRuleHasItsFacts(t *testing.T) {
	t.Parallel()
	for _, b := range append(Default().Assessments(), Default()) {
		for _, r := range b.rules {
			minimal(t, b, r)
		}
	}
}

func minimal(t *testing.T, b *Book, r *Rule) {
	if r.Group == "checks" || r.Group == "form_warnings" || r.Group == "validity" {
		return
	}
	if d := derivedOf(b, r); d != nil && !d.report {
		return
	}
	t.Run(r.ID, func(t *testing.T) {
		t.Parallel()
		if fires(t, b, r, nil) {
			silenced(t, b, r)
			return
		}
		facts := shrink(t, b, r, witness(t, b, r))
		for id := range facts {
			less := maps.Clone(facts)
			delete(less, id)
			if fires(t, b, r, less) {
				t.Errorf("%s is not needed in %v", id, facts)
			}
		}
		raw, _ := json.Marshal(facts)
		t.Logf("%s", raw)
	})
}

func derivedOf(b *Book, r *Rule) *derived {
	for _, d := range b.derived {
		if d.rule == r {
			return d
		}
	}
	return nil
}

// nested turns facts by their ids into what triage takes.
func nested(facts map[string]any) map[string]any {
	out := map[string]any{}
	for id, v := range facts {
		place(out, id, v)
	}
	return out
}

// fires reports whether the facts fire the rule: its condition holds, and in a
// table none before it does.
func fires(t *testing.T, b *Book, r *Rule, facts map[string]any) bool {
	t.Helper()
	e, problems := b.Triage("", nested(facts), mustDay(t, today))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if b.tables[r.Group] != nil {
		return e.First(r.Group) == r
	}
	holds := e.holds(b.conditionOf(r))
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return holds
}

// witness searches facts that fire the rule.
func witness(t *testing.T, b *Book, r *Rule) map[string]any {
	t.Helper()
	goal := compiled{id: r.ID, cond: b.conditionOf(r)}
	if table := b.tables[r.Group]; table != nil {
		for _, other := range table.Rules[:slices.Index(table.Rules, r)] {
			goal.before = append(goal.before, other.cond)
		}
	}
	s := &search{book: b, goal: goal, domains: map[int]domain{}, budget: 1, complete: true}
	if !s.found(2000) {
		t.Fatal("no facts were found that fire the rule")
	}
	facts := map[string]any{}
	for _, c := range s.assigned {
		n := b.names[c.slot]
		v := plainVal(c.val, &name{})
		if v == "" && n.shape.nullable {
			v = nil
		}
		facts[n.id] = v
	}
	return facts
}

// shrink takes away facts and members of sets as long as the rule fires.
func shrink(t *testing.T, b *Book, r *Rule, facts map[string]any) map[string]any {
	t.Helper()
	for again := true; again; {
		again = false
		for _, id := range slices.Sorted(maps.Keys(facts)) {
			for _, smaller := range without1(facts, id) {
				if fires(t, b, r, smaller) {
					facts, again = smaller, true
					break
				}
			}
		}
	}
	return facts
}

// without1 is the facts without one of them, and with its set one smaller.
func without1(facts map[string]any, id string) []map[string]any {
	v, ok := facts[id]
	if !ok {
		return nil
	}
	less := maps.Clone(facts)
	delete(less, id)
	out := []map[string]any{less}
	if set, ok := v.([]string); ok && len(set) > 1 {
		for i := range set {
			less := maps.Clone(facts)
			less[id] = slices.Delete(slices.Clone(set), i, i+1)
			out = append(out, less)
		}
	}
	return out
}

// silenced finds facts of which one keeps a rule from firing that fires by
// default: one fact alone, or the smallest facts of another rule of the table.
func silenced(t *testing.T, b *Book, r *Rule) {
	t.Helper()
	table := b.tables[r.Group]
	if r.When == "true" && (table == nil || len(table.Rules) == 1) {
		return // holds always, and is meant to
	}
	if oneSilences(t, b, r) {
		return
	}
	if table == nil {
		t.Error("no fact silences the rule")
		return
	}
	for _, other := range table.Rules {
		if other == r {
			break
		}
		facts := shrink(t, b, other, witness(t, b, other))
		for id := range facts {
			less := maps.Clone(facts)
			delete(less, id)
			if fires(t, b, r, less) {
				return
			}
		}
	}
	t.Error("no fact silences the rule")
}

// oneSilences reports whether one fact that differs from its default keeps the
// rule from firing.
func oneSilences(t *testing.T, b *Book, r *Rule) bool {
	t.Helper()
	s := &search{book: b, domains: map[int]domain{}}
	for _, f := range b.facts {
		values, _ := s.values(b.names[f.slot])
		for _, v := range values {
			facts := map[string]any{f.ID: plainVal(v, &name{})}
			if facts[f.ID] == "" && f.Nullable {
				facts[f.ID] = nil
			}
			if _, problems := b.Triage("", nested(facts), mustDay(t, today)); len(problems) == 0 && !fires(t, b, r, facts) {
				return true
			}
		}
	}
	return false
}
