package assess

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

var reviewDay = calendar.MustParseDate("2026-11-23")

// reviewBooks are the assessments whose rules the tests of the reviews fire one by one.
var reviewBooks = []string{"manager", "environment", "ciso", "info_owner", "conditions"}

// TestSmallestFacts fires every rule of the reviews with as few facts as it
// takes and prints them.
func TestSmallestFacts(t *testing.T) {
	t.Parallel()
	for _, stage := range reviewBooks {
		book, ok := rulebook.Default().Assessment(stage)
		if !ok {
			t.Fatalf("no assessment %s", stage)
		}
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			for _, r := range book.Rules() {
				if r.Group == "derived" || r.Group == "checks" {
					continue
				}
				if !r.Text.Complete() || r.Source == "" {
					t.Errorf("%s has no text in both languages or no source", r.ID)
				}
				facts, ok := firingFacts(book, r)
				if !ok {
					t.Errorf("%s: no facts fire %s", r.ID, r.When)
				}
				t.Logf("%s %s: %v", stage, r.ID, facts)
			}
		})
	}
}

// firingFacts changes ever more facts until the rule holds.
func firingFacts(book *rulebook.Book, r *rulebook.Rule) (map[string]any, bool) {
	fires := func(facts map[string]any) bool {
		e, problems := book.Triage("", facts, reviewDay)
		return len(problems) == 0 && slices.Contains(e.All(r.Group), r)
	}
	names := book.RestsOn(r.ID)
	var try func(facts map[string]any, from, left int) bool
	try = func(facts map[string]any, from, left int) bool {
		if left == 0 {
			return fires(facts)
		}
		for i := from; i < len(names); i++ {
			for _, v := range tries(book, names[i], r.When) {
				facts[names[i]] = v
				if try(facts, i+1, left-1) {
					return true
				}
				delete(facts, names[i])
			}
		}
		return false
	}
	for n := range 6 {
		facts := map[string]any{}
		if try(facts, 0, n) {
			return maps.Clone(facts), true
		}
	}
	return nil, false
}

var quoted = regexp.MustCompile(`'([^']*)'`)

// tries are the values that a fact is tried with.
func tries(book *rulebook.Book, id, when string) []any {
	i := slices.IndexFunc(book.FactList(), func(f *rulebook.Fact) bool { return f.ID == id })
	f := book.FactList()[i]
	var out []any
	switch f.Type {
	case "bool":
		return []any{f.Default != true}
	case "int":
		return []any{1, 2, 3, 4, 11}
	case "number":
		return []any{1.0, 1e6}
	case "enum", "multi":
		e, _ := book.Enum(f.Enum)
		for _, v := range e.Values {
			if f.Type == "multi" {
				out = append(out, []any{v.ID})
			} else {
				out = append(out, v.ID)
			}
		}
		return out
	case "object":
		return []any{map[string]any{"requests_year": 1.0}}
	}
	words := []string{"x", strings.Repeat("x", 100)}
	for _, m := range quoted.FindAllStringSubmatch(when, -1) {
		words = append(words, m[1], m[1]+"1")
	}
	for _, w := range words {
		if f.Type == "list" {
			out = append(out, []any{w})
		} else {
			out = append(out, w)
		}
	}
	return out
}

// TestReviewFormsSpeakBothLanguages: every question has its words in both
// languages, and a reviewer's form stands on its own part.
func TestReviewFormsSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	for _, stage := range reviewBooks {
		book, _ := rulebook.Default().Assessment(stage)
		for _, f := range book.Fields() {
			if !f.Text.Complete() || !f.Help.Complete() || f.Source == "" {
				t.Errorf("%s %s: text, help or source is missing", stage, f.ID)
			}
			if f.Part != stage {
				t.Errorf("%s %s stands on %s", stage, f.ID, f.Part)
			}
			for _, item := range f.Items {
				if !item.Text.Complete() {
					t.Errorf("%s %s.%s: text is missing", stage, f.ID, item.ID)
				}
			}
		}
		for _, r := range book.Rules() {
			if c := r.Condition; c != nil && (c.Owner == c.Verifier || !c.Verification.Complete() || !c.Consequence.Complete()) {
				t.Errorf("%s: the condition is not complete", r.ID)
			}
		}
	}
}

// refused lists the hindrances as "rule outcome", sorted.
func refused(list []Hindrance) []string {
	out := []string{}
	for _, h := range list {
		for _, o := range h.Outcomes {
			out = append(out, fmt.Sprintf("%s %s", h.Rule, o))
		}
	}
	slices.Sort(out)
	return out
}

// missing lists problems as "code pointer", sorted.
func missing(list []rulebook.Problem) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Code+" "+p.Pointer)
	}
	slices.Sort(out)
	return out
}
