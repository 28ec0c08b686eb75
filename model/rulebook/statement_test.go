package rulebook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluss/model/rulebook"
)

// TestStatements holds the statements to the guidelines: all hundred are there, in
// their order, in both languages and with kinds that exist.
func TestStatements(t *testing.T) {
	t.Parallel()
	var want, got []string
	for i := 1; i <= 71; i++ {
		want = append(want, fmt.Sprintf("L-%02d", i))
	}
	for i := 1; i <= 29; i++ {
		want = append(want, fmt.Sprintf("K-%02d", i))
	}
	trace := rulebook.Statements()
	says := map[string]string{}
	for _, s := range trace.All() {
		got = append(got, s.ID)
		if !s.Says.Complete() || s.Heading == "" || s.Document == "" || len(s.Kinds) == 0 {
			t.Errorf("%s is not complete: %+v", s.ID, s)
		}
		if other := says[s.Says.SV]; other != "" {
			t.Errorf("%s says the same as %s", s.ID, other)
		}
		says[s.Says.SV] = s.ID
		if (s.Later.SV == "") != (s.Later.EN == "") {
			t.Errorf("%s: what is missing is not said in both languages", s.ID)
		}
		for _, k := range s.Kinds {
			if !rulebook.KindLabel(k).Complete() {
				t.Errorf("%s is of the kind %s, which does not exist", s.ID, k)
			}
		}
		c := s.CarriedBy
		for _, list := range [][]string{c.Rules, c.Questions, c.Conditions, c.Processes, c.Parameters, c.Pages, c.Tests} {
			if sorted := slices.Sorted(slices.Values(list)); len(slices.Compact(sorted)) != len(list) {
				t.Errorf("%s names something twice: %v", s.ID, list)
			}
		}
		if s.NeedsCarrying() && len(c.Tests) == 0 && !s.Later.Complete() {
			t.Errorf("%s has no test", s.ID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("statements %v", got)
	}
	if one, ok := trace.Statement("l-19"); !ok || one.ID != "L-19" {
		t.Errorf("l-19 is %v", one)
	}
	if _, ok := trace.Statement("L-72"); ok {
		t.Error("a statement that no guideline makes")
	}
}

// TestStatementsAreCarried: what the statements name in the rulebook exists.
func TestStatementsAreCarried(t *testing.T) {
	t.Parallel()
	for _, g := range rulebook.Statements().Gaps(rulebook.Default(), rulebook.Known{}) {
		t.Errorf("%s: %s %s: %s", g.Statement, g.Kind, g.Name, g.Text.EN)
	}
}

// TestSourcesAreStatements: a rule or question whose source is a statement names
// one that exists.
func TestSourcesAreStatements(t *testing.T) {
	t.Parallel()
	trace, b := rulebook.Statements(), rulebook.Default()
	check := func(what, source string) {
		for _, word := range strings.FieldsFunc(source, func(r rune) bool { return strings.ContainsRune(" ,;()–", r) }) {
			if len(word) != 4 || word[1] != '-' || word[0] != 'L' && word[0] != 'K' {
				continue
			}
			if _, ok := trace.Statement(word); !ok {
				t.Errorf("%s goes back to %s, which does not exist", what, word)
			}
		}
	}
	for _, r := range b.Rules() {
		check(r.ID, r.Source)
	}
	for _, f := range b.Fields() {
		check(f.ID, f.Source)
	}
}

// TestGapsAreFound: each way in which a statement can fail is noticed.
func TestGapsAreFound(t *testing.T) {
	t.Parallel()
	no := func(string) bool { return false }
	trace := &rulebook.Trace{Documents: []rulebook.Document{{ID: "d", Statements: []*rulebook.Statement{
		{ID: "X-01", Kinds: []string{"GATE"}, CarriedBy: rulebook.Carriers{Tests: []string{"a.TestB"}}},
		{ID: "X-02", Kinds: []string{"POL"}},
		{ID: "X-03", Kinds: []string{"INC"}, Later: rulebook.Statements().Documents[0].Title},
		{ID: "X-04", Kinds: []string{"Q"}, CarriedBy: rulebook.Carriers{
			Rules: []string{"HS-99"}, Questions: []string{"colour", "ciso:colour", "nobody:A1", "ciso:A1"}, Conditions: []string{"C-XXX", "HS-01"},
			Processes: []string{"T-99"}, Parameters: []string{"colour"}, Pages: []string{"GET /nowhere"},
		}},
	}}}}
	var got []string
	for _, g := range trace.Gaps(rulebook.Default(), rulebook.Known{Process: no, Page: no, Test: no}) {
		got = append(got, strings.TrimSpace(g.Statement+" "+g.Kind+" "+g.Name))
		if !g.Text.Complete() {
			t.Errorf("%+v has no words", g)
		}
	}
	want := []string{
		"X-01 uncarried", "X-01 test a.TestB", "X-04 rule HS-99", "X-04 question colour", "X-04 question ciso:colour",
		"X-04 question nobody:A1", "X-04 condition C-XXX", "X-04 condition HS-01", "X-04 process T-99", "X-04 parameter colour",
		"X-04 page GET /nowhere",
	}
	if !slices.Equal(got, want) {
		t.Errorf("gaps %v, want %v", got, want)
	}
}
