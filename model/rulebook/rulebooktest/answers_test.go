package rulebooktest_test

import (
	"maps"
	"reflect"
	"testing"

	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/rulebook/rulebooktest"
)

var today = calendar.MustParseDate("2026-11-23")

// TestAnswers fills in every form of every assessment, with nothing given and with
// much.
func TestAnswers(t *testing.T) {
	t.Parallel()
	much := map[string]any{
		"legal_basis": map[string]any{"intake_special_categories": []string{"health"}, "intake_external_provider": true, "intake_secrecy": "yes"},
		"secrecy":     map[string]any{"intake_external_provider": true},
	}
	for _, a := range rulebook.Default().Assessments() {
		for _, part := range a.Parts() {
			t.Run(part, func(t *testing.T) {
				t.Parallel()
				given, _ := much[a.ID].(map[string]any)
				for _, given := range []map[string]any{nil, given} {
					answers := rulebooktest.Answers(t, rulebook.Default(), a.ID, part, today, given, nil)
					if _, problems := a.Normalise(part, answers); len(problems) > 0 {
						t.Errorf("the answers do not fit: %v", problems)
					}
				}
			})
		}
	}
}

// TestOwnAnswers: what a test answers itself is kept, and never changed.
func TestOwnAnswers(t *testing.T) {
	t.Parallel()
	own := map[string]any{"work_impact": "important", "mbl_status": "called"}
	before := maps.Clone(own)
	answers := rulebooktest.Answers(t, rulebook.Default(), "manager", "manager", today, nil, own)
	if answers["work_impact"] != "important" || answers["mbl_status"] != "called" || answers["mbl_date"] == nil {
		t.Errorf("answers %v", answers)
	}
	if !reflect.DeepEqual(own, before) {
		t.Errorf("the test's own answers are now %v", own)
	}
}

// TestMend: what a check refuses is answered in another way, until there is none.
func TestMend(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("ciso")
	fill := rulebooktest.New(book, today, nil)
	answers := map[string]any{}
	seen := map[any]bool{}
	refused := []rulebooktest.Gap{{Pointer: "/A1", Missing: true}, {Pointer: "/answers/A1/answer"}}
	for range 3 {
		if err := fill.Mend(answers, refused); err != nil {
			t.Fatal(err)
		}
		seen[answers["A1"].(map[string]any)["answer"]] = true
		refused = refused[len(refused)-1:]
	}
	if len(seen) < 3 {
		t.Errorf("tried %v", seen)
	}
	var err error
	for range 5 {
		err = fill.Mend(answers, refused)
	}
	if err == nil {
		t.Error("there is always another answer")
	}
	if err := fill.Mend(answers, []rulebooktest.Gap{{Pointer: "/nothing"}}); err == nil {
		t.Error("answers what is not asked")
	}
}
