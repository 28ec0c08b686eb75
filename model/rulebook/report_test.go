package rulebook_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
)

// Every question of what a report is about stands under one of its headings, and
// every stage under one of the report on a case. The list of risks is told in two
// parts.
func TestReports(t *testing.T) {
	t.Parallel()
	for part, headings := range map[string]int{rulebook.PartIntake: 18, "dpia": 13} {
		r, ok := rulebook.ReportOn(part)
		if !ok || len(r.Headings) != headings {
			t.Fatalf("the report on %s has %d headings, want %d", part, len(r.Headings), headings)
		}
		book := rulebook.Default()
		if part != rulebook.PartIntake {
			book, _ = book.Assessment(part)
		}
		times := map[string]int{}
		for _, h := range r.Headings {
			if h.Text.SV == "" || h.Text.EN == "" || len(h.Sections)+len(h.Questions)+len(h.Stages)+len(h.Shows) == 0 {
				t.Errorf("%s: heading %s says nothing", part, h.ID)
			}
			for _, f := range r.Under(h, book) {
				times[f.ID]++
			}
			for _, group := range h.Rules {
				if !slices.ContainsFunc(book.Rules(), func(r *rulebook.Rule) bool { return r.Group == group }) {
					t.Errorf("%s: no group of rules %s", part, group)
				}
			}
			for _, id := range h.Questions {
				if _, ok := book.Field(id); !ok {
					t.Errorf("%s: no question %s", part, id)
				}
			}
			for _, id := range h.Items {
				f, _ := book.Field(h.Questions[0])
				if !slices.ContainsFunc(f.Items, func(i *rulebook.Field) bool { return i.ID == id }) {
					t.Errorf("%s: rows of %s have no %s", part, f.ID, id)
				}
			}
		}
		for _, f := range book.Fields() {
			want := 1
			if f.Part != part || f.System {
				want = 0
			} else if f.ID == "risks" {
				want = 2
			}
			if times[f.ID] != want {
				t.Errorf("%s: %s stands under %d headings, want %d", part, f.ID, times[f.ID], want)
			}
		}
	}
	r, _ := rulebook.ReportOn(rulebook.PartIntake)
	for _, spec := range model.Stages() {
		n := 0
		for _, h := range r.Headings {
			if slices.Contains(h.Stages, string(spec.Key)) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the stage %s stands under %d headings", spec.Key, n)
		}
	}
	if _, ok := rulebook.ReportOn("nothing"); ok {
		t.Error("a report on nothing")
	}
}
